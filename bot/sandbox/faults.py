"""Faults on order: what a network and a busy Telegram do to a bot, exactly when a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["drop_before", "drop_after", "fail", "delay"]


@dataclass(slots=True)
class Fault:
    """One order: what happens to the next `left` requests of `method` (empty: of all but getUpdates)."""

    kind: Kind
    left: int
    method: str
    status: int = 0
    description: str = ""
    parameters: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


class Faults:
    """Orders, served in the order in which they were given: one fault of each kind at most a request."""

    def __init__(self) -> None:
        self.orders: list[Fault] = []
        self._over = asyncio.Event()  # set for those that are held when the orders are cancelled

    def drop_before(self, n: int = 1, method: str = "") -> None:
        """Close the connection of the next n requests before they are read: nothing was done."""
        self.orders.append(Fault("drop_before", n, method))

    def drop_after(self, n: int = 1, method: str = "") -> None:
        """Do what the next n requests ask, then close the connection instead of answering."""
        self.orders.append(Fault("drop_after", n, method))

    def fail(
        self,
        status: int,
        description: str,
        parameters: Mapping[str, int] | None = None,
        *,
        n: int = 1,
        method: str = "",
    ) -> None:
        """Answer the next n requests with this error, and do nothing."""
        self.orders.append(Fault("fail", n, method, status, description, dict(parameters or {})))

    def delay(self, seconds: float, n: int = 1, method: str = "") -> None:
        """Hold the next n requests for so long before they are done."""
        self.orders.append(Fault("delay", n, method, seconds=seconds))

    def clear(self) -> None:
        """Cancel what was ordered and not served; a request that is held goes on."""
        self.orders.clear()
        self._over.set()
        self._over = asyncio.Event()

    async def hold(self, delay: Fault) -> None:
        """Wait as long as was ordered, or until the orders are cancelled."""
        with suppress(TimeoutError):
            async with asyncio.timeout(delay.seconds):
                await self._over.wait()

    def take(self, kind: Kind, method: str) -> Fault | None:
        """The next order of this kind for this method, used up once."""
        for order in self.orders:
            wanted = method != "getupdates" if not order.method else order.method.lower() == method
            if order.kind == kind and wanted:
                order.left -= 1
                if order.left <= 0:
                    self.orders.remove(order)
                return order
        return None
