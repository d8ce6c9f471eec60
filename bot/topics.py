"""Who follows what, and who is owed what."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

from .errors import QueryError
from .model import Article, Destination, Following, Owed, Subscriber, Topic
from .query import Document, Matcher, Query, parse


def read(topic: Topic) -> Query:
    """The topic's query. Shared topics are written by admins, who may use patterns and match everything.

    Raises QueryError.
    """
    return parse(topic.query, regexes=topic.owner is None, everything=topic.owner is None)


class Topics:
    """Topics that can be asked which of them an article is about. Immutable: made anew when a topic changes."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self.by_id: dict[str, Topic] = {}
        self.broken: dict[str, QueryError] = {}  # a query that an older version or a hand in the file wrote
        queries: dict[str, Query] = {}
        for topic in topics:
            self.by_id[topic.id] = topic
            try:
                queries[topic.id] = read(topic)
            except QueryError as error:
                self.broken[topic.id] = error
        self._matcher = Matcher(queries)

    def about(self, article: Article) -> list[str]:
        """The ids of the topics that the article belongs to, in the topics' order."""
        found = self._matcher.match(article)
        return [id for id, topic in self.by_id.items() if id in found and in_feeds(topic, article)]


def in_feeds(topic: Topic, article: Article) -> bool:
    """Whether the topic watches the feed that the article came from."""
    return not topic.feeds or article.feed in topic.feeds


@functools.lru_cache(maxsize=1)
def compiled(topics: tuple[Topic, ...]) -> Topics:
    """`Topics`, made once for as long as the topics stay the same."""
    return Topics(topics)


@functools.lru_cache(maxsize=4096)
def _muting(query: str) -> Query | None:
    try:
        return parse(query)
    except QueryError:
        return None


def muted(following: Following, document: Document) -> str | None:
    """The first of a subscriber's muted queries that the article matches, None where none does."""
    for text in following.muted:
        query = _muting(text)
        if query is not None and query.match(document) is not None:
            return text
    return None


def may_follow(topic: Topic, destination: Destination) -> bool:
    """Whether the topic is for this destination: shared ones are for everybody, personal ones for their owner."""
    return topic.owner is None or topic.owner == destination


def owed(
    articles: Sequence[Article],
    topics: Sequence[Topic],
    subscribers: Sequence[Subscriber],
    *,
    fresh: Callable[[Article, Following], bool],
) -> list[Owed]:
    """Who is to get which article: each destination each article once, for all of its topics that match.

    `fresh` says whether a follower may be owed an article at all (poll.py: nobody is owed what was there before).
    """
    known = compiled(tuple(topics))
    followers = _followers(subscribers)
    debts = []
    for article in articles:
        wanted: dict[Destination, list[str]] = {}
        document: Document | None = None
        for id in known.about(article):
            for subscriber, following in followers.get(id, ()):
                if not may_follow(known.by_id[id], subscriber.destination) or not fresh(article, following):
                    continue
                if following.muted:
                    document = document or Document(article)
                    if muted(following, document):
                        continue
                wanted.setdefault(subscriber.destination, []).append(id)
        debts += [Owed(destination, article.key, tuple(ids)) for destination, ids in wanted.items()]
    return debts


def _followers(subscribers: Sequence[Subscriber]) -> Mapping[str, list[tuple[Subscriber, Following]]]:
    followers: dict[str, list[tuple[Subscriber, Following]]] = {}
    for subscriber in subscribers:
        if subscriber.active and not subscriber.paused:
            for following in subscriber.following:
                if not following.paused:
                    followers.setdefault(following.topic, []).append((subscriber, following))
    return followers
