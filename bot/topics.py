"""Who follows what, and who is owed what."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

from .errors import QueryError
from .model import Article, Destination, Following, Owed, Subscriber, Topic
from .query import And, Document, Matcher, Or, Query, Term, parse


def read(topic: Topic) -> Query:
    """The topic's query, narrowed to its feeds. Raises QueryError."""
    return narrowed(read_query(topic.query, shared=topic.owner is None), topic)


def narrowed(query: Query, topic: Topic) -> Query:
    """The query in the topic's feeds only."""
    if not topic.feeds:
        return query
    feeds = tuple(Term(id, "feed", whole=True) for id in topic.feeds)
    return Query(And((query.tree, Or(feeds) if len(feeds) > 1 else feeds[0])))


def readable(topic: Topic | None) -> Query | None:
    """`read`, None where there is no topic, or a query that cannot be read, as a hand in the store's file may leave."""
    try:
        return read(topic) if topic else None
    except QueryError:
        return None


def read_query(text: str, *, shared: bool) -> Query:
    """A topic's query as it is written. Shared topics are written by admins, who may use patterns and match everything.

    Raises QueryError.
    """
    return parse(text, regexes=shared, everything=shared)


class Topics:
    """Topics that can be asked which of them an article is about. Immutable: made anew when a topic changes.

    `before` is what the topics were before that: only those that differ from it are read, so that an edit takes effect
    in a few milliseconds however many topics there are.
    """

    def __init__(self, topics: Sequence[Topic], before: Topics | None = None) -> None:
        self.by_id = {topic.id: topic for topic in topics}
        self.broken: dict[str, QueryError] = {}  # a query that an older version or a hand in the file wrote
        known = before.by_id if before else {}
        queries: dict[str, Query | None] = dict.fromkeys(known.keys() - self.by_id.keys())
        for id, topic in self.by_id.items():
            old = known.get(id)
            if before and (
                old is topic or old == topic
            ):  # comparing all by value would take longer than the rest
                if id in before.broken:
                    self.broken[id] = before.broken[id]
                continue
            try:
                queries[id] = read(topic)
            except QueryError as error:
                self.broken[id] = error
                queries[id] = None
        self._matcher: Matcher[str] = (before._matcher if before else Matcher[str]()).changed(queries)
        self._places = {id: place for place, id in enumerate(self.by_id)}

    def about(self, article: Article) -> list[str]:
        """The ids of the topics that the article belongs to, in the topics' order."""
        return sorted(self._matcher.matching(article), key=self._places.__getitem__)


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
    topics: Topics,
    subscribers: Sequence[Subscriber],
    *,
    fresh: Callable[[Article, Following], bool],
) -> list[Owed]:
    """Who is to get which article: each destination each article once, for all of its topics that match.

    `fresh` says whether a follower may be owed an article at all (freshness.py: nobody is owed what was there before).
    """
    followers = _followers(subscribers)
    debts = []
    for article in articles:
        wanted: dict[Destination, list[str]] = {}
        document: Document | None = None
        for id in topics.about(article):
            for subscriber, following in followers.get(id, ()):
                if not may_follow(topics.by_id[id], subscriber.destination) or not fresh(article, following):
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
