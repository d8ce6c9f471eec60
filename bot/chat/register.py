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

from ..urls import LINK
from . import (
    card,
    changing,
    editing,
    feed_card,
    following,
    more,
    muting,
    narrowing,
    operating,
    reading,
    settings,
    why,
)
from .answering import Answer, answering
from .desk import Ask, Desk

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
    "x": more.more,
    "xl": more.less,
    "m": muting.menu,
    "mt": muting.pause_topic,
    "mw": muting.mute_word,
    "my": muting.ask_for_word,
    "mz": muting.undo,
    "mb": muting.close,
    "n": narrowing.own_card,
    "nl": narrowing.overview,
    "nk": narrowing.unmute,
    "nw": narrowing.ask_for_word,
    "np": narrowing.pause,
    "tp": editing.turn,
    "s": reading.turn,
    "sr": reading.turn_by_relevance,
    "st": reading.choose_span,
    "sf": reading.choose_feed,
    "sx": reading.try_another,
    "f": reading.follow_search,
    "sl": settings.choose_language,
    "si": settings.choose_picture,
    "sp": settings.choose_pause,
}
ADMIN_BUTTONS: Mapping[str, Answer] = {
    "e": card.card,
    "el": editing.show_list,
    "ek": changing.remove_keyword,
    "es": changing.save,
    "ex": changing.drop,
    "ez": changing.undo,
    "ea": editing.ask_for,
    "en": editing.ask_for_new,
    "ed": editing.delete,
    "ey": editing.delete_certainly,
    "fp": operating.pause,
    "fn": operating.poll_now,
    "fd": operating.delete,
    "fy": operating.delete_certainly,
    "fc": feed_card.card,
    "fm": feed_card.choose_mode,
    "fh": feed_card.keep_habit,
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
    opened = filters.StatusUpdate.FORUM_TOPIC_REOPENED
    found.append(MessageHandler(opened, functools.partial(following.reopened, desk)))
    text = filters.TEXT & ~filters.COMMAND & filters.UpdateType.MESSAGE
    found.append(MessageHandler(text & (filters.ChatType.PRIVATE | filters.REPLY), answering(desk, _said)))
    found.append(
        MessageHandler(filters.COMMAND & filters.ChatType.PRIVATE & fresh, answering(desk, _unknown_command))
    )
    return found


async def _said(ask: Ask) -> None:
    """Plain text: an answer to one of our questions; else (in private) a search, or a question about a link."""
    text = (ask.message.text or "").strip() if ask.message else ""
    asked = _question(ask)
    if asked and (await editing.answered(ask, asked, text) or await narrowing.answered(ask, asked, text)):
        return
    if ask.is_private:
        await (why.why(ask) if LINK.fullmatch(text) else reading.plain(ask))


def _question(ask: Ask) -> str:
    """The command that stands in the message of ours to which this one replies, "" where none does."""
    message = ask.message
    replied = message.reply_to_message if message else None
    if message is None or replied is None or replied.from_user is None:
        return ""
    return reading.code_of(replied) if replied.from_user.id == message.get_bot().id else ""


async def _unknown_command(ask: Ask) -> None:
    await ask.reply(ask.say("command.unknown"))


async def _forgotten(ask: Ask) -> None:
    """A button whose verb no version of ours knows."""
    await ask.toast("button.forgotten", alert=True)
