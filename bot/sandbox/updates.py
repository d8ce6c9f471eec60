"""The bot's updates: a queue that a long poll or a webhook empties."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from .refusal import Refusal, bad
from .state import JSON

KINDS = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
)
NOT_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")
KEPT = 24 * 3600  # seconds; https://core.telegram.org/bots/api#getting-updates
QUEUE = 10_000  # updates kept at most
LONGEST_POLL = 50  # seconds; the server's LONG_POLL_MAX_TIMEOUT
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class Updates:
    """The queue. What is not allowed is never queued; what is acknowledged or a day old is gone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.queue: deque[tuple[float, JSON]] = deque(maxlen=QUEUE)
        self.next_id = 100_000_001
        self.allowed: tuple[str, ...] = tuple(kind for kind in KINDS if kind not in NOT_BY_DEFAULT)
        self.webhook: JSON | None = None
        self.arrived = asyncio.Event()
        self.poll: asyncio.Future[None] | None = None  # of the poll that waits now; set: it is terminated
        self.closing = False
        self.courier: asyncio.Task[None] | None = None

    def put(self, kind: str, content: Any) -> None:
        """Queue an update of that kind."""
        if kind not in self.allowed:
            return
        self.queue.append((self.clock(), {"update_id": self.next_id, kind: content}))
        self.next_id += 1
        self.arrived.set()

    def allow(self, kinds: Any) -> None:
        """What setWebhook and getUpdates are given as allowed_updates: kept until they are given another."""
        if kinds is None:
            return
        if not isinstance(kinds, list):
            raise bad("can't parse allowed updates: expected an Array of String")
        wanted = tuple(kind for kind in KINDS if kind in kinds)
        self.allowed = wanted or tuple(kind for kind in KINDS if kind not in NOT_BY_DEFAULT)

    def pending(self) -> list[JSON]:
        """What is still to be fetched, oldest first."""
        while self.queue and self.queue[0][0] < self.clock() - KEPT:
            self.queue.popleft()
        return [update for _, update in self.queue]

    def acknowledge(self, before: int) -> None:
        """Forget all updates with an id below this one."""
        while self.queue and self.queue[0][1]["update_id"] < before:
            self.queue.popleft()

    async def get(self, offset: int, limit: int, seconds: int) -> list[JSON]:
        """getUpdates. Raises Refusal 409 in the poll that a newer one displaces."""
        if self.webhook:
            raise Refusal(409, WEBHOOK_ACTIVE)
        if self.poll and not self.poll.done():
            self.poll.set_result(None)
        mine = self.poll = asyncio.get_running_loop().create_future()
        if offset > 0:
            self.acknowledge(offset)
        elif offset < 0 and self.queue:
            self.acknowledge(self.queue[max(0, len(self.queue) + offset)][1]["update_id"])
        limit = limit if 1 <= limit <= 100 else 100
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(max(seconds, 0), LONGEST_POLL)):
                while not self.pending() and not self.closing:
                    await self._arrival(mine)
        if mine.done():
            raise Refusal(409, OTHER_POLLER)
        mine.cancel()
        return self.pending()[:limit]

    async def _arrival(self, terminated: asyncio.Future[None]) -> None:
        self.arrived.clear()
        arrival = asyncio.ensure_future(self.arrived.wait())
        try:
            await asyncio.wait((arrival, terminated), return_when=asyncio.FIRST_COMPLETED)
        finally:
            arrival.cancel()
        if terminated.done():
            raise Refusal(409, OTHER_POLLER)

    async def set_webhook(self, url: str, secret: str, allowed: Any, *, drop: bool) -> None:
        """setWebhook, and with an empty url deleteWebhook. An address on loopback may be plain http."""
        if url:
            _check_webhook(url)
        if len(secret) > 256 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret):
            raise bad("secret token contains unallowed characters")
        self.allow(allowed)
        if drop:
            self.queue.clear()
        await self._dismiss()
        if self.poll and not self.poll.done():
            self.poll.set_result(None)
        self.webhook = {"url": url, "secret": secret} if url else None
        if self.webhook:
            self.courier = asyncio.create_task(self._carry(self.webhook))

    def webhook_info(self) -> JSON:
        """getWebhookInfo."""
        info: JSON = {
            "url": self.webhook["url"] if self.webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending()),
        }
        if self.webhook:
            info |= {"max_connections": 40, "ip_address": "127.0.0.1", "allowed_updates": list(self.allowed)}
            info |= {key: self.webhook[key] for key in self.webhook if key.startswith("last_error")}
        return info

    async def close(self) -> None:
        """End the waiting poll and the webhook's deliveries."""
        self.closing = True
        self.arrived.set()
        await self._dismiss()

    async def _dismiss(self) -> None:
        if self.courier:
            self.courier.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.courier
            self.courier = None

    async def _carry(self, webhook: JSON) -> None:
        """Post each update in turn, and the same one again, ever more slowly, until it is taken."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook["secret"]} if webhook["secret"] else {}
        failures = 0
        async with aiohttp.ClientSession(headers=headers) as session:
            while True:
                self.arrived.clear()
                pending = self.pending()
                if not pending:
                    await self.arrived.wait()
                    continue
                error = await self._post(session, webhook["url"], pending[0])
                if not error:
                    failures = 0
                    self.acknowledge(pending[0]["update_id"] + 1)
                    continue
                failures += 1
                webhook |= {"last_error_date": int(self.clock()), "last_error_message": error}
                await asyncio.sleep(min(60.0, 0.1 * 2**failures))

    async def _post(self, session: aiohttp.ClientSession, url: str, update: JSON) -> str:
        try:
            async with session.post(url, json=update) as response:
                if 200 <= response.status < 300:
                    return ""
                return f"Wrong response from the webhook: {response.status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return f"Connection failed: {error}"


def _check_webhook(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        raise bad("bad webhook: Wrong HTTP URL") from None
    if host in ("127.0.0.1", "localhost", "::1"):
        return
    if parts.scheme != "https":
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in (443, 80, 88, 8443):
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
