"""A bot that answers in a sandbox: what the tests of the conversation have in common."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from telegram import Update
from telegram.ext import Application, ApplicationBuilder
from telegram.request import RequestData

from bot.chat import Desk, handlers
from bot.locale import say
from bot.model import Article, Block, Destination, Feed, Following, Owed, Retry, Sent, Topic
from bot.sandbox import BotAccount, Person, Rates, Sandbox
from bot.sandbox.people import Press
from bot.sender import TelegramSender
from bot.store import Store, open_store
from bot.transport import AiohttpRequest
from bot.web import Web

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
ADMIN, OTHER_ADMIN, READER, STRANGER = 1, 2, 3, 4
ODD = "a <b>&\"q' 😀"
PEOPLE = (
    Person(ADMIN, "管<理>&", "boss"),
    Person(OTHER_ADMIN, "Second", "second", language_code="en"),
    Person(READER, "读者 <i>", "reader"),
    Person(STRANGER, "Somebody", language_code=""),
)
CODES = {"zh-Hans": "zh-hans", "zh-Hant": "zh-hant", "en": "en"}
TOPICS = (
    Topic("us-china", "中美关系", "拜登 OR 布林肯"),
    Topic("odd", ODD, '"<b>&" OR 😀 OR R&D', feeds=("dw",)),
    Topic("us", "US", "Biden -sports"),
)


def article(number: int, **fields: Any) -> Article:
    values: dict[str, Any] = {
        "key": f"{number:024x}",
        "feed": "dw",
        "title": f"拜登 {ODD} {number}",
        "url": f"https://news.example.org/a?x=1&y=<{number}>",
        "source": "德国 <之> & 声",
        "published": NOW - timedelta(hours=number),
        "body": (Block(f"布林肯说：{ODD}，R&D <b>&。"), Block("第二段提到拜登与芯片。")),
        "tags": ("经济 <&>",),
    }
    return Article(**(values | fields))


class Unpaced:
    """No pace: the rates are those of the sandbox, which this test does not reach."""

    async def turn(self, chat: int, *, patience: float = 0.0, is_edit: bool = False) -> float:
        return 0.0

    def answered(self, chat: int, wait: float = 0.0) -> None:
        pass


class Beside(AiohttpRequest):
    """What needs no HTTP to be answered by the sandbox goes to it directly, which saves a fifth of these tests' time.
    Pictures go over HTTP, and what is to go wrong on the way does so there."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.sandbox = sandbox

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *timeouts: Any, **more: Any
    ) -> tuple[int, bytes]:
        if self.sandbox.faults.orders or (request_data and request_data.contains_files):
            return await super().do_request(url, method, request_data, *timeouts, **more)
        fields = request_data.json_parameters if request_data else {}
        status, answer = await self.sandbox.ask(url.rpartition("/")[2], fields)
        return status, json.dumps(answer).encode()


