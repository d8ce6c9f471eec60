"""Reading: /search and plain text in private, and /latest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from html import escape

from telegram import Message, MessageEntity

from ..errors import QueryError
from ..message import also
from ..model import Article, Button, Found, Subscriber, Topic
from ..query import Query, parse, spelt
from ..query.tree import needs_something
from ..snippet import snippet, title_html
from ..store import Order
from ..store.trial import COUNTED
from ..text import units
from ..topics import read
from ..urls import LINK, strip_tracking
from . import refining
from .desk import Ask, cut, fitted
from .following import arrows, follow, personal_topic

PAGE = 5  # results on a page
ORDERS: Mapping[str, Order] = {"n": "newest", "r": "relevance"}  # as buttons' data have them
LONGEST_LINK = 500  # characters of a link that an answer repeats
LONGEST_QUERY = 1300  # UTF-16 units of a query that an answer can repeat and leave room for what was found

_EVERYTHING = parse("*", everything=True)


async def search(ask: Ask) -> None:
    """Answer a search with its first page."""
    text = ask.args
    replied = ask.message.reply_to_message if ask.message else None
    if not text and replied:  # /search in reply to a message searches its text, or its picture's caption
        text = replied.text or replied.caption or ""
    if not text:
        await ask.reply(ask.say("search.how"))
    elif LINK.fullmatch(text):
        await _show_linked(ask, text)
    else:
        await _show_page(ask, text, 0)


async def _show_linked(ask: Ask, link: str) -> None:
    """The article of a link, or of each feed that brought it."""
    found = await ask.desk.ledger.by_url(link)
    if not found:
        await ask.reply(ask.say("why.unknown"))
        return
    head = ask.say("search.found", query=link if len(link) <= LONGEST_LINK else "…", total=len(found))
    await ask.reply(fitted([head, *await _results(ask, found, _EVERYTHING)]))


async def plain(ask: Ask) -> None:
    """Plain text in a private chat is a search."""
    text = (ask.message.text or "").strip() if ask.message else ""
    await _show_page(ask, text, 0)


async def turn(ask: Ask) -> None:
    """A page's arrow was pressed. The query stands in the message itself."""
    query = code_of(ask.message)
    if query and ask.page is not None:
        await _show_page(ask, query, ask.page)


async def turn_by_relevance(ask: Ask) -> None:
    """The same, where the best is shown first."""
    query = code_of(ask.message)
    if query and ask.page is not None:
        await _show_page(ask, query, ask.page, "r")


async def choose_span(ask: Ask) -> None:
    """The time's button was pressed: offer spans of time; or one of them: search so."""
    order, span, query = ask.data[:1] or "n", ask.data[1:].rstrip("-"), _shown(ask)
    if query is None:
        return
    if len(ask.data) < 2:
        await ask.rekey(refining.spans(ask, query, order))
    elif span in refining.SPANS:
        await _show_page(ask, str(refining.with_span(ask, query, span)), 0, order)


async def choose_feed(ask: Ask) -> None:
    """The feeds' button was pressed: offer those of what was found; or one of them: search there."""
    order, feed, query = ask.data[:1] or "n", ask.data[1:], _shown(ask)
    if query is None:
        return
    if not feed:
        await ask.rekey(await refining.feeds(ask, query, order))
    else:
        await _show_page(ask, str(refining.with_feed(query, "" if feed == "-" else feed)), 0, order)


async def try_another(ask: Ask) -> None:
    """One of the queries that were offered where nothing was found."""
    found = codes_of(ask.message)
    if ask.page is not None and 0 < ask.page < len(found):
        await _show_page(ask, found[ask.page], 0)


def _shown(ask: Ask) -> Query | None:
    """The query that the message with the pressed button is about."""
    text = code_of(ask.message)
    return _parse(ask, text) if text else None


def code_of(message: Message | None) -> str:
    """The first text in `code` of a message of ours: where the conversation keeps what it needs to go on."""
    return next(iter(codes_of(message)), "")


def codes_of(message: Message | None) -> list[str]:
    """All of them, in order."""
    return list(message.parse_entities([MessageEntity.CODE]).values()) if message else []


def _parse(ask: Ask, text: str) -> Query:
    query = parse(text, dates=True, regexes=ask.is_admin, now=ask.desk.now(), zone=ask.desk.zone)
    if units(str(query)) > LONGEST_QUERY:
        place = min(LONGEST_QUERY, len(text) - 1)  # what was typed may be shorter than what is repeated
        error = QueryError("too_long", place, len(text) - place, limit=str(LONGEST_QUERY))
        error.text = text
        raise error
    return query


