"""Admins' edits add up, are tried on the archive before they are saved, and can be taken back."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import (
    Topic,
)
from tests.room import (
    ADMIN,
    NOW,
    OTHER_ADMIN,
    READER,
    TOPICS,
    Room,
    article,
    decided,
    furnished,
    keys,
    label,
)

room = pytest.fixture(furnished)


async def test_the_shapes_of_the_editing_command(room: Room) -> None:
    async def edited(text: str, id: str = "us-china") -> Topic:
        (answer,) = await room.say(ADMIN, text)
        assert answer["text"].startswith("✅"), answer["text"]
        return await room.topic(id)

    assert (await edited("/topics us-china + 芯片")).query == "拜登 OR 布林肯 OR 芯片"
    assert (await edited("/topics US-China＋“AI 芯片”")).query.endswith('OR "AI 芯片"')
    assert (await edited("/topics 中美關係 - 布林肯")).query == '拜登 OR 芯片 OR "AI 芯片"'
    (shown,) = await room.say(ADMIN, "/topics us-china = 拜登 |\nR&D")
    await room.press(ADMIN, shown, label("pending.save"))
    assert (await room.topic("us-china")).query == "拜登 | R&D"
    assert (await edited("/topics us-china title 新\n标题 <&>")).title == "新 标题 <&>"
    assert (await edited("/topics us-china feeds dw")).feeds == ("dw",)
    assert (await edited("/topics us-china 源 全部")).feeds == ()
    assert (await edited("/topics us + Harris", "us")).query == "(Biden OR Harris) -sports"
    await room.say(ADMIN, "/topics new New: title:AI OR 芯片")
    assert (await room.topic("new-2")).query == "title:AI OR 芯片"
    (answer,) = await room.say(ADMIN, "/topics us-china delete")
    await room.press(ADMIN, answer, "ey:us-china")
    assert "us-china" not in [topic.id for topic in await room.store.registry.topics()]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("/topics us-chin + x", "topic.unknown"),
        ("/topics us-china whatever", "topics.how"),
        ("/topics us-china +", "topics.how"),
        ("/topics us-china feeds nowhere", "feeds.unknown"),
        ("/topics us-china + (x", "query.unclosed"),
        ("/topics us-china = last:7d", "query.date_not_allowed"),
        ("/topics us-china = " + "|".join(map(str, range(301))), "query.too_many"),
        ("/topics titled x", "topic.unknown"),
    ],
)
async def test_an_edit_that_cannot_be_done_says_why_and_changes_nothing(
    room: Room, text: str, key: str
) -> None:
    before = await decided(room)
    (answer,) = await room.say(ADMIN, text)
    values = {"id": "nowhere" if "nowhere" in text else text.split()[1], "limit": "300"}
    assert re.sub("<.*?>", "", label(key, **values)) in answer["text"]
    assert (await decided(room))[:2] == before[:2]


@pytest.mark.parametrize("text", ["new", "new x", "NEW x", "新建 科技", "new x:", "new: x"])
async def test_a_new_topic_without_a_query_is_answered_with_how_to_make_one(room: Room, text: str) -> None:
    before = await room.store.registry.topics()
    for person, key in ((ADMIN, "topics.how_new"), (READER, "narrow.how_new")):
        (answer,) = await room.say(person, f"/topics {text}")
        assert answer["text"] == re.sub("<.*?>", "", label(key))
    assert await room.store.registry.topics() == before


async def test_a_topics_name_is_not_taken_for_the_beginning_of_a_longer_one(room: Room) -> None:
    (card,) = await room.say(ADMIN, "/topics us-china")
    assert card["text"].startswith("中美关系")
    (card,) = await room.say(ADMIN, "/topics US")
    assert card["text"].startswith("US")


async def test_a_question_is_answered_by_a_reply_to_it_and_by_nothing_else(room: Room) -> None:
    (card,) = await room.say(ADMIN, "/topics us-china")
    for verb, text, query in (
        ("+", "芯片 <b>", "拜登 OR 布林肯 OR 芯片 <b>"),
        ("!", "体育", "(拜登 OR 布林肯) -体育"),
        ("=", "奥巴马", "奥巴马"),
    ):
        await room.store.registry.change_topic("us-china", lambda t: replace(t, query=TOPICS[0].query))
        await room.press(ADMIN, room.now(card), f"ea:us-china:{verb}")
        question = room.answers(ADMIN)[-1]
        asked = room.sandbox.asked("sendMessage")[-1].params["reply_markup"]
        assert asked["force_reply"] is True
        (answer,) = await room.say(ADMIN, text, reply_to=question["message_id"])
        if verb == "=":
            await room.press(ADMIN, answer, label("pending.save"))
        assert (await room.topic("us-china")).query == query
    (listed,) = await room.say(ADMIN, "/topics")
    await room.press(ADMIN, listed, "en:")
    await room.say(ADMIN, "标题 <b>：AI | 芯片", reply_to=room.answers(ADMIN)[-1]["message_id"])
    assert (await room.store.registry.topics())[-1].title == "标题 <b>"
    before = await decided(room)
    for query in ("new", "us-china +", '"/topics us-china +"'):
        (found,) = await room.say(ADMIN, f"/search {query}")
        await room.say(ADMIN, "词: 词", reply_to=found["message_id"])
    assert await decided(room) == before


async def test_in_a_group_the_question_calls_the_admin_who_asked(room: Room) -> None:
    group = room.sandbox.create_group("G", [READER], admins=[ADMIN])
    (card,) = await room.say(ADMIN, "/topics us-china", group)
    await room.press(ADMIN, card, "ea:us-china:+")
    question = room.answers(group)[-1]
    assert [e["user"]["id"] for e in question["entities"] if e["type"] == "text_mention"] == [ADMIN]
    before = await room.topic("us-china")
    await room.say(READER, "坏词", group, reply_to=question["message_id"])
    assert await room.topic("us-china") == before
    await room.say(ADMIN, "好词", group, reply_to=question["message_id"])
    assert (await room.topic("us-china")).query.endswith("好词")


async def test_overlapping_edits_of_two_admins_add_up(room: Room) -> None:
    await room.say(ADMIN, "/start")
    await room.say(OTHER_ADMIN, "/start")
    for person, word in ((ADMIN, "甲"), (OTHER_ADMIN, "乙"), (ADMIN, "丙"), (OTHER_ADMIN, "丁")):
        room.sandbox.say(person, f"/topics us-china + {word}")
    await asyncio.gather(*(room.app.process_update(update) for update in room.updates()))
    assert set((await room.topic("us-china")).query.split(" OR ")) == {"拜登", "布林肯", *"甲乙丙丁"}


async def test_an_old_cards_buttons_mean_what_they_say_whatever_changed_meanwhile(room: Room) -> None:
    (mine,) = await room.say(ADMIN, "/topics us-china")
    (theirs,) = await room.say(OTHER_ADMIN, "/topics us-china")
    button = "✕ 布林肯"
    await room.press(OTHER_ADMIN, theirs, button)
    await room.press(ADMIN, mine, button)
    assert (await room.topic("us-china")).query == "拜登"
    await room.store.registry.remove_topic("us-china")
    answer = await room.press_old(ADMIN, mine, "ea:us-china:+")
    assert label("topic.unknown", id="us-china") in answer["text"]


async def test_a_query_that_a_hand_broke_can_be_mended_on_its_card(room: Room) -> None:
    await room.store.registry.add_topic(Topic("broken", "坏了", "(拜登"))
    (card,) = await room.say(ADMIN, "/topics broken")
    assert "(拜登" in card["text"]
    await room.say(ADMIN, "/topics broken = 拜登")
    assert (await room.topic("broken")).query == "拜登"


async def test_a_query_cannot_grow_beyond_what_can_be_read_again(room: Room) -> None:
    long = " OR ".join(f"{n}{'词' * 190}" for n in range(10))
    await room.store.registry.change_topic("us", lambda t: replace(t, query=long))
    (answer,) = await room.say(ADMIN, f"/topics us + {'词' * 200}")
    assert label("query.too_long", limit="2000") in answer["text"]
    assert (await room.topic("us")).query == long
    assert len(await room.say(ADMIN, "/topics us")) == 1
    (answer,) = await room.say(READER, "/subscribe " + "|".join(f"{n}词词词" for n in range(280)))
    assert label("query.too_long", limit="2000") in answer["text"]


# Trying before saving


async def archive(room: Room, *titles: str) -> None:
    found = [article(500 + n, title=title, body=(), tags=()) for n, title in enumerate(titles)]
    await room.store.ledger.record(
        None, [replace(a, published=NOW - timedelta(hours=9)) for a in found], (), NOW
    )


async def test_a_keyword_is_saved_at_once_with_what_it_does_and_can_be_taken_back(room: Room) -> None:
    await archive(room, "哈里斯发言", "奥巴马发言")
    (answer,) = await room.say(ADMIN, "/topics us-china + 哈里斯")
    assert "12 → 13 篇（＋1 －0）" in answer["text"]
    assert "＋ 哈里斯发言" in answer["text"]
    assert (await room.topic("us-china")).query == "拜登 OR 布林肯 OR 哈里斯"
    await room.press(ADMIN, answer, label("topics.undo"))
    assert (await room.topic("us-china")).query == TOPICS[0].query
    assert "13 → 12 篇（＋0 －1）" in room.now(answer)["text"]


async def test_what_is_taken_back_is_the_edit_and_not_what_others_did_since(room: Room) -> None:
    (answer,) = await room.say(ADMIN, "/topics us-china - 布林肯")
    await room.say(OTHER_ADMIN, "/topics us-china + 哈里斯")
    await room.press(ADMIN, answer, label("topics.undo"))
    assert (await room.topic("us-china")).query == "拜登 OR 哈里斯 OR 布林肯"


@pytest.mark.parametrize(
    ("text", "undone"),
    [
        ("/topics us + -体育", "Biden -sports"),
        ("/topics us + Harris OR Walz", "Biden -sports"),
        ("/topics us - sports", "Biden -sports"),
        ("/topics us title America", "US"),
        ("/topics us feeds dw", ()),
    ],
)
async def test_every_small_edit_can_be_taken_back_by_its_button(
    room: Room, text: str, undone: object
) -> None:
    text = text.replace("- sports", "- -sports")
    before = await room.topic("us")
    (answer,) = await room.say(ADMIN, text)
    assert await room.topic("us") != before
    await room.press(ADMIN, answer, label("topics.undo"))
    after = await room.topic("us")
    assert after == before
    assert undone in (after.query, after.title, after.feeds)


async def test_another_query_is_shown_first_and_saved_by_a_button(room: Room) -> None:
    await archive(room, "奥巴马发言")
    (shown,) = await room.say(ADMIN, "/topics us-china = 奥巴马 | 哈里斯 <b>")
    assert "12 → 1 篇（＋1 －12）" in shown["text"]
    assert (await room.topic("us-china")).query == TOPICS[0].query
    await room.press(ADMIN, shown, label("pending.drop"))
    assert label("pending.dropped") in room.now(shown)["text"]
    assert (await room.topic("us-china")).query == TOPICS[0].query
    (shown,) = await room.say(ADMIN, "/topics us-china = 奥巴马 | 哈里斯 <b>")
    await room.press(ADMIN, shown, label("pending.save"))
    assert (await room.topic("us-china")).query == "奥巴马 | 哈里斯 <b>"
    assert room.now(shown)["text"].startswith(label("topics.saved"))


async def test_a_query_that_another_admin_changed_meanwhile_is_not_overwritten_unseen(room: Room) -> None:
    (shown,) = await room.say(ADMIN, "/topics us-china = 奥巴马")
    await room.say(OTHER_ADMIN, "/topics us-china + 哈里斯")
    await room.press(ADMIN, shown, label("pending.save"))
    assert (await room.topic("us-china")).query == "拜登 OR 布林肯 OR 哈里斯"
    assert room.now(shown)["text"].startswith(re.sub("<.*?>", "", label("pending.changed", title="中美关系")))
    await room.press(ADMIN, room.now(shown), label("pending.save"))
    assert (await room.topic("us-china")).query == "奥巴马"


async def test_a_keyword_that_changes_a_lot_is_shown_first_and_still_adds_up(room: Room) -> None:
    await room.store.registry.change_topic("us-china", lambda t: replace(t, query="拜登"))
    await archive(room, *(f"的{n}" for n in range(30)))
    (shown,) = await room.say(ADMIN, "/topics us-china + 的")
    assert shown["text"].startswith("⚖️")
    assert (await room.topic("us-china")).query == "拜登"
    await room.say(OTHER_ADMIN, "/topics us-china + 哈里斯")
    await room.press(ADMIN, shown, label("pending.save"))
    assert (await room.topic("us-china")).query == "拜登 OR 哈里斯 OR 的"


async def test_a_keyword_that_cannot_be_put_back_in_its_place_is_asked_about_first(room: Room) -> None:
    query = "(拜登 OR 布林肯) (访华 OR 会谈) -体育"
    await room.store.registry.change_topic("us-china", lambda t: replace(t, query=query))
    (shown,) = await room.say(ADMIN, "/topics us-china - 布林肯")
    assert shown["text"].startswith("⚖️")
    await room.press(ADMIN, shown, label("pending.save"))
    assert (await room.topic("us-china")).query == "拜登 (访华 OR 会谈) -体育"


async def test_the_buttons_of_an_edit_outlive_a_restart_and_not_their_topic(room: Room) -> None:
    (shown,) = await room.say(ADMIN, "/topics us-china = 奥巴马")
    await room.store.registry.remove_topic("us-china")
    answer = await room.press(ADMIN, shown, label("pending.save"))
    assert label("topic.unknown", id="us-china") in answer["text"]


async def test_an_edits_buttons_carry_nothing_out_on_a_message_that_holds_no_order(room: Room) -> None:
    (card,) = await room.say(ADMIN, "/topics us-china")
    before = await decided(room)
    for data in ("es:", "es:abc", "ez:", "ez:us-china:+"):
        assert (await room.press_old(ADMIN, card, data))["text"] == label("button.forgotten")
    assert await decided(room) == before


async def test_the_cross_of_an_old_card_never_takes_another_word(room: Room) -> None:
    (mine,) = await room.say(ADMIN, "/topics us-china")
    await room.say(OTHER_ADMIN, "/topics us-china - 布林肯")
    await room.say(OTHER_ADMIN, "/topics us-china + 哈里斯")
    await room.press(ADMIN, mine, "✕ 布林肯")
    assert (await room.topic("us-china")).query == "拜登 OR 哈里斯"


async def test_edits_of_every_kind_at_the_same_moment_all_take_effect(room: Room) -> None:
    (card,) = await room.say(ADMIN, "/topics us-china")
    await room.say(OTHER_ADMIN, "/start")
    room.sandbox.press(ADMIN, card["message_id"], "✕ 布林肯")
    room.sandbox.say(OTHER_ADMIN, "/topics us-china + 哈里斯")
    room.sandbox.say(OTHER_ADMIN, "/topics us-china title 新标题")
    room.sandbox.say(ADMIN, "/topics us-china + -体育")
    await asyncio.gather(*(room.app.process_update(update) for update in room.updates()))
    after = await room.topic("us-china")
    assert (after.title, after.query) in [
        ("新标题", "(拜登 OR 哈里斯) -体育"),
        ("新标题", "拜登 -体育 OR 哈里斯"),
    ]


async def test_a_word_that_is_not_in_the_topic_is_said_to_be_none_of_it(room: Room) -> None:
    (answer,) = await room.say(ADMIN, "/topics us-china -体育")
    assert "/topics us-china + -体育" in answer["text"]
    assert "/topics us-china mute 体育" in answer["text"]
    assert (await room.topic("us-china")).query == TOPICS[0].query


async def test_a_subscription_says_what_it_would_bring(room: Room) -> None:
    (answer,) = await room.say(READER, "/subscribe 布林肯")
    assert label("trial.new", days=1, after=12, rate="12") in answer["text"]
    assert answer["text"].count("• ") == 3
    (answer,) = await room.say(READER, "/subscribe 从未有过的词")
    assert label("trial.nothing", days=1) in answer["text"]
    await archive(room, *(f"多{n}" for n in range(60)))
    (answer,) = await room.say(READER, "/subscribe 多")
    assert label("trial.many") in answer["text"]


async def test_a_cards_keywords_are_written_as_its_reader_writes_queries(room: Room) -> None:
    await room.store.registry.change_topic("us", lambda topic: replace(topic, query="title:拜登 OR 港口"))
    (card,) = await room.say(ADMIN, "/topics us")
    assert {"✕ 标题:拜登", "✕ 港口"} <= {key["text"] for key in keys(card)}


async def test_what_was_saved_after_it_was_shown_can_be_taken_back_too(room: Room) -> None:
    before = await room.topic("us-china")
    (shown,) = await room.say(ADMIN, "/topics us-china = 芯片")
    await room.press(ADMIN, shown, label("pending.save"))
    assert (await room.topic("us-china")).query == "芯片"
    await room.press(ADMIN, room.now(shown), label("topics.undo"))
    assert await room.topic("us-china") == before
    assert label("topics.undo") not in [b["text"] for b in keys(room.now(shown))]


async def test_taking_back_a_query_asks_first_where_another_admin_has_changed_it_since(room: Room) -> None:
    (shown,) = await room.say(ADMIN, "/topics us-china = 芯片")
    await room.press(ADMIN, shown, label("pending.save"))
    await room.store.registry.change_topic("us-china", lambda t: replace(t, query="经济"))
    await room.press(ADMIN, room.now(shown), label("topics.undo"))
    assert (await room.topic("us-china")).query == "经济"
    assert label("pending.save") in [b["text"] for b in keys(room.now(shown))]
