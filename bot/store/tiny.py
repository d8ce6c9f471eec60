"""The registry: feeds, topics and subscribers in one small readable file, `registry.json`.

TinyDB with a storage of our own (atomic.py), because its own was corrupted by a kill and by a full disk, and takes
an empty file for an empty database. A change is worked out on immutable values, written aside, made durable, and
only then put in the place of the old file and of the old values in memory: a failure at any point leaves both as they
were.

One thread does all the work. It is what makes overlapping changes add up, and the event loop never waits for a
disk; reads are answered from memory. What waits while the file is written is written together, once.
Edit the file by hand only while the bot is not running.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from tinydb import TinyDB
from tinydb.table import Document

from ..errors import Missing, StoreDamaged, StoreError
from ..model import Destination, Feed, Subscriber, Topic
from .atomic import AtomicStorage
from .codec import decode, encode

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seeded:
    """That the config's feed or topic of this name was made once."""

    name: str


@dataclass(frozen=True, slots=True)
class State:
    """Everything that people decided, at one moment. Each mapping is in the order of addition."""

    feeds: Mapping[str, Feed] = field(default_factory=dict)
    topics: Mapping[str, Topic] = field(default_factory=dict)
    subscribers: Mapping[Destination, Subscriber] = field(default_factory=dict)
    seeded: Mapping[str, Seeded] = field(default_factory=dict)


Edit = Callable[[State], tuple[State, T]]


