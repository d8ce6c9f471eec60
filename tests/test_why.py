"""/why tells the truth: it says of each article why it came here or why it did not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.chat.why import UNWANTED
from bot.model import (
    Destination,
    Findings,
    Following,
    Gone,
    Outcome,
    Owed,
    Refused,
    Retry,
    Subscriber,
    Topic,
)
from tests.room import (
    NOW,
    ODD,
    READER,
    TOPICS,
    Room,
    article,
    deliver,
    furnished,
    label,
)

room = pytest.fixture(furnished)


async def test_why_names_every_topic_and_passage_as_far_as_they_fit(room: Room) -> None:
    topics = [
        Topic(f"many{n}", f"{n} {ODD}" * 2, f"拜登 OR {ODD[-1]} OR 经济{n}{'词' * 500}") for n in range(30)
    ]
    for topic in topics:
        await room.store.registry.add_topic(topic)
    message = await deliver(room, READER, article(60, title="拜登" * 2000), *(t.id for t in topics))
    (answer,) = await room.say(READER, "/why", reply_to=message["message_id"])
    assert answer["text"].count("第 1 段") > 3
    assert answer["text"].endswith("…")


async def test_why_tells_of_each_reason_for_which_nothing_came(room: Room) -> None:
    registry, ledger = room.store
    await room.say(READER, "/start")
    await registry.remove_topic("odd")
    what = replace(article(70), found=NOW, published=NOW - timedelta(minutes=1))
    await ledger.record(None, [what], (), NOW)

    async def why(**changes: Any) -> list[str]:
        await registry.change_subscriber(
            Destination(READER), lambda s: replace(Subscriber(s.destination), **changes)
        )
        (answer,) = await room.say(READER, f"/why {what.url}")
        return str(answer["text"]).splitlines()[2:]

    past, later = Following("us-china", NOW - timedelta(1)), Following("us-china", NOW + timedelta(1))
    title = {"topic": "中美关系"}
    assert await why() == [label("why.follows_nothing"), label("why.not_followed", **title)]
    assert await why(following=(past,), paused=True) == [label("why.paused"), label("why.since", **title)]
    assert await why(following=(past,), active=False) == [label("why.inactive"), label("why.since", **title)]
    assert await why(following=(replace(past, paused=True),)) == [label("why.topic_paused", **title)]
    muted = (replace(past, muted=("芯片",)),)
    assert await why(following=muted) == [label("why.muted", **title, word="芯片")]
    assert await why(following=(later,)) == [label("why.before", when=label("ago.now"), **title)]
    assert await why(following=(past,)) == [label("why.since", **title)]
    early = Following("us-china", NOW - timedelta(seconds=30))
    assert await why(following=(early,)) == [label("why.older", **title)]
    await registry.change_feed("dw", lambda feed: replace(feed, added=NOW))
    assert await why(following=(past,)) == [label("why.baseline", feed="德国<&>之声", **title)]
    await ledger.record(None, (), [Owed(Destination(READER), what.key, ("us-china",))], NOW)
    assert await why(following=(past,)) == [label("why.waiting")]


async def test_why_tells_what_became_of_a_delivery_that_did_not_arrive(room: Room) -> None:
    registry, ledger = room.store
    await room.say(READER, "/start")
    following = (Following("us-china", NOW - timedelta(1), muted=("芯片",)),)
    await registry.change_subscriber(Destination(READER), lambda s: replace(s, following=following))

    async def after(number: int, outcome: Outcome | None) -> list[str]:
        what = article(number, url=f"https://e.org/{number}")
        await ledger.record(None, [what], [Owed(Destination(READER), what.key, ("us-china",))], NOW)
        (claimed,) = await ledger.claim(NOW, 1)
        if outcome:
            await ledger.settle(claimed, outcome, NOW)
        (answer,) = await room.say(READER, f"/why {what.url}")
        await ledger.settle(claimed, Refused("over"), NOW)
        return str(answer["text"]).splitlines()[2:]

    assert await after(80, None) == [label("why.sending")]
    assert await after(81, Refused("Bad Request: <no>")) == [label("why.refused", reason="Bad Request: <no>")]
    assert await after(82, Refused(UNWANTED)) == [
        label("why.unwanted"),
        label("why.muted", topic="中美关系", word="芯片"),
    ]
    assert await after(83, Gone("Forbidden")) == [label("why.gone")]
    assert await after(84, Retry("busy", after=60)) == [label("why.retrying", n=1, reason="busy")]


async def test_why_of_a_link_that_came_through_another_feed_says_why_that_came(room: Room) -> None:
    first = article(90, source="路透社 <&>", url="https://e.org/story", title="先来的 <b>")
    await deliver(room, READER, first, "us-china")
    (answer,) = await room.say(READER, "/why https://e.org/story?utm_source=x")
    assert label("why.sent", title="", when=label("ago.now")).splitlines()[-1] in answer["text"]
    assert "第 1 段 · 布林肯" in answer["text"]


async def test_why_names_the_other_article_of_a_story_that_came_before(room: Room) -> None:
    first = article(90, source="路透社 <&>", url="https://e.org/first", title="先来的 <b>")
    second = replace(article(91, url="https://e.org/second", title="后来的拜登"), found=NOW)
    await deliver(room, READER, first, "us-china")
    twins = Findings(twins={second.key: first.key})
    await room.store.ledger.record(None, [second], (), NOW, findings=twins)
    (answer,) = await room.say(READER, "/why https://e.org/second")
    values = {"topic": "中美关系", "when": label("ago.now"), "source": first.source, "title": first.title}
    assert answer["text"].splitlines()[2:] == [label("why.duplicate", **values)]


@pytest.mark.parametrize(
    ("topic", "key", "values"),
    [
        (Topic("t", "排除", "拜登 -芯片"), "excluded", {"words": "芯片"}),
        (Topic("t", "源", "拜登", feeds=("bbc",)), "feeds", {"words": "bbc", "source": "德国 <之> & 声"}),
        (Topic("t", "都要", "拜登 芯片 访华"), "words", {"present": "拜登、芯片", "words": "访华"}),
    ],
)
async def test_why_names_the_topic_that_came_nearest_and_what_it_lacked(
    room: Room, topic: Topic, key: str, values: dict[str, str]
) -> None:
    for known in TOPICS:
        await room.store.registry.remove_topic(known.id)
    await room.store.registry.add_topic(topic)
    await room.store.registry.add_topic(Topic("far", "远", "访华 体育"))
    await room.say(READER, "/start t")
    await room.say(READER, "/start far")
    (answer,) = await room.say(READER, f"/why {article(3).url}")
    assert answer["text"].splitlines()[2:] == [
        label("why.no_topic"),
        label(f"why.nearest_{key}", topic=topic.title, **values),
    ]


async def test_a_topic_that_would_have_brought_it_is_offered(room: Room) -> None:
    (answer,) = await room.say(READER, f"/why {article(3).url}")
    await room.press(READER, answer, "➕ 中美关系")
    assert await room.follows(Destination(READER)) == ["us-china"]


async def test_why_of_a_topic_that_wants_everything_or_one_feed_says_so(room: Room) -> None:
    await room.store.registry.add_topic(Topic("all", "全部", "*"))
    await room.store.registry.add_topic(Topic("dw", "德国", "源:dw"))
    message = await deliver(room, READER, article(61), "all", "dw", "gone")
    (answer,) = await room.say(READER, "/why", reply_to=message["message_id"])
    assert label("why.everything") in answer["text"]
    assert f"{label('why.in_feed')} · dw" in answer["text"]
    assert label("why.topic_gone", topic="gone") in answer["text"]


async def test_a_link_alone_asks_about_its_article_as_does_a_reply_to_a_message_with_one(room: Room) -> None:
    (answer,) = await room.say(READER, "https://news.example.org/a?x=1&y=<3>")
    assert answer["text"].startswith(article(3).title)
    (found,) = await room.say(READER, "/search 拜登")
    (answer,) = await room.say(READER, "/why", reply_to=found["message_id"])
    assert answer["text"].startswith(article(0).title)
