"""A feed's card, for admins: how much of its articles is told, and what was learnt to leave out of them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from html import escape
from typing import get_args

from .. import feeds
from ..errors import ArticleError, Missing
from ..feeds import Document
from ..habits import Habit
from ..model import Button, Feed, Mode
from ..text import fold
from ..web import redacted
from .card import mark
from .desk import Ask, cut

MOST_HABITS = 12  # on a card
SAMPLE = 5  # entries that are looked at for a rights notice when a feed is added


async def find(ask: Ask, id: str) -> Feed:
    """The feed of that id. Raises Missing."""
    found = next((feed for feed in await ask.desk.registry.feeds() if fold(feed.id) == fold(id)), None)
    if found is None:
        raise Missing(ask.plain("feeds.unknown", id=id))
    return found


async def card(ask: Ask) -> None:
    """A feed's ⚙️ was pressed."""
    await show_card(ask, await find(ask, ask.data))


async def show_card(ask: Ask, feed: Feed) -> None:
    """Show the card."""
    habits = (await ask.desk.ledger.habits(feed.id))[:MOST_HABITS]
    lines = [
        f"<b>{escape(feed.title or feed.id, quote=False)}</b>  <code>{escape(feed.id)}</code>",
        cut(redacted(feed.url), 300),
        "",
        ask.say("feeds.modes"),
        "",
        ask.say("feeds.learnt" if habits else "feeds.learnt_nothing"),
    ]
    rows = [_modes(ask, feed)]
    for number, habit in enumerate(habits, 1):
        lines.append(_habit(ask, number, habit))
        key = "feeds.leave_out" if habit.kept else "feeds.keep"
        rows.append((ask.button(key, f"fh:{feed.id}:{mark(habit.trait.signature)}", n=number),))
    await ask.show("\n".join(lines), (*rows, (ask.button("card.back", "fl:0"),)))


def _modes(ask: Ask, feed: Feed) -> tuple[Button, ...]:
    names = {mode: ask.plain(f"feeds.mode_{mode}") for mode in get_args(Mode)}
    return tuple(
        Button(f"● {name}" if feed.mode == mode else name, data=f"fm:{feed.id}:{mode}")
        for mode, name in names.items()
    )


def _habit(ask: Ask, number: int, habit: Habit) -> str:
    kind, text = ask.plain(f"feeds.habit_{habit.trait.kind}"), cut(habit.trait.text, 60)
    said = f"{number}. {kind} ×{habit.count}：{text}"
    return said if habit.kept else f"{number}. {kind} ×{habit.count}：<s>{text}</s>"


async def choose_mode(ask: Ask) -> None:
    """How much is to be told of the feed's articles was pressed."""
    id, _, mode = ask.data.partition(":")
    feed = await find(ask, id)
    chosen = next((known for known in get_args(Mode) if known == mode), None)
    if chosen is not None:
        feed = await ask.desk.registry.change_feed(feed.id, lambda known: replace(known, mode=chosen))
    await ask.toast("feeds.mode_chosen")
    await show_card(ask, feed)


async def keep_habit(ask: Ask) -> None:
    """A learnt line is part of the articles after all, or is not."""
    id, _, name = ask.data.partition(":")
    feed = await find(ask, id)
    habits = await ask.desk.ledger.habits(feed.id)
    habit = next((habit for habit in habits if mark(habit.trait.signature) == name), None)
    if habit is None:  # forgotten meanwhile
        await ask.refuse("button.forgotten")
    else:
        await ask.desk.ledger.keep_habit(feed.id, habit.trait.signature, not habit.kept)
        await ask.toast("feeds.habit_left_out" if habit.kept else "feeds.habit_kept")
    await show_card(ask, feed)


async def reserves_rights(ask: Ask, document: Document, feed: Feed) -> bool:
    """Whether the document's articles say that they may not be passed on."""
    for entry in document.entries[:SAMPLE]:
        with suppress(ArticleError):  # what cannot be read says nothing
            article = await ask.desk.read(feeds.article, entry, feed=feed, source="", now=ask.desk.now())
            if article.rights_notice:
                return True
    return False
