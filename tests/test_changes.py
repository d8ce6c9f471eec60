"""What has become of an article: the same, changed in what readers were told, or taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.changes import SETTLED, between, is_withdrawn
from bot.feeds import parse
from bot.model import Article, Block

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
BODY = (
    "青河湾的渡轮星期三停航，两岸的居民要绕行四十公里，才能到对岸上班。",
    "运营公司表示，三艘船的主机都出现裂纹，检验机构不再签发适航证书。",
    "市政府答应在两周内租来两艘替代船只，票价由财政补贴，日期还没有定。",
)
ARTICLE = Article(
    key="a" * 24,
    feed="bay",
    title="渡轮停航 3人受伤",
    url="https://bay.example/1",
    source="海湾日报",
    published=NOW - timedelta(hours=2),
    body=tuple(map(Block, BODY)),
    found=NOW - timedelta(hours=1),
)


def with_body(*texts: str) -> Article:
    return replace(ARTICLE, body=tuple(map(Block, texts)))


def test_what_is_as_before_is_no_change() -> None:
    assert between(ARTICLE, replace(ARTICLE, found=NOW), NOW) is None


@pytest.mark.parametrize(
    "changed",
    [
        replace(ARTICLE, title="渡轮停航　3人受伤！"),
        replace(ARTICLE, title="渡輪停航 3人受傷"),
        replace(ARTICLE, title="渡轮停航 3人受伤（128）"),
        replace(ARTICLE, title="渡轮停航 3人受伤 评论：12"),
        with_body("11月22日 10:05　" + BODY[0], *BODY[1:]),
        with_body("5分钟前 " + BODY[0], *BODY[1:]),
        with_body(BODY[0] + "阅读量：1.2万", *BODY[1:]),
        replace(ARTICLE, images=("https://bay.example/1.jpg",)),
    ],
)
def test_counters_dates_punctuation_and_script_are_kept_and_told_to_nobody(changed: Article) -> None:
    change = between(ARTICLE, changed, NOW)
    assert change is not None
    assert change.after is None
    assert change.article.updated is None


@pytest.mark.parametrize(
    "changed",
    [
        replace(ARTICLE, title="渡轮停航 5人受伤"),
        replace(ARTICLE, title="更正：渡轮停航 3人受伤"),
        with_body(BODY[0].replace("四十", "六十"), *BODY[1:]),
        replace(ARTICLE, teaser="三艘渡轮的主机都有裂纹，青河湾两岸的交通中断。"),
    ],
)
def test_other_words_and_other_numbers_are_told_once_they_have_settled(changed: Article) -> None:
    change = between(ARTICLE, replace(changed, published=NOW, found=NOW), NOW)
    assert change is not None
    assert change.after == NOW + SETTLED
    assert (change.article.updated, change.article.published) == (NOW, ARTICLE.published)
    assert change.article.found == ARTICLE.found
    assert not change.article.withdrawn


@pytest.mark.parametrize(
    "changed",
    [
        replace(ARTICLE, title="【撤稿】渡轮停航 3人受伤"),
        replace(ARTICLE, title="撤稿：渡轮停航"),
        replace(ARTICLE, title="[Withdrawn] Ferries stop"),
        replace(ARTICLE, title="渡轮停航（已撤回）"),
        with_body("编者按：本文因消息来源不实，已被撤回，谨向读者致歉。"),
        with_body("撤稿声明：本台决定收回此前的报道。"),
        with_body("This article has been retracted by the editors."),
    ],
)
def test_what_its_outlet_marks_as_withdrawn_is_withdrawn_at_once(changed: Article) -> None:
    change = between(ARTICLE, changed, NOW)
    assert change is not None
    assert change.article.withdrawn
    assert (change.after, change.article.updated) == (NOW, NOW)
    assert between(change.article, changed, NOW) is None


@pytest.mark.parametrize(
    "title",
    ["撤稿：医学期刊收回一篇论文", "撤回提案的三个理由", "他撤回了声明", "Retraction: a short history"],
)
def test_news_about_a_retraction_is_not_retracted(title: str) -> None:
    assert not is_withdrawn(replace(ARTICLE, title=title))


def test_a_tombstone_withdraws_and_leaves_the_words() -> None:
    change = between(ARTICLE, ARTICLE, NOW, deleted=True)
    assert change is not None
    assert replace(change.article, withdrawn=False, updated=None) == ARTICLE
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">'
        "<title>海湾日报</title>"
        '<at:deleted-entry ref="tag:bay.example,2026:a&amp;b" when="2026-11-22T08:00:00Z"/>'
        "<entry><id>tag:bay.example,2026:c</id><title>还在</title></entry></feed>"
    )
    document = parse(atom.encode(), "application/atom+xml", "https://bay.example/feed")
    assert document.deleted == ("tag:bay.example,2026:a&b",)
    assert [entry.title for entry in document.entries] == ["还在"]
