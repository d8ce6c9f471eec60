"""What a query means: one article against one query."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import re2

from ..model import Article
from ..text import fold
from .tree import Always, And, Bounds, Date, FieldName, Node, Not, Or, Pattern, Term, bounds

Place = Literal["title", "teaser", "body", "tag", "feed"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that made a query match; `start` and `end` are offsets in the original text of that place."""

    keyword: str
    place: Place
    index: int  # which paragraph or tag, from 0
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Why:
    """That a query matched, and because of what."""

    hits: tuple[Hit, ...]

    @property
    def keywords(self) -> tuple[str, ...]:
        """The query's keywords that were found in the text, each once, as the query has them."""
        return tuple(
            dict.fromkeys(hit.keyword for hit in self.hits if hit.place in ("title", "teaser", "body"))
        )


class Document:
    """An article as the matcher sees it: folded once, as far as it is looked at, and looked at often."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self._folded: list[tuple[Place, int, str]] = []
        self._unfolded = self._fold()

    def _fold(self) -> Iterator[tuple[Place, int, str]]:
        article = self.article
        yield "title", 0, fold(article.title)
        if article.teaser:
            yield "teaser", 0, fold(article.teaser)
        for number, block in enumerate(article.body):
            yield "body", number, fold(block.text)

    @property
    def texts(self) -> list[tuple[Place, int, str]]:
        """The title, the teaser where there is one, and the paragraphs, folded."""
        self._folded += self._unfolded
        return self._folded

    @functools.cached_property
    def labels(self) -> list[tuple[Place, int, str]]:
        """The tags, and the feed's id and name, folded."""
        tags: list[tuple[Place, int, str]] = [
            ("tag", number, fold(tag)) for number, tag in enumerate(self.article.tags)
        ]
        return [*tags, ("feed", 0, fold(self.article.feed)), ("feed", 1, fold(self.article.source))]

    def places(self, field: FieldName | None) -> Iterator[tuple[Place, int, str]]:
        """The folded texts in which a keyword of that field is looked for."""
        if field is None:
            return self._reading()
        if field == "title":
            return itertools.islice(self._reading(), 1)
        return (label for label in self.labels if label[0] == field)

    def _reading(self) -> Iterator[tuple[Place, int, str]]:
        # Most keywords stand near the top: what is below is folded only for those that do not.
        yield from self._folded
        for text in self._unfolded:
            self._folded.append(text)
            yield text

    def find(self, node: Term | Pattern) -> Hit | None:
        """Where the keyword or pattern first stands, reading from the title down."""
        for place, index, text in self.places(node.field):
            if isinstance(node, Term):
                span = node.find(text)
                if span and fits(node, place, index, text):
                    return Hit(node.text, place, index, *span)
            elif found := regex(node.source).search(text):
                return Hit(str(node), place, index, *found.span())
        return None


@functools.lru_cache(maxsize=256)
def regex(source: str) -> re2._Regexp[str]:
    """Compile an RE2 pattern for folded text. Raises re2.error.

    Its letters beyond ASCII are folded as the text is; ASCII ones are matched in any case, as a folded `\\D` would
    mean something else.
    """
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 1 << 20  # bounds what a pattern like (a{1000}){1000} may cost
    return re2.compile("".join(char if char.isascii() else fold(char) for char in source), options)


def evaluate(
    node: Node, article: Article, find: Callable[[Term | Pattern], Hit | None]
) -> tuple[Hit, ...] | None:
    """The hits that make the tree match, None where it does not. `find` knows where keywords stand."""
    match node:
        case Term() | Pattern():
            hit = find(node)
            return None if hit is None else (hit,)
        case And(parts):
            hits: tuple[Hit, ...] = ()
            for part in parts:
                found = evaluate(part, article, find)
                if found is None:
                    return None
                hits += found
            return hits
        case Or(parts):
            matched = [f for part in parts if (f := evaluate(part, article, find)) is not None]
            return sum(matched, ()) if matched else None
        case Not(part):
            return () if evaluate(part, article, find) is None else None
        case Date(instant=instant, before=before):
            return () if (article.published < instant) == before else None
        case Always():
            return ()


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read. Equal to another where their trees are equal."""

    tree: Node

    def match(self, article: Article | Document) -> Why | None:
        """Why the query matches the article, None where it does not."""
        document = article if isinstance(article, Document) else Document(article)
        hits = evaluate(self.tree, document.article, document.find)
        return None if hits is None else Why(hits)

    def bounds(self) -> Bounds:
        """The span of publication times outside of which nothing matches."""
        return bounds(self.tree)

    def wanted(self) -> tuple[Term, ...]:
        """The keywords that can make the query match, without those that it leaves out."""
        return tuple(dict.fromkeys(terms(self.tree, wanted=True)))

    def __invert__(self) -> Query:
        return Query(self.tree.part if isinstance(self.tree, Not) else Not(self.tree))

    def __and__(self, other: Query) -> Query:
        parts = [q.tree.parts if isinstance(q.tree, And) else (q.tree,) for q in (self, other)]
        return Query(And(parts[0] + parts[1]))

    def __or__(self, other: Query) -> Query:
        parts = [q.tree.parts if isinstance(q.tree, Or) else (q.tree,) for q in (self, other)]
        return Query(Or(parts[0] + parts[1]))

    def __str__(self) -> str:
        return str(self.tree)


def fits(term: Term, place: Place, index: int, text: str) -> bool:
    """Whether a keyword of this field may be found here. A feed's id (its first label) is only ever meant whole:
    feed:dw is not dw-en."""
    if term.field is None:
        return place in ("title", "teaser", "body")
    return place == term.field and (place != "feed" or index > 0 or text == term.folded)


def terms(node: Node, *, wanted: bool = False) -> Iterator[Term]:
    """Every keyword of a tree; `wanted`: without those that it leaves out."""
    match node:
        case Term():
            yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from terms(part, wanted=wanted)
        case Not(part) if not wanted:
            yield from terms(part)
