"""What has become of an article: the same, changed in what readers were told, or taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.changes import SETTLED, between, differs, is_withdrawn
from bot.clean import read
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


def cleaned(*texts: str) -> Article:
    """The article with these paragraphs on its outlet's page."""
    html = "".join(f"<p>{text}</p>" for text in texts)
    return replace(ARTICLE, body=read(html, title=ARTICLE.title).body)


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
        with_body("记者：林海　编辑：何平", *BODY),
        with_body("更新时间：2026年11月22日 16:05", *BODY),
        cleaned("（本文更新于11月22日16时05分）", *BODY),
        with_body(BODY[0], "广告", *BODY[1:]),
        cleaned(*BODY, "关注我们的公众号，看更多新闻。"),
        with_body(BODY[0], "图：海湾日报", *BODY[1:]),
        replace(ARTICLE, title="更新：渡轮停航 3人受伤"),
        replace(ARTICLE, title="【持续更新】渡轮停航 3人受伤"),
        replace(ARTICLE, title="UPDATE 2-渡轮停航 3人受伤"),
        replace(ARTICLE, title="渡轮停航 3人受伤 - 海湾日报"),
        replace(ARTICLE, title="渡轮停航 3人受伤｜海湾日报"),
        replace(ARTICLE, title="🔥渡轮停航 “3人”受伤"),
        replace(ARTICLE, title="渡轮停航 3人受伤(图)"),
        replace(ARTICLE, title="渡轮停航 3人受伤（组图）"),
        replace(ARTICLE, title="渡輪停航 3人受傷【組圖】"),
        replace(ARTICLE, title="渡轮停航 3人受伤（更新中）"),
        replace(ARTICLE, title="渡轮停航 3人受伤（持续更新）（视频）"),
        replace(ARTICLE, title="渡轮停航 3人受伤(图) - 海湾日报"),
        replace(ARTICLE, title="渡轮停航 三人受伤"),
        with_body(BODY[0].replace("四十", "40"), *BODY[1:]),
    ],
)
def test_counters_dates_punctuation_and_script_are_kept_and_told_to_nobody(changed: Article) -> None:
    change = between(ARTICLE, changed, NOW)
    assert change is None or (change.after, change.article.updated) == (None, None)


@pytest.mark.parametrize(
    "changed",
    [
        replace(ARTICLE, title="渡轮停航 5人受伤"),
        replace(ARTICLE, title="更正：渡轮停航 3人受伤"),
        replace(ARTICLE, title="Correction: 渡轮停航 3人受伤"),
        replace(ARTICLE, title="渡轮停船 3人受伤"),
        replace(ARTICLE, title="渡轮停航 五人受伤"),
        replace(ARTICLE, title="渡轮停航 十三人受伤"),
        replace(ARTICLE, title="渡轮停航 3人受伤（船长被捕）"),
        replace(ARTICLE, title="渡轮停航 3人受伤（图纸失窃）"),
        replace(ARTICLE, title="三艘渡轮停航：上班要绕四十公里"),
        replace(ARTICLE, title="渡轮停航 3人受伤 - 检验机构"),
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
        replace(ARTICLE, title="【此稿作废】渡轮停航"),
        replace(ARTICLE, title="WITHDRAWN-Ferries stop"),
        replace(ARTICLE, title="[This story has been withdrawn]"),
        replace(ARTICLE, title="撤稿声明"),
        replace(ARTICLE, title="此文已删除", body=()),
        replace(ARTICLE, title="404 Not Found", body=()),
        replace(ARTICLE, title="抱歉，您访问的页面不存在", body=()),
        with_body("本文已撤回。"),
        with_body("[This story has been withdrawn]"),
        with_body("该内容已被发布者删除。"),
        with_body("編按：本文經查證有誤，撤銷刊登，謹向讀者致歉。"),
        with_body("本報導因故撤銷刊登。"),
        with_body("因消息来源有误，本台撤下此报道。"),
        with_body("文章已被作者刪除"),
        with_body("本文应当事人要求不再提供。"),
        with_body("抱歉，此頁不存在。"),
        with_body("This article is no longer available."),
        with_body("The Bay News Agency has withdrawn its story about ferries. No substitute will follow."),
        with_body("编者按：本文已被撤回，以下是原文。", *BODY),
        with_body("此内容因违规无法查看"),
        with_body("该内容被投诉且经审核涉嫌侵权，无法查看。"),
        with_body("本文因事实有误，现予撤回，并向读者致歉。"),
        with_body("本稿因核实不足，现已撤下。"),
        replace(ARTICLE, title="文章已下架"),
        replace(ARTICLE, title="更正与撤稿：渡轮停航 3人受伤"),
        replace(ARTICLE, title="Page not found - 甲报"),
        replace(ARTICLE, title="404 Not Found | Bay Daily", body=()),
        replace(ARTICLE, title="您访问的页面不存在 - 海湾日报", body=()),
    ],
)
def test_what_its_outlet_marks_as_withdrawn_is_withdrawn_at_once(changed: Article) -> None:
    change = between(ARTICLE, changed, NOW)
    assert change is not None
    assert change.article.withdrawn
    assert (change.after, change.article.updated) == (NOW, NOW)
    assert between(change.article, changed, NOW) is None


