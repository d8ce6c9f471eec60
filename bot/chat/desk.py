"""What the conversation works with: the desk it sits at, and one update that it answers."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from html import escape
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from telegram import (
    Chat,
    ChatMember,
    ForceReply,
    LinkPreviewOptions,
    Message,
    Update,
    User,
)
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from ..locale import DEFAULT, say
from ..message import TEXT_LIMIT, visible_units
from ..model import Button, Delivery, Destination, Keyboard, Picture, Style, Subscriber
from ..sender import Sender, markup, wait_of
from ..store import Ledger, Registry
from ..web import Web
from ..wording import Wording
from ..worker import Run

log = logging.getLogger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
ANONYMOUS_ADMIN = 1087968824  # GroupAnonymousBot: an admin who writes as the group itself
PAUSES = (1.0, 5.0)  # seconds between attempts to answer where Telegram does not say how long to wait
RAW_LIMIT = 30_000  # bytes of a text with its markup; the server takes 32 KB (TDLib, MAX_MESSAGE_LENGTH)
PATIENCE = 30.0  # seconds: whom Telegram makes wait longer for an answer has gone away
MOST_TRIED = 8  # queries on the archive at a time
HASTE = 6.0  # seconds that a change of a message may have to wait: a pressed button is answered within 15
CANNOT_EDIT = ("message to edit not found", "message can't be edited")
NAMES_DELIVERY = re.compile(r"(?:xl?|mb?):([0-9]{1,18})")  # data of buttons under an article

T = TypeVar("T")


class Pace(Protocol):
    """What keeps replies and deliveries together within Telegram's limits."""

    async def turn(self, chat: int, *, patience: float = ..., is_edit: bool = False) -> float:
        """Wait until a message may go to this chat, or be changed there. Where that is longer than `patience`, the
        seconds that it would take: none is to go."""

    def answered(self, chat: int, wait: float = 0.0) -> None:
        """Telegram has answered; `wait`: seconds for which it wants no other message to this chat."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the conversation may use. Made once, by the wiring."""

    registry: Registry
    ledger: Ledger
    web: Web
    sender: Sender
    now: Callable[[], datetime]
    zone: ZoneInfo  # in which days begin
    pace: Pace
    hurry: Callable[[str], None] = lambda id: None  # poll this feed soon
    read: Run = asyncio.to_thread  # what strangers wrote, where it holds up nobody
    admins: frozenset[int] = frozenset()
    language: str = DEFAULT
    trying: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_TRIED))
    picture: Picture = "photo"  # the form of messages where a subscriber has chosen none
    wording: Wording = field(default_factory=lambda: Wording(Style()))  # of articles' messages
    compose: Run = asyncio.to_thread  # the same, where it holds up nobody


