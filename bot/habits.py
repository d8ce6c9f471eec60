"""What a feed repeats around its articles, learnt from the articles themselves: lines, title suffixes, pictures.

Rules that are data (boilerplate.toml) know the clutter that many feeds share. Each feed has some of its own besides: a
plea in its own words, its name behind every title, the logo of a programme for a picture. Whatever stands at the
start or the end of many different articles is no part of any. It is left out of messages only: what is stored,
searched and matched is the article as it came.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .model import Article, Block
from .pictures import identity
from .text import bigrams, fold, letters

Kind = Literal["line", "suffix", "picture"]

RECENT = 200  # articles of a feed that are looked at: a habit that ended is forgotten
_HEAD, _TAIL = 4, 6  # blocks of an article among which lines are learnt and left out
_SIGNATURE = 80  # letters by which a line is known again; what differs later on does not matter
_LEAST, _SHARE = 3, 0.03  # articles that have a line or a picture, and their share of the recent ones
_LEAST_TITLES, _SHARE_OF_TITLES = 5, 0.5  # a name behind titles stands behind most, or it is part of some
_ALIKE = 0.6  # share of their titles' bigrams from which two articles are versions of one
_VERSIONS = 20  # articles before it among which an article's earlier version is looked for

_SUFFIX = re.compile(r"(?:\s+[-–—|·/]\s*|\s*[|｜丨_]\s*)[^-–—|｜丨_]{1,30}\Z")
_NAMES = 2  # … – 法国国际广播电台 - RFI
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Trait:
    """Something about an article that others of its feed may share: `text` as it stood, for people to read."""

    kind: Kind
    signature: str
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What is remembered of an article for learning."""

    title: str
    traits: tuple[Trait, ...]


@dataclass(frozen=True, slots=True)
class Habit:
    """A trait that is a habit of its feed: in how many of the recent articles, and whether people said that it is
    part of them all the same."""

    trait: Trait
    count: int
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Habits:
    """The signatures of what a feed repeats, to be left out."""

    lines: frozenset[str] = frozenset()
    suffixes: frozenset[str] = frozenset()
    pictures: frozenset[str] = frozenset()

    @classmethod
    def of(cls, habits: Iterable[Habit]) -> Habits:
        """All but those that people want to keep."""
        by_kind: dict[Kind, set[str]] = {"line": set(), "suffix": set(), "picture": set()}
        for habit in habits:
            if not habit.kept:
                by_kind[habit.trait.kind].add(habit.trait.signature)
        return cls(frozenset(by_kind["line"]), frozenset(by_kind["suffix"]), frozenset(by_kind["picture"]))

    def without(self, article: Article) -> Article:
        """The article without them. An article that would be left without any text keeps all of its own."""
        if not (self.lines or self.suffixes or self.pictures):
            return article
        ends = _ends(article.body)
        body = tuple(
            block
            for position, block in enumerate(article.body)
            if position not in ends or _signature(block.text) not in self.lines
        )
        pictures = [
            pair
            for pair in zip(article.images, article.proxied or article.images, strict=False)
            if identity(pair[0]) not in self.pictures
        ]
        return replace(
            article,
            title=next(
                (rest for rest, name in _suffixes(article.title) if name in self.suffixes), article.title
            ),
            body=body if any(block.kind != "heading" for block in body) else article.body,
            images=tuple(origin for origin, _ in pictures),
            proxied=tuple(given for _, given in pictures) if article.proxied else (),
        )


def sample(article: Article) -> Sample:
    """What others of the article's feed may repeat."""
    lines = (article.body[position].text for position in sorted(_ends(article.body)))
    traits = [Trait("line", signature, text[:200]) for text in lines if (signature := _signature(text))]
    traits += [Trait("suffix", name, article.title[len(rest) :]) for rest, name in _suffixes(article.title)]
    if article.lead_image:
        traits.append(Trait("picture", identity(article.lead_image), article.lead_image))
    return Sample(article.title, tuple(traits))


def learn(samples: Sequence[Sample], kept: Collection[str] = ()) -> list[Habit]:
    """The habits of a feed, most frequent first. `samples`: its recent articles, oldest first; `kept`: signatures of
    what people want to keep.

    Versions of one article, which share their text, count as one.
    """
    counts: Counter[tuple[Kind, str]] = Counter()
    traits: dict[tuple[Kind, str], Trait] = {}
    titles: list[set[str]] = []
    for one in samples:
        grams = bigrams(fold(next(iter(_suffixes(one.title)), (one.title, ""))[0]))
        if any(_alike(grams, earlier) for earlier in titles[-_VERSIONS:]):
            continue
        titles.append(grams)
        for name, trait in {(trait.kind, trait.signature): trait for trait in one.traits}.items():
            counts[name] += 1
            traits[name] = trait
    return [
        Habit(traits[name], count, name[1] in kept)
        for name, count in counts.most_common()
        if _is_habit(name[0], count, len(titles))
    ]


def _is_habit(kind: Kind, count: int, articles: int) -> bool:
    if kind == "suffix":
        return count >= max(_LEAST_TITLES, _SHARE_OF_TITLES * articles)
    return count >= max(_LEAST, _SHARE * articles)


def _alike(a: set[str], b: set[str]) -> bool:
    return bool(a and b) and len(a & b) >= _ALIKE * max(len(a), len(b))


def _ends(body: Sequence[Block]) -> set[int]:
    """The positions at the start and the end of an article."""
    return {*range(min(_HEAD, len(body))), *range(max(0, len(body) - _TAIL), len(body))}


def _suffixes(title: str) -> list[tuple[str, str]]:
    """The title without what follows its last two dashes or bars, and that one's signature; then its last alone."""
    found: list[tuple[str, str]] = []
    rest = title
    while len(found) < _NAMES and (match := _SUFFIX.search(rest)) and match.start():
        rest = rest[: match.start()]
        if name := _signature(title[len(rest) :]):
            found.insert(0, (rest, name))
    return found


def _signature(text: str) -> str:
    return letters(_DIGITS.sub("0", fold(text)))[:_SIGNATURE]
