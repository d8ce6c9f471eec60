"""The methods that put messages into chats."""

from __future__ import annotations

import secrets
from typing import Any

from . import links, markup
from .arguments import Arguments
from .autolinks import KINDS as FOUND
from .autolinks import Entity, units
from .desk import Desk, method
from .entities import FORMATS, ParseError, format_text, tidy
from .refusal import Refusal, bad
from .state import JSON, Chat, File, Message

MOST_TEXT = 4096  # characters after parsing
MOST_CAPTION = 1024
MOST_RAW = 32768  # bytes before parsing
ALBUM = range(2, 11)
GENERAL = 1  # the General topic: a chat action may name it, a message may not
KINDS = frozenset((*FORMATS, *FOUND, "cashtag", "phone_number", "text_mention"))


def read_text(desk: Desk, a: Arguments, name: str) -> tuple[str, list[Entity]]:
    """The parsed text or caption and its entities. Raises Refusal."""
    given = a.json("entities" if name == "text" else "caption_entities", "can't parse entities JSON object")
    return parse_text(desk, a.text(name), a.text("parse_mode"), given)


def parse_text(desk: Desk, text: str, mode: str, given: Any) -> tuple[str, list[Entity]]:
    """Text by its parse mode, or else with the entities that the bot marked itself. Raises Refusal."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_RAW:
        raise bad("text is too long")
    mode = mode.strip().lower()
    if mode == "html":
        try:
            return _introduced(desk, *format_text(text))
        except ParseError as error:
            raise bad(f"can't parse entities: {error}") from None
    if mode in ("markdown", "markdownv2"):
        raise bad("the sandbox reads HTML only")
    if mode not in ("", "none"):
        raise bad("unsupported parse_mode")
    if given is not None and not isinstance(given, list):
        raise bad("expected an Array of MessageEntity")
    return tidy(text, [_entity(value, units(text)) for value in given or ()])


def _introduced(desk: Desk, text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Mentions by id say who that is; of somebody unknown, the text alone is left."""
    people = desk.world.people
    for entity in entities:
        if entity["type"] == "text_mention" and entity["user_id"] in people:
            entity["user"] = people[entity.pop("user_id")].json()
    return text, [entity for entity in entities if "user_id" not in entity]


