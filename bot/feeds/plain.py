"""Text as feeds carry it: entities encoded twice, tags where none belong, characters that no store takes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import date

# [^<>] and not [^>], for a text of nothing but < would cost quadratic time.
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--|-->")
_ESCAPED_TAG = re.compile(r"&lt;(?:p|br|div|img|a|figure|blockquote)\b")
_SCRIPTS = [
    (re.compile(rf"<{name}\b.*?</{name}\s*>", re.I | re.S), re.compile(rf"</{name}\s*>", re.I))
    for name in ("script", "style")
]
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_TITLE_CHARS = 500
# In a title that was escaped twice; one that speaks of <b> does not close it.
_PAIR = re.compile(
    r"<(b|i|u|em|strong|span|font|mark|small|big|a|p|sup|sub)(?: [^<>]{0,300})?>([^<>]*)</\1>", re.I
)
_BREAK = re.compile(r"(?i)<br ?/?>")


def sane(value: object) -> str:
    """A value as text, without what no store takes: NUL, other control characters, lone surrogates."""
    if isinstance(value, str):
        return _UNWANTED.sub("", value)
    return str(value) if isinstance(value, int | float | date) else ""


def line(text: str, *, markup: bool = True) -> str:
    """One line of plain text, at most 500 characters. Entities are decoded once more: many feeds encode them twice."""
    text = text[:20_000]
    text = html.unescape(_TAG.sub("", _scriptless(text)) if markup else text)
    if markup and "</" in text[: 4 * _TITLE_CHARS]:
        text = _BREAK.sub(" ", text[: 4 * _TITLE_CHARS])
        for _ in range(3):  # one within another
            text = _PAIR.sub(r"\2", text)
    return " ".join(_INVISIBLE.sub("", _UNWANTED.sub("", text)).split())[:_TITLE_CHARS]


def _scriptless(text: str) -> str:
    for script, closer in _SCRIPTS:
        # Up to the last one that closes, each that opens is closed: no search for an end is in vain.
        last = max((match.end() for match in closer.finditer(text)), default=0)
        text = script.sub("", text[:last]) + text[last:]
    return text


def squeezed(markup: str) -> str:
    """The visible text without any white space, for comparing."""
    return "".join(html.unescape(_TAG.sub("", markup)).split())


def as_html(text: str, kind: str) -> str:
    """The text, of that media type, as HTML. Where there is no tag in it, paragraphs are made from empty lines."""
    if kind == "text/plain":
        text = html.escape(text, quote=False)
    elif "<" not in text and _ESCAPED_TAG.search(text):  # once too often
        text = html.unescape(text)
    if "<" in text or not text.strip():
        return text.strip()
    return "".join(f"<p>{part.strip()}</p>" for part in re.split(r"\n\s*\n", text) if part.strip())


def tags(names: Iterable[object]) -> tuple[str, ...]:
    """An entry's own categories, each once, at most twenty."""
    lines = (line(sane(name)).lstrip("#")[:64] for name in names)
    return tuple(dict.fromkeys(filter(None, lines)))[:20]


def is_chinese(language: str, title: str) -> bool:
    """Whether a document (by its language tag, or else its title) is in Chinese."""
    if language:
        return language.lower().startswith("zh")
    return re.search("[\u4e00-\u9fff]", title) is not None and not re.search("[\u3040-\u30ff]", title)
