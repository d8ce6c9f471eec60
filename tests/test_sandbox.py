"""The sandbox as a bot and a chat page meet it: a real client on a real socket, Telegram's rules and sentences."""

from __future__ import annotations

import asyncio
import json
import re
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import telegram
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)
from telegram.request import HTTPXRequest

from bot.sandbox import BotAccount, Person, Rates, Sandbox
from bot.sandbox.arguments import Arguments
from bot.sandbox.desk import METHODS, Desk
from bot.sandbox.refusal import Refusal
from tests.bot_api import check

ANNA, BO = 11, 12
PEOPLE = (
    Person(ANNA, "安娜", "anna", "zh-hans", role="管理员 Admin"),
    Person(BO, "Bo", "", "en"),
)


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def s(clock: Clock) -> AsyncIterator[Sandbox]:
    async with Sandbox(people=PEOPLE, rates=Rates.unlimited(), clock=clock) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def delays_are_timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


def client(s: Sandbox, token: str = "") -> telegram.Bot:
    def requests() -> HTTPXRequest:  # loading certificates takes longer than most of these tests
        return HTTPXRequest(httpx_kwargs={"verify": False})

    return telegram.Bot(
        token or s.token,
        base_url=f"{s.url}/bot",
        base_file_url=f"{s.url}/file/bot",
        request=requests(),
        get_updates_request=requests(),
    )


@pytest.fixture
async def bot(s: Sandbox) -> AsyncIterator[telegram.Bot]:
    s.say(ANNA, "/start")
    async with client(s) as bot:
        yield bot


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def ask(s: Sandbox, http: aiohttp.ClientSession, method: str, **params: Any) -> tuple[int, str]:
    """A raw request: status and description (or the result)."""
    async with http.post(f"{s.url}/bot{s.token}/{method}", json=params) as response:
        answer = await response.json()
        return response.status, answer.get("description") or answer["result"]


def png(width: int = 40, height: int = 30, padding: int = 0) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"tEXt", b"x" * padding)
    return picture + chunk(b"IDAT", zlib.compress(b"\0" * 91)) + chunk(b"IEND", b"")


Pages = dict[str, tuple[int, str, bytes]]


