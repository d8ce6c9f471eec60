from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clean import Clean, outlet_of, own_teaser, read
from bot.clutter.boilerplate import is_aside
from bot.model import Block, LineRule

# Paragraphs of an invented article: P1 and P2 stand for "the text" in the fixtures below.
P1 = "港口管理局周三公布，第三条航道的疏浚工程将在年底前完成，届时大型货轮可以全天候进出。"
P2 = "工程总长二十六公里，由三家企业共同承建。当地渔民则担心，施工会影响今年的捕捞季。"

WHOLE = f"""<div><i>林悦 （综合报道）<br>2024-03-06T08:15:12.004Z</i></div>
<img src="https://images.weserv.nl/?url=static.example.org/image/7001_303.jpg" width="100%">
<div><small style="color: #999;">施工船停在港外</small></div>
<p>（德国之声中文网）{P1}</p><p>{P2}</p>
<img src="https://images.weserv.nl/?url=static.example.org/image/7002_303.jpg" width="100%">
<div><small>渔港一角</small></div>
<p><strong>"</strong><strong>黄金水道"还要等多久</strong></p>
<p>局长周启明表示，"这是三十年来最大的一次疏浚。"他说，预算已经到位。</p>
<p>（路透社、美联社）</p>
<p><em>© 2024</em><em>年</em><em> </em><em>德国之声版权声明：本文所有内容受到著作权法保护，不得擅自使用。</em></p>
<br><hr><div>获取更多RSS：<br><a href="https://mirror.example" target="_blank">https://mirror.example</a> <br>
<a href="https://mirror2.example">https://mirror2.example</a><br></div>"""


def texts(clean: Clean) -> list[str]:
    return [block.text for block in clean.body]


def paragraphs(html: str, title: str = "") -> list[str]:
    return texts(read(html, title=title))


def test_an_article_is_its_paragraphs_and_its_fine_print_is_data() -> None:
    clean = read(WHOLE, title="航道疏浚年底完成")
    assert clean.body == (
        Block(P1),
        Block(P2),
        Block("“黄金水道”还要等多久", "heading"),
        Block("局长周启明表示，“这是三十年来最大的一次疏浚。”他说，预算已经到位。"),
    )
    assert clean.credits == ("路透社", "美联社")
    assert clean.rights_notice.startswith("© 2024年")
    assert clean.outlet == "德国之声"
    assert clean.teaser == ""
    assert clean.images == (
        "https://static.example.org/image/7001_303.jpg",
        "https://static.example.org/image/7002_303.jpg",
    )
    assert clean.proxied[0] == "https://images.weserv.nl/?url=static.example.org/image/7001_303.jpg"


def test_a_bold_line_is_a_heading_with_its_quotes_paired() -> None:
    html = f"<div><i><br>2024-03-06T08:15:12Z</i></div><p>{P1}</p>"
    html += '<p><strong>"</strong><strong>甲板"上的一夜</strong></p>'
    assert read(html).body == (Block(P1), Block("“甲板”上的一夜", "heading"))