class Ask:
    """One update, being answered: who asks, where, in which language, and ways to answer.

    Raises nothing of its own; Telegram's errors in answering are for `answering` to settle.
    """

    def __init__(self, desk: Desk, update: Update, chat: Chat, language: str) -> None:
        message = update.effective_message
        self.desk = desk
        self.language = language
        self.chat = chat
        self.message: Message | None = (
            message if isinstance(message, Message) and message.is_accessible else None
        )
        self.user: User | None = update.effective_user
        self.query = update.callback_query
        self.answered = False
        self.got_through = False  # whether Telegram took an answer
        self.destination = destination(chat, message)

    @property
    def args(self) -> str:
        """What stands behind the command."""
        text = (self.message.text or "") if self.message else ""
        return re.sub(r"^/\S+\s*", "", text).strip()

    @property
    def data(self) -> str:
        """What stands behind the verb in the pressed button's data."""
        return ((self.query.data if self.query else "") or "").partition(":")[2]

    @property
    def pressed(self) -> str:
        """What the pressed button says, "" where the message has no such button (any more)."""
        markup = self.message.reply_markup if self.message and self.query else None
        rows = markup.inline_keyboard if markup else ()
        data = self.query.data if self.query else None
        return next((button.text for row in rows for button in row if button.callback_data == data), "")

    @property
    def page(self) -> int | None:
        """The page that the pressed button turns to, None where it names none."""
        return int(self.data) if re.fullmatch("[0-9]{1,6}", self.data) else None

    @property
    def is_admin(self) -> bool:
        """Whether an admin of this bot asks."""
        return self.user is not None and self.user.id in self.desk.admins

    @property
    def is_private(self) -> bool:
        """Whether this is a conversation with one person."""
        return self.chat.type == Chat.PRIVATE

    def say(self, key: str, **values: object) -> str:
        """A sentence in the asker's language; the values are escaped for HTML."""
        return say(self.language, key, **{k: escape(str(v), quote=False) for k, v in values.items()})

    def plain(self, key: str, **values: object) -> str:
        """A sentence for where Telegram reads no HTML."""
        return say(self.language, key, **values)

    def button(self, key: str, data: str, **values: object) -> Button:
        """A button with a sentence on it."""
        return Button(self.plain(key, **values), data=data)

    async def subscriber(self) -> Subscriber:
        """The subscriber behind this chat, as new where it is not known yet."""
        known = await self.desk.registry.subscriber(self.destination)
        return known or Subscriber(self.destination, language=self.language)

    async def delivered(self, message: Message | None) -> Delivery | None:
        """The delivery behind a message in this chat, None where there is none. Where Telegram's answer was lost, and
        the message's id with it, the message's own buttons tell."""
        if message is None:
            return None
        rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
        data = [str(button.callback_data) for row in rows for button in row if button.callback_data]
        named = next((found[1] for one in data if (found := NAMES_DELIVERY.fullmatch(one))), None)
        known = await self.desk.ledger.delivered(
            self.chat.id, message.message_id, int(named) if named else None
        )
        return known and replace(known, message_id=message.message_id, photo=bool(message.photo))

    async def change(self, change: Callable[[Subscriber], Subscriber]) -> Subscriber:
        """Change the subscriber behind this chat, who counts as present again."""

        def present(subscriber: Subscriber) -> Subscriber:
            name = self.chat.title or self.chat.full_name or subscriber.name
            return change(replace(subscriber, name=name, active=True))

        if await self.desk.registry.subscriber(self.destination) is None:
            return await self.desk.registry.change_subscriber(
                self.destination, lambda subscriber: present(replace(subscriber, language=self.language))
            )
        return await self.desk.registry.change_subscriber(self.destination, present)

    async def may_change(self) -> bool:
        """Whether the asker may decide for this chat: everybody for themselves, in groups their admins only."""
        if self.is_private:
            return True
        if self.chat.type == Chat.CHANNEL and self.query is None:  # who can post in a channel is its admin
            return True
        if self.user is None or self.user.id == ANONYMOUS_ADMIN or self.is_admin:
            return True
        try:
            member = await self.chat.get_member(self.user.id)
        except TelegramError:
            return False
        return member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR)

    async def reply(self, html: str, keyboard: Keyboard = (), *, force: str | None = None) -> None:
        """Answer with a new message; `force` asks for a reply to it, with this placeholder."""
        below = ForceReply(selective=True, input_field_placeholder=force[:64]) if force else markup(keyboard)
        await self._send(
            lambda: self.chat.send_message(
                html,
                parse_mode="HTML",
                reply_markup=below,
                link_preview_options=NO_PREVIEW,
                message_thread_id=self.destination.thread,
            )
        )

    async def question(self, html: str, command: str, example: str) -> None:
        """Ask for a reply, which goes on where the command leaves off: the question itself is what is remembered."""
        # In a group, Telegram opens the reply only for whom the question mentions.
        asked = f"{self.user.mention_html()} " if self.user and not self.is_private else ""
        await self.reply(f"{asked}{html}\n<code>{escape(command)}</code>", force=example)

    async def allowed(self) -> bool:
        """Whether the asker may decide for this chat; says so where not."""
        if await self.may_change():
            return True
        await self.refuse("group.only_admins")
        return False

    async def _send(self, call: Callable[[], Awaitable[object]]) -> None:
        """Send a message in its turn, each attempt in one of its own, and let deliveries know how it went."""
        pace, chat = self.desk.pace, self.chat.id

        async def attempt() -> None:
            if too_long := await pace.turn(chat):
                log.info("chat %d gets no answer: it would have to wait %.0f s for it", chat, too_long)
                return
            wait = 0.0
            try:
                await call()
                self.got_through = True
            except RetryAfter as error:
                wait = wait_of(error)
                raise
            finally:
                pace.answered(chat, wait)

        await insist(attempt)

    async def redraw(self, html: str, keyboard: Keyboard = ()) -> None:
        """Answer by changing the message whose button was pressed, or with a new one where that cannot be changed."""
        message = self.message
        if message is None:
            return
        edited = await self._edit(
            lambda: message.edit_text(
                html, parse_mode="HTML", reply_markup=markup(keyboard), link_preview_options=NO_PREVIEW
            )
        )
        if not edited:
            await self.reply(html, keyboard)

    async def rekey(self, keyboard: Keyboard) -> None:
        """Change the buttons of the message whose button was pressed, and leave the rest of it."""
        message = self.message
        if message is not None:
            await self._edit(lambda: message.edit_reply_markup(markup(keyboard)))

    async def _edit(self, call: Callable[[], Awaitable[object]]) -> bool:
        """Change a message; False where it is gone or too old for that. That it says so already is well. Where Telegram
        makes us wait for longer than `HASTE`, it is left as it is, and who pressed the button is told."""
        pace, chat = self.desk.pace, self.chat.id

        async def attempt() -> None:
            wait = await pace.turn(chat, patience=HASTE, is_edit=True)
            if not wait:
                try:
                    await call()
                except RetryAfter as error:
                    wait = wait_of(error)
                    pace.answered(chat, wait)
                    if wait <= HASTE:
                        raise
            if wait:
                await self.toast("button.later", alert=True)

        try:
            await insist(attempt)
        except BadRequest as error:
            text = error.message.lower()
            if any(reason in text for reason in CANNOT_EDIT):
                return False
            if "message is not modified" not in text:
                raise
        return True

    async def show(self, html: str, keyboard: Keyboard = ()) -> None:
        """Redraw where a button was pressed, reply where something was written."""
        await (self.redraw if self.query else self.reply)(html, keyboard)

    async def toast(self, key: str | None = None, *, alert: bool = False, **values: object) -> None:
        """Answer a pressed button with a short notice, or with none: only then does the client stop waiting."""
        await self.notice(self.plain(key, **values) if key else "", alert=alert)

    async def notice(self, text: str, *, alert: bool = False) -> None:
        """Answer a pressed button with this text, of which Telegram shows 200 characters. Only the first counts."""
        query = self.query
        if query is None or self.answered:
            return
        self.answered = True
        try:
            await insist(lambda: query.answer(text[:200] or None, show_alert=alert))
            self.got_through = True
        except BadRequest:
            log.debug("a button was pressed too long ago to be answered")

    async def refuse(self, key: str, **values: object) -> None:
        """Say no: as a notice to a pressed button, else as a reply."""
        if self.query is not None:
            await self.toast(key, alert=True, **values)
        else:
            await self.reply(self.say(key, **values))


