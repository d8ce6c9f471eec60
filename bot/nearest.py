"""Why an article is not about a topic: what it has of the topic's query, and what it would have taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .errors import QueryError
from .model import Article, Topic
from .query import And, Document, Node, Not, Or, Query
from .query.matcher import terms
from .query.tree import Always
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
