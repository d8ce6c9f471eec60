"""Whatever people write and press is answered: in their language, where they asked, and within Telegram's rules.

The sandbox refuses what Telegram would refuse, so that a mistake in escaping, lengths or keyboards shows as a call
that was not accepted. Updates are worked on when a test says so, and none waits for a clock.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from telegram.ext import Application, ApplicationBuilder

from bot.chat import Desk, announce, handlers
from bot.chat.desk import fitted
from bot.chat.register import ADMIN_BUTTONS, ADMIN_COMMANDS, BUTTONS, COMMANDS
from bot.locale import LANGUAGES, say
from bot.message import visible_units
from bot.model import Article, Block, Destination, Feed, Following, Owed, Sent, Subscriber, Topic
from bot.sandbox import BotAccount, Person, Rates, Sandbox
from bot.sandbox.people import Press
from bot.store import Store, open_store
from bot.text import units
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

    async def turn(self, chat: int) -> None:
        pass

    def answered(self, chat: int, wait: float = 0.0) -> None:
        pass


class Room:
    """A bot that answers in a sandbox, one update after the other, when `work` is called."""

    def __init__(
        self, sandbox: Sandbox, store: Store, app: Application[Any, Any, Any, Any, Any, Any]
    ) -> None:
        self.sandbox = sandbox
        self.store = store
        self.app = app
        self.refused: list[int] = []  # statuses that a test provokes
        self._offset = 0

    async def updates(self) -> list[Any]:
        found = await self.app.bot.get_updates(self._offset, timeout=0)
        self._offset = found[-1].update_id + 1 if found else self._offset
        return list(found)

    async def work(self) -> None:
        """Answer everything that waits."""
        while found := await self.updates():
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
    request, poll = AiohttpRequest(), AiohttpRequest(1)
    async with (
        Sandbox(people=people, bot=account, rates=options.pop("rates", Rates.unlimited()), **options) as s,
        open_store(":memory:") as store,
        Web(allow_hosts=("127.0.0.1",)) as web,
    ):
        builder = ApplicationBuilder().token(s.token).base_url(f"{s.url}/bot").job_queue(None).updater(None)
        app = builder.request(request).get_updates_request(poll).build()
        admins = frozenset((ADMIN, OTHER_ADMIN))
        desk = Desk(*store, web, lambda: NOW, ZoneInfo("Asia/Shanghai"), Unpaced(), admins=admins)
        app.add_handlers(handlers(desk))
        async with app:
            yield Room(s, store, app)


@pytest.fixture
async def room(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Room]:
    """A room with topics, a feed and articles, in which nothing may be refused but what a test provokes."""
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


# Every command, everywhere, in every language

ASKED = (
    "/start",
    "/start us-china",
    f"/start {ODD}",
    "/help",
    "/topics",
    "/topics us-china",
    "/topics us-china + 芯片",
    f"/topics odd = {ODD[:-2].strip()}",
    "/topics nothing - x",
    "/subscribe",
    "/subscribe US",
    '/subscribe "<b>&" 😀 -体育',
    "/subscribe (拜登",
    "/search",
    '/search 拜登 "<b>&"',
    '/search <i>nothing & "so" 😀</i>',
    "/search 拜登 OR",
    "/latest",
    "/why",
    "/why https://news.example.org/a?x=1&y=<3>",
    "/why https://elsewhere.example.org/<&>",
    "/settings",
    "/unsubscribe",
    f"/unsubscribe {ODD}",
    "/unsubscribe all",
    "/feeds",
    "/feeds add nothing",
    "/stats",
)
PLACES = ("private", "group", "group admin", "forum topic", "channel")


def test_every_command_is_among_those_that_are_tried() -> None:
    assert {text.split()[0].removeprefix("/") for text in ASKED} == {*COMMANDS, *ADMIN_COMMANDS}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_command_is_answered_where_it_was_asked(room: Room, language: str, place: str) -> None:
    person = ADMIN if place in ("group admin", "forum topic", "channel") else READER
    people = room.sandbox.world.people
    people[person] = replace(people[person], language_code=CODES[language])
    chat, where = person, {}
    if place.startswith("group"):
        chat = room.sandbox.create_group("群 <&>", [READER], admins=[ADMIN])
    elif place == "forum topic":
        chat = room.sandbox.create_group("Forum <&>", [READER], admins=[ADMIN], forum=True)
        where = {"thread": room.sandbox.create_topic(chat, "Thread <&>")}
    elif place == "channel":
        chat = room.sandbox.create_channel("频道 <&>", [READER], [ADMIN], bot="administrator")
    destination = Destination(chat, where.get("thread"))
    if place != "private":
        await room.store.registry.change_subscriber(destination, lambda s: replace(s, language=language))
    for text in ASKED:
        answers = await room.say(person, text, chat, **where)
        assert len(answers) == 1, text
        assert answers[0].get("message_thread_id") == where.get("thread")
        assert answers[0]["text"] != say(language, "error.internal")
    (answer,) = await room.say(person, "/help", chat, **where)
    assert say(language, "help.text").split("<")[0].strip() in answer["text"]


async def test_an_unknown_command_is_answered_in_private_and_left_alone_in_a_group(room: Room) -> None:
    group = room.sandbox.create_group("G", [READER], admins=[ADMIN])
    (answer,) = await room.say(READER, "/nothing <&>")
    assert answer["text"] == label("command.unknown")
    assert await room.say(READER, "/nothing", group) == []


async def test_in_a_group_commands_by_the_bots_name_are_its_own_and_others_are_not(room: Room) -> None:
    group = room.sandbox.create_group("G", [READER], admins=[ADMIN])
    assert len(await room.say(ADMIN, "/start@kuaixun_bot us-china", group)) == 1
    assert await room.follows(Destination(group)) == ["us-china"]
    assert len(await room.say(ADMIN, "/Latest@KUAIXUN_BOT", group)) == 1
    assert await room.say(ADMIN, "/latest@another_bot", group) == []
    assert await room.say(ADMIN, "just talking", group) == []


async def test_an_edited_message_is_no_new_order(room: Room) -> None:
    message = room.sandbox.say(READER, "/subscribe US")
    await room.work()
    room.sandbox.updates.put("edited_message", message | {"text": "/subscribe us-china", "edit_date": 1})
    await room.work()
    assert await room.follows(Destination(READER)) == ["us"]
    assert room.count(READER) == 1


async def test_a_channels_post_is_not_answered_a_second_time_in_the_linked_group(room: Room) -> None:
    group = room.sandbox.create_group("Discussion", [READER], admins=[ADMIN], supergroup=True)
    message = room.sandbox.say(ADMIN, "hello", group)
    command = {"offset": 0, "length": 7, "type": "bot_command"}
    echo = message | {"text": "/latest", "entities": [command], "is_automatic_forward": True}
    room.sandbox.updates.put("message", echo)
    await room.work()
    assert room.count(group) == 0


async def test_an_admin_who_writes_as_the_group_itself_may_decide_for_it(room: Room) -> None:
    group = room.sandbox.create_group("G", [READER], admins=[ADMIN], supergroup=True)
    message = room.sandbox.say(READER, "hello", group)
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    command = {"offset": 0, "length": 10, "type": "bot_command"}
    as_group = {"from": anonymous, "sender_chat": message["chat"]}
    text = {"text": "/subscribe US", "entities": [command]}
    room.sandbox.updates.put("message", message | as_group | text)
    await room.work()
    assert await room.follows(Destination(group)) == ["us"]


async def test_the_menu_is_set_for_everybody_and_the_admins_own_for_admins(room: Room) -> None:
    await announce(room.app.bot, "zh-Hans")
    await room.say(ADMIN, "/start")
    await room.say(READER, "/start")
    scopes = [call.params["scope"] for call in room.sandbox.asked("setMyCommands")]
    assert {"type": "default"} in scopes
    assert {scope.get("chat_id") for scope in scopes} == {None, ADMIN}
    for call in room.sandbox.asked("setMyCommands"):
        names = {command["command"] for command in call.params["commands"]}
        assert names <= {*COMMANDS, *ADMIN_COMMANDS}
        assert ("feeds" in names) == (call.params["scope"]["type"] == "chat")


# Buttons


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_button_that_is_ever_shown_is_answered(room: Room, language: str) -> None:
    people = room.sandbox.world.people
    people[ADMIN] = replace(people[ADMIN], language_code=CODES[language])
    await deliver(room, ADMIN, article(99), "us-china", "odd")
    for text in ("/settings", "/start", "/search 拜登", "/topics", "/unsubscribe", "/feeds"):
        await room.say(ADMIN, text)
    shown: dict[str, dict[str, Any]] = {}
    pressed: list[str] = []
    while True:
        for message in room.answers(ADMIN):
            shown.update({b["callback_data"]: message for b in keys(message) if "callback_data" in b})
        left = sorted(shown.keys() - pressed, key=_takes_away)
        if not left:
            break
        pressed.append(left[0])
        # Pressed on the message as it was, as people do whose client is slow.
        await room.forge(ADMIN, shown[left[0]], left[0])
    assert {data.partition(":")[0] for data in pressed} == {*BUTTONS, *ADMIN_BUTTONS} - {"tp"}
    assert not await room.store.registry.feeds()
    assert all(topic.owner is not None for topic in await room.store.registry.topics())
    room.refuse_what_is_not_modified()


def _takes_away(data: str) -> tuple[bool, str]:
    return data.startswith(("ey:", "fy:", "sl:")), data


async def deliver(room: Room, chat: int, what: Article, *topics: str) -> dict[str, Any]:
    """An article's message as deliveries send it, with its debt settled."""
    room.sandbox.say(chat, "/start")
    await room.work()
    following = tuple(Following(topic, NOW) for topic in topics)
    await room.store.registry.change_subscriber(Destination(chat), lambda s: replace(s, following=following))
    owed = Owed(Destination(chat), what.key, topics)
    await room.store.ledger.record(None, [replace(what, found=NOW)], [owed], NOW)
    (claimed,) = await room.store.ledger.claim(NOW, 1)
    keyboard = [[{"text": "阅读原文", "url": "https://e.org/a"}, {"text": "🔕", "callback_data": "m:"}]]
    sent = await room.app.bot.send_message(chat, what.title, reply_markup={"inline_keyboard": keyboard})
    await room.store.ledger.settle(claimed, Sent(sent.message_id), NOW)
    return room.sandbox.history(chat)[-1]


