"""Archived articles: one file each, in either of two formats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from ..errors import ArticleError
from ..urls import absolute, canonical_url, strip_tracking
from . import dates
from .entries import Entry
from .plain import as_html, is_chinese, line, sane, tags

_HEADER = re.compile(
    r"(?:<!--\s*+(?P<stamp>[^>]{0,40}?)\s*-->[ \t]*\n\s*)?"
    r"\[(?P<link>.*)\)[ \t]*\n\s*"
    r"-{3,}[ \t]*(?:\n|\Z)"
)
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<fields>.*?)\n?---[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"(?P<name>[A-Za-z_]+):[ \t]*(?P<value>.*)")
_NAME_DATE = re.compile(r"(?:^|/)(\d{4}-\d{1,2}-\d{1,2})-")


def archived(text: str, *, name: str, modified: datetime) -> Entry:
    """Read an article from an archive: `<!--MILLISECONDS-->` (which may be absent), `[TITLE](URL)`, `------` and HTML,
    or a Jekyll post with front matter (`title`, `date`, `from`).

    Where it has no date of its own, one in its text stands in, then one in the file's `name`, then when the file was
    `modified`. Raises ArticleError.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").lstrip()
    fields: Mapping[str, str] = {}
    front = _FRONT_MATTER.match(text)
    if front:
        fields = _fields(front["fields"])
        text = text[front.end() :].lstrip()
    header = _HEADER.match(text)
    if not header and not front:
        raise ArticleError(
            "this is no archived article: it begins neither with <!--MILLISECONDS--> and [TITLE](URL) "
            "nor with front matter"
        )
    stamp, link_text = header.groups(default="") if header else ("", "")
    title, _, address = link_text.rpartition("](")  # the last: titles contain brackets, addresses parentheses
    address = fields.get("from") or address
    link = absolute("", address)
    if link is None:
        raise ArticleError(f"this archived article names no http(s) address of its own: {address[:80]!r}")
    title = line(sane(fields.get("title") or title), markup=False)
    body = sane(text[header.end() :] if header else text)
    return Entry(
        identity=canonical_url(link),
        title=title,
        url=strip_tracking(link),
        published=_published(stamp, fields.get("date", ""), body, name, is_chinese("", title)) or modified,
        html=as_html(body, "text/html"),
        tags=tags(_items(fields.get("tags", ""))),
    )


def _published(stamp: str, date: str, body: str, name: str, chinese: bool) -> datetime | None:
    named = _NAME_DATE.search(name)
    return (
        (dates.read(stamp) if stamp.isdecimal() else None)  # the comment may say NaN
        or dates.read(date, chinese=chinese)
        or dates.find(body[:4000], chinese=chinese)
        or (dates.read(named[1], chinese=chinese) if named else None)
    )


def _fields(front_matter: str) -> dict[str, str]:
    """The fields, as text. Not by a YAML parser: titles with quotes or colons in them are no YAML, yet plain to see."""
    fields: dict[str, str] = {}
    name = ""
    for row in front_matter.splitlines():
        if field := _FIELD.fullmatch(row.rstrip()):
            name = field["name"].lower()
            fields[name] = _unquoted(field["value"])
        elif name:  # a list, an item a line, or the rest of a folded text
            fields[name] = f"{fields[name]} {row.strip()}".strip()
    return fields


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\([\"\\])", r"\1", value[1:-1])
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    return value


def _items(value: str) -> list[object]:
    separator = r"," if "," in value else r"\s-\s|\s"
    return [_unquoted(item.strip()) for item in re.split(separator, value.strip().strip("[]-"))]
