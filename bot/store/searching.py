"""The search, on a SQLite connection.

The law of search: it finds an article exactly where the same query as a topic would have alerted to it. The full-text
index proposes (store/tokens.py), the matcher decides; what the index is proven to know exactly is only counted, so that
counting a thousand hits does not take reading a thousand articles.

Results come one after the other, newest by publication first, and no more of them are looked at than are asked for.
"""

from __future__ import annotations

import heapq
import itertools
import json
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
from .codec import milliseconds, moment
from .index import BATCH, COLUMNS, SPAN, article_of, is_current, read
from .ranking import ranked
from .tokens import Asked, ask

PATIENCE = 2.0  # seconds after which a search says what it has
RANKED = 300  # of the newest articles: those that are put in order by relevance
STUCK = 128  # hits of which none is known to be the newest: then it is asked how far that goes on
PROBE = 120  # hits are listed in the time in which one article is looked at
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

    def __len__(self) -> int:
        return len(self._times)

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


@dataclass(frozen=True, slots=True)
class Hits:
    """What the index proposes for a query within its bounds on the date: `start` <= published < `end`."""

    db: sqlite3.Connection
    query: Query
    expression: str | None
    start: int
    end: int
    dates: Dates

    @property
    def bounded(self) -> bool:
        """Whether there are any bounds."""
        return self.start > -_EVER or self.end < _EVER


def search(db: sqlite3.Connection, query: Query, page: Page, dates: Dates) -> Found:
    """A page of the articles that the query matches."""
    asked = ask(query.tree) if is_current(db) else Asked(None, False)
    after, before = query.bounds()
    start, end = _up(after) if after else -_EVER, _up(before) if before else _EVER
    hits = Hits(db, query, asked.expression, start, end, dates)
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
            (published,) = hits.dates.of(hits.db, [place])
            return Found(articles, total, more=True, since=moment(published))
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
        return (row[0] for row in _newest(hits, "place"))
    rows = hits.db.execute(
        "SELECT rowid FROM article_fts WHERE article_fts MATCH ? AND rowid >= ? ORDER BY rowid",
        (hits.expression, _first_place(hits.db, hits.end) if hits.end < _EVER else 0),
    )
    return _in_order(hits, (place for (place,) in rows), first)


def _newest(hits: Hits, columns: str) -> sqlite3.Cursor:
    """All articles within the bounds, newest first."""
    query = (
        f"SELECT {columns} FROM article WHERE published >= ? AND published < ? ORDER BY published DESC, place"  # noqa: S608 - ours
    )
    return hits.db.execute(query, (hits.start, hits.end))


def _first_place(db: sqlite3.Connection, end: int) -> int:
    """A place before which everything was published at `end` or later."""
    row = db.execute("SELECT number FROM span WHERE oldest < ? ORDER BY number LIMIT 1", (end,)).fetchone()
    return int(row[0]) << SPAN if row else 0


def _in_order(hits: Hits, places: Iterator[int], first: int) -> Iterator[int]:
    """Places in order by the articles' dates, without those out of bounds."""
    db, size = hits.db, first
    waiting: list[tuple[int, int]] = []
    last, behind = (-_EVER, 0), list[int]()  # the last in order, or its place
    taken = stuck = origin = 0
    while batch := list(itertools.islice(places, size)):
        size = min(2 * size, _MOST_AT_ONCE)
        origin = origin or batch[0]
        taken += len(batch)
        if not hits.bounded and not waiting and not _is_mixed(db, batch[0], batch[-1]):
            yield from batch
            behind = batch[-1:]
            continue
        stuck += len(batch)
        waiting += [
            (-published, place)
            for place, published in zip(batch, hits.dates.of(db, batch), strict=True)
            if hits.start <= published < hits.end
        ]
        heapq.heapify(waiting)
        newest = _newest_from(db, batch[-1])
        while waiting and -waiting[0][0] >= newest:
            last, behind, stuck = heapq.heappop(waiting), [], 0
            yield last[1]
        if newest < hits.start:
            break
        if stuck >= STUCK and waiting and _is_far(hits, batch[-1], -waiting[0][0]):
            if behind:
                last = (-hits.dates.of(db, behind)[0], behind[0])
            yield from _unordered(hits, last, first, taken / (batch[-1] - origin + 1))
            return
    while waiting:
        yield heapq.heappop(waiting)[1]


def _unordered(hits: Hits, last: tuple[int, int], first: int, share: float) -> Iterator[int]:
    """The hits that follow the last one, where places say little about dates. Where many of the articles are hits,
    which is as many as their places so far show, the newest articles are looked at; else all hits are listed."""
    hits = replace(hits, end=min(hits.end, 1 - last[0]))
    if share * share * len(hits.dates) > PROBE * first:
        most = int(4 * first / share)  # they may all be old
        for row in itertools.islice(_newest(hits, COLUMNS), most):
            if (-row[6], row[0]) > last:
                last = (-row[6], row[0])
                if _matches(hits.query, article_of(row)):
                    yield row[0]
        hits = replace(hits, end=min(hits.end, 1 - last[0]))
    # One text of all places takes a third of as many rows.
    listed = "SELECT json_group_array(rowid) FROM article_fts WHERE article_fts MATCH ?"
    places = json.loads(hits.db.execute(listed, (hits.expression,)).fetchone()[0])
    times = hits.dates.of(hits.db, places)
    within = [time for time in times if hits.start <= time < hits.end] if hits.bounded else times
    least = min(heapq.nlargest(first, within), default=hits.start)
    for start, end in ((least, hits.end), (hits.start, least)):
        rest = sorted(
            (-time, place) for time, place in zip(times, places, strict=True) if start <= time < end
        )
        yield from (place for key, place in rest if (key, place) > last)


def _is_mixed(db: sqlite3.Connection, first: int, last: int) -> bool:
    """Whether any of the spans from one place to another is in another order than that of publication."""
    query = "SELECT 1 FROM span WHERE mixed AND number BETWEEN ? AND ? LIMIT 1"
    return db.execute(query, (first >> SPAN, last >> SPAN)).fetchone() is not None


def _is_far(hits: Hits, place: int, time: int) -> bool:
    """Whether from this place to one behind which nothing was published later than that time, it is so far that to
    list all hits takes less."""
    row = hits.db.execute(
        "SELECT number FROM span WHERE number > ? AND newest <= ? AND reach <= ? ORDER BY number LIMIT 1",
        (place >> SPAN, time, time),
    ).fetchone()
    return row is None or 3 * ((row[0] << SPAN) - place) > len(hits.dates)


def _newest_from(db: sqlite3.Connection, place: int) -> int:
    """A time after which nothing was published that is in the span of this place, or behind it."""
    (newest,) = db.execute(
        "SELECT max(newest, reach) FROM span WHERE number = ?", (place >> SPAN,)
    ).fetchone()
    return int(newest)


def _up(bound: datetime) -> int:
    """The first whole millisecond that is not earlier: stored times are compared with it as the bound itself is."""
    return milliseconds(bound + timedelta(microseconds=999))
