from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.errors import QueryError
from bot.locale import LANGUAGES
from bot.model import Article, Block
from bot.query import Document, Matcher, Query, keywords, matcher, parse, spelt
from bot.query.glance import matches
from bot.query.tree import And, Node, Not, Or, Term
from bot.text import fold, is_wordy
from bot.typography import INVISIBLE

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def article(title: str = "", *body: str, **fields: object) -> Article:
    values = {"key": "k", "feed": "dw", "url": "https://x.example/", "source": "德国之声", "published": NOW}
    return Article(title=title, body=tuple(map(Block, body)), **(values | fields))  # type: ignore[arg-type]


def read(text: str) -> Query:
    return parse(text, dates=True, regexes=True, everything=True, now=NOW)


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("拜登 布林肯", "拜登 布林肯"),
        ("拜登|布林肯 ｜ 拜习会", "拜登 OR 布林肯 OR 拜习会"),
        ("“拜 习会”　－体育", '"拜 习会" -体育'),
        ("（拜登 ｜ 布林肯） 访华", "(拜登 OR 布林肯) 访华"),
        ("標題：拜登 来源:dw", "title:拜登 feed:dw"),
        ("★ 😀 《人民日报》 →", "★ 😀 《人民日报》 →"),
        ("标签:(经济|贸易)", "tag:(经济 OR 贸易)"),
        ("NATO* 学C++的 12:30", 'NATO* 学C++的 "12:30"'),
        ("C# .NET A/B U.S. AT&T 5G网络 #标签 😀", "C# .NET A/B U.S. AT&T 5G网络 #标签 😀"),
        ("‘拜 习会’ ‘他说“好”’ O’Neill", '"拜 习会" ‘他说“好”’ O’Neill'),
        ('『拜习会』「a" 词-词 拜登——访华', '"拜习会" "a" 词-词 拜登——访华'),
        ("特朗普？ Yahoo! 拜登、布林肯；访华…", "特朗普 Yahoo 拜登 布林肯 访华…"),
        ("源:=dw a", "feed:=dw a"),
        ("来源：＝dw,=bbc，德国之声", "feed:(=dw OR =bbc OR 德国之声)"),
        ('-feed:=“德 国” feed:==a 源:="=a" 源:"=a"', 'feed:(-="德 国" ="=a" ="=a" "=a")'),
        ("feed:=OR tag:=a title:=a =a", 'feed:="OR" tag:=a title:=a =a'),
        ("源:dw,bbc a", "feed:(dw OR bbc) a"),
        ("-标签：体育，娱乐 标题:-b", "-tag:(体育 OR 娱乐) -title:b"),
        ("源：dw，bbc、新华社， 访华", "feed:(dw OR bbc OR 新华社) 访华"),
        ("源:dw，标题:拜登、体育", "feed:dw title:拜登 体育"),
        ("源:dw，-体育，(a | b)", "feed:dw -体育 (a OR b)"),
        ('源:德国之声、"BBC 中文" a', 'feed:(德国之声 OR "BBC 中文") a'),
        ('源:"BBC 中文",dw，=bbc,="x y"', 'feed:("BBC 中文" OR dw OR =bbc OR ="x y")'),
        ("tag:‘经 济’，「贸易」, b", 'tag:("经 济" OR "贸易") b'),
        ('标题:"a","b" 源:"a" "b"', 'title:"a" "b" feed:"a" "b"'),
        ("源:dw,OR,nato*,标题:c 源:dw,-体育", 'feed:(dw OR "OR" OR nato*) title:c feed:dw -体育'),
        ("-源:dw,,bbc； 源:,dw，。", "-feed:(dw OR bbc) feed:dw"),
        ("拜登\u200b访华\ufeff \u200b-体\u00ad育", "拜登访华 -体育"),
        ("标题:\u200e拜登\u202c ❤\ufe0f", "title:拜登 ❤"),
        ("台\ud800湾\x00", "台湾"),
        ("近:3個月 起：２０２６／１０／１", "last:3个月 after:2026/10/1"),
        ("拜登，布林肯。", "拜登 布林肯"),
        ("NOT (a b)", "-(a b)"),
        ("a AND b", "a b"),
        ("LAST:7D a", "last:7d a"),
        ("/Re[gG].ex\\/a/", "/Re[gG].ex\\/a/"),
    ],
)
def test_the_canonical_form_says_how_a_query_was_understood(query: str, canonical: str) -> None:
    assert str(read(query)) == canonical


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("title:a | title:b", "title:(a OR b)"),
        ("title:a -title:b title:/c/ d", "title:(a -b /c/) d"),
        ("title:(a b | -c d) | e", "title:(a b OR -c d) OR e"),
        ("title:a tag:b tag:c title:d", "title:a tag:(b c) title:d"),
        ("title:(a (b | c) d e)", "title:a title:(b OR c) title:(d e)"),
        ("-title:(a (b | c)) d", "-(title:a title:(b OR c)) d"),
        ("title:(a -(b c))", "title:a -title:(b c)"),
        ("title:(a b) | tag:c", "title:(a b) OR tag:c"),
        ("(title:(a b) | tag:c) d", "(title:(a b) OR tag:c) d"),
        ("title:(a *) title:b", "title:a * title:b"),
        ("after:2026 title:a title:b", "after:2026 title:(a b)"),
    ],
)
def test_what_is_of_one_field_is_written_in_its_brackets(query: str, canonical: str) -> None:
    assert str(read(query)) == canonical
    assert read(canonical) == read(query)