async def wake(registry: Registry, destination: Destination) -> None:
    """Send there again what it follows, where Telegram had said that the bot may not write."""
    known = await registry.subscriber(destination)
    if known is not None and not known.active:
        await registry.change_subscriber(destination, lambda subscriber: replace(subscriber, active=True))


def destination(chat: Chat, message: object) -> Destination:
    """Where a message is from: its chat, or the forum topic of a group."""
    if isinstance(message, Message) and message.is_topic_message and chat.type != Chat.PRIVATE:
        return Destination(chat.id, message.message_thread_id)
    return Destination(chat.id)


async def insist(call: Callable[[], Awaitable[T]]) -> T:
    """Call Telegram, and again, three times at most, where it says that it is too busy or cannot be reached.

    An answer for which a person waits had better come twice than never. Raises TelegramError.
    """
    for pause in PAUSES:
        try:
            return await call()
        except RetryAfter as error:
            seconds = wait_of(error)
            if seconds > PATIENCE:
                raise
        except BadRequest:  # a NetworkError to the library, and final
            raise
        except NetworkError:
            seconds = pause
        await asyncio.sleep(seconds)
    return await call()


def fitted(parts: Iterable[str], between: str = "\n\n") -> str:
    """As many of the parts, each of them whole HTML, as one message holds, and … for the rest."""
    text = ""
    for part in parts:
        longer = f"{text}{between}{part}" if text else part
        if visible_units(longer) > TEXT_LIMIT - len(between) - 1 or len(longer.encode()) > RAW_LIMIT:
            return f"{text}{between}…"
        text = longer
    return text


def cut(text: str, most: int) -> str:
    """The text's first characters as HTML, with … where there are more."""
    return escape(text if len(text) <= most else text[: most - 1] + "…", quote=False)
