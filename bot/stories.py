"""Whether two articles are one story, told by two outlets or brought by two feeds. Precision comes first.

Two articles are one story where they have the same address, or the same number in their outlet's addresses, or where
they share their text (wire copy, mirrors), or where their titles say the same. A follow-up, another stand of a running
story, an instalment of a column, or a list that holds the other among its items is a story of its own: to send one too
many is a nuisance, to take one for another loses news.

Texts are compared folded, so that 臺灣 and 台湾 are one; by runs of `_RUN` tokens, which are characters in Chinese and
words in English (A. Broder, On the resemblance and containment of documents, 1997).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from functools import cached_property
from hashlib import blake2b
from itertools import pairwise
from typing import Final, Literal
from zlib import crc32

from .model import Article
from .text import bigrams, fold, has_cjk, tokens
from .urls import canonical_url, pieces

WINDOW = timedelta(hours=48)  # between two publications of one story
SAME_PAGE = timedelta(hours=12)  # later, a page may have got another content at the same address
MOST_MEMBERS = 12  # articles of one story

Reason = Literal["link", "number", "text", "title"]

_RUN = 5  # tokens in a shingle
_BODY_TOKENS = 600  # what follows is background, which follow-ups share
_LEAD = 120  # shingles: the news itself
_OPENING = 25  # of these: the first sentence, or most of it
_ENOUGH = 40  # shingles below which a text proves nothing
_TITLE = 300  # characters
_ADDRESS = 2000  # characters
_PRINTS = 8  # of the title and of the lead each: of two texts alike, hardly any pair shares fewer than two
_OTHER, _OTHERS = 0x30000, 0xE0000  # characters that stand for words: no text has them

# Removed before titles are compared: they carry nothing that another outlet would not word differently.
_FUNCTION_WORDS: Final = frozenset(
    (
        *"的了着过在是与和及同跟对就将已把被称为之其并等",
        *["a", "an", "the", "of", "to", "in", "on", "at", "for", "and", "with", "as", "is", "s"],
    )
)
_SEPARATOR = re.compile(r"\s[-–—_·•]+\s|\s*[|｜]\s*|(?<=\S)\s*–\s*(?=\S)")
_LABEL = re.compile(
    r"\s*(?:[【\[［〔](?P<inner>[^】\]］〕]{1,16})[】\]］〕]|(?P<word>[^\s:：]{2,8})[:：])\s*"
)
_FIGURE = re.compile(r"(\d+(?:[.,]\d+)*|[零〇一二两三四五六七八九十百千万亿]+)\s*([^\W\d_]?)")
_DATE = re.compile(r"\d{4}年|\d{1,2}月(?:\d{1,2}[日号])?|\d{1,2}[日号]|\d{1,2}:\d{2}|\d{4}-\d{1,2}-\d{1,2}")
# Both written as they are folded.
_COLUMN = re.compile(
    "早报|晚报|晨报|早参|简报|摘要|要闻|一览|汇总|盘点|周报|周刊|周记|每日|每周|本周|一周|新闻联播|播客|节目预告|早餐|早读|夜读|头条"
    "|收盘|开盘|盘前|盘后|行情|天气预报|直播|实时更新|持续更新|滚动"
    r"|\b(?:newsletter|briefing|digest|round-?up|headlines|podcast|live|weekly|daily|recap|at a glance|what to know)\b"
)
_FOLLOW_UP = re.compile(
    "后续|续报|续[:篇集]|续$|最新|更新|更正|进展|回应|反驳|否认|澄清|再度|再次|反转|跟进|追踪|复盘|回顾"
    r"|\b(?:update[ds]?|follow-?up|latest|responds?|denies|denied|again|correction)\b"
)
_KIND = re.compile(
    r"分析|评论|社评|观点|专访|解读|解说|综述|特写|\b(?:analysis|opinion|explainer|editorial|interview)\b"
)
_PART = re.compile(
    r"[(\[【〔 ](上|中|下|[一二三四五六七八九十]{1,3}|\d{1,2})[)\]】〕]|(?<=之)([一二三四五六七八九十]{1,3})(?!百|分)"
    r"|第([一二三四五六七八九十百\d]{1,4})[集期回讲章]|\bpart (\d{1,2}|[iv]{1,4})\b"
)
_NEGATION: Final = frozenset((*"不未没否非无勿免", "not", "no", "never", "without"))
_NUMBER_SEGMENT = re.compile(r"[a-z]{0,12}[-_]?\d{5,}|(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{10,}")
_EDITION = re.compile(r"/(?:simp|trad|amp|zh|cn|print|mobile)$")  # of one article
_DATED = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?")
_NUMBERED_PARAMETER = re.compile(
    r"(?:^|&)(?:id|aid|nid|p|article_?id|news_?id|story_?id|docid)=(\d{4,})(?=&|$)"
)
_MIRROR_LABEL = re.compile(r"^(?:www\d?|m|mobile|amp|wap|touch|zh|cn|chinese)\.")
_WIDE_SUFFIX = frozenset({"com", "co", "net", "org", "gov", "edu", "ac", "or", "ne"})


@dataclass(frozen=True, eq=False)
class Signature:
    """What an article is recognised by: made of its addresses, title and beginning, each part when it is asked for.

    All of it costs half a millisecond, and most pairs are told apart by their titles alone.
    """

    key: str
    outlet: str  # folded
    site: str
    link: str  # canonical; "" where it leads to no page of the article's own
    number: str  # the article's own in its outlet's addresses, "" where there is none
    published: datetime
    headline: str  # the title, folded
    beginning: str  # of the body, folded

    @cached_property
    def title(self) -> tuple[tuple[str, ...], ...]:
        """The tokens of each segment of the title, without function words."""
        return _segments(self.headline, self.outlet, self.site)

    @cached_property
    def figures(self) -> frozenset[tuple[str, str]]:
        """The numbers in the title, with what they count."""
        return _figures(self.headline)

    @cached_property
    def is_column(self) -> bool:
        """Whether the title is that of a column or of a list of news."""
        return _COLUMN.search(self.headline) is not None

    @cached_property
    def marks(self) -> frozenset[str]:
        """The words in the title that make it a follow-up."""
        return frozenset(_FOLLOW_UP.findall(self.headline))

    @cached_property
    def part(self) -> frozenset[str]:
        """Which instalment of a series it is."""
        return frozenset("".join(found) for found in _PART.findall(self.headline))

    @cached_property
    def kind(self) -> frozenset[str]:
        """The words in the title that make it something else than news: a comment, an interview."""
        return frozenset(_KIND.findall(self.headline))

    @cached_property
    def body(self) -> frozenset[str]:
        """The shingles of the beginning."""
        return frozenset(_shingles(tokens(self.beginning)[:_BODY_TOKENS], _RUN))

    @cached_property
    def lead(self) -> tuple[str, ...]:
        """The first of them, in order."""
        return _shingles(tokens(self.beginning[: _limit(self.beginning) // 3])[: _LEAD + _RUN - 1], _RUN)

    @cached_property
    def lead_figures(self) -> frozenset[tuple[str, str]]:
        """The numbers in the first lines, with what they count."""
        return _figures(self.beginning[:240])

    @cached_property
    def words(self) -> frozenset[str]:
        """The bigrams of the first lines."""
        return frozenset(bigrams(self.beginning[:400]))


def signature(article: Article, *, shared: Collection[str] = ()) -> Signature:
    """The article's signature. `shared`: canonical links and numbers that tell nothing, because several entries of its
    feed have them; see `addresses`."""
    site, addresses_ = _place(article.url)
    link, number = (address if address not in shared else "" for address in addresses_)
    return Signature(
        key=article.key,
        outlet=fold(article.source[:_TITLE]),
        site=site,
        link=link,
        number=number,
        published=article.published,
        headline=fold(article.title[:_TITLE]),
        beginning=fold(_beginning(article)),
    )


def addresses(url: str) -> tuple[str, str]:
    """The canonical link, and the article's own number in it (SITE#NUMBER); each "" where there is none.

    A front page names no article, and neither does what is too long for a browser. The number is the same under an
    outlet's short, mobile and translated addresses: `a-67242722`, `7330000.html`, `?id=12345`. A date is none.
    """
    return _place(url)[1]


def _place(url: str) -> tuple[str, tuple[str, str]]:
    link = canonical_url(url[:_ADDRESS])
    site = _site(link)
    return site, _addresses(link, site) if len(url) <= _ADDRESS else ("", "")


def _addresses(link: str, site: str) -> tuple[str, str]:
    parts = pieces(link)
    segment = _EDITION.sub("", parts.path.lower().rstrip("/")).rpartition("/")[2]
    if not segment and not parts.query:
        return "", ""
    if named := _NUMBERED_PARAMETER.search(parts.query.lower()):
        return link, f"{site}#{named[1]}"
    segment = re.sub(r"\.[a-z]{2,5}$", "", segment)
    last = (
        re.split(r"[_.]|(?<=[a-z\d])-(?=\d{5,}$)", segment)[-1]
        if not _NUMBER_SEGMENT.fullmatch(segment)
        else segment
    )
    digits = last.rpartition("-")[2]
    if not _NUMBER_SEGMENT.fullmatch(last) or _DATED.fullmatch(digits):
        return link, ""
    return link, f"{site}#{digits if digits.isdigit() else last}"


def prints(one: Signature) -> tuple[int, ...]:
    """Numbers of which two articles of one story share two, or a negative one: the few smallest hashes of the title's
    shingles and of the first lines', and (negative) those of its addresses. For finding candidates, not for deciding.
    """
    title = _shingles([word for segment in one.title for word in segment], 3)
    found = [-_wide(address) for address in (one.link, one.number) if address]
    return (*found, *_smallest(title), *_smallest(one.lead))


def same(a: Signature, b: Signature) -> Reason | None:
    """By what the two are one story, None where they are not, or where it is not sure."""
    apart = abs(a.published - b.published)
    if apart > WINDOW or a.key == b.key:
        return None
    title = _likeness(a, b)
    for mine, theirs, reason in ((a.link, b.link, "link"), (a.number, b.number, "number")):
        if mine and mine == theirs and (apart <= SAME_PAGE or title >= 0.8):
            return "link" if reason == "link" else "number"
    if a.marks != b.marks or _conflict(a.figures, b.figures) or (a.part and b.part and a.part != b.part):
        return None
    if a.outlet == b.outlet or a.site == b.site:
        return "text" if _is_again(a, b) or _published_twice(a, b, title) else None
    if a.is_column or b.is_column or a.kind != b.kind:
        return "text" if _resemblance(a, b) >= 0.85 else None
    if _one_text(a, b, title):
        return "text"
    return "title" if _one_title(a, b, title) else None


def _is_again(a: Signature, b: Signature) -> bool:
    """Whether an outlet brings a short text again word for word, title and all. A day later the same words may be that
    day's news, as of a price that has not changed."""
    return (
        (a.headline, a.beginning) == (b.headline, b.beginning)
        and 0 < len(a.body) < _ENOUGH
        and abs(a.published - b.published) <= SAME_PAGE
    )


