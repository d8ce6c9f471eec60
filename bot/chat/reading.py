"""Reading: /search and plain text in private, /latest, and /why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

from telegram import Message, MessageEntity

from ..errors import QueryError
from ..model import Article, Button, Delivery, Subscriber, Topic
from ..query import Document, Query, Why, parse
from ..snippet import mark, snippet, text_of, title_html
from ..text import units
from ..topics import muted, read
from ..urls import strip_tracking
from .desk import Ask, cut, fitted
from .following import arrows, follow, personal_topic

PAGE = 5  # results on a page
LONGEST_QUERY = 1000  # UTF-16 units of a query that an answer can repeat and leave room for what was found
LONGEST_PASSAGE = 60  # characters of what a query found, where /why shows it
URL = re.compile(r"https?://\S+")


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
    """Plain text in a private chat is a search; a link alone asks about its article."""
    text = (ask.message.text or "").strip() if ask.message else ""
    await (why(ask) if URL.fullmatch(text) else _show_page(ask, text, 0))


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
    queries = [read(topic) for topic in await _followed(ask, subscriber)]
    query = queries[0] if queries else parse("*", everything=True)
    for other in queries[1:]:
        query |= other
    found = await ask.desk.ledger.search(query, limit=PAGE)
    if not found.articles:
        await ask.reply(ask.say("latest.nothing"))
        return
    head = ask.say("latest.followed" if queries else "latest.all")
    await ask.reply(fitted([head, *(_result(ask, article, query) for article in found.articles)]))


async def _followed(ask: Ask, subscriber: Subscriber) -> list[Topic]:
    followed = []
    for topic in await ask.desk.registry.topics():
        if subscriber.follows(topic.id):
            try:
                read(topic)
            except QueryError:
                continue
            followed.append(topic)
    return followed


async def why(ask: Ask) -> None:
    """Say why an article came: in reply to its message; or why not: with its link."""
    replied = ask.message.reply_to_message if ask.message else None
    if replied is not None and (delivery := await ask.desk.ledger.delivered(ask.chat.id, replied.message_id)):
        await ask.reply(await _why_sent(ask, delivery))
        return
    link = _link_in(ask.args, replied)
    if link is None:
        await ask.reply(ask.say("why.how"))
        return
    found = await ask.desk.ledger.by_url(link)
    await ask.reply(await _why_not(ask, found[0]) if found else ask.say("why.unknown"))


def _link_in(args: str, replied: Message | None) -> str | None:
    """The first link behind the command, else in the message that it replies to."""
    written = URL.search(args)
    if written or replied is None:
        return written[0] if written else None
    links = [entity.url for entity in (*replied.entities, *replied.caption_entities) if entity.url]
    shown = URL.search(replied.text or replied.caption or "")
    return links[0] if links else shown[0] if shown else None


async def _why_sent(ask: Ask, delivery: Delivery) -> str:
    article = await ask.desk.ledger.article(delivery.article)
    if article is None:
        return ask.say("why.unknown")
    known = {topic.id: topic for topic in await ask.desk.registry.topics()}
    lines = [ask.say("why.sent", title=article.title[:200])]
    for id in delivery.topics:
        topic = known.get(id)
        reason = _match(topic, article) if topic else None
        if topic is None or reason is None:
            lines.append(ask.say("why.changed", topic=topic.title if topic else id))
        else:
            lines.append(_explained(ask, topic, article, reason))
    return fitted(lines)


def _match(topic: Topic, article: Article) -> Why | None:
    try:
        return read(topic).match(article)
    except QueryError:
        return None


def _explained(ask: Ask, topic: Topic, article: Article, reason: Why) -> str:
    lines = [f"<b>{cut(topic.title, 64)}</b> <code>{cut(topic.query, 200)}</code>"]
    for hit in [h for h in reason.hits if h.place != "feed"][:6]:
        place = ask.say(f"why.in_{hit.place}", n=hit.index + 1)
        text = text_of(article, hit)
        last = min(hit.end, hit.start + LONGEST_PASSAGE)  # a pattern may find a whole paragraph
        start, end = max(0, hit.start - 12), min(len(text), last + 12)
        passage = mark(text, [(hit.start, last)], start=start, end=end)
        lines.append(f"• {place} · {'…' if start else ''}{passage}{'…' if end < len(text) else ''}")
    return "\n".join(lines)


async def _why_not(ask: Ask, article: Article) -> str:
    sent = await ask.desk.ledger.deliveries(article.key)
    for delivery, state in sent:
        if delivery.destination == ask.destination:
            if state == "sent":
                return await _why_sent(ask, delivery)
            key = "why.waiting" if state in ("ready", "inflight") else "why.failed"
            return ask.say(key, title=article.title[:200])
    subscriber = await ask.subscriber()
    reasons = list(_reasons(ask, article, subscriber, await _followed(ask, subscriber)))
    return fitted([ask.say("why.not_sent", title=article.title[:200]), *reasons], between="\n")


def _reasons(ask: Ask, article: Article, subscriber: Subscriber, topics: Sequence[Topic]) -> list[str]:
    """Why this article was not for this subscriber, one line for each topic that it belongs to."""
    if subscriber.paused:
        return [ask.say("why.paused")]
    reasons = []
    for topic in topics:
        following = subscriber.follows(topic.id)
        if following is None or _match(topic, article) is None:
            continue
        if following.paused:
            reasons.append(ask.say("why.topic_paused", topic=topic.title))
        elif word := muted(following, Document(article)):
            reasons.append(ask.say("why.muted", topic=topic.title, word=word))
        elif article.found is not None and article.found < following.since:
            reasons.append(ask.say("why.before", topic=topic.title))
        else:
            reasons.append(ask.say("why.baseline", topic=topic.title))
    return reasons or [ask.say("why.no_topic")]
