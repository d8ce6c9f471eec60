"""A message with its picture, by the first way that Telegram accepts.

The picture's address, the feed's proxy of it, an upload of our own, a large preview, none. What was found out is
remembered, so that the readers of a broadcast do not all climb the same ladder.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol
from weakref import WeakValueDictionary

from ..message import fallbacks
from ..model import Article, Message, Outcome, Refused, Sent
from ..sender import NO_PHOTOS, picture_type
from ..store import Ledger
from ..urls import pieces
from ..web import Answer, Page

UPLOAD_LIMIT = 10_000_000  # bytes of a photo; https://core.telegram.org/bots/api#sending-files
_REMEMBER = 86_400.0  # seconds for which a picture's refusal is remembered

_log = logging.getLogger(__name__)

Call = Callable[[Message], Awaitable[Outcome]]


class Fetcher(Protocol):
    """What deliveries need of `web.Web`."""

    async def get(self, url: str, *, limit: int) -> Answer:
        """The page at this address, of at most `limit` bytes."""


class Pictures:
    """The ways that pictures go, and what was found out about them."""

    def __init__(self, ledger: Ledger, web: Fetcher) -> None:
        self._ledger = ledger
        self._web = web
        self._searching: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._poor_hosts = _Memory()  # whose pictures Telegram could not fetch
        self._poor_pictures = _Memory()  # that went by no way at all

    async def send(
        self, call: Call, message: Message, article: Article, *, on_wait: Callable[[], None]
    ) -> Outcome:
        """Send it, by `call`, with its picture: by the way that an earlier delivery found; where none did, others wait
        for us, and `on_wait` is called before."""
        url = message.photo
        if not isinstance(url, str):
            return await call(message)
        if not await self._is_explored(url):
            lock = self._searching.setdefault(url, asyncio.Lock())
            if lock.locked():
                on_wait()
            async with lock:
                if not await self._is_explored(url):
                    return await self._climb(call, message, article, url)
        return await self._climb(call, message, article, url)

    async def _is_explored(self, url: str) -> bool:
        return self._poor_pictures.holds(url) or await self._ledger.photo(url) is not None

    async def _climb(self, call: Call, message: Message, article: Article, url: str) -> Outcome:
        outcome: Outcome = Refused("no way to send it")
        known = await self._ledger.photo(url)
        async with aclosing(self._ways(message, article, url, known)) as ways:
            async for way in ways:
                outcome = await call(way)
                if not isinstance(outcome, Refused) or not outcome.picture:
                    break
                if outcome.reason == NO_PHOTOS:
                    plain = next(other for other in fallbacks(message, article) if other.photo is None)
                    return await call(plain)
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
        self._until[thing] = asyncio.get_running_loop().time() + _REMEMBER
        if len(self._until) > self._size:
            del self._until[next(iter(self._until))]

    def holds(self, thing: str) -> bool:
        return self._until.get(thing, 0.0) > asyncio.get_running_loop().time()
