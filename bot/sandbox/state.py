"""What a Telegram knows: people, chats, messages, files. Plain data in the shapes of the Bot API."""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .limits import Pacer, Rates
from .refusal import bad, forbidden

Message = dict[str, Any]  # a Bot API Message
JSON = dict[str, Any]

HISTORY = 2000  # messages kept a chat; the oldest go first
FILE_BYTES = 128 << 20  # bytes of pictures kept; the oldest go first
WRITERS = ("creator", "administrator", "member")

RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
)
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages")
GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics")
PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_edit_tag",
)


@dataclass(frozen=True, slots=True)
class Person:
    """A user. `role` is for the chat page alone: who this person is in the story that is shown."""

    id: int
    first_name: str
    username: str = ""
    language_code: str = "zh-hans"
    role: str = ""

    def json(self) -> JSON:
        """A Bot API User."""
        user: JSON = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.username:
            user["username"] = self.username
        if self.language_code:
            user["language_code"] = self.language_code
        return user


@dataclass(frozen=True, slots=True)
class BotAccount:
    """The bot, as BotFather made it."""

    id: int = 7000000001
    first_name: str = "快讯"
    username: str = "kuaixun_bot"
    can_join_groups: bool = True
    can_read_all_group_messages: bool = False  # True: privacy mode is off
    supports_inline_queries: bool = True

    def json(self, *, full: bool = False) -> JSON:
        """A Bot API User; `full`: as getMe gives it."""
        user: JSON = {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}
        if full:
            user |= {
                "can_join_groups": self.can_join_groups,
                "can_read_all_group_messages": self.can_read_all_group_messages,
                "supports_inline_queries": self.supports_inline_queries,
                "can_connect_to_business": False,
                "has_main_web_app": False,
                "has_topics_enabled": False,
                "allows_users_to_create_topics": False,
                "can_manage_bots": False,
            }
        return user


@dataclass(slots=True)
class Topic:
    """A forum topic."""

    name: str
    closed: bool = False


@dataclass(slots=True)
class Chat:
    """A chat of any type. `members`: status by user id, the bot's too; in a private chat only the bot's matters:
    `left` until the person first writes, `member`, and `kicked` while it is blocked.
    """

    id: int
    type: str
    title: str = ""
    username: str = ""
    forum: bool = False
    person: Person | None = None
    members: dict[int, str] = field(default_factory=dict)
    rights: dict[str, bool] = field(default_factory=dict)  # the bot's, where they are not the default
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    moved_to: int | None = None

    def json(self) -> JSON:
        """A Bot API Chat."""
        if self.person:
            user = self.person.json()
            return {key: user[key] for key in ("id", "first_name", "username") if key in user} | {
                "type": "private"
            }
        chat: JSON = {"id": self.id, "title": self.title, "type": self.type}
        if self.username:
            chat["username"] = self.username
        if self.forum:
            chat["is_forum"] = True
        return chat

    def has_right(self, right: str, user: int) -> bool:
        """Whether this member may do that; an administrator's rights are the bot's where it is the bot."""
        status = self.members.get(user, "left")
        return status == "creator" or (status == "administrator" and self.rights.get(right, True))


@dataclass(frozen=True, slots=True)
class File:
    """A picture that Telegram has."""

    id: str
    unique_id: str
    data: bytes
    content_type: str
    width: int
    height: int
    number: int

    @property
    def path(self) -> str:
        """What getFile gives as `file_path`."""
        return f"photos/file_{self.number}.{'jpg' if self.content_type == 'image/jpeg' else self.content_type[6:]}"


class Files:
    """The pictures, by any file_id of theirs. The same bytes are the same file."""

    def __init__(self) -> None:
        self.by_unique_id: dict[str, File] = {}
        self.bytes = 0
        self.numbers = itertools.count(1)

    def add(self, data: bytes, content_type: str, width: int, height: int) -> File:
        """Keep it, forgetting the oldest where there are too many bytes."""
        unique_id = "AQAD" + hashlib.sha256(data).hexdigest()[:14]
        known = self.by_unique_id.get(unique_id)
        if known:
            return known
        salt = secrets.token_hex(12)
        file = File(
            f"AgACAgUAAx{salt}{unique_id}", unique_id, data, content_type, width, height, next(self.numbers)
        )
        self.by_unique_id[unique_id] = file
        self.bytes += len(data)
        while self.bytes > FILE_BYTES and len(self.by_unique_id) > 1:
            oldest = next(iter(self.by_unique_id))
            self.bytes -= len(self.by_unique_id.pop(oldest).data)
        return file

    def find(self, file_id: str) -> File | None:
        """The file that a file_id of any of its sizes means."""
        file = self.by_unique_id.get(file_id[34:52])
        return file if file and file_id[:-1] == file.id and file_id[-1] in "smxy" else None

    def sizes(self, file: File) -> list[JSON]:
        """PhotoSizes, smallest first: the boxes of 90, 320, 800 and 1280 pixels that a client is offered."""
        longest = max(file.width, file.height)
        sizes = [
            _size(file, box, letter) for box, letter in ((90, "s"), (320, "m"), (800, "x")) if box < longest
        ]
        return [*sizes, _size(file, min(longest, 1280), "y")]


