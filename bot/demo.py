"""Wiring: the whole product on one machine: a sandbox Telegram, a sample newsroom, and the bot between them."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from .app import run
from .config import Config
from .model import Article, Block
from .query import parse
from .sandbox import BotAccount, Person, Sandbox
from .sandbox.newsroom import Newsroom, Story

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
WRITING = 1.5  # seconds from a wish to its story, which is to be dated later: in whole seconds

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
        bot = asyncio.create_task(run(config.setup(), stop, on_ready=lambda _: ready.set()))
        helpers = [asyncio.create_task(work) for work in (transcript.watch(), _serve(sandbox, newsroom))]
        if headless:
            helpers.append(asyncio.create_task(_play(sandbox, ready, transcript)))
        try:
            await asyncio.wait({bot, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            await bot
        finally:
            for task in helpers:
                task.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
        transcript.catch_up()
        return transcript.articles > 0


def _config(sandbox: Sandbox, newsroom: Newsroom) -> Config:
    return Config.model_validate(
        {
            "telegram": {"token": sandbox.token, "api_url": sandbox.url},
            "admins": (ADMIN,),
            "storage": ":memory:",
            "polling": {"interval": "2s", "floor": "1s", "allow_hosts": ("127.0.0.1",)},
            "feeds": (
                {"id": "sample", "url": newsroom.url, "title": "样本新闻网"},
                {"id": "second", "url": newsroom.second_url, "title": "海湾通讯社"},
            ),
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


async def _serve(sandbox: Sandbox, newsroom: Newsroom) -> None:
    """Whoever follows a topic by its button shall not wait for its turn: a story on it is published next.

    What the bot makes of that is its own business; it is told nothing.
    """
    known: set[tuple[int, str]] = set()

    def changes() -> set[tuple[int, str]]:
        return _followed(sandbox) ^ known

    while True:
        with suppress(TimeoutError):
            await sandbox.wait_for(changes, timeout=60)
        changed = changes()
        await asyncio.sleep(WRITING)
        for title in {title for _, title in changed - known}:
            newsroom.publish(_is_on(title))
        known ^= changed


def _followed(sandbox: Sandbox) -> set[tuple[int, str]]:
    """Who follows which topic, by the buttons that they saw last."""
    marks: dict[tuple[int, str], str] = {}
    for person in PEOPLE:
        for message in sandbox.history(person.id) if person.id in sandbox.world.chats else ():
            for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
                for button in row:
                    mark, _, title = button["text"].partition(" ")
                    marks[person.id, title] = mark
    titles = {topic["title"] for topic in TOPICS}
    return {(person, title) for (person, title), mark in marks.items() if mark == "✅" and title in titles}


def _is_on(title: str) -> Callable[[Story], bool]:
    query = next(parse(topic["query"]) for topic in TOPICS if topic["title"] == title)

    def fits(story: Story) -> bool:
        body, now = (Block(story.text),), datetime.now(UTC)
        return query.match(Article("", "", story.title, "", "", now, body=body, tags=story.tags)) is not None

    return fits


async def _play(sandbox: Sandbox, ready: asyncio.Event, transcript: _Transcript) -> None:
    """Two people use the bot as people would."""
    await ready.wait()
    sandbox.say(READER, "/start")
    greeting = await _answer(sandbox, READER, lambda m: FIRST_TOPIC in str(m.get("reply_markup")))
    transcript.press(READER, greeting["message_id"], f"➕ {FIRST_TOPIC}")
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

    def press(self, person: int, message: int, button: str) -> None:
        """Press a button for somebody, and print that: a press is no message."""
        self.catch_up()
        if self._say:
            self._say(f"{next(p.first_name for p in PEOPLE if p.id == person)}: [按钮] {button}")
        self._sandbox.press(person, message, button)

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
