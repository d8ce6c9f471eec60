"""What a query means: one article against one query."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..model import Article
from ..text import EDGE, edged, fold
from .keywords import Strings
from .tree import Always, And, Bounds, Date, FieldName, Node, Not, Or, Pattern, Term, bounds

if TYPE_CHECKING:
    import re2

# From so many keywords and characters on, finding all in one pass takes less than looking for each.
_MANY = 32
_LONG = 5_000

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


Text = tuple[Place, int, str]  # where in the article, and the text there, folded


class Document:
    """An article as the matcher sees it: folded once, and each keyword looked for once."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self._joined: dict[FieldName | None, str] = {}
        self._hits: dict[Term | Pattern, Hit | None] = {}

    @functools.cached_property
    def texts(self) -> list[Text]:
        """The title, the teaser where there is one, and the paragraphs, folded."""
        article = self.article
        above: list[Text] = [("title", 0, fold(article.title))]
        if article.teaser:
            above.append(("teaser", 0, fold(article.teaser)))
        return [*above, *[("body", number, fold(block.text)) for number, block in enumerate(article.body)]]

    @functools.cached_property
    def labels(self) -> list[Text]:
        """The tags, and the feed's id and name, folded."""
        article = self.article
        tags: list[Text] = [("tag", number, fold(tag)) for number, tag in enumerate(article.tags)]
        return [*tags, ("feed", 0, fold(article.feed)), ("feed", 1, fold(article.source))]

    def places(self, field: FieldName | None) -> list[Text]:
        """The folded texts in which a keyword of that field is looked for."""
        if field is None:
            return self.texts
        if field == "title":
            return [("title", 0, fold(self.article.title))]
        return [label for label in self.labels if label[0] == field]

    def joined(self, field: FieldName | None) -> str:
        """These texts in one, with edges, a line for each: no folded text has a line's end of its own."""
        if field not in self._joined:
            texts = [text for _, _, text in self.places(field)]
            if field == "feed":
                texts[0] = ""  # the id: see `find`
            self._joined[field] = edged("\n".join(texts))
        return self._joined[field]

    def find(self, node: Term | Pattern) -> Hit | None:
        """Where the keyword or pattern first stands, reading from the title down."""
        if node not in self._hits:
            if isinstance(node, Pattern):
                hit = self._matched(node)
            elif node.field == "feed" and fold(self.article.feed) == node.folded:
                # A feed's id is only ever meant whole: feed:dw is not dw-en.
                hit = Hit(node.text, "feed", 0, 0, len(node.folded))
            elif node.whole:
                hit = None
            else:
                text = self.joined(node.field)
                hit = self._located(node, lambda needle: node.counting(needle, text).find(needle))
            self._hits[node] = hit
        return self._hits[node]

    def seek(self, terms: Iterable[Term]) -> None:
        """Look for many keywords of a long text in one pass, so that none has to be looked for by itself."""
        sought = [term for term in terms if term.field is None and term not in self._hits]
        needles = {needle for term in sought for needle in term.needles}
        if len(needles) < _MANY or len(self.joined(None)) < _LONG:
            return
        strings = Strings(needles)
        found = {strings.all[number]: at for number, at in strings.find(self.joined(None)).items()}
        for term in sought:
            if found.keys().isdisjoint(term.unless):  # else it may stand in a word in which it does not count
                self._hits[term] = self._located(term, lambda needle: found.get(needle, -1))

    def count(self, term: Term) -> int:
        """How often the keyword stands in its field."""
        text = self.joined(term.field)
        return sum(term.counting(needle, text).count(needle) for needle in term.needles)

    def _located(self, term: Term, find: Callable[[str], int]) -> Hit | None:
        """The keyword's first hit; `find` says where in the field's texts a needle first is, -1 where nowhere."""
        found = [
            (at, len(spelling))
            for spelling, needle in zip(term.spellings, term.needles, strict=True)
            if (at := find(needle)) >= 0
        ]
        if not found:
            return None
        at, length = min(found)
        text = self.joined(term.field)
        line = text.rfind("\n", 0, at) + 1
        place, index, _ = self.places(term.field)[text.count("\n", 0, line)]
        start = at - line - text.count(EDGE, line, at)
        return Hit(term.text, place, index, start, start + length)

    def _matched(self, pattern: Pattern) -> Hit | None:
        """The pattern's first hit. It does not reach from one text into the next, so each is looked at by itself."""
        search = regex(pattern.source).search
        for place, index, text in self.places(pattern.field):
            if found := search(text):
                return Hit(str(pattern), place, index, *found.span())
        return None


@functools.lru_cache(maxsize=256)
def regex(source: str) -> re2._Regexp[str]:
    """Compile an RE2 pattern for folded text. Raises ValueError, which says what is wrong with it.

    Its letters beyond ASCII are folded as the text is; ASCII ones are matched in any case, as a folded `\\D` would
    mean something else.
    """
    import re2  # only here: two megabytes, and most topics have no patterns

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 1 << 20  # bounds what a pattern like (a{1000}){1000} may cost
    try:
        return re2.compile("".join(char if char.isascii() else fold(char) for char in source), options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(text) from None


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
        document.seek(terms(self.tree))
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
