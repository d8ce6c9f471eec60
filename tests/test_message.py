from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import tdjson
from hypothesis import given
from hypothesis import strategies as st

from bot.message import CAPTION_LIMIT, TEXT_LIMIT, compose, fallbacks, hashtag, visible_units
from bot.model import Article, Block, Button, Destination, Message, Style, Topic
from bot.sentences import sentences
from bot.text import units

AT = datetime(2023, 10, 28, 10, 17, 5, tzinfo=UTC)
BODY = (
    "港口管理局周三公布，第三条航道的疏浚工程将在年底前完成，届时大型货轮可以全天候进出。",
    "工程总长二十六公里，由三家企业共同承建，其中两家来自海外。这笔预算去年就已经通过。",
    "当地渔民担心施工影响今年的捕捞季，已有四百人联名请愿。渔会要求赔偿，谈判本月开始。",
    "环保组织则指出，疏浚会扰动海床上的重金属，建议推迟到产卵期之后。",
    "类似的工程十年前曾在邻市进行，当时工期延误了两年，费用超出预算一倍。",
)
ARTICLE = Article(
    key="k",
    feed="dw",
    title="港口疏浚年底完成 打通“黄金水道”",
    url="https://www.n.example/zh/%E6%B8%AF%E5%8F%A3%20%E2%80%9C%E9%BB%84%E9%87%91%E2%80%9D/a-7?maca=zh-rss",
    source="港口报",
    published=AT,
    body=tuple(Block(text) for text in BODY),
    images=("https://static.n.example/7_303.jpg",),
    proxied=("https://images.weserv.nl/?url=static.n.example/7_303.jpg",),
)
LINK = "https://www.n.example/zh/%E6%B8%AF%E5%8F%A3%20%E2%80%9C%E9%BB%84%E9%87%91%E2%80%9D/a-7"


def telegram(**request: Any) -> dict[str, Any]:
    """What TDLib, which Telegram's own servers use, answers: offline, and without a login."""
    answer = tdjson.td_execute(json.dumps({"@type": request.pop("do"), **request}).encode())
    return dict(json.loads(answer))


telegram(do="setLogVerbosityLevel", new_verbosity_level=0)


def parsed(html: str) -> dict[str, Any]:
    """What Telegram's parser makes of it. Raises AssertionError where it refuses."""
    answer = telegram(do="parseTextEntities", text=html, parse_mode={"@type": "textParseModeHTML"})
    assert answer["@type"] == "formattedText", answer
    return answer