def test_brackets_of_the_canonical_form_are_never_too_deep_nor_its_parts_too_many() -> None:
    deep = "(" * 17 + "x | title:a title:b" + " -源:dw,bbc y" + " | y)z" * 17
    many = "源:" + ",".join(chr(0x4E00 + number) for number in range(298))
    for text in (deep, many):
        assert read(str(read(text))) == read(text)


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("ＯＲ!", '"ＯＲ"'),
        ("ＮＯＴ, .NET | 后", '"ＮＯＴ" .NET OR 后'),
        (",ＡＮＤ a", '"ＡＮＤ" a'),
        ("標題:ＯＲ！", 'title:"ＯＲ"'),
        ("ＮＯＴ\ufe0f a", '"ＮＯＴ" a'),
        ("ＮＯＴ a ＯＲ b ＡＮＤ c", "-a OR b c"),
        ("ｏｒ Ｎot", "ｏｒ Ｎot"),
    ],
)
def test_an_operator_as_wide_as_a_han_character_is_a_keyword_in_quotes_only(
    query: str, canonical: str
) -> None:
    assert str(read(query)) == canonical
    assert read(canonical) == read(query)


def test_an_id_is_of_the_feed_alone_whatever_outlets_are_called() -> None:
    bbc, other = article(feed="bbc", source="德国之声"), article(feed="bbc-zh", source="BBC 中文")
    for query, matched in (
        ("源:bbc", [bbc, other]),
        ("源:=BBC", [bbc]),
        ("源:=bbc-zh", [other]),
        ('源:="bbc 中文"', []),
    ):
        some = [bbc, other]
        assert [one for one in some if read(query).match(one)] == matched
        assert [one for one in some if Matcher({1: read(query)}).matching(one)] == matched
        assert [one for one in some if matches(read(query), one)] == matched


def test_a_space_binds_tighter_than_or() -> None:
    assert read("a b | c").tree == Or((And((Term("a"), Term("b"))), Term("c")))


