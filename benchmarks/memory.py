"""How much memory the running bot takes: the program itself, in a process of its own, between feeds and a sandbox.

It reads the archives of ten feeds of 30 full texts each, sends a thousand people what is published then, and
answers searches. Linux alone tells what is measured: VmHWM, the most that was ever resident of the bot, and RSS, what
is resident of the bot and of the process that reads for it. What both map is counted twice in that, and once in PSS.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from aiohttp import web

from bot.model import Article, Destination, Following
from bot.sandbox import Person, Sandbox
from bot.sandbox.limits import Rates
from bot.store import open_store

from .corpus import CORPUS
from .figures import Figure
from .polling import document

FEEDS, ITEMS, PEOPLE = 10, 30, 1000
PUBLISHED = 3  # articles, after everybody has subscribed
SEARCHES = 30
FIRST = 1001  # the first person's id
MOST = 100.0  # MB that the bot may take
EVERY = 0.02  # seconds between two looks at what it and its children take
PATIENCE = 600.0  # seconds until all must be done
PICTURE = str(files("bot.sandbox").joinpath("newsroom", "pictures", "chart.jpg"))

POLLING = "interval: 2s, floor: 1s"
CONFIG = """
telegram: {{api_url: "{api}", rate: {{global: 1000, chat: 30}}}}
storage: "{storage}"
polling: {{{polling}, allow_hosts: [{hosts}]}}
topics: [{{id: everything, title: 全部, query: "*"}}]
feeds:
{feeds}
"""


class Newsstand:
    """So many feeds on loopback, each with its latest `ITEMS` articles."""

    def __init__(self, feeds: int, items: int) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        self.asked = Counter[int]()
        self._items = items
        self._shelves = [
            [
                self._dated(feed, article, now - timedelta(hours=1 + number))
                for number, article in enumerate(CORPUS.articles(items, seed=100 + feed))
            ]
            for feed in range(feeds)
        ]
        self._documents: dict[int, bytes] = {}
        self._more = CORPUS.articles(1000, seed=99)

    @staticmethod
    def _dated(feed: int, article: Article, date: datetime) -> Article:
        return replace(article, published=date, url=f"{article.url}-{feed}")

    def publish(self, feed: int) -> None:
        """Put one more article on top."""
        shelf = self._shelves[feed]
        shelf.insert(0, self._dated(feed, next(self._more), datetime.now(UTC) + timedelta(seconds=2)))
        self._documents.pop(feed, None)

    async def serve(self, request: web.Request) -> web.Response:
        """The feed's document."""
        feed = int(request.match_info["feed"])
        self.asked[feed] += 1
        if feed not in self._documents:
            self._documents[feed] = document(self._shelves[feed][: self._items], f"http://{request.host}")
        return web.Response(body=self._documents[feed], content_type="application/rss+xml")

    async def picture(self, request: web.Request) -> web.FileResponse:
        """The same one at every address."""
        return web.FileResponse(PICTURE)


