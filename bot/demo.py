"""Wiring: the whole product on one machine: a sandbox Telegram, a sample newsroom, and the bot between them."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from .app import run
from .config import Config
from .sandbox import BotAccount, Person, Sandbox
from .sandbox.newsroom import Newsroom

ADMIN, READER = 1001, 1002
PORT = 8765
PEOPLE = (
    Person(READER, "陈晓雨", "chen", role="订阅者 Subscriber"),
    Person(ADMIN, "林编辑", "lin", role="管理员 Admin"),
)
TOPICS = (
    {"id": "us-china", "title": "中美关系", "query": "拜登 OR 布林肯 OR 拜习会"},
    {"id": "tech", "title": "科技", "query": "AI OR 芯片 OR 卫星"},
    {"id": "climate", "title": "气候", "query": "气候 OR 冰川 OR 降温"},
    {"id": "taiwan", "title": "臺灣地方", "query": "标签:臺灣"},
)
FIRST_TOPIC = "中美关系"

Say = Callable[[str], None]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def demo(
    stop: asyncio.Event,
    *,
    port: int | None = None,
    every: float = 6.0,
    headless: bool = False,
    say: Say = _say,
) -> bool:
    """Run the demo until told to stop. `every`: seconds between two articles. Headless, two people are played and the
    conversation is printed. Returns whether an article was delivered."""
    async with (
        Newsroom(every=every) as newsroom,
        Sandbox(
            port=_free(port), people=PEOPLE, bot=BotAccount(first_name="快讯", username="kuaixun_demo_bot")
        ) as sandbox,
    ):
        config = _config(sandbox, newsroom)
        transcript = _Transcript(sandbox, say if headless else None)
        if not headless:
            say(f"快讯 Kuaixun demo: open {sandbox.url} in a browser. Ctrl+C ends it.")
        ready = asyncio.Event()
        bot = asyncio.create_task(run(config, stop, on_ready=lambda _: ready.set()))
        players = asyncio.create_task(_play(sandbox, ready) if headless else ready.wait())
        watching = asyncio.create_task(transcript.watch())
        try:
            await asyncio.wait({bot, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            await bot
        finally:
            for task in (players, watching):
                task.cancel()
            await asyncio.gather(players, watching, return_exceptions=True)
        transcript.catch_up()
        return transcript.articles > 0


def _config(sandbox: Sandbox, newsroom: Newsroom) -> Config:
    return Config.model_validate(
        {
            "telegram": {"token": sandbox.token, "api_url": sandbox.url},
            "admins": (ADMIN,),
            "storage": ":memory:",
            "polling": {"interval": "2s", "floor": "1s", "allow_hosts": ("127.0.0.1",)},
            "feeds": ({"id": "sample", "url": newsroom.url, "title": "样本新闻网"},),
            "topics": TOPICS,
        }
    )


def _free(port: int | None) -> int:
    """The port that was asked for; without one the usual port, or any where that is taken."""
    if port is not None:
        return port
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return 0
    return PORT


async def _play(sandbox: Sandbox, ready: asyncio.Event) -> None:
    """Two people use the bot as people would."""
    await ready.wait()
    sandbox.say(READER, "/start")
    greeting = await _answer(sandbox, READER, lambda m: FIRST_TOPIC in str(m.get("reply_markup")))
    sandbox.press(READER, greeting["message_id"], f"➕ {FIRST_TOPIC}")
    await _answer(sandbox, READER, lambda m: "photo" in m)
    sandbox.say(READER, "/search 拜登")
    await _answer(sandbox, READER, lambda m: m.get("text", "").startswith("🔎"))
    sandbox.say(ADMIN, "/start")
    await _answer(sandbox, ADMIN, lambda m: "reply_markup" in m)
    sandbox.say(ADMIN, "/topics us-china + 芯片")
    await _answer(sandbox, ADMIN, lambda m: "芯片" in m.get("text", ""))


async def _answer(sandbox: Sandbox, person: int, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        return [m for m in sandbox.sent(person) if fits(m)] if person in sandbox.world.chats else []

    messages = await sandbox.wait_for(found, timeout=60)
    await asyncio.sleep(0.3)  # a person reads before they write
    return messages[-1]


class _Transcript:
    """Prints what is said in the two chats, and counts the articles in them."""

    def __init__(self, sandbox: Sandbox, say: Say | None) -> None:
        self.articles = 0
        self._sandbox = sandbox
        self._say = say
        self._seen: set[tuple[int, int]] = set()

    async def watch(self) -> None:
        """Look again whenever something happens."""
        while True:
            self.catch_up()
            with suppress(TimeoutError):
                await self._sandbox.wait_for(self._news, timeout=60)

    def _news(self) -> list[tuple[Person, dict[str, Any]]]:
        return [
            (person, message)
            for person in PEOPLE
            if person.id in self._sandbox.world.chats
            for message in self._sandbox.history(person.id)
            if (person.id, message["message_id"]) not in self._seen
        ]

    def catch_up(self) -> None:
        """Print what is new."""
        for person, message in self._news():
            self._seen.add((person.id, message["message_id"]))
            self.articles += _is_article(message)
            if self._say:
                self._say(_printed(person, message))


def _is_article(message: dict[str, Any]) -> bool:
    return bool(message["from"]["is_bot"]) and "photo" in message


def _printed(person: Person, message: dict[str, Any]) -> str:
    bot = message["from"]["is_bot"]
    who = f"快讯 → {person.first_name}" if bot else person.first_name
    text = ("🖼  " if "photo" in message else "") + str(message.get("text") or message.get("caption") or "")
    lines = [f"{who}: {re.sub(chr(10), chr(10) + '    ', text)}"]
    rows: Sequence[Sequence[dict[str, Any]]] = message.get("reply_markup", {}).get("inline_keyboard", ())
    lines += ["    " + " ".join(f"[{button['text']}]" for button in row) for row in rows]
    return "\n".join(lines)
