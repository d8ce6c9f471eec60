"""The door to Telegram, over real HTTP: what is asked of it, and what its answers and its silence mean."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import telegram
from aiohttp import web
from telegram.error import InvalidToken, NetworkError, TelegramError, TimedOut

from bot.model import Button, Destination, Gone, Message, Moved, Outcome, Refused, Retry, Sent
from bot.sender import NO_PHOTOS, TelegramSender, markup, picture_type
from bot.transport import AiohttpRequest, UpdatesRequest

TOKEN = "123456:AAE-the-secret-part_of-this-token"
CHAT = Destination(42)
TEXT = Message("<b>标题</b>")
PHOTO = Message("<b>标题</b>", photo="https://img.example/1.jpg")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 200

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Telegram:
    """A loopback server that answers every call with what the test says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, object]]] = []
        self.called = asyncio.Event()
        self.answer: Handler = accept

    async def handle(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        fields = {
            key: (value.filename, value.content_type, value.file.read())
            if isinstance(value, web.FileField)
            else value
            for key, value in form.items()
        }
        self.calls.append((request.path.rpartition("/")[2], fields))
        self.called.set()
        return await self.answer(request)


async def accept(request: web.Request) -> web.StreamResponse:
    method = request.path.rpartition("/")[2]
    result: dict[str, object] = {"message_id": 7, "date": 1, "chat": {"id": 42, "type": "private"}}
    if method in ("sendPhoto", "editMessageCaption"):
        sizes = [("small", 90), ("large", 1280)]
        result["photo"] = [
            {"file_id": name, "file_unique_id": name, "width": size, "height": size} for name, size in sizes
        ]
    return web.json_response({"ok": True, "result": result})


async def introduce(request: web.Request) -> web.StreamResponse:
    return web.json_response({"ok": True, "result": {"id": 123456, "is_bot": True, "first_name": "Kuaixun"}})


def refuse(status: int, description: str, parameters: Mapping[str, int] | None = None) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        body: dict[str, object] = {"ok": False, "error_code": status, "description": description}
        if parameters is not None:
            body["parameters"] = parameters
        return web.json_response(body, status=status)

    return handler


def raw(status: int, text: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type="text/html")

    return handler


async def hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def say_nothing(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def speaking(
    url: str, request: AiohttpRequest | None = None, *, paid_broadcast: bool = False
) -> AsyncIterator[TelegramSender]:
    request = request or AiohttpRequest()
    bot = telegram.Bot(TOKEN, base_url=f"{url}/bot", request=request, get_updates_request=AiohttpRequest(1))
    async with request:
        yield TelegramSender(bot, paid_broadcast=paid_broadcast)


@pytest.fixture
async def api() -> AsyncIterator[tuple[Telegram, TelegramSender]]:
    server = Telegram()
    async with serving(server.handle) as url, speaking(url) as sender:
        yield server, sender


# What is asked


async def test_a_text_goes_out_as_html_with_its_preview_large_and_above(api):
    server, sender = api
    message = Message("<b>a</b> &amp; b", preview="https://img.example/1.jpg")
    assert await sender.send(Destination(-100123, 5), message) == Sent(7)
    [(method, fields)] = server.calls
    preview = json.loads(fields.pop("link_preview_options"))
    assert method == "sendMessage"
    assert fields == {
        "chat_id": "-100123",
        "text": "<b>a</b> &amp; b",
        "parse_mode": "HTML",
        "message_thread_id": "5",
    }
    assert preview == {
        "url": "https://img.example/1.jpg",
        "prefer_large_media": True,
        "show_above_text": True,
    }


async def test_without_a_preview_telegram_is_told_to_make_none(api):
    server, sender = api
    await sender.send(CHAT, TEXT)
    assert json.loads(server.calls[0][1]["link_preview_options"]) == {"is_disabled": True}


async def test_the_general_topic_goes_by_no_id(api):
    server, sender = api
    await sender.send(Destination(-100123, 1), TEXT)
    assert "message_thread_id" not in server.calls[0][1]


async def test_buttons_keep_their_rows(api):
    server, sender = api
    rows = (
        (Button("原文", url="https://a.example/x?y=1&z=2"), Button("静音", data="m:1")),
        (Button("更多", data="n"),),
    )
    await sender.send(CHAT, Message("x", buttons=rows))
    assert json.loads(server.calls[0][1]["reply_markup"]) == {
        "inline_keyboard": [
            [
                {"text": "原文", "url": "https://a.example/x?y=1&z=2"},
                {"text": "静音", "callback_data": "m:1"},
            ],
            [{"text": "更多", "callback_data": "n"}],
        ]
    }


async def test_a_photo_by_address_has_a_caption_and_leaves_the_largest_file_id(api):
    server, sender = api
    assert await sender.send(CHAT, PHOTO) == Sent(7, "large", photo=True)
    assert server.calls == [
        (
            "sendPhoto",
            {
                "chat_id": "42",
                "photo": "https://img.example/1.jpg",
                "caption": "<b>标题</b>",
                "parse_mode": "HTML",
            },
        )
    ]


async def test_a_photo_of_bytes_is_uploaded_unharmed(api):
    server, sender = api
    picture = PNG + bytes(range(256)) * 2000
    assert await sender.send(CHAT, Message("<i>图</i>", photo=picture)) == Sent(7, "large", photo=True)
    [(_, fields)] = server.calls
    assert fields["photo"] == ("picture.png", "image/png", picture)
    assert fields["caption"] == "<i>图</i>"
    assert fields["chat_id"] == "42"


async def test_paid_broadcast_is_asked_for_only_where_it_is_configured(api):
    server, sender = api
    await sender.send(CHAT, TEXT)
    async with serving(server.handle) as url, speaking(url, paid_broadcast=True) as paying:
        await paying.send(CHAT, TEXT)
    assert [fields.get("allow_paid_broadcast") for _, fields in server.calls] == [None, "true"]


async def test_an_edit_changes_a_text_or_a_caption(api):
    server, sender = api
    assert await sender.edit(CHAT, 7, TEXT, photo=False) == Sent(7)
    assert await sender.edit(CHAT, 7, TEXT, photo=True) == Sent(7, "large", photo=True)
    assert [method for method, _ in server.calls] == ["editMessageText", "editMessageCaption"]
    assert server.calls[1][1]["caption"] == TEXT.html


async def test_an_edit_that_changes_nothing_is_a_success(api):
    server, sender = api
    server.answer = refuse(
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
    )
    assert await sender.edit(CHAT, 7, TEXT, photo=True) == Sent(7, photo=True)


async def test_an_edit_of_what_was_deleted_is_refused(api):
    server, sender = api
    server.answer = refuse(400, "Bad Request: message to edit not found")
    assert await sender.edit(CHAT, 7, TEXT, photo=False) == Refused("Message to edit not found")


# What the answers mean

GONE = [
    (403, "Forbidden: bot was blocked by the user"),
    (403, "Forbidden: user is deactivated"),
    (403, "Forbidden: bot can't initiate conversation with a user"),
    (403, "Forbidden: bot can't send messages to the bot"),
    (403, "Forbidden: bot was kicked from the group chat"),
    (403, "Forbidden: bot was kicked from the supergroup chat"),
    (403, "Forbidden: bot is not a member of the channel chat"),
    (403, "Forbidden: the group chat was deleted"),
    (400, "Bad Request: chat not found"),
    (400, "Bad Request: private chat not found"),
    (400, "Bad Request: message thread not found"),
    (400, "Bad Request: not enough rights to send text messages to the chat"),
    (400, "Bad Request: have no write access to the chat"),
    (400, "Bad Request: need administrator rights in the channel chat"),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
    (400, "Bad Request: TOPIC_CLOSED"),
]
PICTURE = [
    "Bad Request: failed to get HTTP URL content",
    "Bad Request: WEBPAGE_CURL_FAILED",
    "Bad Request: wrong type of the web page content",
    "Bad Request: WEBPAGE_MEDIA_EMPTY",
    "Bad Request: wrong HTTP URL specified",
    "Bad Request: wrong file identifier/HTTP URL specified",
    "Bad Request: wrong remote file identifier specified: Wrong padding in the string",
    "Bad Request: MEDIA_EMPTY",
    "Bad Request: can't upload file by URL",
    "Bad Request: File generation failed",
    "Bad Request: IMAGE_PROCESS_FAILED",
    "Bad Request: PHOTO_INVALID_DIMENSIONS",
    "Bad Request: photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp",
    "Bad Request: PHOTO_EXT_INVALID",
]
OURS = [
    'Bad Request: can\'t parse entities: Unsupported start tag "p" at byte offset 0',
    "Bad Request: message text is empty",
    "Bad Request: text must be non-empty",
    "Bad Request: message is too long",
    "Bad Request: message caption is too long",
    "Bad Request: BUTTON_DATA_INVALID",
    "Bad Request: BUTTON_URL_INVALID",
    "Bad Request: reply markup is too long",
]
FAILING = [
    (500, "Internal Server Error: restart", None, Retry("Internal Server Error: restart")),
    (502, "Bad Gateway", None, Retry("Bad Gateway")),
    (413, "Request Entity Too Large", None, Retry("Request Entity Too Large")),
    (429, "Too Many Requests", None, Retry("too many requests", after=5.0)),
    (429, "Too Many Requests: retry after 17", {"retry_after": 17}, Retry("too many requests", after=17.0)),
    (429, "no number", {"retry_after": "soon"}, Retry("too many requests", after=5.0)),
    (429, "no wait", {"retry_after": -1}, Retry("too many requests", after=5.0)),
    (429, "half a wait", {"retry_after": 1.5}, Retry("too many requests", after=2.0)),
    (429, "no end of it", {"retry_after": float("inf")}, Retry("too many requests", after=5.0)),
    (429, "a list", [], Retry("too many requests", after=5.0)),
    (
        409,
        "Conflict: terminated by other getUpdates request",
        None,
        Retry("Conflict: terminated by other getUpdates request"),
    ),
    (403, "", None, Retry("no reason is given")),
    (403, "bot was blocked by the user", None, Gone("bot was blocked by the user")),
    (403, "Blocked by the administrator", None, Retry("Blocked by the administrator")),
    (400, "Bad Request: moved", {"migrate_to_chat_id": 10**30}, Refused("Moved", unforeseen=True)),
    (400, "Bad Request: moved", {"migrate_to_chat_id": "-1009"}, Refused("Moved", unforeseen=True)),
    (429, "too long a wait", {"retry_after": 10**9}, Retry("too many requests", after=86400.0)),
    (400, "Bad Request: retry later", {"retry_after": 3}, Retry("too many requests", after=3.0)),
    (
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        {"migrate_to_chat_id": -1009},
        Moved(-1009),
    ),
    (401, "Unauthorized", None, Retry("Telegram does not know this token", after=60.0)),
    (404, "Not Found", None, Retry("Telegram does not know this token", after=60.0)),
]


@pytest.mark.parametrize("message", [TEXT, PHOTO], ids=["text", "photo"])
@pytest.mark.parametrize(("status", "description"), GONE)
async def test_who_cannot_be_written_to_is_gone(api, status, description, message):
    server, sender = api
    server.answer = refuse(status, description)
    assert isinstance(await sender.send(CHAT, message), Gone)


@pytest.mark.parametrize("description", PICTURE)
async def test_a_picture_is_refused_apart_from_its_message(api, description):
    server, sender = api
    server.answer = refuse(400, description)
    outcome = await sender.send(CHAT, PHOTO)
    assert outcome == Refused(outcome.reason, picture=True)


async def test_a_chat_that_takes_no_photos_may_take_text(api):
    server, sender = api
    for description in ("not enough rights to send photos to the chat", "CHAT_SEND_PHOTOS_FORBIDDEN"):
        server.answer = refuse(400, f"Bad Request: {description}")
        assert await sender.send(CHAT, PHOTO) == Refused(NO_PHOTOS, picture=True)


async def test_an_upload_that_is_too_large_is_the_pictures_fault(api):
    server, sender = api
    for answer in (refuse(413, "Request Entity Too Large"), raw(413, "<html>413</html>")):
        server.answer = answer
        outcome = await sender.send(CHAT, Message("x", photo=PNG))
        assert isinstance(outcome, Refused)
        assert outcome.picture


@pytest.mark.parametrize("description", OURS)
async def test_what_is_our_mistake_is_refused_and_said_loudly(api, description, caplog):
    server, sender = api
    server.answer = refuse(400, description)
    outcome = await sender.send(CHAT, TEXT)
    assert isinstance(outcome, Refused)
    assert not outcome.picture
    assert [record.levelno for record in caplog.records if record.name == "bot.sender"] == [logging.ERROR]


@pytest.mark.parametrize(("status", "description", "parameters", "expected"), FAILING)
async def test_a_refusal_is_what_it_says_and_never_ambiguous(api, status, description, parameters, expected):
    server, sender = api
    server.answer = refuse(status, description, parameters)
    assert await sender.send(CHAT, TEXT) == expected


@pytest.mark.parametrize(
    ("answer", "ambiguous"),
    [
        (raw(502, "<html>Bad Gateway</html>"), True),
        (raw(504, "<html>Gateway Timeout</html>"), True),
        (raw(500, "<html>oops</html>"), False),
        (raw(503, ""), False),
        (raw(200, "<html>captive portal</html>"), True),
        (raw(500, '{"ok":' * 100_000), False),
        (raw(200, '{"ok":' * 100_000), True),
        (raw(200, "x" * (17 << 20)), True),
        (raw(200, '{"ok":"true","result":{}}'), True),
        (
            raw(200, '{"ok":true,"result":{"message_id":"7","date":1,"chat":{"id":42,"type":"private"}}}'),
            True,
        ),
        (raw(200, '{"ok":true}'), True),
        (raw(200, '{"ok":true,"result":{"nonsense":1}}'), True),
        (hang_up, True),
    ],
)
async def test_an_answer_that_is_not_telegrams_may_hide_a_success(api, answer, ambiguous):
    server, sender = api
    server.answer = answer
    outcome = await sender.send(CHAT, TEXT)
    assert isinstance(outcome, Retry)
    assert outcome.ambiguous is ambiguous
    assert len(server.calls) == 1


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 407, 451])
@pytest.mark.parametrize("page", ["<html>Access denied</html>", "", '{"error":"blocked by policy"}'])
async def test_a_gateway_that_turns_a_request_away_says_nothing_of_the_chat_or_the_token(api, status, page):
    server, sender = api
    server.answer = raw(status, page)
    for outcome in (await sender.send(CHAT, PHOTO), await sender.edit(CHAT, 7, PHOTO, photo=True)):
        assert isinstance(outcome, Retry)
        assert outcome.unsent
        assert not outcome.ambiguous


