"""The wiring: the only place where concrete classes meet, and the ticks that drive them.

Telegram ──updates──▶ chat ──▶ registry, ledger ◀── poll ◀──every second── the scheduler
Telegram ◀──sender── deliver ◀── ledger
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from telegram import Update
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, BaseUpdateProcessor, ContextTypes

from .chat import Desk, announce, handlers, warn
from .deliver import Deliverer
from .errors import ConfigError
from .poll import Poller
from .query import use_aliases
from .rhythm import failing
from .sender import Sender, TelegramSender
from .setup import Setup
from .store import Registry, Store, open_store
from .transport import AiohttpRequest, UpdatesRequest, readable
from .web import Web
from .wording import Wording
from .worker import Reader, Worker

if TYPE_CHECKING:
    # Imported where it is needed: aiohttp's server is two megabytes, and not everybody listens.
    from .listen import Health, Webhook

log = logging.getLogger(__name__)

ALLOWED_UPDATES = [
    Update.MESSAGE,
    Update.CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.MY_CHAT_MEMBER,
]
GRACE = 5.0  # seconds that a stop waits for deliveries in flight …
LAST_CALL = 6.0  # … and for answers in chat; with the rest of the way down, under 10
AT_ONCE = 256  # updates that are worked on at once, one of each chat
IN_A_ROW = 50  # updates of one chat that may wait for each other
TICK = 1.0  # seconds between looks at which feeds are due
LONG_POLL = 25  # seconds that Telegram holds a getUpdates open
PROXY_CUTOFF = 15.0  # seconds on top of it, which the library adds, before the connection counts as lost
PATIENCE = {  # what /healthz waits for before it says that the bot is not well
    "oldest_ready_seconds": 600,
    "feeds_looked_at_seconds": 120,
    "updates_asked_seconds": 180,
}
RECONNECT = 1.0, 30.0  # the first and the most seconds between attempts to reach Telegram at the start

App = Application[Any, Any, Any, Any, Any, Any]


def utc_now() -> datetime:
    """The time, in UTC: the only clock of the process."""
    return datetime.now(UTC)


async def run(setup: Setup, stop: asyncio.Event, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Run the bot until `stop` is set, then finish what is in flight.

    `on_ready` is told the bot's name once updates are taken and deliveries go out. Raises ConfigError for a missing
    or wrong token, StoreError where the store cannot be used, OSError where the port is taken.
    """
    _token(setup)
    use_aliases(setup.aliases)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(setup.storage))
        await seed(setup, store.registry)
        left = await store.ledger.recover(utc_now())
        if left:
            log.warning("%d deliveries were in flight when the last process ended; they are sent again", left)
        web = await stack.enter_async_context(Web(contact=setup.contact, allow_hosts=setup.allow_hosts))
        requests = AiohttpRequest(), UpdatesRequest(1, read_timeout=PROXY_CUTOFF)
        for request in requests:
            stack.push_async_callback(request.shutdown)
        app = _application(setup, *requests)
        sender = TelegramSender(app.bot, paid_broadcast=setup.paid_broadcast)
        # One thread, so that what many readers get of an article is composed once.
        composer = stack.enter_context(closing(Worker("compose")))
        deliverer = Deliverer(
            store.registry,
            store.ledger,
            sender,
            web,
            style=setup.style(),
            rate=setup.rate,
            now=utc_now,
            compose=composer.run,
            grace=GRACE,
        )
        reader = stack.enter_context(closing(Reader()))
        desk = _desk(setup, store, web, sender, reader, deliverer)
        poller = stack.enter_context(_polling(setup, desk, deliverer))
        app.add_handlers(handlers(replace(desk, hurry=poller.hurry, compose=composer.run)))
        app.add_error_handler(_on_error)
        if not await _reach(app.initialize, stop):
            return
        stack.push_async_callback(app.shutdown)
        figures = _Figures(app, store, poller, requests[1])
        await _serve(setup, app, figures, poller, deliverer, stop, on_ready)


async def _serve(
    setup: Setup,
    app: App,
    figures: _Figures,
    poller: Poller,
    deliverer: Deliverer,
    stop: asyncio.Event,
    on_ready: Callable[[str], None] | None,
) -> None:
    """Everything at once, until told to stop; then down in the order in which nothing is lost."""
    async with _updates(setup, app, figures, stop):
        if stop.is_set():
            return
        async with _ticking(poller):
            menu = asyncio.create_task(announce(app.bot, setup.language))
            if on_ready:
                on_ready(f"@{app.bot.username}")
            try:
                await deliverer.run(stop)
            finally:
                await _cancel([menu])


