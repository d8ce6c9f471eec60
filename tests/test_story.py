"""The main job, end to end: a newsroom publishes, the bot polls, Telegram shows. All over real HTTP, from a folder.

That nothing came is never waited for: the ledger tells when every article that was published is read and settled.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot import app
from bot.config import Config
from bot.errors import StoreLocked
from bot.sandbox import BotAccount, Call, Person, Rates, Sandbox
from bot.sandbox.newsroom import Newsroom, Published
from bot.store import open_store
from bot.worker import Reader
from tests.bot_api import check_request
from tests.processes import python

ROOT = Path(__file__).parent.parent
ADMIN, READER, OTHER = 1001, 1002, 1003
PEOPLE = (Person(ADMIN, "林编辑", "lin"), Person(READER, "陈晓雨", "chen"), Person(OTHER, "Anna", "", "en"))
TOPICS = (
    {"id": "us-china", "title": "中美关系", "query": "拜登 OR 布林肯"},
    {"id": "sport", "title": "体育", "query": "标签:体育"},
)
Message = dict[str, Any]


class World:
    """A newsroom, a Telegram, and a folder in which a bot may live, die and live again."""

    def __init__(self, sandbox: Sandbox, newsroom: Newsroom, folder: Path) -> None:
        self.sandbox = sandbox
        self.newsroom = newsroom
        self.folder = folder
        self.published: list[Published] = []
        self.feeds: list[dict[str, str]] = [{"id": "sample", "url": newsroom.url, "title": "样本新闻网"}]
        self.provoked: list[int] = []  # statuses of calls that a test has refused

    def values(self) -> dict[str, Any]:
        """The config: everything as in real life, but for the speed."""
        return {
            "telegram": {
                "token": self.sandbox.token,
                "api_url": self.sandbox.url,
                "rate": {"chat": 30, "group_per_minute": 600},
            },
            "admins": [ADMIN],
            "storage": str(self.folder / "data"),
            "polling": {"interval": "100ms", "floor": "100ms", "allow_hosts": ["127.0.0.1"]},
            "feeds": self.feeds,
            "topics": TOPICS,
        }

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[None]:
        """The bot at work; at the end it is stopped, and must end by itself."""
        stop, ready = asyncio.Event(), asyncio.Event()
        config = Config.model_validate(self.values())
        task = asyncio.create_task(app.run(config.setup(), stop, on_ready=lambda name: ready.set()))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        try:
            if not task.done():
                await self.watched()
                yield
        finally:
            stop.set()
            await task

    async def watched(self) -> None:
        """Wait until the feed was read once: what is there before is not news."""
        async with open_store(str(self.folder / "data"), read_only=True) as store:

            async def succeeded() -> bool:
                states = await store.ledger.states()
                return "sample" in states and states["sample"].succeeded is not None

            await until(succeeded)

    def publish(self, count: int) -> list[Published]:
        """Publish the next articles."""
        new = [self.newsroom.publish() for _ in range(count)]
        self.published += new
        return new

    async def settled(self) -> None:
        """Wait until every article that was published is read, and nothing is owed."""
        async with open_store(str(self.folder / "data"), read_only=True) as store:
            ledger = store.ledger

            async def read() -> bool:
                return all([await ledger.by_url(item.url) for item in self.published])

            async def paid() -> bool:
                return not (await ledger.counts()).deliveries.keys() & {"ready", "inflight"}

            await until(read)
            await until(paid)

    async def states(self) -> dict[str, int]:
        async with open_store(str(self.folder / "data"), read_only=True) as store:
            return dict((await store.ledger.counts()).deliveries)

    async def say(self, person: int, text: str, chat: int | None = None, **where: Any) -> Message:
        """Write something, and wait for the answer."""
        place = person if chat is None else chat
        known = len(self.sandbox.sent(place)) if place in self.sandbox.world.chats else 0
        self.sandbox.say(person, text, chat=chat, **where)

        def answers() -> list[Message]:
            return [m for m in self.sandbox.sent(place)[known:] if "photo" not in m]

        return (await self.sandbox.wait_for(answers, timeout=60))[-1]

    async def press(self, person: int, message: Message, button: str) -> str:
        """Press a button, and wait until that is answered. Returns the notice."""
        id = self.sandbox.press(person, message["message_id"], button, chat=message["chat"]["id"])

        def answers() -> list[Any]:
            calls = self.sandbox.asked("answerCallbackQuery")
            return [call for call in calls if call.params["callback_query_id"] == id]

        return str((await self.sandbox.wait_for(answers, timeout=60))[0].params.get("text", ""))

    def now(self, message: Message) -> Message:
        """A message as it is now."""
        return self.sandbox.chat(message["chat"]["id"]).messages[message["message_id"]]

    def articles(self, chat: int) -> list[str]:
        """The titles of the articles that arrived there, in their order."""
        if chat not in self.sandbox.world.chats:
            return []
        return [m["caption"].splitlines()[0] for m in self.sandbox.sent(chat) if "photo" in m]

    async def arrives(self, chat: int, *items: Published) -> None:
        """Exactly these articles have arrived there, once each, when all is settled."""
        await self.settled()
        assert self.articles(chat) == [item.title for item in items]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One for all bots: to load what reads documents takes it most of a second of CPU."""
    with closing(Reader()) as reader:
        yield reader


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: Reader) -> AsyncIterator[World]:
    """A world in which, at the end, Telegram has accepted every call but those that a test had refused."""
    monkeypatch.setattr(app, "TICK", 0.1)
    monkeypatch.setattr(app, "Reader", lambda: SimpleNamespace(run=reader.run, close=lambda: None))
    account = BotAccount(first_name="快讯", username="kuaixun_bot")
    async with (
        Newsroom(every=None) as newsroom,
        Sandbox(people=PEOPLE, bot=account, rates=Rates.unlimited()) as sandbox,
    ):
        world = World(sandbox, newsroom, tmp_path)
        yield world
        for call in sandbox.calls:
            check_request(call.method, call.params)
        refused = [call for call in sandbox.calls if call.status != 200 and not is_left(call)]
        assert sorted(call.status for call in refused) == sorted(world.provoked), refused


