"""One update, from its arrival to its answer: the one door through which all that people write and press comes in."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from html import escape
from typing import Any

from telegram import Chat, Message, Update
from telegram.error import Forbidden, TelegramError
from telegram.ext import ContextTypes

from ..errors import KuaixunError, Missing, QueryError, StoreError
from ..locale import choose, explain
from .desk import Ask, Desk, destination, wake

log = logging.getLogger(__name__)

Answer = Callable[[Ask], Awaitable[None]]
Callback = Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, None]]


def answering(desk: Desk, answer: Answer, *, for_admins: bool = False) -> Callback:
    """An update's handler for telegram.ext: works out who asks, and turns what goes wrong into an answer.

    A pressed button is always answered, so that no client is left waiting. A message that is gone has no buttons any
    more.

    Who is answered is there: a chat that was closed for a while gets what it follows again, as after /start.
    """

    async def callback(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        chat, message = update.effective_chat, update.effective_message
        if chat is None or (message is not None and _is_echo(message)):
            return
        ask = Ask(desk, update, chat, await _language(desk, update, chat))
        try:
            if ask.query is not None and ask.message is None:
                await ask.refuse("button.forgotten")
            elif ask.query is not None and await _is_forged(ask):
                # Or it was there until a moment ago, when somebody else pressed it: no alert.
                await ask.toast("button.forgotten")
            elif for_admins and not ask.is_admin:
                await ask.refuse("admin.only")
            else:
                await _explaining(ask, answer)
        except TelegramError as error:
            _report(chat, error)
        try:
            await ask.toast()
        except TelegramError as error:
            _report(chat, error)
        if ask.got_through:  # last, so that /why can say what kept an article away
            await wake(desk.registry, ask.destination)

    return callback


async def _is_forged(ask: Ask) -> bool:
    """Whether a message for several people never had the pressed button: a client can send any data from any message
    (https://core.telegram.org/bots/api#callbackquery), and whoever may read an article could put anything in its place,
    for all. Alone with the bot they would do so to themselves. What has no buttons and is no article holds nothing that
    could not be asked for anew."""
    message = ask.message
    if message is None or ask.is_private or ask.pressed:
        return False
    return message.reply_markup is not None or await ask.delivered(message) is not None


def _report(chat: Chat, error: TelegramError) -> None:
    if isinstance(error, Forbidden):
        log.info("chat %d no longer accepts answers", chat.id)
    else:
        log.error("chat %d got no answer: %s", chat.id, error.message)


def _is_echo(message: object) -> bool:
    """Whether it is a channel's post as Telegram copies it into the linked group: answered in the channel already."""
    return isinstance(message, Message) and bool(message.is_automatic_forward)


async def _explaining(ask: Ask, answer: Answer) -> None:
    """Answer, and say what is wrong where that fails."""
    try:
        await answer(ask)
    except QueryError as error:
        await _point(ask, error)
    except TelegramError:
        raise
    except Missing as error:
        await ask.refuse("error.known", reason=error)
    except StoreError:  # it names files, which are the operator's business
        log.exception("chat %d: the store failed", ask.chat.id)
        await ask.refuse("error.internal")
    except KuaixunError as error:
        await ask.refuse("error.known", reason=error)
    except Exception:
        log.exception("chat %d: an update could not be answered", ask.chat.id)
        await ask.refuse("error.internal")


async def _point(ask: Ask, error: QueryError) -> None:
    """Answer a bad query with what is wrong and where."""
    reason = explain(ask.language, error)
    if ask.query is not None:
        await ask.notice(reason, alert=True)
    else:
        await ask.reply(f"⚠️ {escape(reason, quote=False)}\n\n{_pointed(error.text, error)}")


def _pointed(text: str, error: QueryError) -> str:
    """The query as HTML with the place of the mistake marked."""
    start, end = error.position, error.position + error.length
    before, place, after = text[:start][-200:], (text[start:end] or "▮")[:40], text[end:][:200]
    return (
        f"{escape(before, quote=False)}<b><u>{escape(place, quote=False)}</u></b>{escape(after, quote=False)}"
    )


async def _language(desk: Desk, update: Update, chat: Chat) -> str:
    known = await desk.registry.subscriber(destination(chat, update.effective_message))
    if known is not None:
        return known.language
    code = update.effective_user.language_code if update.effective_user else None
    return choose(code) if chat.type == Chat.PRIVATE and code else desk.language