@pytest.mark.parametrize(
    "tail",
    [
        "<p>（路透社、法新社）</p>",
        "<p>林一/苗子（德新社）</p>",
        "<p>译者/何人</p>",
        "<p>© 2024 AFP</p>",
        "<p><em>© 2020</em><em>年</em><em> </em><em>德国之声版权声明：本文内容受著作权法保护。</em></p><p> </p>",
        '<br><hr><div>获取更多RSS：<br><a href="https://m.example">https://m.example</a></div>',
        "<p>林川是《泰晤士河时报》驻香港记者，报道航运。欢迎在社交网络上关注他 @linchuan。<br/>翻译：周舟<br/>"
        '<a href="https://n.example/en">点击查看本文英文版。</a></p>',
        "<p>欢迎订阅本台播客，每周三更新。</p>",
        "<p>====================<br/>嘉宾的评论不代表本台立场<br/>====================</p>",
        "<p>（注：作者为海事大学教授，本文仅代表作者个人观点。责编邮箱 a@n.example）</p>",
        "<p>自由亚洲电台记者林一巴黎报道 编辑：何人 网编：周舟</p>",
        "<p>未经本报书面许可，不得转载本文。</p>",
        "<p>微信搜索“港口书评”关注我们。</p>",
        "<p>The post 航道 appeared first on 港口报.</p>",
        "<p>本报道正持续更新中，敬请留意。</p>",
        "<h3>相关图集：港口百年</h3><div><img src='https://n.example/a.jpg'><b>旧码头</b>：建于一九二一年，战后重修过两次，现在是博物馆。</div>",
        "<div class='sharedaddy sd-sharing-enabled'><h3>分享到：</h3><ul><li>微博</li></ul></div>",
        "<div id='jp-relatedposts'><p>去年的另一篇报道说，航道还要再等三年才能完工，引来许多批评。</p></div>",
        "<section aria-hidden='true' data-e2e='advertisement'><p>买一台洗碗机吧，现在就买，价格很好。</p></section>",
        "<p>延伸阅读：</p><p>港口的一百年</p><p>渔民的春天</p>",
        "<p>感谢林悦女士接受本台专访。</p>",
        "<p>每周六晚八点播出，敬请收看。</p><p>======<br/>嘉宾发表的都是个人观点，并不代表本台。<br/>======</p>"
        "<p>《港口谈》播放列表：<a href='https://s.example/p'>https://s.example/p</a></p>",
        "<p><strong>欢迎订阅“港口之声”播客。</strong></p><p>Feed-URL:</p><p>https://n.example/pod</p><p>iTunes: </p>"
        "<p>https://i.example/1</p>",
        "<p><em>林悦是海事大学教授，也是三本书的作者。</em></p>",
        "<p><i>《黄金水道》将于九月在各地上映</i></p><p>译者/何人</p>",
        "<p><em>摘编自其他媒体的内容，不代表本台的立场或观点</em></p>",
        "<p><i>（翻译：实习生何人。责任编辑：a.lin@n.example）</i></p>",
        "<p>港口日报记者 林悦 渔港摄影报道</p><p>编辑 周舟</p><p>相关阅读：</p>"
        "<blockquote class='wp-embedded-content'><p><a href='/1'>渔业报 | 渔民的春天还要等多久</a></p></blockquote>",
        "<p>记者林悦 责编 何人</p>",
        "<p>编辑 周舟 校对 丁一</p>",
        "<p>【纠错】 【责任编辑：周舟】</p><p>下一篇：渡轮改时刻</p>",
        "<p>责任编辑：周舟 图片编辑：何人</p><p>校对：丁一</p>"
        "<p>港口报料：010-1234567</p><p>港口新闻，未经授权不得转载</p>",
        "<p>本文来源：港口日报</p><p>特别声明：以上内容仅代表作者本人，不代表本平台立场，如有版权问题请于三十日内联系。</p>"
        "<p>返回首页，查看更多</p>",
        "<p>- END -</p><p>本文为港口笔记原创内容，转载请在后台留言</p>"
        "<p>长按识别二维码关注</p><p>点个“在看”，让更多人看到</p>"
        "<p>↓↓↓点击“阅读原文”查看更多</p>",
        "<p>（編輯：何人）1130312</p><p>訂閱《港口早報》電子報 每天三分鐘</p>"
        "<p>請繼續下滑閱讀</p><p>下載港口app，新聞不漏接！</p>",
        "<p>更多新聞：</p><p><a href='/1'>漁民的春天</a></p><p>►按讚加入《港口》粉絲團，最新消息不漏接</p>",
        "<p>▲ 施工船停在港外。（圖／記者何人攝）</p>",
        "<p>港口日报记者　林悦</p><p>相關報道：漁民的春天</p>",
        "<h2>您可能感兴趣的文章</h2><div><a href='/1'>渔民的春天</a></div><p>回复</p>",
        "<p>___</p><p>Port Press writer Ann Lin in Rotterdam contributed to this report.</p>",
        "<p>Additional reporting by Bob Ho</p><p>This article appeared in the Port Post print edition as: Dredging</p>",
    ],
)
def test_what_follows_an_article_is_not_it(tail: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p>{tail}") == [P1, P2]


@pytest.mark.parametrize(
    "head",
    [
        "<div>2024-03-06 16:12:41</div>",
        "<p>12/10/2024 - 18:05</p>",
        "<p>Sun, 11 Oct 2024 05:05:59 GMT</p>",
        "<p>13 分钟前</p>",
        "<p>2024年3月6日 16:12</p>",
        "<h1>航道疏浚年底完成</h1><div>国际</div>",
        "<ul><li role='listitem'>林悦</li></ul>".replace("li", "p"),
        "<p>发布时间：2024年3月6日</p><p>作者：林悦</p>",
        "<p><strong>記者林悅／綜合報導</strong></p>",
        "<div><span>林悦</span> 在 星期一, 02/17/2014 - 15:48 提交</div><div>2973824_z.jpg</div>",
        "<p>点击上方蓝字“港口笔记”关注我们，设为星标</p>",
        "<p><b>本栏目由港口日报与海事学会共同主办</b></p>",
    ],
)
def test_what_precedes_an_article_is_not_it(head: str) -> None:
    assert paragraphs(f"{head}<p>{P1}</p><p>{P2}</p>", "航道疏浚年底完成") == [P1, P2]


@pytest.mark.parametrize(
    ("dateline", "outlet", "credits"),
    [
        ("（德国之声中文网）", "德国之声", ()),
        ("(德国之声中文网)", "德国之声", ()),
        ("路透纽约10月12日 - ", "", ("路透社",)),
        ("（法新社巴黎12日电）    ", "", ("法新社",)),
        ("新华社北京3月6日电（记者林悦）", "", ("新华社",)),
        ("香港——", "", ()),
        ("【财新网】", "财新", ()),
        ("（港口在线讯）", "", ()),
        ("（渔港网信息中心报道）", "", ()),
        ("（渔港网特约撰稿）", "", ()),
        ("（中央社記者林悅台北12日電）", "", ("中央社",)),
        ("〔記者林悅／台北報導〕", "", ()),
        ("【明報專訊】", "", ()),
        ("專案組／台北報導 ", "", ()),
        ("新京报讯（记者 林悦）", "", ()),
        ("中新网广州3月6日电 (记者 林悦)", "", ("中新社",)),
        ("本报利马3月6日电记者林悦报道：", "", ()),
        ("明尼阿波利斯——", "", ()),
    ],
)
def test_a_dateline_is_taken_off_and_understood(dateline: str, outlet: str, credits: tuple[str, ...]) -> None:
    clean = read(f"<p>{dateline}{P1}</p><p>{P2}</p>")
    assert (texts(clean), clean.outlet, clean.credits) == ([P1, P2], outlet, credits)


def test_english_datelines_and_end_notes_are_taken_off() -> None:
    one = "The harbour authority said on Wednesday that dredging of the third channel would end this year."
    two = "Fishermen fear for the season."
    clean = read(
        f"<p>ROTTERDAM, March 6 (Reuters) - {one}</p><p>{two} (Reporting by A. Lin; Editing by B. Ho)</p>"
    )
    assert texts(clean) == [one, two]
    assert clean.credits == ("Reuters",)


def test_genuine_text_that_resembles_boilerplate_stays() -> None:
    about_rights = "作家协会表示，未经许可转载会员文章的网站将被起诉，首批名单下周公布。"
    about_opinion = "外长说，这不代表政府立场的改变，谈判将继续。"
    assert paragraphs(f"<p>{about_rights}</p><p>{about_opinion}</p><p>{P1}</p>") == [
        about_rights,
        about_opinion,
        P1,
    ]
    for last in (
        "协会说，未经许可转载的网站不得再使用会员的照片，违者将被起诉。",
        "她在信里写道，感谢大家的阅读，灯塔会亮到明年春天的第一班船。",
    ):
        assert paragraphs(f"<p>{P1}</p><p>{last}</p>") == [P1, last]
    for plain in (
        "订阅报纸的人越来越少，报社去年关掉了两个印刷厂。",
        "点击量超过一亿的那段视频，拍的就是那天晚上的火。",
        "加入LINE群組後他被騙走三百萬，警方說這是今年第九起。",
        "来源不明的货物堆在三号仓库，海关说要等到月底才能清完。",
        "图：港口的变迁不只在图纸上，也在老人的口述里。",
        "编者按：这是港口系列的第三篇，写的是管理局里管账的人。",
        "福利——这是他们谈得最多的词，也是分歧最大的一个。",
        "Sign language was used on stage for the first time in the theatre’s history.",
    ):
        assert paragraphs(f"<p>{P1}</p><p>{plain}</p><p>{P2}</p>") == [P1, plain, P2]
        assert paragraphs(f"<p>{plain}</p><p>{P1}</p>")[0] == plain
    verses = ["独自走在长堤上", "把灯塔数了一遍", "潮水它不回头"]
    song = "".join(f"<p>{verse}</p>" for verse in verses)
    assert paragraphs(f"<p>{P1}</p>{song}<p>记者：林悦 责编：何人</p>") == [P1, *verses]
    rows = ["出口(%) 10.0 6.8 14.0 24", "进口(%) 0.3 -2.6 8.5 24"]
    assert paragraphs(f"<p>{rows[0]}</p><p>{rows[1]}</p><p>{P1}</p>") == [*rows, P1]
    brackets = "（上图中的船已经退役）港口说，它会被改成博物馆，明年开放。"
    assert paragraphs(f"<p>{brackets}</p><p>{P1}</p>") == [brackets, P1]
    shadows = f'<div class="shadows header-image-wide"><p>{P1}</p><p>{P2}</p></div>'
    assert paragraphs(shadows) == [P1, P2]
    wordpress = f'<article class="post category-social tag-ads"><p>{P1}</p></article>'
    assert paragraphs(wordpress) == [P1]


def test_a_caption_in_a_figure_goes_and_a_bold_standfirst_stays() -> None:
    html = (
        '<div class="Figure-sc-1x"><img src="https://n.example/a.jpg"><p role="text"><span>图像来源，</span>'
        "<span>AFP</span></p>"
        f"<div><p>码头上的工人没有戴安全帽。</p></div></div><p><b>{P1}</b></p><p>{P2}</p><p>{P2}</p>"
    )
    clean = read(html)
    assert texts(clean) == [P1, P2, P2]
    assert clean.teaser == P1


def test_a_container_named_so_holds_the_teaser() -> None:
    clean = read(f'<div class="story-lead">{P1}</div><div class="text"><p>{P2}</p><p>{P2}</p></div>')
    assert clean.teaser == P1
    assert read(f"<p>{P1}</p><p>{P2}</p>").teaser == ""


def test_datelines_and_end_marks_of_agencies_leave_the_numbers_alone() -> None:
    html = "<p>路透纽约10月12日 - 油价周二下跌约3%，布伦特原油报每桶1.13美元。</p><p>美油本周累计下跌逾9%。(完)</p>"
    assert paragraphs(html) == ["油价周二下跌约3%，布伦特原油报每桶1.13美元。", "美油本周累计下跌逾9%。"]


def test_lines_of_one_paragraph_are_blocks_and_the_staff_line_goes() -> None:
    html = f"<p>{P1}<br/><br/>承建方则表示，一切照计划进行。<br/><br/><br/>"
    html += "自由亚洲电台记者林一巴黎报道 编辑：何人 网编：周舟</p>"
    assert paragraphs(html) == [P1, "承建方则表示，一切照计划进行。"]


def test_an_end_mark_with_an_agency_is_a_credit() -> None:
    clean = read(f"<p>{P1}</p><p>{P2}（根据美联社报道）</p>")
    assert (texts(clean), clean.credits) == ([P1, P2], ("美联社",))


def test_a_lost_quotation_mark_swallows_nothing() -> None:
    clean = read(f'<img src="https://n.example/a.png data-image-type="graphic" alt="图"><p>{P1}</p>')
    assert clean.images == ("https://n.example/a.png",)
    assert texts(clean) == [P1]


def test_quotes_the_wrong_way_round_are_turned_and_unpaired_ones_left() -> None:
    assert paragraphs("<p>她说：”他可会逗乐了，像个滑稽演员。“大家都笑了。</p>") == [
        "她说：“他可会逗乐了，像个滑稽演员。”大家都笑了。"
    ]
    for odd in (
        '他说："好吧，那我就先走了，明天再来看你们。',
        "“茶花女（一幕，今晚首演，票已售罄。",
        '他买了24"和27"的两台显示器，很满意。',
    ):
        assert paragraphs(f"<p>{odd}</p>") == [odd]
    middle_of_a_speech = "我们都记得那一天。”他停了一下，又说：“没有人会忘记。"
    assert paragraphs(f"<p>{middle_of_a_speech}</p>") == [middle_of_a_speech]


def test_gaps_of_pretty_printing_close_and_invisible_characters_go() -> None:
    html = "<p>周一\u200b 扩大\n 交易\u3000区间 ，由 3%&nbsp;至 5% 。</p>"
    assert paragraphs(html) == ["周一扩大交易区间，由 3% 至 5%。"]


def test_the_space_behind_a_name_with_a_sign_is_where_the_name_ends() -> None:
    text = "渔民 @潮汐观察 分享了 #第三航道 施工 的照片，@何人 。"
    assert paragraphs(f"<p>{text}{P1}</p>") == [f"渔民 @潮汐观察 分享了 #第三航道 施工的照片，@何人。{P1}"]


def test_only_pictures_for_readers_are_candidates() -> None:
    html = """<img src=""><img src="https://m.example/_/stat?event=1" width="1" height="1">
    <img class="icon-zoom" src="https://n.example/i/icon-zoom.png">
    <img src="https://n.example/b.png" alt="Breaking News">
    <img src="data:image/gif;base64,R0" data-lazy-src="https://i2.wp.com/h.example/加.png?resize=640&ssl=1">
    <noscript><img src="https://i2.wp.com/h.example/加.png?fit=1"></noscript>
    <img src="https://n.example/wide.jpg" width="1200" height="90"><img src="https://n.example/x.svg">
    <video poster="https://images.weserv.nl?url=gdb.example.org/x_w900.jpg" src="https://n.example/v.mp4">不支持</video>"""
    clean = read(html + f"<p>{P1}</p>")
    assert clean.images == ("https://h.example/%E5%8A%A0.png", "https://gdb.example.org/x_w900.jpg")
    assert texts(clean) == [P1]


def test_the_best_size_of_a_picture_is_taken_and_relative_ones_are_found() -> None:
    html = (
        '<img src="/s.jpg" srcset="/p/320.jpg 320w, /p/1280.jpg 1280w, /p/5000.jpg 5000w">'
        '<picture><source type="image/webp" srcset="/w.webp"><source srcset="/j.jpg 2x"><img></picture>'
        '<img src="//c.example/0*MXxu">'
    )
    assert read(html, base="https://n.example/2024/").images == (
        "https://n.example/p/1280.jpg",
        "https://n.example/j.jpg",
        "https://c.example/0*MXxu",
    )


def test_a_copy_for_narrow_windows_alone_is_not_the_best_size() -> None:
    def lead(src: str, srcset: str) -> tuple[str, ...]:
        return read(f'<img src="{src}" srcset="{srcset}">', base="https://n.example/").images

    assert lead("/port.jpg", "/540w/port.jpg 540w") == ("https://n.example/port.jpg",)
    assert lead("/port.jpg", "/540w/port.jpg") == ("https://n.example/port.jpg",)
    assert lead("", "/port.jpg") == ("https://n.example/port.jpg",)
    assert lead("/port-s.jpg", "/port.jpg 1080w") == ("https://n.example/port.jpg",)
    assert lead("/images/loading.gif", "/540w/port.jpg 540w") == ("https://n.example/540w/port.jpg",)
    assert lead("data:image/gif;base64,R0", "/540w/port.jpg 540w") == ("https://n.example/540w/port.jpg",)


def test_pictures_of_dropped_containers_and_donation_codes_do_not_lead() -> None:
    html = (
        '<div class="related-posts"><img src="https://n.example/other.jpg"></div>'
        '<img src="https://n.example/qr.png" alt="赞赏二维码"><img src="https://n.example/a.jpg">'
    )
    assert read(html).images == ("https://n.example/a.jpg",)


def test_related_links_go_and_a_link_within_text_stays() -> None:
    html = (
        f'<p>{P1}</p><ul><li><b><a href="/1">港口的一百年</a></b></li><li><a href="/2">渔民的春天</a></li></ul>'
        f'<p>{P2[:20]}<a href="/3">{P2[20:]}</a></p><ul><li>第一项：航道加深两米。</li></ul>'
    )
    clean = read(html)
    assert clean.body == (Block(P1), Block(P2), Block("第一项：航道加深两米。", "item"))


def test_what_a_section_is_labelled_by_says_what_it_is() -> None:
    promo = '<section aria-labelledby="podcast-promo"><p>港口台每周节目，重温一周航运大事。</p></section>'
    text = f'<section aria-labelledby="story-title"><p>{P1}</p>{promo}<p>{P2}</p></section>'
    assert paragraphs(text) == [P1, P2]


def test_quotations_and_interviews_keep_their_kinds() -> None:
    html = f"<p><b>港口会扩建吗？</b></p><p>{P1}</p><blockquote><p>@海边的人：终于等到了。</p></blockquote>"
    assert read(html).body == (
        Block("港口会扩建吗？", "heading"),
        Block(P1),
        Block("@海边的人：终于等到了。", "quote"),
    )


def test_an_article_that_is_all_in_a_comment_container_is_kept() -> None:
    assert paragraphs(f'<div class="comment"><p>{P1}</p><p>{P2}</p></div>') == [P1, P2]
    long = "".join(f"<p>{P1}{P2}</p>" for _ in range(5))
    assert (
        len(
            paragraphs(f'{long}<div class="comments"><p>好文章，我也来推销一下药片，请点这里购买。</p></div>')
        )
        == 5
    )


def test_a_separate_summary_is_a_teaser_unless_it_is_the_beginning() -> None:
    body = read(f"<p>{P1}</p><p>{P2}</p>").body
    assert (
        own_teaser("<p>大船年底就能进港，渔民却高兴不起来。</p>", body)
        == "大船年底就能进港，渔民却高兴不起来。"
    )
    assert own_teaser(P1[:40] + "……", body) == ""
    assert own_teaser("", body) == ""


def test_outlets_are_known_by_their_hosts() -> None:
    assert outlet_of("https://www.dw.com/zh/a-1") == "德国之声"
    assert outlet_of("https://cn.nytimes.com/china/") == "纽约时报"
    assert (
        outlet_of("https://notdw.com/")
        == outlet_of("https://dw.com.evil.example/")
        == outlet_of("http://[")
        == ""
    )


def test_a_radio_page_gives_its_standfirst_and_no_share_bar_or_logo_card() -> None:
    html = (
        f'<div>26/09/2023 - 10:23</div><img src="https://static.n.example/meta_og_twcards/N_FB.png">'
        f"<p><strong>{P1}   </strong></p>"
        f"<div><p>{P2}</p><p>{P2}</p><div data-selfpromo-newsletter></div></div>"
        '<div><div>分享 :</div><div><a href="https://s.example/?u=1"><span></span></a></div></div>'
        '<div><span>作者：</span><a href="/a" title="台">本台</a></div>'
    )
    clean = read(html)
    assert (texts(clean), clean.teaser, clean.images) == ([P1, P2, P2], P1, ())


def test_a_lead_that_says_what_the_title_says_is_no_repeated_title() -> None:
    lead = "第三航道的疏浚工程年底完工，渔民很担心。"
    assert paragraphs(f"<p>{lead}</p><p>{P1}</p>", "第三航道的疏浚工程年底完工") == [lead, P1]
    subtitle = "封禁账号，扣留文档，没有一封回信，这是四百个用户的遭遇"
    assert paragraphs(f"<p><em>{subtitle}</em></p><p>{P1}</p>", "文档没了") == [subtitle, P1]


SIGNED = "<p><strong>港口新闻（中文版：港口网）编委 林悦</strong></p>"
TOLD = "<p><b>林悦：</b></p><p>海事大学副教授，一九七四年生，研究航道三十年，著有《潮汐表》。</p>"


@pytest.mark.parametrize(
    ("byline", "tail"),
    [
        ("<strong>林悦：</strong>", SIGNED),
        ("<strong>港口网特约撰稿人 林悦：</strong>", ""),
        ("<strong>港口网专栏作家林悦：</strong>", f"<p>林悦</p>{TOLD}"),
        ("<strong>港口网特约撰稿人 林悦：</strong>", TOLD.replace("：", " 简历")),
    ],
)
def test_the_name_that_a_column_begins_with_is_no_text(byline: str, tail: str) -> None:
    rights = "<p>版权声明：港口网版权所有，未经授权不得转载。</p>"
    assert paragraphs(f"<p>{byline}{P1}</p><p>{P2}</p>{tail}{rights}") == [P1, P2]


def test_the_name_of_one_of_several_speakers_and_of_who_is_quoted_stays() -> None:
    said = [f"林悦：{P1}", f"何人：{P2}"]
    assert paragraphs("".join(f"<p>{each}</p>" for each in said) + SIGNED) == said
    assert paragraphs(f"<p>局长林悦：{P1}</p><p>{P2}</p>") == [f"局长林悦：{P1}", P2]


def test_a_caption_in_a_table_made_for_a_picture_goes_and_other_tables_stay() -> None:
    table = "<table><tbody><tr><td>{}</td></tr><tr><td><b>{}</b></td></tr></tbody></table>"
    picture = '<img src="https://n.example/a.jpg" alt="">'
    assert paragraphs(f"<p>{P1}</p>{table.format(picture, '疏浚船（资料图）')}<p>{P2}</p>") == [P1, P2]
    assert paragraphs(f"<p>{P1}</p>{table.format('吨位', '疏浚船')}") == [P1, "吨位", "疏浚船"]
    assert paragraphs(table.format(picture, f"{P1}<br>{P2 * 2}")) == [P1, P2 * 2]


def test_links_that_stand_in_one_line_beneath_their_label_go() -> None:
    links = "".join(f'<a href="/{n}"><span>{P1[:-1]}</span></a>' for n in range(4))
    others = '<p>林悦 的其他文章</p><p><a href="/8">潮汐表怎么读</a></p>'
    html = f"<p>{P1}</p><p>{P2}（譯者：林悅）1120801</p><div><div>延伸閱讀</div>{links}</div>"
    assert paragraphs(html) == paragraphs(f"<p>{P1}</p>{others}<p>{P2}</p>") == [P1, P2]


def test_who_wrote_an_article_is_known_from_its_byline() -> None:
    byline = "<div><i>Ann Lin, 林悦 （综合报道）<br>2024-03-06T08:15:12.004Z</i></div>"
    for bio in ("Ann Lin是一名住在渔港的作者。", "林悦(Lin Yue)现为海事学院研究员。", "林悦为港口评论员。"):
        assert paragraphs(f"{byline}<p>{P1}</p><p>{P2}</p><p>{bio}</p>") == [P1, P2]
    assert paragraphs(f"{byline}<p>{P1}</p><p>周启明是港口管理局局长。</p>") == [
        P1,
        "周启明是港口管理局局长。",
    ]


def test_what_links_and_embedded_posts_leave_within_a_paragraph_goes() -> None:
    html = (
        f"<p>{P1}（<a href='/1'>阅读本文中文版</a>）</p><p>{P2} <a href='/2'>pic.twitter.com/qd4wh9</a></p>"
    )
    assert paragraphs(html) == [P1, P2]


@pytest.mark.parametrize(
    "mark",
    [
        "<sup>[3]</sup>",
        '<sup id="r3"><a href="#n3">3</a></sup>',
        '<a href="#n3"><sup>3</sup></a>',
        '<a href="#_ftn3" name="_ftnref3">[3]</a>',
        '<sup class="reference"><a href="/wiki/x#cite-3"><span>[</span>注 3<span>]</span></a></sup>',
        "<sup>[来源请求]</sup>",
        "<sup>③</sup>",
        "[注3]",
        "（注三）",
    ],
)
def test_the_mark_of_a_footnote_is_no_text(mark: str) -> None:
    assert paragraphs(f"<p>{P1[:-1]}{mark}。</p><p>{P2}</p>") == [P1, P2]
    assert paragraphs(f"<p>{P1}{mark}</p><p>{P2}</p>") == [P1, P2]


@pytest.mark.parametrize(
    "text",
    [
        "每小时流量为10<sup>6</sup>立方米，潮差为8 m<sup>2</sup>，这是三十年来的新高。",
        "他在数组<code>a[1]</code>里存放第一条航道的宽度，然后才打印其余几条的宽度。",
        '请看<a href="#c3">第三章</a>和<a href="#c4">4</a>，那里有各条航道的宽度和水深。',
        "疏浚的宽度见[2]，水深则据[3]计算，两份报告都在年底前公布。",
        "（注意）各船应当在夜间减速，并且把航行灯打开，直到驶离施工区为止。",
    ],
)
def test_what_only_resembles_a_footnotes_mark_is_text(text: str) -> None:
    shown = re.sub("<[^>]*>", "", text)
    assert paragraphs(f"<p>{text}</p><p>{P2}</p>") == [shown, P2]


def test_a_mark_written_out_behind_a_full_stop_goes_and_an_address_at_a_paragraphs_end() -> None:
    assert paragraphs(f"<p>{P1}[1]{P2}[12]</p><p>{P2} https://n.example/info/1.htm</p>") == [P1 + P2, P2]


def test_a_centred_line_beneath_a_picture_is_its_caption_unless_all_is_centred() -> None:
    caption = '<p style="text-align: center">渔港清晨的疏浚船</p>'
    picture = '<p><img src="https://n.example/a.jpg" width="500"></p>'
    assert paragraphs(f"<p>{P1}</p>{picture}{caption}<p>{P2}</p>") == [P1, P2]
    heading = '<p style="text-align:center"><b>黄金水道</b></p>'
    assert paragraphs(f"<p>{P1}</p>{picture}{heading}<p>{P2}</p>") == [P1, "黄金水道", P2]
    centred = f"<center><p>{P1}</p>{picture}<p>他没有回头</p><p>{P2}</p></center>"
    assert paragraphs(centred) == [P1, "他没有回头", P2]


def test_an_interviewers_questions_are_headings_and_no_teaser() -> None:
    question = "本台：航道开通以后，渔民还能在近海作业吗？毕竟他们中的大多数人没有别的收入来源，也没有大船。"
    html = f"<p>（德国之声中文网）<strong>{question}</strong></p><p>{P1}</p><p>{P2}</p>"
    clean = read(html)
    assert clean.body == (Block(question, "heading"), Block(P1), Block(P2))
    assert clean.teaser == ""
    standfirst = "航道年底开通，渔民却高兴不起来，本台请来了渔会的会长。"
    html = f"<p><b>{standfirst}</b></p><p><b>本台：工期会拖延吗？</b></p><p>{P1}</p>"
    html += f"<p><b>本台：谁来付钱？</b></p><p>{P2}</p>"
    assert read(html).teaser == standfirst
    assert (
        read(f"<p><b>【编者的话】本文是港口系列的第三篇，也是最后一篇。</b></p><p>{P1}</p><p>{P2}</p>").teaser
        == ""
    )


def test_an_archives_index_card_is_no_part_of_the_article_wherever_it_stands() -> None:
    card = (
        '<div style="float:right"><div class="su-spoiler"><div role="button">档案卡</div><div>'
        "<strong>标题：</strong>航道疏浚<br>"
        '<strong>作者：</strong>林悦<br><strong>主题归类：</strong><a href="/t">港口</a><br>'
        "<strong>版权说明：</strong>该作品版权归原作者所有。本站仅作存档，以备查考。"
        '<a href="/c">详细版权说明</a>。</div></div></div>'
    )
    for html in (f"{card}<p>{P1}</p><p>{P2}</p>", f"<p>{P1}</p>{card}<p>{P2}</p>"):
        clean = read(html, title="航道疏浚")
        assert texts(clean) == [P1, P2]
        assert clean.rights_notice.startswith("版权说明：")


def test_a_gallery_in_mid_article_goes_and_what_follows_stays() -> None:
    pictured = "建于一九二一年，战后重修过两次，如今是博物馆。" * 12
    gallery = "".join(
        f'<div><img src="https://n.example/{n}.jpg"><b>旧码头</b>：{pictured}</div>' for n in range(3)
    )
    html = (
        f"<p>{P1}</p><p>{P2}</p><h3>相关图集：港口百年</h3>{gallery}<p><strong>费用</strong></p><p>{P2}</p>"
    )
    html += "<p><em>本文作者林悦为海事学者，在港口工作三十余年，现任客座教授。</em></p>"
    html += "<p><em>本台提供多种角度的评论。文中评论及分析仅代表作者或专家个人立场。</em></p>"
    html += "<p>© 2024 年本台版权声明：不得转载。</p>"
    clean = read(html)
    assert texts(clean) == [P1, P2, "费用", P2]
    assert clean.rights_notice.startswith("© 2024")


@pytest.mark.parametrize(
    ("line", "credits"),
    [
        ("(德广联）", ("德广联",)),
        ("(经济周刊，南方海事报，焦点杂志）", ("经济周刊", "南方海事报", "焦点杂志")),
        ("(本文依据了美联社、路透社的报道)", ("美联社", "路透社")),
        ("（此文依据了路透社的报道。）", ("路透社",)),
        ("来源：路透社", ("路透社",)),
        ("（编者注）", ()),
    ],
)
def test_a_line_of_sources_is_a_credit(line: str, credits: tuple[str, ...]) -> None:
    clean = read(f"<p>{P1}</p><p>{P2}</p><p> </p><p><em>{line}</em></p>")
    assert (texts(clean), clean.credits) == ([P1, P2], credits)


def test_a_semantic_page_gives_its_section() -> None:
    html = (
        '<address>PETER LIN</address><time datetime="2025-01-23">2025年1月23日</time>'
        '<figure><img src="https://n.example/a.jpg">'
        f"<figcaption>船长林悦。 <cite>A. Ho/The Times</cite></figcaption></figure><section><p>{P1}</p>"
        f'<p><img src="https://n.example/b.jpg"><small>周一，疏浚船停在港外。</small></p><p>{P2}</p></section>'
        "<footer><p>Peter Lin是《泰晤士河时报》首席记者。</p><p>翻译：周舟</p>"
        "<a href='/en'>点击查看本文英文版。</a></footer>"
    )
    clean = read(html)
    assert texts(clean) == [P1, P2]
    assert clean.images == ("https://n.example/a.jpg", "https://n.example/b.jpg")


def test_what_is_hidden_within_a_paragraph_does_not_hide_it() -> None:
    assert paragraphs(f'<p><span class="sr-only">重要：</span>{P1}</p>') == [P1]


def test_an_embedded_posts_signature_is_not_text() -> None:
    html = f"<p>{P1}</p><blockquote><p>{P2}</p>&mdash; 周舟 (@zhou1989) "
    html += f"<a href='/s'>October 24, 2022</a></blockquote><p>{P1}</p>"
    assert paragraphs(html) == [P1, P2, P1]


HOSTILE = {
    "angle brackets": "<" * 1_000_000,
    "open links": "<a " * 333_333,
    "attributes": "<p " + " ".join(f"a{i}=1" for i in range(50_000)) + ">",
    "class names": '<p class="' + "ad-x " * 200_000 + '">x</p>',
    "nested elements": "<div>" * 8_000 + "x",
    "nested boxes": '<div class="image">x' * 4_000,
    "links": '<p><a href="https://n.example/a">b</a></p>' * 2_000,
    "unclosed bold": "<b><p>" * 50_000,
    "comments": "<!--" * 100_000,
    "lines": "甲<br>" * 50_000,
    "blanks": "<p>\n" + "\t" * 500_000 + "字</p>",
    "pictures": '<img src="https://n.example/%d.jpg">' * 10_000,
    "sets without a space": '<img srcset="%s">' % ("a" * 8000) * 100,
    "picture sets": '<img srcset="' + "a 1w," * 200_000 + '">',
    "text": "字" * 500_000,
    "open quotations": "“（" * 150_000,
    "agencies": "<p>（路透社" + "、路透社" * 100_000,
    "end marks": "<p>" + "（路透社）" * 166_000,
    "editors": "<p>" + "（编辑：张三）" * 60_000,
    "surrogates": "\ud800\x00<p>\udfff" * 1000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_input_takes_no_time_and_raises_nothing(kind: str) -> None:
    started = time.process_time()
    clean = read(HOSTILE[kind], title="标题", base="https://n.example/")
    assert time.process_time() - started < 5  # what is not linear takes minutes
    assert all(block.text.isprintable() for block in clean.body)


FRAGMENTS = (
    "<p>|</p>|<div class='figure'>|</div>|<img src=a>|<br>|<li>|<blockquote>|<b>|</b>|<!--|-->|"
    "<![CDATA[|<noscript>|</html>|"
    "<a href='x'>|&amp;lt;|<table><td>|<?xml ?>|（路透社）|“|”|\"|© 2024|\x00|\ud800|(完)|2024-01-01|。"
)
fragments = st.lists(st.sampled_from([P1, P2, *FRAGMENTS.split("|")]) | st.text(max_size=8), max_size=30).map(
    "".join
)


@given(fragments, st.text(max_size=10))
def test_whatever_the_html_reading_it_gives_clean_text(html: str, title: str) -> None:
    clean = read(html, title=title, base=title)
    for block in clean.body:
        assert block.text
        assert block.text == " ".join(block.text.split())
    assert len(clean.images) == len(clean.proxied) == len(set(clean.images))


# An operator's own rules


def test_an_operators_rules_take_lines_where_they_say() -> None:
    lines = (
        "样本早报独家。",
        *(f"第{n}段说了一件别的事，与其余各段都不相同。" for n in range(4)),
        "喜欢就点个在看。",
    )
    html = "".join(f"<p>{line}</p>" for line in lines)
    assert [block.text for block in read(html).body] == list(lines)
    rules = (LineRule("head", ("独家。$",)), LineRule("tail", ("^喜欢就点个在看",)))
    assert [block.text for block in read(html, clutter=rules).body] == list(lines[1:-1])
    assert [block.text for block in read(html, clutter=(LineRule("any", ("^第2段",)),)).body] == [
        line for line in lines if not line.startswith("第2段")
    ]
    cut = (LineRule("cut", ("^第3段",)),)
    assert [block.text for block in read(html, clutter=cut).body] == list(lines[:4])


def test_a_last_paragraph_in_italics_is_a_note_only_where_it_speaks_of_the_article() -> None:
    ending = "雾散了，灯塔还亮着，她把最后一张海图卷好，放进抽屉。"
    note = "林悦是海事大学教授，她的新书写的是三座灯塔。"
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p><em>{ending}</em></p>") == [P1, P2, ending]
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p><em>{ending}</em></p><p><em>{note}</em></p>") == [
        P1,
        P2,
        ending,
    ]


@pytest.mark.parametrize(
    "tail",
    [
        "<p>（本文作者林悦系海滨大学（东区）航运研究所助理研究员）<b>推荐阅读</b>：</p>",
        "<p>Ann Lin自2004年起为本报工作。她也是两本书的作者。欢迎在<a href='/t'>Twitter</a>上关注她。</p>",
        "<p>本文由 @林悦 原创发布于港口观察，未经作者许可，禁止转载。</p><p>题图来自图库，基于CC0协议。</p>",
        "<p>该文观点仅代表作者本人，港口观察平台仅提供信息存储空间服务。</p>",
        "<div class='support-author'><div>给作者打赏，鼓励 TA 抓紧写完！</div></div>",
        "<p>封面图和插图为《三座灯塔》剧照 来自<a href='/d'>海滨剧团</a></p>",
        "<div>请<span>订阅或登录</span>，以继续阅读全文！</div>",
        "<div><span>栏目主编：林悦</span><span>文字编辑：何人</span><pre>港口镇供图</pre></div>",
        "<p>*文章为作者独立观点，不代表港口网立场</p><p>潮水面前，还不去下载 港口App 看海！</p>",
        "<p>本文章转载自公众号:港口观察</p>",
        "<p>添加小助手微信拉你进交流群，请备注：城市+称呼</p><p>▲长按加群</p><p><b>麻烦给我一个在看！</b></p>",
        "<p>【关于投稿】</p><p>好文请直接留言给公号，一经采用即付稿酬。</p><p>看完本文有收获？请转发分享给更多人</p>",
        "<p>精选留言</p><p>写留言</p><p>何人<br>这条航道我每天都要走两遍，确实太浅了。</p>",
        "<p><em>具体规定请查看：</em></p><ol><li>关于航道疏浚的公告 https://port.example/n/1.html</li></ol>",
        "<p>仅供投资者参考，不构成投资建议</p><p>来源：港口财经</p><p>（编辑：何人）</p>",
        "<p>Source: 港口日報【航道大事記】</p><p>▲ 2019 年度施工示意</p>",
        "<p>其他人也在看</p><p>港口三十年老店收攤</p><p>黃昏的燈塔</p>",
        "<p>热门评论</p><p>何人：这条航道太浅了。</p>",
        "<p>12人评论</p><p>举报/反馈</p>",
        "<p>👉下載《港口報》App，即時掌握大小事</p><p>追蹤港口報 Instagram</p><p>Like我們的Facebook專頁</p>",
        "<p>《港口》提醒您：落海請抓緊浮具</p><p>★珍惜生命，請撥打 0000</p>",
        "<p>文章关键词：港口 疏浚</p><p>原标题：航道年底疏浚</p><p>图源：港口网</p>",
        "<p>值班编委 林悦</p><p>值班编辑 何人</p><p>读者投稿邮箱：a@port.example</p>",
        "<p>港口報版權所有 不得轉載</p><p>关注公众号：港口观察</p>",
        "<p>更多港口新闻</p><ul><li><a href='/1'>渔民的春天</a></li></ul><p>点击视频，收看港口电视台的报道</p>",
        "<p><b>《三座灯塔：一部航道史》</b>|林悦|海滨大学出版社|322页|58元</p><p>译者：何人</p>",
    ],
)
def test_what_a_magazine_adds_at_the_end_goes(tail: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p>{tail}") == [P1, P2]


@pytest.mark.parametrize(
    "last",
    [
        "插图里的灯塔早已拆除，来自各地的游客只能在图书馆里看到它。",
        "各国航运公司对这一决定表示赞赏。",
        "她请读者在码头上关注海鸥的叫声，那是退潮的信号。",
        "警方说，有人加入微信群后被要求转发施工的照片。",
        "记者：非常感谢你，周局长。",
        "记者：航道挖深以后，老码头都做了些什么改动？",
        "海事局说，遇险的船只可以拨打12395求助。",
        "《港口日报》提醒读者，疏浚期间航道会变窄。",
        "更多的新闻要等到年底才有。",
        "主持人：那么我们下个月再来看看进展，好吗？",
    ],
)
def test_a_last_sentence_that_resembles_what_a_magazine_adds_stays(last: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>{last}</p>") == [P1, P2, last]


@pytest.mark.parametrize(
    "head",
    [
        "海滨网记者林小悦3月6日报道：",
        "《航运通訊社駐港記者林悦６日海濱專電》",
        "港口财经网3月6日讯，",
        "<p>文章转载自公众号：港口观察，作者 林悦</p>",
        "<p>本文来自微信公众号<a href='/m'>港口观察（ID：port）</a>，作者林悦，已获授权，请勿二次转载！</p>",
        "<ul><li>原文作者：<a href='/a'>Ann Lin</a></li><li>译文出自：<a href='/g'>译者社</a></li></ul>",
        "<ul><li>安·林德（Ann Lind）</li><li>BBC记者  发自海滨</li></ul>",
        "<ul><li>林悦</li><li>港口新闻中文网特约记者</li></ul>",
        "总台央视记者 林小悦：",
        "本报记者 林悦 何人 现场报道：",
        "海滨日报驻港记者林悦报道，",
        "【记者林悦/海滨报导】",
        "［港口新聞網］記者林悅／海濱報導",
        "人民网海滨3月6日电 （林悦、何人）",
        "央视网消息（新闻联播）：",
        "【港联社】（记者 林悦）",
        "航运经济报道记者林悦 北京报道 ",
        "港口消息网3月6日报道 ",
        "海滨台3月6日消息（记者 林悦）",
    ],
)
def test_who_reports_and_from_where_is_no_part_of_the_first_paragraph(head: str) -> None:
    html = f"{head}<p>{P1}</p>" if head.startswith("<") else f"<p>{head}{P1}</p>"
    assert paragraphs(f"{html}<p>{P2}</p>") == [P1, P2]


@pytest.mark.parametrize(
    "first",
    [
        "本报记者 林悦：您怎么看这次疏浚？",
        "本台记者林悦说：“天亮了，第一条船正在进港。”",
        "港口社记者深入渔村采访报道渔民生活已有三年。",
        "港口新闻网3月6日报道称，第一条挖泥船已经进港。",
    ],
)
def test_what_a_reporter_asks_or_is_quoted_with_is_no_dateline(first: str) -> None:
    assert paragraphs(f"<p>{first}</p><p>{P1}</p><p>{P2}</p>")[0] == first.replace(" ", "")


@pytest.mark.parametrize("label", ["<b>摘要：</b>", "核心提示:", "【导语】："])
def test_what_a_label_calls_an_abstract_is_the_teaser(label: str) -> None:
    clean = read(f"<div>{label}{P1}</div><p>{P2}</p><p>她说，岸边的灯要到午夜才会熄灭，工人们那时回家。</p>")
    assert clean.teaser == P1
    assert texts(clean)[0] == P1


@pytest.mark.parametrize(
    "first", ["一、港口为什么要挖深", "从这里出发，是一次远航；", "关于这条航道有几点说明："]
)
def test_a_short_line_that_begins_the_text_is_no_byline(first: str) -> None:
    assert paragraphs(f"<p>{first}</p><p>{P1}</p><p>{P2}</p>") == [first, P1, P2]


@pytest.mark.parametrize(
    "editor",
    ["（編輯：陳一鳴）1151122", "（编辑：陈一鸣）", " 责编：陈一鸣", "编辑：陈一鸣", "责任编辑：陈一鸣"],
)
def test_an_editor_behind_a_short_last_paragraph_does_not_take_it_along(editor: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>公司说会回应。{editor}</p>") == [P1, P2, "公司说会回应。"]


def test_a_heading_with_nothing_beneath_goes_with_what_was() -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><h2>文档信息</h2><p>编辑：陈一鸣</p>") == [P1, P2]


def test_verses_above_a_note_are_the_text() -> None:
    verses = ["夜里的渡口没有灯", "船夫把绳子放长", "远处有一列火车", "它不知道我们醒着", "也不知道水涨了"]
    assert paragraphs(f"<p>{'<br>'.join(verses)}</p><p>{P1}</p>")[:5] == verses


def test_an_account_s_portrait_leads_no_article() -> None:
    html = f'<p>转自<img src="https://pics.example/mmhead/Q3au/0">港口观察</p><p>{P1}</p><img src="https://pics.example/a/1">'
    assert read(html).images == ("https://pics.example/a/1",)


@pytest.mark.parametrize(
    ("img", "found"),
    [
        ('<img data-src="https://n.example/b/640" data-w="1080" data-ratio="0.09">', ()),
        ('<img data-src="https://n.example/b/640" data-w="40" data-ratio="1">', ()),
        (
            '<img data-src="https://n.example/b/640" data-w="1080" data-ratio="0.56">',
            ("https://n.example/b/640",),
        ),
        ('<img src="/none.gif" zoomfile="/z/1.jpg" file="/f/1.jpg">', ("https://n.example/z/1.jpg",)),
        ('<img src="/none.gif" file="/f/1.jpg">', ("https://n.example/f/1.jpg",)),
        ('<img src="/wait.gif" data-echo="/e.jpg">', ("https://n.example/e.jpg",)),
        ('<img src="/e.jpg" data-lazyload="true">', ("https://n.example/e.jpg",)),
        ('<img src="/wait.gif" data-full-url="/e.jpg">', ("https://n.example/e.jpg",)),
        ('<img srcset="/p.jpg">', ("https://n.example/p.jpg",)),
    ],
)
def test_a_picture_is_where_its_page_s_script_would_find_it(img: str, found: tuple[str, ...]) -> None:
    assert read(f"{img}<p>{P1}</p>", base="https://n.example/").images == found


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        *[
            (path, False)
            for path in ("s.gif", "img/loading.gif", "none.gif", "8/count.gif", "matomo.php?id=1")
        ],
        *[(path, False) for path in ("b.gif?v=1", "j/collect?v=1", "pixel.png", "tracking/open", "stat?e=1")],
        *[(path, True) for path in ("point-blank/30.jpg", "2026/tracking/31.jpg", "a/collect/1.jpg")],
    ],
)
def test_a_tracker_or_placeholder_without_a_size_does_not_lead(path: str, leads: bool) -> None:
    assert bool(read(f'<img src="https://n.example/{path}"><p>{P1}</p>').images) is leads


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("pixel.n.example/p?id=7", False),
        ("stats.n.example/", False),
        ("counter2.n.example/hit.php?u=1", False),
        ("beacon.n.example/a/b.gif", False),
        ("beacon.n.example/a/p.png", False),
        ("analytics.n.example/v1/open", False),
        ("images.example/?url=pixel.n.example%2Fp%3Fid%3D7", False),
        ("pixel.n.example/2026/harbour-dredger.jpg", True),
        ("stats.n.example/charts/dredging-31.webp?w=900", True),
        ("pixelart.example/p?id=7", True),
        ("counterpoint.example/photo/7", True),
    ],
)
def test_a_host_that_counts_visits_shows_no_picture_but_a_photographs_file(address: str, leads: bool) -> None:
    assert bool(read(f'<img src="https://{address}"><p>{P1}</p>').images) is leads


