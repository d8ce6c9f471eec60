"""What is owed arrives, over real HTTP and from the real ledger on disk: nothing is lost, and two copies are the most.

No test waits for a clock: the ledger's time is moved by hand, and processes are killed when Telegram has heard of them.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import telegram
from aiohttp import web

from bot.deliver import Deliverer
from bot.model import (
    Article,
    Destination,
    Feed,
    Following,
    Owed,
    Style,
    Subscriber,
    Topic,
)
from bot.pace import Rate
from bot.sandbox import Person, Rates, Sandbox
from bot.sender import TelegramSender
from bot.store import Store, open_store
from bot.transport import AiohttpRequest
from bot.web import Web
from tests.articles import NOW, PNG, story
from tests.processes import python

TOPIC = Topic("port", "港口", "港口")
FAST = Rate(overall=10_000, chat=10_000, group_per_minute=600_000)
PEOPLE = 40


async def seed(store: Store, people: Sequence[Destination], *articles: Article) -> None:
    """Everybody follows the topic, and is owed every article."""
    await store.registry.add_feed(Feed("dw", "https://news.example.org/feed"))
    await store.registry.add_topic(TOPIC)
    for destination in people:
        await store.registry.change_subscriber(
            destination, lambda known: Subscriber(known.destination, following=(Following(TOPIC.id, NOW),))
        )
    owed = [Owed(who, article.key, (TOPIC.id,)) for article in articles for who in people]
    await store.ledger.record(None, articles, owed, NOW)


class Clock:
    """The ledger's time, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@asynccontextmanager
async def delivering(
    store: Store, api: str, token: str, clock: Callable[[], datetime] = lambda: NOW, **options: Any
) -> AsyncIterator[tuple[Deliverer, asyncio.Event, asyncio.Task[None]]]:
    """A deliverer at work; it is stopped at the end, where it is not yet."""
    allowed = options.pop("allow_hosts", ())
    request, poll = AiohttpRequest(), AiohttpRequest(1)
    bot = telegram.Bot(token, base_url=f"{api}/bot", request=request, get_updates_request=poll)
    async with request, Web(allow_hosts=allowed) as web_:
        deliverer = Deliverer(
            *store,
            TelegramSender(bot),
            web_,
            now=clock,
            **{"style": Style(), "rate": FAST, **options},
        )
        stop = asyncio.Event()
        task = asyncio.create_task(deliverer.run(stop))
        try:
            yield deliverer, stop, task
        finally:
            stop.set()
            await task


async def states(store: Store) -> dict[str, int]:
    return dict((await store.ledger.counts()).deliveries)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(str(tmp_path)) as store:
        yield store


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    people = [Person(id, f"P{id}") for id in range(1, PEOPLE + 1)]
    async with Sandbox(people=people, rates=Rates.unlimited()) as sandbox:
        for person in people:
            sandbox.say(person.id, "/start")
        yield sandbox


def private(count: int = PEOPLE) -> list[Destination]:
    return [Destination(id) for id in range(1, count + 1)]


# --- one Telegram, many outcomes -----------------------------------------------------------------------------------


async def test_everybody_who_is_owed_gets_it_once(store, sandbox):
    await seed(store, private(), story())
    async with delivering(store, sandbox.url, sandbox.token):
        await sandbox.wait_for(lambda: len(sandbox.asked("sendMessage")) == PEOPLE, timeout=60)
    assert await states(store) == {"sent": PEOPLE}
    assert all(len(sandbox.sent(there.chat)) == 1 for there in private())
    [message] = sandbox.sent(1)
    assert message["text"].startswith("新港口开始运行 <1 & 2>")
    delivery = await store.ledger.delivered(1, message["message_id"])
    assert delivery is not None
    assert message["reply_markup"]["inline_keyboard"][0][-1]["callback_data"] == f"m:{delivery.id}"


async def test_a_summariser_that_takes_its_time_holds_up_nobody(store, sandbox):
    begun, others_went_on = threading.Event(), threading.Event()

    def slow(article: Article, **_: object) -> list[str]:
        begun.set()
        assert others_went_on.wait(30)
        return [article.body[0].text]

    await seed(store, private(1), story())
    async with delivering(store, sandbox.url, sandbox.token, style=Style(summariser=slow)):
        assert await asyncio.to_thread(begun.wait, 30)
        others_went_on.set()  # by the loop that would wait for the summariser
        await sandbox.wait_for(lambda: sandbox.sent(1), timeout=60)
    assert story().body[0].text in sandbox.sent(1)[0]["text"]


