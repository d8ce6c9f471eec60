"""What stands where a page has its readers' comments: those, or the article itself."""

from __future__ import annotations

from collections.abc import Sequence

from ..lines import Line, width
from .rules import places, rules_for

_LONGEST = 80  # characters of what is written around a comment
_INTRO = 300  # characters of what may be no more than an article's introduction
_ESSAY = 60  # Chinese characters of a paragraph, on average: people do not comment at such length
_WIDE = 0.7  # width to characters, where more than half of them are Chinese

_REPLY = rules_for("reply")


def are_contributions(own: Sequence[Line], there: Sequence[Line], said: Sequence[Line]) -> bool:
    """Whether the paragraphs `there` are the article's as the paragraphs `own` are: the parts of a conversation, or
    all but its introduction. `said` is all that stands there."""
    if not own:
        return True
    if not there or _is_wide(own) != _is_wide(there) or any(map(_is_around, said)):
        return False
    if len(own) == 1 and len(own[0].text) < _INTRO:
        return True
    length = sum(width(line.text) for line in there)
    return length >= sum(width(line.text) for line in own) and length >= _ESSAY * len(there)


def are_headed(line: Line) -> bool:
    """Whether comments are beneath this line, if they are any."""
    return len(line.text) <= _LONGEST and places(()).cut.take(line.text)


def _is_around(line: Line) -> bool:
    return len(line.text) <= _LONGEST and _REPLY.take(line.text)


def _is_wide(lines: Sequence[Line]) -> bool:
    return sum(width(line.text) for line in lines) > _WIDE * sum(len(line.text) for line in lines)