@pytest.mark.parametrize(
    ("query", "code", "position"),
    [
        ("", "empty", 0),
        ("　", "empty", 0),
        ('拜登 "布林肯', "open_quote", 3),
        ("拜登 ”", "open_quote", 3),
        ('""', "empty_phrase", 0),
        ("(a | b", "unclosed", 0),
        ("a）", "unopened", 1),
        ("a ()", "empty_group", 2),
        ("a -", "lone_minus", 2),
        ("a - b", "lone_minus", 2),
        ("a NOT", "lone_not", 2),
        ("a ＮＯＴ | b", "lone_not", 2),
        ("a ‘拜登", "open_quote", 2),
        ("源:dw,‘bbc", "open_quote", 5),
        ("OR a", "lone_or", 0),
        ("a OR", "lone_or", 2),
        ("a | | b", "lone_or", 2),
        ("a AND", "lone_and", 2),
        ("标题:", "empty_field", 0),
        ("标题: a", "empty_field", 0),
        ("a 标提:b", "unknown_field", 2),
        ("a https://x.example/a/b", "link", 2),
        ("标题:(源:dw)", "nested_field", 4),
        ("源:,", "empty_field", 0),
        ("源:=", "only_punctuation", 2),
        ("源:=dw*", "star", 5),
        ('a ="dw"', "only_punctuation", 2),
        ("after:-2026", "empty_field", 0),
        ("a *gate", "star", 2),
        ("a na*to", "star", 4),
        ("\u200b拜登\u200b）", "unopened", 4),
        ("a\u200b -\u200b", "lone_minus", 3),
        ("a before:2026-13-01", "bad_date", 2),
        ("after:昨天", "bad_date", 0),
        ("last:9x", "bad_span", 0),
        ("/((/", "bad_regex", 0),
        ("/a", "open_regex", 0),
        ("/a*/", "regex_matches_nothing", 0),
        ("……", "only_punctuation", 0),
        ("a 《", "only_punctuation", 2),
        ("《》", "only_punctuation", 0),
        ("a -【 b", "only_punctuation", 3),
        ("标题:》", "only_punctuation", 3),
        ('a "《 》"', "only_punctuation", 2),
        ("源:=《》", "only_punctuation", 2),
        ("(" * 30 + "a" + ")" * 30, "too_deep", 20),
        ("a" * 2001, "too_long", 2000),
        ("a " * 400, "too_many", 600),
    ],
)
def test_a_bad_query_is_answered_with_the_place_and_what_is_wrong(
    query: str, code: str, position: int
) -> None:
    with pytest.raises(QueryError) as caught:
        read(query)
    assert (caught.value.code, caught.value.position) == (code, position)


def test_an_unknown_field_names_the_nearest_known_one() -> None:
    with pytest.raises(QueryError) as caught:
        read("tilte:拜登")
    assert caught.value.values == {"name": "tilte", "nearest": "title"}


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("标提", "标题"),
        ("標提", "標題"),
        ("標頭", "標題"),
        ("来原", "来源"),
        ("tga", "tag"),
        ("莫言", "标题"),
    ],
)
def test_the_nearest_field_is_named_in_the_script_that_was_typed(typed: str, nearest: str) -> None:
    with pytest.raises(QueryError) as caught:
        read(f"{typed}：拜登")
    assert caught.value.values["nearest"] == nearest


def test_quotes_are_kept_as_they_make_a_keyword_mean_itself_only() -> None:
    assert str(read('"拜登" 访华')) == '"拜登" 访华'
    assert read('"拜登"') != read("拜登")


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("zh-Hans", "标题:拜登 -(源:dw OR 标签:经济) 起:2026-10 近:7d -标题:/a.c/"),
        ("zh-Hant", "標題:拜登 -(來源:dw OR 標籤:经济) 起:2026-10 近:7d -標題:/a.c/"),
        ("en", "title:拜登 -(feed:dw OR tag:经济) after:2026-10 last:7d -title:/a.c/"),
    ],
)
def test_a_query_is_spelt_in_its_readers_language_and_stays_the_same(language: str, written: str) -> None:
    query = read("标题:拜登 -(源:dw | 标签:经济) after:2026-10 last:7d -title:/a.c/")
    assert spelt(query, language) == written
    assert read(written) == query


def test_what_cannot_be_read_is_spelt_as_it_is() -> None:
    assert spelt("(a", "zh-Hans") == "(a"
    assert spelt("title:a", "zh-Hans") == "标题:a"


