"""Refining a search: by time, by feed, by relevance; and what to try where nothing is found.

What is chosen becomes a part of the query, which stands in the message, so that paging and following know it, and
people learn the language. Only the order is in the buttons' data: each begins with n (newest first) or r (relevance).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..model import Article, Button, Keyboard
from ..nearest import all_of, asks_for_feed, parts_of
from ..query import Node, Query, parse
from ..query.tree import Date, Term
from ..store.trial import fruitful
from ..text import fold
from .desk import Ask

SPANS = ("1d", "7d", "30d", "")  # as `last:` has them; empty: all times
SAMPLE = 300  # of the newest hits: those whose feeds are offered
MOST_FEEDS = 12  # that are offered
LONGEST_NAME = 30  # characters of a feed's on a button
PATIENCE = 0.5  # seconds for each of the other queries
_DATA_LIMIT = 64  # bytes of a button's data


async def row(ask: Ask, query: Query, order: str, found: Sequence[Article]) -> tuple[Button, ...]:
    """The buttons that refine a search, each with what is chosen now."""
    other = "s:0" if order == "r" else "sr:0"
    feed = await _outlet(ask, feed_of(query), found)
    return (
        ask.button(f"search.by_{order}", other),
        Button(f"📅 {ask.plain(f'search.span_{span_of(query) or 0}')}", data=f"st:{order}"),
        Button(f"📰 {feed or ask.plain('search.all_feeds')}", data=f"sf:{order}"),
    )


async def _outlet(ask: Ask, feed: str, found: Sequence[Article]) -> str:
    """What people call the feed that a query asks for by its id or its name."""
    titles = [one.title for one in await ask.desk.registry.feeds() if fold(one.id) == fold(feed)]
    sources = [article.source for article in found if fold(article.feed) == fold(feed)]
    name = next(filter(None, (*titles, *sources)), feed)
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def spans(ask: Ask, query: Query, order: str) -> Keyboard:
    """The times that can be chosen."""
    now = span_of(query)
    chosen = [
        Button(
            f"{'✓ ' if span == now else ''}{ask.plain(f'search.span_{span or 0}')}",
            data=f"st:{order}{span or '-'}",
        )
        for span in SPANS
    ]
    return (tuple(chosen), _back(ask, order))


async def feeds(ask: Ask, query: Query, order: str) -> Keyboard:
    """The feeds of what is found, those with the most first."""
    found = await ask.desk.ledger.search(with_feed(query, ""), limit=SAMPLE)
    titles = {feed.id: feed.title for feed in await ask.desk.registry.feeds()}
    names = {article.feed: titles.get(article.feed) or article.source for article in found.articles}
    counts = Counter(article.feed for article in found.articles)
    chosen = feed_of(query)
    buttons = [
        Button(
            f"{'✓ ' if id == chosen else ''}{(names[id] or id)[:LONGEST_NAME]} · {count}",
            data=f"sf:{order}{id}",
        )
        for id, count in counts.most_common(MOST_FEEDS)
        if len(f"sf:{order}{id}".encode()) <= _DATA_LIMIT
    ]
    all_feeds = Button(f"{'' if chosen else '✓ '}{ask.plain('search.all_feeds')}", data=f"sf:{order}-")
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    return (*rows, (all_feeds,), _back(ask, order))


def _back(ask: Ask, order: str) -> tuple[Button, ...]:
    return (ask.button("search.back", "sr:0" if order == "r" else "s:0"),)


def span_of(query: Query) -> str:
    """Which of `SPANS` the query asks for, empty where none of them."""
    dates = [part.text.partition(":")[2] for part in parts_of(query) if isinstance(part, Date)]
    return dates[0] if len(dates) == 1 and dates[0] in SPANS else ""


def feed_of(query: Query) -> str:
    """The one feed that the query asks for, empty where it does not."""
    found = [part.text for part in parts_of(query) if isinstance(part, Term) and part.field == "feed"]
    return found[0] if len(found) == 1 else ""


def with_span(ask: Ask, query: Query, span: str) -> Query:
    """The query for that span of time alone; empty: for all times."""
    return _with(
        [part for part in parts_of(query) if not isinstance(part, Date)], _last(ask, span) if span else None
    )


def with_feed(query: Query, feed: str) -> Query:
    """The query for that feed alone; empty: for all."""
    return _with(
        [part for part in parts_of(query) if not asks_for_feed(part)],
        Term(feed, "feed", whole=True) if feed else None,
    )


def without_dates(query: Query) -> Query:
    """The query as a topic can have it."""
    return _with([part for part in parts_of(query) if not isinstance(part, Date)], None)


def _last(ask: Ask, span: str) -> Node:
    return parse(f"last:{span}", dates=True, everything=True, now=ask.desk.now()).tree


def _with(parts: list[Node], another: Node | None) -> Query:
    return all_of([*parts, another] if another is not None else parts)


async def tries(ask: Ask, query: Query) -> list[tuple[Query, str]]:
    """Queries like this one that do find something, each with how much."""
    found = await fruitful(ask.desk.ledger, query, patience=PATIENCE)
    return [(other, counted(hits.total, more=hits.more)) for other, hits in found]


def counted(total: int, *, more: bool) -> str:
    """A number of articles as it is shown."""
    return f"{total}+" if more else str(total)
