"""The law of search, on every backend: it finds an article exactly where the matcher says so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Article, Block
from bot.query import Query, parse
from bot.query.tree import Always, And, Date, Node, Not, Or, Pattern, Term
from bot.store import Store, open_store

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)

# Few pieces, so that queries hit; chosen where folding, boundaries, spelling-out and gaps meet.
PIECES = [
    *("台", "湾", "灣", "臺", "拜登", "习", "カ", "한", "\U00020000", "ก", "ั"),
    *("ai", "AI", "Ａ", "said", "5g", "nato", "natos", "é", "э", "z", "zzz", "ze9z"),
    *(" ", "-", "+", "++", "_", "·", "，", "。", "“", "\n", "\u3000", "😀", '"', "*", "'", "\x00"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=7).map("".join)
moments = st.integers(0, 4).map(lambda n: NOW + timedelta(microseconds=n * 500))
articles = st.builds(
    Article,
    key=st.just(""),
    feed=st.sampled_from(["dw", "dw-en", "台湾 AI"]),
    title=texts,
    url=st.just("https://x.example/"),
    source=texts,
    published=st.integers(0, 2).map(lambda n: NOW + timedelta(milliseconds=n)),
    body=st.lists(st.builds(Block, texts), max_size=3).map(tuple),
    teaser=texts,
    tags=st.lists(texts, max_size=2).map(tuple),
)
keywords = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)
fields = st.sampled_from([None, None, None, "title", "feed", "tag"])
leaves = (
    st.builds(Term, keywords, fields, st.booleans())
    | st.builds(Term, st.sampled_from(["dw", "dw-en", "台湾 ai"]), st.just("feed"))
    | st.builds(Date, st.just("after:"), moments, st.booleans())
    | st.builds(Pattern, st.sampled_from(["a.", "台|\\d"]), fields)
    | st.just(Always())
)
trees = st.recursive(
    leaves,
    lambda nodes: (
        st.builds(Not, nodes)
        | st.builds(And, st.lists(nodes, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(nodes, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


async def check(stored: list[Article], trees: list[Node]) -> None:
    async with open_store(":memory:") as store:
        await store.ledger.record(None, stored, [], NOW)
        for tree in trees:
            query = Query(tree)
            expected = {one.key for one in stored if query.match(one)}
            every = await store.ledger.search(query, limit=100)
            assert {one.key for one in every.articles} == expected
            assert every.total == len(expected)
            dates = [one.published for one in every.articles]
            assert dates == sorted(dates, reverse=True)
            best = await store.ledger.search(query, limit=100, order="relevance")
            assert {one.key for one in best.articles} == expected
            page = await store.ledger.search(query, limit=2, offset=1)
            assert (page.articles, page.total) == (every.articles[1:3], every.total)


@settings(max_examples=60, deadline=None)
@given(st.lists(articles, min_size=1, max_size=6), st.lists(trees, min_size=1, max_size=5))
def test_search_finds_an_article_exactly_where_the_query_matches_it(
    stored: list[Article], trees: list[Node]
) -> None:
    numbered = [replace(one, key=str(number)) for number, one in enumerate(stored)]
    asyncio.run(check(numbered, trees))


@settings(max_examples=60, deadline=None)
@given(texts, st.lists(st.builds(Term, keywords, st.just(None), st.booleans()), min_size=1, max_size=12))
def test_a_single_keyword_is_counted_as_the_matcher_counts_it(text: str, terms: list[Node]) -> None:
    asyncio.run(check([Article("a", "dw", text, "", "", NOW)], terms))


TEXTS = {
    "han": "习近平会见拜登，讨论台湾问题",
    "traditional": "習近平會見拜登，討論臺灣問題",
    "gap": "习近，平",
    "chips": "AI芯片出口",
    "said": "he said so",
    "open": "OpenAI",
    "wide": "生成式ＡＩ",
    "plus": "学C++的人",
    "hyphen": "COVID-19疫情",
    "spaced": "COVID 19",
    "pact": "NATO's troops",
    "senate": "senators",
    "kana": "アメリカの大統領",
}


@pytest.fixture
async def archive() -> AsyncIterator[Store]:
    async with open_store(":memory:") as store:
        stored = [Article(key, "dw", text, "", "", NOW) for key, text in TEXTS.items()]
        await store.ledger.record(None, stored, [], NOW)
        yield store


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("台", {"han", "traditional"}),
        ("臺灣", {"han", "traditional"}),
        ("习近平", {"han", "traditional"}),
        ("近", {"han", "traditional", "gap"}),
        ("AI", {"chips", "wide"}),
        ("ai芯片", {"chips"}),
        ("芯片 -出口", set()),
        ("C++", {"plus"}),
        ("COVID-19", {"hyphen"}),
        ('"covid 19"', {"spaced"}),
        ("nato", {"pact"}),
        ("sen*", {"senate"}),
        ("リカ", {"kana"}),
        ("拜登 台湾 OR said", {"han", "traditional", "said"}),
        ("不存在", set()),
    ],
)
async def test_a_query_finds_what_a_reader_would_expect(
    archive: Store, query: str, expected: set[str]
) -> None:
    found = await archive.ledger.search(parse(query))
    assert {one.key for one in found.articles} == expected


@pytest.mark.parametrize(
    "text", ["NEAR", "AND", "said AND", "C++ OR x^2", "col:x", "(a | b) c", "'", '"', '" *']
)
async def test_the_index_never_reads_a_keyword_as_its_own_language(archive: Store, text: str) -> None:
    query = Query(Term(text))
    stored = [Article(key, "dw", title, "", "", NOW) for key, title in TEXTS.items()]
    assert (await archive.ledger.search(query)).total == len([one for one in stored if query.match(one)])


async def test_a_query_deeper_than_the_index_is_asked_about_is_answered_all_the_same(archive: Store) -> None:
    node: Node = Term("台湾")
    for _ in range(150):
        node = And((Or((node, Term("x"))), Always()))
    assert (await archive.ledger.search(Query(node))).total == 2


async def test_an_index_that_is_wrong_about_what_is_shown_is_not_believed(
    archive: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await archive.ledger.record(None, [Article("x", "dw", "台湾", "", "", NOW)], [], NOW)
    ledger = archive.ledger
    await ledger._quick.run(lambda db: db.execute("UPDATE article SET title = '-' WHERE key = 'x'") and None)  # type: ignore[attr-defined]
    with caplog.at_level(logging.WARNING):
        found = await ledger.search(parse("台湾"))
    assert ({one.key for one in found.articles}, found.total) == ({"han", "traditional"}, 2)
    assert "disagrees" in caplog.text
