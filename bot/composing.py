"""What a reader gets of an article that they were owed: for which topics they still want it, and its message."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime

from .message import compose
from .model import Article, Delivery, Message, Mode, Style, Subscriber, Topic
from .query import Document
from .topics import may_follow, muted, readable


def wanted(
    delivery: Delivery, article: Article, subscriber: Subscriber, topics: Sequence[Topic]
) -> list[Topic]:
    """Those of the delivery's topics for which this subscriber still wants the article."""
    if not subscriber.active or subscriber.paused:
        return []
    document = Document(article)
    found = []
    for topic in topics:
        following = subscriber.follows(topic.id)
        if topic.id not in delivery.topics or following is None or following.paused:
            continue
        if may_follow(topic, subscriber.destination) and muted(following, document) is None:
            found.append(topic)
    return found


@functools.lru_cache(maxsize=32)
def composed(
    article: Article,
    topics: tuple[Topic, ...],
    language: str,
    timezone: str,
    style: Style,
    mode: Mode,
    now: datetime,
    *,
    others: tuple[tuple[str, str], ...] = (),
    updated: datetime | None = None,
    caption: bool = False,
    related: tuple[Article, ...] | None = None,
) -> Message:
    """The message about the article that all readers get who chose the same; of a broadcast, most did.

    It is kept for the next of them, for as long as `now` is the same: see `quarter`. See `message.compose`.
    """
    terms = [term for topic in topics for term in _terms(topic)]
    return compose(
        article,
        topics=topics,
        language=language,
        timezone=timezone,
        style=style,
        mode=mode,
        wanted=terms,
        now=now,
        others=others,
        updated=updated,
        caption=caption,
        related=related,
    )


def quarter(now: datetime) -> datetime:
    """The quarter of an hour: all that a message shows of the present is the year, which begins at one in any zone."""
    return now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)


@functools.lru_cache(maxsize=4096)
def _terms(topic: Topic) -> tuple[str, ...]:
    """The folded keywords of the topic's query: what its followers look for in a summary."""
    query = readable(topic)
    return tuple(spelling for term in query.wanted() for spelling in term.spellings) if query else ()
