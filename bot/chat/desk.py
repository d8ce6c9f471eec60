"""What the conversation works with: the desk it sits at, and one update that it answers."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from telegram import (
    Chat,
    ChatMember,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    Update,
    User,
)
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ContextTypes

from ..errors import KuaixunError, QueryError
from ..locale import DEFAULT, choose, explain, say
from ..model import Button, Destination, Keyboard, Subscriber
from ..store import Ledger, Registry
from ..web import Web

log = logging.getLogger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
ANONYMOUS_ADMIN = 1087968824  # GroupAnonymousBot: an admin who writes as the group itself


async def _at_once(chat: int) -> None:
    """No pace: every reply goes at once."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the conversation may use. Made once, by the wiring."""

    registry: Registry
    ledger: Ledger
    web: Web
    now: Callable[[], datetime]
    zone: ZoneInfo  # in which days begin
    admins: frozenset[int] = frozenset()
    language: str = DEFAULT
    turn: Callable[[int], Awaitable[None]] = _at_once  # waits until the pace lets a reply to this chat go


class Ask:
    """One update, being answered: who asks, where, in which language, and ways to answer.

    Raises nothing of its own; Telegram's errors in answering are for the caller's `answering` to settle.
    """

    def __init__(self, desk: Desk, update: Update, chat: Chat, language: str) -> None:
        message = update.effective_message
        self.desk = desk
        self.language = language
        self.chat = chat
        self.message: Message | None = message if isinstance(message, Message) else None
        self.user: User | None = update.effective_user
        self.query = update.callback_query
        self.answered = False
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

    async def change(self, change: Callable[[Subscriber], Subscriber]) -> Subscriber:
        """Change the subscriber behind this chat, who counts as present again."""

        def present(subscriber: Subscriber) -> Subscriber:
            name = self.chat.title or self.chat.full_name or subscriber.name
            return change(replace(subscriber, name=name, active=True))

        if await self.desk.registry.subscriber(self.destination) is None:
            await self.desk.registry.change_subscriber(
                self.destination, lambda subscriber: replace(subscriber, language=self.language)
            )
        return await self.desk.registry.change_subscriber(self.destination, present)

    async def may_change(self) -> bool:
        """Whether the asker may decide for this chat: everybody for themselves, in groups their admins only."""
        if self.is_private or self.chat.type == Chat.CHANNEL:  # who can post in a channel is its admin
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
        markup = (
            ForceReply(selective=True, input_field_placeholder=force[:64]) if force else markup_of(keyboard)
        )
        await self.desk.turn(self.chat.id)
        await self.chat.send_message(
            html,
            parse_mode="HTML",
            reply_markup=markup,
            link_preview_options=NO_PREVIEW,
            message_thread_id=self.destination.thread,
        )

    async def redraw(self, html: str, keyboard: Keyboard = ()) -> None:
        """Answer by changing the message whose button was pressed."""
        if self.message is None:
            return
        try:
            await self.message.edit_text(
                html, parse_mode="HTML", reply_markup=markup_of(keyboard), link_preview_options=NO_PREVIEW
            )
        except BadRequest as error:
            if "message is not modified" not in error.message.lower():
                raise

    async def show(self, html: str, keyboard: Keyboard = ()) -> None:
        """Redraw where a button was pressed, reply where something was written."""
        await (self.redraw if self.query else self.reply)(html, keyboard)

    async def toast(self, key: str | None = None, *, alert: bool = False, **values: object) -> None:
        """Answer a pressed button with a short notice, or with none: only then does the client stop waiting."""
        await self.notice(self.plain(key, **values) if key else "", alert=alert)

    async def notice(self, text: str, *, alert: bool = False) -> None:
        """Answer a pressed button with this text, of which Telegram shows 200 characters. Only the first counts."""
        if self.query is not None and not self.answered:
            self.answered = True
            await self.query.answer(text[:200] or None, show_alert=alert)

    async def refuse(self, key: str, **values: object) -> None:
        """Say no: as a notice to a pressed button, else as a reply."""
        if self.query is not None:
            await self.toast(key, alert=True, **values)
        else:
            await self.reply(self.say(key, **values))


def destination(chat: Chat, message: object) -> Destination:
    """Where a message is from: its chat, or the forum topic of a group."""
    if isinstance(message, Message) and message.is_topic_message and chat.type != Chat.PRIVATE:
        return Destination(chat.id, message.message_thread_id)
    return Destination(chat.id)


def markup_of(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """Telegram's form of a keyboard."""
    rows = [[InlineKeyboardButton(b.text, url=b.url, callback_data=b.data) for b in row] for row in keyboard]
    return InlineKeyboardMarkup(rows) if rows else None


def pointed(text: str, error: QueryError) -> str:
    """The query as HTML with the place of the mistake marked."""
    start, end = error.position, error.position + error.length
    place = text[start:end] or "▮"
    before, after = escape(text[:start], quote=False), escape(text[end:], quote=False)
    return f"{before[-200:]}<b><u>{escape(place[:40], quote=False)}</u></b>{after[:200]}"


Answer = Callable[[Ask], Awaitable[None]]
Callback = Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, None]]


def answering(desk: Desk, answer: Answer, *, for_admins: bool = False) -> Callback:
    """An update's handler for telegram.ext: works out who asks, and turns what goes wrong into an answer.

    A pressed button is always answered, so that no client is left waiting.
    """

    async def callback(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        chat = update.effective_chat
        if chat is None:
            return
        ask = Ask(desk, update, chat, await _language(desk, update, chat))
        try:
            if for_admins and not ask.is_admin:
                await ask.refuse("admin.only")
            else:
                await answer(ask)
        except QueryError as error:
            await _point(ask, error)
        except KuaixunError as error:
            await ask.refuse("error.known", reason=error)
        except Forbidden:
            log.info("chat %s no longer accepts answers", chat.id)
        try:
            await ask.toast()
        except BadRequest:
            log.debug("a button was pressed too long ago to be answered")

    return callback


async def _point(ask: Ask, error: QueryError) -> None:
    """Answer a bad query with what is wrong and where."""
    reason = explain(ask.language, error)
    if ask.query is not None:
        await ask.notice(reason, alert=True)
    else:
        await ask.reply(f"⚠️ {escape(reason, quote=False)}\n\n{pointed(error.text, error)}")


async def _language(desk: Desk, update: Update, chat: Chat) -> str:
    known = await desk.registry.subscriber(destination(chat, update.effective_message))
    if known is not None:
        return known.language
    code = update.effective_user.language_code if update.effective_user else None
    return choose(code) if chat.type == Chat.PRIVATE and code else desk.language
