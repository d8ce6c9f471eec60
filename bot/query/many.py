"""Many queries at once: which of them match an article."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from ..model import Article
from ..text import edged
from .keywords import Keywords
from .matcher import Document, Query, terms
from .tree import Always, And, Date, FieldName, Node, Not, Or, Pattern, Term

Id = TypeVar("Id", bound=str | int)
_FIELDS: tuple[FieldName, ...] = ("title", "tag", "feed")
Test = Callable[[Set[str], Document], bool]  # of the names of the terms that stand in a document


class Matcher(Generic[Id]):
    """Many queries, one pass over an article: all their keywords are found, then the queries are asked that cannot
    match without one of these.

    Immutable. `changed` makes another, in a small part of the time in which all would be made anew:

        matcher = Matcher({"china": parse("拜登 OR 布林肯"), "chips": parse("芯片")})
        matcher.matching(article)                                  ["china"]
        matcher = matcher.changed({"chips": parse("芯片 -薯片")})   another query, or one more
        matcher = matcher.changed({"china": None})                 one less
    """

    def __init__(self, queries: Mapping[Id, Query] | None = None) -> None:
        self._rules: dict[Id, _Rule] = {}
        self._places: dict[Id, int] = {}  # in the order of the answers
        self._blind: dict[Id, None] = {}  # they may match where none of their keywords stands
        self._users: dict[str, _Users[Id]] = {}  # by the term's name
        self._keywords: Keywords[_Needle[Id]] = Keywords()
        self._put(queries or {})

    def changed(self, queries: Mapping[Id, Query | None]) -> Matcher[Id]:
        """These queries with others in the place of those of the same ids, and without those whose query is None."""
        if not queries:
            return self
        new = Matcher[Id]()
        new._rules, new._places, new._blind = self._rules.copy(), self._places.copy(), self._blind.copy()
        new._users, new._keywords = self._users.copy(), self._keywords
        new._put(queries)
        return new

    def matching(self, article: Article) -> list[Id]:
        """The ids of the queries that match, in the order in which they came. `Query.match` says why."""
        document = Document(article)
        present: set[str] = set()
        matched: set[Id] = set()
        asked = set(self._blind)
        checked: list[_Users[Id]] = []
        for sure, others, _ in self._keywords.find(document.joined(None)):
            matched.update(sure)
            checked += [users for users in others if not users.term.field]
        for field in _FIELDS:
            for _, others, _ in self._keywords.find(_text(document, field)):
                checked += [users for users in others if users.term.field == field]
        for users in dict.fromkeys(checked):
            if not (users.term.field == "feed" or users.term.unless) or document.find(users.term):
                matched.update(users.sure)
                present.add(users.name)
                asked.update(users.asked)
        rules = self._rules
        matched.update([id for id in asked if rules[id].holds(present, document)])
        return sorted(matched, key=self._places.__getitem__)

    def _put(self, queries: Mapping[Id, Query | None]) -> None:
        gone: dict[str, set[Id]] = {}
        come: dict[str, list[Id]] = {}
        last = next(reversed(self._places.values()), 0)
        for id, query in queries.items():
            if old := self._rules.pop(id, None):
                for name in old.terms:
                    gone.setdefault(name, set()).add(id)
            self._blind.pop(id, None)
            if query is None:
                self._places.pop(id, None)
                continue
            last += 1
            self._places.setdefault(id, last)
            rule = self._rules[id] = _rule(query.tree)
            if rule.needed is None:
                self._blind[id] = None
            for name in rule.terms:
                come.setdefault(name, []).append(id)
        self._register(gone, come)

    def _register(self, gone: Mapping[str, set[Id]], come: Mapping[str, list[Id]]) -> None:
        having: dict[str, list[_Users[Id]]] = {}
        for name in dict.fromkeys((*gone, *come)):
            ids = come.get(name, [])
            old = self._users.get(name)
            new = old or _Users(name, self._rules[ids[0]].terms[name])
            new = new.changed(gone.get(name, set()), ids, self._rules)
            if new.none:
                del self._users[name]
            else:
                self._users[name] = new
            for needle in new.term.needles:
                if needle not in having:
                    known = self._keywords.get(needle)
                    having[needle] = list(known.users) if known else []
                users = having[needle]
                users[:] = [one for one in users if one is not old] + [new] * (not new.none)
        if having:
            values = {needle: _needle(users) if users else None for needle, users in having.items()}
            self._keywords = self._keywords.changed(values)


class _Rule(NamedTuple):
    """A query as the matcher needs it."""

    terms: dict[str, Term]  # by name
    needed: Set[str] | None  # names of which one must stand for it to match; None where there are no such
    test: Test | None  # None: any of `needed` is enough

    def holds(self, present: Set[str], document: Document) -> bool:
        return self.test is None or self.test(present, document)


@dataclass(frozen=True, slots=True, eq=False)
class _Users(Generic[Id]):
    """The queries that have a term: those that match wherever it stands, those that are asked then, and the others."""

    name: str
    term: Term
    sure: tuple[Id, ...] = ()
    asked: tuple[Id, ...] = ()
    others: tuple[Id, ...] = ()

    @property
    def none(self) -> bool:
        return not (self.sure or self.asked or self.others)

    @property
    def plain(self) -> bool:
        """Whether nothing is to be checked where one of the term's needles was found in what is read."""
        return not (self.asked or self.others or self.term.field or self.term.unless)

    def changed(self, gone: Set[Id], come: Iterable[Id], rules: Mapping[Id, _Rule]) -> _Users[Id]:
        kinds = [[*self.sure], [*self.asked], [*self.others]]
        if gone:
            kinds = [[id for id in ids if id not in gone] for ids in kinds]
        for id in come:
            rule = rules[id]
            kinds[0 if rule.test is None else 1 if self.name in (rule.needed or ()) else 2].append(id)
        return _Users(self.name, self.term, *map(tuple, kinds))


