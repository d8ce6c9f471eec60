"""Articles as pages carry them: with everything that a site puts around one, each tag on a line of its own."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from bot.clean import Clean, read

HAN = st.text(alphabet="港口航道疏浚工程渔民担心捕捞季节委员会", min_size=1, max_size=12)
WORDS = st.lists(
    st.sampled_from(("harbour", "the", "dredging", "of", "three", "Mayor", "said")), min_size=1
).map(" ".join)
INLINE = st.sampled_from(("strong", "em", "a", "span", "b", "code"))


def printed(html: str) -> str:
    """As tools leave a page that has been scraped."""
    return BeautifulSoup(html, "html.parser").prettify()


def marked(texts: list[str], tags: list[str], gap: str) -> str:
    """Texts in turn bare and within an element."""
    parts = []
    for number, text in enumerate(texts):
        tag = tags[number % len(tags)]
        parts.append(f"<{tag}>{text}</{tag}>" if number % 2 else text)
    return gap.join(parts)


PARAGRAPHS = st.one_of(
    st.builds(marked, st.lists(HAN, min_size=1, max_size=5), st.lists(INLINE, min_size=1), st.just("")),
    st.builds(marked, st.lists(WORDS, min_size=1, max_size=5), st.lists(INLINE, min_size=1), st.just(" ")),
).map(lambda text: text + "。")
BLOCKS = st.one_of(
    PARAGRAPHS.map("<p>{}</p>".format),
    PARAGRAPHS.map("<blockquote><p>{}</p></blockquote>".format),
    st.lists(PARAGRAPHS, min_size=2, max_size=4).map(lambda lines: f"<p>{'<br/><br/>'.join(lines)}</p>"),
    st.lists(PARAGRAPHS, min_size=2, max_size=4).map(
        lambda lines: "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"
    ),
    HAN.map("<h2>{}</h2>".format),
    HAN.map('<figure><img src="https://h.example/p.jpg"/><figcaption>{}</figcaption></figure>'.format),
    HAN.map('<p>{}<sup><a href="#n1">[1]</a></sup>。</p>'.format),
    HAN.map("<table><tr><td>{}</td><td>12</td></tr></table>".format),
    HAN.map("<pre>def f():\n    return '{}'\n</pre>".format),
)


@given(st.lists(BLOCKS, max_size=8).map("".join))
def test_pretty_printing_an_article_changes_nothing(html: str) -> None:
    assert read(printed(html)) == read(html)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("内<strong>存型</strong>与<a href='/x'>渔民</a>", "内存型与渔民"),
        ("港口<b>2019</b>年<b>6</b>月开放，", "港口2019年6月开放，"),
        ("用 Linux 的人说，<b>macOS</b> 上没有", "用 Linux 的人说，macOS 上没有"),
        ("用 Linux 的人说，他在 <b>macOS</b> 上没有", "用 Linux 的人说，他在 macOS 上没有"),
        ("生产总值(<b>GDP</b>)增长<b>5.2</b>%，", "生产总值(GDP)增长5.2%，"),
        ("《<em>The Great</em>》（<em>Jane</em>）", "《The Great》（Jane）"),
        ("他说：“<b>FINE</b>”、<b>A</b>、<b>B</b>，", "他说：“FINE”、A、B，"),
        ("学校<b>/</b>专业", "学校/专业"),
        ("布莱恩<b>·</b>特鲁伯肖", "布莱恩·特鲁伯肖"),
        ("提到 <s>#</s><b>航道</b> 有很多人，", "提到 #航道 有很多人，"),
        ("The <i>Times</i>’s <b>editor</b>, who <i>said</i> so.", "The Times’s editor, who said so."),
        ("The <i>Times</i>'s <b>word</b> (<i>then</i>).", "The Times's word (then)."),
        ('He said "<i>no</i>" and <b>left</b>.', 'He said "no" and left.'),
        ("A <b>well</b>-known <i>man</i> & <b>wife</b>", "A well-known man & wife"),
        ("<span>T</span>he harbour is <b>open</b>.", "The harbour is open."),
        ("A <b>harbour</b>: it costs $<b>5</b>.", "A harbour: it costs $5."),
    ],
)
def test_words_stay_apart_and_signs_where_they_belong(html: str, text: str) -> None:
    page = f"<p>{html}</p>"
    assert [block.text for block in read(page).body] == [text]
    assert [block.text for block in read(printed(page)).body] == [text]


def test_cells_that_were_printed_stay_words_of_their_own() -> None:
    row = "<table><tr><td>渔获</td><td>12</td><td>34</td></tr></table>"
    assert read(printed(row)) == read(row)


def texts(clean: Clean) -> list[str]:
    return [block.text for block in clean.body]