@pytest.mark.parametrize(
    "title", ["此文已删除", "404 Not Found", "[Withdrawn]", "撤稿声明", "文章已下架", "Page not found - 甲报"]
)
def test_a_title_that_only_says_so_does_not_take_the_place_of_the_old_one(title: str) -> None:
    gone = replace(ARTICLE, title=title, url="https://bay.example/gone", body=())
    change = between(ARTICLE, gone, NOW)
    assert change is not None
    assert (change.article.title, change.article.url) == (ARTICLE.title, ARTICLE.url)
    assert between(change.article, gone, NOW) is None
    back = between(change.article, ARTICLE, NOW)
    assert back is not None
    assert (back.article.withdrawn, back.after) == (False, NOW + SETTLED)


@pytest.mark.parametrize(
    "less",
    [
        with_body(),
        with_body(BODY[0], BODY[1][:12] + "……"),
        with_body(BODY[0] + "[…]"),
        with_body(BODY[0][:-5]),
        with_body(BODY[0], BODY[1] + " 阅读全文"),
    ],
)
def test_a_text_that_the_feed_cuts_short_stays_as_long_as_it_was(less: Article) -> None:
    assert between(ARTICLE, less, NOW) is None
    longer = between(less, ARTICLE, NOW)
    assert longer is not None
    assert longer.article.body == ARTICLE.body


def test_what_an_outlet_has_left_out_is_left_out() -> None:
    for shorter in (with_body(*BODY[:2]), with_body(*BODY[1:]), with_body(BODY[2][:20] + "……")):
        change = between(ARTICLE, shorter, NOW)
        assert change is not None
        assert change.article.body == shorter.body


@pytest.mark.parametrize(
    "article",
    [
        replace(ARTICLE, title="文章已被删除 博主称遭威胁"),
        replace(ARTICLE, title="抱歉，此路不通"),
        replace(ARTICLE, title="404教室的故事"),
        replace(ARTICLE, title="网页不存在？官方回应"),
        with_body("该文章已被平台删除，读者议论纷纷。" + BODY[0], *BODY[1:], *BODY),
        with_body("The story was removed from the agenda of the meeting, officials said."),
        with_body("最高法院星期三撤回对他的通缉令。", *BODY),
        with_body("《自然》杂志撤稿一篇论文，作者否认造假。"),
        replace(ARTICLE, title="文章已下架 出版社称不知情"),
        replace(ARTICLE, title="页面不存在 - 一家报社的最后一天"),
        replace(ARTICLE, title="Page not found - 甲报"),
        with_body("此内容因违规无法查看，平台的这句提示引来批评。", *BODY),
        with_body("该内容无法显示。", *BODY),
        with_body("他说，现予撤回的提案并无新意。", *BODY),
    ],
)
def test_news_about_what_was_taken_back_stands(article: Article) -> None:
    assert not is_withdrawn(article)
    assert not is_withdrawn(article, article)


@pytest.mark.parametrize(
    "title",
    [
        "撤稿：医学期刊收回一篇论文",
        "更正与撤稿：一份期刊的十年",
        "撤回提案的三个理由",
        "他撤回了声明",
        "Retraction: a short history",
    ],
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


@pytest.mark.parametrize("title", ["渡" * 1_000_000, " " * 1_000_000, "【" * 1_000_000, "更新：" * 300_000])
def test_a_title_of_a_megabyte_is_read_as_far_as_its_first_line(title: str) -> None:
    other = replace(ARTICLE, title=title)
    change = between(ARTICLE, other, NOW)
    assert change is not None
    assert change.after == NOW + SETTLED
    assert not is_withdrawn(other)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("第二百零三次航班", "第203次航班", True),
        ("一千两百人上岸", "1200人上岸", True),
        ("二〇二七号航班", "2027号航班", True),
        ("十二艘船", "12艘船", True),
        ("损失一万元", "损失1万元", True),
        ("三五人上岸", "35人上岸", False),
        ("百姓上岸", "100姓上岸", False),
        ("增长1.5个百分点", "增长15个百分点", False),
        ("十三人上岸", "三十人上岸", False),
        ("十百千人", "百十千人", False),
    ],
)
def test_a_number_is_the_same_in_other_digits(before: str, after: str, same: bool) -> None:
    one, other = (replace(ARTICLE, title=title, body=()) for title in (before, after))
    assert differs(one, other) is not same
