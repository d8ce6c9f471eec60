"""The tree that a query is read into, and its canonical spelling."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import UnionType
from typing import Literal

from ..text import BLANK, EDGE, edged, fold, positions
from .aliases import spellings

FieldName = Literal["title", "feed", "tag"]

# Characters that mean something to the parser: a keyword with one of them is printed in quotes.
SPECIAL = set('()|":*')
SEPARATORS = set("，、；。")
OPERATORS = {"or", "and", "not"}  # as they are folded: see `is_operator`
OPEN_SINGLE, CLOSE_SINGLE = "‘’"
LISTED = ("feed", "tag")  # fields whose value may be several, with commas between them
ENDINGS = ",;!?"  # of a sentence or a part of it: not of a bare keyword
SELECTORS = "\ufe0e\ufe0f"  # behind an emoji: as text or in colour, which is all the same to a search

# What the fields are called in the languages of those who read Chinese. The parser knows all of them in any language.
NAMES: Mapping[str, Mapping[str, str]] = {
    "zh-Hans": {"title": "标题", "feed": "源", "tag": "标签", "after": "起", "before": "止", "last": "近"},
    "zh-Hant": {"title": "標題", "feed": "來源", "tag": "標籤", "after": "起", "before": "止", "last": "近"},
}


_NONE: Mapping[str, tuple[str, ...]] = {}  # nearly always


@dataclass(frozen=True, slots=True)
class Term:
    """A keyword: `text` as it was typed, without its quotes; `exact`: word for word, without its aliases; `whole`: a
    feed's id and nothing else, not even the outlet's name.

    `spellings` are the folded keyword, then what its aliases make of it. Where any of them stands, the keyword does.
    `needles` are the same as they are looked for in a text with edges (`text.edged`), `unless` has the words in which
    some of them do not count.
    """

    text: str
    field: FieldName | None = None
    prefix: bool = False
    exact: bool = False
    whole: bool = False
    spellings: tuple[str, ...] = dataclasses.field(init=False, compare=False)
    needles: tuple[str, ...] = dataclasses.field(init=False, compare=False)
    unless: Mapping[str, tuple[str, ...]] = dataclasses.field(init=False, compare=False)

    def __post_init__(self) -> None:
        folded = fold(self.text)
        # What only quotes can hold is meant word for word. A word's beginning, or a feed's name, is not yet a name.
        exact = (self.exact and not self.whole) or not is_word(self.text, self.field)
        itself = exact or self.prefix or self.field == "feed"
        found = {folded: ()} if itself else spellings(folded)
        needles = tuple(n.removesuffix(EDGE) if self.prefix else n for n in map(edged, found))
        if self.whole:  # an id is a line of its own, with the outlet's name below: `Document.labels`
            needles = (f"{needles[0]}\n",)
        unless = {needle: words for needle, words in zip(needles, found.values(), strict=True) if words}
        object.__setattr__(self, "exact", exact)
        object.__setattr__(self, "spellings", tuple(found))
        object.__setattr__(self, "needles", needles)
        object.__setattr__(self, "unless", unless or _NONE)

    @property
    def folded(self) -> str:
        """The keyword as it was typed, folded."""
        return self.spellings[0]

    def spans(self, folded: str) -> list[tuple[int, int]]:
        """Every place where the keyword stands in a folded text: start and end, of each spelling in turn."""
        text = edged(folded)
        return [
            (at, at + len(spelling))
            for spelling, needle in zip(self.spellings, self.needles, strict=True)
            for at in positions(needle, self.counting(needle, text))
        ]

    def counting(self, needle: str, text: str) -> str:
        """A text with edges, and with blanks for the words in which that needle does not count."""
        for word in self.unless.get(needle, ()):
            text = text.replace(word, BLANK * len(word))
        return text

    def __str__(self) -> str:
        return written(self)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression (RE2 syntax), compared with the folded text."""

    source: str
    field: FieldName | None = None

    def __str__(self) -> str:
        return written(self)


@dataclass(frozen=True, slots=True)
class Date:
    """A bound on the time of publication: from `instant` on, or (`before`) earlier than it. `text` has both the kind
    and the day or span, as in `last:7d`."""

    text: str
    instant: datetime
    before: bool = False

    def __str__(self) -> str:
        return written(self)


@dataclass(frozen=True, slots=True)
class Always:
    """Every article."""

    def __str__(self) -> str:
        return written(self)


@dataclass(frozen=True, slots=True)
class Not:
    """The articles that the part does not match."""

    part: Node

    def __str__(self) -> str:
        return written(self)


@dataclass(frozen=True, slots=True)
class And:
    """The articles that every part matches."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return written(self)


@dataclass(frozen=True, slots=True)
class Or:
    """The articles that any part matches."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return written(self)


