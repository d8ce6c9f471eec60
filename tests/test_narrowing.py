"""A chat narrows what it follows for itself alone: it mutes words and pauses topics, and finds and undoes both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.muting import candidates
from bot.chat.narrowing import MAX_MUTED, muting
from bot.composing import wanted
from bot.errors import QueryError
from bot.locale import LANGUAGES
from bot.model import Destination, Following, Topic
from bot.query import parse
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
)

room = pytest.fixture(furnished)
ME = Destination(READER)


async def following(room: Room, topic: str = "us-china", where: Destination = ME) -> Following:
    subscriber = await room.store.registry.subscriber(where)
    found = subscriber.follows(topic) if subscriber else None
    assert found is not None
    return found


async def test_a_word_is_muted_and_unmuted_in_one_line_by_whom_it_concerns(room: Room) -> None:
    await room.say(READER, "/start us-china")
    (card,) = await room.say(READER, "/topics us-china -体育")
    assert (await following(room)).muted == ("体育",)
    assert card["text"].startswith(label("narrow.saved"))
    await room.say(READER, '/topics 中美關係 - 足球、"<b>&"')
    await room.say(READER, "/topics us-china -娱乐 -明星")
    assert (await following(room)).muted == ("体育", '足球 "<b>&"', "娱乐", "明星")
    await room.say(READER, "/topics us-china +體育")
    await room.say(READER, "/topics us-china pause")
    assert await following(room) == replace(await following(room), paused=True)
    assert (await following(room)).muted == ('足球 "<b>&"', "娱乐", "明星")
    assert await room.topic("us-china") == TOPICS[0], "the shared topic is nobody's own"


async def test_an_admin_narrows_for_themselves_with_words_of_its_own(room: Room) -> None:
    await room.say(ADMIN, "/start us-china")
    await room.say(ADMIN, "/topics us-china mute 体育，足球")
    await room.say(ADMIN, "/topics us-china unmute 足球")
    assert (await following(room, where=Destination(ADMIN))).muted == ("体育",)
    await room.say(ADMIN, "/topics us-china 暂停")
    assert (await following(room, where=Destination(ADMIN))).paused
    await room.say(ADMIN, "/topics us-china 恢复")
    assert not (await following(room, where=Destination(ADMIN))).paused
    assert await room.topic("us-china") == TOPICS[0]


async def test_words_are_muted_with_the_topics_own_buttons(room: Room) -> None:
    (followed,) = await room.say(READER, "/subscribe us-china")
    await room.press(READER, followed, label("narrow.mute"))
    await room.press(READER, room.now(followed), label("narrow.mute"))
    question = room.answers(READER)[-1]
    assert room.sandbox.asked("sendMessage")[-1].params["reply_markup"]["force_reply"] is True
    (card,) = await room.say(READER, "体育，娱乐 <b>", reply_to=question["message_id"])
    assert (await following(room)).muted == ("体育", "娱乐 <b>")
    await room.press(READER, card, "✕ 体育")
    assert (await following(room)).muted == ("娱乐 <b>",)
    await room.press(READER, room.now(card), label("narrow.pause"))
    assert (await following(room)).paused
    await room.press(READER, room.now(card), label("narrow.resume"))
    assert not (await following(room)).paused


async def test_an_old_cards_cross_takes_no_other_word(room: Room) -> None:
    await room.say(READER, "/start us-china")
    (old,) = await room.say(READER, "/topics us-china -体育 -足球")
    await room.say(READER, "/topics us-china +足球")
    await room.say(READER, "/topics us-china -娱乐")
    await room.press(READER, old, "✕ 足球")
    assert (await following(room)).muted == ("体育", "娱乐")


async def test_a_question_that_is_left_alone_holds_nothing_up(room: Room) -> None:
    await room.say(READER, "/start us-china")
    (card,) = await room.say(READER, "/topics us-china")
    await room.press(READER, card, label("narrow.mute"))
    question = room.answers(READER)[-1]
    (found,) = await room.say(READER, "拜登")
    assert found["text"].startswith("🔎")
    await room.say(READER, "/help", reply_to=question["message_id"])
    assert (await following(room)).muted == ()
    await room.say(READER, "体育", reply_to=question["message_id"])
    assert (await following(room)).muted == ("体育",)


async def test_everything_that_is_narrowed_is_shown_in_one_place(room: Room) -> None:
    await room.say(READER, "/subscribe 芯片")
    await room.say(READER, "/start us-china")
    await room.say(READER, "/topics us-china -标签:体育")
    await room.say(READER, "/topics 芯片 pause")
    (settings,) = await room.say(READER, "/settings")
    assert label("settings.narrowed", words=1, topics=1) in settings["text"]
    await room.press(READER, settings, label("narrow.list_button"))
    text = room.now(settings)["text"]
    assert "中美关系 · " + label("narrow.are_muted", words="标签:体育") in text
    assert "芯片 · " + label("narrow.is_paused") in text
    await room.press(READER, room.now(settings), "⚙️ 中美关系")
    await room.press(READER, room.now(settings), "✕ 标签:体育")
    assert (await following(room)).muted == ()
    await room.press(READER, room.now(settings), label("card.back"))
    await room.press(READER, room.now(settings), label("card.back"))
    assert "➕ US" in [b["text"] for b in keys(room.now(settings))]


async def test_more_topics_than_fit_come_in_pages(room: Room) -> None:
    for number in range(60):
        await room.store.registry.add_topic(Topic(f"t{number}", f"{number} {ODD}" * 3, f"词{number}"))
    muted = tuple(f"{n}{'词' * 80}" for n in range(MAX_MUTED))
    every = tuple(Following(f"t{n}", NOW, muted) for n in range(60))
    await room.say(READER, "/start")
    await room.store.registry.change_subscriber(ME, lambda s: replace(s, following=every))
    (listed,) = await room.say(READER, "/topics")
    await room.press(READER, listed, label("narrow.list_button"))
    await room.press(READER, room.now(listed), "›")
    await room.press(READER, room.now(listed), "n:t30")
    assert len([b for b in keys(room.now(listed)) if b["text"].startswith("✕")]) == MAX_MUTED + 1
    (full,) = await room.say(READER, "/topics t30 -新词")
    assert label("narrow.full", limit=MAX_MUTED) in full["text"]


async def have_muted(room: Room, many: int, *topics: str) -> tuple[str, ...]:
    words = tuple(f"词{n}" for n in range(many))

    def filled(one: Following) -> Following:
        return replace(one, muted=words) if one.topic in topics else one

    await room.store.registry.change_subscriber(
        ME, lambda s: replace(s, following=tuple(map(filled, s.following)))
    )
    return words


async def test_a_word_for_which_there_is_no_room_is_named_and_never_said_to_be_muted(room: Room) -> None:
    await room.say(READER, "/start us-china")
    words = await have_muted(room, MAX_MUTED - 2, "us-china")
    (last,) = await room.say(READER, "/topics us-china -甲词 -乙词")
    assert last["text"].startswith(label("narrow.saved")), "they are all there"
    assert (await following(room)).muted == (*words, "甲词", "乙词")
    (known,) = await room.say(READER, "/topics us-china -甲词")
    assert known["text"].startswith(label("topics.unchanged"))

    words = await have_muted(room, MAX_MUTED - 1, "us-china")
    (some,) = await room.say(READER, "/topics us-china -甲词 -乙词 -丙词")
    assert (await following(room)).muted == (*words, "甲词")
    assert some["text"].startswith(label("narrow.full", limit=MAX_MUTED))
    assert label("narrow.no_room", word="乙词、丙词", topics="中美关系") in some["text"]
    assert label("mute.word_done", word="甲词", topics="中美关系") in some["text"]

    words = await have_muted(room, MAX_MUTED, "us-china")
    (none,) = await room.say(READER, "/topics us-china -又一个")
    assert none["text"].startswith(label("narrow.full", limit=MAX_MUTED))
    assert label("narrow.no_room", word="又一个", topics="中美关系") in none["text"]
    assert label("mute.word_done", word="又一个", topics="中美关系") not in none["text"]
    assert (await following(room)).muted == words


async def test_under_an_article_a_full_list_is_told_and_nothing_is_offered_to_be_undone(room: Room) -> None:
    message = await deliver(room, READER, article(50), "us-china")
    words = await have_muted(room, MAX_MUTED, "us-china")
    await room.press(READER, message, label("button.mute"))
    answer = await room.press(READER, room.now(message), "－ 布林肯")
    missing = label("narrow.no_room", word="布林肯", topics="中美关系")
    assert answer["text"] == f"{label('narrow.full', limit=MAX_MUTED)}\n{missing}"
    assert [b["text"] for b in keys(room.now(message))] == ["阅读原文", label("button.mute")]
    assert (await following(room)).muted == words


async def test_of_two_topics_the_one_without_room_for_a_word_is_named(room: Room) -> None:
    message = await deliver(room, READER, article(50), "us-china", "odd")
    words = await have_muted(room, MAX_MUTED, "us-china")
    await room.press(READER, message, label("button.mute"))
    await room.press(READER, room.now(message), label("mute.other_word"))
    question = room.answers(READER)[-1]
    (answer,) = await room.say(READER, "-第二段", reply_to=question["message_id"])
    assert answer["text"].splitlines() == [
        label("narrow.full", limit=MAX_MUTED),
        label("narrow.no_room", word="第二段", topics="中美关系"),
        label("mute.word_done", word="第二段", topics=ODD),
    ]
    assert (await following(room)).muted == words
    assert (await following(room, "odd")).muted == ("第二段",)


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("体育", ("体育",)),
        ("-体育", ("体育",)),
        ("- 体育", ("体育",)),
        ("－体育 －足球", ("体育", "足球")),
        ("体育、足球，娱乐", ("体育", "足球", "娱乐")),
        ("体育 足球", ("体育 足球",)),
        ("体育 OR 足球", ("体育 OR 足球",)),
        ("“a, b”", ('"a, b"',)),
        ("标签:体育", ("tag:体育",)),
        ("-(体育 | 足球)", ("体育 OR 足球",)),
    ],
)
def test_what_is_to_be_muted_is_read_as_people_write_it(text: str, queries: tuple[str, ...]) -> None:
    assert muting(text) == queries


@pytest.mark.parametrize("text", ["", "-", "(体育", "last:7d", "*", "/a/", "、", "词" * 300, "- -"])
def test_what_cannot_be_muted_says_why(text: str) -> None:
    with pytest.raises(QueryError):
        muting(text)


async def test_a_mistake_in_a_muted_word_is_shown_and_changes_nothing(room: Room) -> None:
    await room.say(READER, "/start us-china")
    before = await decided(room)
    for text in (
        "/topics us-china -(体育",
        "/topics us-china mute *",
        "/topics us-china mute",
        "/topics us-china x",
    ):
        assert len(await room.say(READER, text)) == 1
    (answer,) = await room.say(READER, "/topics us -体育")
    assert label("narrow.not_followed") in answer["text"]
    (answer,) = await room.say(READER, "/topics us-china = 体育")
    assert answer["text"].startswith("“中美关系”找哪些词，只有机器人的管理员能改")
    (answer,) = await room.say(READER, "/topics nowhere -体育")
    assert label("topic.unknown", id="nowhere") in answer["text"]
    assert await decided(room) == before


async def test_who_adds_a_word_to_a_shared_topic_is_told_who_may_and_what_they_may(room: Room) -> None:
    (answer,) = await room.say(READER, "/topics us-china + 贸易")
    assert "只有机器人的管理员能改" in answer["text"], "also of a topic that is not followed"
    await room.say(READER, "/start us-china")
    before = await decided(room)
    (answer,) = await room.say(READER, "/topics us-china + 贸易")
    for told in ("“贸易”没有被屏蔽", "只有机器人的管理员能改", "/topics us-china -词", "/subscribe 词"):
        assert told in answer["text"]
    assert await decided(room) == before


async def test_words_muted_in_a_topic_are_muted_again_when_it_is_followed_again(room: Room) -> None:
    async def muted() -> list[tuple[str, ...]]:
        subscriber = await room.store.registry.subscriber(Destination(READER))
        return [f.muted for f in subscriber.following] if subscriber else []

    await room.say(READER, "/start us-china")
    await room.say(READER, "/topics us-china -体育 -足球")
    for leave, join in (
        ("/unsubscribe us-china", "/subscribe us-china"),
        ("/unsubscribe all", "/start us-china"),
    ):
        await room.say(READER, leave)
        assert await muted() == []
        await room.say(READER, join)
        assert await muted() == [("体育", "足球")]
    await room.say(READER, "/unsubscribe us-china")
    await room.store.registry.remove_topic("us-china")
    subscriber = await room.store.registry.subscriber(Destination(READER))
    assert subscriber
    assert subscriber.left == (), "another topic may have that id some day"


# Under an article


async def test_a_muted_topic_is_taken_up_again_in_the_list(room: Room) -> None:
    message = await deliver(room, READER, article(50), "us-china")
    await room.press(READER, message, label("button.mute"))
    texts = [b["text"] for b in keys(room.now(message))]
    assert texts[1] == label("mute.topic", title="中美关系")
    assert texts[-2:] == [label("mute.other_word"), label("mute.back")]
    await room.press(READER, room.now(message), "mt:us-china")
    assert (await following(room)).paused
    (listed,) = await room.say(READER, "/topics")
    await room.press(READER, listed, "🔕 中美关系")
    assert not (await following(room)).paused


async def test_what_was_paused_or_muted_under_an_article_is_undone_there(room: Room) -> None:
    message = await deliver(room, READER, article(50), "us-china")
    before = await following(room)
    await room.press(READER, message, label("button.mute"))
    await room.press(READER, room.now(message), label("mute.topic", title="中美关系"))
    assert (await following(room)).paused
    await room.press(READER, room.now(message), label("mute.undo", what="中美关系"))
    assert await following(room) == before
    await room.press(READER, room.now(message), label("button.mute"))
    answer = await room.press(READER, room.now(message), "－ 布林肯")
    assert answer["text"] == label("mute.word_done", word="布林肯", topics="中美关系")
    assert (await following(room)).muted == ("布林肯",)
    assert [b["text"] for b in keys(room.now(message))] == [
        "阅读原文",
        label("button.mute"),
        label("mute.undo", what="布林肯"),
    ]
    await room.press(READER, room.now(message), label("mute.undo", what="布林肯"))
    assert await following(room) == before


async def test_a_word_muted_under_an_article_is_muted_in_all_topics_that_it_came_for(room: Room) -> None:
    message = await deliver(room, READER, article(50), "us-china", "odd")
    await room.press(READER, message, label("button.mute"))
    answer = await room.press(READER, room.now(message), "mw:" + _mark('tag:"经济 <&>"'))
    assert answer["text"] == label("mute.word_done", word='标签:"经济 <&>"', topics=f"中美关系、{ODD}")
    for topic in ("us-china", "odd"):
        assert (await following(room, topic)).muted == ('tag:"经济 <&>"',)
    await room.press(READER, room.now(message), label("button.mute"))
    await room.press(READER, room.now(message), label("mute.other_word"))
    question = room.answers(READER)[-1]
    (answer,) = await room.say(READER, "-第二段", reply_to=question["message_id"])
    assert answer["text"] == label("mute.word_done", word="第二段", topics=f"中美关系、{ODD}")
    assert (await following(room, "odd")).muted[-1] == "第二段"


async def test_a_message_whose_id_was_lost_with_telegrams_answer_is_muted_by_the_number_it_names(
    room: Room,
) -> None:
    message = await deliver(room, READER, article(50), "us-china", unanswered=True)
    assert await room.store.ledger.delivered(READER, message["message_id"]) is None
    before = await following(room)
    await room.press(READER, message, label("button.mute"))
    assert "－ 布林肯" in [key["text"] for key in keys(room.now(message))]
    await room.press(READER, room.now(message), label("mute.back"))
    await room.press(READER, room.now(message), label("button.mute"))
    await room.press(READER, room.now(message), "－ 布林肯")
    assert (await following(room)).muted == ("布林肯",)
    await room.press(READER, room.now(message), label("mute.undo", what="布林肯"))
    assert await following(room) == before
    (why,) = await room.say(READER, "/why", reply_to=message["message_id"])
    assert "中美关系" in why["text"]


def _mark(text: str) -> str:
    from bot.chat.card import mark

    return mark(text)


async def test_a_word_that_is_muted_now_keeps_back_what_is_already_owed(room: Room) -> None:
    registry, ledger = room.store
    message = await deliver(room, READER, article(50), "us-china")
    delivery = await ledger.delivered(READER, message["message_id"])
    assert delivery is not None
    topics = await registry.topics()
    subscriber = await registry.subscriber(ME)
    assert subscriber is not None
    assert [topic.id for topic in wanted(delivery, article(51), subscriber, topics)] == ["us-china"]
    await room.press(READER, message, label("button.mute"))
    await room.press(READER, room.now(message), "－ 布林肯")
    subscriber = await registry.subscriber(ME)
    assert subscriber is not None
    assert wanted(delivery, article(51), subscriber, topics) == []


async def test_the_buttons_under_an_article_believe_nothing_they_are_told(room: Room) -> None:
    await room.say(STRANGER, "/subscribe 秘密词")
    (theirs,) = [t for t in await room.store.registry.topics() if t.owner == Destination(STRANGER)]
    message = await deliver(room, READER, article(50), "us-china")
    (other,) = await room.say(READER, "/help")
    before = await decided(room)
    for data in (
        f"mt:{theirs.id}",
        "mt:us",
        "mw:",
        "mw:abc",
        f"mw:{_mark('拜登德')}",
        "mz:",
        "mz:t:us",
        "mz:w:abc",
        "nk:us-china:abc",
        "np:us-china:2",
        f"n:{theirs.id}",
        f"nw:{theirs.id}",
        f"np:{theirs.id}:1",
        "n:us",
    ):
        await room.press_old(READER, message, data)
        if data[0] == "m":
            await room.press_old(READER, other, data)
    assert await decided(room) == before
    assert "秘密词" not in str(room.sandbox.history(READER))
    room.refuse_what_is_not_modified()


async def test_in_a_group_only_its_admins_narrow(room: Room) -> None:
    group = room.sandbox.create_group("G", [READER], admins=[OTHER_ADMIN])
    await room.say(OTHER_ADMIN, "/subscribe us-china", group)
    (card,) = await room.say(OTHER_ADMIN, "/topics us-china mute 体育", group)
    where = Destination(group)
    assert (await following(room, where=where)).muted == ("体育",)
    people = room.sandbox.world.people
    people[READER] = replace(people[READER], language_code=CODES["zh-Hans"])
    before = await decided(room)
    (answer,) = await room.say(READER, "/topics us-china -足球", group)
    assert answer["text"] == label("group.only_admins")
    for data in (
        f"nk:us-china:{_mark('体育')}",
        "np:us-china:1",
        "nw:us-china",
        "mw:abc",
        "my:",
        "mz:t:us-china",
    ):
        assert (await room.press_old(READER, card, data))["text"] == label("group.only_admins"), data
    await room.press(OTHER_ADMIN, card, "nw:us-china")
    question = room.answers(group)[-1]
    await room.say(READER, "足球", group, reply_to=question["message_id"])
    assert await decided(room) == before


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_personal_topic_is_narrowed_too_in_every_language(room: Room, language: str) -> None:
    people = room.sandbox.world.people
    people[READER] = replace(people[READER], language_code=CODES[language])
    await room.say(READER, "/subscribe 芯片 <b>")
    (card,) = await room.say(READER, "/topics 芯片 <b> -体育")
    (mine,) = await room.follows(ME)
    assert (await following(room, mine)).muted == ("体育",)
    assert "✕ 体育" in [b["text"] for b in keys(card)]


def test_words_without_which_nothing_would_come_are_not_offered() -> None:
    one, two = Topic("a", "A", "拜登 芯片"), Topic("b", "B", "拜登 OR 布林肯")
    what = article(1, title="拜登谈“<b>&”", tags=("经济",))
    offered: list[Any] = candidates(what, [one], [one, two])
    assert offered == ["<b>&", "布林肯", "tag:经济", 'feed:"德国 <之> & 声"']
    assert not {"拜登", "芯片"} & set(offered)
    assert "拜登" in candidates(what, [two], [one, two])
    for word in offered:
        assert parse(word).match(what)
