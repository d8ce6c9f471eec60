"""Untrusted HTML to an article's paragraphs and pictures, and what its fine print says.

The tree is flattened to lines once, without recursion, each line with what its markup says about it; then rules
that are data (boilerplate.toml) take off what is not the article. There are no rules for single outlets in code.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import NamedTuple

from bs4 import BeautifulSoup
from bs4.element import CData, NavigableString, Tag

from . import pictures
from .clutter import boilerplate, comments
from .clutter.boilerplate import outlet_of
from .clutter.containers import Container, container
from .clutter.footnotes import is_mark
from .clutter.rules import TAGS
from .lines import Line, mended, width
from .model import Block, BlockKind, LineRule
from .sentences import is_whole, sentences
from .text import letters
from .typography import is_spaced, is_torn, rejoin, typeset

__all__ = ["Clean", "outlet_of", "own_teaser", "read"]

_MOST_CHARACTERS = 400_000  # of HTML: ten times a long read
_MOST_TAGS = 15_000  # the tree takes more than linear time beyond
_MOST_LINES = 2_000
_MOST_PICTURES = 50
_CAPTION = 260  # characters: longer text beside a picture is text
_LONGEST_HEADING = 45  # Chinese characters of a sentence
_CENTRED_CAPTION = 120  # characters of a line right beneath a picture, where most lines are not centred
_TABLED_CAPTION = 80  # of all text in a table that holds a picture
_ENOUGH = 300  # characters of text that a theme's name for its container hides
_FEW = 2  # paragraphs that are an article where nothing else on the page is one

_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
_BODIES = frozenset(("html", "body", "main", "article"))
_FLOW = frozenset(TAGS["flow"])
_PICTURES = frozenset(("img", "amp-img", "video"))
_CELLS = frozenset(("td", "th"))
_CELL = "\x1f"  # the end of one: a space that says so
_ROLES = frozenset(
    ("navigation", "banner", "search", "button", "dialog", "menu", "toolbar", "contentinfo", "complementary")
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CENTRED_STYLE = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)
_INTERVIEWER = re.compile("[^，。：:？?]{1,12}[：:].*[？?]")  # says who asks
_BULLET = re.compile(r"^(?:[•·▪■●◆►▶▷▸▹◎※*–—-]\s+|[•▪■●◆►▶▷▸★☆☞👉]\s*)")


@dataclass(frozen=True, slots=True)
class Clean:
    """What an article's HTML comes to."""

    body: tuple[Block, ...] = ()
    teaser: str = ""  # the outlet's own, which stays in the body, too
    images: tuple[str, ...] = ()  # candidates for the lead, best first, at their own addresses
    proxied: tuple[str, ...] = ()  # the same, at the addresses that the feed gave
    credits: tuple[str, ...] = ()  # agencies
    rights_notice: str = ""
    outlet: str = ""  # what the dateline or the rights notice says it is


def read(html: str, *, title: str = "", base: str = "", clutter: tuple[LineRule, ...] = ()) -> Clean:
    """Read an article. `title` is recognised where the HTML repeats it; `base` is what relative addresses are to;
    `clutter` are rules beside those of boilerplate.toml.

    Takes time linear in the size of its input, reads no more than 400,000 characters of it, and never raises.
    """
    page = _Page(base)
    page.read(html)
    article, rest = page.lines()
    trimmed = boilerplate.trim(article, title, clutter)
    images, proxied = pictures.unwrap(page.pictures)
    lines = trimmed.lines
    quoted = all(line.quote for line in lines)
    return Clean(
        body=tuple(Block(line.text, _kind(line, quotes=not quoted)) for line in lines),
        teaser=_teaser(lines),
        images=images,
        proxied=proxied,
        credits=tuple(trimmed.credits),
        rights_notice=trimmed.rights_notice or boilerplate.notice(rest),
        outlet=trimmed.outlet,
    )


def own_teaser(html: str, body: Sequence[Block], *, title: str = "") -> str:
    """What a feed's separate summary of an entry says, "" where it is only the beginning of the body or the title."""
    if not html:
        return ""
    lines = [block.text for block in read(html, title=title).body if block.kind != "heading"]
    whole = [sentence for line in lines for sentence in sentences(line) if is_whole(sentence)]
    teaser = "\n".join(lines) if whole else ""
    start = letters("".join(block.text for block in body)[:2000])
    return "" if not teaser or start.startswith(letters(teaser)[:40]) else teaser


def _kind(line: Line, *, quotes: bool = True) -> BlockKind:
    if line.heading or (line.bold > 0.95 and _is_heading(line)):
        return "heading"
    return "quote" if line.quote and quotes else "item" if line.item else "paragraph"


