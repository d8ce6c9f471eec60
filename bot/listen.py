"""Door: the one port that the bot listens on: Telegram's webhook, /healthz and /metrics."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

from aiohttp import web

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
BODY_LIMIT = 1_000_000  # bytes; an update is a few kilobytes

_log = logging.getLogger(__name__)
_FRESH = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Health:
    """How the bot is: `ok` decides between 200 and 503, `detail` is shown as JSON."""

    ok: bool
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram posts updates. `secret` is what setWebhook was given as secret_token; who does not know it is
    turned away. `handle` gets each update as Telegram wrote it; where it raises, Telegram will send it again."""

    path: str
    secret: str = field(repr=False)
    handle: Callable[[dict[str, Any]], Awaitable[None]]

    def __post_init__(self) -> None:
        if not self.secret:
            raise ValueError("a webhook without a secret is open to everybody")


class Listener:
    """An HTTP server, for as long as its `async with` block lasts.

    `port` 0 takes any free one; the attribute tells which. `metrics` gives numbers by their name as Prometheus
    writes it, labels and all: `kuaixun_deliveries{state="sent"}`. Raises OSError where the port is taken.
    """

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        health: Callable[[], Awaitable[Health]],
        metrics: Callable[[], Awaitable[Mapping[str, float]]],
        webhook: Webhook | None = None,
    ) -> None:
        self.port = port
        self._host = host
        self._health = health
        self._metrics = metrics
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_get("/healthz", self._answer_health)
        app.router.add_get("/metrics", self._answer_metrics)
        if webhook is not None:
            app.router.add_post(webhook.path, partial(_take_update, webhook))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self.port).start()
        except BaseException:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _answer_health(self, request: web.Request) -> web.Response:
        health = await self._health()
        body = {"ok": health.ok, **health.detail}
        text = json.dumps(body, ensure_ascii=False, default=str)
        return web.Response(
            text=text, content_type="application/json", status=200 if health.ok else 503, headers=_FRESH
        )

    async def _answer_metrics(self, request: web.Request) -> web.Response:
        lines = [f"{name} {value:.16g}\n" for name, value in sorted((await self._metrics()).items())]
        # https://prometheus.io/docs/instrumenting/exposition_formats/
        headers = {**_FRESH, "Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body="".join(lines).encode(), headers=headers)


async def _take_update(webhook: Webhook, request: web.Request) -> web.Response:
    given = request.headers.get(SECRET_HEADER, "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), webhook.secret.encode()):
        raise web.HTTPForbidden
    try:
        update = json.loads(await request.read())
    except (ValueError, RecursionError, web.RequestPayloadError):  # the last: compressed, and badly
        raise web.HTTPBadRequest(text="not JSON") from None
    if not isinstance(update, dict):
        raise web.HTTPBadRequest(text="not an update")
    try:
        await webhook.handle(update)
    except Exception:
        _log.exception("an update could not be handled")
        raise web.HTTPInternalServerError from None
    return web.Response()
