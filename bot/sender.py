"""Door: one message to one chat, and Telegram's answer in the model's words.

Here, and nowhere else, the texts of Telegram's errors are read. They are matched in lower case, because the library
capitalises some of them, and in the order of this module: BadRequest is a NetworkError to the library, so that what
Telegram refuses for ever would pass for what may be tried again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Protocol, TypeVar

import telegram
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from .model import (
    Destination,
    Gone,
    Keyboard,
    Message,
    Moved,
    Outcome,
    Refused,
    Retry,
    Sent,
)

NO_PHOTOS = "photos are not allowed in this chat"
"""The reason of a `Refused` whose picture no other address will help."""

_log = logging.getLogger(__name__)
T = TypeVar("T")
_TIME_TAG = re.compile(r"</?tg-time[^>]*>")

# Bot API server 10.0 and TDLib, their own words. Whoever may not write is as gone as who blocked the bot: the
# subscriber is kept, and is woken by the chat's people.
_TOPIC_GONE = ("message thread not found", "topic_closed", "topic_deleted")
_GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "channel_private",
    "chat_id is empty",
    "group chat was deleted",
    "group chat was deactivated",
    "bot was blocked",
    "bot was kicked",
    "bot is not a member",
    "user is deactivated",
    "input_user_deactivated",
    "user_is_blocked",
    "not enough rights to send",
    "have no write access",
    "need administrator rights",
    "chat_admin_required",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_send_plain_forbidden",
    "chat_guest_send_forbidden",
    "user_banned_in_channel",
)
_NO_PHOTOS = ("not enough rights to send photos", "chat_send_photos_forbidden", "chat_send_media_forbidden")
_PICTURE = (
    "failed to get http url content",
    "wrong type of the web page content",
    "wrong http url specified",
    "invalid file http url specified",
    "wrong file identifier",
    "wrong remote file identifier",
    "wrong file_id",
    "invalid file id",
    "wrong padding in the string",
    "can't upload file by url",
    "file generation failed",
    "can't use file of type",
    "file must be non-empty",
    "there is no photo in the request",
    "file is too big",
    "webpage_curl_failed",
    "webpage_media_empty",
    "media_empty",
    "media_invalid",
    "image_process_failed",
    "photo has unsupported extension",
    "photo_",  # PHOTO_EXT_INVALID, PHOTO_INVALID_DIMENSIONS, PHOTO_SAVE_FILE_INVALID and their like
    "file_reference_",
)
_PAST_EDITING = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message_edit_time_expired",
    "message_author_required",
    "there is no text in the message to edit",
    "there is no caption in the message to edit",
)
_TOO_LARGE = ("request entity too large", "content too large")  # 413, in the words of one Python or another
_TOKEN_PAUSE = 60.0  # seconds between attempts with a token that Telegram does not know


class Sender(Protocol):
    """Who delivers messages. A call never raises for what Telegram or the network may do."""

    async def send(self, destination: Destination, message: Message) -> Outcome:
        """Send it, and say what became of it."""

    async def answers(self) -> bool:
        """Whether Telegram can be reached and works, asked by a call that can do no harm."""

    async def edit(
        self, destination: Destination, message_id: int, message: Message, *, photo: bool
    ) -> Outcome:
        """Give a message that was sent another text and other buttons. `photo`: it is one, and its text a caption;
        what kind of message it is cannot be changed. Sent where it says so already."""


class TelegramSender:
    """The sender that speaks to the Bot API. `paid_broadcast`: pay in Stars for what exceeds the free rate."""

    def __init__(self, bot: telegram.Bot, *, paid_broadcast: bool = False) -> None:
        self._bot = bot
        self._paid = True if paid_broadcast else None
        self._knows_times = True  # a Bot API server of one's own may be older than 9.5

    async def send(self, destination: Destination, message: Message) -> Outcome:
        """See `Sender.send`."""
        try:
            return _sent(await self._understood(message, lambda said: self._send(destination, said)))
        except TelegramError as error:
            return _outcome(error, picture=message.photo is not None)
        except Exception:
            return _unreadable()

    async def answers(self) -> bool:
        """See `Sender.answers`."""
        try:
            await self._bot.get_me()
        except (RetryAfter, Forbidden, InvalidToken):  # a refusal is an answer
            return True
        except TelegramError:
            return False
        except Exception:
            _unreadable()
            return False
        return True

    async def edit(
        self, destination: Destination, message_id: int, message: Message, *, photo: bool
    ) -> Outcome:
        """See `Sender.edit`."""
        try:
            edited = await self._understood(
                message, lambda said: self._edit(destination, message_id, said, photo=photo)
            )
        except BadRequest as error:
            text = error.message.lower()
            if "message is not modified" in text or "message_not_modified" in text:
                return Sent(message_id, photo=photo)
            if any(words in text for words in _PAST_EDITING):  # somebody deleted it
                return Refused(error.message)
            return _outcome(error)
        except TelegramError as error:
            return _outcome(error)
        except Exception:
            return _unreadable()
        return Sent(message_id, photo=photo) if isinstance(edited, bool) else _sent(edited)

    async def _understood(self, message: Message, call: Callable[[Message], Awaitable[T]]) -> T:
        """Make the call, and once more without `tg-time` where the server knows no such tag."""
        if self._knows_times:
            try:
                return await call(message)
            except BadRequest as error:
                if '"tg-time"' not in error.message.lower():
                    raise
            _log.warning("this Bot API server knows no tg-time: times are shown in the feeds' zones alone")
            self._knows_times = False
        return await call(replace(message, html=_TIME_TAG.sub("", message.html)))

    async def _send(self, destination: Destination, message: Message) -> telegram.Message:
        # The General topic of a forum goes by no id: its number, 1, is refused.
        thread = None if destination.thread == 1 else destination.thread
        if message.photo is not None:
            return await self._bot.send_photo(
                destination.chat,
                message.photo,
                caption=message.html,
                parse_mode=ParseMode.HTML,
                message_thread_id=thread,
                reply_markup=markup(message.buttons),
                filename=_filename(message.photo),
                allow_paid_broadcast=self._paid,
            )
        return await self._bot.send_message(
            destination.chat,
            message.html,
            parse_mode=ParseMode.HTML,
            message_thread_id=thread,
            link_preview_options=_preview(message.preview),
            reply_markup=markup(message.buttons),
            allow_paid_broadcast=self._paid,
        )

    async def _edit(
        self, destination: Destination, message_id: int, message: Message, *, photo: bool
    ) -> telegram.Message | bool:
        if photo:
            return await self._bot.edit_message_caption(
                destination.chat,
                message_id,
                caption=message.html,
                parse_mode=ParseMode.HTML,
                reply_markup=markup(message.buttons),
            )
        return await self._bot.edit_message_text(
            message.html,
            destination.chat,
            message_id,
            parse_mode=ParseMode.HTML,
            link_preview_options=_preview(message.preview),
            reply_markup=markup(message.buttons),
        )


def picture_type(data: bytes) -> str | None:
    """The kind of picture that these bytes begin like, as a file name's ending; None where Telegram takes no such
    photo."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return None


