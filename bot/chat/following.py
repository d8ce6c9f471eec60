"""Following: /start, /help, /subscribe and /unsubscribe, and the buttons that follow and leave."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from html import escape

from telegram import ChatMemberUpdated, InlineKeyboardMarkup, Update
from telegram.constants import ChatMemberStatus
from telegram.ext import ContextTypes

from ..errors import QueryError
from ..model import Button, Following, Keyboard, Subscriber, Topic
from ..query import spelt
from ..text import fold
from ..topics import may_follow, read_query
from .desk import Ask, Desk, destination, fitted, wake
from .menu import announce_to_admin
from .trying import figures, tried_soon

_FOLLOW = "➕"
MAX_PERSONAL = 30  # personal topics of one chat
MOST_LEFT = 30  # topics that were left, of which is known what was muted in them
LONGEST_ECHO = 300  # characters of what was written that are repeated in the answer
TOPICS_ON_PAGE = 24  # with two buttons each and what else there is, well under Telegram's 100 of a message


async def start(ask: Ask) -> None:
    """Greet, and offer what can be followed. A deep link's payload is a topic's id to follow at once."""
    if not await ask.allowed():
        return
    await ask.change(lambda subscriber: replace(subscriber, paused=False))
    if ask.args and (topic := await _shared(ask, ask.args)):
        await follow(ask, topic)
        return
    greeting = ask.say("start.greeting") + (f"\n\n{ask.say('start.admin')}" if ask.is_admin else "")
    await ask.reply(f"{greeting}\n\n{ask.say('start.choose')}", await topic_buttons(ask))
    if ask.is_admin and ask.is_private:
        await announce_to_admin(ask.chat.get_bot(), ask.chat.id, ask.desk.language)


async def help_(ask: Ask) -> None:
    """Say what can be done, and the asker's id, which the operator needs to make them an admin."""
    text = ask.say("help.text") + (f"\n\n{ask.say('help.admin')}" if ask.is_admin else "")
    user = f"\n\n{ask.say('help.id', id=ask.user.id)}" if ask.user and ask.is_private else ""
    await ask.reply(text + user)


async def subscribe(ask: Ask) -> None:
    """Follow the topic that is named, or make a personal one of the query; with nothing, offer what there is."""
    if not await ask.allowed():
        return
    if not ask.args:
        await ask.reply(ask.say("start.choose"), await topic_buttons(ask))
    elif topic := await _shared(ask, ask.args):
        await follow(ask, topic)
    else:
        await follow(ask, await personal_topic(ask, ask.args))


async def _shared(ask: Ask, name: str) -> Topic | None:
    """The topic of that id or title, whatever its script or case."""
    wanted = fold(name).strip()
    for topic in await ask.desk.registry.topics():
        if may_follow(topic, ask.destination) and wanted in (fold(topic.id), fold(topic.title)):
            return topic
    return None


async def personal_topic(ask: Ask, query: str) -> Topic:
    """The asker's own topic of that query, made where there is none. Raises QueryError."""
    canonical = str(read_query(query, shared=False))
    read_query(canonical, shared=False)  # it may have grown beyond what can be read again
    mine = [t for t in await ask.desk.registry.topics() if t.owner == ask.destination]
    if same := next((topic for topic in mine if topic.query == canonical), None):
        return same
    title = spelt(canonical, ask.language)
    title = title if len(title) <= 32 else title[:31] + "…"
    # An id that follows from what it is: pressed twice at once, it is still made once.
    id = blake2b(f"{ask.destination} {canonical}".encode(), digest_size=8).hexdigest()
    topic = Topic(f"p{id}", title, canonical, owner=ask.destination)
    if len(mine) < MAX_PERSONAL:
        await ask.desk.registry.add_topic(topic)
    return topic