def hashtags_in(text: str) -> list[str]:
    """The hashtags that Telegram makes of a plain text, as it would show them."""
    answer = telegram(do="getTextEntities", text=text)
    wide = text.encode("utf-16-le")
    found = [e for e in answer["entities"] if e["type"]["@type"] == "textEntityTypeHashtag"]
    return [wide[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le") for e in found]


def links_in(html: str) -> list[str]:
    return [
        entity["type"]["url"]
        for entity in parsed(html)["entities"]
        if entity["type"]["@type"] == "textEntityTypeTextUrl"
    ]


def test_a_message_is_title_source_summary_and_tags() -> None:
    message = compose(ARTICLE, topics=[Topic("sea", "航运", "港口")], style=Style(summary_share=0.4))
    title, byline, empty, summary, empty_too, tags = message.html.split("\n")
    assert title == f'<b><a href="{LINK}">港口疏浚年底完成 打通“黄金水道”</a></b>'
    assert byline == (
        '🗞 港口报 · <tg-time unix="1698488225" format="Dt">10月28日 18:17（北京时间）</tg-time>'
    )
    assert summary.startswith(BODY[0])
    assert tags == "#航运 #黄金水道 #港口报"
    assert empty == empty_too == ""
    assert message.photo == "https://static.n.example/7_303.jpg"
    assert message.preview is None
    assert message.buttons == ((Button("阅读原文", url=LINK),),)
    assert links_in(message.html) == [LINK]
    assert units(parsed(message.html)["text"]) == visible_units(message.html)


def test_clients_that_can_are_told_the_moment_itself() -> None:
    message = parsed(compose(ARTICLE).html)
    (time,) = (
        entity for entity in message["entities"] if entity["type"]["@type"] == "textEntityTypeDateTime"
    )
    assert time["type"]["unix_time"] == int(AT.timestamp())
    for never in (datetime(1969, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)):
        assert "tg-time" not in compose(replace(ARTICLE, published=never)).html


def test_the_words_that_a_reader_asked_for_are_bold_in_the_summary() -> None:
    body = (Block("臺灣與ＡＩ晶片：AI公司said要在台湾建厂。"), *ARTICLE.body)
    html = compose(replace(ARTICLE, body=body), wanted=("台湾", "ai"), style=Style(summary_share=0.9)).html
    assert "<b>臺灣</b>與<b>ＡＩ</b>晶片：<b>AI</b>公司said要在<b>台湾</b>建厂。" in html
    many = replace(ARTICLE, body=(Block("台湾" * 60 + "。"), *ARTICLE.body))
    entities = parsed(compose(many, wanted=("台湾",)).html)["entities"]
    assert len(entities) < 100


@pytest.mark.parametrize(
    ("language", "timezone", "shown"),
    [
        ("zh-Hans", "Asia/Shanghai", "10月28日 18:17（北京时间）"),
        ("zh-Hant", "Asia/Taipei", "10月28日 18:17（台北時間）"),
        ("en", "Asia/Hong_Kong", "28 Oct 18:17 (Hong Kong time)"),
        ("zh-Hans", "America/St_Johns", "10月28日 07:47（UTC-2:30）"),
        ("en", "Asia/Kolkata", "28 Oct 15:47 (UTC+5:30)"),
        ("en", "Africa/Accra", "28 Oct 10:17 (UTC)"),
        ("zh-Hans", "No/Where", "10月28日 10:17（UTC）"),
        ("zh-Hans", "../../etc/passwd", "10月28日 10:17（UTC）"),
    ],
)
def test_times_are_the_readers(language: str, timezone: str, shown: str) -> None:
    message = parsed(compose(ARTICLE, language=language, timezone=timezone).html)
    assert f"🗞 港口报 · {shown}\n" in message["text"]


def test_the_year_is_shown_where_it_is_another_one() -> None:
    assert "2023年10月28日" in compose(ARTICLE, now=datetime(2024, 1, 2, tzinfo=UTC)).html
    assert "28 Oct 2023 18:17" in compose(ARTICLE, language="en", now=datetime(2024, 1, 2, tzinfo=UTC)).html
    new_year = replace(ARTICLE, published=datetime(2023, 12, 31, 20, tzinfo=UTC))
    assert "年1月1日" not in compose(new_year, now=datetime(2023, 12, 31, 21, tzinfo=UTC)).html
    assert (
        "年" not in compose(ARTICLE, mode="title", now=datetime(2023, 11, 1, tzinfo=UTC)).html.split("\n")[1]
    )


def test_pictures_are_shown_as_the_style_says() -> None:
    lead = ARTICLE.lead_image
    assert compose(ARTICLE).photo == lead
    preview = compose(ARTICLE, style=Style(image="preview"))
    assert (preview.photo, preview.preview) == (None, lead)
    none = compose(ARTICLE, style=Style(image="none"))
    assert (none.photo, none.preview) == (None, None)
    without = compose(replace(ARTICLE, images=(), proxied=()))
    assert (without.photo, without.preview) == (None, None)


def test_a_refused_picture_goes_by_other_ways_and_at_last_without() -> None:
    message = compose(ARTICLE)
    proxied, preview, plain = fallbacks(message, ARTICLE)
    assert proxied == replace(message, photo=ARTICLE.proxied[0])
    assert preview == replace(message, photo=None, preview=ARTICLE.images[0])
    assert plain == replace(message, photo=None)
    direct = replace(ARTICLE, proxied=ARTICLE.images)
    assert [m.photo for m in fallbacks(compose(direct), direct)] == [None, None]
    text = compose(ARTICLE, style=Style(image="preview"))
    assert list(fallbacks(text, ARTICLE)) == [replace(text, preview=None)]


def test_modes_say_less() -> None:
    teased = replace(ARTICLE, teaser="大船年底就能进港，渔民却高兴不起来。", credits=("路透社",))
    assert "大船" not in compose(teased, mode="title").html
    assert "据" not in compose(teased, mode="title").html
    assert "大船" in compose(teased, mode="teaser").html
    assert BODY[0] not in compose(ARTICLE, mode="teaser").html


def test_agencies_are_named_but_not_the_outlet_itself() -> None:
    credited = replace(ARTICLE, credits=("路透社", "港口报", "美联社"))
    assert "\n<i>据路透社、美联社</i>\n\n#" in compose(credited).html
    assert "<i>via 路透社, 美联社</i>" in compose(credited, language="en").html
    assert "<i>" not in compose(replace(ARTICLE, credits=("港口报",))).html
    assert "<i>据 Reuters、AP</i>" in compose(replace(ARTICLE, credits=("Reuters", "AP"))).html
    outlets = [(f"Outlet {n}", "") for n in range(6)]
    assert "、Outlet 3 等 6 家" in compose(ARTICLE, others=outlets).html


def test_the_link_is_a_button_where_there_is_one_and_buttons_are_wanted() -> None:
    assert compose(ARTICLE).buttons == ((Button("阅读原文", url=LINK),),)
    assert compose(ARTICLE, style=Style(buttons=False)).buttons == ()
    assert compose(replace(ARTICLE, url="http://localhost/a"), language="en").buttons == ()


def test_what_does_not_fit_goes_in_whole_parts_sentences_first() -> None:
    sentence = "港" * 99 + "。"
    teaser = "".join(f"{n}{sentence}" for n in "ABCDEFGHIJKL")
    article = replace(
        ARTICLE,
        title="S&P 500 & <b>涨</b>",
        teaser=teaser,
        tags=("2024", "U.S.–China", "罗杰·彭罗斯"),
        source="",
    )
    message = compose(article, style=Style(summary_chars=5000))
    text = parsed(message.html)["text"]
    assert units(text) <= CAPTION_LIMIT
    summary = text.split("\n\n")[1]
    assert sentences(summary) == sentences(teaser)[:9]
    assert text.startswith("S&P 500 & <b>涨</b>\n")
    assert "S&amp;P 500 &amp; &lt;b&gt;涨&lt;/b&gt;" in message.html
    assert message.html.endswith("#USChina #罗杰彭罗斯")
    without_picture = compose(replace(article, images=()), style=Style(summary_chars=5000))
    assert "L" + sentence in without_picture.html


def test_a_title_is_cut_last_and_shows_it() -> None:
    message = compose(replace(ARTICLE, title="👨‍👩‍👧" * 600), topics=[Topic("t", "航运", "x")])
    text = parsed(message.html)["text"]
    assert units(text) <= CAPTION_LIMIT
    title, byline = text.split("\n")
    assert title.endswith("…")
    assert not title.endswith("\u200d…")
    assert "10月28日" in byline


def test_html_in_a_feed_is_text_in_a_message() -> None:
    html = compose(replace(ARTICLE, title="A &amp; B &lt;i&gt; &quot;C&quot; &nbsp;D")).html
    assert parsed(html)["text"].startswith('A & B <i> "C" D\n')


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("拜习会", "拜习会"),
        ("U.S.–China", "USChina"),
        ("罗杰·彭罗斯", "罗杰彭罗斯"),
        ("Climate Change", "ClimateChange"),
        ("2024", ""),
        ("＃中国", "中国"),
        ("_", ""),
        ("💥", ""),
        ("很" * 40, ""),
    ],
)
def test_a_hashtag_is_what_telegram_accepts_as_one(word: str, tag: str) -> None:
    assert hashtag(word) == tag
    if tag:
        assert hashtags_in(f"#{tag}") == [f"#{tag}"]


