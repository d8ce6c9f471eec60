"""What people do in Telegram, and which updates the bot gets of it."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .arguments import is_unicode
from .autolinks import find_entities
from .state import (
    CHANNEL_RIGHTS,
    GROUP_RIGHTS,
    JSON,
    PERMISSIONS,
    RIGHTS,
    WRITERS,
    Chat,
    Message,
    Topic,
    World,
)
from .updates import Updates

CALLBACK_SECONDS = (
    15.0  # how long a press may wait for its answer; not documented, clients give up about then
)


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button that waits for its answer."""

    chat: Chat
    deadline: float  # Unix time


def _check(*texts: str) -> None:
    """Raise ValueError where half a surrogate pair would make every later getUpdates unanswerable."""
    if not all(map(is_unicode, texts)):
        raise ValueError("text must be Unicode, without halves of surrogate pairs")


class People:
    """The people's side of the world: each act changes it as Telegram would, and queues the bot's update."""

    def __init__(self, world: World, updates: Updates) -> None:
        self.world = world
        self.updates = updates
        self.callbacks: dict[str, Press] = {}  # unanswered, by query id
        self.inline: dict[str, float] = {}  # unanswered inline queries: until when
        self._numbers = itertools.count(1)

    def say(
        self,
        person: int,
        text: str,
        chat: int | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
    ) -> Message:
        """Write a message. Raises ValueError where Telegram's app would not offer to, or it is no Unicode."""
        _check(text)
        where = self.chat(chat if chat is not None else person)
        if where.type == "private":
            if where.members.get(self.world.bot.id) == "kicked":
                raise ValueError("unblock the bot first")
            where.members[self.world.bot.id] = "member"
        elif where.members.get(person) not in (WRITERS[:2] if where.type == "channel" else WRITERS):
            raise ValueError("this person may not write there")
        content: JSON = {"text": text}
        entities = find_entities(text)
        if entities:
            content["entities"] = entities
        if thread is not None:
            if thread not in where.topics:
                raise ValueError("no such topic")
            content |= {"message_thread_id": thread, "is_topic_message": True}
        if reply_to is not None:
            replied = dict(where.messages[reply_to])
            replied.pop("reply_to_message", None)
            content["reply_to_message"] = replied
        message = self.world.store(where, person, content)
        if self._reaches(where, message):
            self.updates.put("channel_post" if where.type == "channel" else "message", message)
        return message

    def press(self, person: int, message_id: int, data_or_label: str, chat: int | None = None) -> str:
        """Press a callback button, named by its data or by its label. Returns the callback query's id.

        Raises LookupError where the message has no such button.
        """
        where = self.chat(chat if chat is not None else person)
        message = where.messages[message_id]
        keyboard = message.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [b for row in keyboard for b in row if "callback_data" in b]
        pressed = next((b for b in buttons if b["callback_data"] == data_or_label), None) or next(
            (b for b in buttons if b["text"] == data_or_label), None
        )
        if pressed is None:
            raise LookupError(f"message {message_id} has no button {data_or_label!r}")
        query_id = str(secrets.randbits(62))
        deadline = self.world.clock() + CALLBACK_SECONDS
        self.callbacks[query_id] = Press(where, deadline)
        while len(self.callbacks) > 1000:
            del self.callbacks[next(iter(self.callbacks))]
        self.updates.put(
            "callback_query",
            {
                "id": query_id,
                "from": self.world.user(person),
                "message": message,
                "chat_instance": str(abs(where.id) * 31 + 7),
                "data": pressed["callback_data"],
            },
        )
        return query_id

    def ask_inline(self, person: int, query: str, offset: str = "") -> str:
        """Type `@bot query` somewhere. Returns the inline query's id. Raises ValueError where it is no Unicode."""
        _check(query, offset)
        query_id = str(secrets.randbits(62))
        self.inline[query_id] = self.world.clock() + CALLBACK_SECONDS
        while len(self.inline) > 1000:
            del self.inline[next(iter(self.inline))]
        self.updates.put(
            "inline_query",
            {
                "id": query_id,
                "from": self.world.user(person),
                "chat_type": "sender",
                "query": query,
                "offset": offset,
            },
        )
        return query_id

    def block(self, person: int) -> None:
        """Block the bot."""
        self.set_status(person, "kicked", by=person)

    def unblock(self, person: int) -> None:
        """Unblock it: it may write again."""
        self.set_status(person, "member", by=person)

    def create_group(
        self,
        title: str,
        members: Iterable[int],
        admins: Iterable[int] = (),
        *,
        forum: bool = False,
        supergroup: bool = False,
        bot: str = "member",
    ) -> int:
        """A group (a supergroup where it is a forum); the first admin, or else the first member, owns it."""
        kind = "supergroup" if forum or supergroup else "group"
        chat = self._create(kind, title, members, admins)
        chat.forum = forum
        if bot != "left":
            self.set_status(chat.id, bot)
        return chat.id

    def create_channel(
        self,
        title: str,
        members: Iterable[int],
        admins: Iterable[int],
        *,
        username: str = "",
        bot: str = "left",
    ) -> int:
        """A channel. `bot`: its status there, "administrator" to let it post."""
        chat = self._create("channel", title, members, admins)
        chat.username = username
        if bot != "left":
            self.set_status(chat.id, bot)
        return chat.id

    def create_topic(self, chat: int, name: str) -> int:
        """A forum topic. Returns its message_thread_id."""
        _check(name)
        where = self.chat(chat)
        thread = next(where.ids)
        where.topics[thread] = Topic(name)
        created = {"name": name, "icon_color": 7322096}
        content = {"message_thread_id": thread, "is_topic_message": True, "forum_topic_created": created}
        self._service(where, content, thread)
        return thread

    def close_topic(self, chat: int, thread: int, *, closed: bool = True) -> None:
        """Close a forum topic, or open it again."""
        where = self.chat(chat)
        where.topics[thread].closed = closed
        kind = "forum_topic_closed" if closed else "forum_topic_reopened"
        self._service(where, {"message_thread_id": thread, "is_topic_message": True, kind: {}})

    def set_status(
        self, chat: int, status: str, *, rights: dict[str, bool] | None = None, by: int | None = None
    ) -> None:
        """Make the bot a member, administrator, restricted, left or kicked there; my_chat_member tells it so.

        `rights`: an administrator's that differ from True, or what a restricted bot may still do.
        """
        where = self.chat(chat)
        bot = self.world.bot.id
        old = self.member(where, bot)
        where.members[bot] = status
        where.rights = dict(rights or {})
        new = self.member(where, bot)
        if old == new:
            return
        actor = by if by is not None else self._owner(where)
        self.updates.put(
            "my_chat_member",
            {
                "chat": where.json(),
                "from": self.world.user(actor),
                "date": self.world.now(),
                "old_chat_member": old,
                "new_chat_member": new,
            },
        )
        if (
            old["status"] == "left"
            and status in ("member", "administrator")
            and where.type in ("group", "supergroup")
        ):
            self._service(where, {"new_chat_members": [self.world.bot.json()]})

    def migrate(self, chat: int) -> int:
        """Turn a group into a supergroup. Returns the new id."""
        old = self.chat(chat)
        if old.type != "group":
            raise ValueError("only a group can become a supergroup")
        new = self._create("supergroup", old.title, (), ())
        new.members = dict(old.members)
        new.rights = dict(old.rights)
        old.moved_to = new.id
        self._service(old, {"migrate_to_chat_id": new.id})
        self._service(new, {"migrate_from_chat_id": old.id})
        return new.id

    def chat(self, id: int) -> Chat:
        """The chat. Raises KeyError."""
        return self.world.chats[id]

    def member(self, chat: Chat, user: int) -> JSON:
        """A Bot API ChatMember."""
        status = chat.members.get(user, "left")
        member: JSON = {"status": status, "user": self.world.user(user)}
        if status == "creator":
            member["is_anonymous"] = False
        elif status == "administrator":
            own = CHANNEL_RIGHTS if chat.type == "channel" else GROUP_RIGHTS
            given = {right: chat.rights.get(right, True) for right in RIGHTS + own}
            member |= {"can_be_edited": False, "is_anonymous": False} | given
        elif status == "restricted":
            member |= {"is_member": True, "until_date": 0}
            member |= {right: chat.rights.get(right, False) for right in PERMISSIONS}
        elif status == "kicked":
            member["until_date"] = 0
        return member

    def _create(self, kind: str, title: str, members: Iterable[int], admins: Iterable[int]) -> Chat:
        _check(title)
        number = next(self._numbers)
        id = -(4_000_000_000 + number) if kind == "group" else -(1_002_000_000_000 + number)
        people: Sequence[int] = list(dict.fromkeys((*admins, *members)))
        chat = Chat(id, kind, title, members=dict.fromkeys(people, "member"))
        chat.members |= dict.fromkeys(admins, "administrator")
        if people:
            chat.members[people[0]] = "creator"
        if kind == "group":
            chat.ids = self.world.account_ids
        self.world.chats[id] = chat
        return chat

    def _owner(self, chat: Chat) -> int:
        return next((u for u, s in chat.members.items() if s == "creator"), next(iter(chat.members)))

    def _service(self, chat: Chat, content: JSON, message_id: int | None = None) -> Message:
        """A service message: it reaches the bot even in privacy mode."""
        message = self.world.store(chat, self._owner(chat), content, message_id)
        if chat.members.get(self.world.bot.id) in ("member", "administrator", "restricted"):
            self.updates.put("channel_post" if chat.type == "channel" else "message", message)
        return message

    def _reaches(self, chat: Chat, message: Message) -> bool:
        """Whether the bot sees it: https://core.telegram.org/bots/features#privacy-mode."""
        bot = self.world.bot
        status = chat.members.get(bot.id)
        if status not in ("member", "administrator", "restricted"):
            return False
        if (
            chat.type in ("private", "channel")
            or status == "administrator"
            or bot.can_read_all_group_messages
        ):
            return True
        if message.get("reply_to_message", {}).get("from", {}).get("id") == bot.id:
            return True
        return any(self._means_bot(message["text"], entity) for entity in message.get("entities", ()))

    def _means_bot(self, text: str, entity: dict[str, Any]) -> bool:
        units = text.encode("utf-16-le")
        start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        part = units[start:end].decode("utf-16-le").lower()
        name = "@" + self.world.bot.username.lower()
        if entity["type"] == "mention":
            return part == name
        return entity["type"] == "bot_command" and ("@" not in part or part.endswith(name))
