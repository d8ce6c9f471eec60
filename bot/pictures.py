"""Which of the pictures around an article may lead it, and where they really are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from .clutter.containers import tokens
from .clutter.rules import PICTURES
from .urls import absolute, canonical_url, pieces, unproxy

_LONGEST_ADDRESS = 2000  # characters; Telegram takes no longer ones
_LONGEST_SET = 8000
_WIDEST = 2600  # pixels: wider files run into Telegram's 5 MB
_SMALLEST = 64  # pixels: emoji, avatars, 1×1 trackers
_RATIOS = (0.3, 4.0)  # width to height of a picture that shows well
_WIDE = 600  # pixels, from which a picture is no sign, whatever it is called
_BESIDE = 60  # characters of a line beside a picture that says what to do with it
_LAZY = (
    *("data-src", "data-lazy-src", "data-original", "data-actualsrc", "data-original-src"),
    *("data-echo", "data-lazyload", "zoomfile", "file", "data-full-url"),
)
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_DESCRIPTOR = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([wx])(?:,+|\Z)")
_ONE_SIZE = re.compile(r"[^\s,]{1,2000}(?:\s+(\d{1,4})w)?")
_STYLE_SIZE = re.compile(r"(?:^|[;\s])(width|height)\s*:\s*(\d{1,6})(?:\.\d*)?px")
_SIZE = re.compile(r"\s*(\d{1,6})(?:\.\d*)?\s*(?:px)?\s*\Z")
_DECIMAL = re.compile(r"\d{1,3}(?:\.\d{1,16})?")
_LOST_QUOTE = re.compile(r"\s+[\w:-]+=\Z")
_NAMED_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)\Z", re.IGNORECASE)
_RESIZED = re.compile(r"-\d{2,4}x\d{2,4}(?=\.\w+\Z)")


def _any(key: str) -> re.Pattern[str]:
    return re.compile("|".join(PICTURES[key]), re.IGNORECASE)


_BAD_PATH, _BAD_ALT, _DEMOTE = _any("bad_path"), _any("bad_alt"), _any("demote")
_SIGN_PATH = re.compile(PICTURES["sign_path"])
_CODE_FILE = re.compile(PICTURES["code_file"], re.IGNORECASE)
_CODE_ALT = re.compile(PICTURES["code_alt"])
_CODE_ABOVE, _CODE_BENEATH = re.compile(PICTURES["code_above"]), re.compile(PICTURES["code_beneath"])
_BAD_HOST = re.compile(PICTURES["bad_host"])
_PHOTOGRAPH = re.compile(PICTURES["photograph"])
_BAD_CLASSES: Final = [frozenset(name.split()) for name in PICTURES["bad_class"]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture that may lead: its address as the feed gave it, absolute and percent-encoded."""

    address: str
    last: bool = False  # a video's still, a plea for gifts: only where there is nothing better


def candidate(attributes: Mapping[str, str], base: str, *, sources: Iterable[str] = ()) -> Candidate | None:
    """What an `<img>` shows, None where that is no picture for readers. `sources`: its `<picture>`'s srcsets."""
    alt = attributes.get("alt", "").strip()
    if _is_small(attributes) or _BAD_ALT.search(alt) or _CODE_ALT.search(alt):
        return None
    if any(bad <= tokens(name) for name in attributes.get("class", "")[:500].split() for bad in _BAD_CLASSES):
        return None
    wide = _width(attributes) >= _WIDE
    for address in _addresses(attributes, sources):
        if (url := absolute(base, _LOST_QUOTE.sub("", address))) and is_presentable(url, wide=wide):
            return Candidate(url, last=_DEMOTE.search(url + " " + alt) is not None)
    return None


def poster(attributes: Mapping[str, str], base: str) -> Candidate | None:
    """A video's still."""
    url = absolute(base, attributes.get("poster", ""))
    return Candidate(url, last=True) if url and is_presentable(url) else None


def leads_home(link: Mapping[str, str], base: str) -> bool:
    """Whether this link goes to the site itself: a picture in it is the site's sign."""
    href = link.get("href", "").strip()
    if href == "/" or link.get("rel", "").lower() == "home":
        return True
    if href.count("/") != 2 + href.endswith("/"):  # http://host/, and most links are longer
        return False
    host = pieces(href).hostname
    return bool(host) and host == pieces(base).hostname


def is_code(above: str, beneath: str) -> bool:
    """Whether the lines around a picture tell the reader to scan it."""
    return (len(above) <= _BESIDE and _CODE_ABOVE.search(above) is not None) or (
        len(beneath) <= _BESIDE and _CODE_BENEATH.search(beneath) is not None
    )


