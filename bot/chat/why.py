"""/why: in reply to an article's message, because of what it came; with an article's link, why it did not.

What it says is worked out anew, by the matcher that alerts are made with, on the article as it is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from telegram import Message

from ..model import Article, Button, Delivery, Following, Keyboard, Subscriber, Topic
from ..nearest import Miss, nearest
from ..query import Document, Why, spelt
from ..snippet import mark, text_of
from ..topics import muted, readable
from ..urls import LINK
from .desk import Ask, cut, fitted
from .narrowing import for_here
from .reading import ago

LONGEST_PASSAGE = 60  # characters of what a query found that are shown
MOST_OFFERED = 3  # topics that match and are not followed
IMPORTED = "archive"  # the feed of what was imported
UNWANTED = "no longer wanted"  # the reason with which a delivery ends that its reader narrowed away meanwhile


async def why(ask: Ask) -> None:
    """Say why an article came: in reply to its message; or why not: with its link."""
    replied = ask.message.reply_to_message if ask.message else None
    if delivery := await ask.delivered(replied):
        await ask.reply(await _why_sent(ask, delivery))
        return
    link = _link_in(ask.args, replied)
    if link is None:
        await ask.reply(ask.say("why.how"))
        return
    found = await ask.desk.ledger.by_url(link)
    await ask.reply(*await _why_not(ask, found) if found else (ask.say("why.unknown"),))


def _link_in(args: str, replied: Message | None) -> str | None:
    """The first link behind the command, else in the message that it replies to."""
    written = LINK.search(args)
    if written or replied is None:
        return written[0] if written else None
    links = [entity.url for entity in (*replied.entities, *replied.caption_entities) if entity.url]
    shown = LINK.search(replied.text or replied.caption or "")
    return links[0] if links else shown[0] if shown else None


# Why it came


async def _why_sent(ask: Ask, delivery: Delivery) -> str:
    article = await ask.desk.ledger.article(delivery.article)
    if article is None:
        return ask.say("why.unknown")
    known = {topic.id: topic for topic in await ask.desk.registry.topics()}
    lines = [ask.say("why.sent", title=article.title[:200], when=_when(ask, delivery))]
    for id in delivery.topics:
        topic = known.get(id)
        reason = _match(topic, article) if topic else None
        if topic is None:
            lines.append(ask.say("why.topic_gone", topic=id))
        elif reason is None:
            lines.append(ask.say("why.changed", topic=topic.title))
        else:
            lines.append(_explained(ask, topic, article, reason))
    return fitted(lines)


def _when(ask: Ask, delivery: Delivery) -> str:
    return ago(ask, delivery.settled) if delivery.settled else "–"


def _match(topic: Topic, article: Article) -> Why | None:
    query = readable(topic)
    return query.match(article) if query else None


def _explained(ask: Ask, topic: Topic, article: Article, reason: Why) -> str:
    lines = [f"<b>{cut(topic.title, 64)}</b> <code>{cut(spelt(topic.query, ask.language), 200)}</code>"]
    hits = [hit for hit in reason.hits if hit.place != "feed"] or list(reason.hits)
    for hit in hits[:6]:
        place = ask.say(f"why.in_{hit.place}", n=hit.index + 1)
        text = text_of(article, hit)
        last = min(hit.end, hit.start + LONGEST_PASSAGE)  # a pattern may find a whole paragraph
        start, end = max(0, hit.start - 12), min(len(text), last + 12)
        passage = mark(text, [(hit.start, last)], start=start, end=end)
        lines.append(f"• {place} · {'…' if start else ''}{passage}{'…' if end < len(text) else ''}")
    return "\n".join(lines if hits else [*lines, ask.say("why.everything")])


# Why it did not


async def _why_not(ask: Ask, articles: Sequence[Article]) -> tuple[str, Keyboard]:
    """Why none of the articles with a link came, or that one did; and buttons that would have helped."""
    mine: dict[str, tuple[Delivery, str]] = {}
    for article in articles:
        for delivery, state in await ask.desk.ledger.deliveries(article.key):
            if delivery.destination == ask.destination:
                mine[article.key] = delivery, state
    if sent := next((delivery for delivery, state in mine.values() if state == "sent"), None):
        return await _why_sent(ask, sent), ()
    article = next((article for article in articles if article.key in mine), articles[0])
    title = ask.say("why.not_sent", title=article.title[:200])
    if article.key in mine:
        delivery, state = mine[article.key]
        lines = [_pending(ask, delivery, state)]
        if delivery.reason == UNWANTED:
            lines += await _hindrances(ask, article)
        return fitted([title, *lines], between="\n"), ()
    lines, offered = await _reasons(ask, article)
    return fitted([title, *lines], between="\n"), offered


def _pending(ask: Ask, delivery: Delivery, state: str) -> str:
    """What became of a delivery that has not been sent, in the reader's words."""
    if state == "refused" and delivery.reason == UNWANTED:
        return ask.say("why.unwanted")
    if state == "ready" and delivery.attempts:
        return ask.say("why.retrying", n=delivery.attempts, reason=_short(delivery.reason))
    keys = {"ready": "waiting", "inflight": "sending", "unknown": "unclear", "gone": "gone"}
    return ask.say(f"why.{keys.get(state, 'refused')}", reason=_short(delivery.reason))


