"""The door to storage: two protocols that hold all its semantics, and `open_store`.

`Registry` keeps what people decide: feeds, topics, subscribers. `Ledger` keeps what the machine accumulates:
articles and their search, feed states, deliveries. Flows know these protocols and never a backend; one
contract suite (tests/test_store.py) is run on every backend.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from ..habits import Habit
from ..model import (
    Article,
    Counts,
    Delivery,
    Destination,
    Feed,
    FeedState,
    Findings,
    Found,
    Outcome,
    Owed,
    Revision,
    Subscriber,
    Topic,
)
from ..query import Query

NOTHING = Findings()

log = logging.getLogger(__name__)

Order = Literal["newest", "relevance"]


class Registry(Protocol):
    """What people decide. Small; every change is atomic and on disk when the call returns.

    A `change` function gets the value as it is now (not as the caller last saw it) and returns the new one, so that
    overlapping edits add up instead of overwriting each other. It must be pure and quick; whatever it
    raises reaches the caller and nothing is changed.
    """

    async def seed(self, feeds: Sequence[Feed], topics: Sequence[Topic]) -> None:
        """Make these feeds and topics of the config, in one step; each only once for ever, so that what people
        changed stays changed and what they removed stays removed."""

    async def feeds(self) -> Sequence[Feed]:
        """All feeds, in the order in which they were added."""

    async def add_feed(self, feed: Feed) -> bool:
        """Add it unless one with its id is there. True where it was added."""

    async def change_feed(self, id: str, change: Callable[[Feed], Feed]) -> Feed:
        """Change it and return the new value. Raises Missing."""

    async def remove_feed(self, id: str) -> Feed | None:
        """Remove it and return what it was; topics that name it keep its id."""

    async def topics(self) -> Sequence[Topic]:
        """All topics, shared and personal, in the order in which they were added."""

    async def add_topic(self, topic: Topic) -> bool:
        """Add it unless one with its id is there. True where it was added."""

    async def change_topic(self, id: str, change: Callable[[Topic], Topic]) -> Topic:
        """Change it and return the new value. Raises Missing."""

    async def remove_topic(self, id: str) -> Topic | None:
        """Remove it, and every subscriber's following of it, in one step. Returns what it was."""

    async def subscribers(self) -> Sequence[Subscriber]:
        """Everybody that the bot knows, active or not."""

    async def subscriber(self, destination: Destination) -> Subscriber | None:
        """One of them."""

    async def change_subscriber(
        self, destination: Destination, change: Callable[[Subscriber], Subscriber]
    ) -> Subscriber:
        """Change a subscriber, who is made with default values where they are new. Returns the new value."""

    async def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: its subscribers and personal topics go along. Where the new chat is known
        already, what both followed is followed once. Doing it again changes nothing."""

    async def close(self) -> None:
        """Finish what is being written and let go of the files."""


class Ledger(Protocol):
    """What the machine accumulates. Durable when a call returns; each call is one transaction.

    Deliveries go ready → inflight → sent | gone | refused | unknown, or back to ready with a time before which
    they are not claimed. `unknown`: Telegram may have accepted it twice already; a third copy is never sent.
    """

    async def states(self) -> Mapping[str, FeedState]:
        """The state of every feed that was ever polled, by the feed's id."""

    async def seen(self, feed: str, keys: Collection[str]) -> Mapping[str, str]:
        """Those of `keys` that this feed has brought, each with the digest of its entry; "" where none was kept."""

    async def record(
        self,
        state: FeedState | None,
        articles: Sequence[Article],
        owed: Sequence[Owed],
        now: datetime,
        findings: Findings = NOTHING,
    ) -> int:
        """Seen and owed, in one transaction: the feed's state (None: leave it), its new articles, and who is to get
        them. Articles and debts that are there already stay as they are. Returns how many articles were new.

        `findings`: changed articles take their earlier versions' place, also in the search; digests are kept where
        there is a state. Messages that were sent about a changed article, or about a story that another outlet
        has now, are owed an edit in the same transaction.
        """

    async def article(self, key: str) -> Article | None:
        """One article."""

    async def by_url(self, url: str) -> Sequence[Article]:
        """The articles whose canonical link (urls.canonical_url) is that of `url`, newest first."""

    async def alike(self, prints: Sequence[int]) -> Sequence[Article]:
        """Articles of the last days that share some of these prints (stories.prints): candidates for one story, the
        likest first."""

    async def oldest(self, since: datetime) -> datetime | None:
        """When the first of the articles was published that were published at `since` or later, None where none was."""

    async def story(self, key: str) -> Sequence[Article]:
        """All articles of this one's story, itself included, in the order in which they were found."""

    async def search(
        self,
        query: Query,
        *,
        limit: int = 20,
        offset: int = 0,
        order: Order = "newest",
        count: int | None = 0,
        patience: float | None = 2.0,
    ) -> Found:
        """The articles that the query matches: exactly those of which `query.match(article)` is not None.

        "relevance" puts the best of the newest 300 first. How many match is counted up to the end of the page, or as
        far as `count` (None: all of them). After `patience` seconds (None: never) a search ends with what it has
        found, and says how far back it came.
        """

    async def claim(self, now: datetime, limit: int, hold: Collection[int] = ()) -> Sequence[Delivery]:
        """Lease at most `limit` deliveries: per destination the oldest that is ready, none of a destination that
        has one in flight, none of the chats in `hold`."""

    async def settle(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        """Write down Telegram's answer. Sent, Gone and Refused end it; Gone ends all of the chat's deliveries;
        Moved rewrites the chat's deliveries and makes this one ready; Retry makes it ready after
        `outcome.after` seconds, after 2 where it never left, or after a backoff that doubles from 5 seconds to 5
        minutes; the second
        ambiguous one ends it as unknown."""

    async def claim_edit(self, now: datetime, hold: Collection[int] = ()) -> Revision | None:
        """Lease the edit of a sent message that has been due longest, none of the chats in `hold`. Of each message one
        edit at most is owed, a minute at least after the last; what is asked for meanwhile is part of it."""

    async def settle_edit(self, revision: Revision, outcome: Outcome, now: datetime) -> None:
        """Write down Telegram's answer to an edit. Retry makes it due again, as of deliveries; Refused and Gone end the
        message's edits for ever; Moved rewrites the chat's deliveries."""

    async def recover(self, now: datetime) -> int:
        """At start, when the lock says that nobody else sends: what was in flight when the last process died is
        ambiguous. Returns how many there were."""

    async def delivered(self, chat: int, message_id: int, named: int | None = None) -> Delivery | None:
        """The delivery behind a message in a chat. `named`: the number of the one that the message itself names, which
        is believed only if it was for this chat; for messages whose ids were lost with Telegram's answers."""

    async def keep_open(self, delivery: int, related: Sequence[str] | None) -> None:
        """The delivery's message is shown at length, naming the articles with these keys, and stays so when it is
        edited; None: it is as it was sent."""

    async def deliveries(self, article: str) -> Sequence[tuple[Delivery, str]]:
        """All deliveries of an article, each with its state."""

    async def photo(self, url: str) -> str | None:
        """The file_id under which Telegram knows the picture at this address."""

    async def keep_photo(self, url: str, file_id: str) -> None:
        """Remember it."""

    async def habits(self, feed: str) -> Sequence[Habit]:
        """What the feed repeats around its articles, most frequent first (bot/habits.py)."""

    async def keep_habit(self, feed: str, signature: str, kept: bool) -> None:
        """People want the habit of this signature in their messages all the same, or no longer."""

    async def counts(self) -> Counts:
        """The ledger in figures."""

    async def close(self) -> None:
        """Finish what is being written and let go of the files."""


class Store(NamedTuple):
    """The two halves, opened together."""

    registry: Registry
    ledger: Ledger


@asynccontextmanager
async def open_store(url: str, *, read_only: bool = False) -> AsyncIterator[Store]:
    """Open the store at `url`: a folder, made where there is none, or ":memory:".

    A folder is locked for as long as it is open, unless it is opened to be read only. Raises StoreLocked, which
    names the other instance, StoreDamaged, and StoreError where the folder cannot be used.
    """
    # Backends are imported here and not above: they import the protocols' words from this package's parents.
    from .lock import locked
    from .sqlite import SqliteLedger
    from .tiny import TinyRegistry

    async with locked(url, needed=not read_only) as folder:
        half = _half(folder) if folder else ""
        registry = await TinyRegistry.open(folder, read_only=read_only)
        try:
            ledger = await SqliteLedger.open(folder, read_only=read_only)
            try:
                if half and (await registry.subscribers() or (await ledger.counts()).deliveries):
                    log.warning("%s", half)
                yield Store(registry, ledger)
            finally:
                await ledger.close()
        finally:
            await registry.close()


def _half(folder: Path) -> str:
    """What to say where one of the two files is there, and the other is not, nor its backup."""
    there = {name: any(folder.glob(f"{name}*")) for name in ("registry.json", "ledger.db")}
    if there["ledger.db"] and not there["registry.json"]:
        return (
            f"{folder} has a ledger but no registry.json: nobody follows anything any more, and the config's feeds and "
            "topics are made anew. Where that was not meant, stop the bot and put the file back"
        )
    if there["registry.json"] and not there["ledger.db"]:
        return (
            f"{folder} has a registry but no ledger.db: the archive is empty, and what was still owed is not known. "
            "Where that was not meant, stop the bot and put the file back"
        )
    return ""
