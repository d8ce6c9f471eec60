"""One story or two: what is told by several outlets is recognised, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Article, Block
from bot.stories import addresses, prints, same, signature

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)

FERRY = (
    "横跨青河湾的渡轮自星期三起停航，岸边的居民要绕行四十公里才能到对岸上班。",
    "运营公司表示，三艘船的主机都出现裂纹，检验机构不再签发适航证书。",
    "市政府答应在两周内租来两艘替代船只，票价由财政补贴，具体日期还要看船级社的意见。",
    "青河湾的渡轮从一九六二年开始营运，每天运送约一万八千名乘客，是当地最繁忙的水上航线。",
    "多年来议会一直在讨论修建跨海大桥，但因为造价过高，三次表决都没有通过。",
    "环保团体担心大桥会改变海湾的水流，影响湿地里过冬的候鸟。",
)
COPPER = (
    "南部山区的铜矿星期一恢复生产，两千名矿工在停工七周之后返回井下。",
    "劳资双方上周末达成协议，工资上调百分之九，夜班津贴另行计算。",
    "工会主席说，新的协议第一次写明了井下通风的标准，违反者要向矿工赔偿。",
    "这座铜矿的产量占全国的五分之一，停工期间国际铜价上涨了一成以上。",
    "公司警告说，今年的产量仍将比计划少四万吨，部分订单要推迟到明年春季交付。",
    "分析人士认为，供应紧张的局面在夏天以前不会有根本的改变。",
)
LIBRARY = (
    "经过五年的修缮，老城图书馆将在下个月重新开放，读者可以再次走进有穹顶的阅览厅。",
    "工人们清洗了一万两千块彩色玻璃，并在书库里安装了恒温恒湿的设备。",
    "馆长说，最难的是把漏雨的屋顶换掉而不惊动屋檐下筑巢的雨燕。",
    "开放后的第一个展览展出三百件手稿，其中有城里最早的一份报纸的校样。",
    "图书馆建于一八九四年，战争中曾经作为医院使用，墙上至今保留着当时的编号。",
    "修缮的费用一半来自市民捐款，捐款人的名字刻在楼梯的扶手上。",
)
TRADITIONAL = (
    "橫跨青河灣的渡輪自星期三起停航，岸邊的居民要繞行四十公里才能到對岸上班。",
    "運營公司表示，三艘船的主機都出現裂紋，檢驗機構不再簽發適航證書。",
    "市政府答應在兩週內租來兩艘替代船隻，票價由財政補貼，具體日期還要看船級社的意見。",
    "青河灣的渡輪從一九六二年開始營運，每天運送約一萬八千名乘客，是當地最繁忙的水上航線。",
)
ENGLISH = (
    "Ferries across Green River Bay stopped on Wednesday, leaving commuters with a detour of forty miles.",
    "The operator said cracks had been found in all three engines, and inspectors withdrew their papers.",
    "The city promised to charter two ships within a fortnight and to pay for the difference in fares.",
    "The line opened in 1962 and is the busiest on the coast, carrying eighteen thousand passengers a day.",
)
ROUNDUP = tuple(text for three in zip(LIBRARY, FERRY, COPPER, strict=True) for text in three)


def piece(
    outlet: str,
    title: str,
    body: tuple[str, ...] = (),
    *,
    url: str = "",
    hours: float = 0,
) -> Article:
    key = f"{abs(hash((outlet, title, body, url, hours))):024x}"[:24]
    return Article(
        key=key,
        feed=outlet,
        title=title,
        url=url or f"https://www.{outlet.lower()}.example/{key}",
        source=outlet,
        published=NOW + hours * HOUR,
        body=tuple(map(Block, body)),
    )


def told(a: Article, b: Article) -> str | None:
    reason = same(signature(a), signature(b))
    assert reason == same(signature(b), signature(a))
    return reason


FIRST = piece("Ahang", "青河湾渡轮停航 居民绕行四十公里", FERRY, url="https://ahang.cn/a/1")
TWINS = {
    "wire copy under another title": piece(
        "Beilu", "三艘船主机裂纹 海湾交通中断", FERRY, url="https://beilu.cn/2"
    ),
    "wire copy, cut": piece("Beilu", "海湾渡轮因故障停航", FERRY[:4], url="https://beilu.cn/2"),
    "wire copy with an editor's last word": piece(
        "Beilu", "渡轮停了", (*FERRY, "本台将继续关注。"), url="https://b.cn/2"
    ),
    "in traditional characters": piece("北路", "青河灣渡輪停航", TRADITIONAL, url="https://beilu.tw/2"),
    "the teaser alone": piece(
        "Beilu", "青河湾渡轮停航 居民要绕行四十公里", FERRY[:2], url="https://beilu.cn/2"
    ),
    "told in other words under nearly the same title": piece(
        "Beilu",
        "青河湾渡轮停航 居民须绕行四十公里 - Beilu",
        (
            "因为三艘渡轮的主机出现裂纹，青河湾两岸的交通星期三中断。",
            "居民上班要绕行四十公里。市政府说替代的船只两周内可以租到，运营公司没有说明修理要多久。",
        ),
        url="https://beilu.cn/2",
    ),
    "a title alone": piece("Beilu", "青河湾渡轮停航 居民绕行四十公里｜Beilu", url="https://beilu.cn/2"),
    "with a name spelt otherwise": piece(
        "Beilu",
        "海湾两岸交通中断",
        tuple(t.replace("青河湾", "清河湾") for t in FERRY),
        url="https://beilu.cn/2",
    ),
    "reprinted under the name of its outlet, below the captions of two films": piece(
        "Digest",
        "海湾日报｜青河湾渡轮停航 居民绕行四十公里",
        ("影片：船长谈停航之后的日子", "影片：岸边居民排队等候接驳巴士", *FERRY),
        url="https://digest.example/2",
    ),
    "an analysis, reprinted as a comment": piece(
        "Digest", "评论｜三艘船主机裂纹", FERRY, url="https://d.example/2"
    ),
    "by its outlet again, in another section": piece(
        "Ahang", "青河湾渡轮停航 居民绕行四十公里 - 要闻分析", FERRY, url="https://ahang.cn/x/9", hours=3
    ),
    "by its outlet again, with a better title": piece(
        "Ahang", "青河湾渡轮已停航 居民须绕行四十公里", FERRY, url="https://ahang.cn/x/9", hours=3
    ),
    "from a mirror, with the same link": piece(
        "Mirror", "渡轮", url="http://ahang.cn/a/1/?utm_source=rss", hours=3
    ),
}


@pytest.mark.parametrize("name", TWINS)
def test_one_story_is_recognised(name: str) -> None:
    assert told(FIRST, TWINS[name])


def test_an_outlets_number_names_its_article_at_each_of_its_addresses() -> None:
    a = piece("DW", "渡轮停航", url="https://www.dw.com/zh/%E6%B8%A1%E8%BD%AE/a-67242722")
    b = piece("Mirror", "Ferries stop", url="https://m.dw.com/zh/a-67242722", hours=2)
    assert told(a, b) == "number"
    assert told(a, replace(b, url="https://m.dw.com/zh/a-67242723")) is None


def test_english_is_compared_by_words() -> None:
    a = piece("Herald", "Ferries across Green River Bay stop over cracked engines", ENGLISH)
    b = piece("Courier", "Cracked engines halt bay ferries", (*ENGLISH, "More follows."))
    assert told(a, b) == "text"


LATER = "检验机构星期五公布报告，裂纹是因为润滑油里混进了海水，两名轮机长已经被停职接受调查。"
MORE = "运营公司的总经理在记者会上鞠躬道歉，并宣布辞职，董事会将在下星期决定由谁接任。"
OTHERS = {
    "a follow-up with the same background": piece("Beilu", "渡轮公司总经理辞职", (LATER, MORE, *FERRY[2:])),
    "a follow-up that repeats the title": piece(
        "Beilu", "青河湾渡轮停航 总经理辞职", (LATER, MORE, *FERRY[1:])
    ),
    "another stand of the story": piece("Beilu", "青河湾渡轮停航 居民绕行六十公里", FERRY),
    "the same outlet's next article": piece(
        "Ahang", "青河湾渡轮停航之后", (LATER, *FERRY), url="https://ahang.cn/a/2"
    ),
    "the same outlet's other article of the same words": piece(
        "Ahang", "青河湾渡轮停航 居民绕行四十公里（二）", FERRY, url="https://ahang.cn/a/2"
    ),
    "a list that begins with it": piece("Beilu", "一周要闻", (*FERRY, *COPPER, *LIBRARY)),
    "a list that has its sentences among others": piece("Beilu", "青河湾渡轮停航等三则消息", ROUNDUP),
    "the opposite": piece("Beilu", "青河湾渡轮未停航 居民绕行四十公里"),
    "another bay": piece("Beilu", "白石湾渡轮停航 居民绕行四十公里"),
    "an update of one sentence": piece(
        "Beilu", "渡轮公司总经理辞职", ("渡轮运营公司的总经理星期五宣布辞职，董事会将另选他人接任。", *FERRY)
    ),
    "the other half of an instalment": piece("Beilu", "青河湾渡轮停航 居民绕行四十公里（下）", COPPER),
    "another programme with the same description": piece(
        "Ahang", "节目：铜矿恢复生产", FERRY, url="https://ahang.cn/a/3"
    ),
    "a correction of it": piece("Beilu", "更正：青河湾渡轮停航 居民绕行四十公里", FERRY),
    "a comment that quotes all of it": piece("Beilu", "评论：渡轮为什么停航", (*FERRY, *COPPER)),
    "a comment on it": piece("Beilu", "评论：青河湾渡轮停航 居民绕行四十公里", COPPER),
    "a denial": piece("Beilu", "青河湾渡轮停航 居民绕行四十公里？公司否认", COPPER),
    "three days later": replace(TWINS["wire copy under another title"], published=NOW + 72 * HOUR),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_another_story_stays_one(name: str) -> None:
    assert told(FIRST, OTHERS[name]) is None


def test_a_column_of_the_same_title_is_another_one_each_day_and_at_each_outlet() -> None:
    for title in ("早报", "法国报纸摘要", "Morning briefing", "每日要闻 11月22日"):
        days = [
            piece("Ahang", title, COPPER, url="https://ahang.cn/x/1"),
            piece("Ahang", title, LIBRARY, url="https://ahang.cn/x/2", hours=24),
            piece("Beilu", title, FERRY),
        ]
        assert not any(told(a, b) for a, b in combinations(days, 2)), title


def test_a_suffix_that_outlets_share_makes_no_two_titles_alike() -> None:
    a = piece("Ahang", "铜矿恢复生产 – 法国国际广播电台 - RFI", COPPER)
    b = piece("Beilu", "图书馆重新开放 – 法国国际广播电台 - RFI", LIBRARY)
    assert told(a, b) is None
    assert told(replace(a, body=()), replace(b, body=())) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("央行宣布加息二十五个基点 市场反应平静", "央行宣布降息二十五个基点 市场反应平静"),
        ("南部地震造成3人死亡 多处房屋倒塌", "南部地震造成15人死亡 多处房屋倒塌"),
        ("南部地震造成三人死亡 多处房屋倒塌", "南部地震造成五人死亡 多处房屋倒塌"),
        ("最高法院驳回上诉 维持原来的判决", "最高法院未驳回上诉 维持原来的判决"),
        ("Central bank raises rates by a quarter point", "Central bank cuts rates by a quarter point"),
        (
            "Court upholds ban on night flights at the airport",
            "Court never upholds ban on night flights at the airport",
        ),
    ],
)
def test_titles_that_differ_in_the_one_word_that_counts_are_two_stories(one: str, other: str) -> None:
    assert told(piece("Ahang", one), piece("Beilu", other)) is None
    assert told(piece("Ahang", one, COPPER[:1]), piece("Beilu", other, COPPER[:1])) is None


def test_a_page_that_is_written_anew_each_day_is_a_story_each_day() -> None:
    a = piece("Ahang", "今天的天气", LIBRARY, url="https://ahang.cn/weather/today")
    b = piece("Ahang", "今天的菜价", COPPER, url="https://ahang.cn/weather/today", hours=24)
    assert told(a, b) is None
    assert told(a, replace(b, published=NOW + 5 * HOUR)) == "link"


def test_addresses_that_several_entries_share_tell_nothing() -> None:
    a = piece("Ahang", "渡轮停航", FERRY, url="https://ahang.cn/live")
    b = piece("Beilu", "铜矿复工", COPPER, url="https://ahang.cn/live")
    shared = {"https://ahang.cn/live"}
    assert same(signature(a, shared=shared), signature(b)) is None
    assert addresses("https://ahang.cn/") == ("", "")
    assert addresses("https://ahang.cn/2026/20261122.html")[1] == ""


def test_instalments_of_one_series_are_two_articles_at_any_outlet() -> None:
    for one, other in (("（上）", "（下）"), ("（1）", "（2）"), ("之一", "之二"), (" 第三集", " 第四集")):
        a, b = (
            piece(outlet, f"渡轮的一百年{part}", FERRY) for outlet, part in (("Ahang", one), ("Beilu", other))
        )
        assert told(a, b) is None, one
        assert told(a, replace(b, title=a.title)) == "text"


DAILY = (
    "截至{d}日十一时，全国共有{a}人因病住院，比前一天多{b}人，累计有{c}万人接种了疫苗。",
    "疾病控制中心根据各省每天上报的数据做出统计，实际的人数可能更多，因为许多人症状轻微，没有去医院检查。",
    "新增病例最多的省份依次为南河省（{e}例）、北山省（{a}例）与东湖省（{b}例），首都没有新增的病例。",
)


def test_a_report_that_is_made_anew_each_day_is_a_story_each_day() -> None:
    days = [
        piece(
            outlet,
            f"全国住院{a}人 接种疫苗{c}万",
            tuple(t.format(d=d, a=a, b=b, c=c, e=e) for t in DAILY),
            hours=h,
        )
        for outlet in ("Ahang", "Beilu")
        for d, a, b, c, e, h in ((10, 4871, 12, 305, 918, 0), (11, 4902, 31, 306, 735, 24))
    ]
    assert [bool(told(a, b)) for a, b in combinations(days, 2)] == [False, True, False, False, True, False]


HOSTILE = {
    "a title of a megabyte": piece("Ahang", "渡轮停航" * 250_000, FERRY),
    "a title of spaces": piece("Ahang", "渡" + " " * 1_000_000 + "轮", FERRY),
    "a title of numbers": piece("Ahang", "1," * 500_000, ("1," * 500_000,)),
    "a title of brackets": piece("Ahang", "【" * 100_000, ("【" * 100_000,)),
    "nothing at all": piece("Ahang", "", url="https://ahang.cn/"),
    "many blocks": piece("Ahang", "渡轮停航", tuple("渡轮停航" * 4000)),
    "empty blocks": piece("Ahang", "渡轮停航", ("",) * 15_000),
    "one character": piece("Ahang", "渡" * 1000, ("渡" * 1_000_000,)),
    "one word": piece("Ahang", "a" * 1_000_000, ("a" * 1_000_000,)),
    "an address of a megabyte": piece("Ahang", "渡轮", FERRY, url="https://ahang.cn/?" + "id=&" * 250_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_looked_at_is_bounded(name: str) -> None:
    article = HOSTILE[name]
    mine = signature(article)
    assert len(mine.headline) + len(mine.beginning) + len(mine.link) < 10_000
    assert len(mine.body) <= 600
    assert len(prints(mine)) <= 18
    assert told(article, FIRST) is None


def test_an_address_that_no_browser_takes_names_no_article() -> None:
    url = "https://ahang.cn/a-67242722?" + "x" * 2000
    assert addresses(url) == ("", "")
    assert addresses(url[:100]) != ("", "")


WORDS = "山水风云火木金土日月星光春夏秋冬东南西北高低远近新旧明暗冷暖快慢"
SENTENCE = st.text(WORDS, min_size=30, max_size=60).map(lambda chars: chars + "。")


@given(st.lists(SENTENCE, min_size=3, max_size=5), st.integers(0, 5), st.booleans())
def test_no_follow_up_is_taken_for_its_story(news: list[str], background: int, keeps_title: bool) -> None:
    later = piece(
        "Beilu",
        FIRST.title + " 续" * keeps_title if keeps_title else news[0][:16],
        (*news, *FERRY[background:]),
    )
    assert told(FIRST, later) is None


@given(st.integers(1, 400), st.integers(1, 400))
def test_no_other_number_is_taken_for_the_same(here: int, there: int) -> None:
    a = piece("Ahang", f"南部地震造成{here}人死亡 多处房屋倒塌", COPPER)
    b = piece("Beilu", f"南部地震造成{there}人死亡 多处房屋倒塌", COPPER)
    assert bool(told(a, b)) == (here == there)


@pytest.mark.parametrize("name", TWINS)
def test_every_twin_is_among_the_candidates(name: str) -> None:
    mine, theirs = ({*prints(signature(one))} for one in (FIRST, TWINS[name]))
    shared = mine & theirs
    assert len(shared) > 1 or min(shared, default=0) < 0


def test_an_outlets_short_text_that_comes_again_word_for_word_is_the_same_and_no_other_is() -> None:
    first = signature(
        Article(
            "a",
            "dw",
            "央行今天开展逆回购操作",
            "https://x.example/1",
            "德国之声",
            NOW,
            body=(Block("利率不变，为3厘。"),),
        )
    )

    def again(
        hours: float = 1, *, title: str = "央行今天開展逆回購操作", text: str = "利率不变，为3厘。"
    ) -> str | None:
        published = NOW + timedelta(hours=hours)
        other = Article("b", "dw", title, "https://x.example/2", "德国之声", published, body=(Block(text),))
        assert len({*prints(first)} & {*prints(signature(other))}) > 1 or title != first.headline
        return same(first, signature(other))

    assert again() == "text"
    assert again(text="利率不变，为4厘。") is None
    assert again(title="央行今天开展正回购操作") is None
    assert again(text="") is None
    assert again(hours=24) is None, "it may be another day's"
