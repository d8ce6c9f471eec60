"""The command menu and the bot's description, in each language that Telegram tells apart."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

from telegram import Bot, BotCommand, BotCommandScope, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import TelegramError

from ..locale import say

log = logging.getLogger(__name__)

FOR_ALL = ("topics", "search", "latest", "subscribe", "unsubscribe", "why", "settings", "help")
FOR_ADMINS = (*FOR_ALL, "feeds", "stats")


async def announce(bot: Bot, language: str) -> None:
    """Set the menu for everybody. What Telegram refuses costs the menu alone."""
    await _set_menu(bot, FOR_ALL, BotCommandScopeDefault(), language)
    for code, name in _languages(language):
        await _quietly(bot.set_my_description(say(name, "bot.description"), code))
        await _quietly(bot.set_my_short_description(say(name, "bot.about"), code))


async def announce_to_admin(bot: Bot, admin: int, language: str) -> None:
    """Set an admin's own menu. Telegram refuses it for those who have never written to the bot."""
    await _set_menu(bot, FOR_ADMINS, BotCommandScopeChat(admin), language)


async def _set_menu(bot: Bot, names: tuple[str, ...], scope: BotCommandScope, language: str) -> None:
    for code, spoken in _languages(language):
        commands = [BotCommand(name, say(spoken, f"menu.{name}")) for name in names]
        await _quietly(bot.set_my_commands(commands, scope, code))


def _languages(language: str) -> list[tuple[str | None, str]]:
    # Telegram knows languages by two letters, and so no simplified and traditional: zh is whichever is configured.
    chinese = language if language.startswith("zh") else "zh-Hans"
    return [(None, language), ("zh", chinese), ("en", "en")]


async def _quietly(call: Awaitable[bool]) -> None:
    try:
        await call
    except TelegramError as error:
        log.info("the command menu was not set: %s", error.message)
