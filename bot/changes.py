"""What has become of an article that was seen before: the same, changed in what readers were told, or withdrawn.

A feed brings its articles again at every poll, and many of them differ a little each time: a number of comments, a
date, a space. Readers are told of a change only where the title or the summary says something else than before. A
correction (更正) is such a change like any other; it is in the words of the title.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from .model import Article, Change
from .summary import summarise
from .text import fold

SETTLED = timedelta(minutes=10)
"""For how long a change must stand: typing errors are mended, and first versions filled, within minutes."""

_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\\.?"
_TIMES = re.compile(
    r"(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?t?|(?:19|20)\d{2}年(?:\d{1,2}月)?|\d{1,2}月\d{1,2}[日号]"
    r"|\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?z?|\d{1,2}[时点]\d{1,2}分"
    r"|(?:(?<!\d)\d+|几|数)\s*(?:秒钟?|分钟|小时|天|周|个月|年)(?:之|以)?前|(?:(?<!\d)\d+|an?)\s+(?:second|minute|hour|day|week)s?\s+ago"
    rf"|\b{_MONTH}\s+\d{{1,2}}(?:,?\s+\d{{4}})?\b|\b\d{{1,2}}\s+{_MONTH}(?:\s+\d{{4}})?\b"
)
_COUNTED = "阅读|浏览|点击|评论|留言|点赞|转发|收藏|观看|播放|回复|views?|comments?|repl(?:y|ies)"
_COUNTERS = re.compile(
    rf"(?:{_COUNTED}|分享|热度|shares?|likes?)(?:量|数|次数)?\s*[:=]?\s*\(?\d[\d.,]*\s*(?:万|亿|k|m)?\+?\)?"
    rf"|(?<![\d.,])\d[\d.,]*\s*(?:万|亿|k|m)?\+?\s*(?:次|条|人|个|篇)?\s*(?:{_COUNTED})"
    r"|[(\[]\d+(?:/\d+)?[)\]]"
)
# What says how a piece is brought, and not what it says. All below as it is folded.
_DELIVERY = re.compile(
    r"\s*[(\[【〔]?(?:(?:持续|滚动|实时)?更新|最新|直播|快讯|突发|独家|视频|图集"
    r"|(?:updated?|live|breaking|exclusive|video|watch|photos)(?:\s+\d{1,2})?)(?:[)\]】〕]|\s*[:|-])\s*"
)
_DELIVERED = re.compile(
    r"(?:[(\[【〔]\s*(?:[组多附]?图|图集|(?:附|含)?视频|高清|直播中?|(?:持续|滚动|实时|不断)?更新中?"
    r"|updat(?:ed?|ing)|live|video|watch|photos)\s*[)\]】〕]\s*){1,3}\Z"
)
_NUMERAL = re.compile(
    r"(?<![\d〇零一二两三四五六七八九十百千])[〇零一二两三四五六七八九十百千]+(?![\d〇零一二两三四五六七八九十百千])"
)
_PLACE = re.compile(r"([一二两三四五六七八九]?)([千百十])|零|([一二两三四五六七八九])\Z")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"千": 1000, "百": 100, "十": 10}
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_CUT = re.compile(
    r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|(?:阅读|查看)(?:全文|更多)|read more|continue reading)[)\]。.»>]*\s*\Z"
)

_TAKEN_BACK = (
    "(?:(?:(?:此|本|该)(?:[文稿]|文章|稿件|报道|内容|新闻)|稿件)?已?被?|(?:文章|报道|内容)已被?)(?:撤稿|撤回|撤下|撤销刊登|撤销|删除|下架|作废)"
    "|(?:this (?:story|article|report) (?:has been|was|is) )?(?:withdrawn|retracted|removed)|retraction"
)
_LABEL = re.compile(
    rf"\s*[(\[【〔]\s*(?:{_TAKEN_BACK})\s*[)\]】〕]|.*[(\[【〔]\s*(?:{_TAKEN_BACK})\s*[)\]】〕]\s*\Z"
)
_HEADING = re.compile(
    rf"\s*(?:(?:更正|致歉|道歉)[与及和暨并、])?(?:{_TAKEN_BACK})(?:声明|启事|通知|公告| notice)?\s*(?:[:|-]|\Z)"
    r"|[^.。]{2,60} (?:has|have|is|are) (?:withdrawn|withdrawing|retracted|retracting)"
    r" (?:its|this|the|our) (?:story|article|report)\b"
)
_PIECE = "文章?|报[道导]|新闻|稿件?|消息|内容|贴文"
_NOTICE = re.compile(
    r"\s*[(\[【]?(?:编者按|编按|编者注|声明|启事|editor'?s note)?\s*[:]?\s*"
    rf"(?:(?:(?:本|此|该|这篇|这则)(?:{_PIECE})[^。未没]{{0,40}}?(?:已|予以|被|因故|,)"
    rf"|(?:{_PIECE})已)(?:[现特兹故](?:已|将|决定)?)?(?:经|被|予以?|由)?(?:作者|发布者|本[台报社站刊网]|编辑部)?"
    r"(?:撤稿|撤回|撤下|撤销|收回|删除|下架|作废|不再提供)"
    rf"|(?:本|此|该)(?:{_PIECE})[^。未没]{{0,40}}?不再提供"
    r"|(?:[因经][^。]{2,30},)?(?:本[台报社站刊网]|编辑部)(?:已|现|决定|予以|将)*(?:撤下|撤回|撤销|收回|删除)"
    rf"(?:这|此|该|本)[篇则]?(?:{_PIECE})"
    r"|(?:this|the) (?:article|story|report|item|content) (?:has been|was|is) "
    r"(?:(?:withdrawn|retracted|removed|deleted|taken down)"
    r"(?=\s*(?:[.,;:)\]]|\Z|by\b|because|due to|pending|at the|as it|from (?:our|the|this) (?:web)?site))"
    r"|no longer available))"
)
_GONE = re.compile(
    r"\s*(?:(?:抱歉|对不起|很遗憾|sorry)[,，!]?\s*)?(?:"
    r"(?:您|你)?(?:所|要)?(?:访问|查找|请求|浏览|查看)?的?(?:此|该|本|这个)?(?:网?页面?|文章|内容)"
    r"(?:已经?|现已)?(?:不存在|找不到|被删除|删除|失效|无法显示|移除)(?:了|或已?被?删除)?"
    r"|(?:此|该|本)(?:内容|文章|网?页面?|视频|帖子)(?:[因由被][^。:]{2,30})?,?(?:已经?|暂时?)?(?:无法|不能|不可)"
    r"(?:查看|显示|浏览|访问|阅读|打开)"
    r"|(?:error )?404(?:\s*[-:|]?\s*(?:page )?not found)?"
    r"|(?:this )?(?:page|article|content) (?:not found|does not exist|no longer exists))[.。!]?\s*\Z"
)
_NOT_FOUND = re.compile(r"(?:error )?(?:404\s*[-:|]?\s*)?(?:page )?not found\Z")
_NAMED = re.compile(r"\s*[-|–—_]\s*([^-|–—_]{1,30})\Z")
_LINE = 1000  # characters of a title, or of a first line
_END = 40  # characters in which a text says that it goes on elsewhere
_READ = 200_000  # characters of a text
_ALONE = 120  # characters: more than a notice that stands in place of a text


def between(before: Article, current: Article, now: datetime, *, deleted: bool = False) -> Change | None:
    """What is to be kept of an article that its feed has brought again, None where all is as before.

    `deleted`: the feed says that it has taken the entry back. The article's moments stay what they were; `updated` is
    set where readers are to be told.
    """
    withdrawn = deleted or is_withdrawn(current, before)
    if withdrawn and _says_nothing(current):
        # readers are told of what there is no more, not of an error page
        current = replace(current, title=before.title, url=before.url)
    elif not withdrawn and _is_cut_short(before, current):
        current = replace(current, body=before.body, teaser=before.teaser or current.teaser)
    after = replace(
        current,
        key=before.key,
        feed=before.feed,
        published=before.published,
        found=before.found,
        updated=before.updated,
        withdrawn=withdrawn,
    )
    if after == before:
        return None
    if withdrawn != before.withdrawn:
        return Change(
            replace(after, updated=now), now if withdrawn else now + SETTLED, _print(before), _print(after)
        )
    if withdrawn or not differs(before, after):
        return Change(after)
    times = [time for time in (current.updated, current.published) if time and before.published < time <= now]
    latest = max(times, default=now)
    if before.updated and latest <= before.updated:
        latest = now
    return Change(replace(after, updated=latest), now + SETTLED, _print(before), _print(after))


def differs(before: Article, after: Article) -> bool:
    """Whether title or summary say something else: not in dates, ages, counters, punctuation, spaces, case or script.

    Other numbers count: three dead are not five. A summary that is put together otherwise because the text grew by an
    advertisement says nothing else, where all that it says stood in the text before, and what it said still does.
    """
    if _headline(before) != _headline(after):
        return True
    if before.body == after.body and before.teaser == after.teaser:
        return False
    return not (_is_in(_told(before), after) and _is_in(_told(after), before))


def is_withdrawn(article: Article, before: Article | None = None) -> bool:
    """Whether the outlet marks the article as taken back: by a label on its title, or a notice in place of its text.

    A heading such as 撤稿： may as well begin the news about somebody else's retraction, and a text may begin with what
    became of another one; they count only on an article that was there `before` without them. So does an error page.
    """
    title, text = _first_lines(article)
    if _LABEL.match(title):
        return True
    if before is None:
        return _NOTICE.match(text) is not None and article.size <= _ALONE
    if before.withdrawn and before.title == article.title and before.body == article.body:
        return True  # taken back by other means
    old_title, old_text = _first_lines(before)
    if title != old_title and _says_nothing(article):
        return True
    if text != old_text and _GONE.match(text) and article.size <= _ALONE:
        return True
    places = (
        (_HEADING, title, old_title),
        (_HEADING, text, old_text),
        (_LABEL, text, old_text),
        (_NOTICE, text, old_text),
    )
    return any(mark.match(new) and (before.withdrawn or not mark.match(old)) for mark, new, old in places)


def _first_lines(article: Article) -> tuple[str, str]:
    return fold(article.title[:_LINE]), fold(article.body[0].text[:_LINE]) if article.body else ""


def _says_nothing(article: Article) -> bool:
    """Whether a title tells no more than that something was taken back, or is not there."""
    folded = fold(article.title[:_LINE]).strip()
    if name := _NAMED.search(folded):
        head = folded[: name.start()]
        if _NOT_FOUND.match(head) or _letters(name[1]) == _letters(article.source):
            folded = head
    found = _GONE.match(folded) or _LABEL.match(folded) or _HEADING.match(folded)
    return found is not None and found.end() == len(folded.rstrip())


def _is_cut_short(before: Article, after: Article) -> bool:
    """Whether the feed brings less of the same text: nothing of it, or a beginning that ends in the midst."""
    text = "\n".join(block.text for block in after.body)
    if not text.strip() and before.body:
        return not after.teaser or after.teaser == before.teaser
    end = text.rstrip()[-_END:]
    cut = _CUT.search(fold(end))
    if cut is None and not end[-1:].isalnum():
        return False
    new = _letters(text.rstrip()[: -(len(end) - cut.start())] if cut else text)
    old = _letters("".join(block.text for block in before.body))
    return len(new) < len(old) and old.startswith(new)


def _headline(article: Article) -> str:
    """What the title says, without its outlet's name at the end, and without how it is brought."""
    title = fold(unicodedata.normalize("NFKC", article.title[:_LINE]))
    if label := _DELIVERY.match(title):
        title = title[label.end() :]
    title = _undelivered(title)
    head, separator, tail = title.rpartition(
        next((one for one in (" - ", "|", " – ", " — ") if one in title), "|")
    )
    is_name = separator and tail.strip() and _letters(tail) == _letters(fold(article.source))
    return _said(_undelivered(head) if is_name else title)