async def follow(ask: Ask, topic: Topic) -> None:
    """Follow the topic and say so."""
    if topic.id not in {known.id for known in await ask.desk.registry.topics()}:
        await ask.refuse("follow.too_many", limit=MAX_PERSONAL)
        return
    await ask.change(lambda subscriber: following(subscriber, topic.id, ask))
    if ask.query is not None:
        await ask.toast("follow.done", title=topic.title)
    else:
        row = (ask.button("narrow.mute", f"n:{topic.id}"), ask.button("follow.undo", f"u:{topic.id}"))
        query = spelt(topic.query, ask.language)
        parts = [f"{ask.say('follow.done', title=topic.title)}\n<code>{escape(query)}</code>"]
        with suppress(QueryError):  # of a query that a hand broke, nothing is known
            if result := await tried_soon(ask, topic):
                parts.append(figures(ask, result, against=False))
        await ask.reply(fitted(parts), (row,))


def following(subscriber: Subscriber, topic: str, ask: Ask) -> Subscriber:
    """The subscriber, following the topic from now on."""
    known = subscriber.follows(topic)
    others = tuple(f for f in subscriber.following if f.topic != topic)
    muted = next((f.muted for f in subscriber.left if f.topic == topic), ())
    kept = replace(known, paused=False) if known else Following(topic, ask.desk.now(), muted)
    left = tuple(f for f in subscriber.left if f.topic != topic)
    return replace(subscriber, following=(*others, kept), left=left, paused=False)


def without(subscriber: Subscriber, *topics: str) -> Subscriber:
    """The subscriber, no longer following the topics; the words muted in them are kept for when they are again."""
    kept = tuple(f for f in subscriber.following if f.topic not in topics)
    left = tuple(f for f in subscriber.following if f.topic in topics and f.muted)
    return replace(subscriber, following=kept, left=(*subscriber.left, *left)[-MOST_LEFT:])


