"""The rules about what is not the article, which are data: boilerplate.toml, and the operator's own patterns."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..model import LineRule

if TYPE_CHECKING:
    import re2

RULES: Final[Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_name("boilerplate.toml").read_text("utf-8")
)


def alternatives(names: Iterable[str]) -> str:
    """A pattern for any of these names. A Latin one must not begin or end within a word."""
    longest_first = sorted(names, key=len, reverse=True)
    return (
        "(?:" + "|".join(rf"\b{re.escape(n)}\b" if n.isascii() else re.escape(n) for n in longest_first) + ")"
    )


PICTURES: Final[Mapping[str, Any]] = RULES["pictures"]  # for bot/pictures.py
TAGS: Final[Mapping[str, Sequence[str]]] = RULES["tags"]  # for bot/clean.py
AGENCIES: Final[Mapping[str, str]] = RULES["agencies"]
NAMES: Final[Mapping[str, str]] = RULES["names"]


def filled(pattern: str) -> re.Pattern[str]:
    """With the names of all agencies and outlets in it."""
    named = pattern.replace("{agency}", alternatives(AGENCIES)).replace("{outlet}", alternatives(NAMES))
    return re.compile(named)


class Rules:
    """Patterns for lines. Those for a line's start are tried there alone: a search would try them at each character.

    `own` are the operator's: RE2, so that none of them can hang the bot.
    """

    def __init__(self, patterns: Sequence[str], own: Sequence[str] = ()) -> None:
        self._own = [compiled(pattern) for pattern in own]
        self._start = self._joined([pattern for pattern in patterns if pattern.startswith("^")])
        self._within = self._joined([pattern for pattern in patterns if not pattern.startswith("^")])

    @staticmethod
    def _joined(patterns: Sequence[str]) -> re.Pattern[str] | None:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None

    def take(self, line: str) -> bool:
        """Whether one of them is for this line."""
        if self._start is not None and self._start.match(line):
            return True
        if self._within is not None and self._within.search(line):
            return True
        return any(pattern.search(line) for pattern in self._own)


def compiled(pattern: str) -> re2._Regexp[str]:
    """An operator's pattern. Raises ValueError, which says what is wrong with it."""
    import re2  # only here: two megabytes, and most operators have no patterns

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "no regular expression"
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from error


def rules_for(where: str, own: Sequence[LineRule] = ()) -> Rules:
    """Those for lines at this place: what ships, and the operator's own."""
    return Rules(
        [pattern for rule in RULES["lines"] if rule["where"] == where for pattern in rule["match"]],
        [pattern for rule in own if rule.where == where for pattern in rule.match],
    )


class Places(NamedTuple):
    """The rules that an operator may add to."""

    anywhere: Rules
    head: Rules
    tail: Rules
    cut: Rules


@functools.lru_cache(maxsize=64)
def places(own: tuple[LineRule, ...]) -> Places:
    """What ships, with an operator's own."""
    return Places(
        rules_for("any", own), rules_for("head", own), rules_for("tail", own), rules_for("cut", own)
    )
