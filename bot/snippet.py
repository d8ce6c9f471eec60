"""The place in an article that answers a query, with the words marked in the script in which they were written."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from html import escape

from .model import Article
from .query import Document, Hit, Query, Term, Why
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
    document = Document(replace(article, title=""))
    terms = [term for term in query.wanted() if term.field is None]
    document.seek(terms)
    found = [(term, hit) for term in terms if (hit := document.find(term))]
    if not found:
        first = next((block.text for block in article.body if block.kind == "paragraph"), "")
        return _cut(article.teaser or first, 0, ())
    hit = min((hit for _, hit in found), key=lambda hit: (hit.place == "body", hit.index, hit.start))
    return _cut(text_of(article, hit), hit.start, [term for term, _ in found])


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


def _cut(text: str, at: int, terms: Collection[Term]) -> str:
    """The part of the text around that place, the first where one of the keywords stands, with all of them marked."""
    start = max(0, min(at - SIZE // 3, len(text) - SIZE))
    end = min(len(text), start + SIZE)
    before = max(0, at - 1)
    longest = max((len(spelling) for term in terms for spelling in term.spellings), default=0)
    rest = fold(text[before : end + longest + 1])
    spans = [(before + left, before + right) for term in terms for left, right in term.spans(rest)]
    return f"{'…' if start else ''}{mark(text, spans, start=start, end=end).strip()}{'…' if end < len(text) else ''}"
