"""What admins see of feeds that fail, and what they are told of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.chat import Desk, warn
from bot.locale import say
from bot.model import Destination, Feed, FeedState
from bot.rhythm import DEAD, ILL
from bot.sender import TelegramSender
from bot.web import Web
from tests.room import ADMIN, NOW, Room, Unpaced, furnished, label

room = pytest.fixture(furnished)


async def test_why_a_feed_fails_is_said_in_the_readers_language(room: Room) -> None:
    failed = FeedState("dw", errors=3, error="no connection can be made", kind="unreachable", polled=NOW)
    await room.store.ledger.record(failed, (), (), NOW)
    (listed,) = await room.say(ADMIN, "/feeds")
    assert f"{label('failure.unreachable')} (no connection can be made)" in listed["text"]


async def test_a_failing_feed_may_be_polled_now_but_not_against_its_servers_wish(room: Room) -> None:
    (listed,) = await room.say(ADMIN, "/feeds")
    for state, answer in (
        (FeedState("dw"), "feeds.polling"),
        (FeedState("dw", errors=1, error="x", etag="kept"), "feeds.polling"),
        (FeedState("dw", errors=1, error="x", hold=NOW + timedelta(hours=1)), "feeds.holding"),
    ):
        await room.store.ledger.record(state, (), (), NOW)
        pressed = await room.forge(ADMIN, listed, "fn:dw")
        assert pressed["text"] == label(answer)
        assert (await room.store.ledger.states())["dw"] == state, (
            "what a poll found out is the poll's to write"
        )


def _desk(room: Room, *admins: int) -> Desk:
    sender = TelegramSender(room.app.bot)
    return Desk(*room.store, Web(), sender, lambda: NOW, ZoneInfo("UTC"), Unpaced(), admins=frozenset(admins))


async def test_admins_are_told_of_a_dead_feed_each_in_their_language(room: Room) -> None:
    await room.say(ADMIN, "/start")
    await room.store.registry.change_subscriber(
        Destination(ADMIN), lambda known: replace(known, language="en")
    )
    desk = _desk(room, ADMIN, 404_404)
    feed = Feed("x", "https://x.example/", "A & <B>")
    state = FeedState("x", errors=9, error="the server answered 410 Gone", kind="gone")
    assert await warn(desk, feed, state, DEAD)
    told = room.answers(ADMIN)[-1]["text"]
    assert "A & <B>" in told
    assert say("en", "failure.gone") in told
    assert "paused" in told
    room.refused = [400]  # the other admin has never written to the bot


async def test_admins_who_cannot_be_reached_are_not_taken_for_told(room: Room) -> None:
    desk = _desk(room, ADMIN)
    room.sandbox.faults.fail(502, "Bad Gateway", method="sendMessage")
    told = await warn(desk, Feed("x", ""), FeedState("x"), ILL)
    assert not told
    room.refused = [502]
