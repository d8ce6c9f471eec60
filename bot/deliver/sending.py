"""The loop that pays debts, and each of them from claim to settlement."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime
from functools import partial

from ..message import plainest
from ..model import (
    Article,
    Delivery,
    Destination,
    Following,
    Gone,
    Message,
    Moved,
    Outcome,
    Refused,
    Retry,
    Revision,
    Style,
    Subscriber,
)
from ..pace import Pace, Rate
from ..sender import Sender
from ..store import Ledger, Registry
from ..store.telling import told
from ..wording import Wording
from ..worker import Run
from .pictures import Fetcher, Pictures

_ATTEMPTS = 5  # at a delivery that cannot be composed, before it is given up
_EDITS = 10  # of so many messages one is an edit where both wait: a retraction must not wait out a broadcast
_POLL = 1.0  # seconds between looks into the ledger when nobody calls `wake`
_MOMENT = 0.2  # seconds between a chat's turn and the second reply in a row that takes it
_PATIENCE = 120.0  # seconds that a person's reply waits for its turn
_TROUBLE = 5.0  # seconds to wait for a ledger that fails

_log = logging.getLogger(__name__)


class Deliverer:
    """Sends what is owed, `concurrency` messages at a time. `grace`: seconds that a stop waits for answers.

    `compose`: where messages are made, which holds up nobody there; it can take a tenth of a second, and a summariser
    of the operator's own whatever it likes.

    `outcomes` counts what became of deliveries, by the outcome's name in lower case, and `edits` what became of edits.
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
        compose: Run = asyncio.to_thread,
        concurrency: int = 8,
        grace: float = 20.0,
    ) -> None:
        self.outcomes: Counter[str] = Counter()
        self.edits: Counter[str] = Counter()
        self._registry = registry
        self._ledger = ledger
        self._sender = sender
        self._pictures = Pictures(ledger, web)
        self._wording = Wording(style)
        self._now = now
        self._compose = compose
        self._concurrency = concurrency
        self._grace = grace
        self._pace = Pace(rate)
        self._in_doubt = False  # a call got nowhere: ask before the next message
        self._asking: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._inflight: dict[int, asyncio.Task[None]] = {}  # by chat: never two at once to the same
        self._replied: set[int] = set()  # chats of which a reply had the last turn
        self._messages = 0  # since it was looked for an edit first
        self._promised: set[int] = set()  # chats whose first call the pace has let through already

    def wake(self) -> None:
        """There are new debts: look at once."""
        self._woken.set()

    async def turn(self, chat: int, *, patience: float = _PATIENCE, is_edit: bool = False) -> float:
        """A reply is to go to this chat, past the ledger: wait until its gap has passed, and leave it its share of what
        Telegram allows. `answered` is to follow. Where that takes more than `patience`, none may go, and the seconds
        that are left are returned at once. `is_edit`: a message is only changed, which needs no gap and leaves none, as
        Telegram counts messages; but a 429 is for every call, and `answered` is to tell of one."""
        now = _clock()
        wait = self._pace.told(now, chat) if is_edit else self._pace.gap(now, chat)
        if not is_edit and chat in self._replied and 0 < wait <= patience:
            await self._let_pass(chat, wait)
            now = _clock()
            wait = self._pace.gap(now, chat)
        if wait > patience:
            return wait
        self._pace.count(now)
        if not is_edit:
            self._pace.leave_gap(now + wait, chat)  # at once, so that two replies do not take the same turn
            self._replied.add(chat)
        await asyncio.sleep(wait)
        return 0.0

    async def _let_pass(self, chat: int, wait: float) -> None:
        """Between two replies, let go what is owed to the chat: who asks without end would keep it from everybody."""
        await asyncio.sleep(wait)
        self.wake()
        await asyncio.sleep(_MOMENT)
        if chat in self._inflight:
            await asyncio.wait([self._inflight[chat]])

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
        """Start the next delivery, or the next edit. Returns for how many seconds there is neither, unless something
        wakes us."""
        now = _clock()
        if len(self._inflight) >= self._concurrency:
            return _POLL
        if wait := self._pace.delay(now, ahead=len(self._promised)):
            return wait
        if self._in_doubt:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            return _POLL
        hold = self._pace.waiting(now) | self._inflight.keys()
        self._replied &= hold
        try:
            debt = await self._next(hold)
        except Exception:
            _log.exception("the ledger gives out no deliveries")
            return _TROUBLE
        if debt is None:
            return min(_POLL, self._pace.next_change(now))
        self._start(debt)
        return 0.0

    async def _next(self, hold: Collection[int]) -> Delivery | Revision | None:
        """Claim one debt: what is claimed is sent at once, and never waits for another of the same chat."""
        edits_first = self._messages >= _EDITS - 1
        if edits_first:
            self._messages = 0
            if revision := await self._ledger.claim_edit(self._now(), hold):
                return revision
        for delivery in await self._ledger.claim(self._now(), 1, hold):
            self._messages += 1
            return delivery
        return None if edits_first else await self._ledger.claim_edit(self._now(), hold)

    async def _ask(self) -> None:
        """Ask whether calls get through again. A message is no knock: where answers are lost on the way, it may be
        there already, and a second doubt is its last."""
        if await self._sender.answers():
            self._in_doubt = False
            self.wake()
        else:
            self._pace.failed(_clock())

    def _start(self, debt: Delivery | Revision) -> None:
        is_new = isinstance(debt, Delivery)
        delivery = debt if isinstance(debt, Delivery) else debt.delivery
        chat = delivery.destination.chat
        self._promised.add(chat)
        self._replied.discard(chat)
        name = f"{'delivery' if is_new else 'edit'} {delivery.id}"
        task = asyncio.create_task(self._pay(debt, name), name=name)
        self._inflight[chat] = task

        def finish(_: asyncio.Task[None]) -> None:
            del self._inflight[chat]
            self._promised.discard(chat)
            self.wake()

        task.add_done_callback(finish)

    async def _pay(self, debt: Delivery | Revision, name: str) -> None:
        try:
            outcome = await (self._deliver(debt) if isinstance(debt, Delivery) else self._edit(debt))
        except Exception as error:
            _log.exception("%s failed", name)
            outcome = Retry(f"it failed: {type(error).__name__}")
        await self._settle(debt, outcome, name)

    async def _deliver(self, delivery: Delivery) -> Outcome:
        story = await told(self._ledger, delivery.article)
        if not story:
            return Refused("no longer there")
        subscriber = await self._subscriber(delivery)
        topics, feeds = await self._registry.topics(), await self._registry.feeds()
        try:
            message = await self._compose(
                self._wording.message, delivery, story, subscriber, topics, feeds, self._now()
            )
        except Exception as error:
            _log.exception("delivery %d to %s cannot be composed", delivery.id, delivery.destination)
            reason = f"it cannot be composed: {type(error).__name__}"
            return Refused(reason) if delivery.attempts >= _ATTEMPTS else Retry(reason)
        if message is None:
            return Refused("no longer wanted")
        destination = delivery.destination

        async def call(way: Message) -> Outcome:
            return await self._call(destination.chat, lambda: self._sender.send(destination, way))

        outcome = await self._pictures.send(
            call,
            message,
            story[0],
            on_wait=lambda: self._promised.discard(destination.chat),  # whoever waits goes by the pace again
        )
        if isinstance(outcome, Refused) and outcome.unforeseen:
            return await call(plainest(message, story[0]))
        return outcome

    async def _edit(self, revision: Revision) -> Outcome:
        delivery = revision.delivery
        story = await told(self._ledger, delivery.article)
        subscriber = await self._subscriber(delivery)
        if not story or not subscriber.active or delivery.message_id is None:
            return Refused("nobody there to read it")
        topics, feeds = await self._registry.topics(), await self._registry.feeds()
        try:
            message = await self._compose(
                self._wording.edited,
                revision,
                story,
                subscriber,
                topics,
                feeds,
                self._now(),
                related=await self._related(revision),
            )
        except Exception as error:
            _log.exception("message %s of %s cannot be composed", delivery.message_id, delivery.destination)
            return Refused(f"it cannot be composed: {type(error).__name__}")
        edit = partial(
            self._sender.edit, delivery.destination, delivery.message_id, message, photo=delivery.photo
        )
        return await self._call(delivery.destination.chat, edit)

    async def _related(self, revision: Revision) -> list[Article] | None:
        """What the message names besides, where it is shown at length."""
        if revision.related is None:
            return None
        found = [await self._ledger.article(key) for key in revision.related]
        return [article for article in found if article is not None]

    async def _subscriber(self, delivery: Delivery) -> Subscriber:
        known = await self._registry.subscriber(delivery.destination)
        if known is not None:
            return known
        # Nobody is ever removed: the chat has moved, and the process died before the ledger knew. Telegram says so
        # again when it is asked.
        following = tuple(Following(topic, self._now()) for topic in delivery.topics)
        return Subscriber(delivery.destination, following=following)

    async def _settle(self, debt: Delivery | Revision, outcome: Outcome, name: str) -> None:
        """Write the answer down, however long it takes: what Telegram has must not go out again for a full disk."""
        delivery = debt if isinstance(debt, Delivery) else debt.delivery
        counter = self.outcomes if isinstance(debt, Delivery) else self.edits
        counter[type(outcome).__name__.lower()] += 1
        pause = 1.0
        while True:
            try:
                outcome = await self._tell_registry(delivery.destination, outcome)
                if isinstance(debt, Delivery):
                    return await self._ledger.settle(debt, outcome, self._now())
                return await self._ledger.settle_edit(debt, outcome, self._now())
            except Exception:
                _log.exception("%s cannot be settled, trying again", name)
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

    async def _call(self, chat: int, call: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """One call to Telegram about this chat, when the pace allows it."""
        if chat not in self._promised:
            while wait := self._pace.delay(_clock(), chat, ahead=len(self._promised)):  # noqa: ASYNC110 - for a time
                await asyncio.sleep(wait)
        self._promised.discard(chat)
        self._pace.count(_clock())
        outcome = await call()
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


def _clock() -> float:
    return asyncio.get_running_loop().time()
