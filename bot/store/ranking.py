"""How well an article answers a query: what /search's order by relevance is.

A keyword counts for more the oftener it stands in the article, with less and less gain, and in a short article for more
than in a long one (as BM25 has it); in the title it counts like eight times in the text. Articles that answer equally
well stay in their order, newest first.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Article
from ..query import Document, Query
from ..query.glance import count
from ..query.tree import Term
from .body import Body

TITLE = 8.0  # what a keyword in the title counts for
USUAL = 1500  # characters of an article
_SATURATION, _LENGTH = 1.2, 0.75  # BM25's usual parameters


def ranked(query: Query, articles: Iterable[Article]) -> list[Article]:
    """The articles, best first."""
    wanted = query.wanted()
    return sorted(articles, key=lambda article: _score(wanted, article), reverse=True)


def _score(wanted: Iterable[Term], article: Article) -> float:
    body = article.body.text if isinstance(article.body, Body) else None
    if body is None:
        body = "\n".join(block.text for block in article.body)
    text = f"{article.teaser}\n{body}"
    slowing = _SATURATION * (1 - _LENGTH + _LENGTH * len(article.title + text) / USUAL)
    score = found = 0.0
    for term in wanted:
        if term.field in ("tag", "feed"):
            found = Document(article).count(term)
        else:
            found = TITLE * count(term, article.title) + (0 if term.field else count(term, text))
        score += found * (_SATURATION + 1) / (found + slowing)
    return score
