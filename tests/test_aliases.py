from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bot
from bot.config import load
from bot.errors import ConfigError
from bot.model import Article, Block
from bot.query import Matcher, parse, use_aliases
from bot.query.aliases import MAX_SPELLINGS, Aliases, group
from bot.query.tree import Term
from bot.snippet import snippet
from bot.store import open_store
from bot.text import fold, has_cjk, is_wordy

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TABLE = Path(bot.__file__).parent / "query" / "aliases.toml"
PARTS = tomllib.loads(TABLE.read_text("utf-8"))
UNLESS: dict[str, list[str]] = PARTS.pop("unless")
GROUPS = [names for part in PARTS.values() for names in part]


@pytest.fixture
def with_latin_names() -> Iterator[None]:
    use_aliases([("世卫组织", "WHO"), ("川普", "懂王")])
    yield
    use_aliases(())


def article(*body: str, title: str = "标题", key: str = "k", **fields: object) -> Article:
    values = {"feed": "dw", "url": f"https://x.example/{key}", "source": "德国之声", "published": NOW}
    return Article(key=key, title=title, body=tuple(map(Block, body)), **(values | fields))  # type: ignore[arg-type]


def test_each_name_of_the_table_finds_its_equals_and_is_a_name_of_its_own() -> None:
    for names in GROUPS:
        assert group(names) == tuple(names)
        assert len({fold(name) for name in names}) == len(names), f"folding joins some of {names} already"
        for name in names:
            assert len(name) > 1
            assert has_cjk(name), name
            query = parse(name)
            for other in names:
                assert query.match(article(f"今天{other}方面")), (name, other)


def test_no_name_is_in_two_groups_of_the_table() -> None:
    names = [fold(name) for names in GROUPS for name in names]
    assert len(names) == len(set(names))


def test_words_in_which_a_name_does_not_count_have_it_in_them_once() -> None:
    names = {fold(name) for names in GROUPS for name in names}
    for name, words in UNLESS.items():
        assert fold(name) in names
        for word in words:
            assert fold(word).count(fold(name)) == 1 < len(word) - len(name) + 1, word
            assert not any(map(is_wordy, word))


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("特朗普", "说一口四川普通话", None),
        ("特朗普", "四川普通人谈川普", "川普"),
        ("川普", "说一口四川普通话", "川普"),
        ("标题:特朗普", "四川普通人", None),
        ("北韩", "朝鲜半岛", None),
        ("北韩", "朝鲜半岛上的朝鲜", "朝鲜"),
        ("朝鲜半岛", "朝鲜半岛", "朝鲜半岛"),
        ("软件", "柔软体操和软体动物", None),
        ("软件公司", "軟體公司", "軟體公司"),
        ("英伟达AI", "輝達AI晶片", "輝達AI"),
        ("拜登 -特朗普", "拜登會見四川普通人", "拜登"),
    ],
)
async def test_an_alias_does_not_count_in_a_word_that_has_it_by_chance(
    query: str, text: str, found: str | None
) -> None:
    one, asked = article(text, title=text), parse(query)
    why = asked.match(one)
    assert (text[why.hits[0].start : why.hits[0].end] if why else None) == found
    assert (Matcher({"q": asked}).matching(one) == ["q"]) == (why is not None)
    assert ("<b>" in snippet(one, asked)) == (why is not None)
    async with open_store(":memory:") as store:
        await store.ledger.record(None, [one], [], NOW)
        assert (await store.ledger.search(asked)).total == (why is not None)


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("特朗普", "川普", True),
        ("川普", "特朗普", True),
        ("網絡", "網路", True),
        ("网路", "網絡", True),
        ("特朗普访华", "川普訪華", True),
        ("5G网络", "5Ｇ網路", True),
        ("特朗普 网络", "川普談網路", True),
        ('"特朗普"', "川普", False),
        ("“特朗普”", "特朗普", True),
        ("标题:特朗普", "川普", False),
        ("源:特朗普", "川普", False),
        ("拜登 -特朗普", "拜登與川普", False),
        ("拜登 -“特朗普”", "拜登與川普", True),
        ("索马里", "索馬利亞", True),
    ],
)
def test_a_name_in_a_keyword_stands_for_its_aliases_unless_it_is_quoted(
    query: str, text: str, found: bool
) -> None:
    assert (parse(query).match(article(text)) is not None) == found
    assert (Matcher({"q": parse(query)}).matching(article(text)) == ["q"]) == found