class _Needle(NamedTuple, Generic[Id]):
    """What is to be done where a needle is found. Looking into each object takes longer than finding the needle, so the
    ids that need no look are kept apart."""

    sure: tuple[Id, ...]
    others: tuple[_Users[Id], ...]
    users: tuple[_Users[Id], ...]  # all


def _text(document: Document, field: FieldName) -> str:
    """The texts of a field. What is found in a feed's id is not sure: it is meant whole."""
    if field == "feed":
        return edged("\n".join([text for _, _, text in document.places(field)]))
    return document.joined(field)


def _needle(users: Sequence[_Users[Id]]) -> _Needle[Id]:
    everyone = tuple(users)
    if len(users) == 1:  # nearly always
        return _Needle(users[0].sure, (), everyone) if users[0].plain else _Needle((), everyone, everyone)
    plain = [one for one in users if one.plain]
    others = tuple(one for one in users if not one.plain)
    return _Needle(tuple(id for one in plain for id in one.sure), others, everyone)


def _name(term: Term) -> str:
    """What tells terms apart that mean different things; a string, because those are hashed quickly."""
    return "\n".join((term.field or "", *term.needles))


def _rule(tree: Node) -> _Rule:
    found = {_name(term): term for term in terms(tree)}
    parts = tree.parts if isinstance(tree, Or) else (tree,)
    if all(isinstance(part, Term) for part in parts):
        return _Rule(found, found.keys(), None)
    return _Rule(found, _needed(tree)[1], _test(tree))


def _needed(node: Node) -> tuple[int, Set[str] | None]:
    """Names of terms of which one must stand for the tree to match, and how telling the least of them is; None where
    it can match without any. Of several parts that must all match, the most telling one is waited for."""
    match node:
        case Term():
            # In UTF-8, as a Han character tells more than a letter. What is in every article of a feed tells least.
            telling = min(len(spelling.encode("utf-8", "replace")) for spelling in node.spellings)
            return (0 if node.field == "feed" else telling), {_name(node)}
        case And(parts):
            choices = [choice for part in parts if (choice := _needed(part))[1] is not None]
            return max(choices, key=lambda choice: choice[0], default=(0, None))
        case Or(parts):
            choices = [_needed(part) for part in parts]
            names = [names for _, names in choices if names is not None]
            if len(names) < len(parts):
                return 0, None
            return min(telling for telling, _ in choices), frozenset().union(*names)
        case _:
            return 0, None


def _test(node: Node) -> Test:
    """The tree as a function. It agrees with `matcher.evaluate`, which finds the places too and takes far longer."""
    match node:
        case Term():
            name = _name(node)
            return lambda present, _: name in present
        case And(parts):
            all_of, others = _split(parts)
            return lambda present, document: (
                all_of <= present and all(test(present, document) for test in others)
            )
        case Or(parts):
            any_of, others = _split(parts)
            return lambda present, document: (
                not any_of.isdisjoint(present) or any(test(present, document) for test in others)
            )
        case Not(part):
            wrong = _test(part)
            return lambda present, document: not wrong(present, document)
        case Pattern():
            return lambda _, document: document.find(node) is not None
        case Date(instant=instant, before=before):
            return lambda _, document: (document.article.published < instant) == before
        case Always():
            return lambda _, document: True


def _split(parts: Sequence[Node]) -> tuple[frozenset[str], tuple[Test, ...]]:
    names = frozenset(_name(part) for part in parts if isinstance(part, Term))
    return names, tuple(_test(part) for part in parts if not isinstance(part, Term))