@pytest.mark.parametrize(
    ("query", "code"),
    [("last:7d a", "date_not_allowed"), ("/a.c/", "regex_not_allowed"), ("-体育", "matches_everything")],
)
def test_what_is_for_others_is_refused_and_not_ignored(query: str, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.code == code


def test_a_query_that_needs_nothing_is_one_that_can_match_everything() -> None:
    for query in ("*", "-a", "-a -b", "-(a b)", "a | -b", "* | a"):
        with pytest.raises(QueryError):
            parse(query)
    for query in ("a -b", "源:dw -a", "a | b", "* a"):
        parse(query)


@pytest.mark.parametrize(
    ("query", "text", "matches"),
    [
        ("AI", "said", False),
        ("AI", "AI芯片", True),
        ("AI", "生成式ＡＩ", True),
        ("AI", "OpenAI", False),
        ("AI", "AI-driven", True),
        ("5G", "15GB", False),
        ("5G", "5G网络", True),
        ("NATO", "senators", False),
        ("nato*", "NATOs", True),
        ("nato*", "senato", False),
        ("C++", "学C++的", True),
        ("café", "CAFÉ里", True),
        ("caf", "café", False),
        ("臺灣", "台湾选举", True),
        ("Ｇ２０", "g20峰会", True),
        ("看著", "看着", True),
        ("拜习会", "推动“拜习会”", True),
        ("习近", "习近平", True),
        ('"5G 网络"', "5G网络", False),
        ('"5G 网络"', "5G 网络", True),
        ("ラー", "ラーメン", True),
    ],
)
def test_words_are_found_as_their_script_has_them(query: str, text: str, matches: bool) -> None:
    assert (read(query).match(article(text)) is not None) == matches
    assert (read(query).match(article("", text)) is not None) == matches


def test_fields_look_where_they_say() -> None:
    one = article("拜登访华", "布林肯同行", tags=("经济",), teaser="会谈在即")
    for query in (
        "标题:拜登",
        "源:dw",
        "feed:德国",
        "标签:经济",
        "会谈",
        "标题:(拜登 访华)",
        "布林肯 -标题:布林肯",
    ):
        assert read(query).match(one), query
    for query in ("标题:布林肯", "源:bbc", "标签:体育", "经济", "标题:会谈"):
        assert not read(query).match(one), query


def test_dates_are_days_in_the_readers_zone() -> None:
    beijing = timezone(timedelta(hours=8))
    one = article("a", published=datetime(2026, 9, 30, 17, tzinfo=UTC))  # 1 October 01:00 in Beijing
    assert parse("after:2026-10-01", dates=True, zone=beijing).match(one)
    assert not parse("after:2026-10-01", dates=True).match(one)
    assert parse("before:2026-10 after:2026年9月", dates=True).match(one)
    assert parse("last:60d", dates=True, now=NOW).match(one)
    assert not parse("last:7d", dates=True, now=NOW).match(one)


def test_a_pattern_sees_the_folded_text() -> None:
    assert read("/拜[登習].{1,3}会/").match(article("拜习第二次會談"))
    assert read(r"/\d+\D+ai/").match(article("２０家ＡＩ公司"))


def test_a_hit_knows_its_place_in_the_original() -> None:
    one = article("臺灣總統選舉", "無關", "ＡＩ晶片與習近平")
    why = read("台湾 AI 习近平 -体育").match(one)
    assert why is not None
    found = [
        (one.title if hit.place == "title" else one.body[hit.index].text)[hit.start : hit.end]
        for hit in why.hits
    ]
    assert found == ["臺灣", "ＡＩ", "習近平"]
    assert why.keywords == ("台湾", "AI", "习近平")


PIECES = [
    "拜登",
    "臺灣",
    "台湾",
    "习",
    "AI",
    "said",
    "5G",
    "C++",
    "nato*",
    "ラ",
    "😀",
    "(",
    ")",
    "（",
    "|",
    " OR ",
    "-",
    '"',
]
PIECES += [
    "“",
    "”",
    "标题:",
    "源:dw",
    "tag:",
    "after:2026-10",
    "last:7d",
    "/a.c/",
    "/",
    "*",
    " ",
    "　",
    "，",
    "\\",
    "'",
    "%",
    "‘",
    "’",
    "源:dw,bbc",
    "源:=dw",
    '源:"BBC 中文",',
    "tag:「经 济」、",
    "=",
    "源:",
    "标签：a，b、",
    "https://",
    "ＯＲ",
    "ＡＮＤ",
    "ＮＯＴ",
    "!",
    ",",
    "\u200b",
    "\ufe0f",
    "\ud800",
    "\x00",
    "！",
]
typed = st.one_of(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.text(max_size=60))


@given(typed)
@example("源:dw,bbc\ufe0f，拜登")
def test_whatever_is_typed_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        query = read(text)
    except QueryError as error:
        query, place = None, error.position
    if query is None:
        assert 0 <= place <= len(text)
    else:
        assert read(str(query)) == query
        assert str(read(str(query))) == str(query)
        assert all(read(spelt(query, language)) == query for language in LANGUAGES)


words = st.sampled_from(["拜登", "台湾", "习", "AI", "5G", "ラ", "C++", "nato"])
terms = st.builds(
    Term, words, st.sampled_from([None, None, None, "title", "tag", "feed"]), st.booleans()
) | st.builds(Term, st.sampled_from(["dw", "bbc"]), st.just("feed"), whole=st.booleans())
trees = st.recursive(
    terms,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=6,
)
texts = st.lists(
    st.sampled_from(["拜登", "臺灣", "習", "ＡＩ", "said", "5Ｇ", "ラ", "C++", "Nato", "s", " ", "，"]),
    max_size=6,
)
articles = st.builds(
    lambda feed, source, title, body, tags: article(
        "".join(title), *map("".join, body), feed=feed, source=source, tags=tuple(map("".join, tags))
    ),
    st.sampled_from(["dw", "bbc-zh"]),
    st.sampled_from(["德国之声", "BBC 中文", "dw"]),
    texts,
    st.lists(texts, max_size=2),
    st.lists(texts, max_size=2),
)


@given(st.lists(trees.map(Query), max_size=4), articles)
def test_many_queries_at_once_say_what_each_says_alone(queries: list[Query], one: Article) -> None:
    alone = [id for id, query in enumerate(queries) if query.match(one) is not None]
    assert Matcher(dict(enumerate(queries))).matching(one) == alone


changes = st.lists(
    st.dictionaries(st.integers(0, 9), st.none() | trees.map(Query), max_size=4), min_size=1, max_size=8
)


@given(changes, st.lists(articles, min_size=1, max_size=2))
def test_a_matcher_that_was_changed_says_what_a_new_one_says(
    changes: list[dict[int, Query | None]], some: list[Article]
) -> None:
    queries: dict[int, Query] = {}
    known = Matcher(queries)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keywords, "_AT_FIRST", 4)
        patch.setattr(keywords, "_LATER", 2)
        for change in changes:
            for id, query in change.items():
                if query is None:
                    queries.pop(id, None)
                else:
                    queries[id] = query
            before = known, [known.matching(one) for one in some]
            known = known.changed(change)
            for one in some:
                alone = [id for id, query in queries.items() if query.match(one) is not None]
                assert known.matching(one) == Matcher(queries).matching(one) == alone
            assert [before[0].matching(one) for one in some] == before[1]