@pytest.mark.parametrize(
    "tail",
    [
        "<p>原创不易，点个“三连”支持一下👇</p>",
        "<p>本文参与某写作计划，分享自微信公众号。</p><p>原始发表：2024-03-06，如有侵权请联系 a@n.example 删除</p>",
        "<p>本文原创公众号：潮汐表，授权转载请联系微信(tide)，授权后请在二十四小时后转载。</p>",
        "<p>设置<strong>星标</strong>，不错过推文</p><p><strong>开放转载</strong></p><p>欢迎转发到朋友圈和微信群</p>",
        "<p>请添加「航道」小助手的微信号，备注：“航道”，我们拉您入群。</p><p>关注公众号《航道》，读更多港口故事：</p>",
        "<p>您的支持就是我更新的动力！<br>如果不希望看到停更，请点击下方的 <code>打赏</code> 支持一下，谢谢大家！</p>",
        "<h2>关于打赏</h2><p>有钱的捧个钱场，没钱的捧个人场，这个博客还会写下去，一直写到航道通了为止。</p>",
        "<p>最後，喜歡的話歡迎幫我拍手，最多可以拍 50 下 🙌</p>",
        "<p>文章有哪裡寫錯、有問題或建議的都歡迎留言告訴我！</p>",
        "<p>本频道主要讲述渔港的普通人。视频都是手机拍的，画质一般，所说的话都是真实的。</p><p>欢迎订阅，感谢支持！</p>",
        "<p>受苹果公司新规影响，赞赏功能被关闭，可通过二维码转账支持公众号。</p>",
        "<p>---End---</p><p>智能航道网站：</p><p>这里是另一篇文章的介绍，它说的是去年在同一个港口开过的一次会议。</p>",
        "<p>预览时标签不可点</p><p>微信扫一扫<br>关注该公众号</p><p>： ， 。 视频 小程序 赞 ，轻点两下取消赞</p>",
        "<p>出处<br>https://n.example/s?id=1670642057</p>",
        "<p>本文经授权转载自《潮汐》（ID：tide）。《潮汐》创刊于一九九六年，以“新锐”为定位。关注它，一起看海。</p>",
        "<p>参考资料：</p><p>《港口往事》. 晨报, 2017-5-26</p><p>《航道史》, 海事周刊, 2017</p>",
        '<p>相关资料</p><ol><li><p><a href="/1">疏浚船上的一天</a></p></li></ol>',
        "<p>注意：请勿利用文章里的工具从事违法活动，造成的损失由使用者本人负责，与作者无关。</p>",
        "<p>来源：</p><p>1、Tides and Harbours，</p><p>https://n.example/1</p><p>2、Dredging，</p>",
        "<p>更多船用工具在圈子里，已有三百人，欢迎各位进圈子交流学习！</p><p>圈子目前更新文章：</p><ul><li>测深仪</li></ul>"
        "<p>还有更多，期待您的加入！！！</p>",
        "<p>— 【 THE END 】—</p><p>🎉 大家期盼很久的交流群来了！快来加入吧！</p><p>😄嘻嘻，我们群里见！</p>",
        "<p>最近看到一份潮汐表，现在分享给大家，后台回复“潮汐2020” 即可获取。</p>"
        "<p>关于作者：林悦(ID: tide)，写船。欢迎交流！</p>",
        "<p>免责声明：</p><p>第二条：国家保护航道使用者的权利，促进航道开放。</p>",
        "<p>本文为林悦编译，原文地址：https://n.example/1<br>注：图片均来源于网络。如有侵权，请与后台联系，做删除处理。</p>",
        "<p>扫描下方二维码，验证时请说明来意</p><p>星球介绍</p><p>潮汐资料、海图和教程的分享。</p>",
        "<p>原文刊於2024年《渔港》三月號</p><p>編按︰在下面點擊「拍手」就可以支持我們繼續寫作！分享開去就更好～</p>",
        "<p>本文刊登於2024/3/6 海事晚報中文網</p>",
        "<p>改編自去年八月的<a href='/1'>文章</a>。</p>",
        "<p><b>转自《小港群言》</b></p>",
        "<p>▷ 排版：海鱼</p><p>未经特别说明，本站文章均为原创。转载文章或插图，请联系小航（tide），或给后台留言。</p>",
        "<p>场记校稿人：林悦，周启明，Emma Cheng</p><p>音频剪辑：陈潮，刘梦</p>",
        "<p>English version: <a href='/en'>The third channel, and who pays for it</a></p>",
        "<p>关于面面观：面面观是航道计划的栏目，就港口的复杂话题收集不同的看法。</p>",
        "<p>本文首发于微信公众号「渔港电台」，2024-03-06。<a href='/1'>查看原文</a></p>",
        "<p>原创声明：本文系作者授权渔港社区发表，未经许可，不得转载。</p>",
        "<p>如果你有什么看法，可以在评论区写下来！如果你点赞的话那就更好了！</p>",
        "<h3>分享此文：</h3><p>請按讚：</p><p>喜歡 正在載入...</p>",
        '<div class="c-cta"><h2>需要测深仪的样品吗？</h2><p>我们提供选型的支持，欢迎与我们的销售团队联系。</p></div>',
        "<p><a href='/1'>潮汐三講系列</a>，其之三</p>",
        "<h2>同栏目文章</h2><a href='/1'><h3>潮汐表</h3><p>这篇文章用一张潮汐表，讲清楚高潮是怎么算出来的。</p></a>",
    ],
)
def test_what_blogs_and_accounts_put_beneath_a_post_goes(tail: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p>{tail}") == [P1, P2]


@pytest.mark.parametrize(
    "text",
    [
        "平台周五宣布，直播打赏功能将于下月关闭，未成年人已付的款项可以申请退还。",
        "外长在会后表示，两国都赞赏并支持我们提出的方案，下一轮会谈定在秋天举行。",
        "政府发言人说，日本欢迎访问，但首脑会谈的日期还没有商定。",
        "公司计划增加人工客服，并且开通微信和电话两种报修的渠道。",
        "港务局在公众号发表了一篇“航道说明”，逐条回答渔民在听证会上提出的问题。",
        "这个账号主要发布诈骗信息，警方说它在三年里骗走了两千多万元。",
        "法院认为，平台接到通知后应当核实，如侵权事实成立，才负有删除的义务。",
        "文章说，这些工具仅供研究，警方警告使用者不要违法，否则要承担责任。",
        "协会期待各国船东的加入，第一次会议定在秋天。",
        "骗子让受害人在后台回复“退款”两个字，然后发去一个链接。",
        "关于作者的身份，警方没有公布更多消息。",
        "关于赔偿：渔会要求按三年的平均收成计算，谈判本月开始。",
        "这部电影改编自真实事件。",
        "文件说，转载须注明出处，否则港务局会追究责任。",
        "航道的三个难题：潮汐、沉船、渔网",
        "他说，如果你们有意见，可以在听证会上写下来。",
        "这是港口读本系列中的第三本。",
        "她这样形容渔港：请联系、请等待、请理解。",
    ],
)
def test_last_paragraphs_that_only_resemble_pleas_stay(text: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>{text}</p>") == [P1, P2, text]


def test_what_forums_and_embedded_posts_write_around_a_post_goes() -> None:
    html = f"<p>1楼 大 中 小 发表于 2024-3-6 10:04  只看该作者</p><p>{P1}</p>"
    html += "<p>[ 本帖最后由 潮汐 于 2024-3-7 10:06 编辑 ]</p>"
    html += f'<blockquote><p>Posted by <a href="/r">渔港台</a> on Wednesday, March 6, 2024</p></blockquote><p>{P2}</p>'
    assert paragraphs(html) == [P1, P2]


def test_the_numbers_of_lines_of_code_are_no_text() -> None:
    numbers = (
        '<td class="gutter"><pre><span class="line">1</span><br><span class="line">2</span><br></pre></td>'
    )
    code = '<td class="code"><pre><span class="line">open(tide)</span><br><span class="line">close()</span></pre></td>'
    html = f'<p>{P1}</p><figure class="highlight"><table><tr>{numbers}{code}</tr></table></figure><p>{P2}</p>'
    assert paragraphs(html) == [P1, "open(tide)", "close()", P2]


@pytest.mark.parametrize("last", ["END", "end", "Comments"])
def test_a_line_of_code_ends_no_article(last: str) -> None:
    code = f"<pre><code>open(tide)<br>{last}</code></pre>"
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p>{code}<p>{P1}</p>")[-1] == P1
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>end</p><p>{P1}</p>")[-1] == P1


@pytest.mark.parametrize("rule", ["◆◇◆", "★ ★ ★", "＊＊＊", "====="])
def test_a_rule_made_of_signs_is_no_text(rule: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{rule}</p><p>{P2}</p>") == [P1, P2]


def test_the_head_of_an_accounts_page_is_no_text() -> None:
    meta = '<h1 class="rich_media_title">第三条航道</h1><div id="meta_content" class="rich_media_meta_list">'
    meta += '<span class="rich_media_meta">原创</span><span>林悦</span><em id="publish_time">2024年03月06日</em></div>'
    html = f'{meta}<div class="rich_media_content" id="js_content"><p>{P1}</p><p>{P2}</p></div>'
    assert paragraphs(html, "第三条航道") == [P1, P2]
    short = f'<div class="rich_media_content"><p><img src="https://n.example/a.jpg"></p><p>{P1}</p></div>'
    assert paragraphs(short) == [P1]


def test_the_head_of_an_accounts_page_that_lost_its_markup_is_no_text() -> None:
    title = "第三条航道下月开放，渔港准备好了！"
    head = f"<h1>{title}</h1><p><img></p><h1>{title}</h1><p>原创</p><p>林悦 林悦</p><p>潮汐表</p>"
    head += "<p>在小说阅读器读本章</p><p>去阅读</p><p>文章来源：订阅号「潮汐表」</p>"
    head += "<p>获取更多航海资讯</p><p>字数 1472，阅读大约需 5 分钟</p>"
    head += "<p>声明：文章中涉及的方法仅供研究与教学使用，读者若作违法用途，由用户承担全部法律责任。</p>"
    assert paragraphs(f"{head}<p>{P1}</p><p>{P2}</p>", title) == [P1, P2]


def test_a_paragraph_that_was_made_a_heading_for_its_looks_is_text() -> None:
    long = "第三条航道只是渔港在扩建以前的权宜之计，等新的防波堤建成，大船会改走外海，小船才用得上它，渔民也这样希望。"
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><h3>{long}</h3>") == [P1, P2, long]
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><h3>渔民这样希望</h3>") == [P1, P2]


def test_text_beside_a_picture_in_a_block_made_for_both_is_text() -> None:
    block = '<div class="wp-block-media-text"><figure><img src="https://n.example/a.jpg"></figure>'
    block += f'<div class="wp-block-media-text__content"><p>{P1}</p></div></div>'
    assert paragraphs(f"{block}<p>{P2}</p>") == [P1, P2]


CODE = '<img src="https://n.example/p/1.jpg" width="258">'


@pytest.mark.parametrize(
    "html",
    [
        '<p><img src="https://n.example/qr.png" width="400"></p>',
        '<p><img src="https://n.example/2024/wechat-qrcode.jpg"></p>',
        '<p><img src="https://n.example/%E4%BA%8C%E7%BB%B4%E7%A0%81.jpg"></p>',
        '<p><img src="https://n.example/a.jpg" alt="潮汐表公众号二维码"></p>',
        f"<p>长按识别二维码，关注潮汐表</p><p>{CODE}</p>",
        f"<p>关注公众号《潮汐表》，读更多故事：</p><p>{CODE}</p>",
        f"<p>{CODE}</p><p>扫码关注我们</p>",
        f"<p>扫描下方二维码入群<br>{CODE}</p>",
        f"<p>{CODE}</p><p>点击上方蓝字关注【潮汐表】不迷路</p>",
        f"<p>重磅干货，第一时间送达{CODE}</p>",
    ],
)
def test_a_code_to_scan_leads_no_article_even_alone(html: str) -> None:
    assert read(f"<p>{P1}</p><p>{P2}</p>{html}").images == ()
    photo = "https://n.example/ship.jpg"
    assert read(f'<p><img src="{photo}"></p><p>{P1}</p><p>{P2}</p>{html}').images == (photo,)


def test_a_photograph_of_what_is_scanned_leads_its_article() -> None:
    photo = "https://n.example/ship.jpg"
    told = "市民周三在码头扫描二维码登船，志愿者在一旁帮助没有手机的老人，登船的队伍一直排到了渔市场的门口。"
    told += "等候的时间大约是四十分钟，比去年的渔汛短了许多。"
    html = f'<p>{told}</p><p><img src="{photo}" alt="市民扫描二维码登上第三条航道的渡船"></p><p>{P1}</p>'
    assert read(html).images == (photo,)


def test_what_is_as_wide_as_a_photograph_is_no_sign_whatever_its_name() -> None:
    def lead(name: str, size: str) -> tuple[str, ...]:
        return read(f'<p><img src="https://n.example/{name}" {size}></p><p>{P1}</p>').images

    for name in ("harbour-logo-wall.jpg", "icon/2024.jpg", "police-badge.png", "avatar_2.jpg"):
        assert lead(name, 'width="960" height="640"') == (f"https://n.example/{name}",)
        assert lead(name, 'data-w="1080"') == (f"https://n.example/{name}",)
        assert lead(name, 'width="300"') == lead(name, "") == ()
    assert lead("favicon.png", 'width="960"') == lead("emoji/1.png", 'width="960"') == ()


def test_a_line_beneath_a_picture_that_repeats_its_alt_is_its_caption() -> None:
    picture = '<p><img src="https://n.example/a.jpg" alt="C12Q3aEW 施工船"><span>C12Q3aEW 施工船</span></p>'
    assert paragraphs(f"<p>{P1}</p>{picture}<p>{P2}</p>") == [P1, P2]


def test_cells_of_a_table_are_words_of_their_own() -> None:
    rows = "<tr><td>Pilot 64</td><td>R9 270</td></tr><tr><td>水深</td><td>12</td></tr>"
    assert paragraphs(f"<p>{P1}</p><table>{rows}</table><p>{P2}</p>") == [
        P1,
        "Pilot 64 R9 270",
        "水深 12",
        P2,
    ]


WRAPPED = (
    "港口管理局的三位测量员在退潮之后沿着防波堤走了整整两个小",
    "时，把第三条航道两侧的每一根木桩都数了一遍。他们说这样的桩",
    "一共有四百一十二根，其中三十七根已经被船蛆蛀空，需要在入冬",
    "之前换掉。",
    "渔会的会长则记得，他父亲那一代人打下这些桩的时候并没有想到",
    "会有这么大的船从旁边开过去，更没有想到浪会把桩头磨圆",
)


def test_lines_that_were_broken_at_a_width_are_put_together() -> None:
    first, second = "".join(WRAPPED[:4]), "".join(WRAPPED[4:])
    for line_break in ("<br>", "<br/>\n　　"):
        assert paragraphs(f"<p>{line_break.join(WRAPPED)}</p><p>{P1}</p>") == [first, second, P1]
    assert paragraphs(f"<p>{'<br>'.join(WRAPPED[:4])}<br><br>{'<br>'.join(WRAPPED[4:])}</p>") == [
        first,
        *WRAPPED[4:],
    ]


def test_lists_and_sentences_that_lines_end_with_stay_lines() -> None:
    points = [
        f"{i}、第{i}段航道的木桩已经全部数完，入冬之前要把蛀空的换掉，由{i}号船负责" for i in range(1, 6)
    ]
    told = [f"第{i}段航道的木桩已经全部数完，入冬之前要把被蛀空的那几根换掉。" for i in "一二三四五"]
    for lines in (points, told):
        assert paragraphs(f"<p>{'<br>'.join(lines)}</p><p>{P1}</p>") == [*lines, P1]


def test_verses_that_are_paragraphs_of_their_own_are_text() -> None:
    verses = ["手提一盏旧渔灯", "口中数着夜来潮", "脚下千船都入港", "笑看雾里无人桥"]
    html = "".join(f"<p>{verse}</p>" for verse in ("林悦", *verses, P1, P2))
    assert paragraphs(html)[-6:] == [*verses, P1, P2]


def test_a_stanza_above_a_note_is_text() -> None:
    stanza = ["潮水退到了桩的脚边", "灯塔还没有关上灯", "三条船在雾里等着", "第四条船已经走了"]
    note = "这首诗写于航道开工的那个早晨，作者当时在港口的灯塔上值夜班，诗里的四条船后来都拆了。"
    for size in (3, 4):
        assert paragraphs(f"<p>{'<br>'.join(stanza[:size])}</p><p>{note}</p>") == [*stanza[:size], note]
    assert paragraphs(f"<p>文／林悦<br>图／周明<br>编辑／潮汐表</p><p>{note}</p>") == [note]


def test_what_stands_above_the_dateline_is_the_outlets_own_teaser() -> None:
    above = "疏浚还没有开工，渔民已经在算账：航道一通，谁来赔他们这一季的鱼，谁来还他们那一片海。"
    clean = read(f"<blockquote><p>{above}</p></blockquote><p>（德国之声中文网）{P1}</p><p>{P2}</p>")
    assert clean.teaser == above
    assert read(f"<p>航道的账</p><p>（德国之声中文网）{P1}</p><p>{P2}</p>").teaser == ""


def test_a_report_of_one_sentence_beneath_a_picture_is_no_caption() -> None:
    picture = '<p><img src="https://n.example/a.jpg"></p>'
    report = "港口局长周启明表示，第三条航道将提前两个月通航。（路透社）"
    assert paragraphs(f"<p>{P1}</p>{picture}<p>{report}</p><p>{P2}</p>") == [P1, report, P2]
    caption = "疏浚船停在第三条航道的入口。（路透社）"
    assert paragraphs(f"<p>{P1}</p>{picture}<p>{caption}</p><p>{P2}</p>") == [P1, P2]


CARD = "<p>以下文章来源于渔港夜话<br>，作者林悦</p><p><b>渔港夜话</b><br>.</p>"


def test_what_an_account_shows_of_another_whose_text_it_passes_on_is_no_text() -> None:
    about = "<p>关于渔港的一切，专注航道与潮汐，也讲船上的故事。</p>"
    assert paragraphs(f"<p>海边的人</p>{CARD}{about}<p>{P1}</p><p>{P2}</p>") == [P1, P2]
    # Without a card, and without a text beneath it, nothing is the other's.
    assert paragraphs(f"<p>以下文章来源于渔港夜话</p><p>{P1}</p><p>{P2}</p>") == [P1, P2]
    assert paragraphs(f"{CARD}<p>{P1}</p><p>{P2}</p>") == [P1, P2]


@pytest.mark.parametrize("heading", ["免责声明", "END", "打赏作者", "课程推荐"])
def test_a_heading_ends_an_article_only_where_little_is_beneath(heading: str) -> None:
    text = [P1, P2, *(f"第{n}段。{P2}" for n in "三四五六七")]
    html = [f"<p>{paragraph}</p>" for paragraph in text]
    assert paragraphs("".join([*html, f"<p>{heading}</p><p>关于这些，小编也说不清，看看就好。</p>"])) == text
    assert paragraphs("".join([*html[:2], f"<p>{heading}</p>", *html[2:]])) == [*text[:2], heading, *text[2:]]


LONG = [P1, P2, *(f"第{n}段。{P2}" for n in "三四五六七")]


@pytest.mark.parametrize(
    "imprint",
    [
        "<p><b>作者：林悦</b></p><p>航道计划联合创始人，毕业于海事大学，曾任两家报纸的资深记者。</p>",
        "<h2>作者：</h2><p><b>林悦</b>，教育工作者。</p><p><b>陈潮</b>，海事大学研究生，懒。</p><p><b>编辑：周</b></p>",
        "<p>嘉宾：周启明</p><p>港口心理研究所博士后，航道读书会的发起人。</p><p>网站：n.example</p>",
        '<h2><b>作者：</b><a href="/@linyue"><span>@林悦</span></a></h2><p>海事大学博士候选人，前媒体人。</p>',
        "<h3>下期预告</h3><p><b>第七课：怎样看海图</b></p><blockquote>船认得了，下节课用海图做一次真正的航行。</blockquote>",
        "<h5>关于作者</h5><p>林悦，现攻读海事大学博士学位，您可以通过电子邮件跟她联系。</p>",
        "<hr><p><b>關於我們</b></p><p>航道透視是一家關注漁民權益的組織，成立於二零零五年，研究港口的工作環境。</p>",
    ],
)
def test_who_made_an_article_is_no_text_beneath_it(imprint: str) -> None:
    html = [f"<p>{paragraph}</p>" for paragraph in LONG]
    assert paragraphs("".join([*html, imprint])) == LONG
    # In mid-text it is a section, whatever it is called.
    assert paragraphs("".join([*html[:3], imprint, *html[3:]]))[-4:] == LONG[3:]


def test_a_list_of_works_and_their_authors_is_text() -> None:
    works = "".join(f"<p>《{name}》</p><p>作者：林悦{n}</p><p>{P2}</p>" for n, name in enumerate("潮船港"))
    html = "".join(f"<p>{paragraph}</p>" for paragraph in LONG)
    assert paragraphs(html + works)[-1] == P2


def test_a_first_line_of_an_author_who_uses_no_full_stops_is_text() -> None:
    first = "在某个无事可做的下午，我偶然发现了一条新航道"
    others = [
        f"再往前划一点，就看见{thing}停在那里，谁也没有管它"
        for thing in ("沉船", "浮标", "渔网", "灯塔", "小艇")
    ]
    assert paragraphs("".join(f"<p>{line}</p>" for line in (first, *others, P1))) == [first, *others, P1]
    assert paragraphs("".join(f"<p>{line}</p>" for line in ("林悦", *others, P1))) == [*others, P1]
    # Where the others end as sentences do, it is a subtitle.
    assert paragraphs(f"<p>{first}</p><p>{P1}</p><p>{P2}</p>") == [P1, P2]


@pytest.mark.parametrize(
    "line",
    [
        "文｜林悦",
        "编辑 ｜ 周启明、陈潮",
        "本文首发于微信公众号：渔港电台",
        "欢迎大家点赞，收藏，关注",
        "本文收录于合集「从港口到大洋」，关注后回复「大洋」获取全部海图",
    ],
)
def test_what_an_account_says_of_a_post_goes_wherever_it_stands(line: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>{line}</p><p>{P1}</p>") == [P1, P2, P1]


@pytest.mark.parametrize(
    "line",
    [
        "摄影｜光与影的两种写法",
        "他说，欢迎大家关注航道的安全。",
        "本文首发于微信公众号时只有三段，一位船员看过以后，又写了三段。",
        "本文收录于他的第一本书，书名是《潮汐表》。",
    ],
)
def test_a_line_in_mid_text_that_only_resembles_what_an_account_says_stays(line: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>{line}</p><p>{P1}</p>") == [P1, P2, line, P1]


def test_why_a_text_is_shown_again_is_no_part_of_it() -> None:
    note = "编者按：此文系《渔港》杂志公众号文章，因为原文在当日中午被删除。"
    assert paragraphs(f"<p><b>{note}</b></p><p>林悦</p><p>{P1}</p><p>{P2}</p>") == [P1, P2]
    own = "编者按：此文讲述一个被删去名字的港口，由两位船员合写。"
    assert paragraphs(f"<p><b>{own}</b></p><p>{P1}</p><p>{P2}</p>")[0] == own


def test_a_rights_notice_says_more_than_its_heading() -> None:
    html = "".join(f"<p>{paragraph}</p>" for paragraph in LONG)
    about = "<h5>关于作者</h5><p>林悦，现攻读海事大学博士学位。</p>"
    rights = "<p>版权声明</p><p>本文系作者授权发表，未经许可，不得转载。</p>"
    assert read(html + about + rights).rights_notice == "本文系作者授权发表，未经许可，不得转载。"
    assert read(html + about + "<p>版权声明</p>").rights_notice == "版权声明"


def test_a_list_of_the_headings_to_come_is_no_text() -> None:
    names = ["潮汐是什么", "怎样看海图", "沉船的位置"]
    items = "".join(f"<li><b>{name}</b></li>" for name in names)
    sections = "".join(f"<h2>{n}. {name}</h2><p>{P2}</p>" for n, name in enumerate(names, 1))
    headed = [line for n, name in enumerate(names, 1) for line in (f"{n}. {name}", P2)]
    assert paragraphs(f"<p>{P1}</p><p>导航</p><ol>{items}</ol>{sections}") == [P1, *headed]
    # What is told of, and never heads a section, is a list.
    others = "".join(f"<h2>{name}</h2><p>{P2}</p>" for name in ("一号船", "二号船", "三号船"))
    assert paragraphs(f"<p>{P1}</p><ol>{items}</ol>{others}")[1:4] == names
    # So is one that sums up what was told before.
    assert paragraphs(f"<p>{P1}</p>{sections}<p>小结：</p><ol>{items}</ol><p>{P2}</p>")[-4:-1] == names


def test_who_wrote_a_book_is_among_its_details() -> None:
    details = ["作者: [英] 约翰·海", "出版社: 海事出版社", "出版年: 2019-4"]
    lines = "".join(f"<p>{line}</p>" for line in details)
    assert paragraphs(f"<p>{P1}</p><p>《潮汐表》</p>{lines}<p>{P2}</p>")[2:-1] == details
    assert paragraphs(f"<p>{details[0]}</p><p>{P1}</p><p>{P2}</p>") == [P1, P2]


def test_what_an_introduction_is_called_is_no_part_of_it() -> None:
    assert paragraphs(f"<p>前言：{P1}</p><p>{P2}</p>") == [P1, P2]
    assert paragraphs(f"<p>前言、{P1}</p><p>{P2}</p>") == [f"前言、{P1}", P2]


def test_a_date_with_spaces_in_it_is_a_date() -> None:
    assert paragraphs(f"<p>2024 年 03 月 06 日</p><p>{P1}</p>") == [P1]
    assert paragraphs(f"<p>{P1}</p><p>2024 年 03 月 06 日</p><p>{P2}</p>")[1] == "2024 年 03 月 06 日"


def test_a_call_to_subscribe_to_the_authors_channel_goes_wherever_it_stands() -> None:
    plea = "歡迎訂閱我的 RSS 電子報來看更多有趣的文章點我訂閱"
    assert paragraphs(f"<p>{P1}</p><p>{plea}</p><p>{P2}</p>") == [P1, P2]
    said = "欢迎加入我们的船队，老船长站在码头上对每一个新来的人都这样说。"
    assert paragraphs(f"<p>{P1}</p><p>{said}</p><p>{P2}</p>") == [P1, said, P2]


def test_what_a_page_is_built_with_is_no_picture_of_the_article() -> None:
    def lead(path: str) -> tuple[str, ...]:
        return read(f'<img src="https://n.example/{path}"><p>{P1}</p><p>{P2}</p>').images

    assert lead("blog/dist/pc/img/original.png") == ()
    assert lead("dist/2024/harbour.jpg") == ("https://n.example/dist/2024/harbour.jpg",)


@pytest.mark.parametrize(
    "head",
    [
        "By: 林悦. 2014-9-6. 3,366",
        "版权所有：海港研究所，转载须注明出处。",
        "时间：2012-12-21</p><p>地点：研究所会议厅</p><p>主讲人：林悦</p><p>主持人：陈帆</p><p>评议人：何舟 许桨"
        "</p><p>版权所有：海港研究所，转载须注明出处。",
        "[ 2010年第11期　疏浚记 ]",
        "原载《海港与社会》第六卷，何舟主编，航道出版社 2010年。",
        "本文为《The Tide》2018年九月号封面故事：《Dredging On》，Finn Boyle著。</p><p>英文版链接：</p>"
        "<p>授权翻译 / Translated with permission；转载请征得同意",
        "【作者】芬恩·波义耳（Finn Boyle），《潮汐》记者，著有《港口》等书</p><p>【翻译】林悦，何舟</p><p>【校对】许桨",
    ],
)
def test_where_a_text_is_from_and_who_has_a_part_in_it_is_no_text_above_it(head: str) -> None:
    assert paragraphs(f"<p>{head}</p><p>{P1}</p><p>{P2}</p>", "疏浚记") == [P1, P2]


@pytest.mark.parametrize(
    "lead",
    [
        "原载《海港晚报》的小说《退潮》今年被改编成电影，上个月在港口的露天影院首映。",
        "本文是《退潮》的读者写给作者的一封长信，信里谈到了渔民和他们的孩子。",
        "【编辑】是个孤独的行当。林悦在港口的小报社做了三十年，从没有署过一次名。",
        "版权所有者在法庭上说，这些照片是他父亲在码头上拍的，谁也没有问过他。",
    ],
)
def test_a_lead_that_speaks_of_where_something_is_from_stays(lead: str) -> None:
    assert paragraphs(f"<p>{lead}</p><p>{P1}</p><p>{P2}</p>") == [lead, P1, P2]


@pytest.mark.parametrize(
    "tail",
    [
        "出处 : 海港公众号",
        "出处：潮声",
        "回到开头",
        "Back to top",
        "本文系海港网“潮声”特色内容。",
        "阅读全文，请下载 PDF 文档。",
    ],
)
def test_where_a_text_was_found_is_no_text_beneath_it(tail: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>{tail}</p>") == [P1, P2]


@pytest.mark.parametrize(
    "text", ["回到开头的那个问题，港口为什么要疏浚？", "本文系统地讨论了港口的授权文章。"]
)
def test_a_last_line_that_goes_back_to_the_first_is_text(text: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>{text}</p>")[-1] == text


@pytest.mark.parametrize("name", ["footnotes", "post-endnote", "reflist"])
def test_notes_at_the_foot_of_a_page_are_no_text(name: str) -> None:
    note = "港口的老船长们说过，疏浚从来就不是为了渔民，这一点谁都明白。"
    link = '<a class="footnotes-link" href="#1">1</a>'
    page = f'<p>{P1}{link}</p><p>{P2}</p><ol class="{name}"><li id="1">{note} [<a href="#2">↩</a>]</li></ol>'
    assert paragraphs(page)[1:] == [P2]


def test_staff_that_is_named_within_a_text_is_no_text() -> None:
    staff = "<p>文｜林悦</p><p><b>编辑｜</b>何舟</p><p>摄影 丨 许桨</p>"
    assert paragraphs(f"<p>{P1}</p>{staff}<p>{P2}</p>") == [P1, P2]
    told = "编辑｜这一行的人，多半不署名。"
    assert paragraphs(f"<p>{P1}</p><p>{told}</p><p>{P2}</p>")[1] == told


def test_what_a_translator_says_of_the_text_is_beside_it() -> None:
    assert is_aside("这篇文章主要是对一份港口研究的大致翻译。意译为主，疏浚的细节会有一些改写。")
    assert not is_aside("这篇文章是写给港口的渔民的，至今没有翻译成别的语言。")
    assert not is_aside("他主要做港口文件的翻译。")


def test_a_last_paragraph_that_ends_with_what_is_to_come_is_text() -> None:
    last = (
        "如果您也想参加明年的开渔节，请给港口的渔会写信，说说您会做什么，想和谁一起出海。"
        "我们会在码头上给每个人留一条船，也会请老船长们讲一讲从前的航道和今天的疏浚。"
        "至于开船的日子，要等潮汐表出来才能定，敬请期待。"
    )
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>{last}</p>") == [P1, P2, last]
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>下一期我们去看灯塔，敬请期待！</p>") == [P1, P2]


def test_where_a_text_was_taken_over_from_is_no_text_above_it() -> None:
    source = "<p><em>本文转载于微信公众号《潮声志》。原文链接：</em></p><p><em>https://n.example/1</em></p>"
    assert paragraphs(f"{source}<p>{P1}</p><p>{P2}</p>") == [P1, P2]
    told = "本文转载于十二种语言的报纸，港口的人却没有读过它。"
    assert paragraphs(f"<p>{told}</p><p>{P1}</p><p>{P2}</p>")[0] == told


def test_a_themes_own_names_are_no_classes_of_a_post() -> None:
    meta = '<ul class="post-entry-meta"><li>林悦写于港口的一个下午，已有很多人读过。</li></ul>'
    assert paragraphs(f'<div class="post-1 post-password-required">{meta}<p>{P1}</p><p>{P2}</p></div>') == [
        P1,
        P2,
    ]


def test_a_colon_for_vertical_text_is_a_colon() -> None:
    assert (
        paragraphs(f"<p>作者︰林悦</p><p>{P1}</p><p>林悦说︰港口要疏浚，渔民都知道。</p>")[1]
        == "林悦说：港口要疏浚，渔民都知道。"
    )


@pytest.mark.parametrize("name", ["author", "post-author-avatar", "user_avatar"])
def test_an_authors_portrait_does_not_lead_the_article(name: str) -> None:
    portrait, picture = (f"https://n.example/{file}.jpg" for file in ("p7001", "harbour"))
    html = (
        f'<div class="{name}"><p><img src="{portrait}"></p></div><p>{P1}</p><img src="{picture}"><p>{P2}</p>'
    )
    assert read(html).images == (picture,)
    assert read(html.replace(f'"{name}"', '"authoring-tools"')).images[0] == portrait
    assert read(f'<article class="{name}"><img src="{picture}"><p>{P1}</p></article>').images == (picture,)


@pytest.mark.parametrize(
    "note",
    [
        "本文翻译自林悦女士写的《The Tide》，她用了很多图来解释疏浚，国内还没有人翻译过，希望能帮到大家。",
        "这篇文章最初发表于何舟的博客，七年过去了依旧是经典好文。",
        "本文首發於海港技術專欄，全文共六千字，讀完需要八分鐘。",
        "写在前面：本人技术一般，边学边写，如有错误欢迎指正。",
        "寫在前面的話：這一系列是疏浚的筆記。",
        "注意！本文档写于疏浚之前，有些步骤已经不同。",
    ],
)
def test_where_an_article_was_before_is_said_about_it(note: str) -> None:
    assert is_aside(note)


@pytest.mark.parametrize(
    "sentence",
    [
        "本文发现在港口工作的人多半来自内陆。",
        "文章发表以后，港口的人才知道疏浚要花多少钱。",
        "本文转而讨论疏浚的费用。",
        "写在前面那一页的，是他从没有寄出的信。",
        "注意：这条航道冬天会结冰，渔船不能出港。",
    ],
)
def test_what_an_article_says_of_its_subject_is_the_article(sentence: str) -> None:
    assert not is_aside(sentence)


@pytest.mark.parametrize(
    "tail",
    [
        "感谢您的阅读",
        "本文已结束，感谢您的阅读",
        "--eof--",
        "作者[林悦]",
        "I write about harbours on my Twitter account. If you have liked this article, feel free to share it.",
    ],
)
def test_the_end_is_no_text(tail: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>{tail}</p>") == [P1, P2]


@pytest.mark.parametrize(
    "text",
    [
        "结束阅读的那天，渔民的孩子把书还给了港口的图书馆。",
        "If you liked the old harbour, you will have to share it with the tankers from now on.",
        "作者[林悦]在书里写过这条航道，那时它还没有名字，渔民都绕着走。",
    ],
)
def test_a_last_line_in_the_same_words_is_text(text: str) -> None:
    assert paragraphs(f"<p>{P1}</p><p>{P2}</p><p>{text}</p>")[-1] == text


def test_what_a_mirror_writes_beneath_a_text_is_no_text() -> None:
    notice = "本文仅用于学习、研究和交流目的。转载请注明出处、完整链接以及原作者。"
    foot = f"<h1>版权声明</h1><p>本文资源来源互联网，仅供学习使用，</p><p>{notice}</p><h2>原文标题</h2><p>疏浚记</p>"
    body = f"<p>{P1}</p><p>{P2}</p>"
    assert paragraphs(body * 3 + foot, "疏浚记") == [P1, P2] * 3
    assert paragraphs(f"<p>{P1}</p><h1>版权声明</h1>{body * 3}")[1] == "版权声明"


def test_where_a_text_was_translated_from_is_no_text_above_it() -> None:
    assert paragraphs(f"<p>本文译自 Finn 的 tide. 版权归原文所有.</p><p>{P1}</p><p>{P2}</p>") == [P1, P2]
    told = "本文改编自一位老船长的日记，他在港口住了四十年，疏浚开始的那天才离开。"
    assert paragraphs(f"<p>{told}</p><p>{P1}</p><p>{P2}</p>")[0] == told


def test_what_else_an_author_has_made_is_no_text_beneath_theirs() -> None:
    text = "The harbour was dredged in the spring, and nobody who fishes there was asked about it. " * 4
    promotion = "<h1>Find My Other Content Here</h1><p>Podcasts - listen on every app that you have</p>"
    assert paragraphs(f"<p>{text}</p><p>{text}</p>{promotion}") == [text.strip()] * 2
    told = "Find me, she wrote, and I will tell you who paid for the dredging of the harbour."
    assert paragraphs(f"<p>{text}</p><p>{text}</p><p>{told}</p>")[-1] == told


def test_how_often_a_text_was_read_is_no_text() -> None:
    row = "2019.10.29 12:49:29 字数 707 阅读 3,202"
    assert paragraphs(f"<p>{row}</p><p>{P1}</p><p>{P2}</p>") == [P1, P2]
    told = "2019.10.29 那天，港口的人都在阅读同一份报纸，因为疏浚终于有了日期。"
    assert paragraphs(f"<p>{told}</p><p>{P1}</p>")[0] == told


def test_a_text_begins_right_beneath_the_byline_with_a_line_that_has_no_stop() -> None:
    said = "大家可能都听过一种说法：让港口荒废最快的办法，就是让泥沙自己沉下去"
    assert paragraphs(f"<p>文：林悦</p><p>{said}</p><p>{P1}</p><p>{P2}</p>")[0] == said
    assert paragraphs(f"<p>文：林悦</p><p>图：何舟，海港摄影师工作坊的成员</p><p>{P1}</p><p>{P2}</p>") == [
        P1,
        P2,
    ]


def test_bold_lines_that_are_one_sentence_are_no_heading() -> None:
    head = "<p><b>让每个人都夸奖的“好港口”，</b></p><p><b>只是公司一厢情愿的满意，并不是渔民想要的。</b></p>"
    blocks = read(f"{head}<p>{P1}</p><p>{P2}</p>").body
    assert [block.kind for block in blocks] == ["paragraph"] * 4
    assert read(f"{head}<p>{P1}</p><p>{P2}</p>").teaser == ""


def test_a_text_with_advertisements_set_into_it_is_the_text() -> None:
    html = f"<p>{P1}</p><p>{P2}</p>"
    assert paragraphs(f'<div id="news_keyword_ad_area2">{html}</div>') == [P1, P2]
    assert paragraphs(
        f'{html}<div id="ad_area2"><p>港口大酒店开业，即日起八折优惠，欢迎入住。</p></div>'
    ) == [P1, P2]


def test_a_step_of_a_manual_is_no_call_to_log_in() -> None:
    step = "Log in to the harbour's computer (the account is free for the first month of use):"
    assert step in paragraphs(f"<p>{P1}</p><p>{step}</p><p>{P2}</p>")
    assert "Log in to read on" not in paragraphs(f"<p>{P1}</p><p>Log in to read on</p><p>{P2}</p>")


def test_a_button_that_copies_code_is_no_text() -> None:
    code = '<pre><code>dredge --deep<span class="copy-code-btn">复制代码</span></code></pre>'
    assert paragraphs(f"<p>{P1}</p>{code}<p>{P2}</p>") == [P1, "dredge --deep", P2]


def test_a_picture_leads_rather_than_an_animation() -> None:
    moving, still = (f"https://n.example/{name}" for name in ("head.gif", "harbour.jpg"))
    html = f'<img src="{moving}"><p>{P1}</p><img src="{still}"><p>{P2}</p>'
    assert read(html).images[0] == still
    assert read(f'<img src="{moving}"><p>{P1}</p><p>{P2}</p>').images == (moving,)