@given(st.text(max_size=20) | st.text(alphabet="aé٣²ⅷ_·中ア가ก़\u200c𠀀ßῈ1 ", max_size=8))
def test_telegram_agrees_about_every_hashtag(word: str) -> None:
    tag = hashtag(word)
    if tag and all(0x3400 <= ord(c) <= 0x9FFF or ord(c) < 0x0700 for c in tag):
        assert hashtags_in(f"x\n\n#{tag} #中") == [f"#{tag}", "#中"]


def test_every_topic_that_brought_an_article_is_named_once() -> None:
    shared = [Topic(f"t{n}", f"话题{n}", "x") for n in range(5)]
    personal = Topic("p", "拜登 <b> -体育", "拜登", owner=Destination(5))
    html = compose(ARTICLE, topics=[*shared, personal]).html
    assert html.endswith("#话题0 #话题1 #话题2 #话题3 #话题4\n📌 拜登 &lt;b&gt; -体育")
    assert "📌" not in compose(ARTICLE, topics=[personal]).html, "it is the only one that can have brought it"
    many = [Topic(f"p{n}", f"{n} {'词' * 60}", "x", owner=Destination(5)) for n in range(40)]
    html = compose(ARTICLE, topics=many).html
    assert html.endswith(" · +30")
    assert visible_units(html) <= CAPTION_LIMIT