values = st.dictionaries(st.text("ab", min_size=1, max_size=3), st.none() | st.integers(0, 3), max_size=6)


@given(st.lists(values, max_size=12), st.text("ab", max_size=6))
def test_keywords_are_found_wherever_they_stand_however_they_came(
    changes: list[dict[str, int | None]], text: str
) -> None:
    known: dict[str, int] = {}
    found = keywords.Keywords[int]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keywords, "_AT_FIRST", 4)
        patch.setattr(keywords, "_LATER", 2)
        for change in changes:
            found = found.changed(change)
            for word, value in change.items():
                known.pop(word, None)
                if value is not None:
                    known[word] = value
            assert sorted(found.find(text)) == sorted(value for word, value in known.items() if word in text)
    assert all(found.get(word) == value for word, value in known.items())


@given(
    st.lists(st.text("ab\x1f", min_size=1, max_size=5), min_size=1, max_size=12),
    st.text("ab\x1f", max_size=20),
)
def test_strings_are_found_where_each_first_stands(strings: list[str], text: str) -> None:
    sought = keywords.Strings(strings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keywords, "_STRETCH", 3)
        found = sought.find(text)
    assert {sought.all[number]: at for number, at in found.items()} == {
        string: text.find(string) for string in strings if string in text
    }


def test_a_text_that_repeats_itself_has_few_of_many_strings_that_end_alike_in_each_place() -> None:
    sought = keywords.Strings("的" * length for length in range(1, 100))
    hits = sought._search.find_matches_as_indexes("的" * 1000, overlapping=True)
    assert len(hits) < 2 * 1000
    assert len(sought.find("的" * 1000)) == 99


