"""Many strings looked for in a text at once, of which a few can be changed without making all of it anew."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

import ahocorasick_rs

# Building an automaton holds the interpreter, 2.5 µs a keyword: nothing else of the process runs meanwhile. A text is
# searched by each of them, 20 to 100 µs for one of 1,500 characters. So they are few and large at first, and small in
# what is added later, when nobody should wait.
_AT_FIRST = 50_000
_LATER = 4_000
_STRETCH = 8_192  # characters that are searched at a time, as each hit takes a hundred bytes
_RATIO = 8  # what is added goes together with what is less than so many times as large: few automata, little repeated

V = TypeVar("V")


class Strings:
    """Strings, each of them once, that are looked for in a text in one pass.

    Where many end alike (经济, 中国经济), a text that repeats itself would have all of them in each place. So what ends
    with two others stays apart, and is looked for only where the longer of these was found.
    """

    def __init__(self, strings: Iterable[str]) -> None:
        known = dict.fromkeys(strings)
        lengths = sorted(set(map(len, known)))
        shorter = {length: lengths[:place] for place, length in enumerate(lengths)}
        together: list[str] = []
        apart: dict[str, list[str]] = {}  # by the longer of the two that they end with
        for string in known:
            ends = [string[-length:] for length in shorter[len(string)] if string[-length:] in known]
            (together if len(ends) < 2 else apart.setdefault(ends[1], [])).append(string)
        self.all = (*together, *itertools.chain.from_iterable(apart.values()))
        self._overlap = max(map(len, together)) - 1
        self._search = ahocorasick_rs.AhoCorasick(together, store_patterns=False)
        self._apart: dict[int, list[int]] = {}
        if apart:
            numbers = {string: number for number, string in enumerate(self.all)}
            self._apart = {numbers[end]: [numbers[one] for one in some] for end, some in apart.items()}

    def find(self, text: str) -> dict[int, int]:
        """Where those that stand in the text first do; by their numbers, which are their places in `all`."""
        found: dict[int, int] = {}
        for start in range(0, len(text), _STRETCH):
            stretch = text[start : start + _STRETCH + self._overlap]
            hits = self._search.find_matches_as_indexes(stretch, overlapping=True)
            found = {number: start + at for number, at, _ in reversed(hits)} | found
        for end in self._apart.keys() & found.keys():
            places = {number: text.find(self.all[number]) for number in self._apart[end]}
            found |= {number: at for number, at in places.items() if at >= 0}
        return found


class _Automaton(NamedTuple):
    first: int  # the place of its first keyword's value, the others' follow
    strings: Strings

    @property
    def keywords(self) -> tuple[str, ...]:
        return self.strings.all


class Keywords(Generic[V]):
    """Keywords, with a value for each. Immutable: `changed` makes others, in a time that hardly
    grows with their number.

    A keyword that is taken away stays in its automaton, without a value, until so many have gone that it is worth
    building that one anew.
    """

    def __init__(self, values: Mapping[str, V] | None = None) -> None:
        self._places: dict[str, int] = {}
        self._values: list[
            V | None
        ] = []  # a list, because looking up each hit in a dict would take twice the time
        self._lost = 0  # keywords without a value
        self._automata: tuple[_Automaton, ...] = ()
        self._build(values or {}, _AT_FIRST)

    def find(self, text: str) -> list[V]:
        """The values of the keywords that stand somewhere in the text."""
        found: list[V] = []
        for first, strings in self._automata:
            values = [self._values[first + number] for number in strings.find(text)]
            found += [value for value in values if value is not None]
        return found

    def get(self, keyword: str) -> V | None:
        """The keyword's value, None where it is none of these."""
        place = self._places.get(keyword)
        return None if place is None else self._values[place]

    def changed(self, values: Mapping[str, V | None]) -> Keywords[V]:
        """These keywords with other values; those whose value is None are taken away."""
        added = {key: value for key, value in values.items() if value is not None and key not in self._places}
        if not self._automata:
            return Keywords(added)
        new = Keywords[V]()
        new._places, new._values = self._places.copy(), self._values.copy()
        new._lost, new._automata = self._lost, self._automata
        for keyword in values.keys() & self._places.keys():
            place = self._places[keyword]
            new._lost += (values[keyword] is None) - (new._values[place] is None)
            new._values[place] = values[keyword]
        if added:
            new._add(added)
        if 2 * new._lost > len(new._places) + _LATER:
            new._add(new._living(max(new._automata, key=new._lost_in)))
        return new

    def _add(self, values: dict[str, V]) -> None:
        while self._automata:
            last = len(self._automata[-1].keywords)
            if last > _RATIO * len(values) or last + len(values) > _LATER:
                break
            values = self._living(self._automata[-1]) | values
        self._build(values, _LATER)

    def _build(self, values: Mapping[str, V], most: int) -> None:
        rest = iter(values)
        while part := list(itertools.islice(rest, most)):
            self._append(Strings(part), values)
        # The smallest last.
        self._automata = tuple(sorted(self._automata, key=lambda one: len(one.keywords), reverse=True))
        if len(self._values) > 2 * len(self._places) + _LATER:
            self._close_gaps()

    def _living(self, automaton: _Automaton) -> dict[str, V]:
        """Do without that automaton. Its keywords, without those that have no value: these are forgotten."""
        living = {}
        for place, keyword in enumerate(automaton.keywords, automaton.first):
            del self._places[keyword]
            value, self._values[place] = self._values[place], None
            if value is None:
                self._lost -= 1
            else:
                living[keyword] = value
        self._automata = tuple(one for one in self._automata if one is not automaton)
        return living

    def _lost_in(self, automaton: _Automaton) -> int:
        return self._values[automaton.first : automaton.first + len(automaton.keywords)].count(None)

    def _close_gaps(self) -> None:
        """Forget the places of automata that are no more."""
        values, automata = self._values, self._automata
        self._values, self._automata = [], ()
        for first, strings in automata:
            self._append(strings, dict(zip(strings.all, values[first:], strict=False)))

    def _append(self, strings: Strings, values: Mapping[str, V | None]) -> None:
        self._automata += (_Automaton(len(self._values), strings),)
        self._places.update(zip(strings.all, itertools.count(len(self._values)), strict=False))
        self._values += map(values.__getitem__, strings.all)
