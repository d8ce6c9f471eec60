"""Whatever people write and press is answered: in their language, where they asked, and within Telegram's rules.

The sandbox refuses what Telegram would refuse, so that a mistake in escaping, lengths or keyboards shows as a call
that was not accepted. Updates are worked on when a test says so, and none waits for a clock.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from dataclasses import replace
from typing import Any

import pytest

from bot.chat import announce
from bot.chat.desk import fitted
from bot.chat.register import ADMIN_BUTTONS, ADMIN_COMMANDS, BUTTONS, COMMANDS
from bot.locale import LANGUAGES, say
from bot.message import visible_units
from bot.model import Destination, Feed, FeedState, Findings, Topic
from bot.text import units
from tests.articles import PNG
from tests.room import (
    ADMIN,
    CODES,
    NOW,
    ODD,
    OTHER_ADMIN,
    READER,
    STRANGER,
    TOPICS,
    Room,
    article,
    decided,
    deliver,
    furnished,
    keys,
    label,
    opened,
    part,
)

room = pytest.fixture(furnished)


# Every command, everywhere, in every language

ASKED = (
    "/start",
    "/start us-china",
    f"/start {ODD}",
    "/help",
    "/topics",
    "/topics us-china",
    "/topics us-china + 芯片",
    f"/topics odd = {ODD[:-2].strip()}",
    "/topics nothing - x",
    "/subscribe",
    "/subscribe US",
    '/subscribe "<b>&" 😀 -体育',
    "/subscribe (拜登",
    "/search",
    '/search 拜登 "<b>&"',
    '/search <i>nothing & "so" 😀</i>',
    "/search 拜登 OR",
    "/latest",
    "/why",
    "/why https://news.example.org/a?x=1&y=<3>",
    "/why https://elsewhere.example.org/<&>",
    "/search https://news.example.org/a?x=1&y=<3>",
    "/subscribe https://news.example.org/a?x=1&y=<3>",
    "/settings",
    "/unsubscribe",
    f"/unsubscribe {ODD}",
    "/unsubscribe all",
    "/feeds",
    "/feeds add nothing",
    "/stats",
)
PLACES = ("private", "group", "group admin", "forum topic", "channel")


def test_every_command_is_among_those_that_are_tried() -> None:
    assert {text.split()[0].removeprefix("/") for text in ASKED} == {*COMMANDS, *ADMIN_COMMANDS}


@pytest.mark.parametrize(
    ("place", "language"),
    [
        *itertools.product(PLACES[:2], LANGUAGES),
        *zip(PLACES[2:], LANGUAGES, strict=True),  # where the sentences are those of the first two
    ],
)
async def test_every_command_is_answered_where_it_was_asked(room: Room, place: str, language: str) -> None:
    person = ADMIN if place in ("group admin", "forum topic", "channel") else READER
    people = room.sandbox.world.people
    people[person] = replace(people[person], language_code=CODES[language])
    chat, where = person, {}
    if place.startswith("group"):
        chat = room.sandbox.create_group("群 <&>", [READER], admins=[ADMIN])
    elif place == "forum topic":
        chat = room.sandbox.create_group("Forum <&>", [READER], admins=[ADMIN], forum=True)
        where = {"thread": room.sandbox.create_topic(chat, "Thread <&>")}
    elif place == "channel":
        chat = room.sandbox.create_channel("频道 <&>", [READER], [ADMIN], bot="administrator")
    destination = Destination(chat, where.get("thread"))
    if place != "private":
        await room.store.registry.change_subscriber(destination, lambda s: replace(s, language=language))
    for text in ASKED:
        answers = await room.say(person, text, chat, **where)
        assert len(answers) == 1, text
        assert answers[0].get("message_thread_id") == where.get("thread")
        assert answers[0]["text"] != say(language, "error.internal")
    (answer,) = await room.say(person, "/help", chat, **where)
    assert say(language, "help.text").split("<")[0].strip() in answer["text"]


async def test_an_unknown_command_is_answered_in_private_and_left_alone_in_a_group(room: Room) -> None:
    group = room.sandbox.create_group("G", [READER], admins=[ADMIN])
    (answer,) = await room.say(READER, "/nothing <&>")
    assert answer["text"] == label("command.unknown")
    assert await room.say(READER, "/nothing", group) == []


async def test_in_a_group_commands_by_the_bots_name_are_its_own_and_others_are_not(room: Room) -> None:
    group = room.sandbox.create_group("G", [READER], admins=[ADMIN])
    assert len(await room.say(ADMIN, "/start@kuaixun_bot us-china", group)) == 1
    assert await room.follows(Destination(group)) == ["us-china"]
    assert len(await room.say(ADMIN, "/Latest@KUAIXUN_BOT", group)) == 1
    assert await room.say(ADMIN, "/latest@another_bot", group) == []
    assert await room.say(ADMIN, "just talking", group) == []


async def test_an_edited_message_is_no_new_order(room: Room) -> None:
    message = room.sandbox.say(READER, "/subscribe US")
    await room.work()
    room.sandbox.updates.put("edited_message", message | {"text": "/subscribe us-china", "edit_date": 1})
    await room.work()
    assert await room.follows(Destination(READER)) == ["us"]
    assert room.count(READER) == 1


async def test_a_channels_post_is_not_answered_a_second_time_in_the_linked_group(room: Room) -> None:
    group = room.sandbox.create_group("Discussion", [READER], admins=[ADMIN], supergroup=True)
    message = room.sandbox.say(ADMIN, "hello", group)
    command = {"offset": 0, "length": 7, "type": "bot_command"}
    echo = message | {"text": "/latest", "entities": [command], "is_automatic_forward": True}
    room.sandbox.updates.put("message", echo)
    await room.work()
    assert room.count(group) == 0


async def test_an_admin_who_writes_as_the_group_itself_may_decide_for_it(room: Room) -> None:
    group = room.sandbox.create_group("G", [READER], admins=[ADMIN], supergroup=True)
    message = room.sandbox.say(READER, "hello", group)
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    command = {"offset": 0, "length": 10, "type": "bot_command"}
    as_group = {"from": anonymous, "sender_chat": message["chat"]}
    text = {"text": "/subscribe US", "entities": [command]}
    room.sandbox.updates.put("message", message | as_group | text)
    await room.work()
    assert await room.follows(Destination(group)) == ["us"]


async def test_the_menu_is_set_for_everybody_and_the_admins_own_for_admins(room: Room) -> None:
    await announce(room.app.bot, "zh-Hans")
    await room.say(ADMIN, "/start")
    await room.say(READER, "/start")
    scopes = [call.params["scope"] for call in room.sandbox.asked("setMyCommands")]
    assert {"type": "default"} in scopes
    assert {scope.get("chat_id") for scope in scopes} == {None, ADMIN}
    for call in room.sandbox.asked("setMyCommands"):
        names = {command["command"] for command in call.params["commands"]}
        assert names <= {*COMMANDS, *ADMIN_COMMANDS}
        assert ("feeds" in names) == (call.params["scope"]["type"] == "chat")


# Buttons


async def test_every_button_that_is_ever_shown_is_answered(room: Room) -> None:
    """In English, whose sentences are the longest. That those of all are markup is claimed in tests/test_locale.py."""
    people = room.sandbox.world.people
    people[ADMIN] = replace(people[ADMIN], language_code="en")
    await deliver(room, ADMIN, article(99), "us-china", "odd", more=True)
    alike = [article(200 + n, title=title) for n, title in enumerate(("港口通航", "学校停课", "果园丰收"))]
    await room.store.ledger.record(
        FeedState("dw"), alike, (), NOW
    )  # whose lines a feed's card has buttons for
    for text in (
        "/settings",
        "/start",
        "/search 拜登",
        "/search 拜登 没有的词",
        "/topics",
        "/topics us-china mute 体育",
        "/topics us-china + 芯片",
        "/topics us-china = 拜登",
        "/unsubscribe",
        "/feeds",
    ):
        await room.say(ADMIN, text)
    shown: dict[str, dict[str, Any]] = {}
    pressed: list[str] = []
    while True:
        for message in room.answers(ADMIN):
            shown.update({b["callback_data"]: message for b in keys(message) if "callback_data" in b})
        left = sorted(shown.keys() - pressed, key=_takes_away)
        if not left:
            break
        pressed.append(left[0])
        # Pressed on the message as it was, as people do whose client is slow.
        await room.forge(ADMIN, shown[left[0]], left[0])
    assert {data.partition(":")[0] for data in pressed} == {*BUTTONS, *ADMIN_BUTTONS}
    assert not await room.store.registry.feeds()
    assert all(topic.owner is not None for topic in await room.store.registry.topics())
    room.refuse_what_is_not_modified()


def _takes_away(data: str) -> tuple[bool, str]:
    return data.startswith(("ey:", "fy:", "sl:")), data


async def test_a_press_on_a_topic_follows_it_and_another_leaves_it(room: Room) -> None:
    (greeting,) = await room.say(READER, "/start")
    assert await room.press(READER, greeting, "➕ 中美关系") | {"callback_query_id": ""} == {
        "callback_query_id": "",
        "text": label("follow.done", title="中美关系"),
        "show_alert": False,
    }
    assert await room.follows(Destination(READER)) == ["us-china"]
    assert [b["text"] for b in keys(room.now(greeting))][:2] == ["✅ 中美关系", f"➕ {ODD}"]
    await room.press(READER, greeting, "✅ 中美关系")
    assert await room.follows(Destination(READER)) == []


async def test_a_button_that_offers_to_follow_never_leaves(room: Room) -> None:
    (older,), (newer,) = [await room.say(READER, "/start") for _ in range(2)]
    await room.press(READER, older, "➕ 中美关系")
    await room.press(READER, newer, "➕ 中美关系")
    assert await room.follows(Destination(READER)) == ["us-china"]
    assert keys(room.now(newer))[0]["text"] == "✅ 中美关系"


async def test_every_setting_is_kept_and_shown_as_chosen(room: Room) -> None:
    (shown,) = await room.say(READER, "/settings")
    for data, chosen in (
        ("si:preview", "预览"),
        ("sp:1", "恢复"),
        ("sl:en", "English"),
        ("si:none", "No picture"),
    ):
        await room.press(READER, room.now(shown), data)
        assert any(chosen in button["text"] for button in keys(room.now(shown)))
    known = await room.store.registry.subscriber(Destination(READER))
    assert known is not None
    assert (known.language, known.picture, known.paused) == ("en", "none", True)
    (answer,) = await room.say(READER, "/why")
    assert answer["text"] == re.sub("<.*?>", "", say("en", "why.how"))


async def test_more_topics_than_a_keyboard_holds_come_in_pages(room: Room) -> None:
    for number in range(60):
        await room.store.registry.add_topic(Topic(f"t{number}", f"{number} {ODD}" * 3, f"词{number}"))
    (listed,) = await room.say(ADMIN, "/topics")
    seen: set[str] = set()
    for page in itertools.count():
        buttons = keys(room.now(listed))
        assert len(buttons) <= 100
        seen.update(b["callback_data"] for b in buttons if b["callback_data"].startswith("t:"))
        if f"tp:{page + 1}" not in [b["callback_data"] for b in buttons]:
            break
        await room.press(ADMIN, room.now(listed), f"tp:{page + 1}")
    assert len(seen) == 63
    last = next(b["callback_data"] for b in keys(room.now(listed)) if b["callback_data"].startswith("t:"))
    await room.press(ADMIN, room.now(listed), last)
    assert next(b["text"] for b in keys(room.now(listed)) if b["callback_data"] == last).startswith("✅")
    (greeting,) = await room.say(READER, "/start")
    await room.press(READER, greeting, "tp:1")


async def test_more_feeds_than_fit_on_a_page_come_in_pages(room: Room) -> None:
    for number in range(40):
        await room.store.registry.add_feed(Feed(f"f{number}", f"https://e.org/{'x' * 300}", ODD * 30))
    (listed,) = await room.say(ADMIN, "/feeds")
    await room.press(ADMIN, listed, "fl:1")
    await room.press(ADMIN, room.now(listed), "fp:f12")
    assert "▶️ f12" in [b["text"] for b in keys(room.now(listed))], "the page stays where it was"
    assert "secret" not in str(room.sandbox.history(ADMIN))


# What hostile and hasty people press


def _hostile() -> list[str]:
    dice = random.Random(1)  # noqa: S311 - the same noise each time
    noise = ["".join(chr(dice.randrange(32, 0x2FF)) for _ in range(32)) for _ in range(4)]
    verbs = [*BUTTONS, *ADMIN_BUTTONS]
    return [
        *noise,
        "",
        ":",
        "nothing",
        "xx:1",
        "\x00" * 64,
        *(f"{verb}:" for verb in verbs if verb not in ("en", "el", "fl", "m", "mb")),
        *(f"{verb}:{'x' * 60}" for verb in verbs if verb not in ("en", "el", "fl", "m", "mb")),
        *(f"{verb}:{value}" for verb in ("s", "tp", "fl") for value in ("-1", "９", "9" * 60, "1e3")),
        "ek:us-china:", "ek::us-china", "ea:us-china:delete", "sl:xx", "si:xx", "e:%s",
    ]  # fmt: skip


@pytest.mark.parametrize("person", [READER, ADMIN])
async def test_hostile_callback_data_changes_nothing_and_is_answered(room: Room, person: int) -> None:
    await room.say(STRANGER, "/subscribe 秘密词")
    (listed,) = await room.say(person, "/topics")
    (theirs,) = [t for t in await room.store.registry.topics() if t.owner == Destination(STRANGER)]
    before = await decided(room)
    others = [f"{verb}:{theirs.id}" for verb in ("t", "u", "mt", "e", "ed", "ey", "ea")]
    for data in (*_hostile(), *others, f"ek:{theirs.id}:abc", f"ea:{theirs.id}:="):
        if data != "sp:":  # means: do not pause, and says so of somebody who is not known yet
            await room.press_old(person, room.now(listed), data)
    topics, feeds, _ = await decided(room)
    assert (topics, feeds) == before[:2]
    assert not await room.follows(Destination(person))
    assert await room.follows(Destination(STRANGER)) == [theirs.id]
    assert "秘密词" not in str(room.sandbox.history(person))
    room.refuse_what_is_not_modified()


def of_several(room: Room, kind: str, admin: int) -> int:
    """A group or a channel with a reader in it."""
    if kind == "group":
        return room.sandbox.create_group("G", [READER], admins=[admin])
    return room.sandbox.create_channel("C", [READER], [admin], bot="administrator")


@pytest.mark.parametrize("kind", ["group", "channel"])
async def test_a_button_that_an_article_does_not_have_does_nothing(room: Room, kind: str) -> None:
    chat = of_several(room, kind, ADMIN)
    told = await deliver(room, chat, article(50), "us-china")
    (topics,) = await room.say(ADMIN, "/topics", chat)
    before = await decided(room), room.sandbox.history(chat)
    pages = [f"{verb}:0" for verb in ("tp", "nl", "fl", "s", "sr")]
    others = [f"{verb}:us-china" for verb in (*BUTTONS, *ADMIN_BUTTONS)]
    for message, data in (
        *((told, data) for data in (*pages, *others)),
        (topics, "s:0"),
        (topics, "n:us-china"),
    ):
        assert (await room.forge(READER, message, data))["text"] == label("button.forgotten"), data
    assert (await decided(room), room.sandbox.history(chat)) == before


async def test_an_admins_button_is_refused_to_everybody_else(room: Room) -> None:
    group = room.sandbox.create_group("G", [READER], admins=[ADMIN])
    (listed,) = await room.say(ADMIN, "/topics", group)
    before = await decided(room)
    for verb, argument in itertools.product(ADMIN_BUTTONS, ("us-china", "us-china:+", "dw", "")):
        answer = await room.press_old(READER, listed, f"{verb}:{argument}")
        assert answer["text"] == label("admin.only")
        assert answer["show_alert"] is True
    assert await decided(room) == before
    assert room.count(group) == 1


@pytest.mark.parametrize("kind", ["group", "channel"])
async def test_members_cannot_decide_for_a_group_or_a_channel(room: Room, kind: str) -> None:
    chat = of_several(room, kind, OTHER_ADMIN)
    (listed,) = await room.say(OTHER_ADMIN, "/topics", chat)
    await room.press(OTHER_ADMIN, listed, "t:us-china")
    assert await room.follows(Destination(chat)) == ["us-china"]
    before = await decided(room)
    for data in ("t:us", "u:us-china", "m:", "mt:us-china", "sl:en", "si:none", "sp:1", "f:"):
        answer = await room.press_old(READER, room.now(listed), data)
        assert answer["text"] == label("group.only_admins"), data
    if kind == "group":
        for text in ("/start", "/subscribe US", "/subscribe 词", "/unsubscribe all"):
            (answer,) = await room.say(READER, text, chat)
            assert answer["text"] == label("group.only_admins")
    assert await decided(room) == before


async def test_to_leave_what_nobody_follows_is_answered_however_long_its_name_is(room: Room) -> None:
    (answer,) = await room.say(READER, "/unsubscribe " + "<( " * 1350)
    assert answer["text"].startswith("你没有关注“<( <( ")
    assert len(answer["text"]) < 400


async def test_a_button_of_a_message_that_is_gone_says_so(room: Room) -> None:
    await room.say(READER, "/topics")
    gone = {"chat": room.sandbox.chat(READER).json(), "message_id": 1, "date": 0}
    for data in ("t:us-china", "s:1", "sl:en"):
        assert (await room.forge(READER, gone, data))["text"] == label("button.forgotten")
    assert await room.follows(Destination(READER)) == []


async def test_a_message_that_cannot_be_changed_any_more_is_answered_with_a_new_one(room: Room) -> None:
    (found,) = await room.say(READER, "/search 拜登")
    room.sandbox.press(READER, found["message_id"], "s:1")
    del room.sandbox.chat(READER).messages[found["message_id"]]
    await room.work()
    assert "2 / 3" in [b["text"] for b in keys(room.answers(READER)[-1])]
    room.refused = [400]


async def test_a_press_that_was_left_waiting_too_long_still_counts() -> None:
    clock = 1_700_000_000.0
    async with opened(clock=lambda: clock) as room:
        await room.store.registry.add_topic(TOPICS[0])
        (listed,) = await room.say(READER, "/topics")
        room.sandbox.press(READER, listed["message_id"], "t:us-china")
        clock += 60
        await room.work()
        assert [call.status for call in room.sandbox.asked("answerCallbackQuery")] == [400]
        assert await room.follows(Destination(READER)) == ["us-china"]
        assert keys(room.now(listed))[0]["text"] == "✅ 中美关系"


async def test_a_button_that_is_pressed_twice_at_once_is_pressed_once(room: Room) -> None:
    (found,) = await room.say(READER, "/search 拜登 芯片")
    for _ in range(2):
        room.sandbox.press(READER, found["message_id"], "f:")
    await asyncio.gather(*(room.app.process_update(update) for update in room.updates()))
    assert len([t for t in await room.store.registry.topics() if t.owner]) == 1
    assert len(await room.follows(Destination(READER))) == 1


# Reading


async def test_a_search_is_paged_through_and_followed(room: Room) -> None:
    (found,) = await room.say(READER, "拜登")
    assert found["text"].startswith("🔎 拜登 · 12 篇")
    await room.press(READER, found, "›")
    await room.press(READER, room.now(found), "›")
    assert room.now(found)["text"].count("🗞") == 0
    refining = [label("search.by_n"), f"📅 {label('search.span_0')}", f"📰 {label('search.all_feeds')}"]
    assert [b["text"] for b in keys(room.now(found))] == ["‹", "3 / 3", *refining, label("search.follow")]
    await room.press(READER, room.now(found), label("search.follow"))
    (mine,) = [t for t in await room.store.registry.topics() if t.owner]
    assert (mine.query, mine.owner) == ("拜登", Destination(READER))
    assert await room.follows(Destination(READER)) == [mine.id]


async def test_a_search_is_narrowed_by_time_and_feed_and_put_in_order_by_buttons(room: Room) -> None:
    (found,) = await room.say(READER, "/search 拜登")
    await room.press(READER, found, f"📅 {label('search.span_0')}")
    assert label("search.span_7d") in [b["text"] for b in keys(room.now(found))]
    await room.press(READER, room.now(found), label("search.span_7d"))
    assert room.now(found)["text"].startswith("🔎 拜登 近:7d · ")
    await room.press(READER, room.now(found), label("search.by_n"))
    assert [b["callback_data"] for b in keys(room.now(found)) if b["text"] == label("search.by_r")] == ["s:0"]
    await room.press(READER, room.now(found), f"📰 {label('search.all_feeds')}")
    feed = next(
        b for b in keys(room.now(found)) if b["callback_data"].startswith("sf:r") and " · " in b["text"]
    )
    id, count = feed["callback_data"][4:], feed["text"].rpartition(" ")[2]
    await room.press(READER, room.now(found), feed["text"])
    assert room.now(found)["text"].startswith(f"🔎 拜登 近:7d 源:={id} · {count} 篇")
    await room.press(READER, room.now(found), f"📅 {label('search.span_7d')}")
    await room.press(READER, room.now(found), label("search.span_0"))
    assert room.now(found)["text"].startswith(f"🔎 拜登 源:={id} · ")
    assert all(len(b.get("callback_data", "").encode()) <= 64 for b in keys(room.now(found)))


async def test_in_a_rush_a_subscription_is_answered_before_its_query_is_tried(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.trying.HASTE", 0.0)
    (usual,) = await room.say(READER, "/subscribe 拜登")
    assert "12 篇" in usual["text"]
    monkeypatch.setattr("bot.chat.desk.MOST_TRIED", 0)
    async with opened() as busy:
        (answer,) = await busy.say(READER, "/subscribe 拜登")
        assert "拜登" in answer["text"]
        assert "天" not in answer["text"]
        assert await busy.follows(Destination(READER))


async def test_the_button_of_a_searchs_feed_has_its_name(room: Room) -> None:
    for query in ("拜登 源:dw", "拜登 feed:DW"):
        (found,) = await room.say(READER, query)
        assert "📰 德国<&>之声" in [b["text"] for b in keys(found)]
    (found,) = await room.say(READER, f"拜登 源:'{'很长' * 30}' OR 拜登 源:dw")
    assert f"📰 {label('search.all_feeds')}" in [b["text"] for b in keys(found)], (
        "of two feeds, none is named"
    )


async def test_a_search_for_a_link_finds_its_article(room: Room) -> None:
    (found,) = await room.say(READER, "/search https://news.example.org/a?x=1&y=<3>&utm_source=rss")
    assert "· 1 篇" in found["text"]
    assert article(3).title in found["text"]
    (nothing,) = await room.say(READER, "/search https://elsewhere.example.org/x")
    assert nothing["text"] == label("why.unknown")
    (refused,) = await room.say(READER, "/subscribe https://news.example.org/a")
    assert label("query.link") in refused["text"]


async def test_a_search_that_is_followed_leaves_its_dates_behind(room: Room) -> None:
    (found,) = await room.say(READER, "/search 拜登 last:7d")
    await room.press(READER, found, label("search.follow"))
    assert [t.query for t in await room.store.registry.topics() if t.owner] == ["拜登"]


async def test_a_search_in_reply_to_a_message_is_for_its_text_or_its_pictures_caption(room: Room) -> None:
    await room.say(READER, "/start")
    text = await room.app.bot.send_message(READER, "拜登")
    photo = await room.app.bot.send_photo(READER, PNG, caption="拜登")
    for message in (text, photo):
        (found,) = await room.say(READER, "/search", reply_to=message.message_id)
        assert found["text"].startswith("🔎 拜登 · 12 篇")
    bare = await room.app.bot.send_photo(READER, PNG)
    (answer,) = await room.say(READER, "/search", reply_to=bare.message_id)
    assert answer["text"] == re.sub("<.*?>", "", label("search.how"))


@pytest.mark.parametrize("query", ["last:7d", "last:7d -体育"])
async def test_a_search_of_dates_alone_is_not_followed_but_told_what_it_lacks(room: Room, query: str) -> None:
    (found,) = await room.say(READER, f"/search {query}")
    answer = await room.press(READER, found, label("search.follow"))
    assert answer["text"] == label("search.only_dates")
    assert await room.follows(Destination(READER)) == []


async def test_where_nothing_is_found_queries_are_offered_that_find_something(room: Room) -> None:
    (found,) = await room.say(READER, "/search 拜登 没有的词")
    assert "1. 拜登 · 12" in found["text"]
    await room.press(READER, found, "1")
    assert room.now(found)["text"].startswith("🔎 拜登 · 12 篇")
    (found,) = await room.say(READER, "/search 没有")
    assert label("search.no_try") in found["text"]


async def test_what_a_search_found_is_marked_in_the_title_and_in_the_text(room: Room) -> None:
    (found,) = await room.say(READER, '/search 拜登 "<b>&"')
    bold = {part(found["text"], e) for e in found["entities"] if e["type"] == "bold"}
    assert bold == {"拜登", "<b>&"}
    links = [e["url"] for e in found["entities"] if e["type"] == "text_link"]
    assert len(links) == 5
    assert links[0].startswith("https://news.example.org/a?x=1&y=")


BAD = (
    ("(拜登 <b>", "(", "query.unclosed"),
    ('拜登 "<b>&', '"', "query.open_quote"),
    ("<b> OR", "OR", "query.lone_or"),
    ("拜登 -", "-", "query.lone_minus"),
    ("after:tomorrow 拜登", "after:tomorrow", "query.bad_date"),
    ("-体育", "-体育", "query.matches_everything"),
    ("/<b>.*/", "/<b>.*/", "query.regex_not_allowed"),
    ("词" * 1500, "词" * 40, "query.too_long"),
    ("字" * 3000, "字" * 40, "query.too_long"),
    ("|".join("字" * 300), "字", "query.too_long"),
)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_bad_query_is_answered_with_its_place(room: Room, language: str) -> None:
    people = room.sandbox.world.people
    people[READER] = replace(people[READER], language_code=CODES[language])
    for query, place, key in BAD:
        (answer,) = await room.say(READER, f"/search {query}")
        values = {"limit": "1300" if len(query) <= 1500 else "2000", "value": "tomorrow"}
        assert say(language, key, **values) in answer["text"]
        (marked,) = [part(answer["text"], e) for e in answer["entities"] if e["type"] == "underline"]
        assert marked == place


async def test_many_words_of_one_field_are_no_longer_when_they_are_repeated(room: Room) -> None:
    words = "|".join(f"词{number}" for number in range(170))
    (answer,) = await room.say(READER, f"/search 标题:({words})")
    assert f"标题:({words.replace('|', ' OR ')})" in answer["text"]


async def test_a_story_that_several_outlets_tell_is_listed_once_and_names_them(room: Room) -> None:
    first, second, third = (
        article(200 + n, title=f"运河 {n}", source=source, url=f"https://e.org/canal-{n}", published=NOW)
        for n, source in enumerate(("甲报", "Second Post", "丙报"))
    )
    await room.store.ledger.record(None, [first], (), NOW)
    twins = Findings(twins={second.key: first.key})
    await room.store.ledger.record(None, [second, third], (), NOW, twins)
    for question in ("/search 运河", "/latest"):
        (answer,) = await room.say(READER, question)
        links = [entity.get("url") for entity in answer["entities"] if entity["type"] == "text_link"]
        assert len(links) == len(set(links))
        assert answer["text"].count("另见") == 1
        assert ("甲报" in answer["text"], "Second Post" in answer["text"]) == (True, True)
        assert "丙报 · " in answer["text"]


async def test_a_search_that_finds_too_much_to_show_shows_what_fits(room: Room) -> None:
    long = [
        article(100 + n, title=f"{n}{ODD}拜登" * 500, source=ODD * 500, url=f"https://e.org/{n}/{'é' * 6000}")
        for n in range(5)
    ]
    await room.store.ledger.record(None, [replace(a, published=NOW) for a in long], (), NOW)
    (found,) = await room.say(READER, "/search 拜登")
    assert found["text"].count("拜登") > 5
    (latest,) = await room.say(READER, "/latest")
    assert units(latest["text"]) <= 4096
    words = " OR ".join(f'"{ODD} {n}"' for n in range(50))
    (found,) = await room.say(READER, f"/search 拜登 OR {words}")
    assert len(await room.say(READER, f"/subscribe {words}")) == 1


# Telegram says no, or nothing


async def test_an_answer_waits_as_long_as_telegram_asks_and_is_not_lost(room: Room) -> None:
    room.sandbox.faults.fail(
        429, "Too Many Requests: retry after 1", {"retry_after": 1}, method="sendMessage"
    )
    (answer,) = await room.say(READER, "/help")
    assert answer["text"].startswith("/topics")
    room.refused = [429]


async def test_an_answer_whose_connection_breaks_is_given_again(room: Room) -> None:
    room.sandbox.faults.drop_before(method="sendMessage")
    assert len(await room.say(READER, "/help")) == 1
    (shown,) = await room.say(READER, "/settings")
    room.sandbox.faults.drop_after(method="editMessageText")
    await room.press(READER, shown, "si:none")
    assert "● 无图" in [button["text"] for button in keys(room.now(shown))]
    room.refused = [0, 400]  # the second time there is nothing to change any more


async def test_who_must_wait_too_long_gets_no_answer_and_others_do(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.sandbox.faults.fail(
        429, "Too Many Requests: retry after 3600", {"retry_after": 3600}, method="sendMessage"
    )
    assert await room.say(READER, "/help") == []
    assert len(await room.say(STRANGER, "/help")) == 1
    assert "got no answer" in caplog.text
    room.refused = [429]


@pytest.mark.parametrize("sign", ["command", "press"])
@pytest.mark.parametrize("kind", ["private", "group", "channel", "forum"])
async def test_where_telegram_refused_an_article_a_sign_of_life_brings_the_next(
    room: Room, kind: str, sign: str
) -> None:
    place, thread = READER, None
    if kind == "channel":
        place = room.sandbox.create_channel("C", [READER], [ADMIN], bot="administrator")
    elif kind != "private":
        place = room.sandbox.create_group("G", [READER], admins=[ADMIN], forum=kind == "forum")
    if kind == "forum":
        thread = room.sandbox.create_topic(place, "T")
    here, person = Destination(place, thread), READER if kind == "private" else ADMIN
    where: dict[str, Any] = {"chat": place, "thread": thread}
    await room.say(person, "/subscribe US", **where)
    (shown,) = await room.say(person, "/topics", **where)
    gone = await room.store.registry.change_subscriber(here, lambda s: replace(s, active=False))
    await (room.say(person, "/latest", **where) if sign == "command" else room.press(person, shown, "nl:"))
    assert await room.store.registry.subscriber(here) == replace(gone, active=True), "and nothing else"


async def test_an_answer_that_does_not_get_through_wakes_nobody(room: Room) -> None:
    forum = room.sandbox.create_group("G", [READER], admins=[ADMIN], forum=True)
    one, other = (room.sandbox.create_topic(forum, name) for name in ("A", "B"))
    for thread in (one, other):
        await room.say(ADMIN, "/subscribe US", forum, thread=thread)
        where = Destination(forum, thread)
        await room.store.registry.change_subscriber(where, lambda s: replace(s, active=False))

    async def awake() -> list[int | None]:
        return [s.destination.thread for s in await room.store.registry.subscribers() if s.active]

    room.sandbox.close_topic(forum, one)
    assert await room.say(ADMIN, "/help", forum, thread=one) == []
    room.refused = [400]
    first = room.sandbox.say(READER, "早", forum, thread=one)
    await room.say(ADMIN, "/x", forum, thread=one, reply_to=first["message_id"])
    await room.say(ADMIN, "早", forum, thread=one, reply_to=first["message_id"])
    assert await awake() == []
    room.sandbox.close_topic(forum, one, closed=False)
    await room.work()
    assert await awake() == [one], "who talks in another topic, or is told nothing, is no sign"


async def test_who_blocks_the_bot_stops_and_is_taken_back_with_what_they_chose(room: Room) -> None:
    await room.say(READER, "/subscribe US")
    room.sandbox.block(READER)
    await room.work()
    known = await room.store.registry.subscriber(Destination(READER))
    assert known is not None
    assert not known.active
    room.sandbox.unblock(READER)
    await room.work()
    known = await room.store.registry.subscriber(Destination(READER))
    assert known is not None
    assert known.active
    assert await room.follows(Destination(READER)) == ["us"]


async def test_who_blocks_the_bot_before_the_answer_disturbs_nobody(room: Room) -> None:
    room.sandbox.say(READER, "/help")
    room.sandbox.block(READER)
    await room.work()
    assert len(await room.say(STRANGER, "/help")) == 1
    room.refused = [403]


async def test_a_failure_inside_is_loud_in_the_log_and_polite_in_the_chat(
    room: Room, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise RuntimeError("the disk is full")

    (listed,) = await room.say(READER, "/topics")
    monkeypatch.setattr(room.store.registry, "topics", broken)
    (answer,) = await room.say(READER, "/topics")
    assert answer["text"] == label("error.internal")
    assert (await room.press(READER, listed, "t:us"))["text"] == label("error.internal")
    assert "the disk is full" in caplog.text
    caplog.clear()


async def test_feeds_are_looked_at_before_they_are_added(room: Room) -> None:
    for address, words in (
        ("http://127.0.0.1:1/feed", "无法读取"),
        (f"{room.sandbox.url}/", "无法读取"),
        ("http://10.0.0.1/feed", "无法读取"),
        ("ftp://e.org/", "这样写"),
    ):
        (answer,) = await room.say(ADMIN, f"/feeds add {address}")
        assert words in answer["text"], address
    assert len(await room.store.registry.feeds()) == 1
    await room.say(ADMIN, "/feeds remove DW")
    assert not await room.store.registry.feeds()


def test_parts_are_kept_while_they_fit() -> None:
    parts = [f"<b>{'长' * 500}&amp;</b>" for _ in range(20)]
    text = fitted(parts)
    assert visible_units(text) <= 4096
    assert text.endswith("…")
    assert text.count("<b>") == text.count("</b>") == 8
    assert fitted(["a", "b"]) == "a\n\nb"
    assert len(fitted(f'<a href="https://e.org/{"x" * 2000}">x</a>' for _ in range(100)).encode()) < 32_768
