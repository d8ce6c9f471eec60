from __future__ import annotations

from datetime import UTC, datetime

from bot.model import Article, Block
from bot.related import nearest, question

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)


def article(key: str, title: str, lead: str = "") -> Article:
    body = (Block(lead),) if lead else ()
    return Article(key, "news", title, f"https://news.example/{key}", "示例新闻", AT, body=body)


PORT = article(
    "port",
    "港口疏浚年底完成 大型货轮全天候进出",
    "港口管理局周三公布，第三条航道的疏浚工程将在年底前完成，当地渔民担心捕捞季。",
)
ARCHIVE = [
    article("fish", "渔民抗议港口疏浚 要求赔偿", "四百名渔民联名请愿，称第三条航道的疏浚工程毁了捕捞季。"),
    article("school", "乡村学校年底完成改建 学生全天候上课", "改建后的教室装了新的窗户，校车也换了路线。"),
    article("chip", "开源芯片联盟公布新图纸", "十九所大学参加了联盟，图纸可以免费下载。"),
    article("same", "港口疏浚年底完成　大型貨輪全天候進出", "港口管理局週三公布。"),
    article("ships", "大型货轮首次靠泊新港口", "货轮载着两千个集装箱，从第三条航道进港。"),
    article("again", "渔民抗议港口疏浚 要求赔偿", "渔民代表周五与港口管理局会面。"),
]


def test_what_shares_most_comes_first_and_each_title_once() -> None:
    assert [one.key for one in nearest(PORT, ARCHIVE)][:2] == ["fish", "ships"]


def test_what_shares_a_word_or_nothing_is_not_related() -> None:
    assert nearest(article("x", "港口"), ARCHIVE) == []
    assert "chip" not in [one.key for one in nearest(PORT, ARCHIVE, most=9)]


def test_what_is_asked_of_the_archive_finds_all_that_is_related() -> None:
    query = question(PORT)
    assert query is not None
    found = [one for one in ARCHIVE if query.match(one)]
    assert nearest(PORT, found) == nearest(PORT, ARCHIVE)
    assert question(article("none", "！？")) is None


def test_latin_titles_are_compared_by_words() -> None:
    one = article("a", "Harbour dredging to finish by December", "The port authority said so on Wednesday.")
    others = [
        article("b", "Fishermen protest harbour dredging", "They asked the port authority for money."),
        article("c", "A new bridge by December", "It will be painted green."),
    ]
    assert [other.key for other in nearest(one, others)] == ["b"]
