"""Flow: pay what the ledger says is owed.

    while not told to stop:
        delivery = ledger.claim()            # a lease, as soon as the pace and a free hand allow it
        message  = compose(...)              # for this reader, if they still want it
        outcome  = sender.send(message)      # a refused picture: by another way, at last without
        ledger.settle(delivery, outcome)     # only Telegram's answer ends a debt

A process that dies leaves at most `concurrency` deliveries of which nobody knows whether Telegram has them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from weakref import WeakValueDictionary

from .composing import composed, wanted
from .locale import say
from .message import fallbacks
from .model import (
    Article,
    Button,
    Delivery,
    Destination,
    Feed,
    Following,
    Gone,
    Message,
    Moved,
    Outcome,
    Refused,
    Retry,
    Sent,
    Style,
    Subscriber,
    Topic,
)
from .pace import Pace, Rate
from .sender import NO_PHOTOS, Sender, picture_type
from .store import Ledger, Registry
from .urls import pieces
from .web import Answer, Page

UPLOAD_LIMIT = 10_000_000  # bytes of a photo; https://core.telegram.org/bots/api#sending-files
_ATTEMPTS = 5  # at a delivery that cannot be composed, before it is given up
_POLL = 1.0  # seconds between looks into the ledger when nobody calls `wake`
_PATIENCE = 120.0  # seconds that a person's reply waits for its turn
_TROUBLE = 5.0  # seconds to wait for a ledger that fails
_REMEMBER = 86_400.0  # seconds for which a picture's refusal is remembered

_log = logging.getLogger(__name__)


class Fetcher(Protocol):
    """What deliveries need of `web.Web`."""

    async def get(self, url: str, *, limit: int) -> Answer:
        """The page at this address, of at most `limit` bytes."""


class Deliverer:
    """Sends what is owed, `concurrency` messages at a time. `grace`: seconds that a stop waits for answers.

    `outcomes` counts what became of deliveries, by the outcome's name in lower case.
    """

    def __init__(
        self,
        registry: Registry,
        ledger: Ledger,
        sender: Sender,
        web: Fetcher,
        *,
        style: Style,
        rate: Rate,
        now: Callable[[], datetime],
        concurrency: int = 8,
        grace: float = 20.0,
    ) -> None:
        self.outcomes: Counter[str] = Counter()
        self._registry = registry
        self._ledger = ledger
        self._sender = sender
        self._web = web
        self._style = style
        self._now = now
        self._concurrency = concurrency
        self._grace = grace
        self._pace = Pace(rate)
        self._in_doubt = False  # a call got nowhere: ask before the next message
        self._asking: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._inflight: dict[int, asyncio.Task[None]] = {}  # by chat: never two at once to the same
        self._promised: set[int] = set()  # chats whose first call the pace has let through already
        self._searching: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._poor_hosts = _Memory()  # whose pictures Telegram could not fetch
        self._poor_pictures = _Memory()  # that went by no way at all

    def wake(self) -> None:
        """There are new debts: look at once."""
        self._woken.set()

    async def turn(self, chat: int) -> float:
        """A reply is to go to this chat, past the ledger: wait until its gap has passed, and leave it its share of what
        Telegram allows. `answered` is to follow. Where that takes more than `_PATIENCE`, none may go, and the seconds
        that are left are returned at once."""
        now = _clock()
        wait = self._pace.gap(now, chat)
        if wait > _PATIENCE:
            return wait
        self._pace.count(now)
        self._pace.leave_gap(now + wait, chat)  # at once, so that two replies do not take the same turn
        await asyncio.sleep(wait)
        return 0.0

    def answered(self, chat: int, wait: float = 0.0) -> None:
        """Telegram has answered a call of ours to this chat; `wait`: seconds for which it wants no other."""
        now = _clock()
        self._pace.leave_gap(now, chat)
        if wait:
            self._pace.refused(now, chat, wait)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set, then wait for the answers that are still to come."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self.wake())
        try:
            while not stop.is_set():
                self._woken.clear()
                if idle := await self._claim():
                    await self._sleep(idle)
            if self._inflight:
                await asyncio.wait(self._inflight.values(), timeout=self._grace)
        finally:
            left = [stopping, *self._inflight.values(), *([self._asking] if self._asking else ())]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _claim(self) -> float:
        """Start the next delivery. Returns for how many seconds there is none, unless something wakes us."""
        now = _clock()
        if len(self._inflight) >= self._concurrency:
            return _POLL
        if wait := self._pace.delay(now, ahead=len(self._promised)):
            return wait
        if self._in_doubt:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            return _POLL
        try:
            # One at a time: what is claimed is sent at once, and never waits for another of the same chat.
            claimed = await self._ledger.claim(
                self._now(), 1, self._pace.waiting(now) | self._inflight.keys()
            )
        except Exception:
            _log.exception("the ledger gives out no deliveries")
            return _TROUBLE
        for delivery in claimed:
            self._start(delivery)
        return 0.0 if claimed else min(_POLL, self._pace.next_change(now))

    async def _ask(self) -> None:
        """Ask whether calls get through again. A message is no knock: where answers are lost on the way, it may be
        there already, and a second doubt is its last."""
        if await self._sender.answers():
            self._in_doubt = False
            self.wake()
        else:
            self._pace.failed(_clock())

    def _start(self, delivery: Delivery) -> None:
        chat = delivery.destination.chat
        self._promised.add(chat)
        task = asyncio.create_task(self._pay(delivery), name=f"delivery {delivery.id}")
        self._inflight[chat] = task

        def finish(_: asyncio.Task[None]) -> None:
            del self._inflight[chat]
            self._promised.discard(chat)
            self.wake()

        task.add_done_callback(finish)

    async def _pay(self, delivery: Delivery) -> None:
        try:
            outcome = await self._deliver(delivery)
        except Exception as error:
            _log.exception("delivery %d to %s failed", delivery.id, delivery.destination)
            outcome = Retry(f"it failed: {type(error).__name__}")
        await self._settle(delivery, outcome)

    async def _deliver(self, delivery: Delivery) -> Outcome:
        article = await self._ledger.article(delivery.article)
        subscriber = await self._registry.subscriber(delivery.destination)
        if article is None:
            return Refused("no longer there")
        if subscriber is None:
            # Nobody is ever removed: the chat has moved, and the process died before the ledger knew. Telegram says
            # so again when it is asked.
            following = tuple(Following(topic, self._now()) for topic in delivery.topics)
            subscriber = Subscriber(delivery.destination, following=following)
        topics, feeds = await self._registry.topics(), await self._registry.feeds()
        try:
            message = self._compose(delivery, article, subscriber, topics, feeds)
        except Exception as error:
            _log.exception("delivery %d to %s cannot be composed", delivery.id, delivery.destination)
            reason = f"it cannot be composed: {type(error).__name__}"
            return Refused(reason) if delivery.attempts >= _ATTEMPTS else Retry(reason)
        if message is None:
            return Refused("no longer wanted")
        return await self._send(delivery.destination, message, article)

    def _compose(
        self,
        delivery: Delivery,
        article: Article,
        subscriber: Subscriber,
        topics: Sequence[Topic],
        feeds: Sequence[Feed],
    ) -> Message | None:
        """The message for this reader, None where they do not want it any more."""
        topics = wanted(delivery, article, subscriber, topics)
        if not topics:
            return None
        feed = next((feed for feed in feeds if feed.id == article.feed), Feed(article.feed, url=""))
        message = composed(
            article,
            tuple(topics),
            subscriber.language,
            feed.timezone,
            replace(self._style, image=subscriber.picture or self._style.image),
            feed.mode,
            self._now(),
        )
        return self._with_buttons(message, delivery, subscriber)

    def _with_buttons(self, message: Message, delivery: Delivery, subscriber: Subscriber) -> Message:
        # Only where who presses it speaks for the chat: a channel's button is anybody's.
        if not self._style.buttons or delivery.destination.chat < 0:
            return message
        mute = Button(say(subscriber.language, "button.mute"), data=f"m:{delivery.id}")
        row = message.buttons[0] if message.buttons else ()
        return replace(message, buttons=((*row, mute),))

    async def _settle(self, delivery: Delivery, outcome: Outcome) -> None:
        """Write the answer down, however long it takes: what Telegram has must not go out again for a full disk."""
        self.outcomes[type(outcome).__name__.lower()] += 1
        pause = 1.0
        while True:
            try:
                outcome = await self._tell_registry(delivery.destination, outcome)
                return await self._ledger.settle(delivery, outcome, self._now())
            except Exception:
                _log.exception("delivery %d cannot be settled, trying again", delivery.id)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 30.0)

    async def _tell_registry(self, destination: Destination, outcome: Outcome) -> Outcome:
        match outcome:
            case Moved(chat):
                await self._registry.move_chat(destination.chat, chat)
            case Gone(reason, topic_only):
                _log.info("%s is gone: %s", destination, reason)
                await self._registry.change_subscriber(
                    destination, lambda known: replace(known, active=False)
                )
                if topic_only or destination.thread is not None:
                    return Refused(reason)  # the chat's other forum topics find out for themselves
        return outcome

    # Calls and pictures

    async def _call(self, destination: Destination, message: Message) -> Outcome:
        """One call to Telegram, when the pace allows it."""
        chat = destination.chat
        if chat not in self._promised:
            while wait := self._pace.delay(_clock(), chat, ahead=len(self._promised)):  # noqa: ASYNC110 - for a time
                await asyncio.sleep(wait)
        self._promised.discard(chat)
        self._pace.count(_clock())
        outcome = await self._sender.send(destination, message)
        now = _clock()
        self._pace.leave_gap(now, chat)
        match outcome:
            case Retry(after=0):
                self._in_doubt = True
                self._pace.failed(now)
            case Retry(after=seconds):
                self._pace.refused(now, chat, seconds)
            case _:
                self._pace.worked()
        return outcome

    async def _send(self, destination: Destination, message: Message, article: Article) -> Outcome:
        """Send it with its picture, by the way that an earlier delivery found; where none did, others wait for us."""
        url = message.photo
        if not isinstance(url, str):
            return await self._call(destination, message)
        if not await self._is_explored(url):
            lock = self._searching.setdefault(url, asyncio.Lock())
            if lock.locked():
                self._promised.discard(destination.chat)  # whoever waits goes by the pace again
            async with lock:
                if not await self._is_explored(url):
                    return await self._climb(destination, message, article, url)
        return await self._climb(destination, message, article, url)

    async def _is_explored(self, url: str) -> bool:
        return self._poor_pictures.holds(url) or await self._ledger.photo(url) is not None

    async def _climb(self, destination: Destination, message: Message, article: Article, url: str) -> Outcome:
        outcome: Outcome = Refused("no way to send it")
        known = await self._ledger.photo(url)
        async with aclosing(self._ways(message, article, url, known)) as ways:
            async for way in ways:
                outcome = await self._call(destination, way)
                if not isinstance(outcome, Refused) or not outcome.picture:
                    break
                if outcome.reason == NO_PHOTOS:
                    plain = next(other for other in fallbacks(message, article) if other.photo is None)
                    return await self._call(destination, plain)
        if isinstance(outcome, Sent) and outcome.file_id is not None and way.photo != known:
            await self._keep(url, outcome.file_id)
        return outcome

    async def _ways(
        self, message: Message, article: Article, url: str, known: str | None
    ) -> AsyncGenerator[Message, None]:
        """The ways to send a picture, most likely first. Being asked for the next means that the last was refused."""
        if known is not None:
            yield replace(message, photo=known)
        others = list(fallbacks(message, article))
        if not self._poor_pictures.holds(url):
            by_address = [message, *(other for other in others if other.photo is not None)]
            for way in by_address:
                host = pieces(str(way.photo)).netloc
                if not self._poor_hosts.holds(host):
                    yield way
                    self._poor_hosts.add(host)
            picture = await self._download([str(way.photo) for way in by_address])
            if picture is not None:
                yield replace(message, photo=picture)
            self._poor_pictures.add(url)
        for way in others:
            if way.photo is None:
                yield way

    async def _download(self, urls: Sequence[str]) -> bytes | None:
        for url in urls:
            page = await self._web.get(url, limit=UPLOAD_LIMIT)
            if isinstance(page, Page) and picture_type(page.body) is not None:
                return page.body
        return None

    async def _keep(self, url: str, file_id: str) -> None:
        try:
            await self._ledger.keep_photo(url, file_id)
        except Exception:
            # The message is out: nothing that fails from here on may make it go out again.
            _log.exception("a picture's file_id cannot be kept")


class _Memory:
    """What was found out, for a day."""

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._until: dict[str, float] = {}

    def add(self, thing: str) -> None:
        self._until.pop(thing, None)
        self._until[thing] = _clock() + _REMEMBER
        if len(self._until) > self._size:
            del self._until[next(iter(self._until))]

    def holds(self, thing: str) -> bool:
        return self._until.get(thing, 0.0) > _clock()


def _clock() -> float:
    return asyncio.get_running_loop().time()
