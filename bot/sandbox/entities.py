"""Telegram HTML to text and entities, as strict as TDLib, with its sentences. Offsets are in UTF-16 code units.

What is measured against TDLib itself: what is accepted, what is refused and why, text, types and offsets
(tests/test_sandbox_entities.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from . import links
from .autolinks import Entity, find_entities, units

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
FORMATS = frozenset((*_TAGS.values(), "expandable_blockquote"))
_ATTRIBUTES = {  # the attribute of each tag that means something, and what its value must begin with
    ("a", "href"): "",
    ("code", "class"): "language-",
    ("span", "class"): "tg-",
    ("tg-emoji", "emoji-id"): "",
    ("tg-time", "unix"): "",
    ("tg-time", "format"): "",
    ("blockquote", "expandable"): "",
}
_ORDER = {  # which of two entities over the same text comes first
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]*)|#(?P<dec>[0-9]*)|(?P<name>[A-Za-z]*));?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = " \t\r\n\0\v"
_WHITE = " \t\r\n\v\f\0\u00a0"
_SPLITTABLE = frozenset(("bold", "italic", "underline", "strikethrough", "spoiler"))
MOST_ENTITIES = 100  # https://core.telegram.org/bots/api#messageentity: the rest is ignored


class ParseError(ValueError):
    """Telegram's sentence, without the words before it."""


def parse_html(html: str) -> tuple[str, list[Entity]]:
    """The text and its entities, as the server's parser hands them on: not trimmed, not merged.

    Raises ParseError.
    """
    return _Parser(html).run()


def format_text(html: str) -> tuple[str, list[Entity]]:
    """The text and its entities as they stand in a message: trimmed, merged, links found. Raises ParseError."""
    return tidy(*parse_html(html))


def tidy(text: str, entities: Iterable[Entity]) -> tuple[str, list[Entity]]:
    """Trim, merge what is of one type, take formats out of code, and add what Telegram links by itself."""
    stripped = text.strip(_WHITE)
    left = units(text[: len(text) - len(text.lstrip(_WHITE))])
    end = units(stripped)
    kept: list[Entity] = []
    for entity in entities:
        start = max(0, entity["offset"] - left)
        stop = min(end, entity["offset"] + entity["length"] - left)
        if stop > start:
            _add(kept, {**entity, "offset": start, "length": stop - start})
    firm = [e for e in kept if e["type"] in ("code", "pre", "text_link", "text_mention", "custom_emoji")]
    found = [e for e in find_entities(stripped) if not any(_overlap(e, f) for f in firm)]
    return stripped, sorted(kept + found, key=_rank)[:MOST_ENTITIES]


def _add(kept: list[Entity], entity: Entity) -> None:
    if entity["type"] in _SPLITTABLE:
        if any(_overlap(entity, other) for other in kept if other["type"] in ("code", "pre")):
            return
        for other in kept:
            gap = entity["offset"] - other["offset"] - other["length"]
            if other["type"] == entity["type"] and gap <= 0:
                last = max(other["offset"] + other["length"], entity["offset"] + entity["length"])
                other["length"] = last - other["offset"]
                return
    kept.append(entity)


def _overlap(one: Entity, other: Entity) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"]
    )


def _rank(entity: Entity) -> tuple[int, int, int]:
    return entity["offset"], -entity["length"], _ORDER.get(entity["type"], 50)


