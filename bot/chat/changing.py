"""How a shared topic is changed: tried on the archive first, saved, and taken back.

A keyword more or less is saved at once, with what it does and a button that takes it back. Another query, and what
changes a lot or cannot be taken back exactly, is shown first, and saved by a button. Both buttons carry out the
command that stands in their message, so that they hold for as long as the message does; it is an edit, applied to the
query as it is then, and so adds up with what others changed meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from typing import Literal, cast

from ..edits import Edit, keywords
from ..errors import Missing, QueryError
from ..model import Button, Topic
from ..query import parse
from ..store.trial import Trial
from ..text import fold, units
from ..topics import read_query
from .card import find, keywords_of, mark, show_card
from .desk import Ask, fitted
from .reading import code_of
from .trying import figures, tried

Verb = Literal["+", "-", "=", "title", "feeds", "delete", "mute", "unmute", "pause", "resume"]

TITLE_LENGTH = 64
LONGEST_UNDO = 1000  # UTF-16 units of a query that a card can hold beside the one that it is about
LONGEST_PENDING = 3000  # UTF-16 units of an edit that a message can hold beside what it does

_VERB = re.compile(
    r"\s*(?:([+＋=＝－])|(?<=\s)(-|(?:title|标题|標題|feeds|源|delete|删除|刪除|mute|屏蔽|隐藏|隱藏|unmute|取消屏蔽|取消隐藏|取消隱藏"
    r"|pause|暂停|暫停|resume|恢复|恢復)(?=\s|$)))\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_VERBS = {
    "＋": "+",
    "－": "-",
    "＝": "=",
    **dict.fromkeys(("标题", "標題"), "title"),
    **dict.fromkeys(("删除", "刪除"), "delete"),
    **dict.fromkeys(("屏蔽", "隐藏", "隱藏"), "mute"),
    **dict.fromkeys(("取消屏蔽", "取消隐藏", "取消隱藏"), "unmute"),
    **dict.fromkeys(("暂停", "暫停"), "pause"),
    **dict.fromkeys(("恢复", "恢復"), "resume"),
    "源": "feeds",
}


class _Changed(Exception):
    """Another admin has changed the query that was to be replaced."""


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to do to a topic, as it stands behind /topics."""

    topic: Topic
    verb: Verb
    value: str

    def __str__(self) -> str:
        return f"/topics {self.topic.id} {self.verb} {self.value}"


def named(topics: list[Topic], text: str) -> tuple[Topic, str] | None:
    """The topic with whose id or title the text begins, and what stands behind that. The longest name counts, and must
    end where it does: us-china is not us without china."""
    folded = fold(text)
    best: tuple[int, Topic] | None = None
    for topic in topics:
        for name in (fold(topic.id), fold(topic.title)):
            ends = re.match(r"\s|[+＋=＝－]|$", text[len(name) :])
            if folded.startswith(name) and ends and (best is None or len(name) > best[0]):
                best = (len(name), topic)
    return (best[1], text[best[0] :]) if best else None


def ordered(topic: Topic, rest: str) -> Order | None:
    """What stands behind the topic's name as an order, None where it is none."""
    found = _VERB.fullmatch(rest)
    if found is None:
        return None
    verb = (found[1] or found[2]).lower()
    value = re.sub(r"\s*\n\s*", " ", found[3].strip())
    return Order(topic, cast(Verb, _VERBS.get(verb, verb)), value)


async def carry_out(ask: Ask, order: Order) -> None:
    """Change one thing of a topic, or show first what that would do. Raises QueryError, Missing."""
    topic = await find(ask, order.topic.id)
    match order.verb:
        case "+" | "-" | "=" as verb:
            value = str(parse(order.value, regexes=True, everything=True)) if verb == "+" else order.value
            await _try(ask, topic, Edit(verb, value))
        case "title":
            title = " ".join(order.value.split())[:TITLE_LENGTH]
            undo = Order(topic, "title", topic.title)
            await _save(ask, topic, lambda t: replace(t, title=title), undo)
        case _:
            feeds = await _feeds(ask, order.value)
            undo = Order(topic, "feeds", " ".join(topic.feeds) or "all")
            await _save(ask, topic, lambda t: replace(t, feeds=feeds), undo)


async def _try(ask: Ask, topic: Topic, edit: Edit) -> None:
    """Save the edit where it is small and can be taken back, else show what it would do."""
    if units(edit.value) > LONGEST_PENDING:
        error = QueryError("too_long", LONGEST_PENDING, len(edit.value), limit=str(LONGEST_PENDING))
        error.text = edit.value
        raise error
    after = _edited(topic, edit)
    if after == topic:
        above = ask.say("topics.unchanged")
        if edit.verb == "-" and edit.value not in keywords_of(topic):
            above += "\n" + ask.say("topics.not_in", word=edit.value, id=topic.id)
        await show_card(ask, topic, above)
        return
    back, result = edit.undoing(topic.query), await tried(ask, topic, after)
    if back is not None and not result.is_drastic:
        undo = Order(topic, back.verb, back.value)
        await _save(ask, topic, lambda t: _edited(t, edit), undo, result)
    elif not keywords_of(
        topic
    ):  # a query that cannot be read, as a hand may have left it: there is nothing to lose
        await _save(ask, topic, lambda t: _edited(t, edit), None, result)
    else:
        await _propose(ask, Order(topic, edit.verb, edit.value), result)


