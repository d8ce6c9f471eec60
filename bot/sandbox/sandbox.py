"""The sandbox as its users hold it: one object, a server on loopback, and the people's side as plain calls."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from .arguments import Arguments
from .desk import Desk
from .faults import Faults
from .guard import guard
from .limits import Rates
from .page_api import PageApi
from .people import People
from .pictures import Pictures
from .server import MOST_BODY, BotApi, Call
from .state import JSON, BotAccount, Message, Person, World
from .updates import Updates

T = TypeVar("T")
PEOPLE = (Person(1001, "小明", "xiaoming"),)


class Sandbox(People):
    """A Telegram with these people and one bot. Use it as an async context manager.

    What people do there is inherited: `say`, `press`, `block`, `create_group`, `set_status` and so on.
    `port` 0 takes a free one. `token`: a new random one for each sandbox, unless it is given.
    `rates`: what is answered 429; `Rates.unlimited()` for tests of something else.
    `clock` gives Unix time for dates, rates and what becomes too old; waiting is done in real time.
    """

    def __init__(
        self,
        port: int = 0,
        people: Sequence[Person] = PEOPLE,
        bot: BotAccount | None = None,
        token: str = "",
        rates: Rates | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        bot = bot or BotAccount()
        self.token = token or f"{bot.id}:{secrets.token_urlsafe(26)}"  # 35 characters, as BotFather gives
        self.port = port
        super().__init__(World(list(people), bot, rates or Rates(), clock), Updates(clock))
        self.pictures = Pictures(self.world.files)
        self.faults = Faults()
        self._desk = Desk(self.world, self.updates, self, self.pictures)
        self._api = BotApi(self._desk, self.token, self.faults, self._stir)
        self._page = PageApi(self._desk)
        self._runner: web.AppRunner | None = None
        self._stirred = asyncio.Event()
        self.world.observers.append(lambda chat, event: self._stir())

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MOST_BODY, middlewares=[guard])
        self._api.add_routes(app)
        self._page.add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        await web.SockSite(self._runner, listener).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._page.close()
        self.faults.clear()
        await self._desk.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address of the Bot API, without /bot, and of the page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def calls(self) -> deque[Call]:
        """The bot's requests so far, oldest first; the last 20,000."""
        return self._api.calls

    @property
    def inline_answers(self) -> dict[str, JSON]:
        """What the bot answered to inline queries, by query id."""
        return self._desk.inline_answers

    async def ask(self, method: str, fields: Mapping[str, object]) -> tuple[int, JSON]:
        """One request of the bot, without files and without HTTP: the answer's status and body, and 0 for the status
        where the connection would be closed without an answer."""
        return await self._api.ask(method, Arguments.of(fields))

    def asked(self, method: str) -> list[Call]:
        """The requests of one method so far."""
        return [call for call in self.calls if call.method.lower() == method.lower()]

    def history(self, chat: int) -> list[Message]:
        """The chat's messages, oldest first, as they are now."""
        return list(self.world.chats[chat].messages.values())

    def sent(self, chat: int) -> list[Message]:
        """Those of them that are the bot's, or a channel's own."""
        bot = self.world.bot.id
        return [m for m in self.history(chat) if "sender_chat" in m or m["from"]["id"] == bot]

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 5.0) -> T:  # noqa: ASYNC109  (as its name says)
        """Wait until it is true (or anything else that counts as true) and return it. Raises TimeoutError.

        It is asked again after each request of the bot and each change in a chat.
        """
        async with asyncio.timeout(timeout):
            while True:
                self._stirred.clear()
                value = predicate()
                if value:
                    return value
                await self._stirred.wait()

    def _stir(self) -> None:
        self._stirred.set()