async def test_a_press_on_a_topic_follows_it_and_another_leaves_it(room: Room) -> None:
    (greeting,) = await room.say(READER, "/start")
    assert await room.press(READER, greeting, "➕ 中美关系") | {"callback_query_id": ""} == {
        "callback_query_id": "",
        "text": label("follow.done", title="中美关系"),
        "show_alert": False,
    }
    assert await room.follows(Destination(READER)) == ["us-china"]
    assert [b["text"] for b in keys(room.now(greeting))][:2] == ["✅ 中美关系", f"➕ {ODD}"]
    await room.press(READER, greeting, "✅ 中美关系")
    assert await room.follows(Destination(READER)) == []


async def test_a_muted_topic_is_taken_up_again_in_the_list(room: Room) -> None:
    message = await deliver(room, READER, article(50), "us-china")
    await room.press(READER, message, "m:")
    assert [b["text"] for b in keys(room.now(message))][1:] == [
        label("mute.topic", title="中美关系"),
        label("mute.back"),
    ]
    await room.press(READER, room.now(message), "mt:us-china")
    known = await room.store.registry.subscriber(Destination(READER))
    assert known is not None
    assert known.following[0].paused
    assert [b["text"] for b in keys(room.now(message))] == ["阅读原文", label("button.mute")]
    (listed,) = await room.say(READER, "/topics")
    await room.press(READER, listed, "🔕 中美关系")
    known = await room.store.registry.subscriber(Destination(READER))
    assert known is not None
    assert not known.following[0].paused


