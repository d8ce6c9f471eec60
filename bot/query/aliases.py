"""Names of one thing that folding cannot join: 特朗普 is 川普, 网络 is 網路.

The groups of equal names are data: aliases.toml, and the config's own. They are one value for the whole process, set
once at the start before any query is read. As an argument of every function that reads a query, one that forgot it
would let search and alerts disagree; so no function can.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..text import fold, is_wordy, tokens

MAX_SPELLINGS = 16  # of one keyword: with three names in it that have four forms each, there would be 64
MAX_NAME = 50  # characters

_TABLE = tomllib.loads(Path(__file__).with_name("aliases.toml").read_text("utf-8"))
_UNLESS: dict[str, tuple[str, ...]] = {
    fold(name): tuple(map(fold, words)) for name, words in _TABLE.pop("unless").items()
}
_SHIPPED: tuple[tuple[str, ...], ...] = tuple(tuple(group) for groups in _TABLE.values() for group in groups)


Words = tuple[str, ...]


class Aliases:
    """Groups of equal names, folded. Groups that share a name are one."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self._equals: dict[str, tuple[str, ...]] = {}
        for group in groups:
            names = [fold(name) for name in group]
            joined = dict.fromkeys(equal for name in names for equal in self._equals.get(name, (name,)))
            self._equals |= dict.fromkeys(joined, tuple(joined))
        self._lengths: dict[str, list[int]] = {}  # of the names that begin with a character, longest first
        for name in self._equals:
            self._lengths.setdefault(name[0], []).append(len(name))
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)

    def spellings(self, keyword: str) -> dict[str, Words]:
        """All forms of a folded keyword, its own first: each name in it stands for its equals as well. With each form,
        the words in which it does not count (in 四川普通话, 川普 is no 特朗普)."""
        choices: list[tuple[str, ...]] = []
        at = since = 0
        while at < len(keyword):
            name = self._name(keyword, at)
            if name:
                choices += [(keyword[since:at],), (name, *(n for n in self._equals[name] if n != name))]
                since = at = at + len(name)
            else:
                at += 1
        if not choices:
            return {keyword: ()}
        forms = itertools.islice(itertools.product(*choices, (keyword[since:],)), MAX_SPELLINGS)
        found: dict[str, Words] = {}
        for form in forms:
            others = (name for name, (own, *_) in zip(form, choices, strict=False) if name != own)
            found.setdefault("".join(form), tuple(word for name in others for word in _UNLESS.get(name, ())))
        return found

    def _name(self, keyword: str, at: int) -> str:
        """The longest name that begins at that place; one of Latin letters must be a word of its own there."""
        for length in self._lengths.get(keyword[at], ()):
            end = at + length
            name = keyword[at:end]
            if name in self._equals and not (_joined(keyword, at) or _joined(keyword, end)):
                return name
        return ""


def _joined(text: str, at: int) -> bool:
    """Whether a word of a script that writes words apart goes on over this place."""
    return 0 < at < len(text) and is_wordy(text[at - 1]) and is_wordy(text[at])


_known = Aliases(_SHIPPED)


def group(names: Sequence[str]) -> tuple[str, ...]:
    """A group of names as `use_aliases` takes it. Raises ValueError, which says what a group is."""
    tidied = tuple(" ".join(name.split()) for name in names)
    if len({fold(name) for name in tidied}) < 2:
        raise ValueError("must be two names or more that mean the same, such as [特朗普, 川普]")
    for name in tidied:
        if not tokens(fold(name)) or len(name) > MAX_NAME:
            raise ValueError(f"`{name[:MAX_NAME]}` is no name: it has no letters, or more than {MAX_NAME}")
    return tidied


def use_aliases(groups: Iterable[Sequence[str]]) -> None:
    """Use these groups beside the shipped ones, in place of those that an earlier call gave.

    For the wiring, at the start: a query that was read before keeps what it was read with.
    """
    global _known
    _known = Aliases((*_SHIPPED, *groups))


def spellings(keyword: str) -> dict[str, Words]:
    """All forms of a folded keyword, its own first, each with the words in which it does not count."""
    return _known.spellings(keyword)
