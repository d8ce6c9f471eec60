"""A list of an article's own headings, which stands above them: it is no text, and says nothing twice as well."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .. import text
from ..lines import Line, width

_FEWEST = 3  # headings that are listed
_LISTED = 0.6  # the share of a list that are headings; others are of deeper sections
_LONGEST, _LONGEST_NAME = 40, 6  # Chinese characters of a heading, and of what the list is called
_BOLD = 0.9  # the share of a line from which it may be a heading

_NUMBER = re.compile(
    r"\A\W*(?:第?[一二三四五六七八九十]{1,3}(?:[章节節讲講]|(?=[、.．]))|\d{1,2}(?:\.\d{1,2})*(?![\d:：]))\W*"
)


def without_contents(lines: list[Line]) -> list[Line]:
    """Without a list in which most items are headings further down, and without what it is called."""
    if sum(map(_is_listed, lines)) < _FEWEST:
        return lines
    headings = {key: i for i, line in enumerate(lines) if _is_heading(line) and (key := _key(line))}
    if len(headings) < _FEWEST:
        return lines
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and _is_listed(lines[end]):
            end += 1
        if _are_contents(lines[start:end], headings, end):
            named = start > 0 and lines[start - 1].is_stray and width(lines[start - 1].text) <= _LONGEST_NAME
            return lines[: start - named] + lines[end:]
        start = end + 1
    return lines


def _are_contents(listed: Sequence[Line], headings: dict[str, int], end: int) -> bool:
    found = sum(headings.get(_key(line), -1) >= end for line in listed)
    return found >= _FEWEST and found >= _LISTED * len(listed)


def _is_listed(line: Line) -> bool:
    return (line.item or line.links > _BOLD) and not line.heading and width(line.text) <= _LONGEST


def _is_heading(line: Line) -> bool:
    is_set_off = line.heading or (line.bold >= _BOLD and not line.item)
    return is_set_off and not line.code and width(line.text) <= _LONGEST


def _key(line: Line) -> str:
    return text.letters(text.fold(_NUMBER.sub("", line.text)))