@asynccontextmanager
async def _ticking(poller: Poller) -> AsyncIterator[None]:
    """Look every `TICK` seconds which feeds are due. A tick lasts as long as its slowest feed, and the next does not
    wait for it: the poller itself leaves a feed alone that is being polled."""
    ticks: set[asyncio.Task[int]] = set()

    async def tick() -> None:
        task = asyncio.create_task(poller.tick())
        ticks.add(task)
        task.add_done_callback(done)

    def done(task: asyncio.Task[int]) -> None:
        ticks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("feeds could not be looked at", exc_info=error)

    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_job(tick, "interval", seconds=TICK, coalesce=True, misfire_grace_time=None)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        # A poll that is cut off has recorded nothing, and is due again at the next start.
        await _cancel(ticks)


async def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)


class _ChatByChat(BaseUpdateProcessor):
    """Updates of different chats at once, those of one chat in the order in which they came.

    Who waits for their chat's turn takes nobody else's place: a group that is answered every three seconds, as
    Telegram wants it, would keep everybody waiting. Nor does a chat's queue grow without end.
    """

    def __init__(self) -> None:
        super().__init__(sys.maxsize)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._waiting: Counter[int] = Counter()
        self._flooding: set[int] = set()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Work on it when the chat's earlier ones are done."""
        chat = update.effective_chat if isinstance(update, Update) else None
        try:
            await self._in_turn(chat.id if chat else 0, coroutine)
        finally:
            if asyncio.iscoroutine(coroutine):
                coroutine.close()  # which may never have begun

    async def _in_turn(self, chat: int, coroutine: Awaitable[Any]) -> None:
        if self._waiting[chat] >= IN_A_ROW:
            if chat not in self._flooding:
                self._flooding.add(chat)
                log.warning("chat %d asks faster than it can be answered; what is too much is left out", chat)
            return
        self._waiting[chat] += 1
        try:
            async with self._locks.setdefault(chat, asyncio.Lock()), self._places:
                await coroutine
        finally:
            self._waiting[chat] -= 1
            if not self._waiting[chat]:
                del self._waiting[chat]
                self._flooding.discard(chat)

    async def initialize(self) -> None:
        """Nothing is needed."""

    async def shutdown(self) -> None:
        """Nothing is held."""


def _application(setup: Setup, request: AiohttpRequest, get_updates: AiohttpRequest) -> App:
    return (
        ApplicationBuilder()
        .token(_token(setup))
        .base_url(f"{setup.api_url}/bot")
        .base_file_url(f"{setup.api_url}/file/bot")
        .request(request)
        .get_updates_request(get_updates)
        .job_queue(None)
        .concurrent_updates(_ChatByChat())
        .build()
    )


def _token(setup: Setup) -> str:
    """The token. Raises ConfigError where there is none."""
    if not setup.token:
        raise ConfigError(["telegram.token: is missing"])
    return setup.token


def _desk(setup: Setup, store: Store, web: Web, sender: Sender, reader: Reader, deliverer: Deliverer) -> Desk:
    return Desk(
        store.registry,
        store.ledger,
        web,
        sender,
        utc_now,
        ZoneInfo(setup.timezone),
        deliverer,
        read=reader.run,
        admins=setup.admins,
        language=setup.language,
        picture=setup.image,
        wording=Wording(setup.style()),
    )


async def seed(setup: Setup, registry: Registry) -> None:
    """Make the config's feeds and topics that were never made before."""
    feeds = [replace(feed, added=utc_now()) for feed in setup.feeds]
    await registry.seed(feeds, setup.topics)


async def _reach(call: Callable[[], Awaitable[object]], stop: asyncio.Event) -> bool:
    """Call Telegram until it can be reached, however long that takes. False where it was stopped before.

    Raises ConfigError for a wrong token: that does not pass by waiting.
    """
    pause, most = RECONNECT
    while not stop.is_set():
        try:
            return await _unless(stop, call())
        except InvalidToken:
            raise ConfigError(["telegram.token: Telegram does not know this token"]) from None
        except TelegramError as error:
            log.warning("Telegram cannot be reached (%s); trying again in %.0f s", error.message, pause)
        except (
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
        ) as error:  # the library's words for nonsense
            name = type(error).__name__
            log.warning("Telegram's answer cannot be read (%s); trying again in %.0f s", name, pause)
        await _unless(stop, asyncio.sleep(pause))
        pause = min(pause * 2, most)
    return False