def is_presentable(url: str, *, wide: bool = False) -> bool:
    """Whether the picture at this address may lead an article, as far as the address tells. `wide`: it is declared to
    be, and so its name says what is in it, not what it is for."""
    if len(url) > _LONGEST_ADDRESS:
        return False
    parts = pieces(unproxy(url))
    if _BAD_HOST.match(parts.hostname or "") and not _PHOTOGRAPH.search(parts.path.lower()):
        return False
    if _CODE_FILE.search(unquote(parts.path.rpartition("/")[2])):
        return False
    path = f"{parts.path}?{parts.query}".lower()
    return _BAD_PATH.search(path) is None and (wide or _SIGN_PATH.search(path) is None)


def unwrap(candidates: Iterable[Candidate]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The pictures' own addresses, best first and each once, and the same as the feed gave them."""
    found: dict[str, tuple[str, str]] = {}
    for picture in sorted(candidates, key=lambda picture: picture.last):
        origin = unproxy(picture.address)
        found.setdefault(identity(origin), (origin, picture.address))
    return tuple(origin for origin, _ in found.values()), tuple(given for _, given in found.values())


def identity(url: str) -> str:
    """The same for all sizes in which a site offers one picture."""
    canonical = canonical_url(url)
    path, _, _ = canonical.partition("?")
    return _RESIZED.sub("", path) if _NAMED_FILE.search(path) else canonical


def _addresses(attributes: Mapping[str, str], sources: Iterable[str]) -> Iterable[str]:
    """The addresses that an image may be at, best first; an empty or inlined one is for a script to replace."""
    for name in _LAZY:
        if re.search("[/.]", address := attributes.get(name, "")):  # and not "true"
            yield from _real(address)
    only = _ONE_SIZE.fullmatch(attributes.get("srcset", "").strip())
    if only and int(only[1] or 0) < _WIDE:
        yield from _real(attributes.get("src", ""))  # the picture itself; the other is for narrow windows
    for name in _SETS:
        yield from _real(_best(attributes.get(name, "")))
    yield from _real(attributes.get("src", ""))
    for entry in sources:
        yield from _real(_best(entry) or entry)


def _real(address: str) -> Iterable[str]:
    address = address.strip()
    if (
        address
        and len(address) <= _LONGEST_ADDRESS
        and not address.lower().startswith(("data:", "blob:", "about:"))
    ):
        yield address


def _best(srcset: str) -> str:
    """The largest that is not too large, of addresses with widths (640w) or densities (2x)."""
    entries: list[tuple[float, str]] = []
    address = ""
    for word in srcset[:_LONGEST_SET].split():
        if address and (size := _DESCRIPTOR.match(word)):
            entries.append((float(size[1]) * (1 if size[2] == "w" else 1000), address))
            word = word[size.end() :]
        address = word.lstrip(",")
    if not entries:
        return srcset.strip() if len(srcset[:_LONGEST_SET].split()) == 1 else ""
    fitting = [entry for entry in entries if entry[0] <= _WIDEST]
    _, address = max(fitting) if fitting else min(entries)
    return address


def _width(attributes: Mapping[str, str]) -> int:
    """The width in pixels that a picture is declared to have, 0 where none is."""
    widths = [
        int(pixels)
        for name, pixels in _STYLE_SIZE.findall(attributes.get("style", "")[:500])
        if name == "width"
    ]
    sizes = (_SIZE.match(attributes.get(name, "")[:20]) for name in ("width", "data-w", "data-width"))
    return max([*widths, *(int(size[1]) for size in sizes if size)], default=0)


def _is_small(attributes: Mapping[str, str]) -> bool:
    size = {name: int(pixels) for name, pixels in _STYLE_SIZE.findall(attributes.get("style", "")[:500])}
    if (match := _SIZE.match(attributes.get("data-w", "")[:20])) and int(match[1]) <= _SMALLEST:
        return True
    low, high = _RATIOS
    tall = _DECIMAL.fullmatch(attributes.get("data-ratio", "")[:20].strip())  # WeChat's: height to width
    if tall and float(tall[0]) > 0 and not low <= 1 / float(tall[0]) <= high:
        return True
    for name in ("width", "height"):
        if match := _SIZE.match(attributes.get(name, "")[:20]):
            size[name] = int(match[1])
    if any(pixels <= _SMALLEST for pixels in size.values()):
        return True
    if len(size) < 2:
        return False
    return not low <= size["width"] / size["height"] <= high