def test_fields_of_words_know_aliases_and_a_feeds_name_is_its_own() -> None:
    one = article("x", title="川普訪華", tags=("網路",), source="川普之声")
    assert parse("标题:特朗普 标签:网络").match(one)
    assert parse("源:特朗普 OR x").match(one)
    assert not parse("源:特朗普").match(one)


def test_a_hit_is_the_word_that_stands_in_the_text() -> None:
    one = article("美國總統川普今天說，特朗普就是我。")
    why = parse("特朗普").match(one)
    assert why is not None
    (hit,) = why.hits
    assert (hit.keyword, one.body[0].text[hit.start : hit.end]) == ("特朗普", "川普")
    assert snippet(one, parse("特朗普")) == "美國總統<b>川普</b>今天說，<b>特朗普</b>就是我。"


def test_what_is_written_down_is_what_was_typed() -> None:
    assert str(parse("川普 網路安全")) == "川普 網路安全"
    assert str(parse('"川普" 拜登')) == '"川普" 拜登'
    assert parse("特朗普") != parse("川普")
    assert parse('"川普"') != parse("川普")
    assert parse(str(parse('"川普"'))) == parse('"川普"')


@pytest.mark.usefixtures("with_latin_names")
def test_a_latin_name_is_a_word_of_its_own_in_keyword_and_text() -> None:
    assert parse("WHO").match(article("世衛組織"))
    assert parse("WHO专家").match(article("世卫组织专家"))
    assert parse("世卫组织").match(article("据WHO说"))
    assert not parse("世卫组织").match(article("as a whole"))
    assert not parse("whole").match(article("世卫组织"))
    assert not parse("WHO*").match(article("世卫组织")), "a word's beginning is not a name"


@pytest.mark.usefixtures("with_latin_names")
def test_groups_of_the_config_that_share_a_name_with_the_table_join_its_group() -> None:
    assert parse("特朗普").match(article("懂王"))
    assert parse("懂王").match(article("特朗普"))


def test_aliases_hold_until_they_are_set_anew() -> None:
    use_aliases([("甲地", "乙地")])
    assert parse("甲地").match(article("乙地"))
    use_aliases(())
    assert not parse("甲地").match(article("乙地"))
    assert parse("特朗普").match(article("川普"))


def test_a_keyword_of_many_names_has_few_spellings_its_own_first() -> None:
    aliases = Aliases([("甲甲", "乙乙", "丙丙", "丁丁")])
    found = list(aliases.spellings("甲甲和甲甲和甲甲"))
    assert len(found) == MAX_SPELLINGS
    assert found[0] == "甲甲和甲甲和甲甲"
    assert len(Term("特朗普" * 100).spellings) == MAX_SPELLINGS


async def test_search_finds_what_the_matcher_does() -> None:
    texts = ["川普訪華", "特朗普访华", "拜登访华", "網路", "网络 特朗普", "無關"]
    articles = [article(text, key=str(number)) for number, text in enumerate(texts)]
    async with open_store(":memory:") as store:
        await store.ledger.record(None, articles, [], NOW)
        for text in (
            "特朗普",
            "川普访华",
            "访华 -川普",
            '"川普"',
            "网络 OR 拜登",
            "网路 特朗普",
            "-“特朗普” 川普",
        ):
            query = parse(text)
            found = await store.ledger.search(query, limit=10)
            expected = {a.key for a in articles if query.match(a)}
            assert {a.key for a in found.articles} == expected, text
            assert found.total == len(expected)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("aliases: [[特朗普, 懂王], [独角]]", "aliases[1]: must be two names or more"),
        ("aliases: [[臺灣, 台湾]]", "aliases[0]: must be two names or more"),
        ("aliases: [特朗普]", "aliases[0]: must be two names or more"),
        ("aliases: [[挪威, NO]]", "aliases[0]: must be names"),
        ("aliases: [[特朗普, ！！]]", "aliases[0]: `！！` is no name"),
        ("aliases: 特朗普", "aliases: must be a list"),
    ],
)
def test_a_mistake_in_the_configs_aliases_is_named_with_its_key(
    tmp_path: Path, written: str, key: str
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(written, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value).startswith(key)


def test_the_config_takes_groups_from_its_file_and_from_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("aliases: [[特朗普, 懂王], ['QR Code', 二维码]]", "utf-8")
    assert load(path, {}).aliases == (("特朗普", "懂王"), ("QR Code", "二维码"))
