"""更多 under a delivered article: a little more of it, and what else the archive has about the matter; and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from ..model import Article, Delivery, Message, Retry, Sent
from ..query import parse
from ..related import AGE, POOL, nearest, question
from ..store.telling import told
from .desk import HASTE, Ask

MOST = 3  # related articles


async def more(ask: Ask) -> None:
    """更多 was pressed."""
    await _tell(ask, at_length=True)


async def less(ask: Ask) -> None:
    """收起 was pressed."""
    await _tell(ask, at_length=False)


async def _tell(ask: Ask, *, at_length: bool) -> None:
    # In a group anybody may read on, but a channel's posts are its admins'.
    if ask.message is None or (ask.chat.type == ask.chat.CHANNEL and not await ask.allowed()):
        return
    delivery = await ask.delivered(ask.message)
    story = await told(ask.desk.ledger, delivery.article) if delivery else []
    if delivery is None or not story:
        await ask.refuse("button.forgotten")
        return
    related = await _related(ask, story) if at_length else None
    wording = await _wording(ask, delivery, story)
    message = await ask.desk.compose(wording, related=related)
    if at_length and message.html == (await ask.desk.compose(wording, related=None)).html:
        await ask.toast("button.no_more", alert=True)
        return
    if await ask.desk.pace.turn(ask.chat.id, patience=HASTE, is_edit=True):
        await ask.toast("button.later", alert=True)
        return
    outcome = await ask.desk.sender.edit(
        delivery.destination, ask.message.message_id, message, photo=delivery.photo
    )
    if isinstance(outcome, Retry) and outcome.after:
        ask.desk.pace.answered(ask.chat.id, outcome.after)
    if isinstance(outcome, Sent):
        shown = None if related is None else [one.key for one in related]
        await ask.desk.ledger.keep_open(delivery.id, shown)
    else:
        await ask.toast("button.later", alert=True)


async def _wording(ask: Ask, delivery: Delivery, story: Sequence[Article]) -> Callable[..., Message]:
    """`Wording.at_length` with all that it needs but what is `related`."""
    topics, feeds = await ask.desk.registry.topics(), await ask.desk.registry.feeds()
    subscriber = await ask.subscriber()
    return partial(ask.desk.wording.at_length, delivery, story, subscriber, topics, feeds, ask.desk.now())


async def _related(ask: Ask, story: Sequence[Article]) -> list[Article]:
    """The other outlets' articles about the same story first, then what is nearest in the archive."""
    article, *others = story
    query = question(article)
    if query is None:
        return others[:MOST]
    recent = parse(f"last:{AGE.days}d", dates=True, now=ask.desk.now())
    found = await ask.desk.ledger.search(query & recent, limit=POOL, order="relevance")
    named = {one.key for one in others}
    near = await asyncio.to_thread(
        nearest, article, [one for one in found.articles if one.key not in named], most=MOST * 3
    )
    related = others
    for one in near:
        if one.key not in named:  # as another outlet's article of a story that is named already
            named.update(member.key for member in await ask.desk.ledger.story(one.key))
            related.append(one)
    return related[:MOST]