async def test_every_setting_is_kept_and_shown_as_chosen(room: Room) -> None:
    (shown,) = await room.say(READER, "/settings")
    for data, chosen in (
        ("si:preview", "预览"),
        ("sp:1", "恢复"),
        ("sl:en", "English"),
        ("si:none", "No picture"),
    ):
        await room.press(READER, room.now(shown), data)
        assert any(chosen in button["text"] for button in keys(room.now(shown)))
    known = await room.store.registry.subscriber(Destination(READER))
    assert known is not None
    assert (known.language, known.picture, known.paused) == ("en", "none", True)
    (answer,) = await room.say(READER, "/why")
    assert answer["text"] == re.sub("<.*?>", "", say("en", "why.how"))


async def test_more_topics_than_a_keyboard_holds_come_in_pages(room: Room) -> None:
    for number in range(60):
        await room.store.registry.add_topic(Topic(f"t{number}", f"{number} {ODD}" * 3, f"词{number}"))
    (listed,) = await room.say(ADMIN, "/topics")
    seen: set[str] = set()
    for page in itertools.count():
        buttons = keys(room.now(listed))
        assert len(buttons) <= 100
        seen.update(b["callback_data"] for b in buttons if b["callback_data"].startswith("t:"))
        if f"tp:{page + 1}" not in [b["callback_data"] for b in buttons]:
            break
        await room.press(ADMIN, room.now(listed), f"tp:{page + 1}")
    assert len(seen) == 63
    last = next(b["callback_data"] for b in keys(room.now(listed)) if b["callback_data"].startswith("t:"))
    await room.press(ADMIN, room.now(listed), last)
    assert next(b["text"] for b in keys(room.now(listed)) if b["callback_data"] == last).startswith("✅")
    (greeting,) = await room.say(READER, "/start")
    await room.press(READER, greeting, "tp:1")


