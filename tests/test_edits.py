"""What was sent is mended: feeds over HTTP, a ledger on disk, and a Telegram that shows what its reader sees.

Time is moved by hand. That nothing is owed any more is asked of the ledger.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import telegram
from aiohttp import web

from bot.changes import SETTLED
from bot.deliver import Deliverer
from bot.model import Destination, Feed, Following, Revision, Style, Topic
from bot.pace import Rate
from bot.poll import Poller
from bot.query import parse
from bot.sandbox import Person, Rates, Sandbox
from bot.sender import TelegramSender
from bot.store import Ledger, Store, open_store
from bot.store.revisions import APART, MOST_UPDATES
from bot.stories import MOST_MEMBERS
from bot.transport import AiohttpRequest
from bot.web import Web

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
ANN, BOB = 1, 2
FAST = Rate(overall=10_000, chat=10_000, group_per_minute=600_000)
TITLE = "青河湾渡轮停航 居民绕行四十公里"
TEXT = (
    "横跨青河湾的渡轮自星期三起停航，岸边的居民要绕行四十公里才能到对岸上班。"
    "运营公司表示，三艘船的主机都出现裂纹，检验机构不再签发适航证书。"
    "市政府答应在两周内租来两艘替代船只，票价由财政补贴，具体日期还要看船级社的意见。"
)


def item(number: int, title: str = TITLE, text: str = TEXT) -> str:
    date = "<pubDate>Sun, 22 Nov 2026 08:00:00 GMT</pubDate>"
    link = f"<link>https://{{host}}/news/{number}</link><guid>{number}</guid>"
    return (
        f"<item><title>{title}</title>{link}{date}<description><![CDATA[<p>{text}</p>]]></description></item>"
    )


class World:
    """Outlets with a feed each, a folder, a Telegram, and a clock."""

    def __init__(self, sandbox: Sandbox, folder: Path, origin: str) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.origin = origin
        self.items: dict[str, list[str]] = {}
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    async def answer(self, request: web.Request) -> web.Response:
        outlet = request.path.strip("/")
        items = "".join(self.items.get(outlet, ())).replace("{host}", f"{outlet}.example")
        return web.Response(
            text=f'<rss version="2.0"><channel><title>{outlet}</title>{items}</channel></rss>'
        )

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[Bot]:
        async with open_store(str(self.folder)) as store, Web(allow_hosts=["127.0.0.1"]) as pages:
            await store.ledger.recover(self.now)
            request, poll = AiohttpRequest(), AiohttpRequest(1)
            api = telegram.Bot(
                self.sandbox.token,
                base_url=f"{self.sandbox.url}/bot",
                request=request,
                get_updates_request=poll,
            )
            async with request:
                sender = TelegramSender(api)
                watched = Watched(store.ledger)
                deliverer = Deliverer(
                    store.registry,
                    cast("Ledger", watched),
                    sender,
                    pages,
                    style=Style(),
                    rate=FAST,
                    now=self,
                )
                poller = Poller(*store, pages, now=self, wake=deliverer.wake)
                try:
                    yield Bot(store, poller, deliverer, watched, self)
                finally:
                    poller.close()

    def shown(self, chat: int = ANN) -> list[str]:
        """The messages as the chat shows them now."""
        return [m["text"] for m in self.sandbox.chat(chat).messages.values() if m["from"]["is_bot"]]

    @property
    def edits(self) -> int:
        return len(self.sandbox.asked("editMessageText"))


class Bot:
    """One life of the bot."""

    def __init__(
        self, store: Store, poller: Poller, deliverer: Deliverer, watched: Watched, world: World
    ) -> None:
        self.store = store
        self.poller = poller
        self.deliverer = deliverer
        self.watched = watched
        self.world = world

    async def follow(
        self, *chats: int, query: str = "渡轮", since: datetime = START - timedelta(hours=1)
    ) -> None:
        await self.store.registry.add_topic(Topic("ferry", "渡轮", query))
        for chat in chats:
            await self.store.registry.change_subscriber(
                Destination(chat), lambda known: replace(known, following=(Following("ferry", since),))
            )

    async def outlet(self, id: str, title: str) -> None:
        """Add a feed, and read what is in it already, which is no news."""
        url = f"{self.world.origin}/{id}"
        await self.store.registry.add_feed(Feed(id, url, title, added=START - timedelta(days=1)))
        await self.poll(id)

    async def told(self) -> None:
        """Ann follows, and has got the one article of one outlet."""
        await self.follow(ANN)
        await self.outlet("ahang", "海湾日报")
        await self.publish("ahang", item(1))
        await self.pay()

    async def poll(self, *ids: str) -> None:
        for feed in await self.store.registry.feeds():
            if feed.id in ids:
                state = await self.poller.poll(feed)
                assert not state.error

    async def publish(self, id: str, *items: str) -> None:
        """The feed holds these items from now on, and is polled."""
        self.world.items[id] = list(items)
        await self.poll(id)

    async def pay(self, later: timedelta = timedelta()) -> None:
        """Let time pass, and deliver until nothing is due."""
        self.world.now += later
        stop = self.watched.idle = asyncio.Event()
        async with asyncio.timeout(30):
            await self.deliverer.run(stop)


class Watched:
    """A ledger that tells when it has nothing to give out, though no chat had to wait."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.idle = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    async def claim_edit(self, now: datetime, hold: Collection[int] = ()) -> Revision | None:
        found = await self._ledger.claim_edit(now, hold)
        if found is None and not hold:
            self.idle.set()
        return found


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    people = [Person(ANN, "安"), Person(BOB, "白")]
    async with Sandbox(people=people, rates=Rates.unlimited()) as sandbox:
        for person in people:
            sandbox.say(person.id, "/start")
        app = web.Application()
        world = World(sandbox, tmp_path / "data", "")
        app.router.add_get("/{outlet}", world.answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        world.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield world
        await runner.cleanup()


async def test_one_story_of_three_outlets_is_one_message_that_names_them_all(world: World) -> None:
    async with world.bot() as bot:
        await bot.follow(ANN)
        for id, name in (("ahang", "海湾日报"), ("beilu", "北路电台"), ("corso", "科索通讯")):
            await bot.outlet(id, name)
        await bot.publish("ahang", item(1))
        await bot.pay()
        (first,) = world.shown()
        assert "另见" not in first
        await bot.publish("beilu", item(20, "三艘船主机裂纹 海湾交通中断"))
        await bot.publish("corso", item(30, TITLE + " - 科索通讯"))
        await bot.pay()
        assert world.shown() == [first]  # for who comes next may come soon
        await bot.pay(APART)
        message = world.sandbox.sent(ANN)[-1]
        (text,) = world.shown()
        assert "另见：北路电台、科索通讯" in text
        assert world.edits == 1
        links = [e["url"] for e in message["entities"] if e["type"] == "text_link"]
        assert {"https://beilu.example/news/20", "https://corso.example/news/30"} <= set(links)
        assert message["reply_markup"]["inline_keyboard"][0][0]["text"] == "阅读原文"
        (third,) = await bot.store.ledger.by_url("https://corso.example/news/30")
        members = await bot.store.ledger.story(third.key)
        assert [one.source for one in members] == ["海湾日报", "北路电台", "科索通讯"]


async def test_a_feed_that_repeats_itself_swallows_nobodys_news(world: World) -> None:
    async with world.bot() as bot:
        await bot.follow(ANN)
        await bot.outlet("ahang", "海湾日报")
        await bot.outlet("beilu", "北路电台")
        for most in range(4, 2 * MOST_MEMBERS + 1, 4):
            await bot.publish("ahang", *(item(n) for n in range(most)))
        await bot.pay()
        assert len(world.shown()) == 2  # stories that have grown as large as they may
        await bot.publish("beilu", item(99))
        await bot.pay(APART)
        assert "🗞 北路电台" in world.shown()[-1]
        assert len(world.shown()) == 3


async def test_who_was_not_told_of_a_story_gets_it_from_the_next_outlet_with_the_others_named(
    world: World,
) -> None:
    async with world.bot() as bot:
        await bot.outlet("ahang", "海湾日报")
        await bot.outlet("beilu", "北路电台")
        await bot.publish("ahang", item(1))
        await bot.follow(BOB)
        await bot.publish("beilu", item(2))
        await bot.pay()
        (text,) = world.shown(BOB)
        assert "🗞 北路电台" in text
        assert "另见：海湾日报" in text
        await bot.pay(2 * APART)
        assert world.edits == 0


async def test_a_changed_title_is_told_once_it_has_settled_and_search_knows_it(world: World) -> None:
    async with world.bot() as bot:
        await bot.told()
        world.now += timedelta(minutes=5)
        await bot.publish("ahang", item(1, "青河湾渡轮停航 摆渡改由驳船"))
        await bot.pay(SETTLED - timedelta(minutes=1))
        assert "已更新" not in world.shown()[0]
        await bot.publish("ahang", item(1, "青河湾渡轮恢复 摆渡不用驳船"))
        await bot.pay(timedelta(minutes=1))
        assert world.edits == 0  # it changed again meanwhile
        await bot.pay(SETTLED)
        (text,) = world.shown()
        assert text.startswith("青河湾渡轮恢复")
        assert "✏️ 已更新 · 11月22日 16:14（北京时间）" in text
        ledger = bot.store.ledger
        assert (await ledger.search(parse("标题:恢复"))).total == 1
        assert (await ledger.search(parse("四十公里 停航"))).total == 1  # the text still has both
        assert (await ledger.search(parse("标题:停航"))).total == 0
        assert (await ledger.counts()).deliveries == {"sent": 1}


async def test_a_counter_edits_nothing_and_a_fourth_change_neither(world: World) -> None:
    async with world.bot() as bot:
        await bot.told()
        await bot.publish("ahang", item(1, TITLE + "（12）"))
        await bot.pay(SETTLED)
        assert world.edits == 0
        for n in range(MOST_UPDATES + 2):
            await bot.publish("ahang", item(1, f"青河湾渡轮停航第{n}天 居民绕行"))
            await bot.pay(SETTLED + APART)
        assert world.edits == MOST_UPDATES
        await bot.publish("ahang", item(1, "【撤稿】青河湾渡轮停航"))
        await bot.pay()
        (text,) = world.shown()
        assert "⚠️ 已撤回" in text
        assert "主机" not in text
        assert world.edits == MOST_UPDATES + 1


async def test_what_is_as_it_was_told_before_it_has_settled_is_not_edited(world: World) -> None:
    async with world.bot() as bot:
        await bot.follow(ANN)
        await bot.outlet("ahang", "海湾日报")
        await bot.outlet("beilu", "北路电台")
        await bot.publish("ahang", item(1))
        await bot.pay()
        before = world.shown()
        for _ in range(3):
            await bot.publish("ahang", item(1, "青河湾渡轮恢复 摆渡不用驳船"))
            await bot.pay(SETTLED - timedelta(minutes=1))
            await bot.publish("ahang", item(1))
            await bot.pay(2 * SETTLED)
        assert (world.shown(), world.edits) == (before, 0)
        await bot.publish("ahang", item(1, "青河湾渡轮恢复 摆渡不用驳船"))
        await bot.publish("beilu", item(2))
        await bot.publish("ahang", item(1))
        await bot.pay(2 * SETTLED)
        (text,) = world.shown()
        assert "另见：北路电台" in text  # which is still to be told
        assert "已更新" not in text
        assert world.edits == 1


async def test_a_feed_that_wavers_at_every_poll_is_followed_three_times(world: World) -> None:
    async with world.bot() as bot:
        await bot.told()
        for n in range(9):
            await bot.publish("ahang", item(1, ("青河湾渡轮恢复 摆渡不用驳船", TITLE)[n % 2]))
            await bot.pay(SETTLED + APART)
        assert world.edits == MOST_UPDATES


async def test_an_article_that_comes_to_match_is_sent_if_it_is_still_news(world: World) -> None:
    async with world.bot() as bot:
        await bot.follow(ANN, query="驳船")
        await bot.outlet("ahang", "海湾日报")
        await bot.publish("ahang", item(1))
        await bot.pay()
        assert world.shown() == []
        world.now += timedelta(hours=1)
        await bot.publish("ahang", item(1, "青河湾改用驳船"))
        await bot.pay()
        (text,) = world.shown()
        assert text.startswith("青河湾改用驳船")
        world.now += timedelta(hours=1)
        await bot.follow(BOB, query="驳船", since=world.now)
        await bot.publish("ahang", item(1, "青河湾又改用驳船"))
        await bot.pay()
        assert world.shown(BOB) == []


async def test_a_message_that_its_reader_opened_stays_open_when_it_is_edited(world: World) -> None:
    async with world.bot() as bot:
        await bot.follow(ANN)
        await bot.outlet("ahang", "海湾日报")
        old = item(9, "青河湾大桥开工", "大桥全长四公里，将在五年后取代摆渡。")
        await bot.publish("ahang", item(1))
        await bot.publish("ahang", old, item(1))
        await bot.pay()
        (related,) = await bot.store.ledger.by_url("https://ahang.example/news/9")
        sent = world.sandbox.sent(ANN)[-1]["message_id"]
        delivery = await bot.store.ledger.delivered(ANN, sent)
        assert delivery is not None
        for shown, button in (([related.key], "收起"), (None, "更多")):
            await bot.store.ledger.keep_open(delivery.id, shown)
            await bot.publish("ahang", old, item(1, f"青河湾渡轮恢复，{button}"))
            await bot.pay(SETTLED + APART)
            message = world.sandbox.chat(ANN).messages[sent]
            assert "已更新" in message["text"]
            assert ("▸ 青河湾大桥开工" in message["text"]) == (shown is not None)
            assert message["reply_markup"]["inline_keyboard"][0][1]["text"] == button


async def test_a_bot_that_dies_loses_no_edit(world: World) -> None:
    async with world.bot() as bot:
        await bot.told()
        await bot.publish("ahang", item(1, "青河湾渡轮恢复"))
        world.now += SETTLED
        assert await bot.store.ledger.claim_edit(world.now)  # and dies with it
        assert await bot.store.ledger.claim_edit(world.now) is None
    async with world.bot() as bot:
        await bot.pay()
        assert world.shown()[0].startswith("青河湾渡轮恢复")


async def test_a_message_that_was_deleted_is_not_edited_again(world: World) -> None:
    async with world.bot() as bot:
        await bot.told()
        chat = world.sandbox.chat(ANN)
        del chat.messages[world.sandbox.sent(ANN)[-1]["message_id"]]
        for title in ("青河湾渡轮恢复", "青河湾渡轮停驶"):
            await bot.publish("ahang", item(1, title))
            await bot.pay(SETTLED + APART)
        assert bot.deliverer.edits == {"refused": 1}
        assert (await bot.store.ledger.counts()).edits == 0