async def test_a_refusal_in_a_200_is_the_refusal_that_it_says(api):
    server, sender = api
    blocked = "Forbidden: bot was blocked by the user"
    server.answer = raw(200, json.dumps({"ok": False, "error_code": 403, "description": blocked}))
    assert await sender.send(CHAT, TEXT) == Gone(blocked)
    server.answer = raw(400, json.dumps({"ok": False, "error_code": "400", "description": 7}))
    assert await sender.send(CHAT, TEXT) == Refused("no reason is given", unforeseen=True)


async def test_nothing_is_unpacked_and_so_nothing_is_a_bomb(api):
    server, sender = api

    async def packed(request: web.Request) -> web.StreamResponse:
        answer = await accept(request)
        assert isinstance(answer, web.Response)
        assert isinstance(answer.body, bytes)
        return web.Response(body=gzip.compress(answer.body), headers={"Content-Encoding": "gzip"})

    server.answer = packed
    assert await sender.send(CHAT, TEXT) == Retry("OK (200), which is not Telegram's answer", ambiguous=True)


@pytest.mark.parametrize(
    "answer",
    [
        refuse(401, "Unauthorized"),
        refuse(404, "Not Found"),
        raw(404, "<html>"),
        refuse(429, "Too Many Requests", {"retry_after": 10**9}),
        raw(200, "{}"),
        raw(200, '{"ok":true,"result":{}}'),
        raw(200, '{"ok":false}'),
    ],
)
async def test_nothing_that_getupdates_is_answered_ends_the_listening(answer):
    fake = Telegram()
    fake.answer = answer
    async with serving(fake.handle) as url, UpdatesRequest(1) as request:
        bot = telegram.Bot(TOKEN, base_url=f"{url}/bot", request=request, get_updates_request=request)
        with pytest.raises(TelegramError) as raised:
            await bot.get_updates()
    assert not isinstance(
        raised.value, InvalidToken | TimedOut
    )  # the library ends at one, and does not wait after the other
    assert getattr(raised.value, "retry_after", timedelta()) <= timedelta(minutes=10)


