"""The places of articles in the index: near their places in the order of publication, in whatever order they come.

A search lists its hits by place and wants the newest, so newer articles go before older ones. What an index takes are
the gaps between its rows, so neighbours follow each other without a gap; a wide one now and then costs nothing. Hence
buckets: intervals of places, each filled from within outwards, an article that is older than all others in it behind
them and any other before them. The open ones part the whole of time; an article goes where its date belongs. A bucket
in which dates rise or fall without an exception may become large, as a search stops anywhere in it. Any other is closed
when it has `MIXED` articles, and halves of its time are opened behind it: a tree, of which a search for the newest
reads one path.

What a search relies on is only what was written down of the articles in each bucket and each span of it: where no room
is left, an article may go anywhere before those that were.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

SPAN = 6  # bits of a place in its span: 64 articles
MIXED = 256  # articles in a bucket that is in no order: a search reads all of them
ORDERED = 1 << 13  # in one that is in order: of two that overlap, as much is read
EVER = 1 << 47  # milliseconds; beyond any date
FIRST = 3 << 26  # the first article's place: four bytes in the index, as are millions before and behind it
END = 1 << 62  # beyond any place
_ROOM = 1 << 15  # places between two buckets at the front, for what comes late
_AMPLE = 1 << 16  # … where one is large, as it is in order
_WIDE = 1 << 21  # … behind one at the back that is not
_BEGINNING = 1 << 21  # … behind the first, for all of an archive in no order: three bytes from row to row

# Buckets and spans of places, newest first. `reach`: no article behind (of a span: behind in its bucket) was published
# later. `mixed`: not in the order of publication, or (of a span) something in it is older than what is behind.
# `first` to `last` are taken, of `low` to `high`; `since` <= published < `until` is what goes there while it is open.
BY_BUCKET = """
CREATE TABLE bucket (
    low INTEGER PRIMARY KEY,
    high INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    oldest INTEGER NOT NULL,
    reach INTEGER NOT NULL,
    mixed INTEGER NOT NULL,
    since INTEGER,
    until INTEGER
);
CREATE UNIQUE INDEX bucket_open ON bucket(since) WHERE since IS NOT NULL;
DROP INDEX span_mixed;
"""


@dataclass(frozen=True, slots=True)
class _Bucket:
    """One that is open."""

    low: int
    high: int
    first: int
    last: int
    newest: int
    oldest: int
    mixed: bool
    since: int
    until: int

    def must_close(self, published: int) -> bool:
        """Whether an article of that time is too much for it, and there is room for others."""
        late = self.oldest <= published < self.newest
        if self.last - self.first + 1 < (MIXED if self.mixed or late else ORDERED):
            return False
        return self.is_edge or self.has_room_before or _suffices(self.high - self.last)

    @property
    def is_edge(self) -> bool:
        """Whether its time is without an end, and so are its places."""
        return self.until == EVER or self.since == -EVER

    @property
    def has_room_before(self) -> bool:
        """Whether there is room for another, and that is where it belongs: what is late for a bucket in order is
        to be found before a search has to read it."""
        return not self.mixed and _suffices(self.first - self.low)


def _suffices(room: int) -> bool:
    """Whether two buckets, each of spans of its own, have room in it for articles that are in no order."""
    return room > 4 * max(MIXED, 1 << SPAN)


def take(db: sqlite3.Connection, published: int) -> int:
    """A place for an article of that time, which is written down as taken."""
    bucket = _open_for(db, published)
    if bucket.first == bucket.low:
        bucket = _open_for(db, EVER - 1)  # the one before all others, which is never full
    if bucket.first > bucket.last:
        place, mixed = bucket.first, False
    elif published < bucket.oldest and bucket.last + 1 < bucket.high:
        place, mixed = bucket.last + 1, False
    else:
        place, mixed = bucket.first - 1, published < bucket.newest
    if place > bucket.first:
        _behind(db, place, published)
    else:
        before(db, place, bucket.high, published)
    db.execute(
        "UPDATE bucket SET first = min(first, ?1), last = max(last, ?1), newest = max(newest, ?2), "
        "oldest = min(oldest, ?2), mixed = mixed OR ?3 WHERE low = ?4",
        (place, published, mixed, bucket.low),
    )
    db.execute("UPDATE bucket SET reach = ?1 WHERE low < ?2 AND reach < ?1", (published, bucket.low))
    return place


def before(db: sqlite3.Connection, place: int, end: int, published: int) -> None:
    """Write down in its span that this place, before all others up to `end`, is taken."""
    row = db.execute(
        "SELECT max(newest, reach) FROM span WHERE number BETWEEN ? AND ? ORDER BY number LIMIT 1",
        (place >> SPAN, (end - 1) >> SPAN),
    ).fetchone()
    db.execute(
        "INSERT INTO span VALUES (?1, ?2, ?2, ?3, ?2 < ?3) ON CONFLICT DO UPDATE SET "
        "mixed = mixed OR ?2 < newest OR ?2 < reach, newest = max(newest, ?2), oldest = min(oldest, ?2)",
        (place >> SPAN, published, row[0] if row else -EVER),
    )


def adopt(db: sqlite3.Connection) -> None:
    """After `BY_BUCKET`: the articles of an earlier layout stay where they are, in one bucket that is closed."""
    first, last, newest, oldest = db.execute(
        "SELECT min(place), max(place), max(published), min(published) FROM article"
    ).fetchone()
    if first is None:
        _insert(db, -END, END, FIRST, -EVER, EVER)
        return
    low, high = _even(first), _even(last + (1 << SPAN))
    db.execute(
        "INSERT INTO bucket VALUES (?, ?, ?, ?, ?, ?, ?, 0, NULL, NULL)",
        (low, high, first, last, newest, oldest, -EVER),
    )
    _insert(db, -END, low, low - _ROOM, oldest, EVER)
    _insert(db, high, END, high + _AMPLE, -EVER, oldest)


def _open_for(db: sqlite3.Connection, published: int) -> _Bucket:
    """The open bucket to which that time belongs; if need be it is closed, and another opened."""
    query = (
        "SELECT low, high, first, last, newest, oldest, mixed, since, until FROM bucket "
        "WHERE since <= ? ORDER BY since DESC LIMIT 1"
    )
    bucket = _Bucket(*db.execute(query, (published,)).fetchone())
    if bucket.must_close(published):
        _close(db, bucket)
        bucket = _Bucket(*db.execute(query, (published,)).fetchone())
    return bucket


def _close(db: sqlite3.Connection, bucket: _Bucket) -> None:
    """Open others for a bucket's time: for what is newer or older than all before or behind all, for the rest where
    there is room."""
    since, until, low, high = bucket.since, bucket.until, bucket.low, bucket.high
    first, last = _even(bucket.first), _even(bucket.last + (1 << SPAN))
    if bucket.until == EVER:
        low = first if bucket.mixed else first - _AMPLE
        until = max(since, bucket.newest)
    if bucket.since == -EVER:
        high = last + (_BEGINNING if bucket.until == EVER else _WIDE if bucket.mixed else 0)
        since = min(until, bucket.oldest)
    is_before = bucket.has_room_before
    db.execute(
        "UPDATE bucket SET low = ?, high = ?, since = NULL, until = NULL WHERE low = ?",
        (first if is_before else low, high if is_before else last, bucket.low),
    )
    if is_before:
        _insert_between(db, low, first, since, until)
    else:
        half, middle = _median(db, bucket, since, until), _even((last + high) // 2)
        _insert_between(db, last, middle, half, until)
        _insert_between(db, middle, high, since, half)
    if bucket.until == EVER:
        _insert(db, -END, low, low - _ROOM, until, EVER)
    if bucket.since == -EVER:
        _insert(db, high, END, high + _AMPLE, -EVER, since)


def _median(db: sqlite3.Connection, bucket: _Bucket, since: int, until: int) -> int:
    """A time that halves the articles in the bucket, as far as they are of a time between these two."""
    dates = db.execute(
        "SELECT published FROM article INDEXED BY article_place "
        "WHERE place BETWEEN ? AND ? AND published >= ? AND published < ? ORDER BY published",
        (bucket.first, bucket.last, since, until),
    ).fetchall()
    return int(dates[len(dates) // 2][0]) if dates else since


def _insert_between(db: sqlite3.Connection, low: int, high: int, since: int, until: int) -> None:
    """Open a bucket, if there is such a time, that may grow to both sides; most of the room is left behind it."""
    if since < until:
        share = 8 if high - low > 16 * MIXED else 2
        _insert(db, low, high, low + min(ORDERED, (high - low) // share), since, until)


def _insert(db: sqlite3.Connection, low: int, high: int, start: int, since: int, until: int) -> None:
    row = db.execute(
        "SELECT max(newest, reach) FROM bucket WHERE low > ? ORDER BY low LIMIT 1", (low,)
    ).fetchone()
    db.execute(
        "INSERT INTO bucket VALUES (?1, ?2, ?3, ?3 - 1, ?4, ?5, ?6, 0, ?7, ?8)",
        (low, high, start, -EVER, EVER, row[0] if row else -EVER, since, until),
    )


def _behind(db: sqlite3.Connection, place: int, published: int) -> None:
    """Write down in its span that this place, behind all others, is taken by an article older than they are."""
    db.execute(
        "INSERT INTO span VALUES (?1, ?2, ?2, ?3, 0) ON CONFLICT DO UPDATE SET oldest = ?2",
        (place >> SPAN, published, -EVER),
    )
    if place == _even(place):
        db.execute("UPDATE span SET reach = max(reach, ?) WHERE number = ?", (published, (place >> SPAN) - 1))


def _even(place: int) -> int:
    """The first place of its span, which is never of two buckets."""
    return place >> SPAN << SPAN