def _published_twice(a: Signature, b: Signature, title: float) -> bool:
    """Whether an outlet brings one text under two addresses: in two of its sections, or with a word mended.

    Other texts of one outlet are other articles, however much they have in common: instalments, a day's figures. So
    are those that have but the description of a programme in common.
    """
    return (
        title >= 0.6
        and (a.figures, a.part) == (b.figures, b.part)
        and _resemblance(a, b) >= 0.9
        and not _conflict(a.lead_figures, b.lead_figures)
    )


def joins(mine: Signature, candidate: Signature, story: Sequence[Signature]) -> Reason | None:
    """By what an article is of the story of a candidate, given all of the story's articles, the first one first.

    A chain of small differences must not lead far from the first; and a story ends: what goes on for longer, or comes
    more often, is no wire copy.
    """
    reason = same(mine, candidate)
    first = story[0]
    if reason is None or len(story) >= MOST_MEMBERS or abs(mine.published - first.published) > WINDOW:
        return None
    if reason in ("text", "title") and first.key != candidate.key:
        return same(mine, first)
    return reason


def _one_text(a: Signature, b: Signature, title: float) -> bool:
    """Whether the shorter text is in the longer one, and both begin with the same news."""
    if title < 0.6 and len({*a.lead}.intersection(b.lead)) < 0.1 * min(len(a.lead), len(b.lead)):
        return False  # as most are that share their background alone
    short, long = sorted((a, b), key=lambda one: len(one.body))
    if len(short.body) < _ENOUGH or len(short.body & long.body) < 0.6 * len(short.body):
        return False
    if _conflict(a.lead_figures, b.lead_figures):
        return False
    forth = _share(short.lead, long.body)
    if len(long.body) > 3 * len(short.body):  # a beginning of it, or one item of a list
        return title >= 0.6 and forth >= 0.7
    begun = min(forth, _share(long.lead, short.body))
    if title >= 0.8:
        return begun >= 0.5
    # A new first sentence is news, whatever follows it.
    openings = _share(short.lead[:_OPENING], long.body), _share(long.lead[:_OPENING], short.body)
    return begun >= (0.5 if title >= 0.6 else 0.7) and min(openings) >= 0.6


