"""The search, on a SQLite connection.

The law of search: it finds an article exactly where the same query as a topic would have alerted to it. The full-text
index proposes (store/tokens.py), the matcher decides; what the index is proven to know exactly is only counted, so that
counting a thousand hits does not take reading a thousand articles.

Results come one after the other, newest by publication first, and no more of them are looked at than are asked for.
"""

from __future__ import annotations

import heapq
import itertools
import operator
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Article, Found
from ..query import Query
from ..query.glance import matches
from . import Order
from .body import Body
from .codec import milliseconds
from .index import BATCH, is_current, read
from .places import EVER, SPAN
from .ranking import ranked
from .tokens import Asked, ask

PATIENCE = 2.0  # seconds after which a search says what it has
RANKED = 300  # of the newest articles: those that are put in order by relevance
_MOST_AT_ONCE = 512  # hits that are put in order at a time: so many may be too many


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


@dataclass(frozen=True, slots=True)
class Hits:
    """What the index proposes for a query within its bounds on the date: `start` <= published < `end`."""

    db: sqlite3.Connection
    query: Query
    expression: str | None
    start: int
    end: int

    @property
    def bounded(self) -> bool:
        """Whether there are any bounds."""
        return self.start > -EVER or self.end < EVER


def search(db: sqlite3.Connection, query: Query, page: Page) -> Found:
    """A page of the articles that the query matches."""
    asked = ask(query.tree) if is_current(db) else Asked(None, False)
    after, before = query.bounds()
    start, end = _up(after) if after else -EVER, _up(before) if before else EVER
    hits = Hits(db, query, asked.expression, start, end)
    wanted = replace(page, limit=max(RANKED, page.end), offset=0) if page.order == "relevance" else page
    found = _exact(hits, wanted) if asked.exact else _checked(hits, wanted)
    if page.order == "relevance":
        best = ranked(query, found.articles)[page.offset : page.end]
        return replace(found, articles=tuple(best))
    return found


def _exact(hits: Hits, page: Page) -> Found:
    """As `search`, where the index says by itself what matches."""
    deadline = _deadline(page)
    places = _places(hits, page.end + 1)
    shown = list(itertools.islice(places, page.end))
    articles = tuple(read(hits.db, shown[page.offset :]))
    if not hits.bounded and page.counted > len(shown) == page.end:
        total = _count(hits, page.counted + 1)
        return Found(articles, int(min(total, page.counted)), total > page.counted)
    total = len(shown)
    for place in places:
        if total >= page.counted:
            return Found(articles, total, more=True)
        total += 1
        if time.monotonic() > deadline:
            (article,) = read(hits.db, [place])
            return Found(articles, total, more=True, since=article.published)
    return Found(articles, total)


def _count(hits: Hits, most: float) -> int:
    """How many hits there are in all, up to so many: SQLite counts them ten times as fast as they are listed."""
    limit = -1 if most == float("inf") else int(most)
    if hits.expression is None:
        counted = hits.db.execute("SELECT count(*) FROM (SELECT 1 FROM article LIMIT ?)", (limit,))
    else:
        counted = hits.db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM article_fts WHERE article_fts MATCH ? LIMIT ?)",
            (hits.expression, limit),
        )
    return int(counted.fetchone()[0])


def _deadline(page: Page) -> float:
    return time.monotonic() + (float("inf") if page.patience is None else page.patience)


def _checked(hits: Hits, page: Page) -> Found:
    """As `search`, where the matcher has to look at each article."""
    query, deadline = hits.query, _deadline(page)
    places = _places(hits, page.end + 1)
    shown: list[Article] = []
    total, counted = 0, page.counted
    for article in _in_batches(hits.db, places, page.end + 1):
        if _matches(query, article):
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


def _matches(query: Query, article: Article) -> bool:
    return matches(query, article, article.body.text if isinstance(article.body, Body) else None)


def _places(hits: Hits, first: int) -> Iterator[int]:
    """The places of the hits, in the order of the results, of which so many are wanted at first."""
    if hits.expression is None:
        return _newest(hits)
    return _in_order(hits, _listed(hits), first)


def _newest(hits: Hits) -> Iterator[int]:
    """The places of all articles within the bounds, newest first."""
    query = "SELECT place FROM article WHERE published >= ? AND published < ? ORDER BY published DESC, place"
    return (place for (place,) in hits.db.execute(query, (hits.start, hits.end)))


def _listed(hits: Hits) -> Iterator[tuple[int, int]]:
    """When the hits were published, and their places, in the order of these, without the buckets out of bounds."""
    query = (
        "SELECT published, place FROM article_fts CROSS JOIN article INDEXED BY article_place "
        "ON place = article_fts.rowid WHERE article_fts MATCH ?"
    )
    if hits.bounded:
        query += " AND article_fts.rowid BETWEEN ? AND ?"
    for stretch in _stretches(hits) if hits.bounded else [()]:
        yield from hits.db.execute(query + " ORDER BY article_fts.rowid", (hits.expression, *stretch))


def _stretches(hits: Hits) -> Iterator[tuple[int, int]]:
    """The first and the last place of any neighbouring buckets with something that may be within the bounds."""
    rows = hits.db.execute(
        "SELECT newest >= ? AND oldest < ?, low, high FROM bucket WHERE first <= last ORDER BY low",
        (hits.start, hits.end),
    ).fetchall()
    for is_wanted, buckets in itertools.groupby(rows, key=operator.itemgetter(0)):
        (_, low, high), *more = buckets
        if is_wanted:
            yield _first_place(hits, low), (more[-1][2] if more else high) - 1


def _first_place(hits: Hits, low: int) -> int:
    """A place between which and `low` everything was published at `end` or later."""
    row = hits.db.execute(
        "SELECT number FROM span WHERE number >= ? AND oldest < ? ORDER BY number LIMIT 1",
        (low >> SPAN, hits.end),
    ).fetchone()
    return max(low, int(row[0]) << SPAN) if row else low


def _in_order(hits: Hits, listed: Iterator[tuple[int, int]], first: int) -> Iterator[int]:
    """The places of the hits that are within the bounds, in order by date, of which so many are wanted at first."""
    size = first
    waiting: list[tuple[int, int]] = []
    while batch := list(itertools.islice(listed, size)):
        size = min(size + size // 2 + 1, _MOST_AT_ONCE)
        for at, place in batch:
            if hits.start <= at < hits.end:
                heapq.heappush(waiting, (-at, place))
        newest = _newest_after(hits.db, *batch[-1])
        while waiting and -waiting[0][0] >= newest:
            yield heapq.heappop(waiting)[1]
        if newest < hits.start:
            break
    while waiting:
        yield heapq.heappop(waiting)[1]


def _newest_after(db: sqlite3.Connection, published: int, place: int) -> int:
    """A time after which nothing was published that is behind this place, where an article of that time is."""
    (newest,) = db.execute(
        "SELECT max(iif(mixed, newest, ?1), reach, "
        "(SELECT reach FROM bucket WHERE low <= ?2 ORDER BY low DESC LIMIT 1)) FROM span WHERE number = ?2 >> ?3",
        (published, place, SPAN),
    ).fetchone()
    return int(newest)


def _up(bound: datetime) -> int:
    """The first whole millisecond that is not earlier: stored times are compared with it as the bound itself is."""
    return milliseconds(bound + timedelta(microseconds=999))