def _is_heading(bold: Line) -> bool:
    if bold.text.endswith(("？", "?")) or _INTERVIEWER.match(bold.text):
        return True
    if bold.text.endswith(("，", "、", ",")):  # it goes on in the next
        return False
    return not bold.is_terminated and len(bold.text) <= 150 and width(bold.text) <= _LONGEST_HEADING


def _teaser(lines: Sequence[Line]) -> str:
    """The outlet's own: in a container named so, or the first paragraph where it alone is bold."""
    marked = [line.text for line in lines[:4] if line.teaser and line.is_prose]
    if marked and any(line.is_prose and not line.teaser for line in lines):
        return "\n".join(marked)
    first = next((line for line in lines if _kind(line) != "heading"), None)
    if first is None or first.bold <= 0.95 or not first.is_terminated or width(first.text) < 20:
        return ""
    if boilerplate.is_aside(first.text):
        return ""
    others = [line for line in lines if line is not first and line.is_prose and _kind(line) != "heading"]
    return first.text if others and all(line.bold <= 0.95 for line in others[:3]) else ""


class _Context(NamedTuple):
    """What the elements around a text say about it."""

    never: bool = False  # not text at all
    dropped: bool = False
    doubtful: bool = False
    heading: bool = False
    quote: bool = False
    item: bool = False
    code: bool = False
    teaser: bool = False
    bold: bool = False
    italic: bool = False
    centred: bool = False
    linked: bool = False
    sign: bool = False  # its pictures are the site's sign, or its author's portrait
    small: bool = False
    boxes: tuple[int, ...] = ()


class _Found(NamedTuple):
    """A line, and where it stood."""

    line: Line
    context: _Context
    small: bool  # all in small print, or right beneath a picture and says whose it is
    beneath: bool  # right beneath a picture, centred as it is
    goes_on: bool = False  # in the same element, after a <br>


@dataclass(slots=True, eq=False)
class _Open:
    """An element that has been entered and not yet been left."""

    element: object
    context: _Context
    is_flow: bool = True
    is_break: bool = False
    pictured: bool = False  # there is a picture in it, and in no smaller block


@dataclass(slots=True)
class _Box:
    """An element that may be a figure or a caption: it is, if there is no more than a caption's text in it."""

    caption: bool = False
    longest: int = _CAPTION  # characters of a caption
    pictures: int = 0
    characters: int = 0

    @property
    def is_caption(self) -> bool:
        return self.characters <= self.longest and (self.caption or self.pictures > 0)


_CONTEXTS: Mapping[str, Mapping[str, bool]] = {
    **{name: {"never": True} for name in TAGS["never"]},
    **{name: {"dropped": True} for name in TAGS["drop"]},
    **{name: {"heading": True} for name in ("h1", "h2", "h3", "h4", "h5", "h6")},
    **{name: {"bold": True} for name in ("b", "strong", "th")},
    **{name: {"italic": True} for name in ("i", "em", "cite")},
    "center": {"centred": True},
    "a": {"linked": True},
    "blockquote": {"quote": True},
    "li": {"item": True},
    "pre": {"code": True},
    "small": {"small": True},
}
# Elements that say something even without attributes.
_TELLING = frozenset(
    (*_CONTEXTS, *_PICTURES, "picture", "source", "figure", "figcaption", "caption", "sup", "table")
)


