"""A topic's query as admins change it: a keyword more, a keyword less, or another query.

What is kept until it is carried out is the edit and never its result, so that overlapping edits add up.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from .errors import QueryError
from .query import And, Node, Not, Or, Query, parse
from .text import fold


@dataclass(frozen=True, slots=True)
class Edit:
    """`+` matches the keyword too (or, with a minus sign before it, leaves it out), `-` takes it away, `=` is another
    query."""

    verb: Literal["+", "-", "="]
    value: str

    def apply(self, query: str) -> str:
        """What the edit makes of the query. Raises QueryError."""
        match self.verb:
            case "+":
                return with_keyword(query, self.value)
            case "-":
                for part in _named(query, self.value):
                    query = without_keyword(query, part)
                return query
            case "=":
                return self.value

    def undoing(self, query: str) -> Edit | None:
        """The edit that takes this one back from what it makes of the query; None where none does so exactly."""
        if self.verb == "=":
            return None
        try:
            value = " OR ".join(_named(query, self.value)) if self.verb == "-" else self.value
            back = Edit("+" if self.verb == "-" else "-", value)
            return back if _shape(_tree(back.apply(self.apply(query)))) == _shape(_tree(query)) else None
        except QueryError:  # nothing was taken away, or it grew too long on the way
            return None


def with_keyword(query: str, keyword: str) -> str:
    """The query, matching what the keyword matches as well. Raises QueryError.

    A keyword that begins with a minus sign is left out from everything instead.
    """
    tree, added = _tree(query), _tree(keyword)
    parts = tree.parts if isinstance(tree, And) else (tree,)
    unwanted = tuple(part for part in parts if isinstance(part, Not))
    if isinstance(added, Not):
        return str(Query(And((*parts, added)) if added not in parts else tree))
    # (A OR B) -C plus D is (A OR B OR D) -C: what is left out stays left out.
    kept = tuple(part for part in parts if not isinstance(part, Not))
    if not kept:
        return str(Query(tree) | Query(added))
    wanted = (Query(kept[0] if len(kept) == 1 else And(kept)) | Query(added)).tree
    if isinstance(wanted, Or):
        different = tuple(dict.fromkeys(wanted.parts))
        wanted = Or(different) if len(different) > 1 else different[0]
    return str(Query(And((wanted, *unwanted)) if unwanted else wanted))


def keywords(query: str) -> tuple[str, ...]:
    """The parts of a query that `without_keyword` can take away: its alternatives and what it leaves out.

    Raises QueryError.
    """
    return tuple(map(str, _parts(_tree(query))))


def without_keyword(query: str, keyword: str) -> str:
    """The query without that part of it, as `keywords` names it. The last part stays. Raises QueryError."""
    tree = _tree(query)

    def left(parts: tuple[Node, ...]) -> tuple[Node, ...]:
        return tuple(part for part in parts if str(part) != keyword)

    match tree:
        case Or(parts):
            kept = left(parts)
            return str(Query(Or(kept) if len(kept) > 1 else kept[0])) if kept else query
        case And(parts):
            narrowed: list[Node] = []
            for part in left(parts):
                inner = left(part.parts) if isinstance(part, Or) else (part,)
                narrowed += [Or(inner)] if len(inner) > 1 else inner
            if not any(not isinstance(part, Not) for part in narrowed):
                return query
            return str(Query(And(tuple(narrowed)) if len(narrowed) > 1 else narrowed[0]))
        case _:
            return query


def _tree(query: str) -> Node:
    return parse(query, regexes=True, everything=True).tree


def _parts(tree: Node) -> tuple[Node, ...]:
    match tree:
        case Or(parts):
            return parts
        case And(parts) if any(isinstance(part, Not) for part in parts):
            return tuple(p for part in parts for p in (part.parts if isinstance(part, Or) else (part,)))
        case _:
            return (tree,)


def _named(query: str, value: str) -> tuple[str, ...]:
    """Those of the query's parts that the value names: as it stands, in another script or case, or several with OR."""
    have, wanted = keywords(query), _tree(value)
    named = []
    for one in (str(wanted), *(map(str, wanted.parts) if isinstance(wanted, Or) else ())):
        found = one if one in have else next((part for part in have if fold(part) == fold(one)), None)
        named += [found] if found else []
    return tuple(dict.fromkeys(named))


def _shape(node: Node) -> Hashable:
    """What is the same for two trees that differ in the order of their parts alone."""
    match node:
        case And(parts) | Or(parts):
            return type(node).__name__, frozenset(map(_shape, parts))
        case Not(part):
            return "Not", _shape(part)
        case _:
            return str(node)
