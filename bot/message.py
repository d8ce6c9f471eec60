"""An article as one Telegram message: title, source and time, a true summary, hashtags; within Telegram's limits.

Telegram HTML (https://core.telegram.org/bots/api#html-style): everything from outside is escaped, and what is too
long is shortened by whole parts. Only a title may be cut within, and shows it.
"""

from __future__ import annotations

import functools
import logging
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape, unescape
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .locale import say
from .model import Article, Button, Message, Mode, Style, Topic
from .sentences import join
from .snippet import mark
from .summary import at_length, summarise, within
from .text import fold, places, units
from .typography import tidy
from .urls import pieces, strip_tracking

CAPTION_LIMIT = 1024  # UTF-16 units of a photo's caption, https://core.telegram.org/bots/api#sendphoto
TEXT_LIMIT = 4096  # UTF-16 units of a message, https://core.telegram.org/bots/api#sendmessage
_MOST_TAGS = 3
_MOST_TOPICS = 10  # of those that brought the article, named by hashtags and by titles each
_LONGEST_TAG = 32  # characters; Telegram takes 256, readers do not
_LONGEST_URL = 2048  # of a link or button
_MOST_CREDITS = 4
_MOST_OTHERS = 4  # outlets named besides the article's own
_LONGEST_NAME = 64  # UTF-16 units of a source or an agency
_MOST_MARKS = 40  # words in bold: Telegram takes a hundred entities in all