async def test_more_feeds_than_fit_on_a_page_come_in_pages(room: Room) -> None:
    for number in range(40):
        await room.store.registry.add_feed(Feed(f"f{number}", f"https://e.org/{'x' * 300}", ODD * 30))
    (listed,) = await room.say(ADMIN, "/feeds")
    await room.press(ADMIN, listed, "fl:1")
    await room.press(ADMIN, room.now(listed), "fp:f12")
    assert "▶️ f12" in [b["text"] for b in keys(room.now(listed))], "the page stays where it was"
    assert "secret" not in str(room.sandbox.history(ADMIN))


# What hostile and hasty people press


def _hostile() -> list[str]:
    dice = random.Random(1)  # noqa: S311 - the same noise each time
    noise = ["".join(chr(dice.randrange(32, 0x2FF)) for _ in range(32)) for _ in range(4)]
    verbs = [*BUTTONS, *ADMIN_BUTTONS]
    return [
        *noise,
        "",
        ":",
        "nothing",
        "xx:1",
        "\x00" * 64,
        *(f"{verb}:" for verb in verbs if verb not in ("en", "el", "fl", "m", "mb")),
        *(f"{verb}:{'x' * 60}" for verb in verbs if verb not in ("en", "el", "fl", "m", "mb")),
        *(f"{verb}:{value}" for verb in ("s", "tp", "fl") for value in ("-1", "９", "9" * 60, "1e3")),
        "ek:us-china:", "ek::us-china", "ea:us-china:delete", "sl:xx", "si:xx", "e:%s",
    ]  # fmt: skip


async def _decided(room: Room) -> tuple[object, ...]:
    registry = room.store.registry
    return await registry.topics(), await registry.feeds(), await registry.subscribers()


@pytest.mark.parametrize("person", [READER, ADMIN])
async def test_hostile_callback_data_changes_nothing_and_is_answered(room: Room, person: int) -> None:
    await room.say(STRANGER, "/subscribe 秘密词")
    (listed,) = await room.say(person, "/topics")
    (theirs,) = [t for t in await room.store.registry.topics() if t.owner == Destination(STRANGER)]
    before = await _decided(room)
    others = [f"{verb}:{theirs.id}" for verb in ("t", "u", "mt", "e", "ed", "ey", "ea")]
    for data in (*_hostile(), *others, f"ek:{theirs.id}:abc", f"ea:{theirs.id}:="):
        if data != "sp:":  # means: do not pause, and says so of somebody who is not known yet
            await room.forge(person, room.now(listed), data)
    topics, feeds, _ = await _decided(room)
    assert (topics, feeds) == before[:2]
    assert not await room.follows(Destination(person))
    assert await room.follows(Destination(STRANGER)) == [theirs.id]
    assert "秘密词" not in str(room.sandbox.history(person))
    room.refuse_what_is_not_modified()


async def test_an_admins_button_is_refused_to_everybody_else(room: Room) -> None:
    group = room.sandbox.create_group("G", [READER], admins=[ADMIN])
    (listed,) = await room.say(ADMIN, "/topics", group)
    before = await _decided(room)
    for verb, argument in itertools.product(ADMIN_BUTTONS, ("us-china", "us-china:+", "dw", "")):
        answer = await room.forge(READER, listed, f"{verb}:{argument}")
        assert answer["text"] == label("admin.only")
        assert answer["show_alert"] is True
    assert await _decided(room) == before
    assert room.count(group) == 1


@pytest.mark.parametrize("kind", ["group", "channel"])
async def test_members_cannot_decide_for_a_group_or_a_channel(room: Room, kind: str) -> None:
    if kind == "group":
        chat = room.sandbox.create_group("G", [READER], admins=[OTHER_ADMIN])
    else:
        chat = room.sandbox.create_channel("C", [READER], [OTHER_ADMIN], bot="administrator")
    (listed,) = await room.say(OTHER_ADMIN, "/topics", chat)
    await room.press(OTHER_ADMIN, listed, "t:us-china")
    assert await room.follows(Destination(chat)) == ["us-china"]
    before = await _decided(room)
    for data in ("t:us", "u:us-china", "m:", "mt:us-china", "sl:en", "si:none", "sp:1", "f:"):
        answer = await room.forge(READER, room.now(listed), data)
        assert answer["text"] == label("group.only_admins"), data
    if kind == "group":
        for text in ("/start", "/subscribe US", "/subscribe 词", "/unsubscribe all"):
            (answer,) = await room.say(READER, text, chat)
            assert answer["text"] == label("group.only_admins")
    assert await _decided(room) == before


