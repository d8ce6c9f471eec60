"""What around an article is not the article: rules over lines of text, all of them data in boilerplate.toml.

Rules for an article's end apply only while trimming from its end, and those for its start only from its start:
a paragraph in the middle that reads like a rights notice is news about one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from .. import text
from ..lines import Line, width
from ..model import LineRule
from .contents import without_contents
from .foot import beneath
from .rules import AGENCIES, NAMES, RULES, Rules, alternatives, filled, places, rules_for

_LONGEST = 420  # characters of a line that a rule may still take for boilerplate
_LONGEST_NOTE = 250
_HEADS_NOTICE = 6  # characters of a line that a rights notice stands beneath
_STANDFIRST = 30  # Chinese characters, at least
_SLANTED = 0.9  # the share of a line that is in italics, from which it is set apart
_ENOUGH_UPRIGHT = 2  # paragraphs in an article that is not itself in italics
_LINKED = 0.9  # the share of a line that is in links, from which it is a list of them
_SIGNATURE = 4  # last lines, of which one may say again who wrote the article
_CAPTIONED = 2  # times that an author's name stands alone: beneath a picture, and above what is told of them
_LONGEST_ABOUT = 60  # characters of a line that names an author, and says that the next is about them
_SPOKEN = re.compile("(?!.{1,8}[:：]|.*(?:《|作者|[来來]源)).{9}.*，.{5}")  # what is said, not who says it
_MOST_STRAY = 4  # short lines above the text; more are verses, or a text whose lines were broken by hand
_VERSE = 5  # Chinese characters, at least
_NAME = 20  # Chinese characters: longer items beside a reporter's are no names
_MOST_MARKS = 8  # that are taken off the ends of lines; each is searched for anew
_ABOVE_FOOT = 0.4  # of a text, at least, is above what heads the rest as an account's
_HEAD, _CARD = 12, 5  # lines in which an account is named whose text it is, and beneath which it is shown
_LONGEST_CARD = 120  # Chinese characters that it says about itself
_ENOUGH_BENEATH = 2  # paragraphs of a text that is passed on
_IMPRINT, _ABOVE_IMPRINT = 400, 0.6  # characters beneath what heads who made it, at most; of a text, at least
_FULL, _UNSTOPPED = (
    12,
    4,
)  # Chinese characters; paragraphs as long, without a full stop, whose author uses none


@dataclass(slots=True)
class Trimmed:
    """An article's own lines, and what the lines around it said."""

    lines: list[Line]
    credits: list[str] = field(default_factory=list)
    rights_notice: str = ""
    outlet: str = ""


_OUTLETS: Final[Mapping[str, str]] = RULES["outlets"]
_AGENCY = re.compile(alternatives(AGENCIES))
_RIGHTS, _LABEL, _GALLERY = rules_for("rights"), rules_for("label"), rules_for("gallery")
_CAPTION, _FOOT, _HEADS_IMPRINT = rules_for("caption"), rules_for("foot"), rules_for("imprint")
_DATELINES = [filled(pattern) for pattern in RULES["paragraphs"]["dateline"]]
_END_MARKS = [filled(pattern) for pattern in RULES["paragraphs"]["end_mark"]]
_CREDITS = [filled(pattern) for pattern in RULES["paragraphs"]["credit"]]
_INLINE = filled(RULES["paragraphs"]["inline"])
_ASIDE = filled(RULES["paragraphs"]["aside"])
_LEAD_IN = filled(RULES["paragraphs"]["lead_in"])
_BYLINE = filled(RULES["paragraphs"]["byline"])
_ABOUT = filled(RULES["paragraphs"]["about"])
_SOURCE = filled(RULES["paragraphs"]["source"])
_BIO = filled(RULES["paragraphs"]["bio"])
_NOTE = filled(RULES["paragraphs"]["note"])
_TEASER = filled(RULES["paragraphs"]["teaser"])
_NAMED = filled(RULES["paragraphs"]["names"])
_RIGHTS_OUTLET = filled(RULES["paragraphs"]["rights_outlet"])


# Lines


def trim(lines: Sequence[Line], title: str, own: tuple[LineRule, ...] = ()) -> Trimmed:
    """Take off what is before, after and between an article's own lines. `own` are rules beside those that ship."""
    rules = places(own)
    lines = without_contents(_without_card(list(filter(None, map(_without_inline, lines)))))
    clutter = [line for line in lines if _is_clutter(line, rules.anywhere)]
    dropped = set(map(id, clutter))
    text_lines = [line for line in _until_imprint(lines) if id(line) not in dropped]
    trimmed = Trimmed(_without_others(_until_cut(text_lines, rules.cut)))
    above = _trim_head(trimmed, title, rules.head)
    authors = [name for line in above for name in _names_in(line)] + _trim_byline(trimmed)
    _trim_tail(trimmed, authors, rules.tail)
    _trim_dateline(trimmed)
    _mark_teaser(trimmed)
    for line in clutter:  # 来源：路透社 is a credit, and a bare agency names whose picture it is
        trimmed.credits += _credits(line.text) if re.search("[:：]", line.text) else []
    if not trimmed.rights_notice:
        kept = {line.text for line in trimmed.lines}
        trimmed.rights_notice = notice(line for line in lines if line.text not in kept)
    trimmed.credits = list(dict.fromkeys(trimmed.credits))
    return trimmed


