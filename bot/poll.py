"""Flow: feeds that are due are fetched, and what is new in them is recorded together with who is owed it.

    for each feed that is due, oldest first:
        match web.get(feed.url, state's validators):
            Failure     -> back off
            NotModified -> nothing new
            Page        -> parse, unless the body is the last one
                           unseen entries -> articles -> owed, but for stories that were told
                           seen ones that have changed -> what is to be edited
        ledger.record(state with the next poll, articles, owed)      # one transaction, on every path

Due times are data on rows: a restart polls nothing early, and a tick only asks which rows are due.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from . import changes, feeds, rhythm, stories
from .errors import ArticleError, Missing
from .freshness import freshness
from .kin import Kin
from .model import Article, Change, Destination, Feed, FeedState, Findings, Following, Owed
from .store import Ledger, Registry
from .topics import Topics, owed
from .urls import pieces
from .web import Failure, NotModified, Page, Web, redacted
from .worker import Worker

VALIDATORS_LAST = timedelta(days=8)  # some answer 304 for ever; NetNewsWire asks in full after as long
MOST_CHANGED = 50  # entries of one document that are read again at a time
NEWS = timedelta(hours=48)  # what is older when it changes is sent to nobody for that
AGAIN = timedelta(minutes=1)  # until what the admins could not be told is tried once more
OUTAGE = timedelta(minutes=15)  # for as long, nobody answering is thought to be our own network

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Poller:
    """Polls feeds. `tick` is to be called every second or so, and `close` at the end.

    `interval` is the pause between two polls of a feed that names none itself, no pause is ever shorter than `floor`.
    At most `concurrency` feeds are polled at a time, and one per host. `wake` is called when there are new debts.
    `tell` is asked to tell the admins that a feed fails for long (`rhythm.ILL`) or for good (`rhythm.DEAD`, at which
    it is paused), and again until it says that it has: a crash in between may repeat the word, and loses none.
    """

    def __init__(
        self,
        registry: Registry,
        ledger: Ledger,
        web: Web,
        *,
        interval: timedelta = timedelta(minutes=15),
        floor: timedelta = timedelta(minutes=1),
        concurrency: int = 8,
        now: Callable[[], datetime] = _utc_now,
        wake: Callable[[], None] = lambda: None,
        tell: Callable[[Feed, FeedState, int], Awaitable[bool]] | None = None,
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
        self._polling: set[str] = set()  # ids of feeds that are being polled, or queue for it
        self._rests: dict[str, datetime] = {}  # hosts that asked to be left alone, until when
        self._hurried: set[str] = set()  # ids of feeds that somebody wants to be polled now
        self._held: dict[str, datetime] = {}  # next polls that the ledger could not write down
        self._unreached: dict[str, datetime] = {}  # hosts, since when; none once any has answered
        self._recording = asyncio.Lock()
        self._topics = Topics(())
        # One thread: parsing holds the GIL, and more threads only make the event loop wait longer.
        self._worker = Worker("parse")

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
        return await self._read(feed, state, answer)

    async def _read(self, feed: Feed, state: FeedState, page: Page) -> FeedState:
        digest = blake2b(page.body, digest_size=16).hexdigest()
        same = state.url == feed.url and state.body_hash == digest
        try:
            document = None if same else await self._work(feeds.parse, page.body, page.content_type, page.url)
        except ArticleError as error:
            return await self._fail(feed, state, str(error), "no_feed")
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
        await self._record(feed, state, new, document, now)
        return new

    async def _record(
        self, feed: Feed, state: FeedState, new: FeedState, document: feeds.Document, now: datetime
    ) -> None:
        entries = {feeds.identify(feed.id, entry): entry for entry in document.entries}
        digests = {key: feeds.digest(entry) for key, entry in entries.items()}
        seen = await self._ledger.seen(feed.id, entries)
        unseen = [key for key in entries if key not in seen]
        other = [key for key in entries if seen.get(key) and seen[key] != digests[key]][:MOST_CHANGED]
        articles = await self._articles(feed, document, [(key, entries[key]) for key in unseen], now)
        articles.reverse()  # documents begin with the newest, readers with the oldest
        articles.sort(key=lambda article: article.published)
        versions = await self._articles(feed, document, [(key, entries[key]) for key in other], now)
        changed = await self._changed(feed, versions, document.deleted, now)
        fresh = freshness(feed, state, entries, unseen, now)
        async with self._recording:  # so that two feeds with one story know of each other
            owed = [*await self._owed(articles, fresh), *await self._newly_owed(feed, changed, now)]
            found = await self._kin(articles, document.entries, now)
            owed = await self._untold(owed, found.twins, {before.key for before, _ in changed})
            findings = replace(
                found,
                changed=tuple(change for _, change in changed),
                digests={key: digests[key] for key in entries if not seen.get(key) or key in other},
            )
            await self._ledger.record(new, articles, owed, now, findings)
        self._held.pop(feed.id, None)
        if articles or changed:
            _log.info(
                "feed %s: %d new, %d changed, owed %d times", feed.id, len(articles), len(changed), len(owed)
            )
        if owed:
            self._wake()

    async def _articles(
        self, feed: Feed, document: feeds.Document, entries: Iterable[tuple[str, feeds.Entry]], now: datetime
    ) -> list[Article]:
        articles = []
        for key, entry in entries:
            try:
                # One at a time, so that a long document does not keep the other feeds from the worker.
                article = await self._work(feeds.article, entry, feed=feed, source=document.title, now=now)
                articles.append(replace(article, found=now, withdrawn=changes.is_withdrawn(article)))
            except Exception:
                _log.exception("feed %s: the entry with key %s is left out", feed.id, key)
        return articles

    async def _changed(
        self, feed: Feed, versions: Sequence[Article], deleted: Sequence[str], now: datetime
    ) -> list[tuple[Article, Change]]:
        """What has become of articles that were seen before, each with its earlier version."""
        changed = {}
        for version in versions:
            before = await self._ledger.article(version.key)
            if before is not None and before.feed == feed.id:
                change = await self._work(changes.between, before, version, now)
                changed[before.key] = before, change
        for identity in deleted:
            before = await self._ledger.article(feeds.identify(feed.id, feeds.Entry(identity, "", "")))
            if before is not None and not before.withdrawn:
                changed[before.key] = before, changes.between(before, before, now, deleted=True)
        return [(before, change) for before, change in changed.values() if change is not None]

    async def _owed(
        self, articles: Sequence[Article], fresh: Callable[[Article, Following], bool]
    ) -> Sequence[Owed]:
        if not articles:
            return ()
        topics, subscribers = await self._registry.topics(), await self._registry.subscribers()
        self._topics = await self._work(Topics, topics, self._topics)
        return await self._work(owed, articles, self._topics, subscribers, fresh=fresh)

    async def _newly_owed(
        self, feed: Feed, changed: Sequence[tuple[Article, Change]], now: datetime
    ) -> Sequence[Owed]:
        """Who is to get an article that has come to match their topic by its change, and is still news to them."""
        recent = [(before, change.article) for before, change in changed if now - before.published <= NEWS]

        def fresh(article: Article, following: Following) -> bool:
            return max(following.since, feed.added or following.since) <= article.published

        before = {
            (debt.article, debt.destination) for debt in await self._owed([b for b, _ in recent], fresh)
        }
        after = await self._owed([article for _, article in recent if not article.withdrawn], fresh)
        return [debt for debt in after if (debt.article, debt.destination) not in before]

    async def _kin(
        self, articles: Sequence[Article], entries: Sequence[feeds.Entry], now: datetime
    ) -> Findings:
        """Which of the new articles are of a story that is there already, or that came earlier in the same document."""
        kin = Kin([entry.url for entry in entries])
        for article in articles:
            if now - article.published > stories.WINDOW:
                continue
            mine = kin.look(article)  # here, and not by the worker: it takes less than the way there
            for candidate in kin.candidates(mine, await self._ledger.alike(kin.prints[mine.key])):
                if reason := kin.join(mine, candidate, await self._ledger.story(candidate.key)):
                    _log.info("article %s is of one story with %s by its %s", mine.key, candidate.key, reason)
                    break
            kin.keep(mine)
        return Findings(prints=kin.prints, twins=kin.twins)

    async def _untold(
        self, owed: Sequence[Owed], twins: Mapping[str, str], changed: Collection[str]
    ) -> list[Owed]:
        """The debts without those for a story that their reader was owed before: from another outlet, from a mirror, or
        under another guid."""
        told: dict[str, set[Destination]] = {}
        left = []
        for debt in owed:
            first = debt.article
            while first in twins:
                first = twins[first]
            if first not in told:
                known = await self._ledger.story(first) if first != debt.article or first in changed else ()
                paid = [delivery for one in known for delivery in await self._ledger.deliveries(one.key)]
                told[first] = {delivery.destination for delivery, _ in paid}
            if debt.destination not in told[first]:
                told[first].add(debt.destination)
                left.append(debt)
        return left

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
            next_poll=self._next_poll(feed, now, wait=rhythm.fresh(max_age, state.ttl)),
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

    async def _work(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, partial(work, *args, **kwargs))


def _host(feed: Feed) -> str:
    return pieces(feed.url).netloc.rpartition("@")[2].lower()
