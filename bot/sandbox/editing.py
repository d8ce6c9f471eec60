"""The methods that change or remove messages, and those that answer queries."""

from __future__ import annotations

from . import markup
from .arguments import Arguments
from .desk import Desk, method
from .refusal import bad
from .sending import caption_content, media_content, read_text, text_content
from .state import JSON, Chat, Message

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
DELETABLE = 48 * 3600  # seconds; https://core.telegram.org/bots/api#deletemessage
MOST_IDS = 100
OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"
_BODY = [
    "text",
    "entities",
    "link_preview_options",
    "photo",
    "caption",
    "caption_entities",
    "show_caption_above_media",
    "has_media_spoiler",
    "reply_markup",
]


def _editable(desk: Desk, a: Arguments) -> tuple[Chat, Message]:
    """The message that a request means to change. Raises Refusal."""
    if not a.integer("message_id"):
        raise bad("message identifier is not specified")
    chat = desk.world.open(a.text("chat_id"))
    message = chat.messages.get(a.integer("message_id"))
    if message is None:
        raise bad("message to edit not found")
    own = message.get("from", {}).get("id") == desk.world.bot.id
    posted = chat.type == "channel" and chat.has_right("can_edit_messages", desk.world.bot.id)
    if not (own or posted) or "forward_origin" in message:
        raise bad("message can't be edited")
    return chat, message


def _edit(desk: Desk, chat: Chat, old: Message, body: JSON) -> Message:
    """Give the message another body. Raises Refusal."""
    kept = {key: value for key, value in old.items() if key not in (*_BODY, "edit_date")}
    if {key: old[key] for key in _BODY if key in old} == body:
        raise bad(NOT_MODIFIED)
    desk.world.pacer.take(chat.id, chat.type)
    if old.get("link_preview_options") != body.get("link_preview_options"):
        desk.previews.pop((chat.id, old["message_id"]), None)
    return desk.world.replace(chat, kept | {"edit_date": desk.world.now()} | body)


@method("editMessageText")
async def edit_message_text(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#editmessagetext."""
    body = text_content(desk, a)
    preview = markup.link_preview(a)
    keyboard = markup.reply_markup(a)
    chat, old = _editable(desk, a)
    if "text" not in old:
        raise bad("there is no text in the message to edit")
    if preview:
        body["link_preview_options"] = preview
    message = _edit(desk, chat, old, body | markup.shown(keyboard))
    if preview != old.get("link_preview_options"):
        desk.preview(chat, message)
    return message


@method("editMessageCaption")
async def edit_message_caption(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#editmessagecaption."""
    caption = caption_content(*read_text(desk, a, "caption"))
    keyboard = markup.reply_markup(a)
    chat, old = _editable(desk, a)
    if "photo" not in old:
        raise bad("there is no caption in the message to edit")
    kept = {key: old[key] for key in ("photo", "has_media_spoiler") if key in old}
    above = {"show_caption_above_media": True} if a.flag("show_caption_above_media") else {}
    return _edit(desk, chat, old, kept | caption | above | markup.shown(keyboard))


@method("editMessageMedia")
async def edit_message_media(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#editmessagemedia, to a photo. A text may become a photo, never back."""
    item = a.json("media", "can't parse input media JSON object")
    keyboard = markup.reply_markup(a)
    chat, old = _editable(desk, a)
    if not {"text", "photo"} & old.keys():
        raise bad("there is no media in the message to edit")
    return _edit(desk, chat, old, await media_content(desk, a, item) | markup.shown(keyboard))


@method("editMessageReplyMarkup")
async def edit_message_reply_markup(desk: Desk, a: Arguments) -> JSON:
    """https://core.telegram.org/bots/api#editmessagereplymarkup."""
    keyboard = markup.reply_markup(a)
    chat, old = _editable(desk, a)
    kept = {key: old[key] for key in _BODY if key in old and key != "reply_markup"}
    return _edit(desk, chat, old, kept | markup.shown(keyboard))


@method("deleteMessage")
async def delete_message(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#deletemessage."""
    if not a.integer("message_id"):
        raise bad("message identifier is not specified")
    chat = desk.world.open(a.text("chat_id"))
    message = chat.messages.get(a.integer("message_id"))
    if message is None:
        raise bad("message to delete not found")
    _check_deletable(desk, chat, message)
    _delete(desk, chat, message["message_id"])
    return True


@method("deleteMessages")
async def delete_messages(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#deletemessages: what is not there is passed over."""
    ids = a.json("message_ids", "can't parse message identifiers JSON object")
    if not isinstance(ids, list) or not ids:
        raise bad("message identifiers are not specified")
    if len(ids) > MOST_IDS:
        raise bad("too many message identifiers specified")
    chat = desk.world.open(a.text("chat_id"))
    found = [chat.messages[id] for id in ids if isinstance(id, int) and id in chat.messages]
    for message in found:
        _check_deletable(desk, chat, message)
    for message in found:
        _delete(desk, chat, message["message_id"])
    return True


def _check_deletable(desk: Desk, chat: Chat, message: Message) -> None:
    bot = desk.world.bot.id
    if chat.type in ("supergroup", "channel") and chat.has_right("can_delete_messages", bot):
        return
    own = message.get("from", {}).get("id") == bot
    if not own and chat.type != "private" and not chat.has_right("can_delete_messages", bot):
        raise bad("message can't be deleted")
    if desk.world.clock() - message["date"] > DELETABLE:
        raise bad("message can't be deleted for everyone")


def _delete(desk: Desk, chat: Chat, message_id: int) -> None:
    chat.messages.pop(message_id, None)
    desk.previews.pop((chat.id, message_id), None)
    desk.world.tell(chat, {"type": "deleted", "message_id": message_id})


@method("answerCallbackQuery")
async def answer_callback_query(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#answercallbackquery."""
    text = a.text("text")
    if len(text) > 200:
        raise bad("MESSAGE_TOO_LONG")
    query_id = a.text("callback_query_id")
    query = desk.people.callbacks.pop(query_id, None)
    if query is None or desk.world.clock() > query.deadline:
        raise bad(OLD_QUERY)
    desk.world.tell(
        query.chat,
        {
            "type": "answer",
            "callback_query_id": query_id,
            "text": text,
            "show_alert": a.flag("show_alert"),
        },
    )
    return True


@method("answerInlineQuery")
async def answer_inline_query(desk: Desk, a: Arguments) -> bool:
    """https://core.telegram.org/bots/api#answerinlinequery."""
    results = a.json("results", "can't parse inline query results JSON object")
    if not isinstance(results, list):
        raise bad("expected an Array of inline query results")
    if len(results) > 50:
        raise bad("RESULTS_TOO_MUCH")
    ids = [result.get("id") if isinstance(result, dict) else None for result in results]
    if not all(isinstance(id, str) and 1 <= len(id.encode()) <= 64 for id in ids):
        raise bad("RESULT_ID_INVALID")
    if len(set(ids)) < len(ids):
        raise bad("RESULT_ID_DUPLICATE")
    if len(a.text("next_offset").encode()) > 64:
        raise bad("NEXT_OFFSET_INVALID")
    deadline = desk.people.inline.pop(a.text("inline_query_id"), None)
    if deadline is None or desk.world.clock() > deadline:
        raise bad(OLD_QUERY)
    desk.inline_answers[a.text("inline_query_id")] = a.plain()
    while len(desk.inline_answers) > 1000:
        del desk.inline_answers[next(iter(desk.inline_answers))]
    return True
