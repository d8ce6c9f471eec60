"""From a document to what is new in it, and who is owed it: recorded together, or not at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from .. import changes, feeds, stories
from ..errors import Unreadable
from ..feeds import Document, Entry
from ..freshness import freshness
from ..kin import Kin
from ..locale import explain
from ..model import Article, Change, Destination, Feed, FeedState, Findings, Following, LineRule, Owed
from ..store import Ledger, Registry
from ..topics import Topics, owed
from ..worker import Run

MOST_CHANGED = 50  # entries of one document that are read again at a time
MOST_UNREADABLE = (
    3  # entries of one document at which the reader despairs of it: each may keep it from all others
)
NEWS = timedelta(hours=48)  # what is older when it changes is sent to nobody for that

_log = logging.getLogger(__name__)


class Recorder:
    """Records what documents bring. `read` runs what strangers wrote through the parsers, `work` what takes long;
    `clutter` has the operator's rules for a feed's articles, by its id."""

    def __init__(
        self,
        registry: Registry,
        ledger: Ledger,
        read: Run,
        work: Run,
        clutter: Callable[[str], tuple[LineRule, ...]],
    ) -> None:
        self._registry = registry
        self._ledger = ledger
        self._read = read
        self._work = work
        self._clutter = clutter
        self._topics = Topics(())
        self._one_at_a_time = asyncio.Lock()

    async def record(
        self, feed: Feed, before: FeedState, after: FeedState, document: Document, now: datetime
    ) -> int:
        """Record the feed's new state and what the document brought; how many debts came of it.

        `before`: the state that tells what is fresh. Raises `Unreadable` for a document that is too much to read.
        """
        entries = {feeds.identify(feed.id, entry): entry for entry in document.entries}
        seen = await self._ledger.seen(feed.id, entries)
        unseen = [key for key in entries if key not in seen]
        other = _some([key for key in entries if seen.get(key) and seen[key] != entries[key].digest], now)
        read = await self._articles(feed, document, [(key, entries[key]) for key in (*unseen, *other)], now)
        articles = [read[key] for key in reversed(unseen) if key in read]  # documents begin with the newest …
        articles.sort(key=lambda article: article.published)  # … readers with the oldest
        versions = [read[key] for key in other if key in read]
        changed = await self._changed(feed, versions, document.deleted, now)
        fresh = freshness(feed, before, entries, unseen, now)
        async with self._one_at_a_time:  # so that two feeds with one story know of each other
            debts = [*await self._owed(articles, fresh), *await self._newly_owed(feed, changed, now)]
            found = await self._kin(articles, document.entries, now)
            debts = await self._untold(debts, found.twins, {article.key for article, _ in changed})
            findings = replace(
                found,
                changed=tuple(change for _, change in changed),
                digests={
                    key: entry.digest for key, entry in entries.items() if not seen.get(key) or key in other
                },
            )
            await self._ledger.record(after, articles, debts, now, findings)
        if articles or changed:
            _log.info(
                "feed %s: %d new, %d changed, owed %d times", feed.id, len(articles), len(changed), len(debts)
            )
        return len(debts)

    async def _articles(
        self, feed: Feed, document: Document, entries: Iterable[tuple[str, Entry]], now: datetime
    ) -> dict[str, Article]:
        """The articles that entries become, by their keys; what cannot be made one is left out."""
        articles: dict[str, Article] = {}
        unreadable = 0
        for key, entry in entries:
            try:
                # One at a time, so that a long document does not keep the other feeds from the reader.
                article = await self._read(
                    feeds.article,
                    entry,
                    feed=feed,
                    source=document.title,
                    now=now,
                    clutter=self._clutter(feed.id),
                )
                withdrawn = await self._work(changes.is_withdrawn, article)
            except Unreadable as error:
                unreadable += 1
                if unreadable == MOST_UNREADABLE:
                    raise
                _log.warning("feed %s: the entry with key %s is left out: %s", feed.id, key, error)
            except Exception:
                _log.exception("feed %s: the entry with key %s is left out", feed.id, key)
            else:
                articles[key] = replace(article, found=now, withdrawn=withdrawn)
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
                change = await self._work(changes.between, before, before, now, deleted=True)
                changed[before.key] = before, change
        return [(before, change) for before, change in changed.values() if change is not None]

    async def _owed(
        self, articles: Sequence[Article], fresh: Callable[[Article, Following], bool]
    ) -> Sequence[Owed]:
        if not articles:
            return ()
        topics, subscribers = await self._registry.topics(), await self._registry.subscribers()
        before, self._topics = self._topics, await self._work(Topics, topics, self._topics)
        for id in self._topics.broken.keys() - before.broken.keys():
            reason = explain("en", self._topics.broken[id])
            _log.warning("topic %s: its query cannot be read and finds nothing: %s", id, reason)
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


def _some(keys: Sequence[str], now: datetime) -> list[str]:
    """As many as are read again at a time, others at each poll: in a feed that changes all over again and again, each
    has its turn."""
    first = int(now.timestamp()) % len(keys) if len(keys) > MOST_CHANGED else 0
    return [*keys[first:], *keys[:first]][:MOST_CHANGED]