@given(trees, articles)
def test_many_keywords_of_a_long_text_are_found_as_one_by_one(tree: Node, one: Article) -> None:
    alone = Query(tree).match(one)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matcher, "_MANY", 1)
        patch.setattr(matcher, "_LONG", 0)
        assert Query(tree).match(one) == alone


def _stands(term: Term, text: str) -> tuple[int, int] | None:
    """As the docs say it, one character after the other."""
    for start in range(len(text)):
        for end in sorted(start + len(spelling) for spelling in term.spellings):
            if text[start:end] in term.spellings:
                begins = start == 0 or not (is_wordy(text[start - 1]) and is_wordy(text[start]))
                ends = end == len(text) or not (is_wordy(text[end - 1]) and is_wordy(text[end]))
                if begins and (ends or term.prefix):
                    return start, end
    return None


@given(terms, articles)
def test_a_keywords_end_in_a_script_that_writes_words_apart_is_a_words_end(term: Term, one: Article) -> None:
    document = Document(one)
    texts = [
        (place, index, text)
        for place, index, text in document.places(term.field)
        if (text == term.folded if (place, index) == ("feed", 0) else not term.whole)
    ]
    expected = next(
        ((place, index, *span) for place, index, text in texts if (span := _stands(term, text))), None
    )
    hit = document.find(term)
    assert (hit and (hit.place, hit.index, hit.start, hit.end)) == expected
    assert matches(Query(term), one) == (expected is not None)


def test_a_keyword_is_looked_for_once_in_an_article() -> None:
    document = Document(article("a", "b" * 100))
    query = read("-c " * 140 + "b" * 100)
    assert query.match(document)
    assert len(document._hits) == 2


def test_keywords_that_come_and_go_leave_little_behind() -> None:
    found = keywords.Keywords({f"{number} stays": 0 for number in range(100)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keywords, "_LATER", 50)
        for number in range(1000):
            found = found.changed({f"{number} comes": 1})
            found = found.changed({f"{number} comes": None})
    assert len(found._automata) < 10
    assert len(found._values) < 1000


def test_a_changed_query_keeps_its_place_and_a_new_one_comes_last() -> None:
    known = Matcher({"a": read("拜登"), "b": read("布林肯")})
    known = known.changed({"c": read("访华"), "a": read("拜登 OR 访华")})
    assert known.matching(article("拜登 布林肯 访华")) == ["a", "b", "c"]
    assert known.changed({"a": None}).changed({"a": read("拜登")}).matching(article("拜登 访华")) == [
        "c",
        "a",
    ]


@given(st.text(min_size=1, max_size=8), st.text(max_size=12))
def test_a_quoted_phrase_is_the_folded_text_itself(phrase: str, text: str) -> None:
    assume('"' not in fold(phrase))  # which would end it
    try:
        query = read('"' + phrase + '"')
    except QueryError:
        return
    if query.match(article(text)):
        assert fold(" ".join(INVISIBLE.sub("", phrase).split())) in fold(text)


def test_half_a_surrogate_pair_is_as_good_as_not_there_in_a_pattern_too() -> None:
    query = parse("/台\ud800/ OR /港/", regexes=True)
    assert query.match(article("香港\ud800")) is not None
    assert query.match(article("台灣")) is not None
