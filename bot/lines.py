"""A line of text with what its markup says about it; and lines that were broken by hand: those of mails, which are put
together again, and those of verses, which are not."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_FEWEST = 3  # lines of one element that say how it was broken
_WRAPPED = (24, 60)  # Chinese characters at which mails and old editors break lines
_RAGGED = 4  # how much shorter a full line is where the next word did not fit
_FULL = 0.6  # the share of full lines in what was broken at a width
_OPEN = 0.5  # the share of full lines that end in the middle of a sentence
_VERSE = (4, 22)  # Chinese characters of a verse
_UNEVEN = 8  # between the verses of one stanza

_NARROW = 40  # Chinese characters: longer lines are no bylines
_ROW = 3  # numbers in a line that is a table's row
_CLAUSES = 2  # commas in a line that is more than names

_NUMBER = re.compile(r"(?:^|(?<=\s))[-+]?\d[\d.,]*%?(?=\s|\Z)")
_OF_TEXT = re.compile(
    r"[；;，]\Z|.{9}[：:]\Z|\A(?:[一二三四五六七八九十]{1,3}、|\d{1,2}[.、])"
)  # no byline, though no sentence
_ENTRY = re.compile(r"\d|[（(]\d|[A-Za-z]\W|[一二三四五六七八九十]{1,3}、")  # of a list
_NO_VERSE = re.compile(r"[0-9A-Za-z:：/／|｜@＠#。；;]")
_TERMINATED = re.compile(r"[。｡！？!?.…][”’」』）》】)\]\"']*\Z")
_WIDE = re.compile("[\u2e80-\U0010ffff]+")  # what comes before is Latin, or as narrow


@dataclass(frozen=True)
class Line:
    """A line of text with what its markup says about it. Shares are of its characters, from 0 to 1."""

    text: str
    heading: bool = False
    quote: bool = False
    item: bool = False
    code: bool = False  # as it was typed, for a machine
    teaser: bool = False  # a container says that it is the outlet's own
    links: float = 0.0
    bold: float = 0.0
    italic: float = 0.0
    pictured: bool = False  # it shares its element with a picture
    verse: bool = False  # it is one of a stanza's

    @functools.cached_property
    def is_terminated(self) -> bool:
        """Whether it ends as a sentence does."""
        return _TERMINATED.search(self.text) is not None

    @functools.cached_property
    def is_stray(self) -> bool:
        """Whether it is a byline, a section's name or the like, by its looks: short, and no sentence; no subtitle of
        several clauses or table's row."""
        if self.item or self.verse or self.is_terminated:
            return False
        is_short = width(self.text) < _NARROW and not _OF_TEXT.search(self.text)
        return is_short and self.text.count("，") < _CLAUSES and len(_NUMBER.findall(self.text)) < _ROW

    @functools.cached_property
    def is_prose(self) -> bool:
        """Whether it is a paragraph, by its looks: long, or a sentence of some length."""
        length = width(self.text)
        return length >= 80 or (length >= 15 and self.is_terminated)


def width(line: str) -> float:
    """Length in Chinese characters: a Latin one counts 0.4, which makes sentences of both scripts comparable."""
    return len(line) - 0.6 * len(_WIDE.sub("", line))


def mended(lines: Sequence[Line]) -> list[Line]:
    """The lines of one element, as many as its text has: joined where they were only broken at a width, and marked
    where they are verses."""
    widths = [width(line.text) for line in lines]
    if len(lines) < _FEWEST or not widths:
        return list(lines)
    if _is_wrapped(lines, widths):
        return _joined(lines, widths)
    return [replace(line, verse=True) for line in lines] if _is_stanza(lines, widths) else list(lines)


def _is_wrapped(lines: Sequence[Line], widths: Sequence[float]) -> bool:
    least, most = _WRAPPED
    if not least <= max(widths) <= most:
        return False
    if sum(_ENTRY.match(line.text) is not None or line.item for line in lines) > 1:
        return False
    full = [line for line, its in zip(lines, widths, strict=True) if its >= max(widths) - _RAGGED]
    if len(full) < max(2, _FULL * (len(lines) - 1)):
        return False
    return sum(not line.is_terminated for line in full) >= _OPEN * len(full)


def _joined(lines: Sequence[Line], widths: Sequence[float]) -> list[Line]:
    paragraphs: list[list[Line]] = [[]]
    for line, its in zip(lines, widths, strict=True):
        paragraphs[-1].append(line)
        if its < max(widths) - _RAGGED:
            paragraphs.append([])
    return [_as_one(parts) for parts in paragraphs if parts]


def _as_one(parts: Sequence[Line]) -> Line:
    text = ""
    for part in parts:
        gap = " " if text and text[-1].isascii() and part.text[0].isascii() else ""
        text += gap + part.text
    length = sum(len(part.text) for part in parts) or 1
    shares = {
        name: sum(getattr(part, name) * len(part.text) for part in parts) / length
        for name in ("links", "bold", "italic")
    }
    return replace(parts[0], text=text, pictured=any(part.pictured for part in parts), **shares)


def _is_stanza(lines: Sequence[Line], widths: Sequence[float]) -> bool:
    least, most = _VERSE
    if min(widths) < least or max(widths) > most or max(widths) - min(widths) > _UNEVEN:
        return False
    return not any(_NO_VERSE.search(line.text) or line.heading or line.links > 0 for line in lines)
