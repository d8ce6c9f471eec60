"""What a delivery costs besides Telegram: claimed, composed, sent to nobody, settled."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import replace
from datetime import datetime

from bot.deliver import Deliverer
from bot.model import Destination, Following, Message, Outcome, Owed, Sent, Style, Topic
from bot.pace import Rate
from bot.store import Store, open_store
from bot.web import Answer, Failure

from .corpus import CORPUS, NOW
from .figures import Figure

MOST = 500

_TOPIC = Topic("all", "全部", "*")


class Nobody:
    """A sender that accepts everything at once, and a web that has nothing."""

    def __init__(self, expected: int) -> None:
        self._left = expected
        self.done = asyncio.Event()

    async def send(self, destination: Destination, message: Message) -> Outcome:
        self._left -= 1
        if not self._left:
            self.done.set()
        return Sent(1)

    async def answers(self) -> bool:
        return True

    async def edit(
        self, destination: Destination, message_id: int, message: Message, *, photo: bool
    ) -> Outcome:
        return Sent(message_id)

    async def get(self, url: str, *, limit: int) -> Answer:
        return Failure("nobody is there", "unreachable")


def run(size: int) -> list[Figure]:
    """Figures for up to 500 chats that are owed one article each."""
    chats = min(MOST, max(1, size // 10))
    taken = asyncio.run(_deliver(chats))
    return [
        Figure(f"{chats} deliveries from a ledger on disk: CPU each", taken / chats * 1e3),
        Figure("deliveries a second of CPU", chats / taken, "", way="Telegram allows 30 a second"),
    ]


async def _deliver(chats: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(folder) as store:
            await _owe(store, chats)
            nobody = Nobody(chats)
            deliverer = Deliverer(
                store.registry,
                store.ledger,
                nobody,
                nobody,
                style=Style(),
                rate=Rate(overall=1e6, chat=1e6, group_per_minute=1e6),
                now=_now,
            )
            start = time.process_time()
            running = asyncio.create_task(deliverer.run(nobody.done))
            await running
            return time.process_time() - start


async def _owe(store: Store, chats: int) -> None:
    article = CORPUS.article_of(1200)
    await store.registry.add_topic(_TOPIC)
    following = (Following(_TOPIC.id, NOW),)
    for chat in range(1, chats + 1):
        await store.registry.change_subscriber(
            Destination(chat), lambda known: replace(known, following=following)
        )
    owed = [Owed(Destination(chat), article.key, (_TOPIC.id,)) for chat in range(1, chats + 1)]
    await store.ledger.record(None, [article], owed, NOW)


def _now() -> datetime:
    return NOW