def _filename(photo: str | bytes) -> str | None:
    return f"picture.{picture_type(photo) or 'jpg'}" if isinstance(photo, bytes) else None


def _preview(url: str | None) -> telegram.LinkPreviewOptions:
    if url is None:
        return telegram.LinkPreviewOptions(is_disabled=True)
    return telegram.LinkPreviewOptions(url=url, prefer_large_media=True, show_above_text=True)


def markup(keyboard: Keyboard) -> telegram.InlineKeyboardMarkup | None:
    """Telegram's form of a keyboard, None for one without buttons."""
    rows = [
        [telegram.InlineKeyboardButton(b.text, url=b.url, callback_data=b.data) for b in row]
        for row in keyboard
    ]
    return telegram.InlineKeyboardMarkup(rows) if rows else None


def _sent(message: telegram.Message) -> Sent:
    """What was sent. Raises ValueError where Telegram does not say by which number it can be found again."""
    if not isinstance(message.message_id, int) or not 0 < message.message_id < 1 << 53:
        raise ValueError("a message without its number")
    photo = message.photo[-1] if message.photo else None
    return Sent(message.message_id, photo.file_id if photo else None, photo=photo is not None)


def wait_of(error: RetryAfter) -> float:
    """Seconds that Telegram wants to be left alone. The transport has seen to it that it is a number of sense."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _outcome(error: TelegramError, *, picture: bool = False) -> Outcome:
    match error:
        case RetryAfter():
            return Retry("too many requests", after=wait_of(error))
        case ChatMigrated(new_chat_id=chat):
            return Moved(chat)
        case Forbidden() if _says_why(error.message.lower()):
            return Gone(error.message)
        case InvalidToken():
            _log.error("Telegram does not know this token: %s", error.message)
            return Retry("Telegram does not know this token", after=_TOKEN_PAUSE)
        case BadRequest():
            return _refusal(error.message, picture=picture)
        case NetworkError():
            return _failure(error, picture=picture)
        case _:  # a refusal that is not like Telegram's
            return Retry(error.message)


def _says_why(text: str) -> bool:
    """Whether a 403 is one of Telegram's own, and not of a policy between here and there."""
    return text.startswith("forbidden: ") or any(words in text for words in _GONE)


def _refusal(reason: str, *, picture: bool) -> Outcome:
    """A 400. What is neither the chat nor the picture is our mistake, and is said loudly."""
    text = reason.lower()
    if any(words in text for words in _NO_PHOTOS):
        return Refused(NO_PHOTOS, picture=True)
    if any(words in text for words in _TOPIC_GONE):
        return Gone(reason, topic_only=True)
    if any(words in text for words in _GONE):
        return Gone(reason)
    if picture and any(words in text for words in _PICTURE):
        return Refused(reason, picture=True)
    _log.error("Telegram refuses a message: %s", reason)
    return Refused(reason, unforeseen=True)


def _failure(error: NetworkError, *, picture: bool) -> Outcome:
    """No answer, or one that is Telegram's own failure. Ambiguous unless it is known that nothing was done."""
    reason, text = error.message, error.message.lower()
    if picture and text.startswith(_TOO_LARGE):
        return Refused(reason, picture=True)
    match error.__cause__:
        case OSError():  # the transport's word for: it never left
            return Retry(reason, unsent=True)
        case None if not isinstance(error, TimedOut):  # Telegram itself says that it failed
            return Retry(reason)
        case _:
            return Retry(reason, ambiguous=True)


def _unreadable() -> Retry:
    _log.exception("Telegram's answer cannot be read")
    return Retry("the answer cannot be read", ambiguous=True)
