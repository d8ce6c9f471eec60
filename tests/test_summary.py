from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.clean import read
from bot.model import Article, Block
from bot.sentences import is_balanced, is_whole, join, sentences
from bot.summary import at_length, summarise
from bot.text import fold
from bot.typography import tidy, typeset

TITLE = "第三航道年底通航 渔民担心捕捞季"
BODY = (
    "港口管理局周三公布，第三条航道的疏浚工程将在年底前完成，届时大型货轮可以全天候进出。这笔预算去年就已经通过。",
    "工程总长二十六公里，由三家企业共同承建，其中两家来自海外。局长周启明表示，“这是三十年来最大的一次疏浚。”",
    "当地渔民担心第三航道施工影响今年的捕捞季，已有四百人联名请愿。渔会要求赔偿，谈判本月开始。谁来付钱？",
    "环保组织则指出，疏浚会扰动海床上的重金属，建议推迟到产卵期之后。但管理局认为风险可控。",
    "类似的工程十年前曾在邻市进行，当时工期延误了两年，费用超出预算一倍，至今仍在打官司。",
)


def article(*paragraphs: str, title: str = TITLE, teaser: str = "", kind: str = "paragraph") -> Article:
    body = tuple(Block(text, kind) for text in paragraphs)  # type: ignore[arg-type]
    at = datetime(2024, 3, 6, 8, tzinfo=UTC)
    return Article("k", "f", title, "https://n.example/a", "港口报", at, body=body, teaser=teaser)


# Sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他说：“她可会逗乐了。”大家都笑了。", ["他说：“她可会逗乐了。”", "大家都笑了。"]),
        ("“是我带来的。”她说。雨停了。", ["“是我带来的。”她说。", "雨停了。"]),
        ("甲说，“好。”乙还说，不急，“再等等。”", ["甲说，“好。”", "乙还说，不急，“再等等。”"]),
        ("约3%，每桶1.13美元。跌9%。", ["约3%，每桶1.13美元。", "跌9%。"]),
        ("他走了……她没有。", ["他走了……她没有。"]),
        ("“什么？”的疑问仍在。真的吗？！是。", ["“什么？”的疑问仍在。", "真的吗？！", "是。"]),
        ("他喊“好！”。她没动。", ["他喊“好！”。", "她没动。"]),
        ("话题被删，随后“怎么看？”也被删，他没有再问。", ["话题被删，随后“怎么看？”也被删，他没有再问。"]),
        ("她问“去哪？”门已经关上。", ["她问“去哪？”", "门已经关上。"]),
        ("标语写的是“为什么！”“还我海！”人群散了。", ["标语写的是“为什么！”", "“还我海！”", "人群散了。"]),
        ("读《谁是凶手？》这本书。好。", ["读《谁是凶手？》这本书。", "好。"]),
        ("「……而来。」她說。『好！』", ["「……而来。」她說。", "『好！』"]),
        ("（此处有掌声。）会议结束（见图。）了。", ["（此处有掌声。）", "会议结束（见图。）了。"]),
        ("他来了.她走了.", ["他来了.", "她走了."]),
        (
            "Mr. Lin left the U.S. in Jan. 2024. It’s 3.5 percent!",
            ["Mr. Lin left the U.S. in Jan. 2024.", "It’s 3.5 percent!"],
        ),
        (
            'He said "Stop." Then he left. "Go!" she cried.',
            ['He said "Stop."', "Then he left.", '"Go!" she cried.'],
        ),
        ("See n.example/a?b=c. No. 5 won, Inc. or not.", ["See n.example/a?b=c.", "No. 5 won, Inc. or not."]),
        ("1) 第一。2）第二。", ["1) 第一。", "2）第二。"]),
        ("Apple Inc. 周二说，利润涨了。是吗。", ["Apple Inc. 周二说，利润涨了。", "是吗。"]),
        ("He left Apple Inc. The firm grew.", ["He left Apple Inc.", "The firm grew."]),
        (
            "“去做什么呢？”被问到会否再去一次时，年近九旬的他苦笑着回答我们。风停了。",
            ["“去做什么呢？”被问到会否再去一次时，年近九旬的他苦笑着回答我们。", "风停了。"],
        ),
        (
            "“好看。”她合上灯下那本没有封面的旧小说。雨停了。",
            ["“好看。”", "她合上灯下那本没有封面的旧小说。", "雨停了。"],
        ),
    ],
)
def test_a_sentence_ends_where_a_reader_says_it_does(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
    assert all(is_whole(sentence) for sentence in expected)


def test_what_is_left_open_runs_to_the_end_and_is_no_whole_sentence() -> None:
    assert sentences("晚了。“茶花女（一幕。今晚首演。") == ["晚了。", "“茶花女（一幕。今晚首演。"]
    assert not is_whole("“茶花女（一幕。今晚首演。")
    assert not is_whole("渔民们说，这一季……")
    assert not is_whole("渔民们说")


prose = st.text(alphabet="港口abU.S Mr.3。！？!?…“”「」『』（）()《》\"'’，, \n的说", max_size=60)


@given(prose)
def test_sentences_joined_are_the_text(text: str) -> None:
    def solid(s: str) -> str:
        return "".join(s.split())

    parts = sentences(text)
    assert solid("".join(parts)) == solid(text)
    assert solid(join(parts)) == solid(text)
    assert all(part == part.strip() != "" for part in parts)


@given(prose.map(lambda text: text.replace("\n", "")))
def test_no_sentence_is_unbalanced_unless_its_paragraph_is(text: str) -> None:
    if is_balanced(text):
        assert all(is_balanced(sentence) for sentence in sentences(text))


@example('"" 口')
@given(prose)
def test_typesetting_is_done_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert typeset(typeset(text)) == typeset(text)


@pytest.mark.parametrize("unit", ["“", "(", "”", '"', "“（", ".", "。", "1)", "a. ", "“。”", "((”"])
def test_sentences_take_linear_time(unit: str) -> None:
    started = time.process_time()
    sentences(unit * (60_000 // len(unit)))
    assert time.process_time() - started < 5  # what is not linear takes minutes


# Summaries


def test_a_summary_is_two_or_three_whole_sentences_in_order() -> None:
    chosen = summarise(article(*BODY), share=0.5)
    assert chosen[0] == "港口管理局周三公布，第三条航道的疏浚工程将在年底前完成，届时大型货轮可以全天候进出。"
    assert any("联名请愿" in sentence for sentence in chosen)  # it shares most with the title
    assert 2 <= len(chosen) <= 3
    text = "".join(BODY)
    assert [text.index(sentence) for sentence in chosen] == sorted(
        text.index(sentence) for sentence in chosen
    )
    assert len(join(chosen)) <= min(260, 0.5 * len(text))


def test_limits_are_kept() -> None:
    text = "".join(BODY)
    for chars, share in ((60, 1.0), (90, 1.0), (260, 0.2), (260, 0.4)):
        assert (
            0
            < len(join(summarise(article(*BODY), chars=chars, share=share)))
            <= min(chars, share * len(text))
        )
    assert summarise(article(*BODY), chars=10) == ()


def test_questions_headings_captions_and_halves_are_never_in() -> None:
    chosen = summarise(
        replace(
            article(),
            body=(
                Block("第三航道年底通航，渔民担心捕捞季？"),
                Block("第三航道年底通航，渔民担心捕捞季。", "heading"),
                Block("第三航道年底通航，渔民担心捕捞"),
                Block("“第三航道年底通航，渔民担心。捕捞季"),
                Block("@海边的人：第三航道年底通航，渔民担心捕捞季。", "quote"),
                *(Block(text) for text in BODY),
            ),
        )
    )
    assert chosen[0].startswith("港口管理局")
    assert not any("年底通航" in sentence for sentence in chosen)


def test_what_a_broken_line_left_of_a_sentence_is_no_sentence() -> None:
    broken = Block("施工的村庄要提前，"), Block("第三航道年底通航之前搬走，渔民担心捕捞季。")
    chosen = summarise(replace(article(), body=(*broken, *(Block(text) for text in BODY))))
    assert chosen
    assert not any("搬走" in sentence for sentence in chosen)


def test_a_greeting_is_no_summary() -> None:
    hello = "各位好，欢迎收看第四十八期港口周刊。"
    told = "港口管理局这周把第三航道的开通推迟到了年底，渔民协会对此表示欢迎，也要求公布补偿的标准和时间。"
    assert summarise(article(hello, told, title="推迟")) == (told,)


def test_notes_of_editors_questions_of_interviewers_and_references_to_pictures_are_not_in() -> None:
    for said in (
        "编者按：第三航道年底通航，渔民担心捕捞季。",
        "（编按：第三航道年底通航，渔民担心捕捞季。）",
        "记者：第三航道年底通航，渔民担心捕捞季。您怎么看？",
        "问：第三航道年底通航，渔民担心捕捞季。",
        "如下图所示，第三航道年底通航，渔民担心捕捞季。",
        "如：第三航道年底通航，渔民担心捕捞季。",
        "这篇文章首发于渔会的网站，谈的是第三航道年底通航。",
        "至此，第三航道年底通航对渔民的影响就介绍完了。",
        "感谢港口管理局为第三航道年底通航提供信息。",
    ):
        for chosen in (
            summarise(article(said, *BODY), share=0.5),
            summarise(article(*BODY[:2], said, *BODY[2:])),
        ):
            assert chosen
            assert not any("年底通航" in sentence for sentence in chosen)


def test_a_short_article_keeps_a_sentence_to_itself() -> None:
    one = "港口管理局周三公布，第三条航道的疏浚工程将在年底前完成。"
    assert summarise(article(one)) == ()
    assert len(summarise(article(one + "当地渔民担心施工会影响今年的捕捞季。"))) == 1
    assert summarise(article()) == ()


@pytest.mark.parametrize(("opener", "alone"), [("新", True), ("该", False), ("為此", False), ("由此", False)])
def test_what_refers_to_the_sentence_before_is_not_given_without_it(opener: str, alone: bool) -> None:
    first, *others = (
        f"港口管理局{day}公布，第三条航道的疏浚工程将在年底前完成，届时大型货轮可以全天候进出，渔船则要绕行。"
        for day in ("周三", "周四", "上月", "去年", "前年", "今年", "近日", "昨天", "最近", "年初")
    )  # each is more than the share
    short = f"{opener}工程由三家企业共同承建。"
    assert (summarise(article(first, short, *others), share=0.05) == (short,)) is alone


def test_show_notes_are_told_in_their_one_sentence() -> None:
    told = "这一期我们和疏浚船的船长聊了聊，第三条航道是怎样一米一米挖出来的。"
    times = [f"{i:02}:1{i} 航道的第{i}段为什么最难挖" for i in range(1, 7)]
    assert summarise(article(told, *times, title="海底的推土机")) == (told,)
    assert summarise(article(told, "嘉宾：老周", title="海底的推土机")) == ()


def test_a_brief_articles_first_sentence_is_given_however_long() -> None:
    first = (
        "港口管理局周三公布，第三条航道的疏浚工程将在年底前完成，届时大型货轮可以全天候进出，渔船则要绕行。"
    )
    others = "预算去年已经通过。", "渔会要求赔偿，谈判本月开始。", "类似的工程曾延误两年。"
    assert summarise(article(first, *others, title="航道年底通航")) == (first,)
    assert "赔偿" in join(summarise(article(first, *others), wanted=["赔偿"]))


def test_readers_comments_under_their_names_are_no_summary() -> None:
    comments = "海边的人：又是这样，渔民从来没有人问过。", "老船长 ： 三十年前就该挖的航道，拖到今天。"
    body = tuple(Block(text, "quote") for text in comments)
    assert summarise(replace(article(), body=(Block("以下摘自网友评论："), *body))) == ()
    document = (
        Block("本局决定，第三条航道的施工推迟到产卵期之后。", "quote"),
        Block("渔船照常进出港口，不受影响。", "quote"),
    )
    assert summarise(replace(article(), body=(Block("通知如下："), *document)))


def test_the_outlets_own_teaser_comes_first_without_its_cut_off_end() -> None:
    teaser = "大船年底就能进港，渔民却高兴不起来。管理局说，预算已经到位，而环保"
    assert summarise(article(*BODY, teaser=teaser)) == ("大船年底就能进港，渔民却高兴不起来。",)
    long = "大船年底就能进港。" * 12
    assert len(join(summarise(article(*BODY, teaser=long), chars=50))) == 45
    standfirst = "第三条航道年底完工，渔民担心捕捞季，环保组织要求推迟施工。"
    assert summarise(article(standfirst, *BODY, teaser=standfirst)) == (standfirst,)
    whole = "大船年底就能进港，渔民却高兴不起来。"
    assert summarise(article(whole, teaser=whole)) == (whole,)  # the feed gives nothing but its teaser


def test_a_wanted_term_is_in_where_a_sentence_has_it() -> None:
    assert not any("重金属" in sentence for sentence in summarise(article(*BODY)))
    chosen = summarise(article(*BODY), share=0.4, wanted=[fold("重金屬")])
    assert any("重金属" in sentence for sentence in chosen)
    assert chosen[0].startswith("港口管理局")
    assert summarise(article(*BODY), wanted=["火箭"]) == summarise(article(*BODY))
    with_teaser = article(*BODY, teaser="大船年底就能进港。")
    assert any("重金属" in sentence for sentence in summarise(with_teaser, wanted=["重金属"]))


def test_a_wanted_latin_term_is_a_word() -> None:
    said = "The minister said again on Friday that the plan for the old harbour would go ahead as agreed last year."
    about = (
        "Engineers in the port city now rely on AI for planning the routes of the dredgers through the mud."
    )
    more = (
        "Nothing else about the costs of the project was known by the end of the week, officials added later.",
    ) * 4
    chosen = summarise(article(said, *more, about, title="Old harbour plan"), share=0.5, wanted=["ai"])
    assert about in chosen


def test_a_briefing_gives_its_first_three_items() -> None:
    items = tuple(f"第{n}件事发生在港口的{n}号码头，情况正常。第{n}件事的细节。" for n in "一二三四五六七八")
    chosen = summarise(article(*items, kind="item"), share=0.5)
    assert chosen == tuple(item.split("。")[0] + "。" for item in items[:3])


def test_an_interview_is_summarised_by_its_answers() -> None:
    html = (
        f"<p><b>第三航道什么时候通航？</b></p><p>{BODY[0]}</p><blockquote><p>@海边的人：第三航道年底通航，太好了。<br>"
        f"@船长：渔民担心捕捞季呢。</p></blockquote><p><strong>谁来付钱？</strong></p><p>{BODY[1]}</p>"
    )
    clean = read(html, title=TITLE)
    chosen = summarise(replace(article(), body=clean.body), share=0.5)
    assert chosen
    assert all(sentence in BODY[0] + BODY[1] for sentence in chosen)
    assert chosen[0] == BODY[0].split("。")[0] + "。"


blocks = st.lists(
    st.builds(
        Block,
        st.lists(
            st.sampled_from([*BODY, "Mr. Lin left. He was tired.", "“未完（。", "谁？", "1.2 3.4 5.6。"])
            | prose,
            max_size=4,
        ).map(lambda parts: " ".join("".join(parts).split()) or "空。"),
        st.sampled_from(["paragraph", "heading", "quote", "item"]),
    ),
    max_size=6,
)


@given(blocks, st.text(max_size=12), prose, st.integers(0, 300), st.floats(0, 1), st.lists(prose, max_size=2))
def test_a_summary_is_always_whole_and_verbatim(
    body: list[Block], title: str, teaser: str, chars: int, share: float, wanted: list[str]
) -> None:
    given_ = replace(article(title=title, teaser=teaser), body=tuple(body))
    chosen = summarise(given_, chars=chars, share=share, wanted=wanted)
    texts = [block.text for block in body if block.kind != "heading"] + teaser.split("\n")
    assert all(any(sentence in text for text in texts) for sentence in chosen)
    assert all(is_whole(sentence) for sentence in chosen)
    assert len(join(chosen)) <= chars


@pytest.mark.parametrize("text", ["是。" * 500_000, BODY[0] * 20_000, "“" + BODY[0] * 20_000])
def test_a_huge_paragraph_takes_no_time_and_gives_sentences_of_its_own(text: str) -> None:
    begun = time.process_time()
    said = summarise(article(text, *BODY))
    assert time.process_time() - begun < 1.5
    assert all(sentence in text or any(sentence in part for part in BODY) for sentence in said)


# At length


def test_more_of_an_article_is_its_summary_and_up_to_two_sentences_in_its_order() -> None:
    whole = article(*BODY)
    said = summarise(whole, share=0.3)
    longer = at_length(whole, said, share=0.8)
    assert [text for text in longer if text in said] == list(said)
    assert len(said) < len(longer) <= len(said) + 2
    text = "".join(block.text for block in whole.body)
    assert [text.index(sentence) for sentence in longer] == sorted(
        text.index(sentence) for sentence in longer
    )


def test_more_of_an_article_is_never_much_of_it() -> None:
    for share in (0.1, 0.3, 0.5):
        whole = article(*BODY)
        said = summarise(whole, share=share)
        longer = at_length(whole, said, share=share)
        if longer != said:
            assert len(join(longer)) <= share * sum(len(text) for text in BODY)
    short = article("港口管理局周三公布了第三航道的工期。", "渔民担心捕捞季。")
    assert at_length(short, summarise(short)) == summarise(short)


def test_more_comes_after_the_outlets_own_teaser_and_does_not_repeat_it() -> None:
    teaser = "第三航道的疏浚工程年底前完成，大型货轮可以全天候进出。"
    whole = article(*BODY, teaser=teaser)
    longer = at_length(whole, summarise(whole), share=0.9)
    assert longer[0] == teaser
    assert BODY[0].split("。")[0] + "。" not in longer


def test_no_sentence_of_an_editors_note_is_in_a_summary() -> None:
    note = "编者按：第三航道年底通航，渔民担心捕捞季。本文节选自港口局长的新书，写第三航道年底通航的前后。"
    remark = "【備註】第三航道年底通航，渔民担心捕捞季，本文由多位读者协助定稿。"
    outlet = "港口网注：第三航道年底通航，渔民担心捕捞季，下面的文字节选自专栏。"
    for first in (note, remark, outlet):
        said = "".join(summarise(article(first, *BODY)))
        assert said
        assert not any(part in said for part in ("节选", "协助", "编者"))


@pytest.mark.parametrize(
    "lead_in", ["以下是港口局长的文章。", "港口报摘编如下，下文为第二章全文：", "——编者"]
)
def test_a_note_of_several_paragraphs_ends_where_it_leads_in(lead_in: str) -> None:
    note = ("编者按：第三航道年底通航。", f"渔民担心捕捞季，第三航道的争论年底通航前不会停止。{lead_in}")
    if lead_in.startswith("——"):
        note = (*note[:1], note[1].removesuffix(lead_in), lead_in)
    said = summarise(article(*note, *BODY))
    assert said
    assert not any("争论" in sentence for sentence in said)
    # Without an end that is seen, the second paragraph may be the text.
    assert any("争论" in part for part in summarise(article(note[0], note[1].removesuffix(lead_in), *BODY)))


@pytest.mark.parametrize(
    "particulars",
    [
        "时间：2024年3月6日（周三）下午，第三航道年底通航说明会。",
        "活动地点：第三航道年底通航指挥部，渔民码头三号。",
        "主辦單位：港口局、渔民担心捕捞季联合会。",
        "以下是第三航道年底通航专访内容的节选。",
    ],
)
def test_where_and_when_something_takes_place_is_in_no_summary(particulars: str) -> None:
    said = summarise(article(particulars, *BODY))
    assert said
    assert particulars not in said


@pytest.mark.parametrize(
    "opening",
    [
        "周启明：我想这是个很好的问题，也是人们经常问起的。",
        "周启明：谢谢您的邀请，我很高兴今天能到这里来。",
        "周启明：是的，我们从十年前就开始准备这件事情。",
        "22.请阅读下面的这段材料，再按照要求回答问题。",
        "以下是新任港口局长和他的工作经历的详细介绍。",
        "具体情况，请看港口电视台驻海滨记者发回的报道。",
    ],
)
def test_courtesies_answers_and_numbered_points_lead_no_summary(opening: str) -> None:
    assert opening not in summarise(article(opening, *BODY))


def test_a_greeting_opens_no_summary() -> None:
    for greeting in ("大家好，我是港口局的林悦。", "听众朋友，这里是港口电台的每周航运节目。"):
        said = summarise(article(greeting, *BODY))
        assert said[0].startswith("港口管理局周三公布")


def test_a_quotation_alone_is_no_teaser() -> None:
    said = summarise(article(*BODY, teaser="“我们只是想知道鱼去了哪里。”"))
    assert said[0].startswith("港口管理局周三公布")


@pytest.mark.parametrize(
    "cut", ["有研究人员表示，当近海的水温升高，", "有研究人员表示，近海的水温正在升高..."]
)
def test_of_a_text_that_the_feed_cut_off_the_whole_sentence_is_told(cut: str) -> None:
    assert summarise(article(f"渔民说，近海的鱼一年比一年少，年轻人大多去了城里打工。{cut}")) == (
        "渔民说，近海的鱼一年比一年少，年轻人大多去了城里打工。",
    )
    assert summarise(article("渔民说，近海的鱼一年比一年少，年轻人大多去了城里打工。")) == ()


# What is around an article in whole sentences

LONG = (
    *BODY,
    *(
        f"第{n}段：施工队的潜水员每天下水两次，把量到的深度交给岸上的人记下来，再画成一张图。"
        for n in "六七八九"
    ),
)


@pytest.mark.parametrize(
    "around",
    [
        "第三航道年底通航的消息一出，小编就赶来了，想看渔民担心捕捞季后续的朋友可以加入我们的读者群。",
        "公众号后台回复“航道”，即可领取第三航道年底通航的全套资料，渔民担心捕捞季也有解答。",
        "扫码添加海边小助手，第三航道年底通航的直播课程限时免费，渔民担心捕捞季的也来。",
        "本文参与海边写作计划，第三航道年底通航、渔民担心捕捞季的故事由作者本人授权。",
        "上一篇文章讲到第三航道年底通航，渔民担心捕捞季的由来也说过了。",
        "评论区回复「航道」，我发一份「第三航道年底通航」的说明，渔民担心捕捞季的也有。",
        "本文约3k字，第三航道年底通航、渔民担心捕捞季都讲到了。",
        "第三航道年底通航，渔民担心捕捞季，全文阅读约花费10-15分钟。",
        "本站只转述第三航道年底通航、渔民担心捕捞季的消息，不对由此产生的后果负责。",
        "海边学院航道系主任兼首席工程师，港口学会成员，擅长第三航道年底通航的测算，也懂渔民担心捕捞季。",
        "专注航道与潮汐，每周分享第三航道年底通航、渔民担心捕捞季一类的故事。",
        "相信通过这篇文章，大家对第三航道年底通航、渔民担心捕捞季都有了全面的了解。",
        "同时，期待得到您的关注，第三航道年底通航、渔民担心捕捞季的文章还有很多。",
        "我是海边老林，持续分享第三航道年底通航、渔民担心捕捞季的见闻。",
        "水平有限，第三航道年底通航、渔民担心捕捞季写得不到的地方还望指正。",
        "文中图片都来自网络，第三航道年底通航、渔民担心捕捞季的两张除外。",
        "如果你对第三航道年底通航有兴趣，可以看看我的博客，渔民担心捕捞季也在那里。",
        "您可以关注我的博客，以获取更多关于第三航道年底通航、渔民担心捕捞季的更新。",
        "下一篇文章里，第三航道年底通航、渔民担心捕捞季的账会算得更细。",
        "码字不易，第三航道年底通航、渔民担心捕捞季写了三个通宵。",
        "如果您有任何疑问或建议，请随时写信来谈第三航道年底通航、渔民担心捕捞季。",
        "第三航道年底通航、渔民担心捕捞季就写到这里，再次感谢您的阅读。",
        "号主：林悦，写第三航道年底通航，也写渔民担心捕捞季。",
        "Please subscribe to our newsletter on 第三航道年底通航，渔民担心捕捞季。",
        "如果你有第三航道年底通航的照片，和我说一声吧，渔民担心捕捞季的也行。",
        "好，廢話說到這邊，第三航道年底通航、渔民担心捕捞季就要来了。",
        "作者在写清概念之后，将为您详细讲述第三航道年底通航、渔民担心捕捞季。",
        "林悦：非常感谢主持人的介绍，第三航道年底通航、渔民担心捕捞季都提到了。",
        "我是今晚的主持人林悦，第三航道年底通航、渔民担心捕捞季请专家来谈。",
    ],
)
def test_what_an_account_says_to_its_readers_is_in_no_summary(around: str) -> None:
    for body in ((around, *LONG), (*LONG, around), ("海边", around, *LONG), (*LONG, around, "海边的人")):
        said = summarise(article(*body))
        assert said
        assert around not in said


def test_who_a_guest_is_is_in_no_summary() -> None:
    more = "第三航道年底通航的书她写了两本，渔民担心捕捞季的那一本还没有出版。"
    for name in ("林悦", "林悦，"):
        said = summarise(article(f"{name}海边大学港口研究所博士后。{more}", *LONG))
        assert said
        assert more not in said
    assert more in summarise(article(f"林悦在海边大学的港口研究所读书。{more}", *LONG))


@pytest.mark.parametrize("label", ["关于我们", "往期推荐", "【免责声明】", "About the author", "-- END --"])
def test_nothing_beneath_a_heading_of_the_account_is_in_a_summary(label: str) -> None:
    beneath = "海边研究所成立于十年前，第三航道年底通航、渔民担心捕捞季都由它首先写出。"
    assert beneath in summarise(article(*LONG, "后来的事", beneath))
    assert beneath not in summarise(article(*LONG, label, beneath))
    assert beneath not in summarise(article(*LONG, label, "海边", beneath, "海边的人"))


def test_what_is_above_a_plea_to_follow_is_in_no_summary() -> None:
    slogan = "第三航道年底通航，渔民担心捕捞季，有温度的海边故事。"
    assert slogan in summarise(article(slogan, *LONG))
    assert slogan not in summarise(article(slogan, "欢迎关注海边公众号，每天读一篇。", *LONG))


@pytest.mark.parametrize(
    ("title", "lead"),
    [
        (
            "公众号推出付费订阅",
            "公众号周三推出付费订阅，你可以先读一半，再决定要不要关注作者、订阅全文、加入读者群。",
        ),
        ("独立书店办起读者群", "我在小城开了十年书店，去年办起读者群，靠大家转发和留言，书店才没有关门。"),
        ("播客赞助商撤资", "三家赞助商周三宣布不再赞助播客节目，平台请听众留言，说明是否愿意付费收听。"),
        ("诈骗短信增多", "警方提醒市民，切勿点击短信里的链接，也不要扫码添加陌生人，后果往往难以挽回。"),
        ("邻市征集老照片", "市档案馆说，它欢迎市民投稿老照片，也请大家留言讲述照片背后的故事。"),
        ("我是渔民", "我是周启明，一个在海边活了六十年的渔民，航道通航那天，我把船卖给了港口局。"),
        ("港口局长致辞", "期待你们的船早日回来，港口局长周三在码头上说，他代表全城感谢每一位渔民。"),
        ("博客关闭", "我的博客周三被关了，十年里写下的三百篇文章，连同读者的评论，一个字也没有留下。"),
        ("侵权案宣判", "侵权的图片有四百张，法院周三判处网站赔偿摄影师，并在首页公开道歉三十天。"),
        ("原创剧目", "原创不容易，剧团的人周三说，这部写渔民的戏改了九稿，海边的老人看完都哭了。"),
        ("总工程师谈疏浚", "港口局总工程师，在这条航道上干了三十年的周启明说，他擅长的不是疏浚，而是等。"),
        ("专注力下降", "专注于一件事的时间，二十年里缩短了一半，研究者在周三发布的报告里写道，手机是主因。"),
        ("船只登记", "如果你有一条船，港口局周三说，九月以前要重新登记，否则不得驶入第三条航道。"),
        ("港口往事", "周启明，海边大学教授，在码头上住了三十年，他的书里写的全是这条航道上的人。"),
        ("今晚开船", "今晚的船已经满了，码头上还有四百人在等，港口局周三把末班推迟到了午夜。"),
        ("我的十年", "我十年前开始写博客，那时没有人关注，也没有人评论，写完就关上电脑去睡觉。"),
    ],
)
def test_news_about_accounts_and_pleas_stays_in_summaries(title: str, lead: str) -> None:
    more = "城里的人周四谈起这件事，有的赞成，有的不赞成，更多的人说还要再等一等看结果。"
    rest = [
        more.replace("周四", day) for day in ("周五", "周六", "周日", "周一", "周二", "上月", "去年", "今年")
    ]
    assert lead in summarise(article(lead, *rest, title=title))


def test_a_section_that_is_called_like_a_label_does_not_end_an_article_in_its_middle() -> None:
    after = "第三航道年底通航以后，渔民担心捕捞季的人会更多，港口局打算每周公布一次水深。"
    assert after in summarise(article(*LONG[:3], "课程", after, *LONG[3:]))


@pytest.mark.parametrize(
    "line",
    [
        "有人留言说：",
        "网上搜索的结果是：",
        "（以上摘自去年的推文。）",
        "相关资料下载：https://n.example/depth.pdf",
    ],
)
def test_a_line_that_only_has_such_a_word_ends_no_article(line: str) -> None:
    after = "第三航道年底通航以后，渔民担心捕捞季的人会更多，港口局打算每周公布一次水深。"
    assert after in summarise(article(*LONG, line, after, "海边的灯一盏一盏亮了。"))


def test_what_is_left_out_of_summaries_stays_in_the_body() -> None:
    plea = "第三航道年底通航的消息一出，小编就赶来了，想看后续的朋友可以加入我们的读者群，里面有图。"
    clean = read("".join(f"<p>{text}</p>" for text in (plea, *LONG)))
    assert [block.text for block in clean.body] == [plea, *LONG]


def test_a_teaser_says_nothing_about_itself() -> None:
    teaser = "第三航道的疏浚工程年底前完成，大型货轮可以全天候进出。本文约3000字，预计阅读时间5分钟。"
    assert summarise(article(*BODY, teaser=teaser)) == (
        "第三航道的疏浚工程年底前完成，大型货轮可以全天候进出。",
    )


def test_a_clear_plea_is_in_no_summary_wherever_it_stands() -> None:
    plea = "第三航道年底通航、渔民担心捕捞季的后续，也欢迎关注我的公众号，我会持续更新，还有资料可以领取。"
    middle = (*LONG, plea, *LONG[::-1], *LONG)
    assert plea in [block.text for block in article(*middle).body]
    said = summarise(article(*middle))
    assert said
    assert plea not in said
    assert plea not in at_length(article(*middle), said, chars=2000, share=0.9, more=40)
    news = "第三航道年底通航、渔民担心捕捞季的消息，港口局请市民关注公众号，以便及时知道封航的时间。"
    assert news in summarise(article(*LONG, news, *LONG[::-1], *LONG))


def test_a_lead_above_a_call_to_fetch_something_stays_the_lead() -> None:
    lead = "第三航道年底通航，渔民担心捕捞季，我把两边的说法整理成了一份说明。"
    assert lead in summarise(article(lead, "全部说明的高清版，本公众号私信回复：航道，即可领取。", *LONG))


def test_what_goes_on_behind_code_that_was_left_out_is_no_sentence() -> None:
    code = article("航道的水深按照", "的顺序来查询，查到一种就不再往下查了，渔船因此少走一趟。", *BODY[:3])
    assert not any(sentence.startswith("的顺序") for sentence in summarise(code, chars=1000, share=1))
    sure = "的确，这是三十年来最大的一次疏浚，第三航道年底就能通航。"
    assert sure in summarise(article(sure, *BODY[1:3]), chars=1000, share=1)