def _entity(value: Any, end: int) -> Entity:
    """An entity that the bot marked itself, in a text of `end` UTF-16 units. Raises Refusal."""
    if not isinstance(value, dict):
        raise bad("can't parse MessageEntity: expected an Object")
    kind, offset, length = (value.get(key) for key in ("type", "offset", "length"))
    if kind not in KINDS:
        raise bad("can't parse MessageEntity: Unsupported type specified")
    if not isinstance(offset, int) or not isinstance(length, int):
        raise bad('can\'t parse MessageEntity: Field "offset" must be of type Number')
    if offset < 0:
        raise bad(f"receive an entity with incorrect offset {offset}")
    if offset > end:
        raise bad(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if offset + length > end:
        raise bad(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
            f"at UTF-16 offset {offset + length}"
        )
    if kind == "text_link":
        try:
            return {**value, "url": links.check(str(value.get("url", "")))}
        except ValueError as error:
            raise bad(f"entity URL '{value.get('url', '')}' is invalid: {error}") from None
    return value


def text_content(desk: Desk, a: Arguments) -> JSON:
    """The checked `text`, as it stands in a message. Raises Refusal."""
    if not a.text("text"):
        raise bad("message text is empty")
    text, entities = read_text(desk, a, "text")
    if not text:
        raise bad("text must be non-empty")
    if len(text) > MOST_TEXT:
        raise bad("message is too long")
    return {"text": text} | ({"entities": entities} if entities else {})


def caption_content(text: str, entities: list[Entity]) -> JSON:
    """A parsed caption, as it stands in a message. Raises Refusal."""
    if len(text) > MOST_CAPTION:
        raise bad("message caption is too long")
    content: JSON = {"caption": text} if text else {}
    return content | ({"caption_entities": entities} if text and entities else {})


def photo_content(desk: Desk, file: File) -> JSON:
    """A picture, as it stands in a message."""
    return {"photo": desk.world.files.sizes(file)}


def thread(a: Arguments, chat: Chat, bot: int) -> JSON:
    """The forum topic that a message goes to. Raises Refusal."""
    wanted = a.integer("message_thread_id")
    if not wanted:
        return {}
    topic = chat.topics.get(wanted)
    if topic is None:
        raise bad("message thread not found")
    if topic.closed and not chat.has_right("can_manage_topics", bot):
        raise bad("TOPIC_CLOSED")
    return {"message_thread_id": wanted, "is_topic_message": True}


def writable(desk: Desk, a: Arguments, kind: str = "text messages") -> Chat:
    """The chat, where the bot may write. Raises Refusal."""
    chat = desk.world.open(a.text("chat_id"))
    bot = desk.world.bot.id
    if chat.type == "channel" and not chat.has_right("can_post_messages", bot):
        raise bad("need administrator rights in the channel chat")
    if chat.members[bot] == "restricted":
        right = "can_send_messages" if kind == "text messages" else f"can_send_{kind}"
        if not chat.rights.get(right, False):
            raise bad(f"not enough rights to send {kind} to the chat")
    return chat


def deliver(desk: Desk, chat: Chat, a: Arguments, content: JSON, keyboard: JSON | None) -> Message:
    """Check the place, count it, and put the message there. Raises Refusal."""
    where = thread(a, chat, desk.world.bot.id) | markup.reply(a, chat)
    desk.world.pacer.take(chat.id, chat.type, paid=a.flag("allow_paid_broadcast"))
    flags: JSON = {"has_protected_content": True} if a.flag("protect_content") else {}
    message = desk.world.store(chat, desk.world.bot.id, where | content | flags | markup.shown(keyboard))
    if keyboard and keyboard.get("force_reply"):  # no part of the message: the app opens a reply to it
        desk.world.tell(
            chat,
            {
                "type": "force_reply",
                "message_id": message["message_id"],
                "placeholder": keyboard["input_field_placeholder"],
            },
        )
    return message


@method("sendMessage")
async def send_message(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#sendmessage."""
    content = text_content(desk, a)
    preview = markup.link_preview(a)
    keyboard = markup.reply_markup(a)
    chat = writable(desk, a)
    if preview:
        content["link_preview_options"] = preview
    message = deliver(desk, chat, a, content, keyboard)
    desk.preview(chat, message)
    return message


@method("sendPhoto")
async def send_photo(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#sendphoto."""
    content = caption_content(*read_text(desk, a, "caption"))
    keyboard = markup.reply_markup(a)
    chat = writable(desk, a, "photos")
    file = await desk.pictures.photo(a)
    flags = {name: True for name in ("show_caption_above_media", "has_media_spoiler") if a.flag(name)}
    if a.flag("has_spoiler"):
        flags["has_media_spoiler"] = True
    return deliver(desk, chat, a, photo_content(desk, file) | content | flags, keyboard)


@method("sendMediaGroup")
async def send_media_group(desk: Desk, a: Arguments) -> list[JSON]:
    """https://core.telegram.org/bots/api#sendmediagroup, of photos."""
    items = a.json("media", "can't parse media JSON object")
    if not isinstance(items, list):
        raise bad("can't parse media JSON object" if items else "parameter media is required")
    if len(items) not in ALBUM:
        raise bad("group send failed: wrong number of messages in the album, from 2 to 10 are expected")
    chat = writable(desk, a, "photos")
    contents = []
    for number, item in enumerate(items, 1):
        try:
            contents.append(await media_content(desk, a, item))
        except Refusal as refusal:
            sentence = refusal.description.removeprefix("Bad Request: ")
            raise bad(f'failed to send message #{number} with the error message "{_raw(sentence)}"') from None
    where = thread(a, chat, desk.world.bot.id) | markup.reply(a, chat)
    desk.world.pacer.take(chat.id, chat.type, len(items), paid=a.flag("allow_paid_broadcast"))
    album = {"media_group_id": str(secrets.randbits(53))}
    return [desk.world.store(chat, desk.world.bot.id, where | album | content) for content in contents]


def _raw(sentence: str) -> str:
    """In albums the server does not translate what its back end said."""
    raw = {
        "failed to get HTTP URL content": "WEBPAGE_CURL_FAILED",
        "wrong type of the web page content": "WEBPAGE_MEDIA_EMPTY",
        "wrong file identifier/HTTP URL specified": "MEDIA_EMPTY",
    }
    return raw.get(sentence, sentence)


async def media_content(desk: Desk, a: Arguments, item: Any) -> JSON:
    """An InputMediaPhoto, as it stands in a message. Raises Refusal."""
    if not isinstance(item, dict):
        raise bad("can't parse InputMedia: expected an Object")
    if item.get("type") != "photo":
        raise bad("the sandbox takes photos only")
    media = item.get("media")
    if not isinstance(media, str) or not media:
        raise bad("media not found")
    text, mode = (str(item.get(key) or "") for key in ("caption", "parse_mode"))
    caption = caption_content(*parse_text(desk, text, mode, item.get("caption_entities")))
    file = await desk.pictures.photo(Arguments({"photo": media}, a.files))
    return photo_content(desk, file) | caption


@method("copyMessage")
async def copy_message(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#copymessage."""
    keyboard = markup.reply_markup(a)
    source = _source(desk, a, "copy")
    chat = writable(desk, a, "photos" if "photo" in source else "text messages")
    if not {"text", "photo"} & source.keys():
        raise bad("message can't be copied")
    kept = ("text", "entities", "photo", "caption", "caption_entities", "link_preview_options")
    content = {key: source[key] for key in kept if key in source}
    if "caption" in a.texts and "photo" in source:
        content = {"photo": source["photo"]} | caption_content(*read_text(desk, a, "caption"))
    message = deliver(desk, chat, a, content, keyboard)
    desk.preview(chat, message)
    return {"message_id": message["message_id"]}


@method("forwardMessage")
async def forward_message(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#forwardmessage."""
    source = _source(desk, a, "forward")
    chat = writable(desk, a, "photos" if "photo" in source else "text messages")
    kept = ("text", "entities", "photo", "caption", "caption_entities", "link_preview_options")
    origin: JSON = {"date": source["date"]}
    if "from" in source:
        origin |= {"type": "user", "sender_user": source["from"]}
    else:
        origin |= {"type": "channel", "chat": source["chat"], "message_id": source["message_id"]}
    content = {key: source[key] for key in kept if key in source} | {"forward_origin": origin}
    return deliver(desk, chat, a, content, None)


def _source(desk: Desk, a: Arguments, verb: str) -> Message:
    origin = desk.world.open(a.text("from_chat_id"))
    message = origin.messages.get(a.integer("message_id"))
    if message is None:
        raise bad(f"message to {verb} not found")
    return message


@method("sendChatAction")
async def send_chat_action(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#sendchataction."""
    actions = [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
    if a.text("action") not in actions:
        raise bad("wrong parameter action in request")
    chat = desk.world.open(a.text("chat_id"))
    if a.integer("message_thread_id") != GENERAL:
        thread(a, chat, desk.world.bot.id)
    desk.world.tell(chat, {"type": "action", "action": a.text("action")})
    return True
