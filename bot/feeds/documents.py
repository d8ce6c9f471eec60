"""What a server sent for a feed: told apart by its bytes, and its encoding put right.

Servers are wrong about types and encodings so often that what they declare is the last thing to go by. A UTF-8 feed
declared as GB2312, or a GBK feed declared as nothing, would otherwise arrive as mojibake without any error.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..errors import ArticleError

_BINARY = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"RIFF": "a media file",
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a ZIP archive",
}
# Possessive and atomic: what was once read as a comment is never tried as anything else, which would take for ever.
_HTML = re.compile(
    rb"(?:\s|<\?xml[^>]*+>|(?><!--.{0,500}?-->)|<!doctype[^>]*+>)*+<(?:html|head|body|script|meta)\b",
    re.I | re.S,
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_SAYS_NOTHING = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_NO_ENCODINGS = frozenset({"idna", "punycode", "undefined"})  # names of Python's own, at which it raises
_SAMPLE = 20_000  # characters beyond ASCII by which an encoding is judged
_HAN = re.compile("[\u4e00-\u9fff]")
# The most frequent characters of written Chinese, in both scripts: rare in text decoded by the wrong table.
_FREQUENT = frozenset("的一是在不了有和人我他这這中大为為上个個国國到说說们們来來时時年地出也就")


@dataclass(frozen=True, slots=True)
class Markup:
    """An XML document, and the content type under which a parser is to read it."""

    body: bytes
    content_type: str


def recognise(body: bytes, content_type: str) -> Markup | dict[str, Any]:
    """An XML document (or what may pass for one), or the object of a JSON Feed (jsonfeed.org/version/1.1).

    Raises ArticleError, which says what else it is.
    """
    start = body[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise ArticleError("the document is empty")
    for magic, name in _BINARY.items():
        if start.startswith(magic):
            raise ArticleError(f"this is {name}, not a feed")
    if start.startswith(b"{"):
        return _json_feed(body)
    if _HTML.match(start):
        raise ArticleError("this is a web page, not a feed")
    return _decoded(body, content_type)


def _json_feed(body: bytes) -> dict[str, Any]:
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise ArticleError("this is neither a feed nor valid JSON") from None
    if not isinstance(feed, dict) or "jsonfeed.org" not in str(feed.get("version")):
        raise ArticleError("this is JSON, but not a JSON Feed")
    return feed


def _decoded(body: bytes, content_type: str) -> Markup:
    header = _CHARSET.search(content_type)
    charset = header[1].lower() if header else ""
    as_declared = Markup(body, f"application/xml; charset={charset}" if charset else "application/xml")
    if body.isascii() or b"\0" in body[:64] or body.startswith((b"\xfe\xff", b"\xff\xfe")):
        return as_declared  # UTF-16 and UTF-32 say so themselves
    text = body.decode("utf-8", "replace")
    wrong, foreign = text.count("\ufffd"), len(text) - len(text.encode("ascii", "ignore"))
    if wrong * 10 < foreign:  # UTF-8, up to a few broken characters
        return _utf8(text)
    declared = charset or _declared(body)
    if declared in _SAYS_NOTHING or declared in _NO_ENCODINGS:
        guess = _guess(body)
        return _utf8(guess) if guess else as_declared
    try:
        body.decode(declared)
    except UnicodeDecodeError:  # one bad byte, for which a parser would fall back to windows-1252
        with suppress(UnicodeError, LookupError):  # what may not be mended by replacement is left as it came
            return _utf8(body.decode("gb18030" if declared.startswith("gb") else declared, "replace"))
    except (UnicodeError, LookupError):  # unknown, or Python's own name for what is no encoding of documents
        pass
    return as_declared


def _utf8(text: str) -> Markup:
    # UTF-7 and the escapes of programming languages can spell half a surrogate pair, which is no character.
    return Markup(text.removeprefix("\ufeff").encode("utf-8", "replace"), "application/xml; charset=utf-8")


def _declared(body: bytes) -> str:
    match = _DECLARED.match(body[:400].lstrip())
    return match[1].decode("ascii", "replace").lower() if match else ""


def _guess(body: bytes) -> str | None:
    """The text in whichever Chinese encoding makes the most sensible Chinese of it, None where none does."""
    best, best_score = None, 0.0
    for encoding in ("gb18030", "big5hkscs"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        foreign = list(islice((char for char in text if not char.isascii()), _SAMPLE))
        han = sum(1 for char in foreign if _HAN.match(char))
        score = 0.01 + sum(char in _FREQUENT for char in foreign) / len(foreign)
        if han * 2 >= len(foreign) and score > best_score:
            best, best_score = text, score
    return best
