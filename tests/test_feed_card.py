"""A feed's card: what admins decide about its messages, and what was learnt from its articles."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.model import Block, FeedState
from tests.room import ADMIN, NOW, READER, Room, article, furnished, keys, label

room = pytest.fixture(furnished)
PLEA = "喜欢这篇报道？<写信>告诉我们你的看法，读者来信 & 回复每周六见报。"
SUBJECTS = ["港口", "渔船", "航道", "税收", "学校", "地铁"]


def with_plea(number: int) -> object:
    body = (
        Block(f"{SUBJECTS[number]}的事情有了结果，当地人等了很久。"),
        Block(f"{SUBJECTS[number]}还要再评估一次。"),
    )
    return article(40 + number, title=f"{SUBJECTS[number]}的消息", body=(*body, Block(PLEA)))


@pytest.fixture
async def learnt(room: Room) -> AsyncIterator[Room]:
    await room.store.ledger.record(FeedState("dw"), [with_plea(n) for n in range(6)], (), NOW)  # type: ignore[misc]
    return room


async def test_an_admin_sees_what_was_learnt_and_keeps_what_is_no_clutter(learnt: Room) -> None:
    (feeds,) = await learnt.say(ADMIN, "/feeds")
    await learnt.press(ADMIN, feeds, "⚙️")
    card = learnt.now(feeds)
    assert "喜欢这篇报道？<写信>" in card["text"]
    assert "×6" in card["text"]
    await learnt.press(ADMIN, card, label("feeds.keep", n=1))
    (habit,) = await learnt.store.ledger.habits("dw")
    assert habit.kept
    await learnt.press(ADMIN, learnt.now(feeds), label("feeds.leave_out", n=1))
    (habit,) = await learnt.store.ledger.habits("dw")
    assert not habit.kept


async def test_an_admin_chooses_how_much_is_told(learnt: Room) -> None:
    (feeds,) = await learnt.say(ADMIN, "/feeds")
    await learnt.press(ADMIN, feeds, "⚙️")
    await learnt.press(ADMIN, learnt.now(feeds), label("feeds.mode_teaser"))
    (feed,) = await learnt.store.registry.feeds()
    assert feed.mode == "teaser"
    assert f"● {label('feeds.mode_teaser')}" in [key["text"] for key in keys(learnt.now(feeds))]
    await learnt.press_old(ADMIN, feeds, "fm:dw:everything")
    learnt.refuse_what_is_not_modified()
    assert (await learnt.store.registry.feeds())[0].mode == "teaser"


async def test_a_card_is_for_admins_and_an_old_one_does_no_harm(learnt: Room) -> None:
    (feeds,) = await learnt.say(ADMIN, "/feeds")
    for data in ("fc:dw", "fm:dw:title", "fh:dw:000000000000"):
        await learnt.press_old(READER, feeds, data)
    (feed,) = await learnt.store.registry.feeds()
    assert feed.mode == "summary"
    for data in ("fc:none", "fm:none:title", "fm:", "fh:dw:000000000000", "fh:none:x"):
        answer = await learnt.press_old(ADMIN, feeds, data)
        assert answer["callback_query_id"]
    assert not (await learnt.store.ledger.habits("dw"))[0].kept


@pytest.mark.parametrize("reserved", [True, False])
async def test_a_feed_with_a_rights_notice_is_suggested_to_be_told_by_its_teasers(
    room: Room, reserved: bool
) -> None:
    notice = (
        "<p>© 2026年示例报版权声明：本文所有内容受保护，如无特别授权，不得擅自使用。</p>" if reserved else ""
    )
    items = "".join(
        f"<item><guid>{n}</guid><title>第{n}条</title><link>https://n.example/{n}</link><description>"
        f"<![CDATA[<p>港口管理局周三公布，第{n}条航道的疏浚工程将在年底前完成。</p><p>渔民担心捕捞季。</p>{notice}]]>"
        "</description></item>"
        for n in range(3)
    )
    rss = f'<rss version="2.0"><channel><title>示例报</title>{items}</channel></rss>'

    async def feed(request: web.Request) -> web.Response:
        return web.Response(text=rss, content_type="application/rss+xml")

    app = web.Application()
    app.router.add_get("/rss", feed)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        (answer,) = await room.say(ADMIN, f"/feeds add http://127.0.0.1:{runner.addresses[0][1]}/rss")
    finally:
        await runner.cleanup()
    assert (label("feeds.rights") in answer["text"]) == reserved
    if reserved:
        await room.press(ADMIN, answer, label("feeds.teaser_only"))
        assert (await room.store.registry.feeds())[-1].mode == "teaser"