class _Page:
    """Flattens one page: `read`, then `lines` and `pictures`."""

    def __init__(self, base: str) -> None:
        self.pictures: list[pictures.Candidate] = []
        self._seen: list[tuple[pictures.Candidate, int]] = []  # and how many lines are above
        self._base = base
        self._found: list[_Found] = []
        self._beneath = False  # a picture came since the last line
        self._alt = ""  # the last picture's
        self._boxes: list[_Box] = []
        self._sources: list[str] = []
        self._parts: list[tuple[str, _Context]] = []
        self._html = ""

    @functools.cached_property
    def _is_spaced(self) -> bool:
        return is_spaced(self._html)

    def read(self, html: str) -> None:
        html = _UNPRINTABLE.sub("", html[:_MOST_CHARACTERS])
        html = "<".join(html.split("<", _MOST_TAGS)[:_MOST_TAGS])
        self._html = html
        # Within an element it is never taken for an address or for XML, of which the parser would warn.
        soup = BeautifulSoup(f"<div>{html}</div>", "lxml", multi_valued_attributes=None)
        stack = [_Open(soup, _Context())]
        for node in soup.descendants:
            while stack[-1].element is not node.parent:
                self._leave(stack.pop())
            context = stack[-1].context
            if isinstance(node, Tag):
                entered = _Open(node, self._enter(node, context), node.name in _FLOW, node.name == "br")
                if entered.is_flow:
                    self._end_line(stack, broken=entered.is_break)
                elif node.name in _CELLS:
                    self._parts.append((_CELL, context))
                elif node.name in _PICTURES:
                    _block(stack).pictured = True
                stack.append(entered)
            elif type(node) in (NavigableString, CData) and not context.never:
                self._parts.append((str(node), context))
        while stack:
            self._leave(stack.pop())
        texts = ["", *(found.line.text for found in self._found), ""]
        self.pictures = [one for one, at in self._seen if not pictures.is_code(texts[at], texts[at + 1])]
        self._mend()

    def lines(self) -> tuple[list[Line], list[Line]]:
        """The lines that may be the article's own, and the others."""
        own: list[int] = []
        doubtful: list[int] = []
        dropped: list[int] = []
        captions: list[int] = []
        all_centred = 2 * sum(found.context.centred for found in self._found) > len(self._found)
        for position, (line, context, is_small, is_beneath, _) in enumerate(self._found):
            is_boxed = any(self._boxes[box].is_caption for box in context.boxes)
            if context.dropped:
                dropped.append(position)
            elif is_small or is_boxed or (is_beneath and not all_centred):
                captions.append(position)
            elif line.links > 0.6 and (line.item or len(line.text) < 90):
                dropped.append(position)
            else:
                (doubtful if context.doubtful else own).append(position)
        said = [found.line for found in self._found if found.context.doubtful]
        if comments.are_contributions(self._prose(own), self._prose(doubtful), said):
            own += [i for i in doubtful if not comments.are_headed(self._found[i].line)]
        if not self._prose(own) and self._is_article(dropped, captions):
            own += dropped
        if not own:
            own = captions
        chosen = set(own)
        lines = [found.line for found in self._found]
        return [lines[i] for i in sorted(chosen)], [line for i, line in enumerate(lines) if i not in chosen]

    def _is_article(self, dropped: Sequence[int], captions: Sequence[int]) -> bool:
        """Whether a theme's name for the article's container was mistaken."""
        prose = [line.text for line in self._prose(dropped) if not boilerplate.is_plea(line.text)]
        long = sum(len(text) for text in prose) >= _ENOUGH
        return long or (len(prose) >= _FEW and not self._prose(captions))

    def _prose(self, positions: Sequence[int]) -> list[Line]:
        lines = (self._found[i].line for i in positions)
        return [line for line in lines if line.is_prose and line.links < 0.3]

    def _enter(self, tag: Tag, context: _Context) -> _Context:
        if tag.name not in _TELLING and not tag.attrs:
            return context
        changes: dict[str, object] = dict(_CONTEXTS.get(tag.name, ()))
        attributes = {name: str(value) for name, value in tag.attrs.items()} if tag.attrs else {}
        if tag.name == "picture":
            self._sources.clear()
        elif tag.name == "source" and not attributes.get("type", "").endswith(("webp", "avif")):
            self._sources.append(attributes.get("srcset", ""))
        elif tag.name in _PICTURES and not (context.dropped or context.doubtful or context.sign):
            self._see(tag.name, attributes, context)
        names = " ".join(_names(attributes)) if attributes else ""
        kind = container(names) if names else Container()
        is_body = tag.name in _BODIES or attributes.get("itemprop") == "articleBody"
        if not is_body and (kind.dropped or _is_hidden(attributes)):
            changes["dropped"] = True
        if not is_body and kind.doubtful:
            changes["doubtful"] = True
        if kind.teaser:
            changes["teaser"] = True
        if kind.portrait and not is_body:
            changes["sign"] = True
        if tag.name == "a" and pictures.leads_home(attributes, self._base):
            changes["sign"] = True
        if tag.name == "sup" or (tag.name == "a" and "#" in attributes.get("href", "")):
            changes["never"] = context.never or is_mark(tag)
        if _is_centred(attributes):
            changes["centred"] = True
        if tag.name in ("figure", "figcaption", "caption") or kind.figure or kind.caption:
            self._boxes.append(_Box(caption=kind.caption or tag.name in ("figcaption", "caption")))
            changes["boxes"] = (*context.boxes[-3:], len(self._boxes) - 1)
        elif tag.name == "table":  # as wide as its picture
            self._boxes.append(_Box(longest=_TABLED_CAPTION))
            changes["boxes"] = (*context.boxes[-3:], len(self._boxes) - 1)
        return context._replace(**changes) if changes else context  # type: ignore[arg-type]

    def _see(self, name: str, attributes: Mapping[str, str], context: _Context) -> None:
        self._beneath, self._alt = True, attributes.get("alt", "")
        for box in context.boxes:
            self._boxes[box].pictures += 1
        if len(self._seen) >= _MOST_PICTURES:
            return
        if name == "video":
            found = pictures.poster(attributes, self._base)
        else:
            found = pictures.candidate(attributes, self._base, sources=self._sources)
            self._sources.clear()
        if found:
            above = len(self._found) + any(not part.isspace() for part, _ in self._parts)
            self._seen.append((found, above))

    def _leave(self, left: _Open) -> None:
        if left.is_flow and not left.is_break:
            self._end_line([left])

    def _mend(self) -> None:
        """Put together what was broken by <br> in the middle of sentences."""
        found, self._found = self._found, []
        run: list[_Found] = []
        for one in found:
            run.append(one)
            if one.goes_on:
                continue
            lines = mended([each.line for each in run]) if len(run) > 1 else [one.line]
            if len(lines) == len(run):
                self._found += [each._replace(line=line) for each, line in zip(run, lines, strict=True)]
            else:
                self._found += [_Found(line, run[0].context, small=False, beneath=False) for line in lines]
            run = []

    def _end_line(self, stack: list[_Open], *, broken: bool = False) -> None:
        """What has been read since the last line ended is a line of the innermost block."""
        parts, self._parts = self._parts, []
        written = [(part, context) for part, context in parts if not part.isspace()] if parts else []
        if not written or len(self._found) >= _MOST_LINES:
            if self._found and self._found[-1].goes_on:  # an empty line, or the element's end
                self._found[-1] = self._found[-1]._replace(goes_on=False)
            return
        if len(parts) > 1 and (kept := [(part, context) for part, context in written if not context.dropped]):
            written = kept
            parts = [(part, context) for part, context in parts if not context.dropped]
        text = _decode("".join(part for part, _ in parts))
        text = typeset(rejoin(text, spaced=self._is_spaced) if is_torn(text) else text)
        if not text:
            return
        context = written[0][1]
        for box in context.boxes:
            self._boxes[box].characters += len(text)
        line = Line(
            text=_BULLET.sub("", text) or text,
            heading=context.heading and not _is_paragraph(text),
            quote=context.quote,
            item=context.item or _BULLET.match(text) is not None,
            code=context.code,
            teaser=context.teaser,
            links=_share(written, "linked"),
            bold=_share(written, "bold"),
            italic=_share(written, "italic"),
            pictured=_block(stack).pictured,
        )
        is_small = len(text) <= _CAPTION and _share(written, "small") > 0.95
        is_small = is_small or (
            self._beneath and (boilerplate.is_caption(text) or text == typeset(self._alt))
        )
        is_text = line.heading or line.bold > 0.95 or len(text) > _CENTRED_CAPTION
        is_beneath = self._beneath and context.centred and not is_text
        self._beneath = False
        self._found.append(_Found(line, context, is_small, is_beneath, goes_on=broken))


