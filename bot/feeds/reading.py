"""A feed document to its entries: RSS, Atom and RDF by feedparser, JSON Feed by hand."""

from __future__ import annotations

import html
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import Any

from ..errors import ArticleError
from ..urls import LINK, absolute, canonical_url, requote, strip_tracking
from . import dates, documents
from .entries import Entry, digest
from .plain import as_html, is_chinese, line, sane, squeezed, tags

MAX_ENTRIES = 500  # the first ones, by custom the newest; a document of 200,000 would take 19 s to parse
_TEASER_CHARS = 500  # a summary that is longer is the text itself
_PERIODS = {
    "hourly": 3600.0,
    "daily": 86400.0,
    "weekly": 7 * 86400.0,
    "monthly": 30 * 86400.0,
    "yearly": 365 * 86400.0,
}
_SAYS_NOTHING = _PERIODS[
    "hourly"
]  # WordPress writes "once an hour" into every feed, and nobody has decided it
_MIN_WIDTH, _MIN_HEIGHT, _MAX_WIDTH = 300, 200, 2600  # pixels: less is an icon, more is no better

_ITEM_START = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_REFERENCE = re.compile(rb"&#(x[0-9a-f]{1,9}|[0-9]{1,9})[0-9a-f]*;?", re.IGNORECASE)
_TOMBSTONE = re.compile(
    rb"<(?:\w{1,20}:)?deleted-entry\s(?:[^<>]{0,500}?\s)?ref\s*=\s*(?P<quote>[\"'])(?P<ref>[^<>\"']{1,1000})(?P=quote)"
)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif)(?:$|[?#])", re.IGNORECASE)
# Possessive, and of a text's last characters only: otherwise a row of full stops takes for ever.
_CUT_SHORT = re.compile(
    r"(?:\[?(?:…|\.{3,}+)\]?|[（(【\[]?(?:阅读全文|閱讀全文|查看全文|阅读更多|Readmore|Continuereading)[）)】\]]?»?)++$",
    re.IGNORECASE,
)
_CUT_SHORT_CHARS = 40
_MOST_TAGS = 150_000  # outside CDATA; feedparser takes seconds for as many
# 64 KiB, or a thousand attributes, for which feedparser takes quadratic time. Pictures may be inlined: quoted is free.
_ABSURD_TAG = re.compile(
    rb"<[A-Za-z_:](?:[^<>\"']{65536}|[\w:.-]*+"
    rb"(?:[\s/]++[^\s\"'<>=/]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'<>]*+))?+){1001})"
)

_Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A feed document: its own title and its entries, in its own order."""

    title: str
    entries: tuple[Entry, ...]
    skipped: int = 0  # entries that could not be read
    deleted: tuple[str, ...] = ()  # identities of entries that the feed has taken back (RFC 6721)
    ttl: float = 0.0  # seconds for which its editors want it to be kept, 0 where they do not say


def parse(body: bytes, content_type: str, url: str) -> Document:
    """Read an RSS, Atom, RDF or JSON feed. `url` is where it came from in the end: links are relative to it.

    What a document declares about its type and encoding is a hint, its bytes decide. Raises ArticleError
    where it is no feed.
    """
    feed, items, read = _open(documents.recognise(body, content_type))
    title = line(sane(feed.get("title")))
    chinese = is_chinese(sane(feed.get("language")), title)
    entries: list[Entry] = []
    skipped = 0
    for item in items[:MAX_ENTRIES]:
        try:
            entries.append(_entry(read(item), url, chinese))
        except Exception:  # whatever is wrong with one entry, the others are read
            skipped += 1
    return Document(title, tuple(_distinct(entries)), skipped, _deleted(body), _ttl(feed))


def _ttl(feed: _Item) -> float:
    """RSS 2.0 has minutes, the syndication module (web.resource.org/rss/1.0/modules/syndication) so many a period."""
    minutes = re.fullmatch(r"\d{1,7}", sane(feed.get("ttl")).strip())
    period = _PERIODS.get(sane(feed.get("sy_updateperiod")).strip().lower(), 0.0)
    times = re.fullmatch(r"\d{1,7}", sane(feed.get("sy_updatefrequency")).strip())
    pause = period / max(1, int(times[0]) if times else 1)
    return max(60.0 * int(minutes[0]) if minutes else 0.0, pause if pause != _SAYS_NOTHING else 0.0)


def _deleted(body: bytes) -> tuple[str, ...]:
    """What the tombstones of an Atom feed refer to; feedparser does not read them."""
    refs = (match["ref"].decode("utf-8", "replace") for match in _TOMBSTONE.finditer(body))
    return tuple(dict.fromkeys(html.unescape(ref).strip() for ref in islice(refs, MAX_ENTRIES)))


def _open(source: documents.Markup | _Item) -> tuple[_Item, list[Any], Callable[[_Item], _Raw]]:
    if isinstance(source, documents.Markup):
        parsed = _feedparser(source)
        return parsed.feed, parsed.entries, partial(_from_xml, atom=parsed.version.startswith("atom"))
    return source, _list(source.get("items")), _from_json


def _feedparser(markup: documents.Markup) -> Any:
    import feedparser  # only here: a process that reads nothing itself can do without it

    body = _harmless(markup.body)
    try:
        # Only ever a BytesIO: feedparser opens a file or an address for anything else. No base: it would be joined to
        # each guid. No sanitising, no resolving: they take seconds on hostile markup, and bot/clean.py does both.
        parsed = feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-type": markup.content_type},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # whatever it stumbles over, the document is the reason
        raise ArticleError(f"this cannot be read as a feed ({type(error).__name__})") from error
    if not parsed.version and not parsed.entries:
        raise ArticleError("this is not a feed")
    return parsed


def _harmless(body: bytes) -> bytes:
    """The document without what feedparser stumbles over: one impossible character fails the whole of it, and it
    takes the sting out of entity declarations only where they begin a line."""
    for number, match in enumerate(_ITEM_START.finditer(body)):
        if number == MAX_ENTRIES:  # the rest would be parsed in vain
            body = body[: match.start()]
            break
    _refuse_absurd(body)
    body = _REFERENCE.sub(_possible, body)
    return body.replace(b"<!ENTITY", b"\n<!ENTITY")


def _refuse_absurd(body: bytes) -> None:
    """Raise ArticleError for markup that is only there to keep a parser busy."""
    *parts, rest = body.split(b"]]>")
    # What stands in CDATA is text to a parser.
    if rest.count(b"<") + sum(part.partition(b"<![CDATA[")[0].count(b"<") for part in parts) > _MOST_TAGS:
        raise ArticleError(f"this document has more than {_MOST_TAGS} tags, which no feed has")
    if _ABSURD_TAG.search(body):
        raise ArticleError("a tag in this document is longer, or has more attributes, than any feed's")


def _possible(reference: re.Match[bytes]) -> bytes:
    digits = reference[1].lower()
    code = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
    return reference[0] if 0 < code < 0xD800 or 0xDFFF < code <= 0x10FFFF else b"&#xFFFD;"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raw:
    """What an item of any format says, in one shape."""

    guid: str
    links: Iterable[object]  # candidates, best first
    title: str
    content: str  # HTML
    summary: str  # HTML
    published: tuple[object, object]  # as written, and as feedparser understood it
    updated: tuple[object, object]
    media: Iterable[object]
    thumbnails: Iterable[object] = ()
    tags: Iterable[object] = ()


def _from_xml(item: _Item, *, atom: bool) -> _Raw:
    item = dict(item)  # feedparser's own kind gives one field for another that is missing, and warns
    links = _mappings(item.get("links"))
    enclosed = [link for link in links if link.get("rel") == "enclosure"]
    texts = [as_html(sane(part.get("value")), _type(part)) for part in _mappings(item.get("content"))]
    return _Raw(
        guid=sane(item.get("id")).strip(),
        links=[
            item.get("feedburner_origlink"),
            _permalink(item.get("link")) if item.get("guidislink") else item.get("link"),
            *(link.get("href") for link in links if link.get("rel") == "alternate"),
            _permalink(item.get("id")),
            *(link.get("href") for link in enclosed),
        ],
        # Only Atom says of a title that it is plain text; of RSS titles, feedparser guesses it.
        title=line(
            sane(item.get("title")), markup=not atom or _type(item.get("title_detail")) != "text/plain"
        ),
        content=max(texts, key=len, default=""),
        summary=as_html(sane(item.get("summary")), _type(item.get("summary_detail"))),
        published=_time(item, "published", "created"),
        updated=_time(item, "updated"),
        media=[*_mappings(item.get("media_content")), *enclosed],
        thumbnails=[*_mappings(item.get("media_thumbnail")), item.get("image")],
        tags=[tag.get("term") for tag in _mappings(item.get("tags"))],
    )


def _permalink(guid: object) -> str | None:
    """An identity that is a link. Any other would become one that nobody made, by the feed's own address."""
    written = sane(guid).strip()
    return written if LINK.fullmatch(written) else None


def _time(item: _Item, *names: str) -> tuple[object, object]:
    for name in names:
        if item.get(name):
            return item[name], item.get(f"{name}_parsed")
    return None, None


def _from_json(item: _Item) -> _Raw:
    pictures = [item.get("image"), item.get("banner_image")]
    return _Raw(
        guid=sane(item.get("id")).strip(),
        links=[item.get("url"), item.get("external_url"), _permalink(item.get("id"))],
        title=line(sane(item.get("title")), markup=False),
        content=sane(item.get("content_html")) or as_html(sane(item.get("content_text")), "text/plain"),
        summary=as_html(sane(item.get("summary")), "text/plain"),
        published=(item.get("date_published"), None),
        updated=(item.get("date_modified"), None),
        media=[
            *({"url": picture, "medium": "image"} for picture in pictures),
            *(
                {"url": one.get("url"), "type": one.get("mime_type")}
                for one in _mappings(item.get("attachments"))
            ),
        ],
        tags=_list(item.get("tags")),
    )


def _entry(raw: _Raw, base: str, chinese: bool) -> Entry:
    addresses = (absolute(base, sane(link)) for link in raw.links if link)
    link = next(filter(None, addresses), None)
    chinese = chinese or is_chinese("", raw.title)
    published, updated = _date(*raw.published, chinese=chinese), _date(*raw.updated, chinese=chinese)
    text, teaser = _text(raw.content, raw.summary)
    entry = Entry(
        identity=raw.guid or (canonical_url(link) if link else _digest(raw)),
        title=raw.title,
        url=strip_tracking(link or requote(base)),
        published=published or updated,
        updated=updated,
        html=text,
        summary_html=teaser,
        media=_pictures(raw.media, base),
        thumbnails=_pictures(raw.thumbnails, base, sure=True),
        tags=tags(raw.tags),
    )
    return replace(entry, digest=digest(entry))


def _digest(raw: _Raw) -> str:
    return blake2b(f"{raw.title}\0{raw.content}\0{raw.summary}".encode()).hexdigest()


def _distinct(entries: list[Entry]) -> list[Entry]:
    """Each entry once, with an identity that is its alone.

    Some feeds use one guid for everything. All entries that share one get their link added to it, or their title where
    that is shared as well. It must be all of them: the first one would lose its plain identity to the next.
    """
    once: dict[tuple[str, str, str], Entry] = {}
    for entry in entries:
        once.setdefault((entry.identity, _link(entry), entry.title), entry)
    entries = list(once.values())
    for more in (_link, _title):
        uses = Counter(entry.identity for entry in entries)
        entries = [
            replace(entry, identity=f"{entry.identity}\n{more(entry)}") if uses[entry.identity] > 1 else entry
            for entry in entries
        ]
    return entries


def _link(entry: Entry) -> str:
    return canonical_url(entry.url)


def _title(entry: Entry) -> str:
    return entry.title


def _text(content: str, summary: str) -> tuple[str, str]:
    """The fullest text, and the teaser where the summary is one; both are the summary where there is nothing else."""
    long, short = squeezed(content), _uncut(squeezed(summary))
    if not content:
        return summary, summary
    if len(long) < len(short):  # the content is a picture, or less than that
        return (summary if long and long in short else content + summary), ""
    if not short or short in long or len(short) > _TEASER_CHARS:
        return content or summary, ""
    return content, summary


def _uncut(text: str) -> str:
    """The text without the … or "read more" that it ends in."""
    at = max(0, len(text) - _CUT_SHORT_CHARS)
    return text[:at] + _CUT_SHORT.sub("", text[at:])


def _pictures(found: Iterable[object], base: str, *, sure: bool = False) -> tuple[str, ...]:
    """The addresses of the pictures among what an entry encloses, the widest first."""
    pictures = []
    for one in _mappings(list(found)):
        address = absolute(base, sane(one.get("url") or one.get("href")))
        kind, medium = sane(one.get("type")).lower(), sane(one.get("medium")).lower()
        named = address is not None and not kind and not medium and _PICTURE_FILE.search(address) is not None
        if address and (sure or named or medium == "image" or kind.startswith("image/")):
            width, height = _pixels(one.get("width")), _pixels(one.get("height"))
            if width >= _MIN_WIDTH and height >= _MIN_HEIGHT:
                pictures.append((-min(width, _MAX_WIDTH), address))
    return tuple(address for _, address in sorted(pictures, key=lambda picture: picture[0]))


def _pixels(value: object) -> int:
    """A width or height; where it is not given in pixels, it is thought to suffice."""
    digits = re.fullmatch(r"(\d{1,5})(?:px)?", sane(value).strip())
    return int(digits[1]) if digits else _MIN_WIDTH


def _date(written: object, parsed: object, *, chinese: bool) -> datetime | None:
    text = sane(written).strip()
    if time := dates.read(text, chinese=chinese):
        return time
    # feedparser knows forms that no grammar has, but makes up times for bare numbers, 年 and what begins with a year.
    if (
        not isinstance(parsed, tuple)
        or not re.search("[a-z]", text, re.IGNORECASE)
        or re.match(r"\d{4}", text)
    ):
        return None
    try:
        year, month, day, hour, minute, second = parsed[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (TypeError, ValueError):
        return None


def _type(detail: object) -> str:
    return sane(detail.get("type")) if isinstance(detail, Mapping) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mappings(value: object) -> list[_Item]:
    return [one for one in _list(value) if isinstance(one, Mapping)]
