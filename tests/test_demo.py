"""`make demo` shows the whole product by itself, and keeps to Telegram's rules and rates while it does."""

from __future__ import annotations

import asyncio
import re
import socket
from typing import Any

import aiohttp
import pytest

from bot import demo as room
from bot.demo import demo
from bot.sandbox import Sandbox
from bot.sandbox.newsroom import stories


@pytest.fixture
def sandboxes(monkeypatch: pytest.MonkeyPatch) -> list[Sandbox]:
    """The sandboxes that demos open."""
    opened: list[Sandbox] = []

    class Watched(Sandbox):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            opened.append(self)

    monkeypatch.setattr(room, "Sandbox", Watched)
    return opened


async def test_played_without_a_browser_it_prints_the_conversation(sandboxes: list[Sandbox]) -> None:
    stop, lines = asyncio.Event(), list[str]()

    def say(line: str) -> None:
        lines.append(line)
        if "🖼" in line and "/topics us-china + 芯片" in "".join(lines):
            stop.set()

    async with asyncio.timeout(80):
        assert await demo(stop, port=0, every=1.0, headless=True, say=say)
    told = "\n".join(lines)
    for words in (
        "陈晓雨: /start",
        "[➕ 中美关系]",
        "陈晓雨: [按钮] ➕ 中美关系",
        "🖼",
        "[阅读原文]",
        "🔎 拜登 · ",
        "✅ 已保存",
        "拜登 OR 布林肯 OR 拜习会 OR 芯片",
    ):
        assert words in told
    (sandbox,) = sandboxes
    refused = [call for call in sandbox.calls if call.status not in (200, 409)]
    assert not refused, "with Telegram's own rates"
    assert all(call.method == "getUpdates" for call in sandbox.calls if call.status == 409)


async def test_it_prints_one_address_where_the_chat_is() -> None:
    stop, lines = asyncio.Event(), list[str]()
    shown = asyncio.Event()

    def say(line: str) -> None:
        lines.append(line)
        shown.set()

    running = asyncio.create_task(demo(stop, port=0, every=60, say=say))
    async with asyncio.timeout(80):
        await shown.wait()
        (address,) = re.findall(r"http://\S+", lines[0])
        async with aiohttp.ClientSession() as http, http.get(address) as page:
            assert page.status == 200
            assert "<html" in await page.text()
        stop.set()
        assert not await running, "no article was delivered yet"
    assert len(lines) == 1


async def test_a_taken_port_is_said_where_it_was_asked_for_and_avoided_where_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(OSError, match="in use"):
            await demo(asyncio.Event(), port=taken.getsockname()[1])
        assert room._free(taken.getsockname()[1]) == taken.getsockname()[1]


def test_the_usual_port_is_left_to_whoever_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(room, "PORT", taken.getsockname()[1])
        assert room._free(None) == 0


async def test_whoever_follows_a_topic_need_not_wait_until_its_turn_comes(sandboxes: list[Sandbox]) -> None:
    title = room.TOPICS[-1]["title"]
    stop, opened = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(demo(stop, port=0, every=3600, say=lambda line: opened.set()))
    async with asyncio.timeout(80):
        await opened.wait()
        (sandbox,) = sandboxes
        sandbox.say(room.READER, "/start")
        greeting = await room._answer(sandbox, room.READER, lambda m: title in str(m.get("reply_markup")))
        sandbox.press(room.READER, greeting["message_id"], f"➕ {title}")
        article = await room._answer(sandbox, room.READER, lambda m: "photo" in m)
        stop.set()
        assert await running
    assert f"#{title}" in article["caption"]


def test_there_are_stories_on_each_topic() -> None:
    for topic in room.TOPICS:
        assert sum(map(room._is_on(topic["title"]), stories())) >= 3