async def test_a_button_of_a_message_that_is_gone_says_so(room: Room) -> None:
    await room.say(READER, "/topics")
    gone = {"chat": room.sandbox.chat(READER).json(), "message_id": 1, "date": 0}
    for data in ("t:us-china", "s:1", "sl:en"):
        assert (await room.forge(READER, gone, data))["text"] == label("button.forgotten")
    assert await room.follows(Destination(READER)) == []


async def test_a_message_that_cannot_be_changed_any_more_is_answered_with_a_new_one(room: Room) -> None:
    (found,) = await room.say(READER, "/search 拜登")
    room.sandbox.press(READER, found["message_id"], "s:1")
    del room.sandbox.chat(READER).messages[found["message_id"]]
    await room.work()
    assert "2 / 3" in [b["text"] for b in keys(room.answers(READER)[-1])]
    room.refused = [400]


async def test_a_press_that_was_left_waiting_too_long_still_counts() -> None:
    clock = 1_700_000_000.0
    async with opened(clock=lambda: clock) as room:
        await room.store.registry.add_topic(TOPICS[0])
        (listed,) = await room.say(READER, "/topics")
        room.sandbox.press(READER, listed["message_id"], "t:us-china")
        clock += 60
        await room.work()
        assert [call.status for call in room.sandbox.asked("answerCallbackQuery")] == [400]
        assert await room.follows(Destination(READER)) == ["us-china"]
        assert keys(room.now(listed))[0]["text"] == "✅ 中美关系"


async def test_a_button_that_is_pressed_twice_at_once_is_pressed_once(room: Room) -> None:
    (found,) = await room.say(READER, "/search 拜登 芯片")
    for _ in range(2):
        room.sandbox.press(READER, found["message_id"], "f:")
    await asyncio.gather(*(room.app.process_update(update) for update in await room.updates()))
    assert len([t for t in await room.store.registry.topics() if t.owner]) == 1
    assert len(await room.follows(Destination(READER))) == 1


# Reading


async def test_a_search_is_paged_through_and_followed(room: Room) -> None:
    (found,) = await room.say(READER, "拜登")
    assert found["text"].startswith("🔎 拜登 · 12 篇")
    await room.press(READER, found, "›")
    await room.press(READER, room.now(found), "›")
    assert room.now(found)["text"].count("🗞") == 0
    assert [b["text"] for b in keys(room.now(found))] == ["‹", "3 / 3", label("search.follow")]
    await room.press(READER, room.now(found), label("search.follow"))
    (mine,) = [t for t in await room.store.registry.topics() if t.owner]
    assert (mine.query, mine.owner) == ("拜登", Destination(READER))
    assert await room.follows(Destination(READER)) == [mine.id]


async def test_what_a_search_found_is_marked_in_the_title_and_in_the_text(room: Room) -> None:
    (found,) = await room.say(READER, '/search 拜登 "<b>&"')
    bold = {_part(found["text"], e) for e in found["entities"] if e["type"] == "bold"}
    assert bold == {"拜登", "<b>&"}
    links = [e["url"] for e in found["entities"] if e["type"] == "text_link"]
    assert len(links) == 5
    assert links[0].startswith("https://news.example.org/a?x=1&y=")


