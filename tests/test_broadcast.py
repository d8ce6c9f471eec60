"""One article to many readers: composed once for all who chose the same, on a real ledger."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import bot.composing
from bot.deliver import Deliverer
from bot.model import Article, Block, Destination, Following, Message, Outcome, Owed, Sent, Style, Topic
from bot.pace import Rate
from bot.store import Store, open_store
from bot.web import Answer, Failure

NOW = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
TOPIC = Topic("port", "港口", "港口")
FAST = Rate(overall=1e6, chat=1e6, group_per_minute=1e8)


class Readers:
    """A sender that takes everything, and a web that has nothing."""

    def __init__(self, expected: int) -> None:
        self.messages: dict[int, Message] = {}
        self.done = asyncio.Event()
        self._expected = expected

    async def send(self, destination: Destination, message: Message) -> Outcome:
        self.messages[destination.chat] = message
        if len(self.messages) == self._expected:
            self.done.set()
        return Sent(1)

    async def edit(self, *args: object, **kwargs: object) -> Outcome:
        raise NotImplementedError

    async def answers(self) -> bool:
        return True

    async def get(self, url: str, *, limit: int) -> Answer:
        return Failure("nobody is there", "unreachable")


def story(key: str = "a" * 24, **fields: Any) -> Article:
    body = ("新港口今天开始运行，第一艘货轮清晨抵达。", "工程用了六年时间，费用比计划少。", "居民担心噪音。")
    return Article(
        key,
        "dw",
        "新港口开始运行",
        f"https://news.example.org/{key}",
        "示例新闻",
        NOW,
        body=tuple(map(Block, body)),
        **fields,
    )


async def broadcast(
    store: Store, article: Article, chats: range, now: datetime = NOW, **chosen: Any
) -> dict[int, Message]:
    """Send the article to the chats, whose subscribers chose so."""
    await store.registry.add_topic(TOPIC)
    for chat in chats:
        await store.registry.change_subscriber(
            Destination(chat), lambda known: replace(known, following=(Following(TOPIC.id, NOW),), **chosen)
        )
    owed = [Owed(Destination(chat), article.key, (TOPIC.id,)) for chat in chats]
    await store.ledger.record(None, [article], owed, NOW - timedelta(hours=1))
    readers = Readers(len(chats))
    deliverer = Deliverer(
        store.registry, store.ledger, readers, readers, style=Style(), rate=FAST, now=lambda: now
    )
    async with asyncio.timeout(20):
        await deliverer.run(readers.done)
    return readers.messages


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each language's message was composed."""
    count: Counter[str] = Counter()
    compose = bot.composing.compose

    def counting(article: Article, **how: Any) -> Message:
        count[how["language"]] += 1
        return compose(article, **how)

    monkeypatch.setattr(bot.composing, "compose", counting)
    bot.composing.composed.cache_clear()
    return count


async def test_an_article_is_composed_once_for_all_readers_who_chose_the_same(composed):
    async with open_store(":memory:") as store:
        await broadcast(store, story(), range(1, 41), language="zh-Hans")
        await broadcast(store, story("b" * 24), range(41, 61), language="en")
    assert composed == {"zh-Hans": 1, "en": 1}


async def test_readers_of_one_composition_have_buttons_of_their_own(composed):
    async with open_store(":memory:") as store:
        messages = await broadcast(store, story(), range(1, 4))
    data = {button.data for message in messages.values() for row in message.buttons for button in row}
    assert data == {None, *(f"{verb}:{id}" for verb in "xm" for id in (1, 2, 3))}
    assert len({message.html for message in messages.values()}) == 1


async def test_an_article_that_the_outlet_changed_is_composed_anew(composed):
    for title in ("新港口开始运行", "新港口推迟运行"):
        async with open_store(":memory:") as store:
            messages = await broadcast(store, replace(story(), title=title), range(1, 3))
            assert all(title in message.html for message in messages.values())


@pytest.mark.parametrize(("minute", "shown"), [(59, False), (60, True)])
async def test_the_year_is_shown_from_the_minute_in_which_another_begins(composed, minute, shown):
    for offset in (45, minute):  # the earlier one must not be kept for the later one
        async with open_store(":memory:") as store:
            now = NOW.replace(hour=15 + offset // 60, minute=offset % 60)
            messages = await broadcast(store, replace(story(), published=NOW), range(1, 2), now)
    assert ("2026年" in messages[1].html) == shown
