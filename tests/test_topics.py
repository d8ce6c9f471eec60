from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edits import keywords, with_keyword, without_keyword
from bot.model import Article, Block, Destination, Following, Owed, Subscriber, Topic
from bot.query import parse
from bot.store import open_store
from bot.topics import Topics, owed, read

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ANN, BOB = Destination(1), Destination(-100, 7)
CHINA = Topic("china", "中美", "拜登 OR 布林肯")
CHIPS = Topic("chips", "芯片", "芯片", feeds=("dw",))


def article(title: str, feed: str = "dw", body: str = "") -> Article:
    return Article(title, feed, title, "https://x.example/", "德国之声", NOW, body=(Block(body),))


def subscriber(destination: Destination, *topics: str, **fields: object) -> Subscriber:
    following = tuple(Following(topic, NOW, **fields) for topic in topics)  # type: ignore[arg-type]
    return Subscriber(destination, following=following)


def debts(articles: list[Article], topics: list[Topic], *subscribers: Subscriber) -> list[Owed]:
    return owed(articles, Topics(topics), subscribers, fresh=lambda article, following: True)


def test_an_article_of_several_topics_is_owed_once_and_names_them_all() -> None:
    found = debts(
        [article("拜登谈芯片")], [CHINA, CHIPS], subscriber(ANN, "chips", "china"), subscriber(BOB, "chips")
    )
    assert found == [Owed(ANN, "拜登谈芯片", ("china", "chips")), Owed(BOB, "拜登谈芯片", ("chips",))]


def test_nobody_is_owed_what_they_did_not_ask_for() -> None:
    everybody = subscriber(ANN, "china", "chips")
    assert not debts([article("体育"), article("芯片", feed="bbc")], [CHINA, CHIPS], everybody)
    assert not debts([article("拜登")], [CHINA], subscriber(ANN, "gone"))


@pytest.mark.parametrize("feeds", [("bbc",), ("bbc", "ab"), ("BBC-zh",), ("ab",)])
async def test_a_topic_of_some_feeds_has_nothing_of_outlets_that_are_called_so(
    feeds: tuple[str, ...],
) -> None:
    sources = {"bbc": "英国广播", "bbc-zh": "BBC 中文", "ab": "芯片", "芯片": "ab"}
    articles = [replace(article("芯片", feed), key=feed, source=source) for feed, source in sources.items()]
    topic = replace(CHIPS, feeds=feeds)
    expected = {id for id in sources if id in [feed.lower() for feed in feeds]}
    topics = Topics([topic])
    assert {one.key for one in articles if topics.about(one)} == expected
    query = read(topic)
    assert parse(str(query)) == query
    assert {one.key for one in articles if query.match(one)} == expected
    async with open_store(":memory:") as store:
        await store.ledger.record(None, articles, [], NOW)
        found = await store.ledger.search(query)
        assert ({one.key for one in found.articles}, found.total) == (expected, len(expected))


def test_a_muted_word_silences_a_topic_for_one_subscriber_alone() -> None:
    one = [article("拜登访华", body="球迷到场")]
    quiet, loud = subscriber(ANN, "china", muted=("体育 OR 球迷",)), subscriber(BOB, "china")
    assert [debt.destination for debt in debts(one, [CHINA], quiet, loud)] == [BOB]


def test_whoever_paused_or_left_is_owed_nothing() -> None:
    one = [article("拜登")]
    assert not debts(one, [CHINA], subscriber(ANN, "china", paused=True))
    for state in ({"paused": True}, {"active": False}):
        gone = Subscriber(ANN, following=(Following("china", NOW),), **state)  # type: ignore[arg-type]
        assert not debts(one, [CHINA], gone)


def test_a_personal_topic_is_for_its_owner_alone() -> None:
    mine = Topic("p1", "我的", "拜登", owner=ANN)
    found = debts([article("拜登")], [mine], subscriber(ANN, "p1"), subscriber(BOB, "p1"))
    assert [debt.destination for debt in found] == [ANN]


def test_a_broken_query_silences_its_own_topic_alone() -> None:
    broken = Topic("broken", "坏", "(拜登")
    found = debts([article("拜登")], [broken, CHINA], subscriber(ANN, "broken", "china"))
    assert found == [Owed(ANN, "拜登", ("china",))]


queries = st.sampled_from(["拜登", "拜登 OR 芯片", "芯片 -拜登", "*", "(拜登", "/芯./"])
topics = st.builds(
    Topic,
    st.sampled_from("abcd"),
    st.sampled_from(["中美", "芯片"]),
    queries,
    feeds=st.sampled_from([(), ("dw",), ("bbc",)]),
)
several = st.lists(topics, max_size=4, unique_by=lambda topic: topic.id)


@given(st.lists(several, min_size=2, max_size=4))
def test_topics_that_were_edited_are_as_if_read_anew(states: list[list[Topic]]) -> None:
    edited = Topics(states[0])
    for state in states[1:]:
        edited = Topics(state, edited)
        fresh = Topics(state)
        assert edited.broken.keys() == fresh.broken.keys()
        for title in ("拜登谈芯片", "芯片厂", "体育"):
            assert edited.about(article(title)) == fresh.about(article(title))


def test_what_is_not_fresh_to_a_follower_is_not_owed() -> None:
    assert not owed([article("拜登")], Topics([CHINA]), [subscriber(ANN, "china")], fresh=lambda *_: False)


@pytest.mark.parametrize(
    ("query", "keyword", "result"),
    [
        ("拜登", "布林肯", "拜登 OR 布林肯"),
        ("拜登 OR 布林肯", "拜习会", "拜登 OR 布林肯 OR 拜习会"),
        ("拜登 OR 布林肯", "布林肯", "拜登 OR 布林肯"),
        ("拜登 访华", "“白宫 发言人”", '拜登 访华 OR "白宫 发言人"'),
        ("拜登 OR 布林肯", "-体育", "(拜登 OR 布林肯) -体育"),
        ("(拜登 OR 布林肯) -体育", "拜习会", "(拜登 OR 布林肯 OR 拜习会) -体育"),
    ],
)
def test_a_keyword_is_added_to_what_the_query_means(query: str, keyword: str, result: str) -> None:
    assert with_keyword(query, keyword) == result


@pytest.mark.parametrize(
    ("query", "keyword", "result"),
    [
        ("拜登 OR 布林肯 OR 拜习会", "布林肯", "拜登 OR 拜习会"),
        ("拜登 OR 布林肯", "布林肯", "拜登"),
        ("拜登", "拜登", "拜登"),
        ("(拜登 OR 布林肯) -体育", "布林肯", "拜登 -体育"),
        ("(拜登 OR 布林肯) -体育", "-体育", "拜登 OR 布林肯"),
        ("拜登 -体育", "拜登", "拜登 -体育"),
    ],
)
def test_a_keyword_is_taken_away_and_the_last_one_stays(query: str, keyword: str, result: str) -> None:
    assert keyword in keywords(query)
    assert without_keyword(query, keyword) == result