async def _show_page(ask: Ask, text: str, page: int, order: str = "n") -> None:
    query = _parse(ask, text)
    found = await ask.desk.ledger.search(
        query, limit=PAGE, offset=page * PAGE, order=ORDERS[order], count=COUNTED
    )
    if not found.total:
        await _show_nothing(ask, query, found)
        return
    pages = -(-found.total // PAGE)
    if page >= pages:  # of an older answer, to which fewer match by now, as with last:7d
        await _show_page(ask, text, pages - 1, order)
        return
    key = "search.found_more" if found.more else "search.found"
    head = ask.say(key, query=spelt(query, ask.language), total=found.total)
    lines = [f"{head}{_since(ask, found)}", *await _results(ask, found.articles, query)]
    turning = arrows("sr" if order == "r" else "s", page, pages)
    row = await refining.row(ask, query, order, found.articles)
    await ask.show(fitted(lines), (*turning, row, _follow_row(ask)))


async def _show_nothing(ask: Ask, query: Query, found: Found) -> None:
    """Say so, and which queries like this one find something."""
    lines = [f"{ask.say('search.nothing', query=spelt(query, ask.language))}{_since(ask, found)}"]
    tries = await refining.tries(ask, query)
    if tries:
        lines.append(ask.say("search.try"))
        lines += [
            f"{number}. <code>{escape(spelt(other, ask.language), quote=False)}</code> · {count}"
            for number, (other, count) in enumerate(tries, 1)
        ]
    else:
        lines.append(ask.say("search.no_try"))
    buttons = tuple(Button(str(number), data=f"sx:{number}") for number in range(1, len(tries) + 1))
    await ask.show(fitted(lines, between="\n"), (*((buttons,) if buttons else ()), _follow_row(ask)))


def _since(ask: Ask, found: Found) -> str:
    """How far back a search came that ran out of time."""
    if found.since is None:
        return ""
    return "\n" + ask.say("search.since", date=f"{found.since.astimezone(ask.desk.zone):%Y-%m-%d}")


def _follow_row(ask: Ask) -> tuple[Button, ...]:
    return (ask.button("search.follow", "f:"),)


async def _results(ask: Ask, articles: Sequence[Article], query: Query) -> list[str]:
    """Each story once, by the first of its articles here, naming the outlets that have it too."""
    told: set[str] = set()
    lines = []
    for article in articles:
        if article.key not in told:
            story = await ask.desk.ledger.story(article.key)
            told.update(one.key for one in story)
            others = [one for one in story if one.key != article.key]
            lines.append(_result(ask, article, others, query))
    return lines


def _result(ask: Ask, article: Article, others: Sequence[Article], query: Query) -> str:
    link = escape(strip_tracking(article.url)[:2048])  # a longer one is no use to anybody
    when = ago(ask, article.published)
    title = title_html(article, query.match(article))
    byline = " · ".join(
        filter(None, (cut(article.source, 60), when, also(article.source, others, ask.language)))
    )
    return f'<a href="{link}">{title}</a>\n{byline}\n{snippet(article, query)}'


def ago(ask: Ask, when: datetime) -> str:
    """How long ago, in the asker's words; beyond a week the date in the configured zone."""
    past = ask.desk.now() - when
    if past < timedelta(minutes=1):
        return ask.say("ago.now")
    if past < timedelta(hours=1):
        return ask.say("ago.minutes", n=past // timedelta(minutes=1))
    if past < timedelta(days=1):
        return ask.say("ago.hours", n=past // timedelta(hours=1))
    if past < timedelta(days=7):
        return ask.say("ago.days", n=past // timedelta(days=1))
    return f"{when.astimezone(ask.desk.zone):%Y-%m-%d}"


async def follow_search(ask: Ask) -> None:
    """关注这个搜索 was pressed: make it a personal topic."""
    if not await ask.may_change():
        await ask.refuse("group.only_admins")
        return
    query = code_of(ask.message)
    if query:
        lasting = refining.without_dates(_parse(ask, query))  # a topic is about what is yet to come
        if not needs_something(lasting.tree):
            await ask.refuse("search.only_dates")
            return
        await follow(ask, await personal_topic(ask, str(lasting)))


async def latest(ask: Ask) -> None:
    """The newest articles of what is followed here; of everything, where nothing is."""
    subscriber = await ask.subscriber()
    queries = [read(topic) for topic in await followed_topics(ask, subscriber)]
    query = queries[0] if queries else _EVERYTHING
    for other in queries[1:]:
        query |= other
    found = await ask.desk.ledger.search(query, limit=PAGE * 3)  # of a story there may be several
    if not found.articles:
        await ask.reply(ask.say("latest.nothing"))
        return
    head = ask.say("latest.followed" if queries else "latest.all")
    await ask.reply(fitted([head, *(await _results(ask, found.articles, query))[:PAGE]]))


async def followed_topics(ask: Ask, subscriber: Subscriber) -> list[Topic]:
    """The topics that are followed here and whose queries can be read."""
    followed = []
    for topic in await ask.desk.registry.topics():
        if subscriber.follows(topic.id):
            try:
                read(topic)
            except QueryError:
                continue
            followed.append(topic)
    return followed