def _size(file: File, box: int, letter: str) -> JSON:
    scale = box / max(file.width, file.height)
    return {
        "file_id": file.id + letter,
        "file_unique_id": file.unique_id + letter,
        "file_size": max(1, int(len(file.data) * scale * scale)),
        "width": max(1, round(file.width * scale)),
        "height": max(1, round(file.height * scale)),
    }


class World:
    """All of it, for one bot. Whoever wants to know what happens adds an observer: `observer(chat, event)`."""

    def __init__(
        self, people: list[Person], bot: BotAccount, rates: Rates, clock: Callable[[], float]
    ) -> None:
        self.bot = bot
        self.clock = clock
        self.people = {person.id: person for person in people}
        self.account_ids = itertools.count(1)  # private chats and basic groups number their messages together
        self.chats = {person.id: self._private(person) for person in people}
        self.files = Files()
        self.pacer = Pacer(rates, clock)
        self.settings: JSON = {}
        self.observers: list[Callable[[Chat, JSON], None]] = []

    def _private(self, person: Person) -> Chat:
        return Chat(person.id, "private", person=person, members={person.id: "member"}, ids=self.account_ids)

    def add_person(self, person: Person) -> None:
        """Somebody else joins Telegram."""
        self.people[person.id] = person
        self.chats[person.id] = self._private(person)

    def user(self, id: int) -> JSON:
        """A Bot API User. Raises KeyError."""
        return self.bot.json() if id == self.bot.id else self.people[id].json()

    def now(self) -> int:
        """Unix time."""
        return int(self.clock())

    def tell(self, chat: Chat, event: JSON) -> None:
        """Let the observers know."""
        for observer in tuple(self.observers):
            observer(chat, event)

    def find(self, chat_id: str) -> Chat:
        """The chat that a request names, by id or @username. Raises Refusal."""
        name = chat_id.strip()
        if not name:
            raise bad("chat_id is empty")
        if name.startswith("@"):
            chats = (
                c for c in self.chats.values() if c.username.lower() == name[1:].lower() and not c.person
            )
            chat = next(chats, None)
        else:
            chat = self.chats.get(int(name)) if re.fullmatch("-?[0-9]{1,18}", name) else None
        if chat is None:
            raise bad("chat not found")
        if chat.moved_to is not None:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.moved_to)
        return chat

    def open(self, chat_id: str) -> Chat:
        """The chat, where the bot may at least read. Raises Refusal."""
        chat = self.find(chat_id)
        status = chat.members.get(self.bot.id, "left")
        if chat.type == "private":
            if status == "kicked":
                raise forbidden("bot was blocked by the user")
            if status == "left":
                raise forbidden("bot can't initiate conversation with a user")
        elif status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.type} chat")
        elif status == "left":
            raise forbidden(f"bot is not a member of the {chat.type} chat")
        return chat

    def store(self, chat: Chat, sender: int, content: JSON, message_id: int | None = None) -> Message:
        """Put a message into the chat and tell who watches. A stored message never changes: it is replaced."""
        message: Message = {"message_id": message_id or next(chat.ids)}
        if chat.type == "channel":
            message["sender_chat"] = chat.json()
        else:
            message["from"] = self.user(sender)
        message |= {"chat": chat.json(), "date": self.now()} | content
        chat.messages[message["message_id"]] = message
        while len(chat.messages) > HISTORY:
            del chat.messages[next(iter(chat.messages))]
        self.tell(chat, {"type": "message", "message": message})
        return message

    def replace(self, chat: Chat, message: Message) -> Message:
        """Put the edited message where the old one was, and tell who watches."""
        chat.messages[message["message_id"]] = message
        self.tell(chat, {"type": "edited", "message": message})
        return message
