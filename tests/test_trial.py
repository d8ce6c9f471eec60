from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.model import Article, Block
from bot.query import parse
from bot.store import open_store
from bot.store.trial import Trial, trial

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def article(title: str, days_ago: int = 1) -> Article:
    return Article(
        title, "dw", title, f"https://x.example/{title}", "德国之声", NOW - timedelta(days=days_ago)
    )


async def tried(old: str | None, new: str) -> Trial:
    archive = [
        article("拜登访华"),
        article("拜登观赛 体育"),
        article("布林肯访华"),
        article("拜登旧闻", days_ago=90),
    ]
    async with open_store(":memory:") as store:
        await store.ledger.record(None, archive, (), NOW)
        return await trial(store.ledger, parse(old) if old else None, parse(new), days=30, now=NOW)


async def test_an_edit_is_tried_against_the_query_that_it_replaces() -> None:
    result = await tried("拜登", "(拜登 | 布林肯) -体育")
    assert (result.before, result.after, result.added, result.removed) == (2, 2, 1, 1)
    assert [one.title for one in result.added_sample] == ["布林肯访华"]
    assert [one.title for one in result.removed_sample] == ["拜登观赛 体育"]


async def test_a_new_topic_is_tried_against_nothing() -> None:
    result = await tried(None, "访华")
    assert (result.before, result.after, result.added, result.removed) == (0, 2, 2, 0)


async def test_a_story_is_an_example_once_however_often_it_came() -> None:
    text = "".join(f"第{n}段说的是访华期间发生的另一件事情。" for n in "一二三四五六七八九十")
    twice = [
        replace(
            article("总统访华三天后离开北京返回国内", days_ago=n // 2),
            key=str(n),
            body=(Block(f"{text}{n}"),),
        )
        for n in range(2)
    ]
    others = [article("部长访华", 3), article("议长访华", 4), article("主席访华", 5)]
    async with open_store(":memory:") as store:
        await store.ledger.record(None, [*twice, *others], (), NOW)
        result = await trial(store.ledger, None, parse("访华"), days=30, now=NOW)
    assert result.after == 5
    titles = [one.title for one in result.added_sample]
    assert titles == ["总统访华三天后离开北京返回国内", "部长访华", "议长访华"]


async def test_the_same_query_changes_nothing_whatever_its_script() -> None:
    result = await tried("访华", "訪華")
    assert (result.before, result.after, result.added, result.removed) == (2, 2, 0, 0)