def _undelivered(title: str) -> str:
    found = _DELIVERED.search(title := title.rstrip())
    return title[: found.start()] if found else title


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text)))


def _told(article: Article) -> tuple[str, ...]:
    return (article.teaser, *summarise(article))


def _print(article: Article) -> str:
    """A short name for all that readers are told of the article: the same when it is told again."""
    said = (_headline(article), *map(_said, _told(article)), str(article.withdrawn))
    return blake2b("\n".join(said).encode(), digest_size=12).hexdigest()


def _is_in(told: Sequence[str], article: Article) -> bool:
    text = _said("\n".join((article.teaser, *(block.text for block in article.body)))[:_READ])
    return all(_said(part) in text for part in told)


def _said(text: str) -> str:
    """What a text says, for comparing."""
    folded = fold(unicodedata.normalize("NFKC", text))
    folded = _COUNTERS.sub(" ", _TIMES.sub(" ", folded))
    folded = _POINT.sub("点", _NUMERAL.sub(_number, folded))
    return "".join(char for char in folded if char.isalnum())


def _number(match: re.Match[str]) -> str:
    """A number in the digits of every other: 三 is 3, 四十 is 40, 二〇二六 is 2026. 三五 (three to five) is left."""
    written = match[0]
    if not _PLACES.keys() & set(written):
        is_number = len(written) == 1 or len(written) >= 4 or "〇" in written or "零" in written
        return "".join(str(_DIGITS[char]) for char in written) if is_number else written
    total, at, place = 0, 0, 10_000
    while at < len(written):
        part = _PLACE.match(written, at)
        if part is None or (part[2] and _PLACES[part[2]] >= place):
            return written
        if part[2]:
            place = _PLACES[part[2]]
            total += _DIGITS.get(part[1], 1) * place
        elif part[3]:
            total += _DIGITS[part[3]]
        at = part.end()
    return str(total) if written[0] not in "百千" else written