def is_left(call: Call) -> bool:
    """Whether it is a poll that waited when the bot stopped: acknowledging the last update ends it."""
    return call.method == "getUpdates" and call.status == 409


def button(message: Message, text: str) -> dict[str, str]:
    keyboard = message["reply_markup"]["inline_keyboard"]
    return next(one for row in keyboard for one in row if one["text"] == text)


async def until(true: Callable[[], object]) -> None:
    """Wait for something of which the sandbox tells nothing."""
    async with asyncio.timeout(60):
        while True:
            found = true()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.02)


async def test_the_story_of_a_subscriber_and_an_admin(world: World) -> None:
    async with world.bot():
        # A subscriber chooses by a button; what matches arrives, in order, and nothing else does.
        greeting = await world.say(READER, "/start")
        assert "已关注" in await world.press(READER, greeting, "➕ 中美关系")
        first, _, second = world.publish(3)
        await world.arrives(READER, first, second)
        message = world.sandbox.sent(READER)[-1]
        assert message["caption"].splitlines()[1].startswith("🗞 样本新闻网 · ")
        title = next(e for e in message["caption_entities"] if e["type"] == "text_link")
        assert title["url"] == button(message, "阅读原文")["url"] == second.url

        # The archive answers, page by page, and a search is followed with one tap.
        found = await world.say(READER, "/search 拜登")
        assert found["text"].startswith("🔎 拜登 · 2 篇")
        found = await world.say(READER, "/search 吞吐量 OR 长者")
        assert "已关注" in await world.press(READER, found, "🔔 关注这个搜索")
        _, third, fourth, _, fifth = world.publish(5)  # one of them writes 長者
        await world.arrives(READER, first, second, third, fourth, fifth)
        found = await world.say(READER, "吉他 | 拜登 | 车 | 港口 | 芯片")
        await world.press(READER, found, "›")
        assert button(world.now(found), "2 / 2")

        # An admin edits a keyword on the topic's card, by a reply; the next article obeys.
        await world.say(ADMIN, "/start")
        listed = await world.say(ADMIN, "/topics")
        await world.press(ADMIN, listed, "✏️ 中美关系")
        await world.press(ADMIN, world.now(listed), "＋ 词")
        question = world.sandbox.sent(ADMIN)[-1]
        card = await world.say(ADMIN, "湿地", reply_to=question["message_id"])
        assert "拜登 OR 布林肯 OR 湿地" in card["text"]
        sixth, _, seventh = world.publish(3)
        got = (first, second, third, fourth, fifth, sixth, seventh)
        await world.arrives(READER, *got)

        # By the card's own button it goes, by a command another comes.
        await world.press(ADMIN, card, "✕ 湿地")
        card = await world.say(ADMIN, "/topics us-china + 分诊")
        assert "拜登 OR 布林肯 OR 分诊" in card["text"]
        (eighth,) = world.publish(1)
        await world.arrives(READER, *got, eighth)

        # Why it came is told by a reply to it; and it is muted by its own button.
        message = world.sandbox.sent(READER)[-1]
        why = await world.say(READER, "/why", reply_to=message["message_id"])
        assert why["text"].startswith(eighth.title)
        assert "中美关系" in why["text"]
        assert "分诊" in why["text"]
        await world.press(READER, message, "🔕 静音")
        assert "已暂停" in await world.press(READER, world.now(message), "⏸ 暂停“中美关系”")
        *_, unwanted = world.publish(3)
        await world.arrives(READER, *got, eighth)
        why = await world.say(READER, f"/why {unwanted.url}")
        assert "你暂停了这个话题" in why["text"]
        await world.press(READER, await world.say(READER, "/topics"), "🔕 中美关系")

    # While the bot is away, news goes on. Back on the same folder, it sends what was missed, and nothing again.
    world.publish(5)
    (ninth,) = world.publish(1)
    async with world.bot():
        await world.arrives(READER, *got, eighth, ninth)
    async with world.bot():
        await world.say(READER, "/latest")
        await world.arrives(READER, *got, eighth, ninth)
        stats = await world.say(ADMIN, "/stats")
        assert "已送达 9" in stats["text"]


