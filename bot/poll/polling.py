"""From a feed that is due to its document, and to its next poll."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from weakref import WeakValueDictionary

from .. import feeds, rhythm
from ..errors import ArticleError, Missing, Unreadable
from ..model import Feed, FeedState, LineRule
from ..store import Ledger, Registry
from ..urls import pieces
from ..web import Failure, NotModified, Page, Web, redacted
from ..worker import Run, Worker
from .recording import Recorder

VALIDATORS_LAST = timedelta(days=8)  # some answer 304 for ever; NetNewsWire asks in full after as long
AGAIN = timedelta(minutes=1)  # until what the admins could not be told is tried once more
OUTAGE = timedelta(minutes=15)  # for as long, nobody answering is thought to be our own network

_log = logging.getLogger(__name__)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Poller:
    """Polls feeds. `tick` is to be called every second or so, and `close` at the end.

    `interval` is the pause between two polls of a feed that names none itself, no pause is ever shorter than `floor`.
    At most `concurrency` feeds are polled at a time, and one per host. `wake` is called when there are new debts.
    `tell` is asked to tell the admins that a feed fails for long (`rhythm.ILL`) or for good (`rhythm.DEAD`, at which
    it is paused), and again until it says that it has: a crash in between may repeat the word, and loses none.
    `read` runs what strangers wrote through the parsers, and is to be `Reader.run` where they may be hostile.
    `clutter` has the operator's rules for lines that are no part of a feed's articles, by its id.
    `looked` is when a tick last found out which feeds are due: None, or long ago, where nothing is polled any more.
    """

    def __init__(
        self,
        registry: Registry,
        ledger: Ledger,
        web: Web,
        *,
        read: Run | None = None,
        interval: timedelta = timedelta(minutes=15),
        floor: timedelta = timedelta(minutes=1),
        concurrency: int = 8,
        now: Callable[[], datetime] = _utc_now,
        wake: Callable[[], None] = lambda: None,
        tell: Callable[[Feed, FeedState, int], Awaitable[bool]] | None = None,
        clutter: Callable[[str], tuple[LineRule, ...]] = lambda id: (),
    ) -> None:
        self._registry = registry
        self._ledger = ledger
        self._web = web
        self._interval = interval
        self._floor = floor
        self._now = now
        self._wake = wake
        self._tell = tell
        self._told_in_vain = _LONG_AGO
        self._slots = asyncio.Semaphore(concurrency)
        self._hosts: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.looked: datetime | None = None  # when it was last known which feeds are due
        self._polling: set[str] = set()  # ids of feeds that are being polled, or queue for it
        self._rests: dict[str, datetime] = {}  # hosts that asked to be left alone, until when
        self._hurried: set[str] = set()  # ids of feeds that somebody wants to be polled now
        self._held: dict[str, datetime] = {}  # next polls that the ledger could not write down
        self._unreached: dict[str, datetime] = {}  # hosts, since when; none once any has answered
        # One thread: such work holds the GIL, and more threads only make the event loop wait longer.
        self._worker = Worker("match")
        self._read: Run = read or self._worker.run
        self._recorder = Recorder(registry, ledger, self._read, self._worker.run, clutter)

    def close(self) -> None:
        """Let go of the worker thread. What it is at is finished, nothing more is begun."""
        self._worker.close()

    async def tick(self) -> int:
        """Poll every feed that is due, and return how many were. Feeds that an earlier tick still polls are left to
        it, so ticks may overlap."""
        now = self._now()
        known = await self._registry.feeds()
        states = await self._ledger.states()  # last, so that it is no older than what `_polling` says
        due, alarms = [], []
        for feed in known:
            state = states.get(feed.id, FeedState(feed.id))
            self._rest(feed, state.hold)
            ready = self._ready(feed, state)
            if feed.id in self._polling:
                continue
            if not feed.paused and ready <= now:
                due.append((ready, feed, state))
            elif (found := rhythm.alarm(state, now)) and (not feed.paused or state.kind == rhythm.GONE):
                alarms.append(self._alarm(feed, state, found))
        self.looked = now
        due.sort(key=lambda one: one[0])
        await asyncio.gather(*(self.poll(feed, state) for _, feed, state in due), *alarms)
        return len(due)

    def _ready(self, feed: Feed, state: FeedState) -> datetime:
        due = state.next_poll
        if feed.id in self._hurried:
            due = state.polled + self._floor if state.polled else None
        others = self._rests.get(_host(feed), _LONG_AGO), self._held.get(feed.id, _LONG_AGO)
        return max(due or _LONG_AGO, *others)

    def hurry(self, id: str) -> None:
        """Poll this feed at the next tick, unless its server asked to be left alone, or it was polled right now."""
        self._hurried.add(id)

    async def poll(self, feed: Feed, state: FeedState | None = None) -> FeedState:
        """Poll one feed, due or not, and return its new state; `error` is empty there if all went well.

        `state` is what the ledger knows, which is asked where it is not given. A feed that is being polled already is
        left alone. Never raises: whatever happens is that feed's error.
        """
        known = state or FeedState(feed.id)
        if feed.id in self._polling:
            return known
        self._polling.add(feed.id)
        try:
            if state is None:
                known = (await self._ledger.states()).get(feed.id, known)
            host = _host(feed)
            lock = self._hosts.setdefault(host, asyncio.Lock())
            async with lock, self._slots:
                if (
                    self._rests.get(host, _LONG_AGO) > self._now()
                ):  # as another feed was told while this one waited
                    return known
                self._hurried.discard(feed.id)
                return await self._poll(feed, known)
        except ArticleError as error:
            kind = "unreadable" if isinstance(error, Unreadable) else "no_feed"
            return await self._fail(feed, known, str(error), kind)
        except Exception as error:
            _log.exception("feed %s: polling failed", feed.id)
            return await self._fail(feed, known, f"internal error ({type(error).__name__})")
        finally:
            self._polling.discard(feed.id)

    async def _poll(self, feed: Feed, state: FeedState) -> FeedState:
        now = self._now()
        since = state.validators_since
        valid = state.url == feed.url and since is not None and now - since < VALIDATORS_LAST
        etag, modified = (state.etag, state.last_modified) if valid else (None, None)
        answer = await self._web.get(feed.url, etag=etag, last_modified=modified)
        if isinstance(answer, Failure):
            return await self._refused(feed, state, answer)
        self._unreached.clear()
        if isinstance(answer, NotModified):
            etag, modified = answer.etag or state.etag, answer.last_modified or state.last_modified
            kept = replace(state, etag=etag, last_modified=modified)
            return await self._keep(self._well(feed, kept, answer.max_age))
        if not answer.body.strip():  # a sloppy way to say 304
            return await self._keep(self._well(feed, state, answer.max_age))
        return await self._take(feed, state, answer)

    async def _take(self, feed: Feed, state: FeedState, page: Page) -> FeedState:
        digest = blake2b(page.body, digest_size=16).hexdigest()
        same = state.url == feed.url and state.body_hash == digest
        document = None if same else await self._read(feeds.parse, page.body, page.content_type, page.url)
        now = self._now()
        ttl = document.ttl if document else state.ttl
        new = replace(
            self._well(feed, replace(state, ttl=ttl), page.max_age),
            etag=page.etag,
            last_modified=page.last_modified,
            validators_since=now,
            body_hash=digest,
            url=feed.url,
            succeeded=now,
            title=document.title if document and document.title else state.title,
        )
        if document is None:
            return await self._keep(new)
        if page.permanent:
            _log.info("feed %s: has moved for good to %s", feed.id, redacted(page.permanent))
        if document.skipped:
            _log.warning("feed %s: %d entries cannot be read", feed.id, document.skipped)
        owed = await self._recorder.record(feed, state, new, document, now)
        self._held.pop(feed.id, None)
        if owed:
            self._wake()
        return new

    async def _refused(self, feed: Feed, state: FeedState, failure: Failure) -> FeedState:
        reason, counts = failure.reason, True
        if failure.kind in ("unreachable", "timeout"):
            now = self._now()
            self._unreached.setdefault(pieces(feed.url).hostname or "", now)
            # No host at all answers: the network that is down is our own. Yet not for ever, they may all be dead.
            recent = now - min(self._unreached.values()) < OUTAGE
            counts = len(self._unreached) < 2 or not recent
        elif failure.kind != "address":
            self._unreached.clear()
        if failure.gone:
            reason += "; the feed was paused"
            await self._pause(feed)
        if wait := failure.retry_after or 0.0:
            state = replace(state, hold=self._now() + timedelta(seconds=wait))
            self._rest(feed, state.hold)
        kind = rhythm.GONE if failure.gone else failure.kind
        return await self._fail(feed, state, reason, kind, wait=wait, counts=counts)

    async def _fail(
        self,
        feed: Feed,
        state: FeedState,
        error: str,
        kind: str = "",
        *,
        wait: float = 0.0,
        counts: bool = True,
    ) -> FeedState:
        now, errors = self._now(), state.errors + counts
        next_poll, since = self._next_poll(feed, now, errors=errors, wait=wait), state.failing_since or now
        state = replace(
            state, next_poll=next_poll, polled=now, errors=errors, failing_since=since, error=error, kind=kind
        )
        _log.warning("feed %s: %s (errors in a row: %d)", feed.id, error, errors)
        try:
            return await self._keep(state)
        except Exception:
            # Without this, a ledger that cannot write would have the feed fetched anew at each tick.
            _log.exception("feed %s: the ledger cannot keep its state", feed.id)
            self._held[feed.id] = state.next_poll or now
            return state

    async def _alarm(self, feed: Feed, state: FeedState, found: int) -> None:
        """Tell the admins, and then remember that they know; a feed that is dead is paused."""
        if self._tell is None or self._now() < self._told_in_vain + AGAIN:
            return
        self._polling.add(feed.id)  # nothing else is to change its state meanwhile
        try:
            if not await self._tell(feed, state, found):
                self._told_in_vain = self._now()
                return
            if found == rhythm.DEAD:
                await self._pause(feed)
            await self._keep(replace(state, told=found))
        finally:
            self._polling.discard(feed.id)

    async def _pause(self, feed: Feed) -> None:
        with suppress(Missing):
            await self._registry.change_feed(feed.id, lambda feed: replace(feed, paused=True))

    def _rest(self, feed: Feed, until: datetime | None) -> None:
        """Leave the feed's host alone: what one of its feeds was told holds for all of them."""
        if until is not None:
            self._rests[_host(feed)] = max(until, self._rests.get(_host(feed), _LONG_AGO))

    def _well(self, feed: Feed, state: FeedState, max_age: float) -> FeedState:
        now = self._now()
        return replace(
            state,
            next_poll=self._next_poll(feed, now, wait=rhythm.fresh(feed, max_age, state.ttl)),
            polled=now,
            succeeded=now if state.succeeded else None,  # the first document decides what is not news
            errors=0,
            failing_since=None,
            error="",
            kind="",
            told=0,
            hold=None,
        )

    async def _keep(self, state: FeedState) -> FeedState:
        await self._ledger.record(state, (), (), self._now())
        self._held.pop(state.feed, None)
        return state

    def _next_poll(self, feed: Feed, now: datetime, *, errors: int = 0, wait: float = 0.0) -> datetime:
        jitter = random.uniform(0.9, 1.1)  # noqa: S311 - spreads polls, guards nothing
        interval = feed.interval or self._interval
        return now + rhythm.pause(interval, self._floor, errors=errors, wait=wait, jitter=jitter)


def _host(feed: Feed) -> str:
    return pieces(feed.url).netloc.rpartition("@")[2].lower()