class TinyRegistry:
    """A Registry in one file, or in memory where there is no folder."""

    def __init__(self, folder: Path | None, *, read_only: bool = False) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="registry")
        self._waiting: deque[tuple[Edit[Any], Future[Any]]] = deque()
        self._read_only = read_only
        self._file = RegistryFile(folder / "registry.json" if folder else None, read_only=read_only)
        self._state = self._file.load()

    @classmethod
    async def open(cls, folder: Path | None, *, read_only: bool = False) -> TinyRegistry:
        """Read the file, off the event loop. Raises StoreDamaged, and StoreError where it cannot be used."""
        return await asyncio.to_thread(cls, folder, read_only=read_only)

    async def seed(self, feeds: Sequence[Feed], topics: Sequence[Topic]) -> None:
        """Make the config's feeds and topics, each only once for ever."""

        def edit(state: State) -> tuple[State, None]:
            known_feeds, known_topics = dict(state.feeds), dict(state.topics)
            seeded = dict(state.seeded)
            for feed in feeds:
                if seeded.setdefault(f"feed {feed.id}", new := Seeded(f"feed {feed.id}")) is new:
                    known_feeds.setdefault(feed.id, feed)
            for topic in topics:
                if seeded.setdefault(f"topic {topic.id}", new := Seeded(f"topic {topic.id}")) is new:
                    known_topics.setdefault(topic.id, topic)
            return replace(state, feeds=known_feeds, topics=known_topics, seeded=seeded), None

        await self._edit(edit)

    async def feeds(self) -> Sequence[Feed]:
        """See the protocol, here and below."""
        return tuple(self._state.feeds.values())

    async def add_feed(self, feed: Feed) -> bool:
        """Add it unless one with its id is there."""

        def edit(state: State) -> tuple[State, bool]:
            if feed.id in state.feeds:
                return state, False
            return replace(state, feeds={**state.feeds, feed.id: feed}), True

        return await self._edit(edit)

    async def change_feed(self, id: str, change: Callable[[Feed], Feed]) -> Feed:
        """Change it and return the new value."""

        def edit(state: State) -> tuple[State, Feed]:
            new = _changed(state.feeds, id, change)
            _same_key(id, new.id)
            return replace(state, feeds={**state.feeds, id: new}), new

        return await self._edit(edit)

    async def remove_feed(self, id: str) -> Feed | None:
        """Remove it and return what it was."""
        return await self._edit(
            lambda state: (replace(state, feeds=_without(state.feeds, id)), state.feeds.get(id))
        )

    async def topics(self) -> Sequence[Topic]:
        """All topics."""
        return tuple(self._state.topics.values())

    async def add_topic(self, topic: Topic) -> bool:
        """Add it unless one with its id is there."""

        def edit(state: State) -> tuple[State, bool]:
            if topic.id in state.topics:
                return state, False
            return replace(state, topics={**state.topics, topic.id: topic}), True

        return await self._edit(edit)

    async def change_topic(self, id: str, change: Callable[[Topic], Topic]) -> Topic:
        """Change it and return the new value."""

        def edit(state: State) -> tuple[State, Topic]:
            new = _changed(state.topics, id, change)
            _same_key(id, new.id)
            return replace(state, topics={**state.topics, id: new}), new

        return await self._edit(edit)

    async def remove_topic(self, id: str) -> Topic | None:
        """Remove it and every following of it."""

        def edit(state: State) -> tuple[State, Topic | None]:
            left = {
                destination: replace(
                    one,
                    following=tuple(f for f in one.following if f.topic != id),
                    left=tuple(f for f in one.left if f.topic != id),
                )
                if any(f.topic == id for f in (*one.following, *one.left))
                else one
                for destination, one in state.subscribers.items()
            }
            return replace(state, topics=_without(state.topics, id), subscribers=left), state.topics.get(id)

        return await self._edit(edit)

    async def subscribers(self) -> Sequence[Subscriber]:
        """Everybody that the bot knows."""
        return tuple(self._state.subscribers.values())

    async def subscriber(self, destination: Destination) -> Subscriber | None:
        """One of them."""
        return self._state.subscribers.get(destination)

    async def change_subscriber(
        self, destination: Destination, change: Callable[[Subscriber], Subscriber]
    ) -> Subscriber:
        """Change a subscriber, or make them."""

        def edit(state: State) -> tuple[State, Subscriber]:
            new = change(state.subscribers.get(destination) or Subscriber(destination))
            _same_key(destination, new.destination)
            return replace(state, subscribers={**state.subscribers, destination: new}), new

        return await self._edit(edit)

    async def move_chat(self, old: int, new: int) -> None:
        """Take a group's subscribers and personal topics along. Where the new chat follows something already, its own
        choices are kept and those of the old one are added; where it does not, it gets the old one's."""
        await self._edit(lambda state: (_moved(state, old, new), None))

    async def close(self) -> None:
        """Finish what is being written."""
        await asyncio.to_thread(self._worker.shutdown)

    async def _edit(self, edit: Edit[T]) -> T:
        done: Future[T] = Future()
        self._waiting.append((edit, done))
        self._worker.submit(self._apply)
        # Shielded: once begun, an edit is written and remembered, even where whoever asked for it has gone.
        return await asyncio.shield(asyncio.wrap_future(done))

    def _apply(self) -> None:
        """Make all edits that wait, in their order, and write the file once for all of them."""
        state, made = self._state, []
        while self._waiting:
            edit, done = self._waiting.popleft()
            try:
                state, result = edit(state)
            except BaseException as error:
                done.set_exception(error)
            else:
                made.append((done, result))
        try:
            self._write(state)
        except BaseException as error:
            for done, _ in made:
                done.set_exception(error)
        else:
            for done, result in made:
                done.set_result(result)

    def _write(self, state: State) -> None:
        if state != self._state:
            if self._read_only:
                raise StoreError("the store was opened to be read only")
            self._file.save(self._state, state)
            self._state = state


def _changed(values: Mapping[str, V], id: str, change: Callable[[V], V]) -> V:
    if id not in values:
        raise Missing(f"{id} is no longer there")
    return change(values[id])


def _same_key(old: object, new: object) -> None:
    if old != new:
        raise ValueError(f"a change may not turn {old} into {new}")


