"""更多 under an article: more of it, and what the archive has about the matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.message import compose, visible_units
from bot.model import Article, Block, Change, Findings, Retry
from tests.room import (
    ADMIN,
    NOW,
    READER,
    STRANGER,
    Room,
    Unpaced,
    article,
    deliver,
    furnished,
    keys,
    label,
)

room = pytest.fixture(furnished)
BODY = (
    "港口管理局周三公布，第三条航道的疏浚工程将在年底前完成，届时大型货轮可以全天候进出。",
    "工程总长二十六公里，由三家企业共同承建，其中两家来自海外。这笔预算去年就已经通过。",
    "当地渔民担心施工影响今年的捕捞季，已有四百人联名请愿。渔会要求赔偿，谈判本月开始。",
    "环保组织则指出，疏浚会扰动海床上的重金属，建议推迟到产卵期之后。",
    "类似的工程十年前曾在邻市进行，当时工期延误了两年，费用超出预算一倍，至今仍在打官司。",
    "市议会下周将就赔偿方案举行听证，渔会、企业和管理局都会派代表参加，结果预计当天公布。",
    "气象部门说，今年的台风季可能比往年长，施工船必须随时准备回港，工期因此留了两个月的余地。",
)
PORT = article(
    77, title="港口疏浚年底完成 大型货轮全天候进出", body=tuple(Block(text) for text in BODY), tags=()
)


async def delivered(room: Room, *others: Article) -> dict[str, Any]:
    if others:
        await room.store.ledger.record(None, others, (), NOW)
    return await deliver(room, READER, PORT, "us-china", more=True)


async def opened(room: Room, delivery: int) -> list[str] | None:
    """What an edit of the message would go on to name."""
    later = NOW + timedelta(days=1)
    changed = Change(replace(PORT, title="港口疏浚提前完成", updated=later), NOW)
    await room.store.ledger.record(None, (), (), NOW, Findings(changed=(changed,)))
    revision = await room.store.ledger.claim_edit(later)
    assert revision is not None
    assert revision.delivery.id == delivery
    await room.store.ledger.settle_edit(revision, Retry("not now", after=1), NOW)
    return None if revision.related is None else list(revision.related)


async def test_more_tells_up_to_two_sentences_and_what_is_related_and_less_takes_it_back(room: Room) -> None:
    fish = article(78, title="渔民抗议港口疏浚 要求赔偿", body=(Block("渔民说第三条航道的疏浚毁了捕捞季。"),))
    message = await delivered(room, fish)
    await room.press(READER, message, "更多")
    long = room.now(message)
    assert f"▸ {fish.title} · {fish.source}" in long["text"]
    shown = [text for text in " ".join(BODY).replace("。", "。|").split("|") if text.strip() in long["text"]]
    assert 3 <= len([text for text in shown if text.strip()]) <= 5
    assert [key["text"] for key in keys(long)][1] == label("button.less")
    delivery = await room.store.ledger.delivered(READER, message["message_id"])
    assert delivery is not None
    assert await opened(room, delivery.id) == [fish.key]
    await room.press(READER, long, label("button.less"))
    assert await opened(room, delivery.id) is None
    short = room.now(message)
    assert "▸" not in short["text"]
    assert len(short["text"]) < len(long["text"])
    assert label("button.more") in [key["text"] for key in keys(short)]


async def test_the_other_outlets_of_the_story_come_first(room: Room) -> None:
    message = await delivered(room)
    story = replace(
        PORT, key="f" * 24, source="另一家", title="港口疏浚工程年底前完成", url="https://b.example/1"
    )

    async def members(key: str) -> list[Article]:
        return [PORT, story]

    room.store.ledger.story = members  # type: ignore[method-assign, assignment]
    await room.press(READER, message, "更多")
    lines = [line for line in room.now(message)["text"].splitlines() if line.startswith("▸")]
    assert lines[0] == f"▸ {story.title} · 另一家"


async def test_a_related_story_is_named_once_whatever_outlets_tell_it(room: Room) -> None:
    lines = (
        "渔民说第三条航道的疏浚毁了捕捞季。",
        "渔民的捕捞季毁于第三条航道的疏浚。",
        "第三条航道的疏浚招来渔民请愿。",
    )
    others = [
        article(90 + n, title=f"渔民抗议港口疏浚 {'甲乙丙'[n]}", body=(Block(line),), tags=())
        for n, line in enumerate(lines)
    ]
    await room.store.ledger.record(None, others, (), NOW)
    twins = Findings(twins={others[1].key: others[0].key})
    await room.store.ledger.record(None, (), (), NOW, twins)
    message = await delivered(room)
    await room.press(READER, message, "更多")
    related = [line for line in room.now(message)["text"].splitlines() if line.startswith("▸")]
    assert len(related) == 2
    assert any(others[2].title in line for line in related)


async def test_in_a_channel_only_its_admins_change_a_post_and_in_a_group_anybody_reads_on(room: Room) -> None:
    group = room.sandbox.create_group("群", [READER, STRANGER], admins=[ADMIN])
    message = await deliver(room, group, PORT, "us-china", more=True)
    await room.press(STRANGER, message, "更多")
    assert len(room.now(message)["text"]) > len(message["text"])


async def test_a_message_whose_id_was_lost_with_telegrams_answer_opens_by_the_number_it_names(
    room: Room,
) -> None:
    message = await deliver(room, READER, PORT, "us-china", more=True, unanswered=True)
    assert await room.store.ledger.delivered(READER, message["message_id"]) is None
    await room.press(READER, message, "更多")
    assert len(room.now(message)["text"]) > len(message["text"])


async def test_no_message_opens_by_the_number_of_another_chats_delivery(room: Room) -> None:
    await deliver(room, STRANGER, PORT, "us-china", more=True)
    await room.say(READER, "/help")
    row = [[{"text": "更多", "callback_data": "x:1"}]]
    sent = await room.app.bot.send_message(READER, "?", reply_markup={"inline_keyboard": row})
    answer = await room.press(READER, {"message_id": sent.message_id, "chat": {"id": READER}}, "更多")
    assert answer["text"] == label("button.forgotten")


async def test_while_telegram_wants_to_be_left_alone_no_message_is_changed_and_whoever_presses_is_told(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await delivered(room)

    async def too_long(self: Unpaced, chat: int, *, patience: float = 0.0, is_edit: bool = False) -> float:
        assert is_edit
        return patience + 1

    monkeypatch.setattr(Unpaced, "turn", too_long)
    for button in ("更多", label("button.mute")):
        answer = await room.press(READER, message, button)
        assert (answer["text"], answer["show_alert"]) == (label("button.later"), True)
    assert not [call for call in room.sandbox.calls if call.method.lower().startswith("editmessage")]


async def test_pressed_buttons_hold_up_no_delivery_until_telegram_asks_for_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await delivered(room)
    told: list[tuple[int, float]] = []
    monkeypatch.setattr(Unpaced, "answered", lambda self, chat, wait=0.0: told.append((chat, wait)))
    await room.press(READER, message, "更多")
    await room.press(READER, room.now(message), label("button.mute"))
    await room.press(READER, room.now(message), label("mute.back"))
    assert told == []
    for method, button in (("editMessageText", label("button.less")), ("editMessageReplyMarkup", "🔕 静音")):
        too_many = "Too Many Requests: retry after 3600"
        room.sandbox.faults.fail(429, too_many, {"retry_after": 3600}, method=method)
        answer = await room.press(READER, room.now(message), button)
        assert answer["text"] == label("button.later")
    assert told == [(READER, 3600), (READER, 3600)]
    room.refused = [429, 429]


async def test_a_message_that_is_not_known_is_left_as_it_is(room: Room) -> None:
    (greeting,) = await room.say(READER, "/help")
    answer = await room.press_old(READER, greeting, "x:1")
    assert answer["text"] == label("button.forgotten")
    assert room.now(greeting) == greeting


async def test_where_there_is_nothing_more_the_reader_is_told_so(room: Room) -> None:
    bare = article(79, title="短讯", body=(), tags=())
    message = await deliver(room, READER, bare, "us-china", more=True)
    answer = await room.press(READER, message, "更多")
    assert answer["text"] == label("button.no_more")


def test_what_is_related_goes_before_a_sentence_does() -> None:
    others = [replace(PORT, key=f"{n:024x}", title="相关" * 30) for n in range(3)]
    for units in (0, 500, 900):
        one = replace(PORT, title="长" * units + "标题", images=("https://e.org/1.jpg",))
        message = compose(one, related=others, now=NOW + timedelta(days=1))
        assert visible_units(message.html) <= 1024
        assert message.html.count("▸") in range(4)
    outlet = replace(PORT, source="另一家", url="https://b.example/1")
    assert "另见" not in compose(PORT, others=[("另一家", outlet.url)], related=[outlet]).html
    assert compose(PORT, related=()).html.startswith(compose(PORT).html.split("\n\n")[0])
