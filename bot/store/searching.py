"""The search, on a SQLite connection.

The law of search: it finds an article exactly where the same query as a topic would have alerted to it. The full-text
index proposes (store/tokens.py), the matcher decides; what the index is proven to know exactly is only counted, so that
counting a thousand hits does not take reading a thousand articles.

Results come one after the other, newest by publication first, and no more of them are looked at than are asked for.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Article, Found
from ..query import Query
from ..query.glance import matches
from . import Order
from .body import Body
from .codec import milliseconds
from .index import BATCH, SEATS, first_place, is_current, read
from .ranking import ranked
from .tokens import Asked, ask

PATIENCE = 2.0  # seconds after which a search says what it has
RANKED = 300  # of the newest articles: those that are put in order by relevance
_EVER = 1 << 47  # milliseconds; beyond any date


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for, besides the query; see `Ledger.search`."""

    limit: int
    offset: int
    order: Order
    count: int | None
    patience: float | None

    @property
    def end(self) -> int:
        """How many articles there are up to the end of the page."""
        return self.offset + self.limit

    @property
    def counted(self) -> float:
        """How many are counted, where there are so many."""
        return float("inf") if self.count is None else max(self.end, self.count)


def search(db: sqlite3.Connection, query: Query, page: Page) -> Found:
    """A page of the articles that the query matches."""
    asked = ask(query.tree) if is_current(db) else Asked(None, False)
    places = _places(db, query, asked.expression)
    if page.order == "relevance":
        return _best(db, query, places, page, exact=asked.exact)
    if asked.exact:
        shown = list(itertools.islice(places, page.end))
        total, more = _count(places, len(shown), page)
        return Found(tuple(read(db, shown[page.offset :])), total, more)
    return _checked(db, query, places, page)


def _best(db: sqlite3.Connection, query: Query, places: Iterator[int], page: Page, *, exact: bool) -> Found:
    """The page of the newest articles that match, put in order by how well they do."""
    candidates = replace(page, limit=max(RANKED, page.end), offset=0)
    if exact:
        chosen = list(itertools.islice(places, candidates.limit))
        total, more = _count(places, len(chosen), candidates)
        found = Found(tuple(read(db, chosen)), total, more)
    else:
        found = _checked(db, query, places, candidates)
    best = ranked(query, found.articles)[page.offset : page.end]
    return Found(tuple(best), found.total, found.more, found.since)


def _count(places: Iterator[int], total: int, page: Page) -> tuple[int, bool]:
    """Count on, as far as is asked for: how many there are, and whether there are more."""
    for _ in places:
        if total >= page.counted:
            return total, True
        total += 1
    return total, False


def _checked(db: sqlite3.Connection, query: Query, places: Iterator[int], page: Page) -> Found:
    """As `search`, where the matcher has to look at each article."""
    deadline = time.monotonic() + (float("inf") if page.patience is None else page.patience)
    shown: list[Article] = []
    total = 0
    for article in _in_batches(db, places, page.end + 1):
        if matches(query, article, article.body.text if isinstance(article.body, Body) else None):
            if total >= page.counted:
                return Found(tuple(shown), total, more=True)
            if page.offset <= total < page.end:
                shown.append(article)
            total += 1
        if time.monotonic() > deadline:
            return Found(tuple(shown), total, more=True, since=article.published)
    return Found(tuple(shown), total)


def _in_batches(db: sqlite3.Connection, places: Iterator[int], first: int) -> Iterator[Article]:
    """The articles: as many at a time as a page needs and one, which tells that there are more; then more and more."""
    size = min(first, BATCH)
    while batch := list(itertools.islice(places, size)):
        yield from read(db, batch)
        size = min(2 * size, BATCH)


def _places(db: sqlite3.Connection, query: Query, expression: str | None) -> Iterator[int]:
    """The places of what the index proposes within the query's bounds on the date, in the order of the results."""
    after, before = query.bounds()
    start = _up(after) if after else -_EVER
    end = _up(before) if before else _EVER
    bounds = first_place(end - 1), first_place(start) + (1 << SEATS) - 1
    if expression is None:
        rows = db.execute("SELECT place FROM article WHERE place BETWEEN ? AND ? ORDER BY place", bounds)
    else:
        rows = db.execute(
            "SELECT rowid FROM article_fts WHERE article_fts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid",
            (expression, *bounds),
        )
    return _in_order(db, (place for (place,) in rows), start, end)


def _in_order(db: sqlite3.Connection, places: Iterable[int], start: int, end: int) -> Iterator[int]:
    """Places in order by the articles' dates, without those out of bounds."""
    at_edge = {first_place(end - 1) >> SEATS, first_place(start) >> SEATS}
    for span, inside in itertools.groupby(places, key=lambda place: place >> SEATS):
        if span in at_edge or db.execute("SELECT 1 FROM mixed WHERE span = ?", (span,)).fetchone():
            inside = _by_date(db, list(inside), start, end)
        yield from inside


def _by_date(db: sqlite3.Connection, places: list[int], start: int, end: int) -> Iterator[int]:
    rows = db.execute(
        "SELECT place FROM article INDEXED BY article_place WHERE place IN (SELECT value FROM json_each(?)) "
        "AND published >= ? AND published < ? ORDER BY published DESC, place",
        (json.dumps(places), start, end),
    )
    return (place for (place,) in rows)


def _up(bound: datetime) -> int:
    """The first whole millisecond that is not earlier: stored times are compared with it as the bound itself is."""
    return milliseconds(bound + timedelta(microseconds=999))