def _is_paragraph(heading: str) -> bool:
    """Whether it was made a heading for its looks."""
    return heading.endswith("。") and width(heading) > _LONGEST_HEADING


def _block(stack: Sequence[_Open]) -> _Open:
    return next((entered for entered in reversed(stack) if entered.is_flow), stack[0])


def _decode(text: str) -> str:
    """What was escaped twice."""
    return unescape(text) if "&" in text and re.search(r"&(?:#\d|#x|[a-zA-Z]{2,8};)", text) else text


def _share(written: Sequence[tuple[str, _Context]], what: str) -> float:
    if len(written) == 1:
        return float(getattr(written[0][1], what))
    lengths = [(len(part.strip()), getattr(context, what)) for part, context in written]
    return sum(length for length, holds in lengths if holds) / (sum(length for length, _ in lengths) or 1)


def _names(attributes: Mapping[str, str]) -> Iterator[str]:
    for name in ("class", "id", "data-e2e", "data-testid", "data-component", "aria-labelledby"):
        if value := attributes.get(name):
            yield value[:300]


def _is_centred(attributes: Mapping[str, str]) -> bool:
    if attributes.get("align", "").lower() == "center":
        return True
    return "style" in attributes and _CENTRED_STYLE.search(attributes["style"][:500]) is not None


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role", "").lower() in _ROLES
        or _HIDDEN_STYLE.search(attributes.get("style", "")[:500]) is not None
    )