Node = Term | Pattern | Date | Always | Not | And | Or


def written(node: Node, names: Mapping[str, str] = {}, within: FieldName | None = None) -> str:
    """The tree as a query, which parses to the same tree; `names`: what its fields are called, where not as usual;
    `within`: the field in whose brackets it stands."""

    def field(name: str | None) -> str:
        return f"{names.get(name, name)}:" if name and name != within else ""

    match node:
        case Term():
            marks = OPEN_SINGLE + CLOSE_SINGLE if '"' in fold(node.text) else '""'
            quoted = f"{marks[0]}{node.text}{marks[1]}" if node.exact else node.text
            return f"{field(node.field)}{'=' * node.whole}{quoted}{'*' if node.prefix else ''}"
        case Pattern():
            return f"{field(node.field)}/{node.source}/"
        case Date():
            kind, _, value = node.text.partition(":")
            return f"{field(kind)}{value}"
        case Always():
            return "*"
        case Not(part):
            return f"-{_grouped(part, names, within, And | Or)}"
        case And(parts):
            if within:
                return " ".join(written(part, names, within) for part in parts)
            return " ".join(
                f"{field(name)}({written(And(some), names, name)})"
                if name
                else _grouped(some[0], names, None, Or)
                for name, some in _stretches(node)
            )
        case Or(parts):
            if within:
                return " OR ".join(written(part, names, within) for part in parts)
            return " OR ".join(
                f"{field(name)}({written(Or(some), names, name)})" if name else written(some[0], names)
                for name, some in _stretches(node)
            )


def _grouped(node: Node, names: Mapping[str, str], within: FieldName | None, kinds: type | UnionType) -> str:
    """The tree as a query, in brackets where it is of these kinds and does not stand in those of one field anyway."""
    text = written(node, names, within)
    several = isinstance(node, And | Or) and isinstance(node, kinds) and len(_stretches(node)) > 1
    return f"({text})" if several else text


def _stretches(node: And | Or) -> list[tuple[FieldName | None, tuple[Node, ...]]]:
    """The parts that can stand together in one field's brackets, with the field, and the others one by one."""
    found: list[tuple[FieldName | None, tuple[Node, ...]]] = []
    for name, stretch in itertools.groupby(node.parts, lambda part: _common(part, deep=isinstance(node, Or))):
        parts = tuple(stretch)
        found += [(name, parts)] if name and len(parts) > 1 else [(None, (part,)) for part in parts]
    return found


def _common(node: Node, *, deep: bool) -> FieldName | None:
    """The field of all that is in the tree, None where it would need brackets of its own there. `deep`: it may be of
    several that must all match, as a space binds tighter than OR."""
    match node:
        case Term() | Pattern():
            return node.field
        case Not(Term() | Pattern() as part):
            return part.field
        case And(parts) if deep:
            names = {_common(part, deep=False) for part in parts}
            return names.pop() if len(names) == 1 else None
        case _:
            return None


def is_operator(text: str) -> bool:
    """Whether the bare word joins or leaves out: in capital letters, be they as wide as a Han character."""
    return fold(text) in OPERATORS and text.isupper()


def is_word(text: str, field: FieldName | None = None) -> bool:
    """Whether the parser reads the bare text as this one keyword."""
    folded = fold(text)
    return not (
        is_operator(text)
        or folded[0] in "-/,;"
        or text[0] == OPEN_SINGLE
        or text[-1] in SELECTORS
        or folded[-1] in ENDINGS
        or not SPECIAL.isdisjoint(folded)
        or not SEPARATORS.isdisjoint(text)
        or folded.split() != [folded]
        or (field in LISTED and "," in folded)
        or (field == "feed" and folded[0] == "=")
    )


Bounds = tuple[datetime | None, datetime | None]


def bounds(node: Node) -> Bounds:
    """The span of publication times outside of which nothing matches: from, and until; None where it is open."""
    match node:
        case Date(instant=instant, before=before):
            return (None, instant) if before else (instant, None)
        case And(parts):
            spans = [bounds(part) for part in parts]
            return (
                max((a for a, _ in spans if a), default=None),
                min((b for _, b in spans if b), default=None),
            )
        case Or(parts):
            starts, ends = zip(*map(bounds, parts), strict=True)
            return (None if None in starts else min(starts), None if None in ends else max(ends))
        case _:
            return None, None


def needs_something(node: Node) -> bool:
    """Whether an article must have something to match, so that the query cannot match nearly everything."""
    match node:
        case Not() | Always():
            return False
        case And(parts):
            return any(map(needs_something, parts))
        case Or(parts):
            return all(map(needs_something, parts))
        case _:
            return True