def _one_title(a: Signature, b: Signature, title: float) -> bool:
    """Whether the titles say the same, and nothing in the texts speaks against it."""
    if title < 0.8 or (a.figures, a.part) != (b.figures, b.part):
        return False
    mine, theirs = _told_apart(a.title, b.title)
    if min(len(mine), len(theirs)) < 7:
        return False
    for kind, start, end, other_start, other_end in SequenceMatcher(
        None, mine, theirs, autojunk=False
    ).get_opcodes():
        changed = {*mine[start:end], *theirs[other_start:other_end]} if kind != "equal" else set()
        if kind == "replace" or changed & _NEGATION:
            return False
    if min(len(a.body), len(b.body)) < _ENOUGH:
        return title >= 0.9
    return len(a.words & b.words) >= 0.2 * min(len(a.words), len(b.words))


def _likeness(a: Signature, b: Signature) -> float:
    """How much of the titles is shared: Dice's coefficient over pairs of tokens, what both begin or end with as a
    matter of form left aside."""
    mine, theirs = (set(pairwise(words)) for words in _told_apart(a.title, b.title))
    return 2 * len(mine & theirs) / (len(mine) + len(theirs)) if mine and theirs else 0.0


def _told_apart(
    a: Sequence[tuple[str, ...]], b: Sequence[tuple[str, ...]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both titles without the labels that they begin with and the suffixes that they end in alike."""
    start, end = 0, 0
    while min(len(a), len(b)) - end > 1 and a[-1 - end] == b[-1 - end]:
        end += 1
    while min(len(a), len(b)) - end - start > 1 and a[start] == b[start]:
        start += 1
    first, second = (
        tuple(word for part in title[start : len(title) - end] for word in part) for title in (a, b)
    )
    return first, second


def _segments(title: str, source: str, site: str) -> tuple[tuple[str, ...], ...]:
    """The title's tokens, in the pieces that it is made of, without its outlet's name at the end."""
    pieces_: list[str] = []
    if label := _LABEL.match(title):
        pieces_.append(label["inner"] or label["word"])
        title = title[label.end() :]
    parts = _SEPARATOR.split(title)
    name = site.partition(".")[0]
    while len(parts) > 1 and _names(parts[-1].strip(), source, name):
        parts.pop()
    segments = (
        tuple(word for word in tokens(part) if word not in _FUNCTION_WORDS) for part in (*pieces_, *parts)
    )
    return tuple(filter(None, segments))


def _names(part: str, source: str, site: str) -> bool:
    return not part or (
        len(part) <= 40 and any(one and (one in part or part in one) for one in (source, site))
    )


def _figures(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(_FIGURE.findall(_DATE.sub(" ", text)))


def _conflict(mine: frozenset[tuple[str, str]], theirs: frozenset[tuple[str, str]]) -> bool:
    """Whether they count the same otherwise: three dead here, five there."""
    return any(
        {number for number, unit in mine if unit == one}.isdisjoint(n for n, unit in theirs if unit == one)
        for one in {unit for _, unit in mine} & {unit for _, unit in theirs}
    )


def _share(lead: Sequence[str], body: frozenset[str]) -> float:
    return sum(shingle in body for shingle in lead) / len(lead) if lead else 0.0


def _resemblance(a: Signature, b: Signature) -> float:
    if min(len(a.body), len(b.body)) < _ENOUGH:
        return 0.0
    return len(a.body & b.body) / len(a.body | b.body)


def _beginning(article: Article) -> str:
    """As much of the body as is compared."""
    found: list[str] = []
    left = limit = 0
    for block in article.body:
        left = left or (limit := _limit(block.text))
        found.append(block.text[:left])
        left -= len(found[-1]) + 1
        if left <= 0:
            break
    return "\n".join(found)[:limit]


def _limit(text: str) -> int:
    """Characters in which there are as many tokens as are compared, punctuation and all."""
    return _BODY_TOKENS * 5 // 4 if has_cjk(text[:100]) else 6 * _BODY_TOKENS


def _shingles(words: Sequence[str], run: int) -> tuple[str, ...]:
    """Each run of so many words, of which each is written as one character."""
    text = "".join(
        [word if len(word) == 1 else chr(_OTHER + crc32(word.encode()) % _OTHERS) for word in words]
    )
    return tuple([text[at : at + run] for at in range(len(text) - run + 1)])


def _smallest(shingles: Iterable[str]) -> list[int]:
    return sorted({crc32(shingle.encode()) for shingle in shingles})[:_PRINTS]


def _wide(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest(), "big") + 1


def _site(link: str) -> str:
    """What an outlet's hosts have in common: bbc.com of www.bbc.com. A port or a bare number is taken whole."""
    host = pieces(link).netloc
    if ":" in host or host.replace(".", "").isdigit():
        return host
    labels = _MIRROR_LABEL.sub("", host).split(".")
    wide = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _WIDE_SUFFIX
    return ".".join(labels[-3 if wide else -2 :])
