"""Articles as pages carry them: with everything that a site puts around one, each tag on a line of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import layouts
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from layouts import BARE, DECKED, DREDGING, ENGLISH, QUESTIONS, SHORT, TRADITIONAL

from bot.clean import Clean, read
from bot.model import Article
from bot.summary import summarise
from bot.text import letters

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


# Whole pages

DECKED_ENGLISH = replace(
    ENGLISH,
    deck="Dredging brought the big ships into Shitang Bay, and took from seven villages what they lived on.",
)
SHORT_DECKED = replace(DECKED, paragraphs=SHORT.paragraphs)
PULLED = "以前一网能有两百斤"
PAGES = {
    "drupal": (layouts.drupal(DREDGING), DREDGING),
    "drupal without a picture": (layouts.drupal(DREDGING, picture=False), replace(DREDGING, picture="")),
    "drupal, short": (layouts.drupal(SHORT), SHORT),
    "drupal, traditional": (layouts.drupal(TRADITIONAL), TRADITIONAL),
    "wordpress": (layouts.wordpress(DREDGING), DREDGING),
    "wordpress without a caption": (layouts.wordpress(BARE, greeting=False), BARE),
    "wordpress, picture beneath": (layouts.wordpress(BARE, beneath=True), BARE),
    "wordpress, short": (layouts.wordpress(SHORT, greeting=False), SHORT),
    "wordpress, traditional": (layouts.wordpress(TRADITIONAL), TRADITIONAL),
    "magazine": (layouts.magazine(DECKED), DECKED),
    "magazine without a caption": (layouts.magazine(replace(DECKED, caption="")), DECKED),
    "magazine, picture beneath": (layouts.magazine(DECKED, beneath=True), DECKED),
    "magazine, short": (layouts.magazine(SHORT_DECKED), SHORT_DECKED),
    "account": (layouts.wechat(DECKED), DECKED),
    "account without an abstract": (layouts.wechat(BARE, abstract=False), BARE),
    "account, traditional": (layouts.wechat(TRADITIONAL, abstract=False), TRADITIONAL),
    "account, short": (layouts.wechat(SHORT, abstract=False), SHORT),
    "medium": (layouts.medium(DREDGING), DREDGING),
    "medium, english": (layouts.medium(ENGLISH), ENGLISH),
    "medium, short": (layouts.medium(SHORT), SHORT),
    "matters": (layouts.matters(DREDGING), DREDGING),
    "matters, traditional": (layouts.matters(TRADITIONAL), TRADITIONAL),
    "conversation": (layouts.conversation(ENGLISH), replace(ENGLISH, paragraphs=ENGLISH.paragraphs[:4])),
    "blogger": (layouts.blogger(DREDGING), DREDGING),
    "blogger, short": (layouts.blogger(SHORT), SHORT),
    "ghost": (layouts.ghost(DECKED_ENGLISH), DECKED_ENGLISH),
}


def summary(clean: Clean, title: str) -> tuple[str, ...]:
    at = datetime(2024, 3, 6, tzinfo=UTC)
    article = Article(
        "k",
        "f",
        title,
        "https://n.example/1",
        "o",
        at,
        body=clean.body,
        teaser=clean.teaser,
        images=clean.images,
    )
    return summarise(article)


@pytest.mark.parametrize("markup", [str, printed])
@pytest.mark.parametrize("name", PAGES)
def test_a_whole_page_gives_its_article_and_no_more(name: str, markup: Callable[[str], str]) -> None:
    html, story = PAGES[name]
    clean = read(markup(html), title=story.title, base="https://n.example/")
    deck = (story.deck,) if story.deck else ()
    kept = [letters(text) for text in texts(clean) if text != PULLED]
    assert kept == [letters(text) for text in (*deck, *story.paragraphs)]
    assert clean.teaser == story.deck
    assert clean.images[:1] == ((story.picture,) if story.picture else ())
    told = summary(clean, story.title)
    whole = letters("".join((*deck, *story.paragraphs)))
    assert told
    assert all(letters(sentence) in whole for sentence in told)


@pytest.mark.parametrize("markup", [str, printed])
def test_an_interview_of_a_series_is_told_by_what_is_said_in_it(markup: Callable[[str], str]) -> None:
    clean = read(markup(layouts.interview(DREDGING)), title=DREDGING.title)
    body = "".join(texts(clean))
    assert all(question.partition("：")[2] in body for question in QUESTIONS)
    assert all(paragraph in body for paragraph in DREDGING.paragraphs[:4])
    told = "".join(summary(clean, DREDGING.title))
    assert told
    assert not any(word in told for word in ("系列", "节录", "=", "？"))


@pytest.mark.parametrize("markup", [str, printed])
def test_a_list_of_links_with_a_word_on_each_is_text(markup: Callable[[str], str]) -> None:
    clean = read(markup(layouts.linked(DREDGING)), title=DREDGING.title)
    body = "".join(texts(clean))
    assert all(paragraph in body for paragraph in DREDGING.paragraphs[:6])


# What stands where comments do

TALK = "".join(f'<div class="comment"><p>{p}</p></div>' for p in ENGLISH.paragraphs[1:4])


def test_a_conversation_with_a_long_introduction_keeps_its_parts() -> None:
    intro = f"<p>{ENGLISH.paragraphs[0]}</p><p>{ENGLISH.paragraphs[4]}</p>"
    assert len(read(intro + TALK).body) == 5


@pytest.mark.parametrize(
    "around",
    [
        '<p><a href="#r">Reply</a></p>',
        "<p>Jo Harper says:</p>",
        "<p>November 2, 2019 at 3:12 pm</p>",
        '<p class="permalink"><a href="#c1">Permalink</a></p>',
    ],
)
def test_what_readers_write_is_no_part_of_the_article_however_long(around: str) -> None:
    comments = f'<div class="comments">{around}{TALK}</div>'
    article = f"<p>{ENGLISH.paragraphs[0]}</p><p>{ENGLISH.paragraphs[4]}</p>"
    assert len(read(article + comments).body) == 2


def test_spam_in_another_script_is_no_part_of_a_short_article() -> None:
    spam = '<div class="comment"><p>Buy cheap pills online without a prescription, shipped overnight to you.</p></div>'
    assert texts(read(f"<p>{SHORT.paragraphs[0]}</p>{spam}")) == [SHORT.paragraphs[0]]


# What only resembles a page's own words


@pytest.mark.parametrize(
    "text",
    [
        "未完待续的改革还有很多，他说，这只是一个开始。",
        "如果您错过了申报期限，可以在以下网站补办手续。",
        "参考媒体的报道，他认为这一数字仍然偏低，需要重新计算。",
        "发帖者在网上说，时间是下午三点左右，地点就在码头。",
        "作品声明了它的立场：艺术不为任何人服务，也不接受任何人的资助。",
        "分享到的经验是，补偿应当直接发给村民，而不经过镇政府。",
    ],
)
def test_text_that_resembles_a_pages_own_words_stays(text: str) -> None:
    first, second = SHORT.paragraphs
    assert texts(read(f"<p>{text}</p><p>{first}</p><p>{second}</p>")) == [text, first, second]
    assert texts(read(f"<p>{first}</p><p>{second}</p><p>{text}</p>")) == [first, second, text]


@pytest.mark.parametrize("name", ["bio", "biography", "post-footer", "service-links", "entry-footer"])
def test_an_article_in_a_container_of_another_name_is_kept(name: str) -> None:
    assert len(read(f'<div class="{name}">{DREDGING.rest()}</div>').body) == len(DREDGING.paragraphs)


def test_a_heading_beneath_the_deck_is_no_byline() -> None:
    page = layouts.wechat(DECKED).replace(f"<p>撰文｜{DECKED.author}</p>", "<h2>最后一条船</h2>")
    assert "最后一条船" in texts(read(page, title=DECKED.title))


# A page's foot whose markup says nothing


@pytest.mark.parametrize(
    "foot",
    [
        (
            "12 Likes",
            "3",
            "Share",
            "Discussion about this post",
            "Comments",
            "Ready for more?",
            "© 2019 Lin Yue",
        ),
        ("CC BY-NC-ND 2.0", "喜欢我的作品吗？别忘了给予支持与赞赏。", "支持作者", "渔业", "关注", "来自作者"),
        (
            "© 本文版权归 纸船 所有，任何形式转载请联系作者。",
            "海岸线",
            "渔业",
            "12人浏览",
            "编辑",
            "赞 (3)",
            "收藏",
        ),
        ("编辑于 2019-11-02 10:21", "渔业", "航道", "赞同 123", "12 条评论", "分享", "申请转载"),
        ("—— 未完待续 ——", "点击分享到 Facebook（在新窗口中打开）", "更多", "赞过：", "类似文章"),
        (
            "張貼者： 林悅 於 下午3:12",
            "以電子郵件傳送這篇文章",
            "BlogThis！",
            "標籤： 漁業",
            "沒有留言:",
            "張貼留言",
        ),
        (
            "Zhou Lan is a professor of coastal history at Ningbo University.",
            "Share Article",
            "Facebook",
            "Print",
        ),
        ("Sign up for more like this.", "Enter your email", "Name *", "Post comment", "Powered by Ghost"),
    ],
)
def test_the_foot_of_a_page_goes_where_its_markup_says_nothing(foot: tuple[str, ...]) -> None:
    page = printed(DREDGING.rest() + "".join(f"<div>{line}</div>" for line in foot))
    assert texts(read(page)) == list(DREDGING.paragraphs)


@pytest.mark.parametrize(
    "last",
    [
        ("石塘湾", "第一村", "第二村", "第三村"),
        ("撰稿：牟川", "第一村二百户", "第二村一百户", "第三村九十户", "第四村八十户"),
        ("潮水退去以后", "船还在那里", "没有人问起", "去年的渔网"),
        ("He is a professor of coastal history, and his father was a fisherman in the bay.",),
        ("Zhou Qiming is a fisherman of fifty-eight who has sold his boat for the price of a roof.",),
        ("他最后说：“欢迎回来！”",),
    ],
)
def test_short_lines_that_an_article_ends_with_stay(last: tuple[str, ...]) -> None:
    page = DREDGING.rest() + "".join(f"<p>{line}</p>" for line in last)
    assert texts(read(page))[len(DREDGING.paragraphs) :] == list(last)


@pytest.mark.parametrize("markup", [str, printed])
def test_many_lines_above_the_text_go_where_some_are_known(markup: Callable[[str], str]) -> None:
    head = ("纸船书评", DREDGING.title, "林悦", "9-10", "来自 北京", "字号", "海岸线上的人", "专题")
    page = markup("".join(f"<div>{line}</div>" for line in head) + DREDGING.rest())
    assert texts(read(page, title=DREDGING.title)) == list(DREDGING.paragraphs)


# What is around all pages of a site


@pytest.mark.parametrize("markup", [str, printed])
@pytest.mark.parametrize("site", [layouts.blog, layouts.portal, layouts.drupal_site])
@pytest.mark.parametrize(
    "name", ["drupal, short", "wordpress", "account", "matters", "medium, english", "conversation"]
)
def test_what_is_around_all_pages_of_a_site_changes_nothing(
    name: str, site: Callable[[str], str], markup: Callable[[str], str]
) -> None:
    html, story = PAGES[name]
    base = "https://n.example/"
    alone, whole = (read(markup(page), title=story.title, base=base) for page in (html, site(html)))
    assert (whole.body, whole.teaser) == (alone.body, alone.teaser)
    assert whole.images[:1] == alone.images[:1]


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("/", False),
        ("https://n.example", False),
        ("https://n.example/", False),
        ("https://n.example/2019/harbour", True),
        ("https://photos.example/", True),
        ("#", True),
        ("photo.jpg", True),
        ("http://[", True),
    ],
)
def test_a_picture_that_links_to_the_site_itself_is_its_sign(link: str, leads: bool) -> None:
    page = f'<a href="{link}"><img src="/a/harbour.jpg"></a>{SHORT.rest()}'
    assert bool(read(page, base="https://n.example/1").images) is leads


def texts(clean: Clean) -> list[str]:
    return [block.text for block in clean.body]
