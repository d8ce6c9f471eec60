"""What comes nearest where nothing matches.

Of an article: the topic that nearly is about it, what it has of the topic's query, and what it would have taken. Of a
search: the queries like it that match more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .errors import QueryError
from .model import Article, Topic
from .query import And, Document, Node, Not, Or, Query
from .query.matcher import terms
from .query.tree import Always, Date, Term, needs_something
from .text import has_cjk
from .topics import narrowed, read_query

_RANK = ("excluded", "feeds", "words")


@dataclass(frozen=True, slots=True)
class Miss:
    """That a topic does not match, although some of its keywords stand in the article.

    `excluded`: it does but for `words`, which it leaves out. `feeds`: it does but for its feeds, which are `words`.
    `words`: what stands in the article are `present`, what does not are `words`.
    """

    topic: Topic
    kind: Literal["excluded", "feeds", "words"]
    words: tuple[str, ...]
    present: tuple[str, ...] = ()


def nearest(topics: Sequence[Topic], article: Article) -> Miss | None:
    """The closest of the topics, none of which matches: one that leaves the article out, then one of other feeds,
    then the one of which most keywords stand in it. None where no keyword of any does."""
    document = Document(article)
    queries = [(topic, query) for topic in topics if (query := _read(topic))]
    document.seek(term for _, query in queries for term in terms(query.tree))
    misses = [miss for topic, query in queries if (miss := _miss(topic, query, document))]
    return min(misses, key=lambda miss: (_RANK.index(miss.kind), -len(miss.present)), default=None)


def _read(topic: Topic) -> Query | None:
    try:
        return read_query(topic.query, shared=topic.owner is None)
    except QueryError:
        return None


def _miss(topic: Topic, query: Query, document: Document) -> Miss | None:
    if narrowed(query, topic).match(document) is not None:
        return None
    if query.match(document) is not None:
        return Miss(topic, "feeds", topic.feeds)
    why = Query(_without_exclusions(query.tree)).match(document)
    if why is not None and why.keywords:
        unwanted = (part for part in _exclusions(query.tree) if Query(part).match(document))
        return Miss(topic, "excluded", tuple(dict.fromkeys(map(str, unwanted))))
    present = tuple(str(term) for term in query.wanted() if document.find(term))
    if not present:
        return None
    parts = query.tree.parts if isinstance(query.tree, And) else (query.tree,)
    missing = tuple(str(part) for part in parts if Query(part).match(document) is None)
    return Miss(topic, "words", missing, present)


def _without_exclusions(node: Node) -> Node:
    match node:
        case Not():
            return Always()
        case And(parts):
            return And(tuple(map(_without_exclusions, parts)))
        case Or(parts):
            return Or(tuple(map(_without_exclusions, parts)))
        case _:
            return node


def _exclusions(node: Node) -> Iterator[Node]:
    match node:
        case Not(part):
            yield part
        case And(parts) | Or(parts):
            for part in parts:
                yield from _exclusions(part)


def wider(query: Query) -> list[Query]:
    """Queries like this one that match more, each once: of any time, of any feed, without a field or quotes, with
    a long word in two, and with each word left out in turn."""
    return [other for other in dict.fromkeys(_wider(query)) if other != query and needs_something(other.tree)]


def _wider(query: Query) -> Iterator[Query]:
    parts = list(parts_of(query))
    texts = [part for part in parts if isinstance(part, Term) and part.field is None]
    yield all_of([part for part in parts if not isinstance(part, Date)])
    yield all_of([part for part in parts if not asks_for_feed(part)])
    for at, part in enumerate(parts):
        if isinstance(part, Term) and part.field != "feed":
            for instead in _looser(part):
                yield all_of([*parts[:at], *instead, *parts[at + 1 :]])
    for at, part in enumerate(parts):
        if len(texts) > 1 and part in texts:
            yield all_of([*parts[:at], *parts[at + 1 :]])


def _looser(term: Term) -> Iterator[list[Node]]:
    """What may have been meant with this keyword: not only in the title, its words apart, its halves apart."""
    if term.field is not None:
        yield [Term(term.text)]
    words = term.text.split()
    if len(words) > 1:
        yield [Term(word) for word in words]
    elif has_cjk(term.text) and len(term.text) >= 4:
        middle = len(term.text) // 2
        yield [Term(term.text[:middle]), Term(term.text[middle:])]


def parts_of(query: Query) -> tuple[Node, ...]:
    """What must all match for the query to match."""
    return query.tree.parts if isinstance(query.tree, And) else (query.tree,)


def all_of(parts: Sequence[Node]) -> Query:
    """The query that has these parts; of none, the one that matches everything."""
    return Query(parts[0] if len(parts) == 1 else And(tuple(parts)))


def asks_for_feed(node: Node) -> bool:
    """Whether it asks for nothing but a feed, or one of several."""
    if isinstance(node, Or):
        return all(map(asks_for_feed, node.parts))
    return isinstance(node, Term) and node.field == "feed"
