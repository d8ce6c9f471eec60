from __future__ import annotations

from datetime import UTC, datetime

from bot.habits import RECENT, Habits, learn, sample
from bot.model import Article, Block, Feed, FeedState
from bot.store import Store, open_store

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
PLEA = "喜欢这篇报道？在任何一家书店门口找到我们的读者信箱，告诉我们你的看法。"
NOUNS = (
    "港口",
    "渔船",
    "航道",
    "税收",
    "学校",
    "地铁",
    "桥梁",
    "医院",
    "果园",
    "电影",
    "展览",
    "选举",
    "预算",
    "气象",
    "水库",
    "图书",
)
VERBS = (
    "延期",
    "获批",
    "停工",
    "重开",
    "涨价",
    "改名",
    "缺人",
    "扩建",
    "受查",
    "降级",
    "搬迁",
    "开标",
    "告急",
)


def article(
    number: int, *, title: str = "", extra: str = PLEA, picture: str = "", feed: str = "news"
) -> Article:
    about = NOUNS[number % 16] + VERBS[number % 13]
    texts = (
        f"{about}的事情在第{number}天有了结果，当地人说他们等了很久。",
        f"负责{about}的机构表示，下一步要看{number}月的数据，现在下结论为时过早。",
        f"专家对{about}的意见并不一致，有人担心第{number}次评估会拖得更久。",
    )
    return Article(
        f"{number:024x}",
        feed,
        title or f"{about} {number}",
        f"https://news.example/{number}",
        "示例新闻",
        AT,
        body=tuple(Block(text) for text in (*texts, *([extra] if extra else []))),
        images=(picture or f"https://news.example/{number}.jpg",),
    )


def habits_of(articles: list[Article]) -> Habits:
    return Habits.of(learn([sample(one) for one in articles]))


def test_a_line_at_the_end_of_many_articles_is_left_out_of_each() -> None:
    articles = [article(number) for number in range(12)]
    shown = [habits_of(articles).without(one) for one in articles]
    assert all(one.body == before.body[:-1] for one, before in zip(shown, articles, strict=True))


def test_what_stands_in_two_articles_only_is_their_own() -> None:
    articles = [article(number, extra=PLEA if number < 2 else "") for number in range(12)]
    assert habits_of(articles).without(articles[0]) == articles[0]


def test_a_repeated_line_in_the_middle_of_a_long_article_stays() -> None:
    articles = [article(number) for number in range(12)]
    long = article(20, extra="")
    middle = [Block(f"第{n}段说的是另一件事，与前后各段都不相同。") for n in range(6)]
    body = (*long.body, middle[0], middle[1], Block(PLEA), *middle)
    one = Article(long.key, long.feed, long.title, long.url, long.source, long.published, body=body)
    assert habits_of(articles).without(one).body == body


def test_versions_of_one_article_teach_nothing() -> None:
    versions = [article(1, title=f"港口疏浚年底完成 渔民担心捕捞季（更新{n}）") for n in range(9)]
    assert learn([sample(one) for one in versions]) == []


def test_an_outlets_name_behind_most_titles_is_taken_off_and_a_rare_one_is_not() -> None:
    articles = [
        article(number, title=f"{NOUNS[number]}{VERBS[number]} – 示例广播电台 - RSE") for number in range(9)
    ]
    rare = article(30, title="要闻 港口三日停工 - 邻国世界报")
    habits = habits_of([*articles, rare])
    assert habits.without(articles[3]).title == "税收重开"
    assert habits.without(rare).title == rare.title


def test_a_picture_that_leads_several_articles_leads_none() -> None:
    logo = "https://news.example/programme-card.jpg?w=1280"
    articles = [article(number, picture=logo if number % 3 == 0 else "") for number in range(12)]
    habits = habits_of(articles)
    assert habits.without(articles[0]).images == ()
    assert habits.without(articles[1]) == Habits(lines=habits.lines).without(articles[1])


def test_an_article_is_never_left_without_text() -> None:
    articles = [article(number) for number in range(12)]
    bare = Article("b" * 24, "news", "短讯", "https://news.example/b", "示例新闻", AT, body=(Block(PLEA),))
    assert habits_of(articles).without(bare).body == bare.body


async def test_the_ledger_learns_from_polls_and_people_may_keep_a_line() -> None:
    async with open_store(":memory:") as store:
        await _poll(store, [article(number) for number in range(12)])
        (habit,) = await store.ledger.habits("news")
        assert (habit.trait.text, habit.count, habit.kept) == (PLEA, 12, False)
        stored = await store.ledger.article(article(3).key)
        assert stored is not None
        assert stored.body[-1].text == PLEA  # nothing is taken from what is stored
        await store.ledger.keep_habit("news", habit.trait.signature, kept=True)
        (habit,) = await store.ledger.habits("news")
        assert Habits.of([habit]).without(stored) == stored
        await store.ledger.keep_habit("news", habit.trait.signature, kept=False)
        (habit,) = await store.ledger.habits("news")
        assert not habit.kept


async def test_a_habit_that_ended_is_forgotten() -> None:
    async with open_store(":memory:") as store:
        await _poll(store, [article(number) for number in range(5)])
        assert len(await store.ledger.habits("news")) == 1
        await _poll(store, [article(number, extra="") for number in range(5, 5 + RECENT)])
        assert await store.ledger.habits("news") == []


async def test_an_import_teaches_nothing_about_a_feed() -> None:
    async with open_store(":memory:") as store:
        await store.ledger.record(None, [article(number) for number in range(12)], (), AT)
        assert await store.ledger.habits("news") == []


async def _poll(store: Store, articles: list[Article]) -> None:
    feed = Feed("news", "https://news.example/rss")
    await store.ledger.record(FeedState(feed.id), articles, (), AT)