@asynccontextmanager
async def host(pages: Pages) -> AsyncIterator[tuple[str, list[str]]]:
    """A web server with these pages. Yields its address and the paths that were asked for."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        status, kind, body = pages.get(request.path, (404, "text/plain", b""))
        return web.Response(status=status, body=body, content_type=kind)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def take(bot: telegram.Bot, **options: Any) -> list[telegram.Update]:
    """The waiting updates, acknowledged."""
    updates = list(await bot.get_updates(timeout=0, **options))
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1, timeout=0, **options)
    return updates


def buttons(*rows: tuple[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=data)] for text, data in rows])


class TestSending:
    async def test_a_message_comes_back_in_the_bot_apis_own_shape(
        self, s: Sandbox, bot: telegram.Bot
    ) -> None:
        options = LinkPreviewOptions(
            url="https://example.com/a.jpg", prefer_large_media=True, show_above_text=True
        )
        sent = await bot.send_message(
            ANNA,
            "<b>你好</b> #x",
            parse_mode="HTML",
            reply_markup=buttons(("好", "ok")),
            link_preview_options=options,
        )
        assert sent.text == "你好 #x"
        assert [(e.type, e.offset, e.length) for e in sent.entities] == [("bold", 0, 2), ("hashtag", 3, 2)]
        assert sent.link_preview_options == options
        assert sent.reply_markup == buttons(("好", "ok"))
        strict = check("Message", s.history(ANNA)[-1])
        assert strict.from_user is not None
        assert strict.from_user.is_bot
        assert strict.chat.id == ANNA

    async def test_text_may_have_4096_characters_after_parsing_and_no_more(
        self, s: Sandbox, bot: telegram.Bot
    ) -> None:
        await bot.send_message(ANNA, "<b>" + "&lt;" * 4096 + "</b>", parse_mode="HTML")
        with pytest.raises(BadRequest, match="Message is too long"):
            await bot.send_message(ANNA, "x" * 4097)
        with pytest.raises(BadRequest, match=r"(?i)text is too long"):
            await bot.send_message(ANNA, "<b></b>" * 5000, parse_mode="HTML")

    @pytest.mark.parametrize(
        ("params", "sentence"),
        [
            ({"text": "x"}, "chat_id is empty"),
            ({"chat_id": 999, "text": "x"}, "chat not found"),
            ({"chat_id": "@nobody", "text": "x"}, "chat not found"),
            ({"chat_id": "nobody", "text": "x"}, "chat not found"),
            ({"chat_id": ANNA}, "message text is empty"),
            ({"chat_id": ANNA, "text": " \n "}, "text must be non-empty"),
            ({"chat_id": ANNA, "text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
            ({"chat_id": ANNA, "text": "x", "parse_mode": "XML"}, "unsupported parse_mode"),
            (
                {"chat_id": ANNA, "text": "a<br>", "parse_mode": "html"},
                'can\'t parse entities: Unsupported start tag "br" at byte offset 1',
            ),
            ({"chat_id": ANNA, "text": "x", "message_thread_id": 7}, "message thread not found"),
            (
                {"chat_id": ANNA, "text": "x", "reply_parameters": {"message_id": 99}},
                "message to be replied not found",
            ),
            (
                {"chat_id": ANNA, "text": "x", "reply_parameters": {"quote": "y"}},
                'can\'t find field "message_id"',
            ),
            (
                {"chat_id": ANNA, "text": "x", "link_preview_options": {"url": "no-url"}},
                "WEBPAGE_URL_INVALID",
            ),
            (
                {"chat_id": ANNA, "text": "x", "link_preview_options": {"is_disabled": "yes"}},
                'field "is_disabled" must be of type Boolean',
            ),
            (
                {"chat_id": ANNA, "text": "x", "reply_markup": "{"},
                "can't parse reply keyboard markup JSON object",
            ),
            (
                {"chat_id": ANNA, "text": "x", "entities": [{"type": "bold", "offset": 0, "length": 9}]},
                "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9",
            ),
            ({"chat_id": ANNA, "text": "x", "allow_paid_broadcast": True}, "FLOODSKIP_NOT_ALLOWED"),
        ],
    )
    async def test_what_is_wrong_is_said_in_telegrams_words(
        self, s: Sandbox, http: aiohttp.ClientSession, params: dict[str, Any], sentence: str
    ) -> None:
        s.say(ANNA, "hi")
        assert await ask(s, http, "sendMessage", **params) == (400, f"Bad Request: {sentence}")
        assert s.sent(ANNA) == []

    @pytest.mark.parametrize(
        ("button", "sentence"),
        [
            ({"text": "b", "callback_data": "字" * 22}, "BUTTON_DATA_INVALID"),
            (
                {"text": "b", "callback_data": ""},
                "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
            ),
            ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
            (
                {"text": "b", "url": "http://localhost/x"},
                "inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL",
            ),
            (
                {"text": "b", "url": "ftp://e.com"},
                "inline keyboard button URL 'ftp://e.com' is invalid: Unsupported URL protocol",
            ),
            (
                {"text": "b", "url": "http://e.com", "callback_data": "x"},
                "can't parse inline keyboard button: exactly one action is expected",
            ),
        ],
    )
    async def test_a_button_does_one_thing_and_that_within_limits(
        self, s: Sandbox, http: aiohttp.ClientSession, button: dict[str, str], sentence: str
    ) -> None:
        s.say(ANNA, "hi")
        markup = {"inline_keyboard": [[button]]}
        answer = await ask(s, http, "sendMessage", chat_id=ANNA, text="x", reply_markup=markup)
        assert answer == (400, f"Bad Request: {sentence}")

    async def test_a_keyboard_has_a_hundred_buttons_at_most(self, bot: telegram.Bot) -> None:
        await bot.send_message(ANNA, "x", reply_markup=buttons(*[("b", "d")] * 100))
        with pytest.raises(BadRequest, match="markup is too long"):
            await bot.send_message(ANNA, "x", reply_markup=buttons(*[("b", "d")] * 101))

    async def test_unknown_fields_are_ignored_as_telegram_does(
        self, s: Sandbox, http: aiohttp.ClientSession
    ) -> None:
        s.say(ANNA, "hi")
        markup = {"inline_keyboard": [[{"text": "b", "callback_data": "x", "new": 1}]], "newer": 2}
        status, message = await ask(
            s, http, "sendMessage", chat_id=ANNA, text="x", reply_markup=markup, newest=3
        )
        assert status == 200
        assert message["reply_markup"] == {"inline_keyboard": [[{"text": "b", "callback_data": "x"}]]}

    async def test_parameters_may_come_as_json_form_multipart_or_in_the_address(
        self, s: Sandbox, http: aiohttp.ClientSession
    ) -> None:
        s.say(ANNA, "hi")
        address = f"{s.url}/bot{s.token}/sendMESSAGE"
        multipart = aiohttp.FormData({"chat_id": str(ANNA), "text": "c"})
        multipart.add_field("unused", b"file", filename="f.txt")
        await (await http.post(address, json={"chat_id": ANNA, "text": "a"})).json()
        await (await http.post(address, data={"chat_id": ANNA, "text": "b"})).json()
        await (await http.post(address, data=multipart)).json()
        await (await http.get(address, params={"chat_id": ANNA, "text": "d"})).json()
        assert [m["text"] for m in s.sent(ANNA)] == ["a", "b", "c", "d"]
        assert [call.params["chat_id"] for call in s.asked("sendMessage")] == [ANNA] * 4

    async def test_a_reply_shows_what_it_replies_to(self, bot: telegram.Bot) -> None:
        first = await bot.send_message(ANNA, "one")
        second = await bot.send_message(ANNA, "two", reply_parameters=ReplyParameters(first.message_id))
        assert second.reply_to_message is not None
        assert second.reply_to_message.text == "one"
        lost = ReplyParameters(999, allow_sending_without_reply=True)
        assert (await bot.send_message(ANNA, "three", reply_parameters=lost)).reply_to_message is None

    async def test_a_mention_by_id_says_who_it_is(self, bot: telegram.Bot) -> None:
        html = f'<a href="tg://user?id={BO}">B</a> <a href="tg://user?id=999">C</a>'
        sent = await bot.send_message(ANNA, html, parse_mode="HTML")
        assert [(e.type, e.user.id if e.user else None) for e in sent.entities] == [("text_mention", BO)]

    async def test_copies_and_forwards_carry_the_content(self, s: Sandbox, bot: telegram.Bot) -> None:
        s.say(BO, "hi")
        source = await bot.send_message(ANNA, "<i>x</i>", parse_mode="HTML")
        copied = await bot.copy_message(BO, ANNA, source.message_id)
        forwarded = await bot.forward_message(BO, ANNA, source.message_id)
        assert s.history(BO)[-2]["message_id"] == copied.message_id
        assert s.history(BO)[-2]["entities"] == [{"type": "italic", "offset": 0, "length": 1}]
        assert forwarded.forward_origin is not None
        with pytest.raises(BadRequest, match="Message to copy not found"):
            await bot.copy_message(BO, ANNA, 999)


class TestPictures:
    async def test_a_photo_comes_from_an_address_an_upload_or_its_file_id(
        self, s: Sandbox, bot: telegram.Bot
    ) -> None:
        async with host({"/a.png": (200, "image/png", png(400, 300))}) as (address, asked):
            first = await bot.send_photo(ANNA, f"{address}/a.png", caption="<b>t</b>", parse_mode="HTML")
            again = await bot.send_photo(ANNA, f"{address}/a.png")
        assert asked == ["/a.png"], "Telegram fetches an address once"
        sizes = [(size.width, size.height) for size in first.photo]
        assert sizes == [(90, 68), (320, 240), (400, 300)]
        assert first.caption == "t"
        assert first.photo[-1].file_unique_id == again.photo[-1].file_unique_id
        by_id = await bot.send_photo(ANNA, first.photo[0].file_id)
        assert by_id.photo[-1].file_unique_id == first.photo[-1].file_unique_id
        uploaded = await bot.send_photo(ANNA, png(50, 60), filename="x.png")
        assert (uploaded.photo[-1].width, uploaded.photo[-1].height) == (50, 60)
        check("Message", s.history(ANNA)[-1])
        file = await bot.get_file(uploaded.photo[-1].file_id)
        assert bytes(await file.download_as_bytearray()) == png(50, 60)

    @pytest.mark.parametrize(
        ("page", "sentence"),
        [
            ((404, "image/png", png()), "failed to get HTTP URL content"),
            ((500, "image/png", png()), "failed to get HTTP URL content"),
            ((200, "text/html", b"<html>"), "wrong type of the web page content"),
            ((200, "image/png", b""), "wrong type of the web page content"),
            ((200, "image/png", png(padding=5 << 20)), "failed to get HTTP URL content"),
            ((200, "image/png", png(9000, 1001)), "PHOTO_INVALID_DIMENSIONS"),
            ((200, "image/png", png(210, 10)), "PHOTO_INVALID_DIMENSIONS"),
        ],
    )
    async def test_a_picture_that_telegram_could_not_use_is_refused_and_that_is_remembered(
        self, s: Sandbox, http: aiohttp.ClientSession, page: tuple[int, str, bytes], sentence: str
    ) -> None:
        s.say(ANNA, "hi")
        pages = {"/a": page}
        async with host(pages) as (address, asked):
            for _ in range(2):
                answer = await ask(s, http, "sendPhoto", chat_id=ANNA, photo=f"{address}/a")
                assert answer == (400, f"Bad Request: {sentence}")
                pages["/a"] = (200, "image/png", png())
        assert asked == ["/a"]

    @pytest.mark.parametrize(
        ("photo", "sentence"),
        [
            ("", "there is no photo in the request"),
            ("AgACunknown", "wrong file identifier/HTTP URL specified"),
            ("ftp://example.com/a.png", "invalid file HTTP URL specified: Unsupported URL protocol"),
            ("http://127.0.0.1:1/a.png", "failed to get HTTP URL content"),
        ],
    )
    async def test_what_is_no_picture_at_all_is_refused(
        self, s: Sandbox, http: aiohttp.ClientSession, photo: str, sentence: str
    ) -> None:
        s.say(ANNA, "hi")
        assert await ask(s, http, "sendPhoto", chat_id=ANNA, photo=photo) == (400, f"Bad Request: {sentence}")

    async def test_an_upload_is_a_picture_within_10_megabytes(self, s: Sandbox, bot: telegram.Bot) -> None:
        with pytest.raises(BadRequest, match="Image_process_failed"):
            await bot.send_photo(ANNA, b"no picture", filename="a.jpg")
        with pytest.raises(BadRequest, match="must be non-empty"):
            await bot.send_photo(ANNA, b"", filename="a.jpg")
        with pytest.raises(BadRequest, match="is too big for a photo; the maximum size is 10485760 bytes"):
            await bot.send_photo(ANNA, png(padding=10 << 20), filename="a.png")
        assert len(s.asked("sendPhoto")[-1].params["photo"].data) == 1024, (
            "the record of requests stays small"
        )

    async def test_a_caption_has_1024_characters_at_most(self, bot: telegram.Bot) -> None:
        await bot.send_photo(ANNA, png(), caption="字" * 1024)
        with pytest.raises(BadRequest, match="Message caption is too long"):
            await bot.send_photo(ANNA, png(), caption="x" * 1025)

    async def test_fetching_can_be_off_or_fail_for_a_host(self, s: Sandbox, bot: telegram.Bot) -> None:
        async with host({"/a.png": (200, "image/png", png())}) as (address, asked):
            s.pictures.failing.add("127.0.0.1")
            with pytest.raises(BadRequest, match="Failed to get http url content"):
                await bot.send_photo(ANNA, f"{address}/a.png")
            s.pictures.failing.clear()
            s.pictures.fetching = False
            with pytest.raises(BadRequest, match="Failed to get http url content"):
                await bot.send_photo(ANNA, f"{address}/b.png")
        assert asked == []

    async def test_many_sends_at_once_fetch_an_address_once(self, bot: telegram.Bot) -> None:
        async with host({"/a.png": (200, "image/png", png())}) as (address, asked):
            await asyncio.gather(*(bot.send_photo(ANNA, f"{address}/a.png") for _ in range(5)))
        assert asked == ["/a.png"]

    async def test_an_album_names_the_item_that_failed(self, s: Sandbox, bot: telegram.Bot) -> None:
        async with host({"/a.png": (200, "image/png", png()), "/b": (200, "text/html", b"x")}) as (
            address,
            _,
        ):
            album = await bot.send_media_group(
                ANNA, [InputMediaPhoto(f"{address}/a.png", caption="one"), InputMediaPhoto(png(60, 60))]
            )
            assert album[0].caption == "one"
            assert album[0].media_group_id == album[1].media_group_id
            with pytest.raises(BadRequest) as error:
                await bot.send_media_group(ANNA, [InputMediaPhoto(png()), InputMediaPhoto(f"{address}/b")])
        expected = 'failed to send message #2 with the error message "WEBPAGE_MEDIA_EMPTY"'
        assert error.value.message.lower() == expected.lower()

    @pytest.mark.parametrize(
        "data",
        [
            b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc4\x00\x04cd\xff\xc2\x00\x0b\x08\x00\x1e\x00\x28\x03",
            b"GIF89a\x28\x00\x1e\x00",
            b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x27\0\0\x1d\0\0",
            b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x28\0\x1e\0",
            b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 39 | 29 << 14),
        ],
    )
    async def test_jpeg_gif_and_webp_are_measured_too(self, bot: telegram.Bot, data: bytes) -> None:
        sent = await bot.send_photo(ANNA, data, filename="a")
        assert (sent.photo[-1].width, sent.photo[-1].height) == (40, 30)


class TestEditing:
    async def test_an_edit_that_changes_nothing_is_refused(self, bot: telegram.Bot) -> None:
        sent = await bot.send_message(ANNA, "x", reply_markup=buttons(("a", "b")))
        with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
            await sent.edit_text("x", reply_markup=buttons(("a", "b")))
        edited = await sent.edit_text("x")  # the keyboard goes
        assert isinstance(edited, telegram.Message)
        assert edited.reply_markup is None
        assert edited.edit_date is not None
        with pytest.raises(BadRequest, match="Message is not modified"):
            await sent.edit_reply_markup(None)

    async def test_text_and_caption_are_edited_where_they_are(self, bot: telegram.Bot) -> None:
        photo = await bot.send_photo(ANNA, png(), caption="x")
        text = await bot.send_message(ANNA, "x")
        with pytest.raises(BadRequest, match="There is no text in the message to edit"):
            await photo.edit_text("y")
        with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
            await text.edit_caption("y")
        edited = await photo.edit_caption("<b>y</b>", parse_mode="HTML")
        assert isinstance(edited, telegram.Message)
        assert edited.caption == "y"
        other = await photo.edit_media(InputMediaPhoto(png(70, 70), caption="z"))
        assert isinstance(other, telegram.Message)
        assert other.photo[-1].width == 70

    async def test_only_the_bots_own_messages_can_be_edited(self, s: Sandbox, bot: telegram.Bot) -> None:
        theirs = s.say(ANNA, "mine")
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await bot.edit_message_text("x", ANNA, theirs["message_id"])
        with pytest.raises(BadRequest, match="Message to edit not found"):
            await bot.edit_message_text("x", ANNA, 999)

    async def test_a_message_can_be_deleted_for_48_hours(
        self, s: Sandbox, bot: telegram.Bot, clock: Clock
    ) -> None:
        young, old = await bot.send_message(ANNA, "a"), await bot.send_message(ANNA, "b")
        assert await young.delete()
        with pytest.raises(BadRequest, match="Message to delete not found"):
            await young.delete()
        clock.time += 48 * 3600 + 1
        with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
            await old.delete()
        await old.edit_text("still editable")
        fresh = await bot.send_message(ANNA, "c")
        assert await bot.delete_messages(ANNA, [fresh.message_id, 998, 999])
        assert [m["text"] for m in s.sent(ANNA)] == ["still editable"]


class TestChats:
    async def test_the_bot_may_not_speak_first_nor_to_who_blocked_it(
        self, s: Sandbox, bot: telegram.Bot
    ) -> None:
        with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
            await bot.send_message(BO, "x")
        s.say(BO, "hi")
        await bot.send_message(BO, "x")
        s.block(BO)
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(BO, "x")
        with pytest.raises(ValueError, match="unblock"):
            s.say(BO, "hi")
        s.unblock(BO)
        await bot.send_message(BO, "x")
        changes = [u.my_chat_member for u in await take(bot) if u.my_chat_member]
        statuses = [(c.old_chat_member.status, c.new_chat_member.status) for c in changes]
        assert statuses == [("member", "kicked"), ("kicked", "member")]

    async def test_a_kicked_bot_is_told_and_refused(self, s: Sandbox, bot: telegram.Bot) -> None:
        group = s.create_group("组", [ANNA, BO], [ANNA])
        await bot.send_message(group, "x")
        s.set_status(group, "kicked")
        with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
            await bot.send_message(group, "x")
        updates = await take(bot)
        changes = [u.my_chat_member.new_chat_member.status for u in updates if u.my_chat_member]
        assert changes == ["member", "kicked"]
        s.set_status(group, "member")
        assert await bot.leave_chat(group)
        with pytest.raises(Forbidden, match="bot is not a member of the group chat"):
            await bot.send_message(group, "x")

    async def test_a_restricted_bot_may_not_send(self, s: Sandbox, bot: telegram.Bot) -> None:
        group = s.create_group("组", [ANNA], supergroup=True)
        s.set_status(group, "restricted", rights={"can_send_messages": True})
        await bot.send_message(group, "x")
        with pytest.raises(BadRequest, match="Not enough rights to send photos to the chat"):
            await bot.send_photo(group, png())

    async def test_a_group_that_became_a_supergroup_says_where_it_went(
        self, s: Sandbox, bot: telegram.Bot
    ) -> None:
        group = s.create_group("组", [ANNA])
        await take(bot)
        new = s.migrate(group)
        with pytest.raises(ChatMigrated) as moved:
            await bot.send_message(group, "x")
        assert moved.value.new_chat_id == new
        await bot.send_message(new, "x")
        services = [u.message for u in await take(bot) if u.message]
        assert [(m.migrate_to_chat_id, m.migrate_from_chat_id) for m in services] == [
            (new, None),
            (None, group),
        ]

    async def test_topics_of_a_forum_are_addressed_by_their_thread(
        self, s: Sandbox, bot: telegram.Bot
    ) -> None:
        forum = s.create_group("论坛", [ANNA], forum=True)
        topic = s.create_topic(forum, "国际")
        sent = await bot.send_message(forum, "x", message_thread_id=topic)
        assert sent.message_thread_id == topic
        assert sent.is_topic_message
        assert (await bot.send_message(forum, "general")).message_thread_id is None
        for wrong in (1, 999):
            with pytest.raises(BadRequest, match="Message thread not found"):
                await bot.send_message(forum, "x", message_thread_id=wrong)
        await bot.send_chat_action(forum, "typing", message_thread_id=1)
        s.close_topic(forum, topic)
        with pytest.raises(BadRequest, match="Topic_closed"):
            await bot.send_message(forum, "x", message_thread_id=topic)
        s.say(ANNA, "/help", chat=forum, thread=topic)
        heard = (await take(bot))[-1].message
        assert heard is not None
        assert heard.message_thread_id == topic

    async def test_a_channel_takes_posts_of_administrators_only(self, s: Sandbox, bot: telegram.Bot) -> None:
        channel = s.create_channel("频道", [BO], [ANNA], username="kx_news")
        with pytest.raises(Forbidden, match="bot is not a member of the channel chat"):
            await bot.send_message("@kx_news", "x")
        s.set_status(channel, "administrator", rights={"can_post_messages": False})
        with pytest.raises(BadRequest, match="Need administrator rights in the channel chat"):
            await bot.send_message("@kx_news", "x")
        s.set_status(channel, "administrator")
        await take(bot)
        post = await bot.send_message("@KX_news", "x")
        assert post.sender_chat is not None
        assert post.from_user is None
        await post.edit_text("y")
        assert await take(bot) == [], "a bot gets no update for its own posts"
        s.say(ANNA, "/status", chat=channel)
        (update,) = await take(bot)
        assert update.channel_post is not None

    async def test_privacy_mode_hides_what_is_not_meant_for_the_bot(
        self, s: Sandbox, bot: telegram.Bot
    ) -> None:
        group = s.create_group("组", [ANNA, BO])
        own = await bot.send_message(group, "x")
        await take(bot)
        for text in ("hello", "/start@other_bot", "/start", "/start@kuaixun_bot", "hey @Kuaixun_bot"):
            s.say(ANNA, text, chat=group)
        s.say(ANNA, "a reply", chat=group, reply_to=own.message_id)
        heard = [u.message.text for u in await take(bot) if u.message]
        assert heard == ["/start", "/start@kuaixun_bot", "hey @Kuaixun_bot", "a reply"]
        s.set_status(group, "administrator")
        s.say(ANNA, "hello", chat=group)
        assert (await take(bot))[-1].message.text == "hello"  # type: ignore[union-attr]

    async def test_members_are_told_apart(self, s: Sandbox, bot: telegram.Bot) -> None:
        group = s.create_group("组", [BO], [ANNA], supergroup=True, bot="administrator")
        statuses = [(await bot.get_chat_member(group, user)).status for user in (ANNA, BO, bot.id)]
        assert statuses == ["creator", "member", "administrator"]
        assert [m.user.id for m in await bot.get_chat_administrators(group)] == [ANNA]
        assert await bot.get_chat_member_count(group) == 3
        assert (await bot.get_chat(group)).title == "组"
        with pytest.raises(BadRequest):
            await bot.get_chat_member(group, 999)


class TestUpdates:
    async def test_updates_are_kept_until_they_are_acknowledged(self, s: Sandbox, bot: telegram.Bot) -> None:
        s.say(ANNA, "b")
        first = await bot.get_updates(timeout=0)
        assert [u.message.text for u in first if u.message] == ["/start", "b"]
        assert [u.update_id for u in await bot.get_updates(timeout=0)] == [u.update_id for u in first]
        (second,) = await bot.get_updates(offset=first[1].update_id, timeout=0)
        assert second.update_id == first[1].update_id
        assert len(await bot.get_updates(offset=-1, limit=1, timeout=0)) == 1
        assert await bot.get_updates(offset=second.update_id + 1, timeout=0) == ()

    async def test_updates_a_day_old_are_gone(self, s: Sandbox, bot: telegram.Bot, clock: Clock) -> None:
        clock.time += 24 * 3600 + 1
        assert await bot.get_updates(timeout=0) == ()

    async def test_a_long_poll_answers_as_soon_as_something_happens(
        self, s: Sandbox, bot: telegram.Bot
    ) -> None:
        await take(bot)
        poll = asyncio.create_task(bot.get_updates(timeout=30))
        await until(lambda: s.updates.poll is not None and not s.updates.poll.done())
        s.say(ANNA, "now")
        (update,) = await asyncio.wait_for(poll, 60)
        assert update.message is not None
        assert update.message.text == "now"

    async def test_allowed_updates_last_until_others_are_given(self, s: Sandbox, bot: telegram.Bot) -> None:
        await take(bot, allowed_updates=["callback_query"])
        s.say(ANNA, "unheard")
        assert await take(bot) == []
        await take(bot, allowed_updates=[])
        s.say(ANNA, "heard")
        assert len(await take(bot)) == 1

    async def test_of_two_pollers_the_older_is_cut_off(self, s: Sandbox, bot: telegram.Bot) -> None:
        await take(bot)
        older = asyncio.create_task(bot.get_updates(timeout=30))
        await until(lambda: s.updates.poll is not None and not s.updates.poll.done())
        async with client(s) as second:
            newer = asyncio.create_task(second.get_updates(timeout=30))
            with pytest.raises(Conflict, match="terminated by other getUpdates request"):
                await asyncio.wait_for(older, 60)
            s.say(ANNA, "x")
            assert len(await asyncio.wait_for(newer, 60)) == 1

    async def test_a_webhook_gets_each_update_once_it_is_taken_and_polling_is_refused(
        self, s: Sandbox, bot: telegram.Bot
    ) -> None:
        got: list[tuple[str | None, str]] = []

        async def receive(request: web.Request) -> web.Response:
            update = await request.json()
            got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), update["message"]["text"]))
            return web.Response(status=500 if len(got) == 1 else 200)

        app = web.Application()
        app.router.add_post("/hook", receive)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="abc")
            s.say(ANNA, "b")
            with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
                await bot.get_updates(timeout=0)
            await until(lambda: len(got) == 3)
            assert got == [("abc", "/start"), ("abc", "/start"), ("abc", "b")]
            info = await bot.get_webhook_info()
            assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
            await bot.delete_webhook()
            assert await bot.get_updates(timeout=0) == ()
        finally:
            await runner.cleanup()
        with pytest.raises(BadRequest, match=r"(?i)https url must be provided"):
            await bot.set_webhook("http://example.com/hook")

    async def test_a_press_waits_for_its_answer_and_not_for_long(
        self, s: Sandbox, bot: telegram.Bot, clock: Clock
    ) -> None:
        sent = await bot.send_message(ANNA, "x", reply_markup=buttons(("订阅", "sub:1"), ("No", "no")))
        s.press(ANNA, sent.message_id, "订阅")
        s.press(ANNA, sent.message_id, "no")
        with pytest.raises(LookupError):
            s.press(ANNA, sent.message_id, "unknown")
        queries = [u.callback_query for u in await take(bot) if u.callback_query]
        assert [q.data for q in queries] == ["sub:1", "no"]
        assert queries[0].message is not None
        assert queries[0].message.message_id == sent.message_id
        assert await queries[0].answer("好了", show_alert=True)
        for query in queries:
            clock.time += 20
            with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
                await query.answer()

    async def test_inline_queries_are_asked_and_answered(self, s: Sandbox, bot: telegram.Bot) -> None:
        await take(bot)
        query_id = s.ask_inline(ANNA, "拜登")
        (update,) = await take(bot)
        assert update.inline_query is not None
        article = telegram.InlineQueryResultArticle("1", "t", telegram.InputTextMessageContent("x"))
        await update.inline_query.answer([article])
        assert s.inline_answers[query_id]["results"][0]["title"] == "t"

    async def test_a_real_application_serves_a_person(self, s: Sandbox) -> None:
        from telegram.ext import Application, CallbackQueryHandler, CommandHandler

        async def start(update: telegram.Update, context: Any) -> None:
            await update.effective_chat.send_message("hi", reply_markup=buttons(("go", "go")))  # type: ignore[union-attr]

        async def go(update: telegram.Update, context: Any) -> None:
            await update.callback_query.answer()  # type: ignore[union-attr]
            await update.callback_query.edit_message_text("gone")  # type: ignore[union-attr]

        app = Application.builder().bot(client(s)).job_queue(None).build()
        app.add_handlers([CommandHandler("start", start), CallbackQueryHandler(go)])
        async with app:
            await app.start()
            await app.updater.start_polling(poll_interval=0, timeout=10)  # type: ignore[union-attr]
            s.say(ANNA, "/start")
            sent = await s.wait_for(lambda: s.sent(ANNA), timeout=60)
            s.press(ANNA, sent[0]["message_id"], "go")
            await s.wait_for(lambda: s.sent(ANNA)[0]["text"] == "gone", timeout=60)
            await app.updater.stop()  # type: ignore[union-attr]
            await app.stop()


class TestAccount:
    async def test_a_wrong_token_is_refused_as_by_telegram(
        self, s: Sandbox, http: aiohttp.ClientSession
    ) -> None:
        wrong = client(s, "123:wrong")
        with pytest.raises(InvalidToken):
            await wrong.get_me()
        await wrong.request.shutdown()
        for token, status in (("123:wrong", 401), ("wrong", 404)):
            async with http.get(f"{s.url}/bot{token}/getMe") as response:
                assert response.status == status
        assert await ask(s, http, "noSuchMethod") == (404, "Not Found: method not found")

    async def test_commands_are_found_by_scope_and_language(
        self, s: Sandbox, bot: telegram.Bot, http: aiohttp.ClientSession
    ) -> None:
        await bot.set_my_commands([("start", "Begin")])
        await bot.set_my_commands([("start", "开始")], language_code="zh")
        await bot.set_my_commands([("stats", "Figures")], scope=telegram.BotCommandScopeChat(BO))
        assert [c.description for c in await bot.get_my_commands(language_code="zh")] == ["开始"]
        assert await bot.get_my_commands(language_code="de") == ()
        for person, expected in ((ANNA, "开始"), (BO, "Figures")):
            async with http.get(f"{s.url}/page/state", params={"person": person}) as response:
                assert [c["description"] for c in (await response.json())["commands"]] == [expected]
        with pytest.raises(BadRequest, match="Bot_command_invalid"):
            await bot.set_my_commands([("Wrong-name", "x")])
        await bot.delete_my_commands(scope=telegram.BotCommandScopeChat(BO))
        assert await bot.get_my_commands(scope=telegram.BotCommandScopeChat(BO)) == ()

    async def test_the_bot_describes_itself(self, bot: telegram.Bot) -> None:
        await bot.set_my_description("news")
        await bot.set_my_description("新闻", language_code="zh")
        assert (await bot.get_my_description("zh")).description == "新闻"
        assert (await bot.get_my_description("de")).description == "news"
        await bot.set_chat_menu_button(menu_button=telegram.MenuButtonCommands())
        assert (await bot.get_chat_menu_button()).type == "commands"

    async def test_get_me_is_what_botfather_made(self) -> None:
        account = BotAccount(id=77, username="other_bot", can_read_all_group_messages=True)
        async with Sandbox(bot=account) as s, client(s) as bot:
            assert (bot.id, bot.username, bot.can_read_all_group_messages) == (77, "other_bot", True)
            check("User", account.json(full=True))


class TestRates:
    async def fill(self, bot: telegram.Bot, *chats: int) -> tuple[int, int]:
        """Send to these chats in turn until it is too much. How many went, and what to wait for."""
        for n in range(200):
            try:
                await bot.send_message(chats[n % len(chats)], "x")
            except RetryAfter as error:
                return n, int(error.retry_after.total_seconds())
        return 200, 0

    async def test_one_chat_takes_a_short_burst_and_then_one_a_second(self, clock: Clock) -> None:
        async with Sandbox(people=PEOPLE, rates=Rates(chat_burst=3), clock=clock) as s, client(s) as bot:
            s.say(ANNA, "hi")
            assert await self.fill(bot, ANNA) == (3, 1)
            clock.time += 1
            assert await self.fill(bot, ANNA) == (1, 1)
            refused = s.calls[-1]
            assert refused.status == 429
            assert refused.answer["parameters"] == {"retry_after": 1}
            assert refused.answer["description"] == "Too Many Requests: retry after 1"

    async def test_a_group_takes_twenty_a_minute(self, clock: Clock) -> None:
        async with Sandbox(people=PEOPLE, rates=Rates(chat_burst=100), clock=clock) as s, client(s) as bot:
            group = s.create_group("组", [ANNA])
            assert await self.fill(bot, group) == (20, 60)
            clock.time += 59
            assert await self.fill(bot, group) == (0, 1)
            clock.time += 1
            assert await self.fill(bot, group) == (20, 60)

    async def test_all_chats_together_take_thirty_a_second(self, clock: Clock) -> None:
        people = [Person(n, str(n)) for n in range(1, 61)]
        async with Sandbox(people=people, clock=clock) as s, client(s) as bot:
            for person in people:
                s.say(person.id, "hi")
            assert await self.fill(bot, *range(1, 61)) == (30, 1)
            clock.time += 1
            assert await self.fill(bot, *range(1, 61)) == (30, 1)

    async def test_a_paid_broadcast_has_a_rate_of_its_own(self, clock: Clock) -> None:
        rates = Rates(overall_per_second=1, overall_burst=1, paid_per_second=1000, chat_burst=50)
        async with Sandbox(people=PEOPLE, rates=rates, clock=clock) as s, client(s) as bot:
            s.say(ANNA, "hi")
            for _ in range(50):
                await bot.send_message(ANNA, "x", allow_paid_broadcast=True)
            assert await self.fill(bot, ANNA) == (0, 1)

    async def test_an_album_counts_its_items(self, clock: Clock) -> None:
        async with Sandbox(people=PEOPLE, rates=Rates(chat_burst=3), clock=clock) as s, client(s) as bot:
            s.say(ANNA, "hi")
            await bot.send_media_group(ANNA, [InputMediaPhoto(png())] * 2)
            assert await self.fill(bot, ANNA) == (1, 1)


class TestFaults:
    async def test_a_request_lost_on_the_way_was_not_done(self, s: Sandbox, bot: telegram.Bot) -> None:
        s.faults.drop_before(method="sendMessage")
        with pytest.raises(NetworkError):
            await bot.send_message(ANNA, "x")
        assert s.sent(ANNA) == []
        await bot.send_message(ANNA, "x")

    async def test_an_answer_lost_on_the_way_was_done(self, s: Sandbox, bot: telegram.Bot) -> None:
        s.faults.drop_after()
        with pytest.raises(NetworkError):
            await bot.send_message(ANNA, "x")
        assert len(s.sent(ANNA)) == 1
        assert s.calls[-1].status == 0

    async def test_errors_come_as_ordered(self, s: Sandbox, bot: telegram.Bot) -> None:
        s.faults.fail(429, "Too Many Requests: retry after 7", {"retry_after": 7}, n=2)
        s.faults.fail(502, "Bad Gateway")
        for expected in (RetryAfter, RetryAfter, NetworkError):
            with pytest.raises(expected):
                await bot.send_message(ANNA, "x")
        await bot.send_message(ANNA, "x")
        assert len(s.sent(ANNA)) == 1

    async def test_a_slow_telegram_outlasts_the_clients_patience(self, s: Sandbox, bot: telegram.Bot) -> None:
        s.faults.delay(600)
        with pytest.raises(telegram.error.TimedOut):
            await bot.send_message(ANNA, "x", read_timeout=0.05)
        s.faults.clear()
        await s.wait_for(lambda: s.sent(ANNA), timeout=60)


async def until(happened: Callable[[], object]) -> None:
    """Wait for what nobody announces."""
    async with asyncio.timeout(60):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def event(stream: aiohttp.ClientResponse) -> dict[str, Any]:
    """The next event of a page's stream."""
    while True:
        line = await asyncio.wait_for(stream.content.readline(), 60)
        if line.startswith(b"data: "):
            read: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
            return read


