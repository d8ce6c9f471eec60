"""Which articles of the archive are about the same things as one: by the words that they share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from .model import Article
from .query import Or, Query, Term
from .text import bigrams, fold

AGE = timedelta(days=60)  # older news are seldom what a reader of this one wants next
POOL = 60  # articles that are compared
_MOST_GRAMS = 24  # of a title that are asked for
_LEAD = 200  # characters of the first paragraph
_LEAST = 3  # bigrams or words that two have to share
_LIKENESS = 0.1  # from which two are related


def question(article: Article) -> Query | None:
    """The query for articles whose title has something of this one's, None where it has nothing to ask for."""
    grams = sorted(bigrams(fold(article.title)))[:_MOST_GRAMS]
    parts = tuple(Term(gram, "title") for gram in grams if len(gram) > 1)
    if not parts:
        return None
    return Query(Or(parts) if len(parts) > 1 else parts[0])


def nearest(article: Article, found: Sequence[Article], *, most: int = 3) -> list[Article]:
    """Those of `found` that are most like the article, best first, at most one of each title.

    Compared are the titles with the first lines below them. What many of them share says little: each bigram weighs the
    less the more of them have it.
    """
    own = _grams(article)
    others = {other.key: _grams(other) for other in found if other.key != article.key}
    having = Counter(gram for grams in others.values() for gram in grams)
    weight = {gram: math.log(1 + len(others) / (1 + having[gram])) for gram in own.union(*others.values())}

    def total(grams: set[str]) -> float:
        return sum(weight[gram] for gram in grams)

    likeness = {
        key: 2 * total(own & grams) / ((total(own) + total(grams)) or 1)
        for key, grams in others.items()
        if len(own & grams) >= _LEAST
    }
    like = [other for other in found if likeness.get(other.key, 0.0) >= _LIKENESS]
    told = {fold(article.title)}
    best = []
    for other in sorted(like, key=lambda other: likeness[other.key], reverse=True):
        if fold(other.title) not in told:
            told.add(fold(other.title))
            best.append(other)
    return best[:most]


def _grams(article: Article) -> set[str]:
    lead = article.teaser or next((block.text for block in article.body if block.kind == "paragraph"), "")
    return bigrams(fold(f"{article.title}\n{lead[:_LEAD]}"))
