"""The foot of a page: the short lines beneath an article, only some of which a rule knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..lines import Line, width

_MOST = 40  # lines of a foot
_UNKNOWN = 2  # lines that no rule knows, beneath one that a rule knows
_SHARE = 2  # as many for each, beneath several
_LABEL = 16  # Chinese characters of a line that may end as a sentence does
_CLEARLY = re.compile(
    r"(?:【|©\s?)?\w.{4,}(?<![:：])\Z"
)  # no rule, mark or number of a verse, nor the head of a list


def beneath(lines: Sequence[Line], is_known: Callable[[Line], bool]) -> int:
    """How many last lines stand beneath one that is known to be no text and are none themselves, short and no
    sentence. The last one is none that is known."""
    known = unknown = most = 0
    for below, line in enumerate(reversed(lines[-_MOST:])):
        if below and is_known(line):
            known += 1
            if (known > 1 or _CLEARLY.match(line.text)) and unknown <= max(
                _UNKNOWN, _SHARE * known * (known > 1)
            ):
                most = below
        elif line.quote or line.code or line.verse or not _is_label(line, after=known):
            break
        else:
            unknown += 1
    return most


def _is_label(line: Line, *, after: int) -> bool:
    """Whether it may be a label or a name. A sentence may, where something `after` it is known to be no text."""
    return line.is_stray or (after > 0 and (line.heading or width(line.text) < _LABEL))