_ENTITY = re.compile(r"&(lt|gt|amp|quot|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_MARKUP = re.compile(r"<[^<>]*>")
_QUOTED_TERM = re.compile("[“「『]([^“”「」『』]{2,12})[”」』]")
_IS_QUERY = re.compile(r'[|()（）:："“”｜]|\b(?:OR|AND)\b|(?:^|\s)-')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ZONES: Final[Mapping[str, Mapping[str, str]]] = tomllib.loads(
    Path(__file__).with_name("zones.toml").read_text("utf-8")
)

_SURROGATE = re.compile("[\ud800-\udfff]")
_log = logging.getLogger(__name__)


def compose(
    article: Article,
    *,
    topics: Sequence[Topic] = (),
    language: str = "zh-Hans",
    timezone: str = "Asia/Shanghai",
    style: Style | None = None,
    mode: Mode = "summary",
    wanted: Sequence[str] = (),
    now: datetime | None = None,
    others: Sequence[tuple[str, str]] = (),
    updated: datetime | None = None,
    caption: bool = False,
    related: Sequence[Article] | None = None,
) -> Message:
    """The message about an article for one reader.

    `topics` give hashtags, `wanted` (folded) terms that the summary is to show, in bold. The year is shown where `now`
    is given and is in another one. An unknown time zone is UTC. `others` are names and addresses of outlets that tell
    the same story; `updated` is when the article was changed after its reader had got it. A withdrawn article is marked
    so, and no longer summarised. `caption`: the text goes below a picture that is there already. Where `related` is
    given, the message tells more: up to two more sentences, and these articles' titles.
    """
    style = style or Style()
    image = article.lead_image if style.image != "none" else None
    photo = image if style.image == "photo" else None
    if article.withdrawn:
        mode = "title"
    link = _link(article.url)
    sentences = said(article, style, mode=mode, wanted=wanted)
    if related is not None and mode == "summary":
        sentences = at_length(article, sentences)
    told = {other.url for other in related or ()}  # with their titles
    parts = _Parts(
        title=_title(article),
        link=link,
        byline=_byline(article, language, timezone, now, updated),
        said=sentences,
        wanted=wanted,
        credits=_credits(article, language) if mode != "title" else "",
        others=_Others([other for other in others if other[1] not in told], article.source, language),
        related=[_related(other) for other in related or ()],
        tags=_tags(article, topics),
        names=_names(topics),
    )
    read = Button(say(language, "message.read"), url=link)
    return Message(
        html=parts.within(CAPTION_LIMIT if photo or caption else TEXT_LIMIT),
        photo=photo,
        preview=None if photo else image,
        buttons=((read,),) if style.buttons and link else (),
    )


def fallbacks(message: Message, article: Article) -> Iterator[Message]:
    """What to send where Telegram refuses the message's picture, best first: the picture through the feed's own
    proxy, then as a large preview above the text, then no picture. Ends with a message that has none."""
    lead = article.lead_image
    if message.photo is not None and article.proxied and article.proxied[0] not in (message.photo, lead):
        yield replace(message, photo=article.proxied[0])
    if message.photo is not None and lead:
        yield replace(message, photo=None, preview=lead)
    yield replace(message, photo=None, preview=None)


def plainest(message: Message, article: Article) -> Message:
    """What is left of a message where Telegram refuses it for a reason that nobody knows: its words and its link."""
    words = unescape(_MARKUP.sub("", message.html))
    return Message(html=_escaped(f"{words}\n\n{_link(article.url)}".strip()))


def also(source: str, others: Sequence[Article], language: str) -> str:
    """The HTML that names the outlets, besides `source`, that tell the same story; "" where there are none."""
    named = [(other.source, other.url) for other in others if not other.withdrawn]
    return _Others(named, source, language).html()


def visible_units(html: str) -> int:
    """How long Telegram takes the HTML to be: UTF-16 units of its text, tags and addresses not counted."""
    return units(_ENTITY.sub(lambda match: unescape(match[0]), _MARKUP.sub("", html)).strip())


class _Parts:
    """What a message is made of, in plain text; made shorter until it fits."""

    def __init__(
        self,
        *,
        title: str,
        link: str,
        byline: str,
        said: Sequence[str],
        wanted: Sequence[str],
        credits: str,
        others: _Others,
        related: Sequence[str],
        tags: Sequence[str],
        names: Sequence[str],
    ) -> None:
        self._title = title
        self._link = link
        self._byline = byline
        self._said = list(said)
        self._wanted = wanted
        self._credits = credits
        self._others = others
        self._related = list(related)
        self._tags = list(tags)
        self._names = list(names)

    def within(self, limit: int) -> str:
        """The message's HTML in at most `limit` UTF-16 units."""
        while (excess := visible_units(self._html()) - limit) > 0:
            if self._others.shorten():
                continue
            if self._related:
                self._related.pop()
            elif self._said:
                self._said.pop()
            elif self._credits:
                self._credits = ""
            elif self._tags:
                self._tags.pop()
            elif self._names:
                self._names.pop()
            elif self._others:
                self._others.drop()
            else:
                self._title = _cut(self._title, units(self._title) - excess)
        return self._html()

    def _named(self) -> str:
        return f"📌 {_escaped(' · '.join(self._names))}" if self._names else ""

    def _html(self) -> str:
        title = f"<b>{_escaped(self._title)}</b>"
        if self._link:
            title = f'<b><a href="{escape(self._link)}">{_escaped(self._title)}</a></b>'
        said = [_marked(join(self._said), self._wanted)] if self._said else []
        if self._credits:
            said.append(f"<i>{_escaped(self._credits)}</i>")
        parts = [
            f"{title}\n{self._byline}",
            "\n".join(said),
            self._others.html(),
            "\n".join(self._related),
            "\n".join(filter(None, (" ".join(f"#{tag}" for tag in self._tags), self._named()))),
        ]
        return "\n\n".join(part for part in parts if part)


class _Others:
    """The line that names the other outlets of a story."""

    def __init__(self, others: Sequence[tuple[str, str]], source: str, language: str) -> None:
        named: dict[str, tuple[str, str]] = {fold(tidy(source)): ("", "")}
        for name, url in others:
            if clean := tidy(name):
                named.setdefault(fold(clean), (_short(clean), _link(url)))
        self._links = [*named.values()][1:]
        self._shown = min(len(self._links), _MOST_OTHERS)
        self._language = language

    def __bool__(self) -> bool:
        return bool(self._shown)

    def shorten(self) -> bool:
        """Name one less, and count the rest; False where one only is named."""
        if self._shown < 2:
            return False
        self._shown -= 1
        return True

    def drop(self) -> None:
        """Name none."""
        self._shown = 0

    def html(self) -> str:
        """The line, "" where there is none to name."""
        if not self._shown:
            return ""
        names = (", " if self._language == "en" else "、").join(
            f'<a href="{escape(url)}">{_escaped(name)}</a>' if url else _escaped(name)
            for name, url in self._links[: self._shown]
        )
        if self._shown == len(self._links):
            return say(self._language, "message.also", names=names)
        return say(self._language, "message.also_many", names=names, count=len(self._links))


def _escaped(text: str) -> str:
    # Half a surrogate pair, which some feeds cut an emoji into, cannot be sent at all.
    return escape(_SURROGATE.sub("", text), quote=False)


def _related(article: Article) -> str:
    """A related article's line, as HTML: its title and its outlet."""
    title, link = _escaped(_short(_title(article))), _link(article.url)
    source = f" · {_escaped(_short(tidy(article.source)))}" if article.source else ""
    return "▸ " + (f'<a href="{escape(link)}">{title}</a>' if link else title) + source


def _marked(text: str, wanted: Sequence[str]) -> str:
    """The text as HTML, with the words that its reader asked for in bold."""
    text = _SURROGATE.sub("", text)
    folded = fold(text)
    spans = [(at, at + len(term)) for term in dict.fromkeys(wanted) if term for at in places(term, folded)]
    return mark(text, sorted(spans)[:_MOST_MARKS])


def _cut(text: str, most: int) -> str:
    """The text's beginning and … in at most `most` UTF-16 units; no character and no emoji is cut apart."""
    kept = text
    while kept and units(kept) > most - 1:
        kept = kept[: max(0, min(len(kept) - 1, most - 1))]
    while kept and (
        kept[-1] == "\u200d" or unicodedata.category(text[len(kept) : len(kept) + 1] or " ") in ("Mn", "Me")
    ):
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _short(name: str) -> str:
    return name if units(name) <= _LONGEST_NAME else _cut(name, _LONGEST_NAME)


def _title(article: Article) -> str:
    title = tidy(unescape(article.title))
    return title or tidy(article.source) or tidy(pieces(article.url).netloc) or "…"


def _link(url: str) -> str:
    """The address as readers see it, "" where Telegram would not make it a link."""
    url = strip_tracking(url)
    try:
        parts = urlsplit(url)
        host, bare_colon = parts.hostname or "", parts.netloc.endswith(":")
    except ValueError:
        return ""
    is_public = "." in host.strip(".") and not bare_colon and url.lower().startswith(("http://", "https://"))
    return url if is_public and len(url) <= _LONGEST_URL else ""


def said(
    article: Article, style: Style, *, mode: Mode = "summary", wanted: Sequence[str] = ()
) -> Sequence[str]:
    """The sentences that a message says. Where a summariser that was plugged in fails, those of the shipped one."""
    if mode == "title" or (mode == "teaser" and not article.teaser):
        return ()
    chars, share = style.summary_chars, style.summary_share
    if style.summariser:
        try:
            sentences = [
                str(one) for one in style.summariser(article, chars=chars, share=share, wanted=wanted)
            ]
            return within(sentences, chars)
        except Exception:
            _log.exception("the summariser failed at the article %s", article.key)
    return _summary(article, chars, share, tuple(wanted))


@functools.lru_cache(maxsize=4)
def _summary(article: Article, chars: int, share: float, wanted: tuple[str, ...]) -> Sequence[str]:
    # Remembered, as readers whose topics ask for the same differ in language and style, and the shell asks twice.
    return summarise(article, chars=chars, share=share, wanted=wanted)


def _byline(
    article: Article, language: str, timezone: str, now: datetime | None, updated: datetime | None
) -> str:
    """The outlet and the time, and what became of the article since, as HTML."""
    source = _short(tidy(article.source))
    line = "🗞 " + (f"{_escaped(source)} · " if source else "")
    line += _moment(article.published, language, timezone, now)
    if not article.withdrawn and updated is None:
        return line
    mark = f"⚠️ <b>{say(language, 'message.withdrawn')}</b>" if article.withdrawn else ""
    mark = mark or f"✏️ {say(language, 'message.updated')}"
    return f"{line}\n{mark}" + (f" · {_moment(updated, language, timezone, now)}" if updated else "")


def _moment(moment: datetime, language: str, timezone: str, now: datetime | None) -> str:
    """A time as HTML. Clients that know `tg-time` show the moment in their reader's own zone and language; what it
    holds is for the others (https://core.telegram.org/bots/api#html-style)."""
    zone: tzinfo
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = UTC
    try:
        when = moment.astimezone(zone)
    except OverflowError:
        when = moment
    show_year = now is not None and now.astimezone(when.tzinfo).year != when.year
    name = _ZONES.get(language, {}).get(timezone) or _offset(when.utcoffset() or timedelta())
    said = _escaped(_time(when, language, name, show_year=show_year))
    second = int(moment.timestamp())
    return f'<tg-time unix="{second}" format="Dt">{said}</tg-time>' if 0 < second < 2**31 else said


def _time(when: datetime, language: str, zone: str, *, show_year: bool) -> str:
    clock = f"{when:%H:%M}"
    if language == "en":
        year = f" {when.year}" if show_year else ""
        return f"{when.day} {_MONTHS[when.month - 1]}{year} {clock} ({zone})"
    year = f"{when.year}年" if show_year else ""
    return f"{year}{when.month}月{when.day}日 {clock}（{zone}）"


def _offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def _credits(article: Article, language: str) -> str:
    names = [
        _short(name) for given in article.credits if (name := tidy(given)) and name not in article.source
    ]
    if not names:
        return ""
    between = ", " if language == "en" else "、"
    return say(language, "message.credits", names=between.join(names[:_MOST_CREDITS]))


def _tags(article: Article, topics: Sequence[Topic]) -> list[str]:
    """Hashtags from the topics, the feed's categories, a term that the title quotes, and the source."""
    titles = [topic.title for topic in topics if _has_tag(topic)]
    terms = [
        term for term in _QUOTED_TERM.findall(article.title) if not re.search(r"\s|[，。！？,.!?]", term)
    ]
    found: dict[str, str] = {}
    source = "" if "." in article.source else article.source  # a host's name, for want of the outlet's
    for word in (*titles, *article.tags, *terms, source):
        if tag := hashtag(word):
            found.setdefault(fold(tag), tag)
    # An article that several topics brought names them all.
    return list(found.values())[: max(_MOST_TAGS, min(len(titles), _MOST_TOPICS))]


def _has_tag(topic: Topic) -> bool:
    return topic.owner is None and not _IS_QUERY.search(topic.title) and bool(hashtag(topic.title))


def _names(topics: Sequence[Topic]) -> list[str]:
    """Where several topics brought the article: the titles of those that no hashtag names. Personal topics get none,
    which anybody could look for."""
    if len(topics) < 2:
        return []
    tagged = [topic for topic in topics if _has_tag(topic)]
    named = [topic for topic in topics if topic not in tagged[:_MOST_TOPICS]]
    names = [_short(tidy(topic.title)) for topic in named]
    shown = names[:_MOST_TOPICS]
    return shown + ([f"+{len(names) - len(shown)}"] if len(names) > len(shown) else [])


def hashtag(word: str) -> str:
    """The word as Telegram accepts it after `#`, "" where nothing readable is left: letters, digits and `_`, at
    least one of them a letter (TDLib, MessageEntity.cpp)."""
    kept = "".join(character for character in unescape(word) if character == "_" or _is_tag_letter(character))
    has_letter = any(unicodedata.category(character).startswith("L") for character in kept)
    return kept if has_letter and len(kept) <= _LONGEST_TAG else ""


def _is_tag_letter(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("L") or category == "Nd"
