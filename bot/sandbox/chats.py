"""The methods that ask about chats, their members, and files."""

from __future__ import annotations

from .arguments import Arguments
from .desk import Desk, method
from .refusal import bad
from .state import JSON, Chat

ADMINS = ("creator", "administrator")


@method("getChat")
async def get_chat(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#getchat."""
    chat = _readable(desk, a)
    gifts = (
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    )
    full: JSON = chat.json() | {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, True),
    }
    if chat.type in ("group", "supergroup"):
        full["permissions"] = dict.fromkeys(("can_send_messages", "can_send_photos"), True)
    return full


def _readable(desk: Desk, a: Arguments) -> Chat:
    """The chat; in a private one it does not matter here whether the bot may write. Raises Refusal."""
    chat = desk.world.find(a.text("chat_id"))
    return chat if chat.type == "private" else desk.world.open(a.text("chat_id"))


@method("getChatMember")
async def get_chat_member(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#getchatmember."""
    chat = _readable(desk, a)
    user = a.integer("user_id")
    if user not in desk.world.people and user != desk.world.bot.id:
        raise bad("user not found" if not user else "PARTICIPANT_ID_INVALID")
    return desk.people.member(chat, user)


@method("getChatAdministrators")
async def get_chat_administrators(desk: Desk, a: Arguments) -> list[JSON]:
    """https://core.telegram.org/bots/api#getchatadministrators: bots are not among them."""
    chat = _readable(desk, a)
    if chat.type == "private":
        raise bad("there are no administrators in the private chat")
    admins = (user for user, status in chat.members.items() if status in ADMINS and user in desk.world.people)
    return [desk.people.member(chat, user) for user in admins]


@method("getChatMemberCount")
async def get_chat_member_count(desk: Desk, a: Arguments) -> int:
    """https://core.telegram.org/bots/api#getchatmembercount."""
    chat = _readable(desk, a)
    if chat.type == "private":
        return 2
    return sum(status not in ("left", "kicked") for status in chat.members.values())


@method("leaveChat")
async def leave_chat(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#leavechat."""
    chat = desk.world.open(a.text("chat_id"))
    if chat.type == "private":
        raise bad("chat member status can't be changed in private chats")
    desk.people.set_status(chat.id, "left", by=desk.world.bot.id)
    return True


@method("getFile")
async def get_file(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#getfile."""
    if not a.text("file_id"):
        raise bad("file_id not specified")
    file = desk.world.files.find(a.text("file_id"))
    if file is None:
        raise bad("invalid file_id")
    return {
        "file_id": a.text("file_id"),
        "file_unique_id": file.unique_id + a.text("file_id")[-1],
        "file_size": len(file.data),
        "file_path": file.path,
    }
