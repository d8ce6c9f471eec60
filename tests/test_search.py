"""The law of search, on every backend: it finds an article exactly where the matcher says so."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Article, Block, BlockKind, Change, Findings
from bot.query import Query, parse
from bot.query.tree import Always, And, Date, Node, Not, Or, Pattern, Term
from bot.store import Store, open_store, places, searching, sqlite
from bot.store.codec import milliseconds

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)

# Few pieces, so that queries hit; chosen where folding, boundaries, spelling-out and gaps meet.
PIECES = [
    *("台", "湾", "灣", "臺", "拜登", "习", "芯片", "水", "晶片", "カ", "한", "\U00020000", "ก", "ั"),
    *("ai", "AI", "Ａ", "𝐀", "said", "5g", "nato", "natos", "é", "э", "z", "zzz", "ze9z"),
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
    | st.builds(Term, st.sampled_from(["dw", "dw-en", "台湾 ai"]), st.just("feed"), whole=st.booleans())
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


def small(span: int, mixed: int, room: int = 16) -> ExitStack:
    """Spans of `1 << span` places and buckets of `mixed` articles, in which few show what in real ones takes thousands;
    and as little room between them, by default, as there may be."""
    stack = ExitStack()
    stack.enter_context(patch.object(searching, "SPAN", span))
    room *= max(mixed, 1 << span)
    for name, value in {
        "SPAN": span,
        "MIXED": mixed,
        "ORDERED": 3 * mixed,
        "FIRST": 64 * mixed,  # so that some are below 0
        "_ROOM": room,
        "_AMPLE": room,
        "_WIDE": 2 * room,
        "_BEGINNING": 4 * room,
    }.items():
        stack.enter_context(patch.object(places, name, value))
    return stack


FEW = settings(max_examples=settings().max_examples // 2)  # each fills a store and searches it many times


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
            page = await store.ledger.search(query, limit=2, offset=1, count=None)
            assert (page.articles, page.total) == (every.articles[1:3], every.total)
            first = await store.ledger.search(query, limit=1)
            assert (first.articles, first.more) == (every.articles[:1], every.total > 1)


@FEW
@given(st.lists(articles, min_size=1, max_size=6), st.lists(trees, min_size=1, max_size=5))
def test_search_finds_an_article_exactly_where_the_query_matches_it(
    stored: list[Article], trees: list[Node]
) -> None:
    numbered = [replace(one, key=str(number)) for number, one in enumerate(stored)]
    asyncio.run(check(numbered, trees))


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


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3)), min_size=1, max_size=30).flatmap(
        lambda found: st.sampled_from([found * 2, sorted(found), sorted(found, reverse=True)])
    ),
    st.integers(1, 5),
    st.sampled_from([0, 1, 2]),
    st.sampled_from([None, 1, 4]),
)
def test_results_are_in_the_order_of_publication_in_whatever_order_articles_came(
    hours: list[tuple[int, int]], batch: int, span: int, mixed: int | None
) -> None:
    stored = [
        Article(str(n), "dw", "台湾" if hit else "-", "", "", NOW - timedelta(hours=hour))
        for n, (hour, hit) in enumerate(hours)
    ]

    async def run() -> None:
        async with open_store(":memory:") as store:
            for at in range(0, len(stored), batch):
                await store.ledger.record(None, stored[at : at + batch], [], NOW)
            dates = sorted((one.published for one in stored if one.title == "台湾"), reverse=True)
            every = await store.ledger.search(parse("台湾"), limit=100)
            assert [one.published for one in every.articles] == dates
            pages = [await store.ledger.search(parse("台湾"), limit=3, offset=n) for n in range(0, 63, 3)]
            assert [one for page in pages for one in page.articles] == list(every.articles)
            day = parse("台湾 last:3d", dates=True, now=NOW)
            recent = await store.ledger.search(day, limit=100)
            assert [one.published for one in recent.articles] == [
                d for d in dates if d >= NOW - timedelta(days=3)
            ]
            before = parse("台湾 before:2026-11-20", dates=True, now=NOW)
            ended = before.bounds()[1]
            found = await store.ledger.search(before, limit=100, count=None)
            assert ended
            assert [one.published for one in found.articles] == [d for d in dates if d < ended]

    with small(span, mixed) if mixed else nullcontext():
        asyncio.run(run())


orders = st.sampled_from(["rising", "falling", "no", "two", "few dates"])


@given(st.integers(1, 150), orders, st.integers(0, 2), st.sampled_from([1, 2, 4]), st.randoms())
def test_what_is_written_down_of_places_is_true(
    count: int, order: str, span: int, mixed: int, random: Random
) -> None:
    dates = [random.randrange(5 if order == "few dates" else 1000) for _ in range(count)]
    if order in ("rising", "falling"):
        dates.sort(reverse=order == "falling")
    if order == "two":
        dates = sorted(dates[::2]) + sorted(dates[1::2])
    db = sqlite3.connect(":memory:", isolation_level=None)
    with small(span, mixed):
        sqlite._migrate(db)
        taken = {}
        for number, date in enumerate(dates):
            place = places.take(db, date)
            assert place not in taken
            taken[place] = date
            db.execute(
                "INSERT INTO article (published, found, key, feed, source, url, link, title, body, rest, place) "
                "VALUES (?, 0, ?, '', '', '', '', '', '', '', ?)",
                (date, number, place),
            )
    buckets = db.execute(
        "SELECT low, high, first, last, newest, oldest, reach FROM bucket ORDER BY low"
    ).fetchall()
    for low, high, first, last, newest, oldest, reach in buckets:
        within = {place: date for place, date in taken.items() if low <= place < high}
        assert all(first <= place <= last and oldest <= date <= newest for place, date in within.items())
        assert all(date <= reach for place, date in taken.items() if place >= high)
        for number, *times, is_mixed in db.execute(
            "SELECT number, newest, oldest, reach, mixed FROM span WHERE number BETWEEN ? AND ?",
            (low >> span, (high - 1) >> span),
        ):
            here = [date for place, date in sorted(within.items()) if place >> span == number]
            behind = [date for place, date in within.items() if place >> span > number]
            assert (max(here), min(here)) == (times[0], times[1])
            assert all(date <= times[2] for date in behind)
            assert is_mixed or (here == sorted(here, reverse=True) and min(here) >= max(behind, default=0))
    assert all(one[1] <= other[0] for one, other in pairwise(buckets))
    times = db.execute("SELECT since, until FROM bucket WHERE since IS NOT NULL ORDER BY since").fetchall()
    assert (times[0][0], times[-1][1]) == (-places.EVER, places.EVER)
    assert all(one[1] == other[0] for one, other in pairwise(times))
    db.close()


@pytest.mark.parametrize("order", ["rising", "falling", "no", "no, and newer ones", "no, and older ones"])
async def test_a_search_for_the_newest_reads_few_hits_in_whatever_order_articles_came(order: str) -> None:
    stored = [Article(f"{n}", "dw", "台湾", "", "", NOW - timedelta(hours=n)) for n in range(300)]
    if order == "rising":
        stored.reverse()
    if order.startswith("no"):
        part = {"no": stored, "no, and newer ones": stored[:150], "no, and older ones": stored[150:]}[order]
        rest = [one for one in stored if one not in part]
        Random(5).shuffle(part)  # noqa: S311
        stored = rest + part
    read: list[tuple[int, int]] = []

    def listed(hits: searching.Hits) -> Iterator[tuple[int, int]]:
        for hit in every(hits):
            read.append(hit)
            yield hit

    every = searching._listed
    with small(1, 8, room=128), patch.object(searching, "_listed", listed):
        async with open_store(":memory:") as store:
            for one in stored:
                await store.ledger.record(None, [one], [], NOW)
            found = await store.ledger.search(parse("台湾"), limit=5)
            assert [one.key for one in found.articles] == ["0", "1", "2", "3", "4"]
            assert len(read) <= (100 if order.startswith("no") else 6)


@pytest.mark.parametrize("seed", range(4))
async def test_a_file_of_the_layout_without_buckets_is_searched_and_filled_like_a_new_one(
    tmp_path: Path, seed: int
) -> None:
    stored = [Article(f"{n}", "dw", "台湾", "", "", NOW - timedelta(hours=n)) for n in range(60)]
    Random(seed).shuffle(stored)  # noqa: S311
    with small(1, 100):  # all in one
        async with open_store(str(tmp_path)) as store:
            for one in stored[: 20 * seed]:
                await store.ledger.record(None, [one], [], NOW)
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        db.executescript(
            "DROP TABLE bucket; CREATE INDEX span_mixed ON span(number) WHERE mixed; PRAGMA user_version = 7;"
        )
    db.close()
    with small(1, 4):
        async with open_store(str(tmp_path)) as store:
            for one in stored[20 * seed :]:
                await store.ledger.record(None, [one], [], NOW)
            found = await store.ledger.search(parse("台湾"), limit=100)
            assert [one.key for one in found.articles] == [f"{n}" for n in range(60)]
            page = await store.ledger.search(parse("台湾"), limit=7, offset=3)
            assert [one.key for one in page.articles] == [f"{n}" for n in range(3, 10)]


async def test_hits_are_counted_as_far_as_asked_for(archive: Store) -> None:
    found = await archive.ledger.search(parse("台湾 OR said OR AI"), limit=1)
    assert (len(found.articles), found.total, found.more) == (1, 1, True)
    found = await archive.ledger.search(parse("台湾 OR said OR AI"), limit=1, count=3)
    assert (len(found.articles), found.total, found.more) == (1, 3, True)
    for count in (None, 5, 6):
        found = await archive.ledger.search(parse("台湾 OR said OR AI"), limit=1, count=count)
        assert (len(found.articles), found.total, found.more) == (1, 5, False)


@pytest.mark.parametrize("node", [Term("，"), Pattern("习近.")])
async def test_a_search_that_runs_out_of_time_says_how_far_it_came(archive: Store, node: Node) -> None:
    older = [Article(f"{n}", "dw", "a，习近b", "", "", NOW - timedelta(hours=n)) for n in range(1, 50)]
    await archive.ledger.record(None, older, [], NOW)
    parsed = Query(node)
    found = await archive.ledger.search(parsed, limit=100, patience=0.0)
    assert found.more
    assert found.since == NOW
    assert len(found.articles) <= 1
    complete = await archive.ledger.search(parsed, limit=100, patience=None)
    assert complete.since is None
    assert len(complete.articles) > 49


async def test_a_changed_article_is_found_by_what_it_says_now_and_where_it_belongs(archive: Store) -> None:
    def version(text: str, hours: int) -> Article:
        return Article("x", "dw", text, "", "", NOW + timedelta(hours=hours))

    await archive.ledger.record(None, [version("台湾地震", 0)], [], NOW)
    for hours in (-30, 5, 5):
        changed = Findings(changed=(Change(version("台湾海啸", hours)),))
        await archive.ledger.record(None, [], [], NOW, changed)
        found = await archive.ledger.search(parse("台湾"))
        assert [one.key for one in found.articles].index("x") == (2 if hours < 0 else 0)
        assert (await archive.ledger.search(parse("海啸"))).total == 1
        assert (await archive.ledger.search(parse("地震"))).total == 0


@pytest.mark.parametrize("text", ["中国人民大会", "一的人中", "AI芯片和5G网络", "NATO's troops"])
async def test_a_long_keyword_is_found_only_where_it_stands_as_a_whole(text: str) -> None:
    pieces = [f"{text[at : at + 2]}，" for at in range(len(text))]
    async with open_store(":memory:") as store:
        stored = [
            Article("no", "dw", "".join(pieces), "", "", NOW),
            Article("yes", "dw", f"…{text}…", "", "", NOW),
        ]
        await store.ledger.record(None, stored, [], NOW)
        found = await store.ledger.search(parse(f'"{text}"'))
        assert [one.key for one in found.articles] == ["yes"]


async def test_a_file_of_the_first_layout_is_searched_like_a_new_one(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        db.executescript(sqlite.MIGRATIONS[0] + "PRAGMA user_version = 1; PRAGMA journal_mode = WAL;")
        rest = {
            "teaser": "",
            "images": [],
            "proxied": [],
            "credits": [],
            "rights_notice": "",
            "tags": ["经济"],
        }
        for number, (key, text) in enumerate(TEXTS.items()):
            published = milliseconds(NOW - timedelta(hours=7 * (number % 5)))
            body = json.dumps([["heading", "二\n三"], ["paragraph", text]], ensure_ascii=False)
            row = (
                published,
                published,
                key,
                "dw",
                "DW",
                "https://x.example/",
                "https://x.example/",
                "题",
                body,
            )
            db.execute(
                "INSERT INTO article (published, found, key, feed, source, url, link, title, body, rest) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, json.dumps(rest)),
            )
    db.close()
    async with open_store(str(tmp_path)) as store:
        every = (await store.ledger.search(parse("标签:经济"))).articles
        assert {one.key: one.body[1].text for one in every} == TEXTS
        assert every[0].body[0] == Block("二\n三", "heading")
        assert [one.published for one in every] == sorted((one.published for one in every), reverse=True)
        assert {one.key for one in (await store.ledger.search(parse("习近平"))).articles} == {
            "han",
            "traditional",
        }


@pytest.mark.parametrize(
    "body", [(), ("",), ("", ""), ("a",), ("a\nb",), ("a", "b\n"), ("\n",), ("😀", "\x00")]
)
@pytest.mark.parametrize("kind", ["paragraph", "quote"])
async def test_a_body_comes_back_as_it_was(body: tuple[str, ...], kind: BlockKind) -> None:
    async with open_store(":memory:") as store:
        blocks = tuple(Block(text, kind) for text in body)
        await store.ledger.record(None, [Article("x", "dw", "", "", "", NOW, body=blocks)], [], NOW)
        found = await store.ledger.article("x")
        assert found
        assert found.body == blocks