async def test_what_is_owed_when_the_bot_stops_is_paid_after_it_starts(world: World) -> None:
    async with world.bot():
        await world.press(READER, await world.say(READER, "/start us-china"), "✕ 取消关注")
        await world.say(READER, "/subscribe 中美关系")
        world.sandbox.faults.fail(
            429, "Too Many Requests: retry after 1", {"retry_after": 1}, method="sendPhoto"
        )
        (item,) = world.publish(1)
        await until(lambda: not world.sandbox.faults.orders)
    assert world.articles(READER) == []
    assert await world.states() == {"ready": 1}
    async with world.bot():
        await world.arrives(READER, item)
    world.provoked = [429]


async def test_who_blocked_the_bot_is_left_alone_and_comes_back(world: World) -> None:
    async with world.bot():
        for person in (READER, OTHER):
            await world.say(person, "/start us-china")
        world.sandbox.block(READER)
        (missed,) = world.publish(1)
        await world.arrives(OTHER, missed)
        stats = await world.say(ADMIN, "/stats")
        assert "订阅者 1（已失效 1）" in stats["text"]
        world.sandbox.unblock(READER)
        await world.say(READER, "/why")
        _, item = world.publish(2)
        await world.arrives(OTHER, missed, item)
        assert world.articles(READER) == [item.title]
        # Blocked without a word to the bot: it finds out by the refusal, and asks no second time.
        world.sandbox.chat(READER).members[world.sandbox.world.bot.id] = "kicked"
        world.publish(2)
        await world.settled()
        world.publish(4)
        await world.settled()
        assert world.articles(READER) == [item.title]
    world.provoked = [403]


async def test_feeds_that_are_down_no_feeds_or_hostile_do_not_hold_up_a_good_one(world: World) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>no feed</title><p>hello", content_type="text/html")

    async def bomb(request: web.Request) -> web.Response:
        inner = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
        text = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "x">{inner}]><rss><channel>&a11;</channel></rss>'
        return web.Response(text=text, content_type="application/rss+xml")

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"<rss>" + b" " * 1_000_000)
        except ConnectionError:
            return response

    async def broken(request: web.Request) -> web.Response:
        return web.Response(status=500)

    routes = [web.get(f"/{handler.__name__}", handler) for handler in (page, bomb, endless, broken)]
    server = web.Application()
    server.add_routes(routes)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        for name in ("page", "bomb", "endless", "broken"):
            world.feeds.append({"id": name, "url": f"http://127.0.0.1:{port}/{name}"})
        world.feeds.append({"id": "down", "url": "http://user:password@127.0.0.1:1/feed"})
        world.feeds.append({"id": "guarded", "url": "http://10.11.12.13/feed"})
        async with world.bot():
            await world.say(READER, "/start us-china")
            await world.say(ADMIN, "/start")
            (item,) = world.publish(1)
            await world.arrives(READER, item)
            ill = {"page", "endless", "broken", "down", "guarded"}
            while True:
                listed = (await world.say(ADMIN, "/feeds"))["text"]
                failing = {
                    part.split("  ")[1].split()[0] for part in listed.split("\n\n") if part.startswith("⚠️")
                }
                if ill <= failing:
                    break
            assert "✅ 样本新闻网" in listed
            assert "password" not in listed
            _, again = world.publish(2)
            await world.arrives(READER, item, again)
    finally:
        await runner.cleanup()


