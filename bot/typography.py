"""Mechanical repairs of text from outside. Words, script and the source's own style of quotes are never changed."""

from __future__ import annotations

import re
from itertools import pairwise

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
# What a pretty-printer leaves where an element begins or ends within a line: two texts, each on lines of its own.
# Whether a space was between them is lost.
# It begins with a line break, no blank, so that a search passes over a long row of blanks once.
_TORN = re.compile(r"\n[ \t\r]*\n[ \t\r\n]*")
_OPENING, _CLOSING = "([{<“‘$€£¥#@", ")]}>”’,.;:!?%…"
_FULL_WIDTH = re.compile("[\u3001-\u303f\uff01-\uff60]")
_CURLY = "“”‘’…—"
_TYING = "-–—/·•&+_="  # words on both sides, unless there is a space on one
_LIST = frozenset("/·•")
_APOSTROPHE = re.compile(r"'(?:(?:s|t|d|m|re|ll|ve)\b|\W|\Z)")
_INITIAL = re.compile(r"\A\s*[B-HJ-NP-Z]\Z")  # of a paragraph, set apart; the other letters are words
_SCRIPTS = re.compile("[\u4e00-\u9fff]( ?)[A-Za-z0-9]|[A-Za-z0-9]( ?)[\u4e00-\u9fff]")
_LATIN, _PHRASE = re.compile("[A-Za-z]"), re.compile("[A-Za-z] [A-Za-z]")
_SIGNED = re.compile(r"[@#＠＃]\w{1,30}\Z")  # a name, which a space ends
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
    text = _pair(text).replace("\ufe30", "：")  # two dots above each other, for vertical text
    return _unreverse(_GAP.sub(r"\1", text) if " " in text else text)


def is_torn(text: str) -> bool:
    """Whether a pretty-printer has broken this line where elements within it begin and end."""
    return "\n" in text and _TORN.search(text) is not None


def is_spaced(text: str) -> bool:
    """Whether who wrote it puts spaces between Chinese and Latin characters."""
    gaps = [one or other for one, other in _SCRIPTS.findall(text)]
    return gaps.count(" ") > gaps.count("")


def rejoin(text: str, *, spaced: bool) -> str:
    """A line that was torn, with a space in each place where its writer would have put one: words stay apart, and
    signs where they belong. `spaced`: so do Chinese and Latin characters."""
    pieces = [piece for broken in _TORN.split(text) if (piece := broken.rstrip(" \t\r"))]
    is_han = _HAN.search(text) is not None
    if len(_PHRASE.findall(text)) > 1 and len(_LATIN.findall(text)) > 2 * len(_HAN.findall(text)):
        spaced = True  # a Latin line with Chinese words in it
    parts = pieces[:1]
    quotes = 0
    for left, right in pairwise(pieces):
        quotes += len(_STRAIGHT.findall(left))
        if len(parts) == 1 and _INITIAL.match(left) and right[0].islower():
            apart = False
        elif _SIGNED.search("".join(parts[-2:])[-31:]):
            apart = right[0] not in _CLOSING
        else:
            apart = _are_apart(left, right, quoted=quotes % 2 == 1, spaced=spaced, is_han=is_han)
        parts += [" ", right] if apart else [right]
    return "".join(parts)


def _are_apart(left: str, right: str, *, quoted: bool, spaced: bool, is_han: bool) -> bool:
    before, after = left[-1], right[0]
    if before.isspace() or after.isspace():
        return True
    if _STRAIGHT.match(after) or _STRAIGHT.match(before):
        return not quoted
    if before in _OPENING or after in _CLOSING or _APOSTROPHE.match(right):
        return False
    if is_han and (before in _CURLY or after in _CURLY):
        return False
    if _FULL_WIDTH.match(before) or _FULL_WIDTH.match(after) or (is_han and {before, after} & _LIST):
        return False
    if before in ".,:;!?" or after in "#@":
        return True
    han = (_HAN.match(before) is not None) + (_HAN.match(after) is not None)
    if not (spaced and han) and (
        (after in _TYING and right[1:] and not right[1].isspace())
        or (before in _TYING and left[:-1] and not left[-2].isspace())
    ):
        return False
    return spaced if han == 1 else han == 0


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
