"""/why: in reply to an article's message, because of what it came; with an article's link, why it did not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from telegram import Message

from ..errors import QueryError
from ..model import Article, Delivery, Subscriber, Topic
from ..query import Document, Why
from ..snippet import mark, text_of
from ..topics import muted, read
from .desk import Ask, cut, fitted
from .reading import followed_topics

LONGEST_PASSAGE = 60  # characters of what a query found that are shown
URL = re.compile(r"https?://\S+")


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
    reasons = list(_reasons(ask, article, subscriber, await followed_topics(ask, subscriber)))
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
