"""The port that the bot listens on, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest

from bot.listen import BODY_LIMIT, SECRET_HEADER, Health, Listener, Webhook

SECRET = "s3cret-token"
KNOWN = {SECRET_HEADER: SECRET}


class Bot:
    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.well = True
        self.broken = False

    async def handle(self, update: dict[str, Any]) -> None:
        if self.broken:
            raise RuntimeError("a mistake")
        self.updates.append(update)

    async def health(self) -> Health:
        return Health(self.well, {"feeds": 3, "trouble": [] if self.well else ["德国之声"]})

    async def metrics(self) -> Mapping[str, float]:
        return {'kuaixun_deliveries{state="sent"}': 12345678, "kuaixun_up": 1, "kuaixun_lag_seconds": 0.25}


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
async def http(bot: Bot) -> AsyncIterator[aiohttp.ClientSession]:
    webhook = Webhook("/telegram", SECRET, bot.handle)
    async with (
        Listener(0, health=bot.health, metrics=bot.metrics, webhook=webhook) as listener,
        aiohttp.ClientSession(f"http://127.0.0.1:{listener.port}") as session,
    ):
        yield session


async def test_an_update_is_handed_over_as_telegram_wrote_it(bot, http):
    update = {"update_id": 1, "message": {"text": "快讯 😀", "new_field": [1]}}
    async with http.post("/telegram", json=update, headers=KNOWN) as response:
        assert response.status == 200
    assert bot.updates == [update]


@pytest.mark.parametrize(
    "headers", [{}, {SECRET_HEADER: ""}, {SECRET_HEADER: SECRET + "x"}, {SECRET_HEADER: "é"}]
)
async def test_who_does_not_know_the_secret_is_turned_away(bot, http, headers):
    async with http.post("/telegram", json={"update_id": 1}, headers=headers) as response:
        assert response.status == 403
    assert bot.updates == []


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_update_is_refused(bot, http, body):
    async with http.post("/telegram", data=body, headers=KNOWN) as response:
        assert response.status == 400
    assert bot.updates == []


async def test_a_body_that_is_badly_compressed_is_refused(bot, http):
    headers = {**KNOWN, "Content-Encoding": "gzip"}
    async with http.post("/telegram", data=b"no gzip", headers=headers) as response:
        assert response.status == 400
    assert bot.updates == []


async def test_a_body_beyond_the_limit_is_refused(bot, http):
    async with http.post("/telegram", data=b" " * (BODY_LIMIT + 1), headers=KNOWN) as response:
        assert response.status == 413
    assert bot.updates == []


async def test_telegram_sends_again_what_could_not_be_handled(bot, http, caplog):
    bot.broken = True
    async with http.post("/telegram", json={"update_id": 1}, headers=KNOWN) as response:
        assert response.status == 500
        assert "mistake" not in await response.text()
    assert "a mistake" in caplog.text


async def test_health_is_told_by_status_and_in_json(bot, http):
    async with http.get("/healthz") as response:
        assert response.status == 200
        assert await response.json() == {"ok": True, "feeds": 3, "trouble": []}
    bot.well = False
    async with http.get("/healthz") as response:
        assert response.status == 503
        assert await response.json() == {"ok": False, "feeds": 3, "trouble": ["德国之声"]}


async def test_metrics_are_as_prometheus_reads_them(http):
    async with http.get("/metrics") as response:
        assert response.content_type == "text/plain"
        assert await response.text() == (
            'kuaixun_deliveries{state="sent"} 12345678\nkuaixun_lag_seconds 0.25\nkuaixun_up 1\n'
        )


async def test_nothing_else_answers(http):
    for method, path in [("GET", "/"), ("GET", "/telegram"), ("POST", "/healthz")]:
        async with http.request(method, path, headers=KNOWN) as response:
            assert response.status in (404, 405)


async def test_without_a_webhook_nobody_can_post(bot):
    async with (
        Listener(0, health=bot.health, metrics=bot.metrics) as listener,
        aiohttp.ClientSession(f"http://127.0.0.1:{listener.port}") as session,
        session.post("/telegram", json={"update_id": 1}, headers=KNOWN) as response,
    ):
        assert response.status == 404


async def test_a_taken_port_is_an_error_that_says_so(bot):
    async with Listener(0, health=bot.health, metrics=bot.metrics) as listener:
        second = Listener(listener.port, health=bot.health, metrics=bot.metrics)
        with pytest.raises(OSError, match="address already in use"):
            await second.__aenter__()


def test_a_webhook_needs_a_secret_and_shows_it_to_nobody(bot):
    with pytest.raises(ValueError, match="without a secret"):
        Webhook("/telegram", "", bot.handle)
    assert SECRET not in repr(Webhook("/telegram", SECRET, bot.handle))