def _part(text: str, entity: dict[str, Any]) -> str:
    encoded = text.encode("utf-16-le")
    return encoded[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")


BAD = (
    ("(拜登 <b>", "(", "query.unclosed"),
    ('拜登 "<b>&', '"', "query.open_quote"),
    ("<b> OR", "OR", "query.lone_or"),
    ("拜登 -", "-", "query.lone_minus"),
    ("after:tomorrow 拜登", "after:tomorrow", "query.bad_date"),
    ("-体育", "-体育", "query.matches_everything"),
    ("/<b>.*/", "/<b>.*/", "query.regex_not_allowed"),
    ("词" * 1500, "词" * 40, "query.too_long"),
    ("字" * 3000, "字" * 40, "query.too_long"),
)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_bad_query_is_answered_with_its_place(room: Room, language: str) -> None:
    people = room.sandbox.world.people
    people[READER] = replace(people[READER], language_code=CODES[language])
    for query, place, key in BAD:
        (answer,) = await room.say(READER, f"/search {query}")
        values = {"limit": "1000" if len(query) == 1500 else "2000", "value": "tomorrow"}
        assert say(language, key, **values) in answer["text"]
        (marked,) = [_part(answer["text"], e) for e in answer["entities"] if e["type"] == "underline"]
        assert marked == place


async def test_a_search_that_finds_too_much_to_show_shows_what_fits(room: Room) -> None:
    long = [
        article(100 + n, title=f"{n}{ODD}拜登" * 500, source=ODD * 500, url=f"https://e.org/{n}/{'é' * 6000}")
        for n in range(5)
    ]
    await room.store.ledger.record(None, [replace(a, published=NOW) for a in long], (), NOW)
    (found,) = await room.say(READER, "/search 拜登")
    assert found["text"].count("拜登") > 5
    (latest,) = await room.say(READER, "/latest")
    assert units(latest["text"]) <= 4096
    words = " OR ".join(f'"{ODD} {n}"' for n in range(50))
    (found,) = await room.say(READER, f"/search 拜登 OR {words}")
    assert len(await room.say(READER, f"/subscribe {words}")) == 1


async def test_why_names_every_topic_and_passage_as_far_as_they_fit(room: Room) -> None:
    topics = [
        Topic(f"many{n}", f"{n} {ODD}" * 2, f"拜登 OR {ODD[-1]} OR 经济{n}{'词' * 500}") for n in range(30)
    ]
    for topic in topics:
        await room.store.registry.add_topic(topic)
    message = await deliver(room, READER, article(60, title="拜登" * 2000), *(t.id for t in topics))
    (answer,) = await room.say(READER, "/why", reply_to=message["message_id"])
    assert answer["text"].count("第 1 段") > 3
    assert answer["text"].endswith("…")


async def test_why_tells_of_each_reason_for_which_nothing_came(room: Room) -> None:
    registry, ledger = room.store
    await room.say(READER, "/start")
    what = replace(article(70), found=NOW)
    await ledger.record(None, [what], (), NOW)

    async def why(**changes: Any) -> str:
        await registry.change_subscriber(
            Destination(READER), lambda s: replace(Subscriber(s.destination), **changes)
        )
        (answer,) = await room.say(READER, f"/why {what.url}")
        return str(answer["text"]).splitlines()[-1]

    past, later = Following("us-china", NOW - timedelta(1)), Following("us-china", NOW + timedelta(1))
    title = {"topic": "中美关系"}
    assert await why() == label("why.no_topic")
    assert await why(following=(past,), paused=True) == label("why.paused")
    assert await why(following=(replace(past, paused=True),)) == label("why.topic_paused", **title)
    assert await why(following=(replace(past, muted=("芯片",)),)) == label("why.muted", **title, word="芯片")
    assert await why(following=(later,)) == label("why.before", **title)
    assert await why(following=(past,)) == label("why.baseline", **title)
    await ledger.record(None, (), [Owed(Destination(READER), what.key, ("us-china",))], NOW)
    assert await why(following=(past,)) == label("why.waiting", title="").splitlines()[-1]


async def test_a_link_alone_asks_about_its_article_as_does_a_reply_to_a_message_with_one(room: Room) -> None:
    (answer,) = await room.say(READER, "https://news.example.org/a?x=1&y=<3>")
    assert answer["text"].startswith(article(3).title)
    (found,) = await room.say(READER, "/search 拜登")
    (answer,) = await room.say(READER, "/why", reply_to=found["message_id"])
    assert answer["text"].startswith(article(0).title)


# Editing


async def test_the_shapes_of_the_editing_command(room: Room) -> None:
    async def edited(text: str, id: str = "us-china") -> Topic:
        (answer,) = await room.say(ADMIN, text)
        assert answer["text"].startswith("✅"), answer["text"]
        return await room.topic(id)

    assert (await edited("/topics us-china + 芯片")).query == "拜登 OR 布林肯 OR 芯片"
    assert (await edited("/topics US-China＋“AI 芯片”")).query.endswith('OR "AI 芯片"')
    assert (await edited("/topics 中美關係 - 布林肯")).query == '拜登 OR 芯片 OR "AI 芯片"'
    assert (await edited("/topics us-china = 拜登 | R&D")).query == "拜登 | R&D"
    assert (await edited("/topics us-china title 新\n标题 <&>")).title == "新 标题 <&>"
    assert (await edited("/topics us-china feeds dw")).feeds == ("dw",)
    assert (await edited("/topics us-china 源 全部")).feeds == ()
    assert (await edited("/topics us + Harris", "us")).query == "(Biden OR Harris) -sports"
    await room.say(ADMIN, "/topics new New: title:AI OR 芯片")
    assert (await room.topic("new-2")).query == "title:AI OR 芯片"
    (answer,) = await room.say(ADMIN, "/topics us-china delete")
    await room.press(ADMIN, answer, "ey:us-china")
    assert "us-china" not in [topic.id for topic in await room.store.registry.topics()]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("/topics us-chin + x", "topic.unknown"),
        ("/topics us-china whatever", "topics.how"),
        ("/topics us-china +", "topics.how"),
        ("/topics us-china feeds nowhere", "feeds.unknown"),
        ("/topics us-china + (x", "query.unclosed"),
        ("/topics us-china = last:7d", "query.date_not_allowed"),
        ("/topics us-china = " + "|".join(map(str, range(301))), "query.too_many"),
        ("/topics titled x", "topic.unknown"),
    ],
)
async def test_an_edit_that_cannot_be_done_says_why_and_changes_nothing(
    room: Room, text: str, key: str
) -> None:
    before = await _decided(room)
    (answer,) = await room.say(ADMIN, text)
    values = {"id": "nowhere" if "nowhere" in text else text.split()[1], "limit": "300"}
    assert re.sub("<.*?>", "", label(key, **values)) in answer["text"]
    assert (await _decided(room))[:2] == before[:2]