async def test_a_connection_lost_before_the_call_costs_nothing(store, sandbox):
    clock = Clock()
    await seed(store, private(3), story())
    sandbox.faults.drop_before(2, "sendMessage")
    async with delivering(store, sandbox.url, sandbox.token, clock) as (deliverer, _, _):
        await sandbox.wait_for(lambda: len(sandbox.asked("sendMessage")) == 1, timeout=60)
        await until(lambda: deliverer.outcomes["retry"] == 2)
        clock.later(16)
        deliverer.wake()
        await sandbox.wait_for(lambda: len(sandbox.asked("sendMessage")) == 3, timeout=60)
    assert await states(store) == {"sent": 3}
    assert [len(sandbox.sent(chat)) for chat in (1, 2, 3)] == [1, 1, 1]


async def test_two_lost_answers_are_two_copies_and_never_a_third(store, sandbox):
    clock = Clock()
    await seed(store, private(1), story())
    sandbox.faults.drop_after(2, "sendMessage")
    async with delivering(store, sandbox.url, sandbox.token, clock) as (deliverer, _, _):
        for attempt in (1, 2):
            await until(lambda attempt=attempt: deliverer.outcomes["retry"] == attempt)
            clock.later(600)
            deliverer.wake()
    assert await states(store) == {"unknown": 1}
    assert len(sandbox.sent(1)) == 2


async def test_trouble_at_telegram_loses_nothing_and_repeats_nothing(store, sandbox):
    clock = Clock()
    await seed(store, private(10), story())
    for status, text in [(500, "Internal Server Error: restart"), (502, "Bad Gateway")]:
        sandbox.faults.fail(status, text, n=2, method="sendMessage")
    async with delivering(store, sandbox.url, sandbox.token, clock) as (deliverer, _, _):
        await until(lambda: deliverer.outcomes["retry"] == 4 and deliverer.outcomes["sent"] == 6)
        clock.later(6)
        deliverer.wake()
        await until(lambda: deliverer.outcomes["sent"] == 10)
    assert await states(store) == {"sent": 10}
    assert [len(sandbox.sent(there.chat)) for there in private(10)] == [1] * 10


async def test_who_blocked_the_bot_is_left_alone_from_then_on(store, sandbox):
    sandbox.block(2)
    await seed(store, private(3), story(), story("b" * 24))
    async with delivering(store, sandbox.url, sandbox.token) as (deliverer, _, _):
        await until(lambda: deliverer.outcomes["sent"] == 4 and deliverer.outcomes["gone"] == 1)
    assert await states(store) == {"sent": 4, "gone": 2}
    blocker = await store.registry.subscriber(Destination(2))
    assert blocker is not None
    assert not blocker.active
    assert blocker.follows(TOPIC.id)  # for when they come back


async def test_a_closed_thread_ends_nothing_in_its_chats_other_threads(store, sandbox):
    group = sandbox.create_group("群", [1], forum=True)
    threads = [sandbox.create_topic(group, name) for name in ("一", "二")]
    gone, there = Destination(group, 999), Destination(group, threads[1])
    await seed(store, [gone, there], story())
    async with delivering(store, sandbox.url, sandbox.token) as (deliverer, _, _):
        await until(lambda: deliverer.outcomes["sent"] == 1 and deliverer.outcomes["gone"] == 1)
    assert await states(store) == {"sent": 1, "refused": 1}
    assert [message["message_thread_id"] for message in sandbox.sent(group)] == [threads[1]]
    known = {who.destination: who.active for who in await store.registry.subscribers()}
    assert known == {gone: False, there: True}


async def test_a_group_that_became_a_supergroup_is_followed_there(store, sandbox):
    group = sandbox.create_group("群", [1], supergroup=False)
    await seed(store, [Destination(group)], story())
    new = sandbox.migrate(group)
    async with delivering(store, sandbox.url, sandbox.token) as (deliverer, _, _):
        await until(lambda: deliverer.outcomes["sent"] == 1)
    assert [who.destination.chat for who in await store.registry.subscribers()] == [new]
    assert len([m for m in sandbox.sent(new) if "text" in m]) == 1
    assert await states(store) == {"sent": 1}