def run(size: int) -> list[Figure]:
    """Figures for ten feeds, and a thousand people; fewer of both where `size` is small."""
    if not Path("/proc/self/status").exists():
        return [Figure("memory of the bot: Linux alone tells it", 0.0, "MB")]
    feeds, people = max(1, min(FEEDS, size // 30)), max(1, min(PEOPLE, size // 4))
    searches = max(1, min(SEARCHES, size // 10))
    idle, busy, watch = asyncio.run(_measured(feeds, people, searches))
    work = f"{feeds} feeds, {PUBLISHED * people:,} messages, {searches} searches"
    return [
        Figure("memory of the bot at its start", idle * 1024 / 1e6, "MB"),
        Figure(f"memory of the bot at its most: {work}", busy * 1024 / 1e6, "MB", most=MOST),
        Figure("… with its reader's process: RSS", watch.resident * 1024 / 1e6, "MB", most=MOST),
        Figure("… with its reader's process: PSS", watch.shared * 1024 / 1e6, "MB", most=MOST),
    ]


async def _measured(feeds: int, people: int, searches: int) -> tuple[int, int, Watch]:
    """The bot's VmHWM in KiB when it has started, and when all is done; and what it was with its children."""
    stand = Newsstand(feeds, ITEMS)
    readers = [Person(FIRST + number, f"读者{number}", f"reader{number}") for number in range(people)]
    with tempfile.TemporaryDirectory() as folder:
        async with (
            Sandbox(people=readers, rates=Rates.unlimited()) as sandbox,
            _served(stand, feeds) as hosts,
        ):
            config = _config(folder, sandbox.url, hosts)
            await _subscribed(f"{folder}/data", readers)
            for reader in readers:
                sandbox.chat(reader.id).members[sandbox.world.bot.id] = "member"  # who have started the bot
            async with _bot(config, sandbox.token) as pid:
                await sandbox.wait_for(lambda: sandbox.asked("setMyCommands"), timeout=60)
                idle = peak(pid)
                async with _watched(pid) as watch:
                    await _use(sandbox, stand, readers, feeds, searches)
                return idle, peak(pid), watch


def _config(folder: str, api: str, hosts: list[str]) -> Path:
    feeds = (f'  - {{id: f{n}, url: "http://{host}/{n}", title: 新闻{n}}}' for n, host in enumerate(hosts))
    allowed = ", ".join(f'"{host}"' for host in hosts)
    path = Path(folder, "config.yaml")
    path.write_text(
        CONFIG.format(
            polling=POLLING, api=api, storage=f"{folder}/data", hosts=allowed, feeds="\n".join(feeds)
        ),
        "utf-8",
    )
    return path


async def _use(sandbox: Sandbox, stand: Newsstand, readers: list[Person], feeds: int, searches: int) -> None:
    # At the second time, what was there before is known.
    while len(stand.asked) < feeds or min(stand.asked.values()) < 2:  # noqa: ASYNC110 - another process asks
        await asyncio.sleep(0.1)
    for reader, query in zip(itertools.cycle(readers), CORPUS.queries()[:searches], strict=False):
        sandbox.say(reader.id, f"/search {query}")
    for number in range(PUBLISHED):
        stand.publish(number % feeds)
    async with asyncio.timeout(PATIENCE):
        awaited = PUBLISHED * len(readers) + searches
        while sum(len(sandbox.sent(reader.id)) for reader in readers) < awaited:  # noqa: ASYNC110 - looked at seldom
            await asyncio.sleep(1)


async def _subscribed(folder: str, readers: list[Person]) -> None:
    """A store in which everybody follows everything."""
    async with open_store(folder) as store:
        following = (Following("everything", datetime.now(UTC)),)
        for reader in readers:
            await store.registry.change_subscriber(
                Destination(reader.id), lambda known: replace(known, following=following)
            )


def peak(pid: int) -> int:
    """The most memory that the process ever had resident (VmHWM), in KiB. See proc_pid_status(5)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise ValueError("the process is gone")


@dataclass
class Watch:
    """The most that a process and its children were seen to take at once, in KiB."""

    resident: int = 0
    shared: int = 0  # what several processes map, divided among them

    def look(self, pid: int) -> None:
        """Take it down where it is more than before."""
        children = [child for child in _children(pid) if _program(child) != _program(pid)]
        memory = [_memory(process) for process in (pid, *children)]
        self.resident = max(self.resident, sum(resident for resident, _ in memory))
        self.shared = max(self.shared, sum(shared for _, shared in memory))


def _children(pid: int) -> list[int]:
    # Those of each thread, for a thread is what starts them.
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _program(pid: int) -> bytes:
    """What the process runs, as on its command line. A child that has not begun with its own has its parent's, and all
    that it maps is its parent's too (vfork(2))."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _memory(pid: int) -> tuple[int, int]:
    """RSS and PSS in KiB; of a process that has ended, nothing. See proc_pid_smaps(5)."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        figures = {name: int(value.split()[0]) for name, value in (line.split(":") for line in lines)}
        return figures["Rss"], figures["Pss"]
    return 0, 0


@asynccontextmanager
async def _watched(pid: int) -> AsyncIterator[Watch]:
    watch = Watch()

    async def look() -> None:
        while True:
            watch.look(pid)
            await asyncio.sleep(EVERY)

    looking = asyncio.create_task(look())
    try:
        yield watch
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


@asynccontextmanager
async def _served(stand: Newsstand, feeds: int) -> AsyncIterator[list[str]]:
    """The newsstand's hosts, one for each feed: of one host, the bot asks for one document at a time."""
    app = web.Application()
    app.router.add_get("/{feed:[0-9]+}", stand.serve)
    app.router.add_get("/{picture:.+}", stand.picture)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        for number in range(feeds):
            await web.TCPSite(runner, f"127.0.0.{1 + number}", 0).start()
        yield [f"{host}:{port}" for host, port in runner.addresses]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _bot(config: Path, token: str) -> AsyncIterator[int]:
    """The program as it is run; its process id."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--config", str(config)),
        env={**os.environ, "TELEGRAM_TOKEN": token},
    )
    try:
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
