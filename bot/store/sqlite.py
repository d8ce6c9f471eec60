"""The ledger: articles and their search, feed states, deliveries, in one SQLite file, `ledger.db`.

Three threads, a connection each: one for everything short, so that writes come one after the other and a claim never
waits for a reader; beside it (WAL) one for searches, and one for those that the index cannot answer, which take
long. Each call is one transaction, durable when it returns (synchronous=FULL). In memory there can be but one
connection, and one thread.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from ..errors import StoreDamaged, StoreError
from ..habits import Habit
from ..model import Article, Counts, Delivery, FeedState, Findings, Found, Outcome, Owed, Revision
from ..query import Query
from . import NOTHING, Order, deliveries, habits, index, places, revisions, searching, stories, tokens
from .codec import decode, encode

FEW = 32  # articles and pictures that are being sent, at the same time, to many
CACHE = 512  # KiB of pages that a connection keeps: the system has the file's in memory anyway

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

# The n-th entry takes a file from layout n - 1 to n. Entries are only ever added.
MIGRATIONS = (
    index.SCHEMA
    + deliveries.SCHEMA
    + """
CREATE TABLE feed_state (feed TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;      -- JSON, ASCII
CREATE TABLE photo (url TEXT PRIMARY KEY, file_id TEXT NOT NULL) WITHOUT ROWID;
""",
    habits.SCHEMA,
    stories.SCHEMA + revisions.SCHEMA + "ALTER TABLE seen ADD COLUMN digest TEXT NOT NULL DEFAULT '';\n",
    index.BY_PLACE,
    index.BY_ARRIVAL,
    deliveries.OPENED,
    revisions.TAKING_BACK,
    places.BY_BUCKET,
)
# What SQL alone cannot do: called when the layout of this number was made.
AFTERWARDS = {4: index.write_bodies, 5: index.put_in_order, 8: places.adopt}

log = logging.getLogger(__name__)


class SqliteLedger:
    """A Ledger in one file, or in memory where there is no folder."""

    def __init__(self, path: Path | None, *, read_only: bool = False) -> None:
        self._quick = Connection(path, "ledger", read_only=read_only)
        self._search = Connection(path, "search", read_only=True) if path else self._quick
        self._scan = Connection(path, "scan", read_only=True) if path else self._quick
        # What is asked for again for each reader of a broadcast. It is filled and emptied on the thread that records,
        # inside the transaction, so that it is never older than what is on disk; and read without waiting for it.
        self._habits: dict[str, Sequence[Habit]] = {}  # by feed, until it brings something new
        self._stories: dict[str, Sequence[Article]] = {}  # by article, until any is recorded
        self._photos: dict[str, str] = {}  # file_ids, by address

    @classmethod
    async def open(cls, folder: Path | None, *, read_only: bool = False) -> SqliteLedger:
        """Open the file and bring it to this version's layout. Raises StoreDamaged and StoreError."""
        path = folder / "ledger.db" if folder else None
        if path:
            await asyncio.to_thread(_prepare, path, read_only)
        ledger = cls(path, read_only=read_only)
        try:
            await ledger._quick.run(_migrate if not read_only else _check)
        except BaseException:
            await ledger.close()
            raise
        return ledger

    async def states(self) -> Mapping[str, FeedState]:
        """See the protocol, here and below."""
        rows = await self._quick.run(lambda db: db.execute("SELECT feed, state FROM feed_state").fetchall())
        try:
            return {feed: decode(FeedState, json.loads(state)) for feed, state in rows}
        except ValueError as error:
            raise StoreDamaged(f"the state of a feed makes no sense: {error}") from error

    async def seen(self, feed: str, keys: Collection[str]) -> Mapping[str, str]:
        """Those of `keys` that this feed has brought, with their entries' digests."""
        return await self._quick.run(lambda db: index.digests(db, feed, keys))

    async def record(
        self,
        state: FeedState | None,
        articles: Sequence[Article],
        owed: Sequence[Owed],
        now: datetime,
        findings: Findings = NOTHING,
    ) -> int:
        """Seen and owed, in one transaction. Raises StoreError where a debt is for an article that is not there."""

        def work(db: sqlite3.Connection) -> int:
            new = index.add(db, articles, now)
            _note(db, findings, now)
            deliveries.owe(db, owed, now)
            if articles or findings is not NOTHING:
                self._stories.clear()
            if state:
                habits.remember(db, articles)
                self._habits.pop(state.feed, None)
                db.execute(
                    "INSERT INTO feed_state VALUES (?, ?) ON CONFLICT (feed) DO UPDATE SET state = excluded.state",
                    (state.feed, json.dumps(encode(state))),
                )
                index.keep_digests(db, state.feed, findings.digests)
            return new

        return await self._quick.run(work)

    async def article(self, key: str) -> Article | None:
        """One article."""
        return await self._quick.run(lambda db: index.by_key(db, key))

    async def by_url(self, url: str) -> Sequence[Article]:
        """The articles with this canonical link, newest first."""
        return await self._quick.run(lambda db: index.by_url(db, url))

    async def oldest(self, since: datetime) -> datetime | None:
        """When the first article since then was published."""
        return await self._quick.run(lambda db: index.oldest(db, since))

    async def alike(self, prints: Sequence[int]) -> Sequence[Article]:
        """Articles of the last days that may be of a story with one that has these prints; the likest first."""
        return await self._quick.run(lambda db: _articles(db, stories.alike(db, prints)))

    async def story(self, key: str) -> Sequence[Article]:
        """All articles of this one's story, in the order in which they were found."""
        if (known := self._stories.get(key)) is not None:
            return known

        def work(db: sqlite3.Connection) -> Sequence[Article]:
            return _kept(self._stories, key, _articles(db, stories.members(db, key)))

        return await self._quick.run(work)

    async def search(
        self,
        query: Query,
        *,
        limit: int = 20,
        offset: int = 0,
        order: Order = "newest",
        count: int | None = 0,
        patience: float | None = searching.PATIENCE,
    ) -> Found:
        """The articles that the query matches, newest by publication or best first."""
        connection = self._scan if tokens.is_scan(query.tree) else self._search
        page = searching.Page(limit, offset, order, count, patience)
        return await connection.run(lambda db: searching.search(db, query, page))

    async def claim(self, now: datetime, limit: int, hold: Collection[int] = ()) -> Sequence[Delivery]:
        """Lease deliveries. A destination whose oldest one has to wait, waits with it: order is kept, and what
        Telegram asked for is asked of the whole chat anyway."""

        def work(db: sqlite3.Connection) -> list[Delivery]:
            leased = deliveries.claim(db, now, limit, hold)
            revisions.forget(db, [delivery.id for delivery in leased])
            return leased

        job = asyncio.ensure_future(self._quick.run(work))
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            # Nobody will send what was leased, and nothing else would free it before the next start.
            leased = await job
            await self._quick.run(lambda db: deliveries.release(db, leased))
            raise

    async def settle(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        """Write down Telegram's answer, unless it comes too late: the attempt is no longer in flight."""
        await self._quick.run(lambda db: deliveries.settle(db, delivery, outcome, now))

    async def claim_edit(self, now: datetime, hold: Collection[int] = ()) -> Revision | None:
        """Lease the edit that has been due longest."""
        job = asyncio.ensure_future(self._quick.run(lambda db: revisions.claim(db, now, hold)))
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            if leased := await job:
                await self._quick.run(lambda db: revisions.release(db, leased))
            raise

    async def settle_edit(self, revision: Revision, outcome: Outcome, now: datetime) -> None:
        """Write down Telegram's answer to an edit, unless it comes too late."""
        await self._quick.run(lambda db: revisions.settle(db, revision, outcome, now))

    async def recover(self, now: datetime) -> int:
        """Make ready, or unknown, what was in flight when the last process died."""

        def work(db: sqlite3.Connection) -> int:
            revisions.recover(db)
            return deliveries.recover(db, now)

        return await self._quick.run(work)

    async def delivered(self, chat: int, message_id: int, named: int | None = None) -> Delivery | None:
        """The delivery behind a message in a chat."""
        return await self._quick.run(lambda db: deliveries.delivered(db, chat, message_id, named))

    async def keep_open(self, delivery: int, related: Sequence[str] | None) -> None:
        """Remember that the delivery's message is shown at length, or no longer is."""
        await self._quick.run(lambda db: deliveries.keep_open(db, delivery, related))

    async def deliveries(self, article: str) -> Sequence[tuple[Delivery, str]]:
        """All deliveries of an article, each with its state."""
        return await self._quick.run(lambda db: deliveries.deliveries(db, article))

    async def photo(self, url: str) -> str | None:
        """The file_id under which Telegram knows the picture at this address."""
        if (known := self._photos.get(url)) is not None:
            return known

        def work(db: sqlite3.Connection) -> str | None:
            row = db.execute("SELECT file_id FROM photo WHERE url = ?", (url,)).fetchone()
            return _kept(self._photos, url, str(row[0])) if row else None

        return await self._quick.run(work)

    async def keep_photo(self, url: str, file_id: str) -> None:
        """Remember it."""
        statement = (
            "INSERT INTO photo VALUES (?, ?) ON CONFLICT (url) DO UPDATE SET file_id = excluded.file_id"
        )

        def work(db: sqlite3.Connection) -> None:
            db.execute(statement, (url, file_id))
            self._photos.pop(url, None)

        await self._quick.run(work)

    async def habits(self, feed: str) -> Sequence[Habit]:
        """What the feed repeats around its articles."""
        if (known := self._habits.get(feed)) is not None:
            return known

        def work(db: sqlite3.Connection) -> Sequence[Habit]:
            self._habits[feed] = habits.of(db, feed)
            return self._habits[feed]

        return await self._quick.run(work)

    async def keep_habit(self, feed: str, signature: str, kept: bool) -> None:
        """Write down that people want it in their messages all the same, or no longer."""

        def work(db: sqlite3.Connection) -> None:
            habits.keep(db, feed, signature, kept)
            self._habits.pop(feed, None)

        await self._quick.run(work)

    async def counts(self) -> Counts:
        """The ledger in figures."""
        return await self._quick.run(lambda db: replace(deliveries.counts(db), edits=revisions.waiting(db)))

    async def close(self) -> None:
        """Finish what is being written and let go of the file."""
        await self._search.close()
        await self._scan.close()
        await self._quick.close()


def _note(db: sqlite3.Connection, findings: Findings, now: datetime) -> None:
    """What a poll found out besides new articles, and whose messages are to be edited for it."""
    changed = [change for change in findings.changed if index.replace(db, change.article, now)]
    stories.keep_prints(db, findings.prints, now)
    for key, twin in findings.twins.items():
        if stories.join(db, key, twin):
            revisions.ask(db, stories.members(db, twin), now)
    for change in changed:
        revisions.ask_for(db, change, now)


def _articles(db: sqlite3.Connection, keys: Sequence[str]) -> list[Article]:
    return [article for key in keys if (article := index.by_key(db, key))]


def _kept(few: dict[str, T], key: str, value: T) -> T:
    """The value, which is kept among a few others."""
    if len(few) >= FEW:
        few.clear()
    few[key] = value
    return value


class Connection:
    """A connection to SQLite and the one thread that uses it.

    The thread hands its answers to the event loop itself: by way of an Executor that takes as long as a search does.
    """

    def __init__(self, path: Path | None, name: str, *, read_only: bool) -> None:
        self._path = path
        self._read_only = read_only
        self._db: sqlite3.Connection | None = None
        self._asked: SimpleQueue[tuple[Work[Any], asyncio.Future[Any]] | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._answer, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Work[T]) -> T:
        """Do the work in one transaction. Raises StoreError for whatever SQLite fails with; nothing is changed then.

        Work that was asked for is done, even where whoever asked is cancelled meanwhile: an answer from Telegram
        must be written down.
        """
        if self._closed:
            raise RuntimeError("the store is closed")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._asked.put((work, answer))
        return await answer

    def _answer(self) -> None:
        while (asked := self._asked.get()) is not None:
            work, answer = asked
            result, error = None, None
            try:
                result = self._transact(work)
            except BaseException as raised:
                error = raised
            with suppress(RuntimeError):  # the loop is closed: nobody waits for it any more
                answer.get_loop().call_soon_threadsafe(_tell, answer, result, error)
            del asked, work, answer, result, error  # while it waits for more

    def _transact(self, work: Work[T]) -> T:
        try:
            if self._db is None:
                self._db = _connect(self._path, read_only=self._read_only)
            self._db.execute("BEGIN" if self._read_only else "BEGIN IMMEDIATE")
            try:
                result = work(self._db)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise _translated(error, self._path) from error
        return result

    async def close(self) -> None:
        """Close it, after the work that was asked for. Closing twice is harmless."""
        self._closed = True
        await asyncio.to_thread(self._finish)

    def _finish(self) -> None:
        self._asked.put(None)
        self._thread.join()
        if self._db:
            self._db.close()
            self._db = None


def _tell(answer: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if answer.done():  # whoever asked was cancelled
        if error:
            log.error("what nobody waited for failed: %s", error)
    elif error:
        answer.set_exception(error)
    else:
        answer.set_result(result)


def _connect(path: Path | None, *, read_only: bool) -> sqlite3.Connection:
    # Any thread may close it; that only one uses it at a time, `Connection` sees to.
    db = sqlite3.connect(path or ":memory:", timeout=10, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA cache_size = -{CACHE}")
    db.execute("PRAGMA query_only = ON" if read_only else "PRAGMA temp_store = MEMORY")
    return db


def _prepare(path: Path, read_only: bool) -> None:
    """Make the file where there is none. SQLite would take an empty file for a new database: it is refused, and a
    new one gets its name only when it has something in it."""
    try:
        if path.exists():
            if not path.stat().st_size:
                raise StoreDamaged(f"{path} is empty; it was left as it is")
            return
        if read_only:
            raise StoreError(f"there is no {path}")
        aside = path.with_name(path.name + ".new")
        aside.unlink(missing_ok=True)
        os.close(os.open(aside, os.O_CREAT | os.O_WRONLY, 0o600))
        db = sqlite3.connect(aside)
        db.execute("PRAGMA journal_mode = WAL")
        db.close()
        os.replace(aside, path)
    except OSError as error:
        raise StoreError(f"{path} cannot be used: {error.strerror}") from error
    except sqlite3.Error as error:
        raise _translated(error, path) from error


def _check(db: sqlite3.Connection) -> int:
    """The file's layout. Raises StoreError where a later version made it, or where it must be migrated first."""
    (layout,) = db.execute("PRAGMA user_version").fetchone()
    if layout < 0:
        raise StoreDamaged(f"the ledger has a layout of no version ({layout}); it was left as it is")
    if layout > len(MIGRATIONS):
        raise StoreError(
            f"the ledger was made by a later version (layout {layout}; this one knows {len(MIGRATIONS)})"
        )
    if layout < len(MIGRATIONS) and db.execute("PRAGMA query_only").fetchone() == (1,):
        raise StoreError(
            "the ledger was made by an earlier version: start the bot once to bring it up to date"
        )
    return int(layout)


def _migrate(db: sqlite3.Connection) -> None:
    layout = _check(db)
    for number, script in enumerate(MIGRATIONS[layout:], layout + 1):
        statement = ""
        for line in script.splitlines(keepends=True):  # executescript would commit first
            statement += line
            if sqlite3.complete_statement(statement):
                db.execute(statement)
                statement = ""
        if number in AFTERWARDS:
            AFTERWARDS[number](db)
        db.execute(f"PRAGMA user_version = {number}")
    if not index.is_current(db):
        log.warning("the search index is made anew, as the rules for comparing characters have changed")
        index.rebuild(db)


def _translated(error: sqlite3.Error, path: Path | None) -> StoreError:
    if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreDamaged(f"{path} cannot be read ({error}); it was left as it is")
    return StoreError(f"{path or 'the ledger'}: {error}")
