"""Why an article is not about a topic: what it has of the topic's query, and what it would have taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .errors import QueryError
from .model import Article, Topic
from .query import And, Document, Node, Not, Or, Query
from .query.tree import Always
from .topics import read, read_query

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
    misses = [miss for topic in topics if (miss := _miss(topic, document))]
    return min(misses, key=lambda miss: (_RANK.index(miss.kind), -len(miss.present)), default=None)


def _miss(topic: Topic, document: Document) -> Miss | None:
    try:
        query, everywhere = read(topic), read_query(topic.query, shared=topic.owner is None)
    except QueryError:
        return None
    if query.match(document) is not None:
        return None
    if everywhere.match(document) is not None:
        return Miss(topic, "feeds", topic.feeds)
    why = Query(_without_exclusions(everywhere.tree)).match(document)
    if why is not None and why.keywords:
        unwanted = (part for part in _exclusions(everywhere.tree) if Query(part).match(document))
        return Miss(topic, "excluded", tuple(dict.fromkeys(map(str, unwanted))))
    wanted = everywhere.wanted()
    present = tuple(str(term) for term in wanted if Query(term).match(document))
    if not present:
        return None
    parts = everywhere.tree.parts if isinstance(everywhere.tree, And) else (everywhere.tree,)
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
