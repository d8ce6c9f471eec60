"""Wiring: what the operator asks of a store at the shell."""

from __future__ import annotations

import json as json_
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from .config import Config, dump
from .errors import Missing, QueryError
from .locale import explain
from .model import Article, Feed, Found, Topic
from .query import Query, parse, use_aliases
from .rhythm import failing
from .snippet import snippet
from .store import Ledger, Order, Registry, open_store
from .store.trial import fruitful, trial
from .topics import read, readable
from .urls import LINK

PATIENCE = 2.0  # seconds for each of the other queries that are named where nothing was found


async def search(config: Config, text: str, limit: int, *, order: Order = "newest", json: bool) -> list[str]:
    """The newest articles (or the best) that match, a line each as JSON, or some lines each; of a link, its article.
    Raises QueryError."""
    use_aliases(config.aliases)
    now, zone, link = datetime.now(UTC), ZoneInfo(config.timezone), LINK.fullmatch(text.strip())
    asked = "*" if link else text
    query = parse(asked, dates=True, regexes=True, everything=True, now=now, zone=zone)
    async with open_store(config.storage, read_only=True) as store:
        if link:
            linked = await store.ledger.by_url(link[0])
            found = Found(tuple(linked)[:limit], len(linked))
        else:
            found = await store.ledger.search(query, limit=limit, order=order, count=None, patience=None)
        tries = [] if found.total or link or json else await _tries(store.ledger, query)
    if json:
        return [json_.dumps(_values(article, query), ensure_ascii=False) for article in found.articles]
    lines = [f"{found.total} found: {link[0] if link else query}", *tries]
    if link and not found.total:
        lines.append("No feed has brought this link; search for words of its title.")
    for article in found.articles:
        lines += [
            "",
            article.title,
            f"  {article.source} · {article.published.astimezone(zone).isoformat(' ', 'minutes')}",
            f"  {article.url}",
        ]
        lines.append(f"  {_plain(article, query)}")
    return lines


async def _tries(ledger: Ledger, query: Query) -> list[str]:
    """What to try where a query finds nothing, a line each: queries like it that do find something."""
    found = await fruitful(ledger, query, patience=PATIENCE)
    if found:
        lines = [f"  {other}  ({hits.total}{'+' if hits.more else ''})" for other, hits in found]
        return ["These do find something:", *lines]
    return ["Try another spelling, or OR between words that mean the same."]


def _values(article: Article, query: Query) -> dict[str, Any]:
    return _found(article) | {"snippet": _plain(article, query)}


def _found(article: Article) -> dict[str, Any]:
    return {
        "key": article.key,
        "title": article.title,
        "url": article.url,
        "published": article.published.isoformat(),
        "source": article.source,
    }


async def attempt(config: Config, text: str, topic: str | None, days: int, *, json: bool) -> list[str]:
    """What the query would have matched in the last days, against that of the topic with this id: as one line of JSON,
    or some lines for people. Raises QueryError, and Missing where there is no such topic."""
    use_aliases(config.aliases)
    now = datetime.now(UTC)
    async with open_store(config.storage, read_only=True) as store:
        _, topics = await _live(store.registry, config)
        known = {one.id: one for one in topics}
        if topic is not None and topic not in known:
            raise Missing(f"There is no topic {topic!r}; there are: {', '.join(known) or 'none'}")
        old = known[topic] if topic is not None else None
        new = read(replace(old, query=text) if old else Topic("", "", text))
        result = await trial(store.ledger, readable(old), new, days=days, now=now)
    samples = {"+": result.added_sample, "-": result.removed_sample}
    if json:
        values: dict[str, Any] = {
            "query": text,
            "topic": topic,
            "days": days,
            "per_day": round(result.per_day, 2),
        }
        values |= {key: getattr(result, key) for key in ("before", "after", "added", "removed")}
        values |= {
            f"{name}_sample": [_found(article) for article in samples[sign]]
            for name, sign in (("added", "+"), ("removed", "-"))
        }
        return [json_.dumps(values, ensure_ascii=False)]
    against = (
        f"{result.before} -> {result.after} (+{result.added} -{result.removed})" if old else str(result.after)
    )
    lines = [f"{against} in {days} days, {result.per_day:.1f} a day: {text}"]
    return lines + [f"{sign} {article.title}" for sign, found in samples.items() for article in found]


