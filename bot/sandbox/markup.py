"""Keyboards, link previews, replies: the nested parts of a message, checked as the server checks them."""

from __future__ import annotations

from typing import Any

from . import links
from .arguments import Arguments
from .refusal import bad
from .state import JSON, Chat

MOST_BUTTONS = 100  # beyond it: reply markup is too long
MOST_DATA = 64  # bytes; https://core.telegram.org/bots/api#inlinekeyboardbutton
MOST_COPY = 256
ACTIONS = (
    "url",
    "callback_data",
    "copy_text",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "web_app",
)
_MAY_BE_EMPTY = ("switch_inline_query", "switch_inline_query_current_chat")
_BUTTON = "can't parse inline keyboard button: "


def reply_markup(a: Arguments) -> JSON | None:
    """The checked reply_markup, None where there is none. Raises Refusal."""
    value = a.json("reply_markup", "can't parse reply keyboard markup JSON object")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in value:
        rows = value["inline_keyboard"]
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            what = "of type Array" if not isinstance(rows, list) else "an Array of Arrays"
            raise bad(f'field "inline_keyboard" must be {what}')
        keyboard = [[_button(button) for button in row] for row in rows]
        if sum(map(len, keyboard)) > MOST_BUTTONS:
            raise bad("reply markup is too long")
        return {"inline_keyboard": [row for row in keyboard if row]}
    if "keyboard" in value:
        if not isinstance(value["keyboard"], list):
            raise bad('field "keyboard" must be of type Array')
        return {}  # shown by the app, not part of the sent message
    if value.get("force_reply") is True:
        return {"force_reply": True, "input_field_placeholder": _placeholder(value)}
    return {}  # ReplyKeyboardRemove


def shown(markup: JSON | None) -> JSON:
    """The part of a message that a markup becomes: only an inline keyboard with buttons is."""
    return {"reply_markup": markup} if markup and markup.get("inline_keyboard") else {}


def _placeholder(value: JSON) -> str:
    text = value.get("input_field_placeholder")
    return text if isinstance(text, str) else ""


def _button(value: Any) -> JSON:
    if not isinstance(value, dict):
        raise bad(f"{_BUTTON}expected an Object")
    text = value.get("text")
    if not isinstance(text, str):
        raise bad(
            _BUTTON + ('Can\'t find field "text"' if text is None else 'Field "text" must be of type String')
        )
    if not text.strip():
        raise bad(
            "inline keyboard button text must be non-empty"
        )  # as a client would see it: nothing to press
    named = [name for name in ACTIONS if value.get(name) or (name in _MAY_BE_EMPTY and name in value)]
    if not named:
        raise bad(f"{_BUTTON}Text buttons are unallowed in the inline keyboard")
    if len(named) > 1:
        raise bad(f"{_BUTTON}exactly one action is expected")
    button = {"text": text, named[0]: _action(named[0], value[named[0]])}
    return button | {
        key: value[key] for key in ("style", "icon_custom_emoji_id") if isinstance(value.get(key), str)
    }


def _action(name: str, value: Any) -> Any:
    match name:
        case "callback_data":
            return _data(value)
        case "url":
            return _url(value)
        case "copy_text":
            return _copy(value)
    return value


def _data(value: Any) -> str:
    if not isinstance(value, str):
        raise bad(f'{_BUTTON}Field "callback_data" must be of type String')
    if not 1 <= len(value.encode()) <= MOST_DATA:
        raise bad("BUTTON_DATA_INVALID")
    return value


def _url(value: Any) -> str:
    if not isinstance(value, str):
        raise bad(f'{_BUTTON}Field "url" must be of type String')
    if links.user_id(value) is not None:
        return value
    try:
        return links.check(value)
    except ValueError as error:
        raise bad(f"inline keyboard button URL '{value}' is invalid: {error}") from None


def _copy(value: Any) -> JSON:
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str) or not 1 <= len(text) <= MOST_COPY:
        raise bad("BUTTON_COPY_TEXT_INVALID")
    return {"text": text}


def link_preview(a: Arguments) -> JSON | None:
    """The checked link_preview_options; the older disable_web_page_preview counts where they are absent."""
    value = a.json("link_preview_options", "can't parse link preview options JSON object")
    if value is None:
        return {"is_disabled": True} if a.flag("disable_web_page_preview") else None
    if not isinstance(value, dict):
        raise bad("object expected as link preview options")
    options: JSON = {}
    for name in ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text"):
        if not isinstance(value.get(name, False), bool):
            raise bad(f'field "{name}" must be of type Boolean')
        if value.get(name):
            options[name] = True
    url = value.get("url", "")
    if not isinstance(url, str):
        raise bad('field "url" must be of type String')
    if options.get("is_disabled"):
        return {"is_disabled": True}
    if url and not _is_link(url):
        raise bad("WEBPAGE_URL_INVALID")
    return options | ({"url": url} if url else {})


def _is_link(url: str) -> bool:
    try:
        links.check(url)
    except ValueError:
        return False
    return True


def reply(a: Arguments, chat: Chat) -> JSON:
    """`{"reply_to_message": …}` where the request replies to something. Raises Refusal."""
    value = a.json("reply_parameters", "can't parse reply parameters JSON object")
    if value is None:
        value = {
            "message_id": a.integer("reply_to_message_id"),
            "allow_sending_without_reply": a.flag("allow_sending_without_reply"),
        }
    if not isinstance(value, dict):
        raise bad("object expected as reply parameters")
    if "message_id" not in value:
        raise bad('can\'t find field "message_id"')
    wanted = value["message_id"]
    if not wanted:
        return {}
    target = chat.messages.get(wanted) if isinstance(wanted, int) else None
    if target is None:
        if value.get("allow_sending_without_reply"):
            return {}
        raise bad("message to be replied not found")
    return {"reply_to_message": {key: target[key] for key in target if key != "reply_to_message"}}
