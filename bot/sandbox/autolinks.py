"""What Telegram makes clickable by itself: links, @mentions, #tags, /commands, e-mail addresses."""

from __future__ import annotations

import re
from typing import Any

Entity = dict[str, Any]

_PATTERNS = (
    (
        "url",
        re.compile(
            r"(?<![\w@/])(?:https?://[^\s<>\"']+|t\.me/[^\s<>\"']+|(?:[\w-]+\.)+(?:com|org|net|int|cn|de|fr|tw|hk)\b(?:/[^\s<>\"']*)?)",
            re.I,
        ),
    ),
    ("email", re.compile(r"(?<![\w.@])[\w.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}\b")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{2,31}\b(?!@)")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>@])", re.A)),
    ("hashtag", re.compile(r"(?<!\w)#(?=\w*[^\W\d_])\w{1,256}(?![\w#])")),
)
KINDS = tuple(kind for kind, _ in _PATTERNS)
_TRAILING = ".,:;!?)]}'\"，。：；！？）】》」』、"


def units(text: str) -> int:
    """The length in UTF-16 code units, which is what offsets and lengths of entities count."""
    return len(text) + sum(character > "\uffff" for character in text)


def find_entities(text: str) -> list[Entity]:
    """The entities that nobody marked, in order, without overlaps."""
    taken: list[tuple[int, int, str]] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind == "url":
                end = start + len(match[0].rstrip(_TRAILING))
            if all(end <= s or start >= e for s, e, _ in taken):
                taken.append((start, end, kind))
    return [
        {"type": kind, "offset": units(text[:start]), "length": units(text[start:end])}
        for start, end, kind in sorted(taken)
    ]