async def test_updates_of_impossible_people_are_left_out():
    chat = {"id": 42, "type": "private", "first_name": "A"}
    updates = [
        {"update_id": number, "message": {"message_id": 1, "date": 1, "chat": chat | {"id": id}, "text": "x"}}
        for number, id in enumerate((42, 10**30, "42"))
    ]
    fake = Telegram()
    fake.answer = raw(200, json.dumps({"ok": True, "result": updates}))
    async with serving(fake.handle) as url, UpdatesRequest(1) as request:
        bot = telegram.Bot(TOKEN, base_url=f"{url}/bot", request=request, get_updates_request=request)
        assert [bool(update.message) for update in await bot.get_updates()] == [True, False, False]


async def test_an_answer_that_comes_too_late_is_ambiguous():
    server = Telegram()
    server.answer = say_nothing
    async with serving(server.handle) as url, speaking(url, AiohttpRequest(read_timeout=0.05)) as sender:
        assert await sender.send(CHAT, TEXT) == Retry("Timed out", ambiguous=True)


async def test_a_refused_connection_means_that_nothing_was_sent():
    async with serving(accept) as url:
        pass  # nobody listens there any more
    async with speaking(url) as sender:
        outcome = await sender.send(CHAT, TEXT)
    assert isinstance(outcome, Retry)
    assert not outcome.ambiguous