def notice(lines: Iterable[Line]) -> str:
    """The first rights notice among lines that are no part of the article, or "". What only heads one says nothing."""
    notices = [line.text for line in lines if _takes(_RIGHTS, line)]
    return next((line for line in notices if len(line) > _HEADS_NOTICE), notices[0] if notices else "")


def is_caption(line: str) -> bool:
    """Whether a line right beneath a picture ends in whose picture it is."""
    return len(line) <= _LONGEST_NOTE and _CAPTION.take(line)


def is_plea(line: str) -> bool:
    """Whether it would go as a line at the end of an article."""
    return len(line) <= _LONGEST and any(rules.take(line) for rules in (places(()).tail, _RIGHTS))


def is_aside(sentence: str) -> bool:
    """Whether it is said by the editors, about the article, or says when and where something takes place."""
    return _ASIDE.match(sentence) is not None


def leads_in(paragraph: str) -> bool:
    """Whether it ends with what leads from an editor's note to the text."""
    return _LEAD_IN.search(paragraph[-_LONGEST_NOTE:]) is not None


def _without_inline(line: Line) -> Line | None:
    if not any(sign in line.text for sign in "（(/[［〔") or _INLINE.search(line.text) is None:
        return line
    rest = _INLINE.sub("", line.text).strip()
    return replace(line, text=rest) if rest else None


def _is_clutter(line: Line, rules: Rules) -> bool:
    return len(line.text) <= 140 and rules.take(line.text)


def _until_cut(lines: list[Line], rules: Rules) -> list[Line]:
    prose = above = 0
    whole = sum(len(line.text) for line in lines)
    for position, line in enumerate(lines):
        if prose >= 2 and len(line.text) <= 80 and not line.code:
            is_foot = above >= _ABOVE_FOOT * whole and _FOOT.take(line.text)
            if is_foot or rules.take(line.text):
                return lines[:position]
        prose += line.is_prose
        above += len(line.text)
    return lines


def _until_imprint(lines: list[Line]) -> list[Line]:
    """Without what heads who made the article, and the little beneath it. More such lines than one are of a list."""
    whole = sum(len(line.text) for line in lines)
    heads = [i for i, line in enumerate(lines) if len(line.text) <= 40 and _HEADS_IMPRINT.take(line.text)]
    beneath, cut = 0, len(lines)
    for position in range(len(lines) - 1, -1, -1):
        beneath += len(lines[position].text)
        if beneath > min(_IMPRINT, (1 - _ABOVE_IMPRINT) * whole):
            break
        if position in heads:
            cut = position
    labels = [text[:2] for text in {lines[i].text for i in heads if i > 2}]
    is_text = any(line.verse for line in lines[cut:]) or sum(line.is_prose for line in lines[:cut]) < 2
    return lines if is_text or len(set(labels)) < len(labels) else lines[:cut]


def _without_card(lines: list[Line]) -> list[Line]:
    """Without what an account shows of another, whose text it passes on: its name again, and what it is about."""
    for position, line in enumerate(lines[:_HEAD]):
        if (source := _SOURCE.match(line.text)) is None:
            continue
        beneath = lines[position + 1 : position + 1 + _CARD]
        named = [i for i, line in enumerate(beneath) if line.text.rstrip(" .。") == source["name"]]
        if not named:
            return lines
        end = position + 2 + named[0]
        while end < len(lines) and not any(map(str.isalnum, lines[end].text)):
            end += 1
        if end < len(lines) and width(lines[end].text) <= _LONGEST_CARD:
            end += sum(line.is_prose for line in lines[end + 1 :]) >= _ENOUGH_BENEATH
        return lines[: position + 1] + lines[end:]
    return lines


def _without_others(lines: list[Line]) -> list[Line]:
    """Without lists of other articles, and without galleries: what a heading says is one, up to the next prose."""
    kept: list[Line] = []
    listing = gallery = False
    for line in lines:
        if len(line.text) <= 40 and _LABEL.take(line.text):
            listing = True
        elif len(line.text) <= 80 and _GALLERY.take(line.text):
            gallery = True
        elif not (listing and (not line.is_prose or line.links > _LINKED)) and not (
            gallery and line.pictured
        ):
            listing = gallery = False
            kept.append(line)
    return kept