async def topic_buttons(ask: Ask, page: int = 0) -> Keyboard:
    """A button for each topic of this page that can be followed, ticked where it is, and arrows to the other pages."""
    buttons = await _topic_buttons(ask)
    pages = -(-len(buttons) // TOPICS_ON_PAGE)
    page = max(0, min(page, pages - 1))
    shown = buttons[page * TOPICS_ON_PAGE : (page + 1) * TOPICS_ON_PAGE]
    rows = [tuple(shown[i : i + 2]) for i in range(0, len(shown), 2)]
    return (*rows, *arrows("tp", page, pages))


def arrows(verb: str, page: int, pages: int) -> Keyboard:
    """A row to turn pages with, none where there is but one. `verb`: what a button's data begin with."""
    row = [Button(f"{page + 1} / {pages}", data=f"{verb}:")]
    if page > 0:
        row.insert(0, Button("‹", data=f"{verb}:{page - 1}"))
    if page + 1 < pages:
        row.append(Button("›", data=f"{verb}:{page + 1}"))
    return (tuple(row),) if pages > 1 else ()


async def _topic_buttons(ask: Ask) -> list[Button]:
    subscriber = await ask.subscriber()
    buttons = []
    for topic in await ask.desk.registry.topics():
        if may_follow(topic, ask.destination):
            known = subscriber.follows(topic.id)
            mark = _FOLLOW if known is None else "🔕" if known.paused else "✅"
            buttons.append(Button(f"{mark} {topic.title}", data=f"t:{topic.id}"))
    return buttons


async def toggle(ask: Ask) -> None:
    """A topic's button was pressed: follow it, take it back up, or leave it."""
    if not await ask.allowed():
        return
    topic = next((t for t in await ask.desk.registry.topics() if t.id == ask.data), None)
    if topic is None or not may_follow(topic, ask.destination):
        await ask.refuse("topic.gone")
        return
    known = (await ask.subscriber()).follows(topic.id)
    # An older message may still offer what was done meanwhile: the reader wants what the button said.
    if known is None or known.paused or ask.pressed.startswith(_FOLLOW):
        await ask.change(lambda subscriber: following(subscriber, topic.id, ask))
        await ask.toast("follow.done", title=topic.title)
    else:
        await ask.change(lambda subscriber: without(subscriber, topic.id))
        await ask.toast("unfollow.done", title=topic.title)
    if ask.message is not None and ask.message.reply_markup is not None:
        await ask.rekey(_with_ticks(ask.message.reply_markup, await _topic_buttons(ask)))


def _with_ticks(markup: InlineKeyboardMarkup, topics: list[Button]) -> Keyboard:
    """The message's own keyboard with its topic buttons as they are now, so that other buttons on it stay."""
    fresh = {button.data: button for button in topics}
    return tuple(
        tuple(fresh.get(data := str(b.callback_data), Button(b.text, data=data)) for b in row)
        for row in markup.inline_keyboard
    )


async def unsubscribe(ask: Ask) -> None:
    """Leave what is named, or everything; with nothing, show what is followed."""
    if not await ask.allowed():
        return
    titles = await followed(ask)
    if fold(ask.args) in ("all", "全部"):
        await _leave(ask, *titles)
        await ask.reply(ask.say("unfollow.all"))
    elif ask.args:
        wanted = fold(ask.args)
        named = [id for id, title in titles.items() if wanted in (fold(id), fold(title))]
        await _leave(ask, *named)
        key = "unfollow.done" if named else "unfollow.unknown"
        title = titles[named[0]] if named else ask.args
        await ask.reply(
            ask.say(key, title=title if len(title) <= LONGEST_ECHO else f"{title[:LONGEST_ECHO]}…")
        )
    elif titles:
        await ask.reply(ask.say("unfollow.choose"), _leaving(titles))
    else:
        await ask.reply(ask.say("unfollow.nothing"))


async def unfollow(ask: Ask) -> None:
    """A followed topic's ✕ was pressed."""
    if not await ask.allowed():
        return
    titles = await followed(ask)
    title = titles.pop(ask.data, "")
    await _leave(ask, ask.data)
    await ask.toast("unfollow.done" if title else "topic.gone", title=title)
    await ask.redraw(ask.say("unfollow.choose" if titles else "unfollow.nothing"), _leaving(titles))


def _leaving(titles: dict[str, str]) -> Keyboard:
    return tuple((Button(f"✕ {title}", data=f"u:{id}"),) for id, title in list(titles.items())[:90])


async def followed(ask: Ask) -> dict[str, str]:
    """The titles of what is followed here, by topic."""
    known = {topic.id: topic.title for topic in await ask.desk.registry.topics()}
    return {f.topic: known[f.topic] for f in (await ask.subscriber()).following if f.topic in known}


async def _leave(ask: Ask, *topics: str) -> None:
    await ask.change(lambda subscriber: without(subscriber, *topics))
    for topic in await ask.desk.registry.topics():
        if topic.id in topics and topic.owner == ask.destination:
            await ask.desk.registry.remove_topic(topic.id)


async def membership(desk: Desk, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Telegram says that the bot was blocked, removed, or let in again: stop or resume, keep what was chosen."""
    change = update.my_chat_member
    if not isinstance(change, ChatMemberUpdated):
        return
    present = change.new_chat_member.status not in (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT)
    for subscriber in await desk.registry.subscribers():
        if subscriber.destination.chat == change.chat.id and subscriber.active != present:
            await desk.registry.change_subscriber(
                subscriber.destination, lambda s: replace(s, active=present)
            )


async def reopened(desk: Desk, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """A forum topic was opened again, and takes messages."""
    if update.effective_chat is not None:
        await wake(desk.registry, destination(update.effective_chat, update.effective_message))


async def moved(desk: Desk, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """A group became a supergroup, which is another chat: take along what it chose before anything is asked there.
    Telegram says so in both chats."""
    message = update.effective_message
    if message is None:
        return
    if message.migrate_to_chat_id:
        await desk.registry.move_chat(message.chat.id, message.migrate_to_chat_id)
    if message.migrate_from_chat_id:
        await desk.registry.move_chat(message.migrate_from_chat_id, message.chat.id)