async def test_an_unknown_host_means_that_nothing_was_sent(monkeypatch):
    async def resolve(*args: object, **kwargs: object) -> list[dict[str, object]]:
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)
    monkeypatch.setattr("aiohttp.connector.DefaultResolver.resolve", resolve)
    async with speaking("https://api.telegram.invalid") as sender:
        outcome = await sender.send(CHAT, TEXT)
    assert isinstance(outcome, Retry)
    assert not outcome.ambiguous
    assert "Name or service not known" in outcome.reason


async def test_a_full_pool_means_that_nothing_was_sent():
    server = Telegram()
    server.answer = say_nothing
    request = AiohttpRequest(1)
    async with serving(server.handle) as url, speaking(url, request) as sender:
        first = asyncio.create_task(sender.send(CHAT, TEXT))
        await server.called.wait()
        request._pool_timeout = request._connect_timeout = 0.05  # the first may need longer
        outcome = await sender.send(CHAT, TEXT)
        first.cancel()
    assert outcome == Retry("Not sent: no connection in time", unsent=True)


# What the transport keeps to itself


@pytest.mark.parametrize("answer", [hang_up, say_nothing, raw(302, ""), raw(502, "<html>")])
async def test_the_token_is_in_no_error(answer, caplog):
    caplog.set_level(logging.DEBUG)
    async with serving(answer) as url, AiohttpRequest(read_timeout=0.05) as request:
        with pytest.raises(NetworkError) as caught:
            await request.post(f"{url}/bot{TOKEN}/getMe")
    assert TOKEN not in everything_said_by(caught.value) + caplog.text


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[::1", "nonsense:", "https://127.0.0.1:1"])
async def test_the_token_is_in_no_error_of_a_call_that_never_left(url, caplog):
    caplog.set_level(logging.DEBUG)
    async with AiohttpRequest() as request:
        with pytest.raises(NetworkError) as caught:
            await request.post(f"{url}/bot{TOKEN}/getMe")
    assert isinstance(caught.value.__cause__, OSError)
    assert TOKEN not in everything_said_by(caught.value) + caplog.text


def everything_said_by(error: BaseException | None) -> str:
    said = ""
    while error is not None:
        said += f"{error} {error!r} {error.args}"
        error = error.__cause__ or error.__context__
    return said


async def test_a_redirect_is_not_followed():
    calls = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        calls.append(request.path)
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async with serving(elsewhere) as url, AiohttpRequest() as request:
        with pytest.raises(NetworkError):
            await request.post(f"{url}/bot{TOKEN}/getMe")
    assert len(calls) == 1


async def test_a_proxy_of_the_environment_is_used_but_not_for_this_machine(monkeypatch):
    asked = []

    async def proxy(request: web.Request) -> web.StreamResponse:
        asked.append((str(request.url), request.headers.get("Proxy-Authorization")))
        return web.json_response({"ok": True, "result": True})

    async with serving(proxy) as url:
        monkeypatch.setenv("http_proxy", url.replace("http://", "http://user:word@"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with AiohttpRequest() as request:
            await request.post("http://telegram.example/bot1:a/getMe")
        async with serving(accept) as direct, AiohttpRequest() as request:
            await request.post(f"{direct}/bot1:a/getMe")
    assert asked == [("http://telegram.example/bot1:a/getMe", "Basic dXNlcjp3b3Jk")]


async def test_a_proxy_that_refuses_means_that_nothing_was_sent(monkeypatch):
    async with serving(accept) as url:  # to which CONNECT is an unknown request
        monkeypatch.setenv("https_proxy", url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with speaking("https://telegram.example") as sender:
            outcome = await sender.send(CHAT, TEXT)
    assert outcome == Retry("Not sent: the proxy answered 404", unsent=True)


async def test_a_long_poll_may_wait_longer_than_other_calls():
    waited = []

    class Watched(AiohttpRequest):
        async def do_request(self, *args: object, **kwargs: object) -> tuple[int, bytes]:
            waited.append(kwargs["read_timeout"])
            return await super().do_request(*args, **kwargs)

    poll = Watched(1, read_timeout=5)
    bot = telegram.Bot(TOKEN, base_url="http://127.0.0.1:1/bot", get_updates_request=poll)
    async with poll:
        with pytest.raises(NetworkError):
            await bot.get_updates(timeout=50)
    assert waited == [55]


async def test_a_request_can_be_opened_and_closed_again():
    async with serving(accept) as url:
        request = AiohttpRequest()
        with pytest.raises(NetworkError):
            await request.post(f"{url}/bot1:a/getMe")
        for _ in range(2):
            await request.initialize()
            await request.initialize()
            assert await request.post(f"{url}/bot1:a/getMe")
            await request.shutdown()
            await request.shutdown()


def test_pictures_are_known_by_their_first_bytes():
    kinds = {
        b"\xff\xd8\xff\xe0rest": "jpg",
        PNG: "png",
        b"GIF89a...": "gif",
        b"RIFF\x10\0\0\0WEBPVP8 ": "webp",
        b"<html>": None,
        b"": None,
        b"RIFF\x10\0\0\0WAVE": None,
    }
    assert {data: picture_type(data) for data in kinds} == kinds


def test_every_outcome_is_a_value_of_the_model():
    assert Outcome.__args__ == (Sent, Retry, Moved, Gone, Refused)


async def test_a_server_older_than_tg_time_is_told_times_in_words() -> None:
    server = Telegram()
    timed = Message(
        '<b>标题</b>\n<tg-time unix="1700000000" format="Dt">11月15日 06:13（北京时间）</tg-time>'
    )
    plain = "<b>标题</b>\n11月15日 06:13（北京时间）"

    async def old(request: web.Request) -> web.StreamResponse:
        if "tg-time" in str((await request.post()).get("text")):
            words = 'Bad Request: can\'t parse entities: Unsupported start tag "tg-time" at byte offset 20'
            return await refuse(400, words)(request)
        return await accept(request)

    server.answer = old
    async with serving(server.handle) as url, speaking(url) as sender:
        assert isinstance(await sender.send(CHAT, timed), Sent)
        assert isinstance(await sender.edit(CHAT, 7, timed, photo=False), Sent)
    assert [fields["text"] for _, fields in server.calls] == [timed.html, plain, plain]


@pytest.mark.parametrize(
    ("answer", "works"),
    [
        (introduce, True),
        (refuse(429, "Too Many Requests: retry after 5", {"retry_after": 5}), True),
        (refuse(401, "Unauthorized"), True),
        (refuse(500, "Internal Server Error: restart"), False),
        (raw(502, "<html>Bad Gateway</html>"), False),
        (raw(200, "<html>Welcome to the hotel's network</html>"), False),
        (hang_up, False),
    ],
)
async def test_telegram_works_where_it_answers_for_itself_be_it_with_a_refusal(answer, works):
    fake = Telegram()
    fake.answer = answer
    async with serving(fake.handle) as url, speaking(url) as sender:
        assert await sender.answers() == works
    assert [method for method, _ in fake.calls] == ["getMe"]


async def test_a_gateways_page_leaves_no_traceback_in_the_log(caplog):
    async with serving(raw(502, "<html>Bad Gateway</html>")) as url, speaking(url) as sender:
        assert isinstance(await sender.send(CHAT, TEXT), Retry)
    assert caplog.records == []


def test_a_keyboard_without_buttons_is_none():
    assert markup(()) is None
    given = markup(
        (
            (Button("阅读原文", url="https://n.example/1"), Button("静音", data="m:1")),
            (Button("x", data="x:"),),
        )
    )
    assert given is not None
    assert [[(b.text, b.url, b.callback_data) for b in row] for row in given.inline_keyboard] == [
        [("阅读原文", "https://n.example/1", None), ("静音", None, "m:1")],
        [("x", None, "x:")],
    ]