class Room:
    """A bot that answers in a sandbox, one update after the other, when `work` is called."""

    def __init__(
        self, sandbox: Sandbox, store: Store, app: Application[Any, Any, Any, Any, Any, Any]
    ) -> None:
        self.sandbox = sandbox
        self.store = store
        self.app = app
        self.refused: list[int] = []  # statuses that a test provokes

    def updates(self) -> tuple[Update, ...]:
        """What has happened, as the bot is told it; that it asks is a matter of other tests, and takes its time."""
        pending = json.loads(json.dumps(self.sandbox.updates.pending()))
        found = Update.de_list(pending, self.app.bot)
        if found:
            self.sandbox.updates.acknowledge(found[-1].update_id + 1)
        return found

    async def work(self) -> None:
        """Answer everything that waits."""
        while found := self.updates():
            for update in found:
                await self.app.process_update(update)

    async def say(
        self, person: int, text: str, chat: int | None = None, **where: Any
    ) -> list[dict[str, Any]]:
        """Write something. Returns the bot's new messages, there."""
        place = person if chat is None else chat
        known = self.count(place)
        self.sandbox.say(person, text, chat=chat, **where)
        await self.work()
        return self.answers(place)[known:]

    async def press(self, person: int, message: dict[str, Any], button: str) -> dict[str, Any]:
        """Press a button. Returns the call that answered the press."""
        self.sandbox.press(person, message["message_id"], button, chat=message["chat"]["id"])
        return await self._answer()

    async def forge(self, person: int, message: dict[str, Any], data: str) -> dict[str, Any]:
        """Press a button that the message does not have, as a hostile client may."""
        chat = self.sandbox.chat(message["chat"]["id"])
        id = str(secrets.randbits(62))
        self.sandbox.callbacks[id] = Press(chat, self.sandbox.world.clock() + 15)
        user = self.sandbox.world.user(person)
        query = {"id": id, "from": user, "message": message, "chat_instance": "1", "data": data}
        self.sandbox.updates.put("callback_query", query)
        return await self._answer()

    async def press_old(self, person: int, message: dict[str, Any], data: str) -> dict[str, Any]:
        """Press a button that the message has from an earlier version of ours, or from before what it meant changed."""
        markup = message.get("reply_markup", {})
        rows = [*markup.get("inline_keyboard", ()), [{"text": "old", "callback_data": data}]]
        return await self.forge(person, message | {"reply_markup": {"inline_keyboard": rows}}, data)

    async def _answer(self) -> dict[str, Any]:
        known = len(self.sandbox.asked("answerCallbackQuery"))
        await self.work()
        answers = self.sandbox.asked("answerCallbackQuery")[known:]
        assert len(answers) == 1, "a pressed button is answered, once"
        return answers[0].params

    def answers(self, chat: int) -> list[dict[str, Any]]:
        """The bot's own messages, as they are now."""
        bot = self.sandbox.world.bot.id
        if chat not in self.sandbox.world.chats:
            return []
        messages = self.sandbox.sent(chat)
        if self.sandbox.chat(chat).type == "channel":  # what its admins post cannot be told apart
            asked = {call.answer["result"]["message_id"] for call in self.sandbox.asked("sendMessage")}
            return [m for m in messages if m["message_id"] in asked]
        return [m for m in messages if m["from"]["id"] == bot]

    def count(self, chat: int) -> int:
        return len(self.answers(chat))

    def refuse_what_is_not_modified(self) -> None:
        """Buttons of old messages may ask for what is there already."""
        told = [call for call in self.sandbox.calls if "message is not modified" in str(call.answer)]
        self.refused = [call.status for call in told]

    def now(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message as it is now."""
        return self.sandbox.chat(message["chat"]["id"]).messages[message["message_id"]]

    async def topic(self, id: str) -> Topic:
        return next(topic for topic in await self.store.registry.topics() if topic.id == id)

    async def follows(self, destination: Destination) -> list[str]:
        subscriber = await self.store.registry.subscriber(destination)
        return [f.topic for f in subscriber.following] if subscriber else []


def keys(message: dict[str, Any]) -> list[dict[str, str]]:
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", ()) for button in row]


def label(key: str, **values: object) -> str:
    return say("zh-Hans", key, **values)


@asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[Room]:
    account = BotAccount(can_read_all_group_messages=True)
    people = options.pop("people", PEOPLE)
    async with (
        Sandbox(people=people, bot=account, rates=options.pop("rates", Rates.unlimited()), **options) as s,
        open_store(":memory:") as store,
        Web(allow_hosts=("127.0.0.1",)) as web,
    ):
        builder = ApplicationBuilder().token(s.token).base_url(f"{s.url}/bot").job_queue(None).updater(None)
        app = builder.request(Beside(s)).get_updates_request(AiohttpRequest(1)).build()
        admins = frozenset((ADMIN, OTHER_ADMIN))
        sender = TelegramSender(app.bot)
        desk = Desk(*store, web, sender, lambda: NOW, ZoneInfo("Asia/Shanghai"), Unpaced(), admins=admins)
        app.add_handlers(handlers(desk))
        async with app:
            yield Room(s, store, app)


async def furnished(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Room]:
    """A room with topics, a feed and articles, in which nothing may be refused but what a test provokes: to be made a
    fixture, `room = pytest.fixture(furnished)`."""
    async with opened() as room:
        await room.store.registry.add_feed(
            Feed("dw", "https://u:secret@news.example.org/feed?<&>", "德国<&>之声")
        )
        for topic in TOPICS:
            await room.store.registry.add_topic(topic)
        await room.store.ledger.record(None, [article(n) for n in range(12)], (), NOW)
        yield room
        refused = [call for call in room.sandbox.calls if call.status != 200]
        assert [call.status for call in refused] == room.refused, [
            (c.method, c.params, c.answer) for c in refused
        ]
        assert not [record for record in caplog.records if record.levelname == "ERROR" and not room.refused]
        await room.work()


async def deliver(
    room: Room, chat: int, what: Article, *topics: str, more: bool = False, unanswered: bool = False
) -> dict[str, Any]:
    """An article's message as deliveries send it, with its debt settled; `unanswered`: without Telegram's answer."""
    room.sandbox.say(chat if chat > 0 else ADMIN, "/start", chat=chat)
    await room.work()
    following = tuple(Following(topic, NOW) for topic in topics)
    await room.store.registry.change_subscriber(Destination(chat), lambda s: replace(s, following=following))
    owed = Owed(Destination(chat), what.key, topics)
    await room.store.ledger.record(None, [replace(what, found=NOW)], [owed], NOW)
    (claimed,) = await room.store.ledger.claim(NOW, 1)
    mute = {"text": label("button.mute"), "callback_data": f"m:{claimed.id}"}
    row = [{"text": "阅读原文", "url": "https://e.org/a"}, mute]
    if more:
        row += [{"text": "更多", "callback_data": "x:1"}, {"text": "收起", "callback_data": "xl:1"}]
    sent = await room.app.bot.send_message(chat, what.title, reply_markup={"inline_keyboard": [row]})
    outcome = Retry("no answer", ambiguous=True) if unanswered else Sent(sent.message_id)
    await room.store.ledger.settle(claimed, outcome, NOW)
    return room.sandbox.history(chat)[-1]


async def decided(room: Room) -> tuple[object, ...]:
    """Everything that people decide."""
    registry = room.store.registry
    return await registry.topics(), await registry.feeds(), await registry.subscribers()


def part(text: str, entity: dict[str, Any]) -> str:
    encoded = text.encode("utf-16-le")
    return encoded[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")
