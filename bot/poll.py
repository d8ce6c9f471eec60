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
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from hashlib import blake2b
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from . import changes, feeds, stories
from .errors import ArticleError, Missing
from .model import Article, Change, Destination, Feed, FeedState, Findings, Following, Owed
from .store import Ledger, Registry
from .topics import Topics, owed
from .urls import pieces
from .web import Failure, NotModified, Page, Web, redacted
from .worker import Worker

LONGEST_BACKOFF = timedelta(hours=24)
VALIDATORS_LAST = timedelta(
    days=8
)  # some servers answer 304 for ever; NetNewsWire asks in full after as long
LONGEST_MAX_AGE = timedelta(hours=1)  # a server may ask for fewer polls, but not for news of yesterday
JITTERED = timedelta(seconds=60)  # shorter intervals are kept exactly
FLOOD = 10  # unseen entries at once that make one suspicious
MOST_CHANGED = 50  # entries of one document that are read again at a time
NEWS = timedelta(hours=48)  # what is older when it changes is sent to nobody for that
OUTAGE = timedelta(minutes=15)  # for as long, nobody answering is thought to be our own network

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Poller:
    """Polls feeds. `tick` is to be called every second or so, and `close` at the end.

    `interval` is the pause between two polls of a feed that names none itself, no pause is ever shorter than `floor`.
    At most `concurrency` feeds are polled at a time, and one per host. `wake` is called when there are new debts.
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
    ) -> None:
        self._registry = registry
        self._ledger = ledger
        self._web = web
        self._interval = interval
        self._floor = floor
        self._now = now
        self._wake = wake
        self._slots = asyncio.Semaphore(concurrency)
        self._hosts: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._polling: set[str] = set()  # ids of feeds that are being polled, or queue for it
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
        states = await self._ledger.states()
        due = []
        for feed in await self._registry.feeds():
            state = states.get(feed.id, FeedState(feed.id))
            times = [time for time in (state.next_poll, self._held.get(feed.id)) if time]
            if not feed.paused and feed.id not in self._polling and all(time <= now for time in times):
                due.append((max(times, default=datetime.min.replace(tzinfo=UTC)), feed, state))
        due.sort(key=lambda one: one[0])
        await asyncio.gather(*(self.poll(feed, state) for _, feed, state in due))
        return len(due)

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
            host = pieces(feed.url).netloc.rpartition("@")[2].lower()
            lock = self._hosts.setdefault(host, asyncio.Lock())
            async with lock, self._slots:
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
        answer = await self._web.get(
            feed.url,
            etag=state.etag if valid else None,
            last_modified=state.last_modified if valid else None,
        )
        if isinstance(answer, Failure):
            return await self._refused(feed, state, answer)
        self._unreached.clear()
        if isinstance(answer, NotModified):
            kept = replace(
                state,
                etag=answer.etag or state.etag,
                last_modified=answer.last_modified or state.last_modified,
            )
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
            return await self._fail(feed, state, str(error))
        now = self._now()
        new = replace(
            self._well(feed, state, page.max_age),
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
        fresh = _freshness(feed, state, entries, unseen, now)
        async with self._recording:  # so that two feeds with one story know of each other
            owed = [*await self._owed(articles, fresh), *await self._newly_owed(feed, changed, now)]
            kin = await self._kin(articles, _shared(document.entries), now)
            owed = await self._untold(owed, kin.twins, {before.key for before, _ in changed})
            findings = replace(
                kin,
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

    async def _kin(self, articles: Sequence[Article], shared: Collection[str], now: datetime) -> Findings:
        """Which of the new articles are of a story that is there already, or that came earlier in the same document."""
        prints: dict[str, Sequence[int]] = {}
        twins: dict[str, str] = {}
        earlier: list[Article] = []
        for article in articles:
            if now - article.published > stories.WINDOW:
                continue
            mine = await self._work(stories.signature, article, shared=shared)
            numbers = prints[article.key] = stories.prints(mine)
            known = await self._ledger.alike(numbers)
            here = [one for one in earlier if len({*numbers}.intersection(prints[one.key])) > 1]
            for candidate in (*known, *here):
                reason = await self._work(stories.same, mine, await self._work(_signature, candidate))
                if reason in (
                    "text",
                    "title",
                ):  # a chain of small differences must not lead far from the first
                    first, *_ = await self._ledger.story(candidate.key) or (candidate,)
                    reason = stories.same(mine, await self._work(_signature, first))
                if reason is not None:
                    twins[article.key] = candidate.key
                    _log.info(
                        "article %s is of one story with %s by its %s", article.key, candidate.key, reason
                    )
                    break
            earlier.append(article)
        return Findings(prints=prints, twins=twins)

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
            with suppress(Missing):
                await self._registry.change_feed(feed.id, lambda feed: replace(feed, paused=True))
        return await self._fail(feed, state, reason, wait=failure.retry_after or 0.0, counts=counts)

    async def _fail(
        self, feed: Feed, state: FeedState, reason: str, *, wait: float = 0.0, counts: bool = True
    ) -> FeedState:
        now = self._now()
        errors = state.errors + counts
        state = replace(
            state,
            next_poll=self._next_poll(feed, now, errors=errors, wait=wait),
            polled=now,
            errors=errors,
            failing_since=state.failing_since or now,
            error=reason,
        )
        _log.warning("feed %s: %s (errors in a row: %d)", feed.id, reason, errors)
        try:
            return await self._keep(state)
        except Exception:
            # Without this, a ledger that cannot write would have the feed fetched anew at each tick.
            _log.exception("feed %s: the ledger cannot keep its state", feed.id)
            self._held[feed.id] = state.next_poll or now
            return state

    def _well(self, feed: Feed, state: FeedState, max_age: float) -> FeedState:
        now = self._now()
        fresh_for = min(timedelta(seconds=max_age), LONGEST_MAX_AGE).total_seconds()
        return replace(
            state,
            next_poll=self._next_poll(feed, now, wait=fresh_for),
            polled=now,
            succeeded=now if state.succeeded else None,  # the first document decides what is not news
            errors=0,
            failing_since=None,
            error="",
        )

    async def _keep(self, state: FeedState) -> FeedState:
        await self._ledger.record(state, (), (), self._now())
        self._held.pop(state.feed, None)
        return state

    def _next_poll(self, feed: Feed, now: datetime, *, errors: int = 0, wait: float = 0.0) -> datetime:
        """`wait` (seconds) is what the server asks for: it is never cut short, neither by jitter nor by a restart."""
        interval = feed.interval or self._interval
        pause = max(interval, min(interval * (1 << min(errors, 20)), LONGEST_BACKOFF))
        if pause >= JITTERED:
            pause *= random.uniform(0.9, 1.1)  # noqa: S311 - spreads polls, guards nothing
        return now + max(pause, self._floor, timedelta(seconds=wait))

    async def _work(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, partial(work, *args, **kwargs))


def _freshness(
    feed: Feed, state: FeedState, entries: Mapping[str, feeds.Entry], unseen: Collection[str], now: datetime
) -> Callable[[Article, Following], bool]:
    """Whether a follower may be owed an article: everything that is found after they followed, with two exceptions.

    A feed's first document holds what was there before anybody asked: of it, only what is dated later counts.
    Many unseen entries at once may be old ones in a new guise (the site moved, its guids changed): of those, only what
    is dated later than anything that was seen. Where nothing in the document was seen, that is the last good poll.
    """
    dates = {key: feeds.published(entry, now) for key, entry in entries.items()}
    if state.succeeded is None or (feed.added is not None and state.succeeded < feed.added):

        def first(article: Article, following: Following) -> bool:
            date = dates[article.key]
            return date is not None and date > max(following.since, feed.added or following.since)

        return first
    seen = [dates[key] for key in entries if key not in unseen]
    if len(unseen) < FLOOD or len(unseen) <= len(seen):
        return lambda _, following: following.since <= now
    newest = max(filter(None, seen), default=state.succeeded)
    # A feed without dates that goes on under the same guids is believed.
    old = {key for key in unseen if not (date > newest if (date := dates[key]) else seen)}
    _log.warning("feed %s: %d entries at once, %d of them too old to be news", feed.id, len(unseen), len(old))
    return lambda article, following: article.key not in old and following.since <= now


def _shared(entries: Iterable[feeds.Entry]) -> frozenset[str]:
    """The addresses that more than one of a document's entries have, and that therefore tell nothing."""
    uses = Counter(address for entry in entries for address in {*stories.addresses(entry.url)})
    return frozenset(address for address, count in uses.items() if count > 1)


_signature = lru_cache(maxsize=64)(stories.signature)