async def test_a_group_that_becomes_a_supergroup_goes_on_getting_its_news(world: World) -> None:
    group = world.sandbox.create_group("群", [READER], admins=[OTHER])
    async with world.bot():
        await world.say(OTHER, "/start@kuaixun_bot us-china", group)
        (first,) = world.publish(1)
        await world.arrives(group, first)
        new = world.sandbox.migrate(group)
        listed = await world.say(OTHER, "/unsubscribe", new)
        assert button(listed, "✕ 中美关系")  # at once, with nothing sent since
        _, second = world.publish(2)
        await world.arrives(new, second)
        _, third = world.publish(2)
        await world.arrives(new, second, third)
    assert world.articles(group) == [first.title]


async def test_each_thread_of_a_forum_and_a_channel_have_their_own_topics(world: World) -> None:
    forum = world.sandbox.create_group("Forum", [READER], admins=[OTHER], forum=True)
    politics, sport = (world.sandbox.create_topic(forum, name) for name in ("Politics", "Sport"))
    channel = world.sandbox.create_channel("C", [READER], [OTHER], bot="administrator")
    async with world.bot():
        await world.say(OTHER, "/subscribe us-china", forum, thread=politics)
        await world.say(OTHER, "/subscribe sport", forum, thread=sport)
        world.sandbox.say(OTHER, "/subscribe sport", channel)
        await world.sandbox.wait_for(lambda: len(world.sandbox.sent(channel)) == 2, timeout=60)
        items = world.publish(7)
        await world.arrives(channel, items[6])
        threads = {
            m["caption"].splitlines()[0]: m["message_thread_id"]
            for m in world.sandbox.sent(forum)
            if "photo" in m
        }
        assert threads == {items[n].title: politics for n in (0, 2, 4)} | {items[6].title: sport}


async def test_a_second_bot_on_the_same_folder_ends_at_once_and_names_the_first(world: World) -> None:
    async with world.bot():
        with pytest.raises(StoreLocked, match="pid"):
            async with world.bot():
                pass
        async with python("-m", "bot", *run(world)) as second:
            told = (await second.output.read()).decode()
            assert await second.ended() == 3, told
        assert "another kuaixun (pid" in told
        assert world.sandbox.token not in told
        await world.say(READER, "/start")


def run(world: World) -> tuple[str, ...]:
    """The command to run, of the program."""
    path = world.folder / "config.yaml"
    path.write_text(json.dumps(world.values()), "utf-8")
    return "run", "-v", "-c", str(path)


def assert_ended_well(status: int | None, told: str) -> None:
    assert status == 0, told
    assert "stopped" in told
    assert "dropped" not in told


async def test_sigterm_finishes_what_is_in_flight_and_ends_with_0(world: World) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *run(world)), cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    try:
        await world.say(READER, "/start us-china")
        await world.watched()
        world.sandbox.faults.delay(600, method="sendPhoto")
        (item,) = world.publish(1)
        await until(lambda: not world.sandbox.faults.orders)
        world.sandbox.faults.delay(600, method="sendMessage")
        world.sandbox.say(OTHER, "/help")
        await until(lambda: not world.sandbox.faults.orders)
        process.send_signal(signal.SIGTERM)
        await until(lambda: not heeds_sigterm(process.pid))
        world.sandbox.faults.clear()
        async with asyncio.timeout(60):
            _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    told = said.decode()
    assert_ended_well(process.returncode, told)
    assert world.sandbox.token not in told
    assert world.articles(READER) == [item.title]
    assert len(world.sandbox.sent(OTHER)) == 1
    assert await world.states() == {"sent": 1}
    async with world.bot():
        await world.arrives(READER, item)


def heeds_sigterm(pid: int) -> bool:
    """Whether the program takes a SIGTERM for a request. Soon after the first it lets go: the next one kills."""
    (caught,) = re.findall(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.M)
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


