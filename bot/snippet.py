"""The place in an article that answers a query, with the words marked in the script in which they were written."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .model import Article
from .query import Hit, Query, Why
from .text import fold

SIZE = 90  # characters around the first hit
LONGEST_TITLE = 200  # characters of a title that are shown


def mark(text: str, spans: Iterable[tuple[int, int]], *, start: int = 0, end: int | None = None) -> str:
    """The part of the text from `start` to `end` as HTML, with the spans in it in bold. Spans may overlap."""
    end = len(text) if end is None else min(end, len(text))
    html, at = [], start
    for left, right in sorted(spans):
        left, right = max(left, at), min(right, end)
        if left < right:
            html += [escape(text[at:left], quote=False), "<b>", escape(text[left:right], quote=False), "</b>"]
            at = right
    return "".join((*html, escape(text[at:end], quote=False)))


def title_html(article: Article, why: Why | None) -> str:
    """The title as HTML with its hits marked."""
    title, spans = article.title, [(h.start, h.end) for h in why.hits if h.place == "title"] if why else []
    return mark(title, spans, end=LONGEST_TITLE) + ("…" if len(title) > LONGEST_TITLE else "")


def snippet(article: Article, query: Query) -> str:
    """About `SIZE` characters around the first keyword below the title, as HTML; else the first words."""
    texts = [article.teaser, *(block.text for block in article.body)]
    for text in texts:
        if spans := _spans(query, text):
            return _cut(text, min(spans)[0], spans)
    return _cut(article.teaser or next((b.text for b in article.body if b.kind == "paragraph"), ""), 0, [])


def text_of(article: Article, hit: Hit) -> str:
    """The original text in which the hit stands."""
    match hit.place:
        case "title":
            return article.title
        case "teaser":
            return article.teaser
        case "body":
            return article.body[hit.index].text
        case "tag":
            return article.tags[hit.index]
        case _:
            return article.source if hit.index else article.feed


def _spans(query: Query, text: str) -> list[tuple[int, int]]:
    """Every place in the text where a keyword stands that makes the query match, not only the first."""
    folded = fold(text)
    return [span for term in query.wanted() if term.field is None for span in term.spans(folded)]


def _cut(text: str, at: int, spans: list[tuple[int, int]]) -> str:
    start = max(0, min(at - SIZE // 3, len(text) - SIZE))
    end = min(len(text), start + SIZE)
    return f"{'…' if start else ''}{mark(text, spans, start=start, end=end).strip()}{'…' if end < len(text) else ''}"