def _trim_head(trimmed: Trimmed, title: str, rules: Rules) -> list[str]:
    """Returns what was taken off as no more than a short line: who wrote it is among that."""
    prose = (
        i
        for i, line in enumerate(trimmed.lines)
        if line.is_prose and not _takes(rules, line) and not (line.heading and _is_title(line, title))
    )
    text = first = next(prose, None)
    if first is not None and trimmed.lines[first].teaser:  # a byline may be beneath it
        text = next((i for i in prose if not trimmed.lines[i].teaser), first)
    above = trimmed.lines[:text] if text is not None else trimmed.lines[:6]
    kept = []
    stray = []
    unknown = [
        line
        for line in above[:first]
        if first is not None and line.is_stray and not _takes(rules, line) and not _is_title(line, title)
    ]
    known = sum(_takes(rules, line) for line in above)
    if len(unknown) > _MOST_STRAY + known or _is_stanza(unknown):  # they are the text
        unknown = []
    named = max((i for i, line in enumerate(above) if _takes(rules, line)), default=len(above))
    unknown = [line for line in unknown if line not in above[named:] or not _SPOKEN.match(line.text)]
    if any("，" in line.text for line in unknown) and _has_no_stops(trimmed.lines):
        unknown = [line for line in unknown if "，" not in line.text]
    lists_staff = any(line.item and _takes(rules, line) for line in above)
    for line in above:
        if names := _credits(line.text):
            trimmed.credits += names
        elif _is_title(line, title):
            continue
        elif _takes(rules, line) or line in unknown or (lists_staff and _is_name(line)):
            stray.append(line.text)
        else:
            kept.append(line)
    trimmed.lines[: len(above)] = kept
    # A title may be as long as a paragraph.
    if len(trimmed.lines) > 1 and _is_title(trimmed.lines[0], title):
        del trimmed.lines[0]
    return stray


def _names_in(line: str) -> list[str]:
    """The names in a byline."""
    without_note = line.partition("（")[0].partition("(")[0].removeprefix("By ")
    parts = map(str.strip, re.split("[,，、/／:：|｜]| and ", without_note))
    return [name for name in parts if 2 <= len(name) <= 30]


def _takes(rules: Rules, line: Line) -> bool:
    return len(line.text) <= _LONGEST and rules.take(line.text)


def _has_no_stops(lines: Sequence[Line]) -> bool:
    """Whether their author leaves the full stops out: then a line without one is a sentence as well."""
    long = [line for line in lines if width(line.text) >= _FULL]
    full = [line for line in long if not (line.heading or line.item or line.code)]
    unstopped = sum(not line.is_terminated for line in full)
    return unstopped >= _UNSTOPPED and 2 * unstopped >= len(full)


def _is_stanza(lines: Sequence[Line]) -> bool:
    """Whether some of them are verses, each a paragraph of its own: one beneath the other, all as long."""
    widths = [width(line.text) for line in lines]
    return any(_VERSE <= a == b == c for a, b, c in zip(widths, widths[1:], widths[2:], strict=False))


def _is_name(line: Line) -> bool:
    return line.item and not line.is_terminated and width(line.text) < _NAME


def _is_title(line: Line, title: str) -> bool:
    """Whether it repeats the title, maybe with the outlet's name. A sentence that contains it is the lead."""
    key, own = _key(line.text[:400]), _key(title)
    longer = len(own) >= 8 and len(key) <= len(own) + 12 and own in key and not line.is_terminated
    return bool(own) and (key == own or longer)


def _key(line: str) -> str:
    return text.letters(text.fold(line))


def _trim_byline(trimmed: Trimmed) -> list[str]:
    """Take off the name that the first paragraph begins with and the author signs with, and return it. Where others
    speak under their names, it is one of theirs."""
    byline = _BYLINE.match(trimmed.lines[0].text) if trimmed.lines else None
    if byline is None:
        return []
    others = [line for line in trimmed.lines[1:] if not _takes(_RIGHTS, line)]
    name = byline["name"]
    is_signed = any(line.text.endswith(name) and line.is_stray for line in others[-_SIGNATURE:])
    if not (byline["role"] or is_signed) or any(_BYLINE.match(line.text) for line in others):
        return []
    trimmed.lines[0] = replace(trimmed.lines[0], text=trimmed.lines[0].text[byline.end() :])
    return [name]