async def test_sigterm_ends_it_also_when_a_document_takes_for_ever_to_parse(world: World) -> None:
    program = """
import re, sys
from bot import cli
from bot.worker import Reader
run = Reader.run
async def run_for_ever(self, work, *arguments, **named):
    await run(self, abs, -1)
    print("parsing", file=sys.stderr, flush=True)
    return await run(self, re.match, "(a+)+$", "a" * 60 + "b")
Reader.run = run_for_ever
sys.exit(cli.main(sys.argv[1:]))
"""
    async with asyncio.timeout(60), python("-c", program, *run(world)) as process:
        while b"parsing" not in await process.output.readline():
            assert not process.output.at_eof()
        process.send_signal(signal.SIGTERM)
        told = (await process.output.read()).decode()
        assert_ended_well(await process.ended(), told)


async def test_a_telegram_that_hangs_cannot_keep_the_bot_from_ending(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "GRACE", 0.2)
    monkeypatch.setattr(app, "LAST_CALL", 0.4)
    async with world.bot():
        await world.say(READER, "/start us-china")
        world.sandbox.faults.delay(600, n=100)
        world.sandbox.faults.delay(600, n=100, method="getUpdates")
        world.publish(1)
        world.sandbox.say(OTHER, "/help")
        await until(lambda: sum(100 - order.left for order in world.sandbox.faults.orders) > 2)
    assert await world.states() == {"inflight": 1}
    world.sandbox.faults.clear()
    world.provoked = [call.status for call in world.sandbox.calls if call.status != 200]


async def test_a_bot_that_cannot_reach_telegram_waits_for_it_and_can_be_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "RECONNECT", (0.01, 0.02))
    world.sandbox.faults.delay(600, method="getMe")
    stop = asyncio.Event()
    task = asyncio.create_task(app.run(Config.model_validate(world.values()).setup(), stop))
    await until(lambda: not world.sandbox.faults.orders)
    stop.set()
    async with asyncio.timeout(60):
        await task
    world.sandbox.faults.fail(502, "Bad Gateway", method="getMe")
    world.sandbox.faults.fail(502, "Bad Gateway", method="deleteWebhook")
    async with world.bot():
        await world.say(READER, "/start")
    world.provoked = [502, 502]


async def test_an_update_that_cannot_be_read_stops_none_of_those_behind_it(world: World) -> None:
    async with world.bot():
        world.sandbox.updates.put("message", {"message_id": 5})
        assert "/search" in (await world.say(READER, "/help"))["text"]


@pytest.mark.parametrize("silent", ["feeds_looked_at_seconds", "updates_asked_seconds"])
async def test_a_loop_that_has_ended_is_seen_from_outside(
    world: World, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    values = world.values() | {"health": {"port": port}}
    monkeypatch.setattr(world, "values", lambda: values)
    async with world.bot(), aiohttp.ClientSession() as http:
        await world.say(READER, "/start")
        async with http.get(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
            assert silent in await answer.json()
        monkeypatch.setitem(app.PATIENCE, silent, 0)
        async with http.get(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 503


async def test_who_floods_a_group_with_commands_keeps_nobody_else_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app, "AT_ONCE", 2)
    monkeypatch.setattr(app, "IN_A_ROW", 5)
    values = world.values()
    values["telegram"]["rate"]["group_per_minute"] = 20
    monkeypatch.setattr(world, "values", lambda: values)
    group = world.sandbox.create_group("群", [READER], admins=[OTHER])
    async with world.bot():
        for _ in range(12):
            world.sandbox.say(READER, "/help@kuaixun_bot", chat=group)
        assert "/search" in (await world.say(OTHER, "/help"))["text"]
        assert len(world.sandbox.sent(group)) < 5
    assert caplog.text.count("asks faster than it can be answered") == 1


async def test_a_webhook_brings_updates_to_the_port_that_telegram_was_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    values = world.values()
    values["telegram"] |= {"webhook_url": f"http://127.0.0.1:{port}/"}
    values["health"] = {"port": port}
    monkeypatch.setattr(world, "values", lambda: values)
    async with world.bot():
        await world.say(READER, "/start us-china")
        (item,) = world.publish(1)
        await world.arrives(READER, item)
        async with aiohttp.ClientSession() as http:
            async with http.get(f"http://127.0.0.1:{port}/healthz") as answer:
                assert (await answer.json())["ok"] is True
            async with http.get(f"http://127.0.0.1:{port}/metrics") as answer:
                assert 'kuaixun_deliveries{state="sent"} 1' in await answer.text()
    assert not world.sandbox.asked("getUpdates")
