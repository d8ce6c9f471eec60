"""Which update goes to whom."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from . import editing, following, operating, reading, settings, why
from .desk import Answer, Ask, Desk, answering

COMMANDS: Mapping[str, Answer] = {
    "start": following.start,
    "help": following.help_,
    "topics": editing.topics,
    "subscribe": following.subscribe,
    "unsubscribe": following.unsubscribe,
    "search": reading.search,
    "latest": reading.latest,
    "why": why.why,
    "settings": settings.settings,
}
ADMIN_COMMANDS: Mapping[str, Answer] = {"feeds": operating.feeds, "stats": operating.stats}

# The verb before the colon in a button's callback data.
BUTTONS: Mapping[str, Answer] = {
    "t": following.toggle,
    "u": following.unfollow,
    "m": following.mute,
    "mt": following.mute_topic,
    "mb": following.unmute_row,
    "tp": editing.turn,
    "s": reading.turn,
    "f": reading.follow_search,
    "sl": settings.choose_language,
    "si": settings.choose_picture,
    "sp": settings.choose_pause,
}
ADMIN_BUTTONS: Mapping[str, Answer] = {
    "e": editing.card,
    "el": editing.show_list,
    "ek": editing.remove_keyword,
    "ea": editing.ask_for,
    "en": editing.ask_for_new,
    "ed": editing.delete,
    "ey": editing.delete_certainly,
    "fp": operating.pause,
    "fn": operating.poll_now,
    "fd": operating.delete,
    "fy": operating.delete_certainly,
    "fl": operating.turn,
}


def handlers(desk: Desk) -> list[BaseHandler[Any, Any, Any]]:
    """Every kind of update that the bot answers. Edited messages are left alone: an edit is no new order."""
    fresh = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
    found: list[BaseHandler[Any, Any, Any]] = []
    for table, for_admins in ((COMMANDS, False), (ADMIN_COMMANDS, True)):
        for name, answer in table.items():
            found.append(CommandHandler(name, answering(desk, answer, for_admins=for_admins), filters=fresh))
    for table, for_admins in ((BUTTONS, False), (ADMIN_BUTTONS, True)):
        for verb, answer in table.items():
            callback = answering(desk, answer, for_admins=for_admins)
            found.append(CallbackQueryHandler(callback, pattern=f"^{verb}:"))
    found.append(CallbackQueryHandler(answering(desk, _forgotten)))
    found.append(
        ChatMemberHandler(functools.partial(following.membership, desk), ChatMemberHandler.MY_CHAT_MEMBER)
    )
    found.append(MessageHandler(filters.StatusUpdate.MIGRATE, functools.partial(following.moved, desk)))
    text = filters.TEXT & ~filters.COMMAND & filters.UpdateType.MESSAGE
    found.append(MessageHandler(text & (filters.ChatType.PRIVATE | filters.REPLY), answering(desk, _said)))
    found.append(
        MessageHandler(filters.COMMAND & filters.ChatType.PRIVATE & fresh, answering(desk, _unknown_command))
    )
    return found


async def _said(ask: Ask) -> None:
    """Plain text: an answer to one of our questions; else (in private) a search, or a question about a link."""
    if not await editing.answered(ask) and ask.is_private:
        is_link = ask.message is not None and why.URL.fullmatch((ask.message.text or "").strip())
        await (why.why(ask) if is_link else reading.plain(ask))


async def _unknown_command(ask: Ask) -> None:
    await ask.reply(ask.say("command.unknown"))


async def _forgotten(ask: Ask) -> None:
    """A button whose verb no version of ours knows."""
    await ask.toast("button.forgotten", alert=True)