async def test_a_topics_name_is_not_taken_for_the_beginning_of_a_longer_one(room: Room) -> None:
    (card,) = await room.say(ADMIN, "/topics us-china")
    assert card["text"].startswith("中美关系")
    (card,) = await room.say(ADMIN, "/topics US")
    assert card["text"].startswith("US")


async def test_a_question_is_answered_by_a_reply_to_it_and_by_nothing_else(room: Room) -> None:
    (card,) = await room.say(ADMIN, "/topics us-china")
    for verb, text, query in (
        ("+", "芯片 <b>", "拜登 OR 布林肯 OR 芯片 <b>"),
        ("!", "体育", "(拜登 OR 布林肯) -体育"),
        ("=", "奥巴马", "奥巴马"),
    ):
        await room.store.registry.change_topic("us-china", lambda t: replace(t, query=TOPICS[0].query))
        await room.press(ADMIN, room.now(card), f"ea:us-china:{verb}")
        question = room.answers(ADMIN)[-1]
        asked = room.sandbox.asked("sendMessage")[-1].params["reply_markup"]
        assert asked["force_reply"] is True
        await room.say(ADMIN, text, reply_to=question["message_id"])
        assert (await room.topic("us-china")).query == query
    (listed,) = await room.say(ADMIN, "/topics")
    await room.press(ADMIN, listed, "en:")
    await room.say(ADMIN, "标题 <b>：AI | 芯片", reply_to=room.answers(ADMIN)[-1]["message_id"])
    assert (await room.store.registry.topics())[-1].title == "标题 <b>"
    before = await _decided(room)
    for query in ("new", "us-china +", '"/topics us-china +"'):
        (found,) = await room.say(ADMIN, f"/search {query}")
        await room.say(ADMIN, "词: 词", reply_to=found["message_id"])
    assert await _decided(room) == before


async def test_in_a_group_the_question_calls_the_admin_who_asked(room: Room) -> None:
    group = room.sandbox.create_group("G", [READER], admins=[ADMIN])
    (card,) = await room.say(ADMIN, "/topics us-china", group)
    await room.press(ADMIN, card, "ea:us-china:+")
    question = room.answers(group)[-1]
    assert [e["user"]["id"] for e in question["entities"] if e["type"] == "text_mention"] == [ADMIN]
    before = await room.topic("us-china")
    await room.say(READER, "坏词", group, reply_to=question["message_id"])
    assert await room.topic("us-china") == before
    await room.say(ADMIN, "好词", group, reply_to=question["message_id"])
    assert (await room.topic("us-china")).query.endswith("好词")


async def test_overlapping_edits_of_two_admins_add_up(room: Room) -> None:
    await room.say(ADMIN, "/start")
    await room.say(OTHER_ADMIN, "/start")
    for person, word in ((ADMIN, "甲"), (OTHER_ADMIN, "乙"), (ADMIN, "丙"), (OTHER_ADMIN, "丁")):
        room.sandbox.say(person, f"/topics us-china + {word}")
    await asyncio.gather(*(room.app.process_update(update) for update in await room.updates()))
    assert set((await room.topic("us-china")).query.split(" OR ")) == {"拜登", "布林肯", *"甲乙丙丁"}


async def test_an_old_cards_buttons_mean_what_they_say_whatever_changed_meanwhile(room: Room) -> None:
    (mine,) = await room.say(ADMIN, "/topics us-china")
    (theirs,) = await room.say(OTHER_ADMIN, "/topics us-china")
    button = "✕ 布林肯"
    await room.press(OTHER_ADMIN, theirs, button)
    await room.press(ADMIN, mine, button)
    assert (await room.topic("us-china")).query == "拜登"
    await room.store.registry.remove_topic("us-china")
    answer = await room.forge(ADMIN, mine, "ea:us-china:+")
    assert label("topic.unknown", id="us-china") in answer["text"]


