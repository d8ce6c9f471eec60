"""What accounts and blogs write around an article in whole sentences: of themselves, of the series, to their readers.

It changes faster than rules for whole lines can follow, and news is written in the same words. So nothing is taken
off here: a sentence only loses its place in summaries. One word says little; two that meet near an article's
beginning or end say enough, unless the article is about them. Which words, and which headings, is data
(boilerplate.toml).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence, Set

from .boilerplate import is_plea
from .lines import width
from .model import Block
from .rules import RULES

_HEAD, _TAIL = 10, 8  # blocks, at most
_OPENING = 3  # paragraphs, with which the head ends
_LONGEST_LABEL = 40  # characters of a line that heads what is no longer the article
_PROSE = (
    40  # Chinese characters of a block that is a paragraph of the article, unless something speaks against it
)
_GOES_ON = 3  # paragraphs in a row that are the article going on beneath a plea
_LONGEST_PLEA = 120  # Chinese characters
_MOST_BLOCKS, _MOST_PARAGRAPHS = 30, 5  # that are looked at from the end
_MOST_SHARE = 0.5  # of a text that is beneath such a line
_ABOVE = 3  # paragraphs that an article has beneath what is above it
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
_TOLD = re.compile(_FRINGE["told"])
_CLAUSE = re.compile("[，。；！,;!]")
_LABEL = re.compile(_FRINGE["label"])
_ITSELF, _ALOUD = re.compile(_FRINGE["itself"]), re.compile(_FRINGE["aloud"])


class Fringe:
    """Where an article's text ends and what is around it begins."""

    def __init__(self, title: str, body: Sequence[Block]) -> None:
        self._title = title
        self._body = body
        self._first = min(_head(body), len(body) // 3)
        self._last = len(body) - min(_TAIL, len(body) // 2)
        self._text = range(self._above(), self._below())

    def holds(self, sentence: str, number: int) -> bool:
        """Whether this sentence of the block `number` is not of the article, but beside it."""
        if number not in self._text:
            return True
        if self._first <= number < self._last:
            return False
        return self.tells(sentence)

    def tells(self, sentence: str) -> bool:
        """Whether it would be, wherever it stands at the edge."""
        return _ITSELF.match(sentence) is not None or self._is_plea(sentence)

    def _is_plea(self, sentence: str) -> bool:
        said = set(_SIGN.findall(sentence))
        if said and _ALOUD.search(sentence):
            return True
        signs = {word for word in said if word not in self._title}
        enough = _ENOUGH if len(signs) == len(said) else _ENOUGH + 1
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
        return "\n".join(block.text for block in self._body[self._first : self._last])

    def _above(self) -> int:
        """How many blocks are above the text: to where its readers are asked to follow an account."""
        pleas = [i for i, block in enumerate(self._body[: self._first]) if _pleads(block)]
        above = pleas[-1] + 1 if pleas else 0
        if any(width(block.text) > 2 * _PROSE for block in self._body[:above]):
            return 0
        return above if sum(map(_is_paragraph, self._body[above:])) >= _ABOVE else 0

    def _below(self) -> int:
        """Where what is below the text begins: its topmost heading or plea with nothing of the article beneath."""
        body, end = self._body, len(self._body)
        whole = sum(len(block.text) for block in body)
        taken = paragraphs = 0
        for number in range(end - 1, max(0, end - _MOST_BLOCKS), -1):
            taken += len(body[number].text)
            if taken > _MOST_SHARE * whole:
                break
            if self._is_label(body[number]) or (paragraphs < _GOES_ON and _pleads(body[number])):
                end, paragraphs = number, 0
            elif _is_paragraph(body[number]):
                paragraphs += 1
                if paragraphs > _MOST_PARAGRAPHS:
                    break
        return end

    def _is_label(self, block: Block) -> bool:
        if len(block.text) > _LONGEST_LABEL or _LABEL.fullmatch(block.text) is None:
            return False
        return block.text not in self._title


def _head(body: Sequence[Block]) -> int:
    paragraphs = 0
    for number, block in enumerate(body[:_HEAD]):
        paragraphs += len(block.text) >= _PROSE
        if paragraphs == _OPENING:
            return number + 1
    return _HEAD


def _is_paragraph(block: Block) -> bool:
    return (
        block.kind != "heading"
        and width(block.text[:400]) >= _PROSE
        and _SIGN.search(block.text[:400]) is None
    )


def _pleads(block: Block) -> bool:
    """Whether all of it would go as a line at an article's end."""
    text = block.text
    if len(text) > 3 * _LONGEST_PLEA or block.kind == "quote" or _SIGN.search(text) is None:
        return False
    return width(text) <= _LONGEST_PLEA and is_plea(text)


def _spoken(sentence: str, own: Set[str]) -> bool:
    """Whether one clause has a word of an account's own and who speaks, or is spoken to."""
    return bool(own) and any(
        _VOICE.search(clause) and any(word in clause for word in own) for clause in _CLAUSE.split(sentence)
    )