class _Open:
    """A tag that waits for its end."""

    def __init__(self, tag: str, attributes: dict[str, str], offset: int, start: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.offset = offset  # in UTF-16 units of the text
        self.start = start  # in characters of the text


class _Parser:
    def __init__(self, html: str) -> None:
        self.html = html
        self.at = 0
        self.text: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def run(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.html):
            if self.html[self.at] == "&":
                self._put(self._reference() or "&")
            elif self.html[self.at] != "<":
                self._plain()
            elif self.html.startswith("</", self.at):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise ParseError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        self.entities.sort(key=_rank)
        return _checked("".join(self.text)), self.entities

    def _put(self, text: str) -> None:
        self.text.append(text)
        self.offset += units(text)

    def _plain(self) -> None:
        stop = re.compile("[<&]").search(self.html, self.at)
        end = stop.start() if stop else len(self.html)
        self._put(self.html[self.at : end])
        self.at = end

    def _reference(self) -> str:
        """What stands for the reference here, moving past it; "" where it is none. Past the `&` alone then."""
        match = _REFERENCE.match(self.html, self.at)
        assert match is not None  # noqa: S101  it matches a bare & too
        begin, self.at = self.at, self.at + 1
        if match["name"] is not None:
            character = _NAMED.get(match["name"], "")
        else:
            digits, base = (match["dec"], 10) if match["hex"] is None else (match["hex"], 16)
            length = len(match[0].rstrip(";"))
            code = int(digits or "0", base) if length < 10 else 0
            character = chr(code) if 0 < code < 0x10FFFF else ""
        if character:
            self.at = begin + len(match[0])
        return character

    def _here(self) -> str:
        return self.html[self.at] if self.at < len(self.html) else "\0"

    def _skip(self, characters: str) -> None:
        while self.at < len(self.html) and self.html[self.at] in characters:
            self.at += 1

    def _read_until(self, characters: str) -> str:
        begin = self.at
        while self.at < len(self.html) and self.html[self.at] not in characters:
            self.at += 1
        return self.html[begin : self.at]

    def _byte(self, position: int) -> int:
        return len(self.html[:position].encode("utf-8", "surrogatepass"))

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = links.lower(self._read_until(_SPACE + ">"))
        if self._here() == "\0":
            raise ParseError(f"Unclosed start tag at byte offset {self._byte(begin)}")
        if tag not in _TAGS:
            raise ParseError(f'Unsupported start tag "{tag}" at byte offset {self._byte(begin)}')
        attributes: dict[str, str] = {}
        while self._here() != ">":
            self._skip(_SPACE)
            if self._here() == ">":
                break
            self._attribute(tag, begin, attributes)
        self.at += 1
        if tag == "span" and attributes.get("class") != "spoiler":
            raise ParseError(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(begin)}')
        self.open.append(_Open(tag, attributes, self.offset, len("".join(self.text)) if tag == "a" else 0))

    def _attribute(self, tag: str, begin: int, attributes: dict[str, str]) -> None:
        name = self._read_until(_SPACE + "=>/'\"")
        if not name:
            raise ParseError(f'Empty attribute name in the tag "{tag}" at byte offset {self._byte(begin)}')
        self._skip(_SPACE)
        value = ""
        if self._here() == "=":
            self.at += 1
            self._skip(_SPACE)
            if self._here() == "\0":
                raise ParseError(f'Unclosed start tag "{tag}" at byte offset {self._byte(begin)}')
            value = self._value()
            if self._here() == "\0":
                raise ParseError(f"Unclosed start tag at byte offset {self._byte(begin)}")
        elif self._here() == "\0":
            raise ParseError(f'Unclosed start tag "{tag}" at byte offset {self._byte(begin)}')
        prefix = _ATTRIBUTES.get((tag, name))
        if prefix is not None and value.startswith(prefix):
            attributes[name] = value.removeprefix(prefix)

    def _value(self) -> str:
        quote = self._here()
        if quote not in "'\"":
            begin = self.at
            while re.match(r"[A-Za-z0-9.\-]", self._here()):
                self.at += 1
            if self._here() not in _SPACE + ">":
                raise ParseError(f"Unexpected end of name token at byte offset {self._byte(begin)}")
            return links.lower(self.html[begin : self.at])
        self.at += 1
        value = []
        while self.at < len(self.html) and self.html[self.at] != quote:
            if self.html[self.at] == "&":
                value.append(self._reference() or "&")
            else:
                value.append(self._read_until(quote + "&"))
        self.at += 1
        return "".join(value)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise ParseError(f"Unexpected end tag at byte offset {self._byte(begin)}")
        self.at += 2
        tag = links.lower(self._read_until(_SPACE + ">"))
        self._skip(_SPACE)
        if self._here() != ">":
            raise ParseError(f"Unclosed end tag at byte offset {self._byte(begin)}")
        opened = self.open[-1]
        if tag and tag != opened.tag:
            raise ParseError(
                f"Unmatched end tag at byte offset {self._byte(begin)}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        self.at += 1
        if self.offset > opened.offset:
            self._close(opened)
        self.open.pop()

    def _close(self, opened: _Open) -> None:
        entity: Entity = {
            "type": _TAGS[opened.tag],
            "offset": opened.offset,
            "length": self.offset - opened.offset,
        }
        match opened.tag:
            case "a":
                shown = "".join(self.text)[opened.start :]
                if not _link(entity, opened.attributes.get("href") or shown):
                    return
            case "pre" | "code":
                if self._merge_code(entity, opened.attributes.get("class", "")):
                    return
            case "blockquote" if "expandable" in opened.attributes:
                entity["type"] = "expandable_blockquote"
            case "tg-emoji":
                number = opened.attributes.get("emoji-id", "")
                if not re.fullmatch(r"-?[0-9]{1,18}", number) or not int(number):
                    raise ParseError("Invalid custom emoji identifier specified")
                entity["custom_emoji_id"] = number
            case "tg-time":
                if not _time(entity, opened.attributes):
                    return
        self.entities.append(entity)

    def _merge_code(self, entity: Entity, language: str) -> bool:
        """pre around code that names a language (or code around pre) is one entity. True where it was merged."""
        last = self.entities[-1] if self.entities else None
        other = "pre" if entity["type"] == "code" else "code"
        same = last and (last["offset"], last["length"]) == (entity["offset"], entity["length"])
        if last and same and last["type"] == other:
            language = language if other == "pre" else last.get("language", "")
            if language and not (other == "pre" and "language" in last):
                last |= {"type": "pre", "language": language}
                return True
        if entity["type"] == "code" and language:
            entity["language"] = language
        return False


def _link(entity: dict[str, Any], url: str) -> bool:
    """Make it a link or a mention. False where Telegram silently shows the text alone."""
    user = links.user_id(url)
    if user is not None:
        entity |= {"type": "text_mention", "user_id": user}
        return True
    try:
        entity["url"] = links.check(url)
    except ValueError:
        return False
    return not _SURROGATE.search(url)


def _time(entity: dict[str, Any], attributes: dict[str, str]) -> bool:
    """Make it a point in time. False where it names none."""
    unix, form = attributes.get("unix", ""), attributes.get("format", "")
    if not re.fullmatch(r"r|[tTdDw]*", form) or len(set(form.lower())) < len(form):
        raise ParseError("Invalid date format used")
    if not re.fullmatch(r"[0-9]{1,10}", unix) or not 0 < int(unix) < 2**31:
        return False
    entity["unix_time"] = int(unix)
    if form:
        entity["date_time_format"] = form
    return True


def _checked(text: str) -> str:
    """The text, unless a reference made half a surrogate pair of it."""
    if _SURROGATE.search(text):
        raise ParseError(
            "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched "
            "surrogate code units"
        )
    return text
