"""/topics: for everybody what can be followed and narrowed, for admins each topic's card and what can be changed on it.

    /topics                             the list; admins open a topic's card from it
    /topics new 标题: 查询              make a topic
    /topics ID                          its card
    /topics ID + 词                     match this too            /topics ID - 词      match it no longer
    /topics ID = 查询                   another query             /topics ID title 新标题
    /topics ID feeds dw bbc             only these feeds; `all` for every feed
    /topics ID delete

    /topics ID mute 词                  for this chat alone: nothing with that word
    /topics ID unmute 词                /topics ID pause          /topics ID resume

To whom is no admin, `- 词` is short for mute and `+ 词` for unmute.

A card's buttons do the same: one that needs a word asks for it. The question holds the beginning of such a command,
and the reply to it is the rest.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

from ..errors import Missing
from ..model import Button, Topic
from ..text import fold
from ..topics import read_query
from . import narrowing
from .card import find, mark, shared, show_card
from .changing import TITLE_LENGTH, Order, Verb, carry_out, named, ordered
from .desk import Ask
from .following import topic_buttons
from .trying import figures, tried

_NEW = re.compile(r"(?:new|新建|新增)\s+(.+?)\s*[:：]\s*(.+)", re.IGNORECASE | re.DOTALL)
_NEW_ALONE = re.compile(r"(?:new|新建|新增)(?![^\s:：])", re.IGNORECASE)
_QUESTION = re.compile(r"/topics (?:(new)|(\S+) ([+!=]|title))")


async def topics(ask: Ask) -> None:
    """Show the list; with words behind the command, change a topic, or how this chat follows it."""
    if not ask.args:
        await show_list(ask)
    elif ask.is_admin and (new := _NEW.fullmatch(ask.args)):
        await _make(ask, new[1], new[2])
    else:
        await _one(ask)


async def _one(ask: Ask) -> None:
    """A topic was named. Raises Missing, QueryError."""
    found = named(await narrowing.for_here(ask), ask.args)
    if found is None and _NEW_ALONE.match(ask.args):
        await ask.reply(ask.say("topics.how_new" if ask.is_admin else "narrow.how_new"))
        return
    if found is None:
        raise Missing(ask.plain("topic.unknown", id=ask.args.split()[0]))
    topic, rest = found
    edits = ask.is_admin and topic.owner is None
    order = ordered(topic, rest)
    if not rest.strip():
        await (show_card(ask, topic) if edits else narrowing.show(ask, topic))
    elif order is None or not (order.value or order.verb in ("delete", "pause", "resume")):
        await ask.reply(ask.say("topics.how" if edits else "narrow.how"))
    elif order.verb in ("mute", "unmute", "pause", "resume"):
        await narrowing.carry_out(ask, order)
    elif not edits and order.verb in ("+", "-"):
        mutes = order.verb == "-"  # and what follows may go on so: -体育 -足球
        order = (
            replace(order, verb="mute", value=f"-{order.value}") if mutes else replace(order, verb="unmute")
        )
        await narrowing.carry_out(ask, order)
    elif not edits:
        await ask.reply(ask.say("narrow.how") if topic.owner else narrowing.only_admins(ask, topic))
    elif order.verb == "delete":
        await ask.show(*_certain(ask, topic))
    else:
        await carry_out(ask, order)


async def turn(ask: Ask) -> None:
    """An arrow below the topics was pressed."""
    if ask.page is not None:
        await show_list(ask, ask.page)


async def show_list(ask: Ask, page: int = 0) -> None:
    """Everybody's list to follow from, and what they follow to narrow; below it, for admins, the same to edit."""
    followable = await topic_buttons(ask, page)
    rows = list(followable)
    if (await ask.subscriber()).following:
        rows.append((ask.button("narrow.list_button", "nl:"),))
    if ask.is_admin:
        shown = {(button.data or "").removeprefix("t:") for row in followable for button in row}
        edited = [topic for topic in await shared(ask) if topic.id in shown]
        rows += [(Button(f"✏️ {topic.title}", data=f"e:{topic.id}"),) for topic in edited]
        rows.append((ask.button("topics.new", "en:"),))
    key = "topics.list_admin" if ask.is_admin else "topics.list" if rows else "topics.none"
    await ask.show(ask.say(key), tuple(rows))


async def ask_for(ask: Ask) -> None:
    """A button was pressed that needs a word: ask for it, with the topic and the verb in the question."""
    id, _, verb = ask.data.rpartition(":")
    topic = await find(ask, id)
    key = {"+": "ask.add", "!": "ask.leave_out", "=": "ask.query", "title": "ask.title"}.get(verb, "ask.add")
    example = topic.title if verb == "title" else topic.query if verb == "=" else ask.plain("ask.word")
    await ask.question(ask.say(key, title=topic.title), f"/topics {topic.id} {verb}", example)


async def ask_for_new(ask: Ask) -> None:
    """新话题 was pressed."""
    await ask.question(ask.say("ask.new"), "/topics new", ask.plain("ask.new_example"))


async def answered(ask: Ask, question: str, text: str) -> bool:
    """Take the reply to one of our questions. False where it is no question of this module's."""
    asked = _QUESTION.fullmatch(question)
    if asked is None or not ask.is_admin:
        return False
    value = " ".join(text.split())
    if asked[1]:
        title, _, query = value.replace("：", ":").partition(":")
        await _make(ask, title, query.strip() or title.strip())
        return True
    topic = await find(ask, asked[2])
    if asked[3] == "!":
        await carry_out(ask, Order(topic, "+", f"-{value}"))
    else:
        await carry_out(ask, Order(topic, cast(Verb, asked[3]), value))
    return True


async def _make(ask: Ask, title: str, query: str) -> None:
    title, query = " ".join(title.split())[:TITLE_LENGTH], " ".join(query.split())
    if not title:
        await ask.reply(ask.say("topics.how"))
        return
    read_query(query, shared=True)
    known = {"new", *(topic.id for topic in await ask.desk.registry.topics())}
    base = re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:24] or f"t{mark(title)[:6]}"
    id = next(name for n in range(1, 10_000) if (name := base if n == 1 else f"{base}-{n}") not in known)
    topic = Topic(id, title, query)
    result = await tried(ask, None, topic)
    await ask.desk.registry.add_topic(topic)
    await show_card(ask, topic, f"{ask.say('topics.made')}\n{figures(ask, result, against=False)}")


def _certain(ask: Ask, topic: Topic) -> tuple[str, tuple[tuple[Button, ...], ...]]:
    yes, no = ask.button("card.delete_yes", f"ey:{topic.id}"), ask.button("card.back", f"e:{topic.id}")
    return ask.say("card.certain", title=topic.title), ((yes, no),)


async def delete(ask: Ask) -> None:
    """删除 was pressed: ask once more."""
    await ask.show(*_certain(ask, await find(ask, ask.data)))


async def delete_certainly(ask: Ask) -> None:
    """And it was meant."""
    topic = await find(ask, ask.data)
    await ask.desk.registry.remove_topic(topic.id)
    await ask.toast("topics.deleted", title=topic.title)
    await show_list(ask)
