"""The tree that a query is read into, and its canonical spelling."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..text import fold, is_wordy

FieldName = Literal["title", "feed", "tag"]

# Characters that mean something to the parser: a keyword with one of them is printed in quotes.
SPECIAL = set('()|":*/')
SEPARATORS = set("，、；。")
OPERATORS = {"OR", "AND", "NOT"}


@dataclass(frozen=True, slots=True)
class Term:
    """A keyword: `text` as it was typed, without its quotes; `folded` is what is compared."""

    text: str
    field: FieldName | None = None
    prefix: bool = False
    folded: str = dataclasses.field(init=False, compare=False)
    bound_left: bool = dataclasses.field(init=False, compare=False)
    bound_right: bool = dataclasses.field(init=False, compare=False)

    def __post_init__(self) -> None:
        folded = fold(self.text)
        object.__setattr__(self, "folded", folded)
        object.__setattr__(self, "bound_left", is_wordy(folded[0]))
        object.__setattr__(self, "bound_right", not self.prefix and is_wordy(folded[-1]))

    def stands(self, text: str, start: int) -> bool:
        """Whether the keyword, found at `start` of a folded text, stands on the boundaries that it needs."""
        end = start + len(self.folded)
        if self.bound_left and start > 0 and is_wordy(text[start - 1]):
            return False
        return not (self.bound_right and end < len(text) and is_wordy(text[end]))

    def find(self, text: str) -> int:
        """Where the keyword first stands in a folded text, -1 where nowhere."""
        start = text.find(self.folded)
        while start >= 0 and not self.stands(text, start):
            start = text.find(self.folded, start + 1)
        return start

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Every place where the keyword stands in a folded text."""
        found, start = [], text.find(self.folded)
        while start >= 0:
            if self.stands(text, start):
                found.append((start, start + len(self.folded)))
            start = text.find(self.folded, start + 1)
        return found

    def __str__(self) -> str:
        name = f"{self.field}:" if self.field else ""
        quoted = self.text if _is_word(self.text) else f'"{self.text}"'
        return f"{name}{quoted}{'*' if self.prefix else ''}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression (RE2 syntax), compared with the folded text."""

    source: str
    field: FieldName | None = None

    def __str__(self) -> str:
        return f"{f'{self.field}:' if self.field else ''}/{self.source}/"


@dataclass(frozen=True, slots=True)
class Date:
    """A bound on the time of publication: from `instant` on, or (`before`) earlier than it."""

    text: str
    instant: datetime
    before: bool = False

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Always:
    """Every article."""

    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class Not:
    """The articles that the part does not match."""

    part: Node

    def __str__(self) -> str:
        return f"-{_grouped(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    """The articles that every part matches."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """The articles that any part matches."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))


Node = Term | Pattern | Date | Always | Not | And | Or


def _grouped(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)


def _is_word(text: str) -> bool:
    """Whether the parser reads the bare text as this one keyword."""
    folded = [fold(char) for char in text]
    return not (
        text in OPERATORS
        or folded[0] == "-"
        or folded[0] in ",;"
        or folded[-1] in ",;"
        or any(char in SPECIAL or char.isspace() for char in folded)
        or any(char in SEPARATORS for char in text)
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
