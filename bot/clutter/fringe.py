"""What accounts and blogs write around an article in whole sentences: of themselves, of the series, to their readers.

It changes faster than rules for whole lines can follow, and news is written in the same words. So nothing is taken
off here: a sentence only loses its place in summaries. One word says little; two that meet near an article's
beginning or end say enough, unless the article is about them. Which words, and which headings, is data
(boilerplate.toml).
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence, Set

from ..lines import width
from ..model import Block
from .boilerplate import is_plea
from .rules import RULES

_HEAD, _TAIL = 10, 8  # blocks, at most
_OPENING = 3  # paragraphs, with which the head ends
_LONGEST_LABEL = 40  # characters of a line that heads what is no longer the article
_PROSE = (
    40  # Chinese characters of a block that is a paragraph of the article, unless it has one of the words
)
_GOES_ON = 3  # paragraphs in a row that are the article going on beneath a plea
_LONGEST_PLEA = 120  # Chinese characters
_MOST_BLOCKS, _MOST_PARAGRAPHS = 30, 4  # that are looked at from the end
_MOST_SHARE = 0.5  # of a text that is beneath such a line
_ABOVE = 3  # paragraphs that an article has beneath what is above it
_READ, _READ_CHARS = 200, 30_000  # blocks and characters of an article, more than most have
_ENOUGH = 2  # words that meet; one more where another is in the title
_SUBJECT = 2  # times that the text between says a word that it is about

_FRINGE = RULES["fringe"]
_OWN = frozenset(_FRINGE["own"])
# Each begins with a character, no look-around: so a search passes over the others quickly.
_SIGN = re.compile(
    "|".join(
        re.escape(word) + (r"\b" if word.isascii() else "")
        for word in sorted((*_OWN, *_FRINGE["other"]), key=len, reverse=True)
    )
)
_URGED, _VOICE = re.compile(_FRINGE["urged"]), re.compile(_FRINGE["voice"])
_FOLLOW = re.compile(_FRINGE["follow"])
_TOLD = re.compile(_FRINGE["told"])
_CLAUSE = re.compile("[，。；！,;!]")
_LABEL = re.compile(_FRINGE["label"])
_ITSELF, _ALOUD, _WHO = (re.compile(_FRINGE[name]) for name in ("itself", "aloud", "who"))


class Fringe:
    """Where an article's text ends and what is around it begins."""

    def __init__(self, title: str, body: Sequence[Block]) -> None:
        self._title = title
        self._body = body
        self._signed: dict[int, bool] = {}
        self._first = min(_head(body), len(body) // 3)
        self._last = len(body) - min(_TAIL, len(body) // 2)

    @functools.cached_property
    def _text(self) -> range:
        return range(self._above(), self._below())

    def holds(self, sentence: str, number: int) -> bool:
        """Whether this sentence of the block `number` is not of the article, but beside it."""
        if number not in self._text:
            return True
        if self._first <= number < self._last:
            return False
        if _WHO.match(self._body[number].text):
            return True
        return _ITSELF.match(sentence) is not None or (self._has_sign(number) and self._is_plea(sentence))

    def tells(self, sentence: str) -> bool:
        """Whether this sentence, of which nobody knows where it stands, speaks of the article or to its readers."""
        return _ITSELF.match(sentence) is not None or self._is_plea(sentence)

    def asks(self, sentence: str) -> bool:
        """Whether its readers are asked for something in this sentence, so clearly that it may stand anywhere."""
        return _URGED.search(sentence) is not None and self._is_plea(sentence, _ENOUGH + 1)

    def _is_plea(self, sentence: str, enough: int = _ENOUGH) -> bool:
        said = set(_SIGN.findall(sentence))
        if said and _ALOUD.search(sentence):
            return True
        signs = {word for word in said if word not in self._title}
        enough += len(signs) < len(said)
        if len(signs) < enough or _TOLD.search(sentence):
            return False
        own = signs & _OWN
        if not (
            _URGED.search(sentence) or _spoken(sentence, own) or (len(own) > 1 and len(signs) > len(own))
        ):
            return False
        return sum(self._middle.count(word) < _SUBJECT for word in signs) >= enough

    @functools.cached_property
    def _middle(self) -> str:
        between = self._body[self._first : min(self._last, self._first + _READ)]
        return "\n".join(block.text for block in between)[:_READ_CHARS]

    def _above(self) -> int:
        """How many blocks are above the text: to where its readers are asked to follow an account."""
        pleas = [number for number in range(self._first) if self._pleads(number) and self._follows(number)]
        above = pleas[-1] + 1 if pleas else 0
        if not above or any(width(block.text) > 2 * _PROSE for block in self._body[:above]):
            return 0
        beneath = map(self._is_paragraph, range(above, min(len(self._body), above + _READ)))
        return above if sum(itertools.islice(filter(None, beneath), _ABOVE)) == _ABOVE else 0

    def _below(self) -> int:
        """Where what is below the text begins: its topmost heading or plea with nothing of the article beneath."""
        end = len(self._body)
        whole = sum(len(block.text) for block in self._body)
        taken = paragraphs = 0
        for number in range(end - 1, max(0, end - _MOST_BLOCKS), -1):
            taken += len(self._body[number].text)
            if taken > _MOST_SHARE * whole:
                break
            if self._is_label(number) or (paragraphs < _GOES_ON and self._pleads(number)):
                end, paragraphs = number, 0
            elif self._is_paragraph(number):
                paragraphs += 1
                if paragraphs > _MOST_PARAGRAPHS:
                    break
        return end

    def _has_sign(self, number: int) -> bool:
        if number not in self._signed:
            self._signed[number] = _SIGN.search(self._body[number].text) is not None
        return self._signed[number]

    def _follows(self, number: int) -> bool:
        return _FOLLOW.search(self._body[number].text) is not None

    def _is_label(self, number: int) -> bool:
        text = self._body[number].text
        return len(text) <= _LONGEST_LABEL and _LABEL.fullmatch(text) is not None and text not in self._title

    def _is_paragraph(self, number: int) -> bool:
        block = self._body[number]
        return block.kind != "heading" and width(block.text) >= _PROSE and not self._has_sign(number)

    def _pleads(self, number: int) -> bool:
        """Whether all of it would go as a line at an article's end."""
        block = self._body[number]
        if len(block.text) > 3 * _LONGEST_PLEA or block.kind == "quote" or not self._has_sign(number):
            return False
        if not (_URGED.search(block.text) or self._follows(number)):
            return False
        return width(block.text) <= _LONGEST_PLEA and is_plea(block.text)


def _head(body: Sequence[Block]) -> int:
    paragraphs = 0
    for number, block in enumerate(body[:_HEAD]):
        paragraphs += len(block.text) >= _PROSE
        if paragraphs == _OPENING:
            return number + 1
    return _HEAD


def _spoken(sentence: str, own: Set[str]) -> bool:
    """Whether one clause has a word of an account's own and who speaks, or is spoken to."""
    return bool(own) and any(
        _VOICE.search(clause) and any(word in clause for word in own) for clause in _CLAUSE.split(sentence)
    )