class TestPage:
    async def test_the_page_sees_and_does_what_a_person_can(
        self, s: Sandbox, bot: telegram.Bot, http: aiohttp.ClientSession
    ) -> None:
        async with http.get(f"{s.url}/page/people") as response:
            people = await response.json()
        assert people["bot"]["username"] == "kuaixun_bot"
        assert people["people"][0] == {
            "id": ANNA,
            "first_name": "安娜",
            "username": "anna",
            "role": "管理员 Admin",
        }
        async with http.post(f"{s.url}/page/send", json={"person": ANNA, "text": "/help"}) as response:
            sent = await response.json()
        assert sent["entities"] == [{"type": "bot_command", "offset": 0, "length": 5}]
        message = await bot.send_message(ANNA, "x", reply_markup=buttons(("a", "b")))
        press = {"person": ANNA, "message_id": message.message_id, "data": "b"}
        async with http.post(f"{s.url}/page/press", json=press) as response:
            assert (await response.json())["callback_query_id"] in s.callbacks
        async with http.post(f"{s.url}/page/block", json={"person": ANNA, "blocked": True}) as response:
            assert response.status == 200
        async with http.get(f"{s.url}/page/state", params={"person": ANNA}) as response:
            state = await response.json()
        assert state["blocked"] is True
        assert [m["text"] for m in state["messages"]] == ["/start", "/help", "x"]
        async with http.post(f"{s.url}/page/send", json={"person": ANNA, "text": "x"}) as response:
            assert response.status == 400

    async def test_events_arrive_while_the_page_is_open(
        self, s: Sandbox, bot: telegram.Bot, http: aiohttp.ClientSession
    ) -> None:
        async with (
            host({"/a.png": (200, "image/png", png())}) as (address, _),
            http.get(f"{s.url}/page/events", params={"person": ANNA}) as stream,
        ):
            assert stream.content_type == "text/event-stream"
            await bot.send_chat_action(ANNA, "typing")
            preview = LinkPreviewOptions(url=f"{address}/a.png")
            sent = await bot.send_message(ANNA, "x", link_preview_options=preview)
            events = [await event(stream) for _ in range(3)]
            assert [e["type"] for e in events] == ["action", "message", "edited"]
            size = events[2]["message"]["x_preview"]
            async with http.get(f"{s.url}/page/file/{size['file_id']}") as response:
                assert (response.content_type, await response.read()) == ("image/png", png())
            await sent.edit_text("y", reply_markup=buttons(("a", "b")))
            query = s.press(ANNA, sent.message_id, "a")
            await bot.answer_callback_query(query, "done")
            await sent.delete()
            await bot.set_my_commands([("start", "Begin")])
            events = [await event(stream) for _ in range(4)]
        assert [e["type"] for e in events] == ["edited", "answer", "deleted", "commands"]
        assert "x_preview" not in events[0]["message"]
        assert events[1] | {"type": ""} == {
            "type": "",
            "callback_query_id": query,
            "text": "done",
            "show_alert": False,
        }

    async def test_no_other_site_can_talk_to_the_sandbox_through_the_browser(
        self, s: Sandbox, http: aiohttp.ClientSession
    ) -> None:
        body = {"person": ANNA, "text": "x"}
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            async with http.post(f"{s.url}/page/send", json=body, headers=headers) as response:
                assert response.status == 403
        async with http.get(f"{s.url}/page/people", headers={"Host": "evil.example"}) as response:
            assert response.status == 403
        async with http.post(f"{s.url}/page/send", data=json.dumps(body)) as response:
            assert response.status == 415
        assert s.history(ANNA) == []
        async with http.post(f"{s.url}/page/send", json=body, headers={"Origin": s.url}) as response:
            assert response.status == 200

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("send", '{"person": 11, "text": "x", "reply_to": [1]}'),
            ("send", '{"person": 11, "text": "x", "reply_to": 1e999}'),
            ("send", '{"person": 1e999, "text": "x"}'),
            ("send", '{"person": [11], "text": "x"}'),
            ("send", "[" * 100_000),
            ("send", ""),
            ("send", "\xff"),
            ("press", '{"person": 11, "message_id": 1e999, "data": "b"}'),
            ("press", '{"person": 11, "message_id": NaN, "data": "b"}'),
            ("block", '{"person": 11, "blocked": 1}'),
        ],
    )
    async def test_what_the_page_would_never_send_is_refused(
        self, s: Sandbox, http: aiohttp.ClientSession, path: str, body: str
    ) -> None:
        for kind in ("application/json", "application/json; charset=nonsense"):
            data, headers = body.encode("latin-1"), {"Content-Type": kind}
            async with http.post(f"{s.url}/page/{path}", data=data, headers=headers) as response:
                assert response.status == 400
                assert "error" in await response.json()
        assert s.history(ANNA) == []

    async def test_no_other_site_can_act_as_the_bot(self, s: Sandbox, http: aiohttp.ClientSession) -> None:
        s.say(ANNA, "/start")
        address, body = f"{s.url}/bot{s.token}/sendMessage", {"chat_id": ANNA, "text": "x"}
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": f"http://localhost:{s.port}"},
            {"Host": f"evil.example:{s.port}"},
        ):
            async with http.post(address, json=body, headers=headers) as response:
                assert response.status == 403, headers
            async with http.get(f"{s.url}/file/bot{s.token}/x", headers=headers) as response:
                assert response.status == 403, headers
        assert s.sent(ANNA) == []
        for headers in ({"Origin": s.url}, {"Host": f"LocalHost:{s.port}"}):
            async with http.post(address, json=body, headers=headers) as response:
                assert response.status == 200, headers

    async def test_only_the_servers_own_address_is_its_host(
        self, s: Sandbox, http: aiohttp.ClientSession
    ) -> None:
        for name in (
            "[::1",
            "127.0.0.1:1",
            "127.0.0.1",
            "localhost",
            f"[::1]:{s.port}",
            f"a@127.0.0.1:{s.port}",
        ):
            async with http.get(f"{s.url}/page/people", headers={"Host": name}) as response:
                assert response.status in (400, 403), name

    def test_each_run_has_a_token_of_its_own(self) -> None:
        tokens = {Sandbox().token for _ in range(20)}
        assert len(tokens) == 20
        assert all(re.fullmatch(r"7000000001:[A-Za-z0-9_-]{35}", token) for token in tokens)
        assert Sandbox(token="1:mine").token == "1:mine"

    @pytest.mark.parametrize(
        "name", ["..%2Fserver.py", "%2e%2e%2fserver.py", ".hidden", "nothing.js", "x" * 300, "%00"]
    )
    async def test_only_the_pages_own_files_are_served(
        self, s: Sandbox, http: aiohttp.ClientSession, name: str
    ) -> None:
        from yarl import URL

        async with http.get(URL(f"{s.url}/page/static/{name}", encoded=True)) as response:
            assert response.status == 404


