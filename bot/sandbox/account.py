"""The methods about the bot itself: who it is, its updates, its commands and descriptions."""

from __future__ import annotations

import re
from typing import Any

from .arguments import Arguments
from .desk import Desk, method
from .refusal import bad
from .state import JSON, Chat, World

MOST_COMMANDS = 100
SCOPES = [
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
]


@method("getMe")
async def get_me(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#getme."""
    return desk.world.bot.json(full=True)


@method("getUpdates")
async def get_updates(desk: Desk, a: Arguments) -> list[JSON]:
    """https://core.telegram.org/bots/api#getupdates."""
    desk.updates.allow(a.json("allowed_updates", "can't parse allowed updates JSON object"))
    return await desk.updates.get(a.integer("offset"), a.integer("limit", 100), a.integer("timeout"))


@method("setWebhook")
async def set_webhook(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setwebhook."""
    allowed = a.json("allowed_updates", "can't parse allowed updates JSON object")
    drop = a.flag("drop_pending_updates")
    await desk.updates.set_webhook(a.text("url"), a.text("secret_token"), allowed, drop=drop)
    return True


@method("deleteWebhook")
async def delete_webhook(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#deletewebhook."""
    await desk.updates.set_webhook("", "", None, drop=a.flag("drop_pending_updates"))
    return True


@method("getWebhookInfo")
async def get_webhook_info(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#getwebhookinfo."""
    return desk.updates.webhook_info()


@method("logOut")
@method("close")
async def close(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#close: there is no other server to move to, so nothing is done."""
    return True


def _scope(desk: Desk, a: Arguments) -> tuple[str, int, int]:
    """A command scope as (type, chat, user). Raises Refusal."""
    value = a.json("scope", "can't parse BotCommandScope JSON object") or {"type": "default"}
    if not isinstance(value, dict) or value.get("type") not in SCOPES:
        raise bad("can't parse BotCommandScope: Unsupported type specified")
    chat = user = 0
    if value["type"].startswith("chat"):
        chat = desk.world.find(str(value.get("chat_id") or "")).id
    if value["type"] == "chat_member":
        user = next((id for id in desk.world.people if id == value.get("user_id")), 0)
        if not user:
            raise bad("user not found")
    return value["type"], chat, user


def _language(a: Arguments) -> str:
    language = a.text("language_code")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise bad("invalid language code specified")
    return language


@method("setMyCommands")
async def set_my_commands(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setmycommands."""
    values = a.json("commands", "can't parse commands JSON object") or []
    if not isinstance(values, list):
        raise bad("expected an Array of BotCommand")
    if len(values) > MOST_COMMANDS:
        raise bad("too many commands specified")
    commands = [_command(value) for value in values]
    _commands(desk.world)[(*_scope(desk, a), _language(a))] = commands
    _tell_commands(desk)
    return True


def _command(value: Any) -> JSON:
    if not isinstance(value, dict):
        raise bad("can't parse BotCommand: expected an Object")
    name = str(value.get("command") or "").removeprefix("/")
    description = str(value.get("description") or "")
    if not re.fullmatch("[a-z0-9_]{1,32}", name):
        raise bad("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


@method("getMyCommands")
async def get_my_commands(desk: Desk, a: Arguments) -> list[JSON]:
    """https://core.telegram.org/bots/api#getmycommands: of exactly this scope and language."""
    return _commands(desk.world).get((*_scope(desk, a), _language(a)), [])


@method("deleteMyCommands")
async def delete_my_commands(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#deletemycommands."""
    _commands(desk.world).pop((*_scope(desk, a), _language(a)), None)
    _tell_commands(desk)
    return True


def _commands(world: World) -> dict[tuple[str, int, int, str], list[JSON]]:
    commands: dict[tuple[str, int, int, str], list[JSON]] = world.settings.setdefault("commands", {})
    return commands


def _tell_commands(desk: Desk) -> None:
    for chat in desk.world.chats.values():
        if chat.person:
            desk.world.tell(chat, {"type": "commands", "commands": commands_for(desk.world, chat, chat.id)})


def commands_for(world: World, chat: Chat, person: int) -> list[JSON]:
    """What this person is offered in this chat: https://core.telegram.org/bots/api#determining-list-of-commands."""
    scopes: list[tuple[str, int, int]]
    if chat.type == "private":
        scopes = [("chat", chat.id, 0), ("all_private_chats", 0, 0), ("default", 0, 0)]
    else:
        admin = chat.members.get(person) in ("creator", "administrator")
        scopes = [("chat_member", chat.id, person)]
        scopes += [("chat_administrators", chat.id, 0)] if admin else []
        scopes += [("chat", chat.id, 0)]
        scopes += [("all_chat_administrators", 0, 0)] if admin else []
        scopes += [("all_group_chats", 0, 0), ("default", 0, 0)]
    language = world.people[person].language_code.split("-")[0]
    lists = _commands(world)
    for scope in scopes:
        for code in (language, ""):
            if lists.get((*scope, code)):
                return lists[(*scope, code)]
    return []


def described(world: World, what: str, language: str) -> str:
    """The bot's name, description or short_description for a language."""
    texts: dict[tuple[str, str], str] = world.settings.setdefault("descriptions", {})
    return texts.get((what, language)) or texts.get(
        (what, ""), world.bot.first_name if what == "name" else ""
    )


def _describe(desk: Desk, a: Arguments, what: str, most: int) -> bool:
    text = a.text(what)
    if len(text) > most:
        raise bad(f"bot {what.replace('_', ' ')} is too long")
    desk.world.settings.setdefault("descriptions", {})[what, _language(a)] = text
    return True


@method("setMyName")
async def set_my_name(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setmyname."""
    return _describe(desk, a, "name", 64)


@method("getMyName")
async def get_my_name(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#getmyname."""
    return {"name": described(desk.world, "name", _language(a))}


@method("setMyDescription")
async def set_my_description(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setmydescription."""
    return _describe(desk, a, "description", 512)


@method("getMyDescription")
async def get_my_description(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#getmydescription."""
    return {"description": described(desk.world, "description", _language(a))}


@method("setMyShortDescription")
async def set_my_short_description(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setmyshortdescription."""
    return _describe(desk, a, "short_description", 120)


@method("getMyShortDescription")
async def get_my_short_description(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#getmyshortdescription."""
    return {"short_description": described(desk.world, "short_description", _language(a))}


@method("setChatMenuButton")
async def set_chat_menu_button(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setchatmenubutton."""
    button = a.json("menu_button", "can't parse menu button JSON object") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("commands", "default", "web_app"):
        raise bad("can't parse menu button: Unsupported type specified")
    chat = desk.world.open(a.text("chat_id")).id if a.text("chat_id") else 0
    desk.world.settings.setdefault("menu_buttons", {})[chat] = button
    return True


@method("getChatMenuButton")
async def get_chat_menu_button(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#getchatmenubutton."""
    buttons: dict[int, JSON] = desk.world.settings.get("menu_buttons", {})
    chat = desk.world.open(a.text("chat_id")).id if a.text("chat_id") else 0
    return buttons.get(chat) or buttons.get(0) or {"type": "commands" if not chat else "default"}