def _without(values: Mapping[K, V], key: K) -> Mapping[K, V]:
    return {k: value for k, value in values.items() if k != key}


def _moved(state: State, old: int, new: int) -> State:
    if old == new:
        return state
    subscribers: dict[Destination, Subscriber] = dict(state.subscribers)
    for destination in state.subscribers:
        if destination.chat == old:
            there = replace(destination, chat=new)
            mover = replace(subscribers.pop(destination), destination=there)
            subscribers[there] = _merged(subscribers[there], mover) if there in subscribers else mover
    topics = {
        id: replace(topic, owner=replace(topic.owner, chat=new))
        if topic.owner and topic.owner.chat == old
        else topic
        for id, topic in state.topics.items()
    }
    return replace(state, topics=topics, subscribers=subscribers)


def _merged(known: Subscriber, mover: Subscriber) -> Subscriber:
    # A chat that follows nothing was only just heard of: the defaults it has were chosen by nobody.
    base = known if known.following else mover
    added = tuple(f for f in mover.following if base.follows(f.topic) is None)
    return replace(base, active=known.active or mover.active, following=base.following + added)


class RegistryFile:
    """Each kind of values as a TinyDB table, saved together or not at all."""

    def __init__(self, path: Path | None, *, read_only: bool = False) -> None:
        self._path = path
        self._storage = AtomicStorage(path, read_only=read_only)
        self._db = TinyDB(storage=lambda: self._storage)
        self._ids: dict[str, dict[Any, int]] = {}  # by table: the document's number of each key

    def load(self) -> State:
        """Everything in the file. Raises StoreDamaged, which names the row that makes no sense."""
        return State(
            feeds=self._rows("feeds", Feed, lambda feed: feed.id),
            topics=self._rows("topics", Topic, lambda topic: topic.id),
            subscribers=self._rows("subscribers", Subscriber, lambda one: one.destination),
            seeded=self._rows("seeded", Seeded, lambda one: one.name),
        )

    def _rows(self, table: str, kind: type[V], key: Callable[[V], K]) -> dict[K, V]:
        values: dict[K, V] = {}
        ids = self._ids[table] = {}
        for document in sorted(self._db.table(table), key=lambda document: document.doc_id):
            try:
                value = decode(kind, dict(document))
                if key(value) in values:
                    raise ValueError(f"{key(value)} is there twice")
            except ValueError as error:
                raise StoreDamaged(
                    f"{self._path}: {table} {document.doc_id}: {error}; the file was left as it is"
                ) from error
            values[key(value)] = value
            ids[key(value)] = document.doc_id
        return values

    def save(self, old: State, new: State) -> None:
        """Write the difference of two states, in one step. Raises StoreError, and then nothing is changed."""
        ids: dict[str, dict[Any, int]] = {}
        with self._storage.transaction():
            ids["feeds"] = self._put("feeds", old.feeds, new.feeds)
            ids["topics"] = self._put("topics", old.topics, new.topics)
            ids["subscribers"] = self._put("subscribers", old.subscribers, new.subscribers)
            ids["seeded"] = self._put("seeded", old.seeded, new.seeded)
        self._ids = ids

    def _put(self, table: str, old: Mapping[K, object], new: Mapping[K, object]) -> dict[K, int]:
        ids: dict[K, int] = self._ids[table]
        if old is new:
            return ids
        stale = [key for key, value in old.items() if new.get(key) is not value]
        fresh = [key for key, value in new.items() if old.get(key) is not value]
        left = {key: ids[key] for key in ids if key in new}
        for number, key in enumerate(
            (key for key in fresh if key not in left), max(ids.values(), default=0) + 1
        ):
            left[key] = number
        # Rows are replaced and never edited in place, so that what was read before stays as it was.
        rows = self._db.table(table, cache_size=0)
        rows.remove(doc_ids=[ids[key] for key in stale])
        rows.insert_multiple(Document(encode(new[key]), left[key]) for key in fresh)
        return left