FIELDS = [
    "chat_id",
    "text",
    "caption",
    "photo",
    "media",
    "message_id",
    "message_ids",
    "message_thread_id",
    "parse_mode",
    "entities",
    "reply_markup",
    "reply_parameters",
    "link_preview_options",
    "from_chat_id",
    "user_id",
    "commands",
    "scope",
    "language_code",
    "results",
    "url",
    "offset",
    "callback_query_id",
    "inline_query_id",
    "allowed_updates",
    "action",
    "menu_button",
    "file_id",
    "secret_token",
    "description",
]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from([ANNA, 1, "1", "@x", "HTML", "<b>"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["inline_keyboard", "text", "url", "type", "chat_id", "user_id", "message_id", "media", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


class TestStrangeRequests:
    @settings(suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(sorted(METHODS)), st.dictionaries(st.sampled_from(FIELDS), values, max_size=6))
    async def test_whatever_is_asked_the_answer_is_a_result_or_a_refusal(
        self, s: Sandbox, method: str, params: dict[str, Any]
    ) -> None:
        s.pictures.fetching = False
        s.say(ANNA, "hi")
        desk = Desk(s.world, s.updates, s, s.pictures)
        try:
            json.dumps(await METHODS[method](desk, Arguments.of({"timeout": 0} | params)))
        except Refusal:
            pass
        finally:
            await s.updates.set_webhook("", "", None, drop=True)
            s.set_status(ANNA, "member")

    async def test_broken_bodies_are_refused(self, s: Sandbox, http: aiohttp.ClientSession) -> None:
        address = f"{s.url}/bot{s.token}/sendMessage"
        for kind, body in (
            ("application/json", b"{"),
            ("application/json", b"[1]"),
            ("application/json", b"[" * 100_000),
            ("application/json", b'{"chat_id": 11, "text": "\\ud83d"}'),
            ("application/json", b'{"chat_id": 11, "text": ["\\ud83d"]}'),
            ("application/json", b'{"chat_id": 11, "text": "x", "\\ud83d": 1}'),
            ("application/json", b'{"text": "\xff"}'),
            ("multipart/form-data; boundary=x", b"garbage"),
            ("multipart/form-data; boundary=x", b"--x\r\nno header"),
            ("application/x-www-form-urlencoded", b"%ff"),
            ("application/x-www-form-urlencoded; charset=nonsense", b"text=x"),
        ):
            async with http.post(address, data=body, headers={"Content-Type": kind}) as response:
                assert response.status == 400, (kind, body[:20])
                assert (await response.json())["ok"] is False

    async def test_half_a_surrogate_pair_gets_in_nowhere(
        self, s: Sandbox, bot: telegram.Bot, http: aiohttp.ClientSession
    ) -> None:
        half = "\ud800"
        sent = await bot.send_message(ANNA, "x", reply_markup=buttons(("a", "b")))
        for path, act in (
            ("send", {"text": half}),
            ("press", {"message_id": sent.message_id, "data": half}),
        ):
            async with http.post(f"{s.url}/page/{path}", json={"person": ANNA} | act) as response:
                assert response.status == 400, path
        for say in (
            lambda: s.say(ANNA, half),
            lambda: s.ask_inline(ANNA, half),
            lambda: s.create_group(half, [ANNA]),
        ):
            with pytest.raises(ValueError, match="Unicode"):
                say()
        keyboard = {"inline_keyboard": [[{"text": "a", "callback_data": half}]]}
        for markup in (keyboard, json.dumps(keyboard)):
            status, _ = await ask(s, http, "sendMessage", chat_id=ANNA, text="x", reply_markup=markup)
            assert status == 400
        for html in ("&#xD800;", '<a href="http://example.com/&#xD800;">x</a>'):
            await ask(s, http, "sendMessage", chat_id=ANNA, text=html, parse_mode="HTML")
        assert (await ask(s, http, "getUpdates"))[0] == 200
        async with http.get(f"{s.url}/page/state", params={"person": ANNA}) as response:
            assert half not in json.dumps(await response.json(), ensure_ascii=False)

    async def test_every_update_has_the_bot_apis_own_shape(self, s: Sandbox, bot: telegram.Bot) -> None:
        group = s.create_group("组", [ANNA, BO], [ANNA])
        s.migrate(group)
        forum = s.create_group("论坛", [ANNA], forum=True, bot="administrator")
        topic = s.create_topic(forum, "国际")
        s.say(ANNA, "hello https://example.com", chat=forum, thread=topic)
        s.set_status(forum, "restricted")
        s.set_status(forum, "kicked")
        channel = s.create_channel("频道", [BO], [ANNA], bot="administrator")
        s.say(ANNA, "post", chat=channel)
        sent = await bot.send_photo(ANNA, png(), reply_markup=buttons(("a", "b")))
        s.press(ANNA, sent.message_id, "a")
        s.say(ANNA, "re", reply_to=sent.message_id)
        s.ask_inline(BO, "x")
        s.block(BO)
        pending = s.updates.pending()
        assert {kind for update in pending for kind in update} == {
            *("update_id", "message", "channel_post", "my_chat_member", "callback_query", "inline_query"),
        }
        for update in pending:
            check("Update", update)
            assert telegram.Update.de_json(update, bot).to_dict()["update_id"] == update["update_id"]


class TestLife:
    async def test_a_closed_sandbox_leaves_no_task_and_no_socket_behind(self) -> None:
        before = asyncio.all_tasks()
        async with Sandbox(people=PEOPLE) as s:
            port = s.port
            s.say(ANNA, "hi")
            async with aiohttp.ClientSession() as http:
                poll = asyncio.create_task(ask(s, http, "getUpdates", offset=10**9, timeout=50))
                stream = await http.get(f"{s.url}/page/events", params={"person": ANNA})
                await ask(s, http, "setWebhook", url="http://127.0.0.1:1/")
                await asyncio.wait_for(poll, 60)
                await ask(s, http, "sendMessage", chat_id=ANNA, text="x", link_preview_options={"url": s.url})
                stream.close()
        assert asyncio.all_tasks() == before
        with pytest.raises(OSError, match=r"(?i)connect"):
            await asyncio.open_connection("127.0.0.1", port)

    async def test_memory_is_bounded(self, s: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        from bot.sandbox import state

        monkeypatch.setattr(state, "HISTORY", 50)
        monkeypatch.setattr(state, "FILE_BYTES", 10_000)
        for n in range(120):
            s.say(ANNA, str(n))
            s.world.files.add(png(10 + n, 10, padding=500), "image/png", 10 + n, 10)
        assert [m["text"] for m in s.history(ANNA)] == [str(n) for n in range(70, 120)]
        assert s.world.files.bytes <= 10_000
        assert s.world.files.bytes == sum(len(f.data) for f in s.world.files.by_unique_id.values())

    async def test_the_sandbox_imports_nothing_of_the_bot(self) -> None:
        import ast
        from pathlib import Path

        import bot.sandbox

        for path in Path(bot.sandbox.__file__).parent.glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom):
                    assert node.level < 2, path
                    assert not (node.module or "").startswith("bot"), path