def _plain(article: Article, query: Query) -> str:
    return unescape(re.sub("</?b>", "", snippet(article, query)))


async def _live(registry: Registry, config: Config) -> tuple[Sequence[Feed], Sequence[Topic]]:
    """The feeds and the shared topics. A store that was filled before the bot's first start has none yet: they are the
    config's, of which that start makes them."""
    feeds = await registry.feeds()
    topics = [topic for topic in await registry.topics() if topic.owner is None]
    if feeds or topics:
        return feeds, topics
    return [section.feed(config.timezone) for section in config.feeds], [
        section.topic() for section in config.topics
    ]


async def drift(config: Config) -> list[str]:
    """What differs between the config and the store, a line each. A store that is not there yet differs in nothing."""
    if _is_still_to_be_made(config.storage):
        return []
    async with open_store(config.storage, read_only=True) as store:
        live_feeds, live_topics = await _live(store.registry, config)
    feeds, topics = {feed.id: feed for feed in live_feeds}, {topic.id: topic for topic in live_topics}
    wanted_feeds = {feed.id: feed.feed(config.timezone) for feed in config.feeds}
    wanted_topics = {topic.id: topic.topic() for topic in config.topics}
    differences = [
        *_differences("feeds", wanted_feeds, feeds),
        *_differences("topics", wanted_topics, topics),
    ]
    return [*differences, *_broken(topics.values())]


def _broken(topics: Iterable[Topic]) -> Iterator[str]:
    """Queries in the store that an older version or a hand in its file left, and that cannot be read."""
    for topic in topics:
        try:
            read(topic)
        except QueryError as error:
            yield f"topics.{topic.id}.query: cannot be read and finds nothing: {explain('en', error)}"


def _is_still_to_be_made(storage: str) -> bool:
    return "://" not in storage and not Path(storage).expanduser().exists()


def _differences(kind: str, wanted: dict[str, Any], live: dict[str, Any]) -> list[str]:
    lines = [
        f"{kind}.{id}: not in the store; it is made at the next start" for id in wanted.keys() - live.keys()
    ]
    lines += [f"{kind}.{id}: added in chat" for id in live.keys() - wanted.keys()]
    for id in wanted.keys() & live.keys():
        ours, theirs = asdict(wanted[id]), asdict(live[id])
        lines += [
            f"{kind}.{id}.{key}: changed in chat to {theirs[key]!r}"
            for key in ours
            if key not in ("added", "owner") and ours[key] != theirs[key]
        ]
    return sorted(lines)


async def export(config: Config) -> str:
    """The live feeds and topics as a config file, with everything else as it is configured; the token stays out."""
    async with open_store(config.storage, read_only=True) as store:
        feeds, topics = await _live(store.registry, config)
    return dump(config, [_feed(feed, config) for feed in feeds], [_topic(topic) for topic in topics])


def _feed(feed: Feed, config: Config) -> dict[str, Any]:
    values: dict[str, Any] = {"id": feed.id, "url": feed.url, "title": feed.title, "timezone": feed.timezone}
    values |= {"mode": feed.mode} | ({"interval": feed.interval} if feed.interval else {})
    own = next((known.boilerplate for known in config.feeds if known.id == feed.id), ())
    return values | ({"boilerplate": [rule.model_dump() for rule in own]} if own else {})


def _topic(topic: Topic) -> dict[str, Any]:
    values: dict[str, Any] = {"id": topic.id, "title": topic.title, "query": topic.query}
    return values | ({"feeds": list(topic.feeds)} if topic.feeds else {})


async def stats(config: Config) -> list[str]:
    """The store in figures, a line each."""
    async with open_store(config.storage, read_only=True) as store:
        counts = await store.ledger.counts()
        states = await store.ledger.states()
        feeds = await store.registry.feeds()
        subscribers = await store.registry.subscribers()
    lines = [f"articles {counts.articles}", f"subscribers {sum(s.active for s in subscribers)}"]
    lines += [f"deliveries {state} {n}" for state, n in sorted(counts.deliveries.items())]
    lines.append(f"oldest waiting {round(counts.waited(datetime.now(UTC)))} s")
    lines += sorted(f"feed {state.feed} failing: {state.error}" for state in failing(feeds, states))
    return lines
