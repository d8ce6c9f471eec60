"""What has become of an article that was seen before: the same, changed in what readers were told, or withdrawn.

A feed brings its articles again at every poll, and many of them differ a little each time: a number of comments, a
date, a space. Readers are told of a change only where the title or the summary says something else than before. A
correction (更正) is such a change like any other; it is in the words of the title.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta

from .model import Article, Change
from .summary import summarise
from .text import fold

SETTLED = timedelta(minutes=10)
"""For how long a change must stand: typing errors are mended, and first versions filled, within minutes."""

_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\\.?"
_TIMES = re.compile(
    r"(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?t?|(?:19|20)\d{2}年(?:\d{1,2}月)?|\d{1,2}月\d{1,2}[日号]"
    r"|\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?z?"
    r"|(?:\d+|几|数)\s*(?:秒钟?|分钟|小时|天|周|个月|年)(?:之|以)?前|(?:\d+|an?)\s+(?:second|minute|hour|day|week)s?\s+ago"
    rf"|\b{_MONTH}\s+\d{{1,2}}(?:,?\s+\d{{4}})?\b|\b\d{{1,2}}\s+{_MONTH}(?:\s+\d{{4}})?\b"
)
_COUNTED = "阅读|浏览|点击|评论|留言|点赞|转发|收藏|观看|播放|回复|views?|comments?|repl(?:y|ies)"
_COUNTERS = re.compile(
    rf"(?:{_COUNTED}|分享|热度|shares?|likes?)(?:量|数|次数)?\s*[:=]?\s*\(?\d[\d.,]*\s*(?:万|亿|k|m)?\+?\)?"
    rf"|\d[\d.,]*\s*(?:万|亿|k|m)?\+?\s*(?:次|条|人|个|篇)?\s*(?:{_COUNTED})"
    r"|[(\[]\d+(?:/\d+)?[)\]]"
)
_TAKEN_BACK = "已?撤稿|已?撤回|已?撤下|已?删除|withdrawn|retracted|retraction|removed"
_LABEL = re.compile(
    rf"\s*[(\[【〔]\s*(?:{_TAKEN_BACK})\s*[)\]】〕]|.*[(\[【〔]\s*(?:{_TAKEN_BACK})\s*[)\]】〕]\s*\Z"
)
_HEADING = re.compile(rf"\s*(?:{_TAKEN_BACK})(?:声明|启事|通知|notice)?\s*[:|-]|\s*(?:{_TAKEN_BACK})\s*\Z")
_NOTICE = re.compile(
    r"\s*(?:编者按|编者注|声明|editor'?s note)?\s*[:]?\s*"
    r"(?:(?:本|此|该|这篇|这则)(?:文章?|报道|新闻|稿件?|消息)[^。]{0,40}?"
    r"(?:已|予以|被)(?:经|被|予以|由本台|由本报)*(?:撤稿|撤回|撤下|撤销|删除|下架)"
    r"|(?:this|the) (?:article|story|report|item) (?:has been|was|is) (?:withdrawn|retracted|removed|taken down))"
)


def between(before: Article, current: Article, now: datetime, *, deleted: bool = False) -> Change | None:
    """What is to be kept of an article that its feed has brought again, None where all is as before.

    `deleted`: the feed says that it has taken the entry back. The article's moments stay what they were; `updated` is
    set where readers are to be told.
    """
    withdrawn = deleted or is_withdrawn(current, before)
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
        return Change(replace(after, updated=now), now if withdrawn else now + SETTLED)
    if withdrawn or not differs(before, after):
        return Change(after)
    times = [time for time in (current.updated, current.published) if time and before.published < time <= now]
    latest = max(times, default=now)
    if before.updated and latest <= before.updated:
        latest = now
    return Change(replace(after, updated=latest), now + SETTLED)


def differs(before: Article, after: Article) -> bool:
    """Whether title or summary say something else: not in dates, ages, counters, punctuation, spaces, case or script.

    Other numbers count: three dead are not five.
    """
    return _said(before.title) != _said(after.title) or (
        (before.body != after.body or before.teaser != after.teaser) and _summary(before) != _summary(after)
    )


def is_withdrawn(article: Article, before: Article | None = None) -> bool:
    """Whether the outlet marks the article as taken back: by a label on its title, or a notice in place of its text.

    A heading such as 撤稿： may as well begin the news about somebody else's retraction; it counts only on an
    article that was there `before` without it.
    """
    title, text = fold(article.title), fold(article.body[0].text) if article.body else ""
    if _LABEL.match(title) or _NOTICE.match(text):
        return True
    if before is None:
        return False
    if before.withdrawn and before.title == article.title and before.body == article.body:
        return True  # taken back by other means
    old_title, old_text = fold(before.title), fold(before.body[0].text) if before.body else ""
    return any(
        (_HEADING.match(new) or _LABEL.match(new)) and not (_HEADING.match(old) or _LABEL.match(old))
        for new, old in ((title, old_title), (text, old_text))
    ) or (before.withdrawn and _HEADING.match(title) is not None)


def _summary(article: Article) -> str:
    return _said("".join((article.teaser, *summarise(article))))


def _said(text: str) -> str:
    """What a text says, for comparing."""
    folded = fold(unicodedata.normalize("NFKC", text))
    folded = _COUNTERS.sub(" ", _TIMES.sub(" ", folded))
    return "".join(char for char in folded if char.isalnum())