def test_private_and_query_like_topics_are_no_hashtags() -> None:
    topics = [
        Topic("a", "我的病", "病", owner=Destination(5)),
        Topic("b", "拜登 OR 布林肯", "拜登"),
        Topic("c", "经济 -股票", "经济"),
        Topic("d", "中美关系", "中美"),
    ]
    assert (
        "#中美关系 #黄金水道 #港口报\n📌 我的病 · 拜登 OR 布林肯 · 经济 -股票"
        in compose(ARTICLE, topics=topics).html
    )
    topics = topics[3:]
    twice = replace(ARTICLE, tags=("中美關係", "经济"))
    assert compose(twice, topics=topics).html.endswith("#中美关系 #经济 #黄金水道")


def test_visible_units_are_telegrams() -> None:
    assert (
        visible_units('<b><a href="https://n.example/?a=1&amp;b">甲&amp;乙</a></b> &lt;i&gt; &#128512;&nbsp;')
        == 16
    )


NASTY = (
    "<b>|</a>|<|>|&|&amp;|&#0;|&#x110000;|&lt|\"|'|#tag |@name |\u202e|\x00|\ud83d|👨‍👩‍👧|“|” |。|🗞|\u0300|\ufeff|"
    "\n\n| |a.|/cmd|http://n.example"
)
nasty = st.text(max_size=60) | st.lists(st.sampled_from(["很" * 500, *NASTY.split("|")]), max_size=12).map(
    "".join
)
addresses = st.sampled_from(
    ["https://n.example/", "http://u:p@n.example/", "https://", "javascript:", "", "https://localhost/"]
)


@given(
    title=nasty,
    url=st.builds(str.__add__, addresses, nasty),
    source=nasty,
    body=st.lists(nasty, max_size=4),
    teaser=nasty,
    tags=st.lists(nasty, max_size=3),
    image=st.sampled_from(["photo", "preview", "none"]),
    language=st.sampled_from(["zh-Hans", "zh-Hant", "en", "xx"]),
)
def test_telegram_accepts_whatever_comes_in(
    title: str,
    url: str,
    source: str,
    body: list[str],
    teaser: str,
    tags: list[str],
    image: Any,
    language: str,
) -> None:
    article = replace(
        ARTICLE,
        title=title,
        url=url,
        source=source,
        teaser=teaser,
        tags=tuple(tags),
        credits=tuple(tags),
        body=tuple(Block(text) for text in body),
    )
    message = compose(
        article, topics=[Topic("t", title, "x")], language=language, style=Style(image, 5000, 1.0), now=AT
    )
    check(message)