async def test_a_query_that_a_hand_broke_can_be_mended_on_its_card(room: Room) -> None:
    await room.store.registry.add_topic(Topic("broken", "坏了", "(拜登"))
    (card,) = await room.say(ADMIN, "/topics broken")
    assert "(拜登" in card["text"]
    await room.say(ADMIN, "/topics broken = 拜登")
    assert (await room.topic("broken")).query == "拜登"


async def test_a_query_cannot_grow_beyond_what_can_be_read_again(room: Room) -> None:
    long = " OR ".join(f"{n}{'词' * 190}" for n in range(10))
    await room.store.registry.change_topic("us", lambda t: replace(t, query=long))
    (answer,) = await room.say(ADMIN, f"/topics us + {'词' * 200}")
    assert label("query.too_long", limit="2000") in answer["text"]
    assert (await room.topic("us")).query == long
    assert len(await room.say(ADMIN, "/topics us")) == 1
    (answer,) = await room.say(READER, "/subscribe " + "|".join(f"{n}词词词" for n in range(280)))
    assert label("query.too_long", limit="2000") in answer["text"]


# Telegram says no, or nothing


async def test_an_answer_waits_as_long_as_telegram_asks_and_is_not_lost(room: Room) -> None:
    room.sandbox.faults.fail(
        429, "Too Many Requests: retry after 1", {"retry_after": 1}, method="sendMessage"
    )
    (answer,) = await room.say(READER, "/help")
    assert answer["text"].startswith("/topics")
    room.refused = [429]


async def test_an_answer_whose_connection_breaks_is_given_again(room: Room) -> None:
    room.sandbox.faults.drop_before(method="sendMessage")
    assert len(await room.say(READER, "/help")) == 1
    (shown,) = await room.say(READER, "/settings")
    room.sandbox.faults.drop_after(method="editMessageText")
    await room.press(READER, shown, "si:none")
    assert "● 无图" in [button["text"] for button in keys(room.now(shown))]
    room.refused = [0, 400]  # the second time there is nothing to change any more


async def test_who_must_wait_too_long_gets_no_answer_and_others_do(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.sandbox.faults.fail(
        429, "Too Many Requests: retry after 3600", {"retry_after": 3600}, method="sendMessage"
    )
    assert await room.say(READER, "/help") == []
    assert len(await room.say(STRANGER, "/help")) == 1
    assert "got no answer" in caplog.text
    room.refused = [429]


async def test_who_blocks_the_bot_stops_and_is_taken_back_with_what_they_chose(room: Room) -> None:
    await room.say(READER, "/subscribe US")
    room.sandbox.block(READER)
    await room.work()
    known = await room.store.registry.subscriber(Destination(READER))
    assert known is not None
    assert not known.active
    room.sandbox.unblock(READER)
    await room.work()
    known = await room.store.registry.subscriber(Destination(READER))
    assert known is not None
    assert known.active
    assert await room.follows(Destination(READER)) == ["us"]


async def test_who_blocks_the_bot_before_the_answer_disturbs_nobody(room: Room) -> None:
    room.sandbox.say(READER, "/help")
    room.sandbox.block(READER)
    await room.work()
    assert len(await room.say(STRANGER, "/help")) == 1
    room.refused = [403]


async def test_a_failure_inside_is_loud_in_the_log_and_polite_in_the_chat(
    room: Room, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise RuntimeError("the disk is full")

    (listed,) = await room.say(READER, "/topics")
    monkeypatch.setattr(room.store.registry, "topics", broken)
    (answer,) = await room.say(READER, "/topics")
    assert answer["text"] == label("error.internal")
    assert (await room.press(READER, listed, "t:us"))["text"] == label("error.internal")
    assert "the disk is full" in caplog.text
    caplog.clear()


async def test_feeds_are_looked_at_before_they_are_added(room: Room) -> None:
    for address, words in (
        ("http://127.0.0.1:1/feed", "无法读取"),
        (f"{room.sandbox.url}/", "无法读取"),
        ("http://10.0.0.1/feed", "无法读取"),
        ("ftp://e.org/", "这样写"),
    ):
        (answer,) = await room.say(ADMIN, f"/feeds add {address}")
        assert words in answer["text"], address
    assert len(await room.store.registry.feeds()) == 1
    await room.say(ADMIN, "/feeds remove DW")
    assert not await room.store.registry.feeds()


def test_parts_are_kept_while_they_fit() -> None:
    parts = [f"<b>{'长' * 500}&amp;</b>" for _ in range(20)]
    text = fitted(parts)
    assert visible_units(text) <= 4096
    assert text.endswith("…")
    assert text.count("<b>") == text.count("</b>") == 8
    assert fitted(["a", "b"]) == "a\n\nb"
    assert len(fitted(f'<a href="https://e.org/{"x" * 2000}">x</a>' for _ in range(100)).encode()) < 32_768
