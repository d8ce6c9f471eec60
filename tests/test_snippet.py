"""What is shown of an article that was found: the words looked for, marked in the script in which they stand."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Article, Block
from bot.query import parse
from bot.snippet import LONGEST_TITLE, SIZE, mark, snippet, title_html

TEXT = st.text(st.sampled_from("拜登台臺aB <>&\"'😀.，。\n"), max_size=300)
SPANS = st.lists(st.tuples(st.integers(0, 310), st.integers(0, 310)).map(sorted).map(tuple), max_size=8)


def article(title: str, *paragraphs: str, teaser: str = "") -> Article:
    body = tuple(Block(text) for text in paragraphs)
    when = datetime(2026, 11, 22, tzinfo=UTC)
    return Article("a" * 24, "dw", title, "https://e.org/1", "德国之声", when, teaser=teaser, body=body)


def plain(html: str) -> str:
    return unescape(re.sub("</?b>", "", html))


@given(TEXT, SPANS)
def test_marking_changes_nothing_but_the_marks(text: str, spans: list[tuple[int, int]]) -> None:
    html = mark(text, spans)
    assert plain(html) == text
    assert html.count("<b>") == html.count("</b>")
    bold = "".join(unescape(part) for part in re.findall("<b>(.*?)</b>", html, re.DOTALL))
    inside = sorted({i for start, end in spans for i in range(start, min(end, len(text)))})
    assert bold == "".join(text[i] for i in inside)


@given(TEXT, st.sampled_from(["拜登", "台", "B", "😀", "拜 -登"]))
def test_a_snippet_is_a_passage_of_the_text_with_the_hit_in_it(text: str, query: str) -> None:
    found = article("标题", text)
    html = snippet(found, parse(query))
    shown = plain(html).removeprefix("…").removesuffix("…")
    assert shown.strip() in text
    assert len(shown) <= SIZE
    if parse(query).match(found):
        assert "<b>" in html


def test_words_are_marked_in_the_script_in_which_they_were_written() -> None:
    assert snippet(article("t", "他說臺灣很好"), parse("台湾")) == "他說<b>臺灣</b>很好"
    why = parse("g20").match(article("Ｇ２０ 峰会", "x"))
    assert title_html(article("Ｇ２０ 峰会", "x"), why) == "<b>Ｇ２０</b> 峰会"


def test_every_word_that_was_looked_for_is_marked_not_only_the_first() -> None:
    html = snippet(article("t", "拜登见了布林肯，拜登说好"), parse("拜登 OR 布林肯"))
    assert re.findall("<b>(.*?)</b>", html) == ["拜登", "布林肯", "拜登"]


def test_what_was_found_in_the_title_alone_shows_the_first_words() -> None:
    assert snippet(article("拜登", "第一段。"), parse("标题:拜登")) == "第一段。"
    assert snippet(article("拜登", teaser="导语"), parse("拜登")) == "导语"
    assert snippet(article("拜登"), parse("拜登")) == ""


def test_a_title_that_is_too_long_is_cut_and_says_so() -> None:
    long = article("拜登" + "长" * 1000, "x")
    html = title_html(long, parse("拜登").match(long))
    assert html.startswith("<b>拜登</b>长")
    assert len(plain(html)) == LONGEST_TITLE + 1
    assert html.endswith("…")