def check(message: Message) -> None:
    answer = parsed(message.html)
    assert answer["text"].strip()
    assert units(answer["text"]) == visible_units(message.html)
    assert units(answer["text"]) <= (CAPTION_LIMIT if message.photo else TEXT_LIMIT)
    assert len(message.html.encode()) <= 32_768
    assert len(answer["entities"]) <= 100
    for kind in ("textEntityTypeTextUrl", "textEntityTypeBold"):
        assert sum(entity["type"]["@type"] == kind for entity in answer["entities"]) == message.html.count(
            "<a " if kind.endswith("Url") else "<b>"
        )
    for row in message.buttons:
        for button in row:
            assert button.url is None or button.url.startswith(("http://", "https://"))


def test_another_summariser_can_be_plugged_in_and_its_failure_costs_no_message() -> None:
    def last(article: Article, *, chars: int, share: float, wanted: Sequence[str]) -> Sequence[str]:
        return [block.text for block in article.body][-1:] * 20

    def broken(article: Article, *, chars: int, share: float, wanted: Sequence[str]) -> Sequence[str]:
        raise RuntimeError("no model")

    html = compose(ARTICLE, style=Style(summariser=last, summary_chars=100)).html
    assert html.count(BODY[-1]) == 100 // len(BODY[-1])
    assert compose(ARTICLE, style=Style(summariser=broken)) == compose(ARTICLE)


OUTLETS = tuple(
    (name, f"https://{n}.example.org/1")
    for n, name in enumerate(("法广", "美国之音", "示例 台", "路透", "联合报", "中央社"))
)


def test_other_outlets_of_a_story_are_named_with_their_links_and_the_rest_is_counted() -> None:
    html = compose(ARTICLE, others=(OUTLETS[0], OUTLETS[0], (ARTICLE.source, "https://x.example.org/"))).html
    assert '另见：<a href="https://0.example.org/1">法广</a>\n' in html + "\n"
    html = compose(ARTICLE, others=OUTLETS).html
    assert "路透</a>等 6 家" in html
    assert "联合报" not in html
    assert compose(ARTICLE).html.count("另见") == 0


@pytest.mark.parametrize(("length", "named"), [(500, 4), (890, 2), (980, 0)])
def test_the_line_of_outlets_is_shortened_before_anything_else_and_dropped_before_the_title(
    length: int, named: int
) -> None:
    others = tuple((name[0] * 30, url) for name, url in OUTLETS)
    message = compose(replace(ARTICLE, title="港" * length, body=()), others=others)
    assert visible_units(message.html) <= CAPTION_LIMIT
    assert sum(name in message.html for name, _ in others) == named
    assert ("另见" in message.html, "等 6 家" in message.html) == (bool(named), bool(named))
    assert "港" * length in message.html


def test_an_update_and_a_withdrawal_are_marked_in_each_language() -> None:
    when = datetime(2026, 11, 22, 9, tzinfo=UTC)
    for language, updated, withdrawn in (
        ("zh-Hans", "已更新", "已撤回"),
        ("zh-Hant", "已更新", "已撤回"),
        ("en", "Updated", "Withdrawn"),
    ):
        html = compose(ARTICLE, language=language, updated=when).html
        assert f"✏️ {updated} · <tg-time" in html
        gone = compose(replace(ARTICLE, withdrawn=True, updated=when), language=language, updated=when).html
        assert f"⚠️ <b>{withdrawn}</b> · <tg-time" in gone
        assert updated not in gone
        assert ARTICLE.body[0].text[:10] not in gone
        assert ARTICLE.url.partition("?")[0] in gone