def _short(reason: str) -> str:
    return " ".join(reason.split())[:120] or "–"


async def _hindrances(ask: Ask, article: Article) -> list[str]:
    """What of this chat's own settings keeps the article away now."""
    subscriber = await ask.subscriber()
    matching = [t for t in await _followed(ask, subscriber) if _match(t, article)]
    lines = _shut(ask, subscriber)
    for topic in matching:
        following = subscriber.follows(topic.id)
        if following and (line := _narrowed(ask, topic, following, article)):
            lines.append(line)
    return lines


def _shut(ask: Ask, subscriber: Subscriber) -> list[str]:
    """What keeps everything away."""
    if not subscriber.active:
        return [ask.say("why.inactive")]
    return [ask.say("why.paused")] if subscriber.paused else []


def _narrowed(ask: Ask, topic: Topic, following: Following, article: Article) -> str:
    """How the follower's own narrowing of the topic keeps the article away, "" where it does not."""
    if following.paused:
        return ask.say("why.topic_paused", topic=topic.title)
    word = muted(following, Document(article))
    return ask.say("why.muted", topic=topic.title, word=spelt(word, ask.language)) if word else ""


async def _followed(ask: Ask, subscriber: Subscriber) -> list[Topic]:
    return [topic for topic in await for_here(ask) if subscriber.follows(topic.id)]


async def _reasons(ask: Ask, article: Article) -> tuple[list[str], Keyboard]:
    """Why nobody thought of sending it here: one line for each topic that it belongs to, else what came nearest."""
    subscriber = await ask.subscriber()
    lines = _shut(ask, subscriber)
    followed = await _followed(ask, subscriber)
    matching = [topic for topic in followed if _match(topic, article)]
    told = await _told(ask, article) if matching else None
    for topic in matching:
        if following := subscriber.follows(topic.id):
            narrowed = _narrowed(ask, topic, following, article)
            lines.append(narrowed or await _passed(ask, topic, following, article, told))
    if matching:
        return lines, ()
    lines.append(ask.say("why.no_topic" if followed else "why.follows_nothing"))
    if miss := nearest(followed, article):
        lines.append(_missed(ask, miss, article))
    others = [t for t in await for_here(ask) if t not in followed and _match(t, article)][:MOST_OFFERED]
    lines += [ask.say("why.not_followed", topic=topic.title) for topic in others]
    return lines, tuple((Button(f"➕ {topic.title}", data=f"t:{topic.id}"),) for topic in others)


async def _passed(
    ask: Ask, topic: Topic, following: Following, article: Article, told: tuple[Article, Delivery] | None
) -> str:
    """Why an article did not come that the topic matches and nothing keeps away today."""
    named: dict[str, object] = {"topic": topic.title}
    if told is not None:
        other, delivery = told
        return ask.say(
            "why.duplicate",
            title=other.title[:100],
            source=other.source[:60],
            when=_when(ask, delivery),
            **named,
        )
    if article.feed == IMPORTED:
        return ask.say("why.imported", **named)
    if article.found is not None and article.found < following.since:
        return ask.say("why.before", when=ago(ask, article.found), **named)
    feed = next((feed for feed in await ask.desk.registry.feeds() if feed.id == article.feed), None)
    if feed is not None and feed.added is not None and article.published <= feed.added:
        return ask.say("why.baseline", feed=feed.title or feed.id, **named)
    if article.published <= following.since:
        return ask.say("why.older", **named)
    return ask.say("why.since", **named)


async def _told(ask: Ask, article: Article) -> tuple[Article, Delivery] | None:
    """Another article of the same story that came here, with its delivery."""
    for twin in await ask.desk.ledger.story(article.key):
        for delivery, state in await ask.desk.ledger.deliveries(twin.key):
            if twin.key != article.key and delivery.destination == ask.destination and state == "sent":
                return twin, delivery
    return None


def _missed(ask: Ask, miss: Miss, article: Article) -> str:
    """What the nearest topic would have taken."""
    kind: Literal["excluded", "feeds", "words"] = miss.kind
    values = {"topic": miss.topic.title, "words": _listed(miss.words), "present": _listed(miss.present)}
    return ask.say(f"why.nearest_{kind}", source=(article.source or article.feed)[:60], **values)


def _listed(words: Sequence[str]) -> str:
    text = "、".join(words)
    return text if len(text) <= 200 else text[:199] + "…"
