"""Where sentences end, in Chinese, Japanese and Latin script, and how they are put together again.

A sentence is never cut inside quotation marks, brackets or a title's 《》, and who said it stays with what was
said: `“……。”他说。` is one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_QUOTES = {"“": "”", "「": "」", "『": "』", "‘": "’", "«": "»"}
_BRACKETS = {"（": "）", "(": ")", "《": "》", "〈": "〉", "【": "】", "[": "]", "〔": "〕", "［": "］"}
_CLOSING = {**_QUOTES, **_BRACKETS}
_OPENED = {closer: opener for opener, closer in _CLOSING.items()}
_MARK = re.compile("[" + re.escape("".join(_CLOSING) + "".join(_OPENED)) + '"＂]')
_FULL_STOPS = frozenset("。｡！？")
_STOP = re.compile(r"[\n。｡！？!?.…]+")
_CJK = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_CJK_BEFORE = re.compile(f"[{_CJK}”’]")
_CLOSERS = "".join(_OPENED) + "\"'"
_TERMINATORS = ("。", "｡", "！", "？", "!", "?", ".")
# What follows a quotation that ended in a full stop, and shows that the sentence goes on.
_GOES_ON = re.compile(
    r"\s*(?:[，、；：,;:。！？—…)）」』”’》】]|的(?![确士])|等(?=[，。、词詞话話])|之(?=[类類说說称稱语語词詞])|[a-z])"
)
_SAID = re.compile(
    r"\s?[^。！？!?，,：:；;“”「」『』\"\n]{0,14}?(?:(?<![小传傳])[说說]|[称稱问問道]|表示|指出|强调|強調|回答|解释|解釋|补充|補充|警告|感叹|感嘆|报道|報導)"
    r"(?!题|題)[^。！？!?，,：:；;“”「」『』\"\n]{0,4}[。！？]"
    # However much is told of the speaker, if nothing follows what says that they spoke.
    r"|[^。！？!?：:；;“”「」『』\"\n]{1,48}?(?:(?<![小传傳学學据據])[说說]|说道|說道|表示|指出|强调|強調|回答|解释|解釋|补充|補充|感叹|感嘆)"
    r"(?:我们|我們|记者|記者|他|她|着|著|道){0,2}[。！]"
)
# A question or a cry within a sentence that names it, and does not say who speaks: 如何看待“……？”也被删除。
_NAMES_A_QUOTATION = re.compile(r"[\w）》](?<![说說道问問喊叫喝吼嚷嘆叹答曰称稱写寫念读讀句])\Z")
_NEXT_QUOTATION = re.compile(r"\s*[“「『‘«\"]")
_WORD_BEFORE = re.compile(r"""(?:^|[\s(“‘"'])([A-Za-z][A-Za-z.]{0,11})\Z""")
_ABBREVIATION = re.compile(
    r"(?:[A-Za-z]|[A-Za-z.]*\.[A-Za-z]|mr|mrs|ms|dr|prof|rev|hon|st|mt|sen|rep|gov|gen|col|capt|lt|sgt|adm|pres|jr|sr"
    r"|inc|corp|ltd|co|bros|vs|etc|cf|al|approx|dept|est|fig|no|vol|pp|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """The text's sentences, in order, without the spaces around them; what no full stop ends comes as it is.

    Linear time. Only what its paragraph leaves open is unbalanced, and that runs to the paragraph's end.
    """
    found = []
    for line in text.split("\n"):
        start = 0
        for end in _ends(line):
            if sentence := line[start:end].strip():
                found.append(sentence)
            start = end
    return found


def join(parts: Iterable[str]) -> str:
    """Sentences in a row: a space where a Latin one ends, none after a Chinese one."""
    joined = ""
    for part in parts:
        gap = " " if joined and not _CJK_BEFORE.match(joined[-1]) else ""
        joined += gap + part
    return joined


def is_whole(sentence: str) -> bool:
    """Whether it ends as a sentence does and closes every quotation mark and bracket that it opens."""
    return (
        sentence.rstrip(_CLOSERS).endswith(_TERMINATORS)
        and not sentence.endswith(("...", "…"))
        and is_balanced(sentence)
    )


def is_balanced(text: str) -> bool:
    """Whether quotation marks and brackets come in pairs; apostrophes and the `)` of `1)` are neither."""
    return not _pairs(text)[1]


def _pairs(text: str) -> tuple[dict[int, int], set[int]]:
    """Where each mark that is opened is closed, and the marks without a partner."""
    pairs: dict[int, int] = {}
    loose: set[int] = set()
    if not _MARK.search(text):
        return pairs, loose
    open_: list[tuple[int, str]] = []
    waiting: dict[str, int] = {}
    straight = [m.start() for m in re.finditer('["＂]', text)]
    if len(straight) % 2:
        loose.update(straight)
    closing_straight = set(straight[1::2])
    for match in _MARK.finditer(text):
        at, mark = match.start(), '"' if match[0] == "＂" else match[0]
        if mark == '"':
            if len(straight) % 2:
                continue
            opener = '"' if at in closing_straight else ""
        else:
            opener = _OPENED.get(mark, "")
        if not opener:
            if not (mark == "‘" and _is_apostrophe(text, at)):
                open_.append((at, mark))
                waiting[mark] = waiting.get(mark, 0) + 1
        elif waiting.get(opener):
            while True:  # what was opened inside and not closed is loose
                begin, begun = open_.pop()
                waiting[begun] -= 1
                if begun == opener:
                    pairs[begin] = at
                    break
                loose.add(begin)
        elif not _is_apostrophe(text, at) and not _is_numbering(text, at):
            loose.add(at)
    loose.update(at for at, _ in open_)
    return pairs, loose


def _is_apostrophe(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return text[at] in "‘’" and (
        (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())
    )


def _is_numbering(text: str, at: int) -> bool:
    return (
        text[at] in ")）" and re.search(r"(?:^|[\s。；;，,])\w{1,2}\Z", text[max(0, at - 3) : at]) is not None
    )


def _ends(line: str) -> list[int]:
    """The offsets at which the line's sentences end, the last one its length."""
    pairs, loose = _pairs(line)
    stops = {stop.start(): stop.end() for stop in _STOP.finditer(line)}
    ends: list[int] = []
    start = at = 0
    for position in sorted({*pairs, *loose, *stops}) if pairs or loose else stops:
        if position < at:
            continue
        if position in pairs:
            close = pairs[position]
            at = close + 1
            if _closes_sentence(line, start, position, close):
                ends.append(at)
        elif position in loose:
            if line[position] in _CLOSING or line[position] in '"＂':
                break  # opened and never closed: nobody knows where the quotation ends
            at = position + 1
        else:
            at = stops[position]
            while at < len(line) and at in loose and line[at] in _OPENED:
                at += 1
            if _stops(line, position, at):
                ends.append(at)
        start = ends[-1] if ends else 0
    if not ends or ends[-1] < len(line):
        ends.append(len(line))
    return ends


def _closes_sentence(line: str, start: int, opening: int, close: int) -> bool:
    """Whether a sentence ends with the quotation (or bracket) from `opening` to `close`."""
    inner = line[max(opening, close - 4) + 1 : close].rstrip("".join(_OPENED) + '"＂')
    if not inner or inner[-1] not in "。｡！？!?.":
        return False
    if line[opening] in _BRACKETS:
        return line[opening] in "（(" and not line[start:opening].strip() and close + 1 < len(line)
    if inner[-1] in "？！?!" and _NAMES_A_QUOTATION.search(line[max(start, opening - 1) : opening]):
        return not line[close + 1 :].strip() or _NEXT_QUOTATION.match(line, close + 1) is not None
    return not _GOES_ON.match(line, close + 1) and not _SAID.match(line, close + 1)


def _stops(line: str, start: int, end: int) -> bool:
    """Whether the punctuation from `start` to `end`, outside all marks, ends a sentence."""
    run = line[start:end]
    after = line[end : end + 1]
    if not _FULL_STOPS.isdisjoint(run):
        return True
    if not after:
        return True
    if set(run) <= {"…"} or run.startswith(".."):
        return False
    before = line[start - 1 : start]
    if _CJK_BEFORE.match(before):
        return not (after.isascii() and after.isalnum())
    if not after.isspace():
        return run[0] in "!?" and _CJK_BEFORE.match(after) is not None
    following = line[end : end + 8].lstrip()[:1]
    if following.islower():
        return False
    if run == ".":
        word = _WORD_BEFORE.search(line[max(0, start - 14) : start])
        if word and _ABBREVIATION.fullmatch(word[1]):
            return (
                word[1].lower() in ("no", "etc", "inc", "co", "corp", "ltd")
                and not following.isdigit()
                and (following.isascii() or following in "“‘")
            )
    return True