async def test_a_picture_out_of_telegrams_reach_is_uploaded_once_and_then_known(store, sandbox):
    async with serving(lambda request: web.Response(body=PNG, content_type="image/png")) as pictures:
        host = pictures.removeprefix("http://")
        sandbox.pictures.failing.add("127.0.0.1")
        await seed(store, private(12), story(images=(f"{pictures}/a.png",)))
        async with delivering(store, sandbox.url, sandbox.token, allow_hosts=[host]) as (deliverer, _, _):
            await until(lambda: deliverer.outcomes["sent"] == 12)
    photos = [call.params["photo"] for call in sandbox.asked("sendPhoto")]
    assert photos[0] == f"{pictures}/a.png"
    assert photos[1].data == PNG
    file_id = await store.ledger.photo(f"{pictures}/a.png")
    assert photos[2:] == [file_id] * 11
    assert [len(sandbox.sent(there.chat)) for there in private(12)] == [1] * 12


async def until(predicate: Callable[[], bool]) -> None:
    """For what happens within the deliverer: it tells nobody, so it is asked again and again."""
    async with asyncio.timeout(60):
        while not predicate():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


# --- deaths and stops ----------------------------------------------------------------------------------------------


class Accepting:
    """A Telegram that writes down what it accepted. Beyond `answering` messages it accepts and says nothing."""

    def __init__(self) -> None:
        self.accepted: list[int] = []
        self.answering = 0
        self.silent = 0
        self.gate = asyncio.Event()
        self._heard = asyncio.Condition()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        chat = int(str((await request.post())["chat_id"]))
        async with self._heard:
            self.accepted.append(chat)
            self.answering -= 1
            silent = self.answering < 0
            self.silent += silent
            self._heard.notify_all()
        if silent:
            await self.gate.wait()
        number = len(self.accepted)
        result = {"message_id": number, "date": 1, "chat": {"id": chat, "type": "private"}, "text": "x"}
        return web.json_response({"ok": True, "result": result})

    async def answer(self, count: int, then_silent: int) -> None:
        """Answer so many, then hear so many more without answering."""
        self.answering, self.silent = count, 0
        async with asyncio.timeout(60), self._heard:
            await self._heard.wait_for(lambda: self.silent >= then_silent)


@asynccontextmanager
async def serving(handle: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    async def handler(request: web.Request) -> web.StreamResponse:
        answer = handle(request)
        return answer if isinstance(answer, web.StreamResponse) else await answer

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


SENDER = """
import asyncio, sys
from datetime import datetime, UTC
import telegram
from bot.deliver import Deliverer
from bot.model import Style
from bot.pace import Rate
from bot.sender import TelegramSender
from bot.store import open_store
from bot.transport import AiohttpRequest
from bot.web import Web

async def main(folder, api):
    now = lambda: datetime.now(UTC)
    request, poll = AiohttpRequest(), AiohttpRequest(1)
    bot = telegram.Bot("1:a", base_url=api + "/bot", request=request, get_updates_request=poll)
    async with open_store(folder) as store, request, Web() as web:
        await store.ledger.recover(now())
        rate = Rate(10_000, 10_000, 600_000)
        sender, style = TelegramSender(bot), Style()
        await Deliverer(*store, sender, web, style=style, rate=rate, now=now).run(asyncio.Event())

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_killed_sender_loses_nothing_and_sends_at_most_two_copies(tmp_path):
    people, kills = private(100), 3
    async with open_store(str(tmp_path)) as store:
        await seed(store, people, story())
    api = Accepting()
    async with serving(api.handle) as url:
        for _ in range(kills):
            async with python("-c", SENDER, str(tmp_path), url):
                await api.answer(12, then_silent=3)
        api.answering = len(people)
        api.gate.set()
        async with open_store(str(tmp_path)) as store:
            assert 3 <= await store.ledger.recover(NOW) <= 8
            async with delivering(store, url, "1:a", lambda: datetime.now(UTC)):
                await all_ended(store)
            final = await states(store)
    copies = Counter(api.accepted)
    assert set(copies) == {there.chat for there in people}
    assert max(copies.values()) <= 2
    assert len(api.accepted) - len(people) <= kills * 8
    assert final == {"sent": len(people)}


async def all_ended(store: Store) -> None:
    async with asyncio.timeout(60):
        while set(await states(store)) & {"ready", "inflight"}:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_stop_under_load_loses_nothing_and_sends_nothing_twice(store):
    people = private(60)
    await seed(store, people, story())
    api = Accepting()
    async with serving(api.handle) as url:
        async with delivering(store, url, "1:a") as (_, stop, task):
            await api.answer(20, then_silent=8)
            stop.set()
            api.gate.set()
            await task
        assert await states(store) == {"sent": 28, "ready": 32}
        api.answering = len(people)
        async with delivering(store, url, "1:a"):
            await all_ended(store)
    assert Counter(api.accepted) == {there.chat: 1 for there in people}
    assert await states(store) == {"sent": 60}
