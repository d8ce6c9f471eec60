"""What an element of a page is by its class names: part of the article, or of what is around it. The names are data, in
boilerplate.toml."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .rules import RULES

_WORDS = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True)
class Container:
    """What the class names of an element say that it is."""

    dropped: bool = False
    doubtful: bool = False  # dropped unless nothing else is there
    figure: bool = False
    caption: bool = False
    teaser: bool = False
    portrait: bool = False  # of who wrote it


def _named(kind: str) -> tuple[frozenset[str], tuple[frozenset[str], ...], frozenset[str]]:
    entries: Sequence[str] = RULES["containers"][kind]
    exact = frozenset(entry[1:] for entry in entries if entry.startswith("="))
    several = tuple(frozenset(entry.split()) for entry in entries if " " in entry)
    return frozenset(entries), several, exact


_KINDS = ("drop", "drop_unless_alone", "figure", "caption", "teaser", "portrait")
_CONTAINERS = {kind: _named(kind) for kind in _KINDS}
_IGNORED_NAME = re.compile(RULES["containers"]["ignore_names"])


def _is(kind: str, name: str, words: frozenset[str]) -> bool:
    single, several, exact = _CONTAINERS[kind]
    return not single.isdisjoint(words) or name in exact or any(entry <= words for entry in several)


def tokens(name: str) -> frozenset[str]:
    """The words of a class name: in-article-advert, inArticleAdvert."""
    return frozenset(word.lower() for word in _WORDS.findall(name))


@functools.lru_cache(maxsize=4096)
def container(names: str) -> Container:
    """What an element with these class names is. Whole words count: `ads` is none in `shadows` or `header`."""
    pairs = [
        (name, {*tokens(name), name.lower()}) for name in names.split()[:24] if not _IGNORED_NAME.match(name)
    ]
    found = {kind: any(_is(kind, name, frozenset(words)) for name, words in pairs) for kind in _CONTAINERS}
    return Container(*found.values())
