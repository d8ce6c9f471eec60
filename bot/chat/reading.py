"""Reading: /search and plain text in private, and /latest."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape

from telegram import Message, MessageEntity

from ..errors import QueryError
from ..model import Article, Button, Subscriber, Topic
from ..query import Query, parse
from ..snippet import snippet, title_html
from ..text import units
from ..topics import read
from ..urls import strip_tracking
from .desk import Ask, cut, fitted
from .following import arrows, follow, personal_topic

PAGE = 5  # results on a page
LONGEST_QUERY = 1000  # UTF-16 units of a query that an answer can repeat and leave room for what was found


async def search(ask: Ask) -> None:
    """Answer a search with its first page."""
    text = ask.args
    if (
        not text and ask.message and ask.message.reply_to_message
    ):  # /search in reply to a message searches its text
        text = ask.message.reply_to_message.text or ""
    if not text:
        await ask.reply(ask.say("search.how"))
        return
    await _show_page(ask, text, 0)


async def plain(ask: Ask) -> None:
    """Plain text in a private chat is a search."""
    text = (ask.message.text or "").strip() if ask.message else ""
    await _show_page(ask, text, 0)


async def turn(ask: Ask) -> None:
    """A page's arrow was pressed. The query stands in the message itself."""
    query = code_of(ask.message)
    if query and ask.page is not None:
        await _show_page(ask, query, ask.page)


def code_of(message: Message | None) -> str:
    """The first text in `code` of a message of ours: where the conversation keeps what it needs to go on."""
    found = message.parse_entities([MessageEntity.CODE]) if message else {}
    return next(iter(found.values()), "")


def _parse(ask: Ask, text: str) -> Query:
    query = parse(text, dates=True, regexes=ask.is_admin, now=ask.desk.now(), zone=ask.desk.zone)
    if units(str(query)) > LONGEST_QUERY:
        error = QueryError("too_long", LONGEST_QUERY, len(text), limit=str(LONGEST_QUERY))
        error.text = text
        raise error
    return query


async def _show_page(ask: Ask, text: str, page: int) -> None:
    query = _parse(ask, text)
    found = await ask.desk.ledger.search(query, limit=PAGE, offset=page * PAGE)
    if not found.total:
        await ask.show(ask.say("search.nothing", query=str(query)), (_follow_row(ask),))
        return
    pages = -(-found.total // PAGE)
    if page >= pages:  # of an older answer, to which fewer match by now, as with last:7d
        await _show_page(ask, text, pages - 1)
        return
    lines = [ask.say("search.found", query=str(query), total=found.total)]
    lines += [_result(ask, article, query) for article in found.articles]
    await ask.show(fitted(lines), (*arrows("s", page, pages), _follow_row(ask)))


def _follow_row(ask: Ask) -> tuple[Button, ...]:
    return (ask.button("search.follow", "f:"),)


def _result(ask: Ask, article: Article, query: Query) -> str:
    link = escape(strip_tracking(article.url)[:2048])  # a longer one is no use to anybody
    when = ago(ask, article.published)
    title = title_html(article, query.match(article))
    return f'<a href="{link}">{title}</a>\n{cut(article.source, 60)} · {when}\n{snippet(article, query)}'


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
        await follow(ask, await personal_topic(ask, query))


async def latest(ask: Ask) -> None:
    """The newest articles of what is followed here; of everything, where nothing is."""
    subscriber = await ask.subscriber()
    queries = [read(topic) for topic in await followed_topics(ask, subscriber)]
    query = queries[0] if queries else parse("*", everything=True)
    for other in queries[1:]:
        query |= other
    found = await ask.desk.ledger.search(query, limit=PAGE)
    if not found.articles:
        await ask.reply(ask.say("latest.nothing"))
        return
    head = ask.say("latest.followed" if queries else "latest.all")
    await ask.reply(fitted([head, *(_result(ask, article, query) for article in found.articles)]))


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