def _trim_tail(trimmed: Trimmed, authors: Sequence[str], rules: Rules) -> None:
    lines = trimmed.lines
    has_notes = sum(line.is_prose and line.italic < _SLANTED for line in lines) >= _ENOUGH_UPRIGHT
    notices: list[str] = []
    credits: list[str] = []
    marks = unknown = 0
    while lines:
        last = lines[-1].text
        if names := _credits(last):
            credits[:0] = names
        elif _takes(_RIGHTS, lines[-1]):
            notices.insert(0, last)
            if (outlet := _RIGHTS_OUTLET.match(last)) and not _AGENCY.fullmatch(outlet["outlet"]):
                trimmed.outlet = NAMES.get(outlet["outlet"], outlet["outlet"])
        elif not (
            lines[-1].heading
            or _takes(rules, lines[-1])
            or _is_bio(last, authors)
            or _is_signed(lines, authors)
            or (has_notes and _is_note(lines[-1]))
        ):
            shorter = _without_end_mark(last, credits)
            if shorter == last and not unknown and (unknown := _foot(lines, rules)):
                del lines[-unknown:]
                continue
            if shorter == last or marks == _MOST_MARKS:
                break
            marks += 1
            lines[-1] = replace(lines[-1], text=shorter)
            if shorter:
                continue
        del lines[-1]
    trimmed.credits += credits
    trimmed.rights_notice = " ".join(notices)


def _foot(lines: Sequence[Line], rules: Rules) -> int:
    """How many last lines are no text, and stand beneath what is known as clutter."""
    end = beneath(lines, lambda line: _takes(rules, line) or _takes(_RIGHTS, line))
    return end if any(line.is_prose for line in lines) else 0


def _is_note(line: Line) -> bool:
    """About the article or its author, in an article that is otherwise upright: set apart in italics."""
    set_apart = line.italic >= _SLANTED and len(line.text) <= _LONGEST_NOTE and not line.quote
    return set_apart and _NOTE.search(line.text) is not None


def _is_bio(line: str, authors: Sequence[str]) -> bool:
    return len(line) <= _LONGEST and any(
        line.startswith(name) and _BIO.match(line, len(name)) is not None for name in authors
    )


def _is_signed(lines: Sequence[Line], authors: Sequence[str]) -> bool:
    """Whether the last line says no more than who wrote it, or tells of whom the line above names."""
    *above, last = lines
    if not authors:
        return False
    if last.is_stray and _ABOUT.sub("", last.text).endswith(tuple(authors)):
        return True
    named = [line for line in above if _ABOUT.sub("", line.text[:_LONGEST_ABOUT]) in authors]
    return bool(named) and named[-1] is above[-1] and len(named) <= _CAPTIONED and len(last.text) <= _LONGEST


def _without_end_mark(line: str, credits: list[str]) -> str:
    for pattern in _END_MARKS:
        if match := pattern.search(line[-260:]):
            if named := match.groupdict().get("agency"):
                credits[:0] = _agencies(named)
            return line[: len(line) - len(match[0])].rstrip()
    return line


def _trim_dateline(trimmed: Trimmed) -> None:
    for position, line in enumerate(trimmed.lines[:3]):
        for pattern in _DATELINES:
            match = pattern.match(line.text)
            if match is None:
                continue
            named = match.groupdict()
            if agency := named.get("agency"):
                trimmed.credits[:0] = _agencies(agency)
            if outlet := named.get("outlet"):
                trimmed.outlet = NAMES[outlet]
            rest = line.text[match.end() :].strip()
            bold = min(1.0, line.bold * len(line.text) / (len(rest) or 1))  # a dateline is not
            trimmed.lines[position : position + 1] = [replace(line, text=rest, bold=bold)] if rest else []
            if position == 1 and _is_standfirst(trimmed.lines[0].text):
                trimmed.lines[0] = replace(trimmed.lines[0], teaser=True)
            return


def _is_standfirst(above: str) -> bool:
    """Whether what stands above a dateline, with which the report begins, is the outlet's own teaser."""
    return (
        width(above) >= _STANDFIRST and above.endswith("。") and not is_caption(above) and not is_aside(above)
    )


def _mark_teaser(trimmed: Trimmed) -> None:
    for position, line in enumerate(trimmed.lines[:3]):
        if label := _TEASER.match(line.text):
            rest = line.text[label.end() :]
            trimmed.lines[position : position + 1] = [replace(line, text=rest, teaser=True)] if rest else []
            return


def _credits(line: str) -> list[str]:
    """The agencies of a line that names nothing else."""
    if len(line) > 120:
        return []
    if match := next((m for pattern in _CREDITS if (m := pattern.match(line))), None):
        return _agencies(match["agency"])
    named = _NAMED.match(line)
    return (
        [AGENCIES.get(name, name) for name in re.split("[、，,/／和 ]+", named[1]) if name] if named else []
    )


def _agencies(names: str) -> list[str]:
    return [AGENCIES[match[0]] for match in _AGENCY.finditer(names)]


# Names


def outlet_of(url: str) -> str:
    """The outlet at this address as readers know it, "" where it is not known."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    labels = host.split(".")
    return next(
        (_OUTLETS[name] for i in range(len(labels)) if (name := ".".join(labels[i:])) in _OUTLETS), ""
    )
