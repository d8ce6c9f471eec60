"""The search, on a SQLite connection.

The law of search: it finds an article exactly where the same query as a topic would have alerted to it. The full-text
index proposes (store/tokens.py), the matcher decides; what the index is proven to know exactly is only counted, so that
counting a thousand hits does not take reading a thousand articles.

Results come one after the other, newest by publication first, and no more of them are looked at than are asked for.
"""

from __future__ import annotations

import heapq
import itertools
import sqlite3
import time
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Article, Found
from ..query import Query
from ..query.glance import matches
from . import Order
from .body import Body
from .codec import milliseconds
from .index import BATCH, SPAN, is_current, read
from .ranking import ranked
from .tokens import Asked, ask

PATIENCE = 2.0  # seconds after which a search says what it has
RANKED = 300  # of the newest articles: those that are put in order by relevance
_MOST_AT_ONCE = 1 << 14  # places that are put in order at a time
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


class Dates:
    """When the article in each place was published, kept in memory: an archive that was filled in no order has a date
    looked up for each of its hits. A place's date never changes, and new places are before or behind all others. Of one
    file, and for one thread."""

    def __init__(self) -> None:
        self._first = 0
        self._times = array("q")

    def of(self, db: sqlite3.Connection, places: Iterable[int]) -> list[int]:
        """The times, in milliseconds since 1970, of the articles in these places."""
        self._follow(db)
        return [self._times[place - self._first] for place in places]

    def _follow(self, db: sqlite3.Connection) -> None:
        (first,) = db.execute("SELECT min(place) FROM article").fetchone()
        (last,) = db.execute("SELECT max(place) FROM article").fetchone()
        if not self._times:
            self._first = first
        if first < self._first:
            self._times = self._read(db, first, self._first - 1) + self._times
            self._first = first
        if last >= (behind := self._first + len(self._times)):
            self._times += self._read(db, behind, last)

    @staticmethod
    def _read(db: sqlite3.Connection, first: int, last: int) -> array[int]:
        times = array("q", bytes(8 * (last - first + 1)))
        for place, published in db.execute(
            "SELECT place, published FROM article INDEXED BY article_place WHERE place BETWEEN ? AND ?",
            (first, last),
        ):
            times[place - first] = published
        return times


def search(db: sqlite3.Connection, query: Query, page: Page, dates: Dates) -> Found:
    """A page of the articles that the query matches."""
    asked = ask(query.tree) if is_current(db) else Asked(None, False)
    places = _places(db, query, asked.expression, page.end + 1, dates)
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
    total, counted = 0, page.counted
    for article in _in_batches(db, places, page.end + 1):
        if matches(query, article, article.body.text if isinstance(article.body, Body) else None):
            if total >= counted:
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


def _places(
    db: sqlite3.Connection, query: Query, expression: str | None, first: int, dates: Dates
) -> Iterator[int]:
    """The places of what the index proposes within the query's bounds on the date, in the order of the results."""
    after, before = query.bounds()
    start = _up(after) if after else -_EVER
    end = _up(before) if before else _EVER
    if expression is None:
        rows = db.execute(
            "SELECT place FROM article WHERE published >= ? AND published < ? ORDER BY published DESC, place",
            (start, end),
        )
        return (place for (place,) in rows)
    rows = db.execute(
        "SELECT rowid FROM article_fts WHERE article_fts MATCH ? AND rowid >= ? ORDER BY rowid",
        (expression, _first_place(db, end) if before else 0),
    )
    return _in_order(db, (place for (place,) in rows), start, end, first, dates)


def _first_place(db: sqlite3.Connection, end: int) -> int:
    """A place before which everything was published at `end` or later."""
    row = db.execute("SELECT number FROM span WHERE oldest < ? ORDER BY number LIMIT 1", (end,)).fetchone()
    return int(row[0]) << SPAN if row else 0


def _in_order(
    db: sqlite3.Connection, places: Iterator[int], start: int, end: int, size: int, dates: Dates
) -> Iterator[int]:
    """Places in order by the articles' dates, without those out of bounds."""
    bounded = start > -_EVER or end < _EVER
    waiting: list[tuple[int, int]] = []
    while batch := list(itertools.islice(places, size)):
        size = min(2 * size, _MOST_AT_ONCE)
        if not bounded and not waiting and not _is_mixed(db, batch[0], batch[-1]):
            yield from batch
            continue
        waiting += [
            (-published, place)
            for place, published in zip(batch, dates.of(db, batch), strict=True)
            if start <= published < end
        ]
        heapq.heapify(waiting)
        newest = _newest_from(db, batch[-1])
        while waiting and -waiting[0][0] >= newest:
            yield heapq.heappop(waiting)[1]
        if newest < start:
            break
    while waiting:
        yield heapq.heappop(waiting)[1]


def _is_mixed(db: sqlite3.Connection, first: int, last: int) -> bool:
    """Whether any of the spans from one place to another is in another order than that of publication."""
    query = "SELECT 1 FROM span WHERE mixed AND number BETWEEN ? AND ? LIMIT 1"
    return db.execute(query, (first >> SPAN, last >> SPAN)).fetchone() is not None


def _newest_from(db: sqlite3.Connection, place: int) -> int:
    """A time after which nothing was published that is in the span of this place, or behind it."""
    (newest,) = db.execute(
        "SELECT max(newest, reach) FROM span WHERE number = ?", (place >> SPAN,)
    ).fetchone()
    return int(newest)


def _up(bound: datetime) -> int:
    """The first whole millisecond that is not earlier: stored times are compared with it as the bound itself is."""
    return milliseconds(bound + timedelta(microseconds=999))