def _edited(topic: Topic, edit: Edit) -> Topic:
    """The topic with another query, which may have grown beyond what can be read. Raises QueryError."""
    after = replace(topic, query=edit.apply(topic.query))
    read_query(after.query, shared=True)
    return after


async def _propose(ask: Ask, order: Order, result: Trial, *, again: bool = False) -> None:
    """Show what the order would do, with buttons that carry it out or drop it."""
    topic = order.topic
    head = ask.say("pending.changed" if again else "pending.head", title=topic.title)
    parts = [f"{head}\n<code>{escape(str(order), quote=False)}</code>", figures(ask, result)]
    save = ask.button("pending.save", f"es:{mark(topic.query)}")
    await ask.show(fitted(parts), ((save, ask.button("pending.drop", f"ex:{topic.id}")),))


async def save(ask: Ask) -> None:
    """保存 was pressed: carry out what stands in the message, on the query as it is now. One that is to be replaced
    must still be the one that was shown, or the admin is shown the new one first."""
    order = await _order_in(ask)
    if order is None or order.verb not in ("+", "-", "="):
        await ask.refuse("button.forgotten")
        return
    topic, edit = order.topic, Edit(order.verb, order.value)
    back = edit.undoing(topic.query) or Edit("=", topic.query)
    can_undo = keywords_of(topic) and units(back.value) <= LONGEST_UNDO
    await _save_shown(ask, order, Order(topic, back.verb, back.value) if can_undo else None)


async def _save_shown(ask: Ask, order: Order, undo: Order | None) -> None:
    """Carry out what stands in the message. Where it replaces another query than that of which the button knows, show
    first what it would do to the one that is there now."""
    topic, edit = order.topic, Edit(cast(Literal["+", "-", "="], order.verb), order.value)

    def change(now: Topic) -> Topic:
        if edit.verb == "=" and mark(now.query) != ask.data:
            raise _Changed
        return _edited(now, edit)

    try:
        await _save(ask, topic, change, undo)
    except _Changed:
        now = await find(ask, topic.id)
        result = await tried(ask, now, _edited(now, edit))
        await _propose(ask, replace(order, topic=now), result, again=True)


async def drop(ask: Ask) -> None:
    """放弃 was pressed."""
    await show_card(ask, await find(ask, ask.data), ask.say("pending.dropped"))


async def undo(ask: Ask) -> None:
    """撤销 was pressed: carry out the order that stands in the message, which takes back what was done."""
    order = await _order_in(ask)
    match order:
        case Order(topic, "+" | "-" as verb, value):
            edit = Edit(verb, value)
            await _save(ask, topic, lambda t: _edited(t, edit), None)
        case Order(_, "="):
            await _save_shown(ask, order, None)
        case Order(_, "title" | "feeds"):
            await carry_out(ask, order)
        case _:
            await ask.refuse("button.forgotten")


async def _order_in(ask: Ask) -> Order | None:
    """The order that the message holds, None where it holds none. Raises Missing where its topic is gone."""
    text = code_of(ask.message)
    command = re.fullmatch(r"/topics (\S+)( .+)", text, re.DOTALL)
    return ordered(await find(ask, command[1]), command[2]) if command else None


async def remove_keyword(ask: Ask) -> None:
    """A keyword's ✕ was pressed."""
    id, _, wanted = ask.data.rpartition(":")
    topic = await find(ask, id)
    part = next((part for part in keywords(topic.query) if mark(part) == wanted), None)
    if part is None:  # pressed on an old card, after another admin's edit
        await show_card(ask, topic, ask.say("topics.unchanged"))
    else:
        await _try(ask, topic, Edit("-", part))


async def _save(
    ask: Ask,
    topic: Topic,
    change: Callable[[Topic], Topic],
    undo: Order | None,
    result: Trial | None = None,
) -> None:
    """Change a topic and show its card with what the change did, where that is not known yet; `undo` would take it
    back."""
    before: list[Topic] = []

    def seen(now: Topic) -> Topic:
        before[:] = [now]
        return change(now)

    try:
        after = await ask.desk.registry.change_topic(topic.id, seen)
    except Missing:  # another admin has just deleted it
        raise Missing(ask.plain("topic.gone")) from None
    if after == before[0]:
        await show_card(ask, after, ask.say("topics.unchanged"))
        return
    lines = [ask.say("topics.saved")]
    if (after.query, after.feeds) != (before[0].query, before[0].feeds):
        with suppress(QueryError):  # a query that a hand broke: what is saved of it now are other feeds
            if result is None or before[0] != topic:
                result = await tried(ask, before[0], after)
            lines.append(figures(ask, result))
    first: tuple[Button, ...] = ()
    if undo is not None:
        lines.append(f"↩︎ <code>{escape(str(undo), quote=False)}</code>")
        first = (ask.button("topics.undo", f"ez:{mark(after.query)}"),)
    await show_card(ask, after, "\n".join(lines), first)


async def _feeds(ask: Ask, names: str) -> tuple[str, ...]:
    if fold(names) in ("all", "全部"):
        return ()
    known = {feed.id for feed in await ask.desk.registry.feeds()}
    wanted = tuple(dict.fromkeys(re.split(r"[\s,，、]+", names)))
    if unknown := [name for name in wanted if name not in known]:
        raise Missing(ask.plain("feeds.unknown", id=unknown[0]))
    return wanted
