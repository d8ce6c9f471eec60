"""Who may talk to the sandbox: programs of this machine, and its own page in this machine's browser.

A request that names another host (DNS rebinding) or that another site's page makes is refused on every route, so
that no website can act as a person or as the bot, or reach other servers on loopback, through somebody's browser.
"""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 403 unless `Host` is this server's own address and `Origin`, where there is one, its own page."""
    host = request.host.lower()
    origin = request.headers.get("Origin")
    if host not in _names(request) or (origin is not None and origin.lower() != f"http://{host}"):
        raise web.HTTPForbidden(text="this server is for this machine's own programs and browser")
    return await handler(request)


def _names(request: web.Request) -> set[str]:
    """The values of `Host` that mean this server; the port of http may be left out."""
    port = request.transport.get_extra_info("sockname")[1] if request.transport else None
    names = {"127.0.0.1", "localhost"}
    return {f"{name}:{port}" for name in names} | (names if port == 80 else set())