async def _unless(stop: asyncio.Event, work: Awaitable[object]) -> bool:
    """Wait for the work, or until told to stop, which cuts it off. Whether it was done; raises what it raises."""
    task, stopped = asyncio.ensure_future(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        return task.done()
    finally:
        for left in (task, stopped):
            left.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


@asynccontextmanager
async def _updates(setup: Setup, app: App, figures: _Figures, stop: asyncio.Event) -> AsyncIterator[None]:
    """Take updates, by asking for them or by webhook, and answer on the port where there is one.

    At the end, what is being answered may take until `LAST_CALL` seconds after the stop.
    """
    webhook = _webhook(setup, app) if setup.webhook_url else None
    async with AsyncExitStack() as stack:
        if setup.port is not None:
            from .listen import Listener

            listener = Listener(
                setup.port, host=setup.host, health=figures.health, metrics=figures.metrics, webhook=webhook
            )
            await stack.enter_async_context(listener)
            log.info("listening on %s:%d", setup.host, listener.port)
        await app.start()
        called = asyncio.create_task(_last_call(stop))
        try:
            await _reach(partial(_take_updates, setup, app, webhook), stop)
            yield
        finally:
            deadline = await called if stop.is_set() else asyncio.get_running_loop().time() + 1.0
            called.cancel()
            try:
                async with asyncio.timeout_at(deadline):
                    await _take_no_more(app)
            except TimeoutError:
                log.warning("not every answer got through in time; what was left is dropped")


async def _last_call(stop: asyncio.Event) -> float:
    """Until when, by the loop's clock, answers may take: `LAST_CALL` seconds after the stop."""
    await stop.wait()
    return asyncio.get_running_loop().time() + LAST_CALL


async def _take_updates(setup: Setup, app: App, webhook: Webhook | None) -> None:
    if webhook is not None:
        address = f"{setup.webhook_url}{webhook.path}"
        await app.bot.set_webhook(address, secret_token=webhook.secret, allowed_updates=ALLOWED_UPDATES)
    elif app.updater is not None:
        await app.updater.start_polling(
            timeout=LONG_POLL, allowed_updates=ALLOWED_UPDATES, error_callback=_on_poll_error
        )


async def _take_no_more(app: App) -> None:
    # At once: the former asks Telegram a last time, and the latter must not wait for that.
    stops = [app.stop()]
    if app.updater is not None and app.updater.running:
        stops.insert(0, app.updater.stop())
    for error in await asyncio.gather(*stops, return_exceptions=True):
        if isinstance(error, Exception):
            log.warning("updates were not brought to an end as they should (%s)", type(error).__name__)


def _webhook(setup: Setup, app: App) -> Webhook:
    from .listen import Webhook

    async def take(update: dict[str, Any]) -> None:
        if sensible := readable(update):
            await app.update_queue.put(Update.de_json(sensible, app.bot))

    # Both come from the token, so that they last from start to start and nobody else can know them.
    key = _token(setup).encode()
    path, secret = (hmac.new(key, name, hashlib.sha256).hexdigest() for name in (b"path", b"secret"))
    return Webhook(f"/telegram/{path[:32]}", secret, take)


@contextmanager
def _polling(setup: Setup, desk: Desk, deliverer: Deliverer) -> Iterator[Poller]:
    poller = Poller(
        desk.registry,
        desk.ledger,
        desk.web,
        read=desk.read,
        interval=setup.interval,
        floor=setup.floor,
        concurrency=setup.concurrency,
        now=utc_now,
        wake=deliverer.wake,
        tell=partial(warn, desk),
        clutter=setup.clutter,
    )
    try:
        yield poller
    finally:
        poller.close()


def _on_poll_error(error: TelegramError) -> None:
    if isinstance(error, Conflict):
        log.error("another process asks Telegram for updates with this token; this one goes on trying")
    else:
        log.warning("no updates from Telegram: %s", error.message)


async def _on_error(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    """What no handler expected: loud in the log, and no end of the bot."""
    log.error("an update could not be answered", exc_info=context.error)


class _Figures:
    """What /healthz and /metrics tell."""

    def __init__(self, app: App, store: Store, poller: Poller, updates: UpdatesRequest) -> None:
        self._app = app
        self._store = store
        self._poller = poller
        self._updates = updates
        self._since = utc_now()

    async def health(self) -> Health:
        """Well while deliveries do not pile up, feeds are looked at, and Telegram is asked for what people write:
        a loop of these that has ended or hangs is nothing that mends itself, and a restart is."""
        from .listen import Health

        counts, now = await self._store.ledger.counts(), utc_now()
        waits = {"oldest_ready_seconds": counts.waited(now)}
        waits["feeds_looked_at_seconds"] = (now - (self._poller.looked or self._since)).total_seconds()
        if self._updates.asked:  # never, where Telegram posts updates
            waits["updates_asked_seconds"] = (now - self._updates.asked).total_seconds()
        ok = all(waited < PATIENCE[name] for name, waited in waits.items())
        rounded = {name: round(waited) for name, waited in waits.items()}
        return Health(ok, {"bot": self._app.bot.username, **rounded})

    async def metrics(self) -> Mapping[str, float]:
        """The ledger in numbers."""
        counts = await self._store.ledger.counts()
        feeds, states = await self._store.registry.feeds(), await self._store.ledger.states()
        figures = {
            f'kuaixun_deliveries{{state="{state}"}}': float(n) for state, n in counts.deliveries.items()
        }
        figures["kuaixun_articles"] = float(counts.articles)
        figures["kuaixun_feeds_failing"] = float(len(failing(feeds, states)))
        figures["kuaixun_oldest_ready_seconds"] = counts.waited(utc_now())
        return figures
