"""Mechanical repairs of text from outside. Words, script and the source's own style of quotes are never changed."""

from __future__ import annotations

import re

# Zero-width space, soft hyphen, direction marks, controls, lone surrogates. The joiners U+200C and
# U+200D stay: Persian and emoji need them.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_SOLID = "\u2e80-\u30ff\u31f0-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff“”‘’…—"
# The space behind @somebody or #something is where the name ends.
_GAP = re.compile(
    rf"([@#＠＃][^\s@#＠＃。，、；：！？]{{1,30}} (?![。，、；：！？）》」』]))"
    rf"|(?<=[{_SOLID}]) (?=[{_SOLID}])| (?=[。，、；：！？）》」』])"
)
_STRAIGHT = re.compile('["＂]')
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def tidy(text: str) -> str:
    """The text on one line, without invisible characters; for titles, where a space separates clauses.

    U+3000 and no-break spaces are spaces, too.
    """
    return " ".join(INVISIBLE.sub("", text).split())


def typeset(text: str) -> str:
    """One paragraph of running text: tidied, without the gaps that pretty-printing left between solid
    characters, and with its quotation marks paired where what is meant is certain."""
    text = tidy(text)
    if not _HAN.search(text):
        return text
    text = _pair(text)
    return _unreverse(_GAP.sub(r"\1", text) if " " in text else text)


def _pair(text: str) -> str:
    marks = [mark.start() for mark in _STRAIGHT.finditer(text)]
    if not marks or len(marks) % 2:
        return text
    opening = marks[::2]
    if any(i and text[i - 1] in "0123456789" for i in opening):  # inches
        return text
    characters = list(text)
    for i, j in zip(opening, marks[1::2], strict=True):
        characters[i], characters[j] = "“", "”"
    return "".join(characters)


def _unreverse(text: str) -> str:
    if text.find("“") <= text.find("”"):  # neither is there, or an opening mark comes first
        return text
    marks = re.findall("(.?)([“”])", text)
    quotes = "".join(mark for _, mark in marks)
    if not quotes or quotes != "”“" * (len(quotes) // 2):
        return text
    # A paragraph from the middle of a long quotation looks the same, but closes after a full stop.
    if any(before in "。！？…" for before, mark in marks if mark == "”" and before):
        return text
    return text.translate({ord("“"): "”", ord("”"): "“"})
