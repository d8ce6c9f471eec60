# ruff: noqa: E501 - markup, as it is served
"""Pages of invented articles in the shape of those that sites serve, with everything that is around an article."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Story:
    """An invented article, and a page's own words, which are none of it."""

    title: str
    paragraphs: tuple[str, ...]
    deck: str = ""
    picture: str = "https://media.example.org/files/2019/harbour-dredger.jpg"
    caption: str = ""
    author: str = "林悦"
    headings: tuple[str, ...] = field(default=())

    def rest(self, first: int = 0) -> str:
        """Its paragraphs, each an element."""
        return "".join(f"<p>{paragraph}</p>" for paragraph in self.paragraphs[first:])


DREDGING = Story(
    title="第三条航道通了以后，渔村还剩下什么",
    paragraphs=(
        "十一月的一个早晨，最后一条挖泥船驶离了石塘湾。港口管理局当天宣布，第三条航道的疏浚工程全部完成，十万吨级的货轮从此可以全天候进出。",
        "工程总长二十六公里，历时四年，由三家企业共同承建。按照合同，施工方每年要向沿岸的七个渔村支付补偿，但多数村民说，他们只在第一年收到过钱。",
        "“网里的东西一年比一年少，”五十八岁的船老大周启明说，“以前一网能有两百斤，现在能有二十斤就不错了。”他的两个儿子都已经去了市里打工。",
        "海洋研究所去年公布的一份调查显示，疏浚使湾内的泥沙含量上升了三倍，海草床的面积减少了将近一半。报告建议在产卵期停止施工，这一建议没有被采纳。",
        "管理局发言人在书面答复中说，工程的每一个阶段都通过了环境评估，补偿款也已经按时足额交给镇政府，至于镇政府如何发放，不在管理局的职责之内。",
        "镇政府没有回应记者的多次询问。村委会门口的公告栏里，一张三年前的补偿名单已经褪色，上面的名字有一半被人用笔划去。",
        "村里的小学今年秋天合并到了镇上，空出来的教室成了仓库。周启明把那条用了二十年的船卖给了邻县的一家养殖场，价钱只够修一次屋顶。",
    ),
    caption="停在石塘湾外的挖泥船，摄于二零一八年冬天",
)
DECKED = replace(
    DREDGING,
    deck="疏浚工程让十万吨级的货轮驶进了石塘湾，也让七个渔村失去了祖祖辈辈赖以为生的渔场，补偿至今下落不明。",
)
SHORT = replace(
    DREDGING,
    title="石塘湾疏浚工程全部完成",
    paragraphs=DREDGING.paragraphs[:2],
)
BARE = replace(DREDGING, caption="")
TRADITIONAL = Story(
    title="第三條航道通了以後，漁村還剩下什麼",
    paragraphs=(
        "十一月的一個早晨，最後一條挖泥船駛離了石塘灣。港口管理局當天宣布，第三條航道的疏浚工程全部完成，十萬噸級的貨輪從此可以全天候進出。",
        "工程總長二十六公里，歷時四年，由三家企業共同承建。按照合約，施工方每年要向沿岸的七個漁村支付補償，但多數村民說，他們只在第一年收到過錢。",
        "「網裡的東西一年比一年少，」五十八歲的船老大周啟明說，「以前一網能有兩百斤，現在能有二十斤就不錯了。」他的兩個兒子都已經去了市裡打工。",
        "海洋研究所去年公布的一份調查顯示，疏浚使灣內的泥沙含量上升了三倍，海草床的面積減少了將近一半。報告建議在產卵期停止施工，這一建議沒有被採納。",
        "鎮政府沒有回應記者的多次詢問。村委會門口的公告欄裡，一張三年前的補償名單已經褪色，上面的名字有一半被人用筆劃去。",
    ),
    caption="停在石塘灣外的挖泥船",
    author="林悅",
)
ENGLISH = Story(
    title="What Is Left of the Villages Now That the Third Channel Is Open",
    paragraphs=(
        "On a morning in November the last dredger left Shitang Bay. The port authority announced the same day that the third channel was complete, and that freighters of a hundred thousand tons could now enter in any weather.",
        "The channel is twenty-six kilometers long and took three companies four years to dig. Under the contract they owe seven villages along the coast a yearly payment, but most people there say that they have seen money only once.",
        "“Every year there is less in the nets,” says Zhou Qiming, a skipper of fifty-eight. “We used to bring home two hundred catties. Now we are glad of twenty.” Both of his sons have left for the city.",
        "A survey that the oceanographic institute published last year found that dredging had tripled the sediment in the bay, and that almost half of its seagrass was gone. It advised that work stop during the spawning season. That advice was not taken.",
        "A spokesman for the authority wrote that each stage of the project had passed its environmental assessment, and that what was owed had been paid to the township on time. How the township passes it on is not for the authority to say.",
    ),
    caption="A dredger outside Shitang Bay in the winter of 2018",
    author="Lin Yue",
)


def drupal(story: Story, *, picture: bool = True) -> str:
    """A Drupal 7 node with its fields, its share links, a block of other articles and comments."""
    image = f"""
<div class="field field-name-field-image field-type-image field-label-hidden"><div class="field-items">
<div class="field-item even"><figure class="clearfix" rel="og:image"><h2 class="element-invisible">
<a href="{story.picture}">harbour-dredger.jpg</a></h2><div class="content">
<img typeof="foaf:Image" class="image-style-none" src="{story.picture}" width="620" height="413" alt="" /></div></figure>
</div></div></div>
<div class="field field-name-field-image-source field-type-link-field field-label-above"><div class="field-label">图片来源：&nbsp;</div>
<div class="field-items"><div class="field-item even"><a href="http://photos.example.net/1">Jo Harper</a></div></div></div>"""
    others = "".join(
        f"""<div class="views-row views-row-{n}"><div class="views-field views-field-field-image"><div class="field-content">
<a href="/article/{n}"><img src="https://media.example.org/styles/thumb/other{n}.jpg" width="180" height="120" alt="" /></a></div></div>
<div class="views-field views-field-title"><h2 class="field-content"><a href="/article/{n}">{title}</a></h2></div></div>"""
        for n, title in enumerate(("海水为什么变浑了", "一个渔村的二十年：从捕捞到养殖", "谁在看守海岸线"), 1)
    )
    comments = "".join(
        f"""<a id="comment-{n}"></a><article class="comment comment-by-anonymous clearfix"><header>
<p class="submitted"><a href="/comment/{n}#comment-{n}" class="permalink" rel="bookmark">永久连接</a>
<span property="dc:date dc:created">{who} 在 星期六, 08/02/2014 - 03:1{n} 提交。</span></p>
<h3 class="comment-title"><a href="/comment/{n}">{subject}</a></h3></header>
<div class="field field-name-comment-body"><div class="field-items"><div class="field-item even"><p>{text}</p></div></div></div>
<ul class="links inline"><li class="comment-reply"><a href="/comment/reply/1/{n}">回复</a></li></ul></article>"""
        for n, (who, subject, text) in enumerate(
            (
                (
                    "buy cialis",
                    "cheap pills",
                    "Buy viagra online without a prescription. Cheap cialis is shipped overnight to any country.",
                ),
                ("匿名", "看完了", "写得很好，我小时候就住在那个湾边上，现在回去什么都认不出来了。"),
            ),
            1,
        )
    )
    share = "".join(
        f'<a href="http://{name.lower()}.example/share" class="service-links-{name.lower()}" rel="nofollow">'
        f'<img typeof="foaf:Image" src="https://media.example.org/modules/service_links/images/{name.lower()}.png" alt="{name} logo" /></a> '
        for name in ("Twitter", "谷歌", "Facebook", "豆瓣")
    )
    return f"""<section id="content" class="column" role="main"><a id="main-content"></a><h1 class="title page-title" id="page-title">{story.title}</h1>
<div class="tabs"></div><div class="region region-content"><div id="block-system-main" class="block block-system first odd">
<article class="node-1188 node node-article node-promoted view-mode-full clearfix" about="/article/1188" typeof="sioc:Item foaf:Document"><header>
<span property="dc:title" content="{story.title}" class="rdf-meta element-hidden"></span><span property="sioc:num_replies" content="2" class="rdf-meta element-hidden"></span>
<div class="submitted"><span property="dc:date dc:created" content="2014-08-01T11:56:05+08:00" datatype="xsd:dateTime" rel="sioc:has_creator">
<a href="/users/paper" title="浏览用户信息" class="username" lang="" about="/users/paper" typeof="sioc:UserAccount">纸船</a> 在 星期五, 08/01/2014 - 11:56 提交</span></div></header>
{image if picture else ""}
<div class="field field-name-author field-type-text field-label-inline clearfix"><div class="field-label">文/&nbsp;</div><div class="field-items"><div class="field-item even">{story.author}</div></div></div>
<div class="field field-name-body field-type-text-with-summary field-label-hidden"><div class="field-items">
<div class="field-item even" property="content:encoded"><p>{"<br /><br />".join(story.paragraphs)}</p></div></div></div>
<div class="service-links"><div class="service-label">分享到： </div>{share}</div>
<ul class="links inline"><li class="comment-add first last"><a href="#comment-form">冒个泡吧！</a></li></ul>
<section id="comments" class="comments comment-wrapper"><h2 class="comments__title title">评论</h2>{comments}</section></article></div>
<div id="block-views-related-block" class="block block-views last even"><h2 class="block__title block-title">您可能感兴趣的文章</h2>
<div class="view view-related"><div class="view-content">{others}</div></div></div></div></section>"""


def wordpress(story: Story, *, greeting: bool = True, beneath: bool = False) -> str:
    """A post on WordPress.com with lazy pictures, a greeting, a serial's end mark, share links and related posts."""
    name = story.picture.partition("://")[2]
    lazy = f"https://i0.wp.com/{name}"
    figure = f"""<figure class="wp-block-image size-large"><img data-attachment-id="811" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
data-lazy-src="{lazy}?w=1024&amp;is-pending-load=1" data-lazy-srcset="{lazy}?w=1024 1024w, {lazy}?w=300 300w" srcset="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" class="wp-image-811" alt="" />
<noscript><img src="{lazy}?w=1024" srcset="{lazy}?w=1024 1024w" class="wp-image-811" alt="" /></noscript>{f"<figcaption>{story.caption}</figcaption>" if story.caption else ""}</figure>"""
    hello = """<p><strong>欢迎回来！</strong></p><p>如果您错过了前面的内容，可以在下面回顾：</p>
<ul><li><a href="https://paper.example.com/1">《航道之下（1）：挖泥船来了》</a></li><li><a href="https://paper.example.com/2">《航道之下（2）：谁签了字》</a></li></ul>"""
    middle = len(story.paragraphs) // 2
    first = "".join(f"<p>{paragraph}</p>" for paragraph in story.paragraphs[:middle])
    rest = story.rest(middle)
    pull = '<figure class="wp-block-pullquote"><blockquote><p>以前一网能有两百斤</p></blockquote></figure>'
    return f"""<article id="post-810" class="post-810 post type-post status-publish format-standard has-post-thumbnail hentry category-social tag-share">
<header class="entry-header"><div class="entry-meta"><span class="cat-links"><a href="/c/coast" rel="category tag">海岸</a>, <a href="/c/economy" rel="category tag">经济学</a></span></div>
<h1 class="entry-title">{story.title}</h1><div class="entry-meta"><span class="byline">By <span class="author vcard"><a class="url fn n" href="/author/paper">纸船</a></span></span>
<span class="posted-on"><a href="/810" rel="bookmark"><time class="entry-date published" datetime="2019-11-02">2019年11月2日</time><time class="updated" datetime="2019-11-03">2019年11月3日</time></a></span>
<span class="reading-time">0 Minutes</span></div></header>
<div class="entry-content">{hello if greeting else ""}{"" if beneath else figure}{first}{pull}{rest}{figure if beneath else ""}<p>—— 未完待续 ——</p>
<div id="jp-post-flair" class="sharedaddy sd-like-enabled sd-sharing-enabled"><div class="sharedaddy sd-sharing-enabled"><div class="robots-nocontent sd-block sd-social sd-social-icon-text sd-sharing">
<h3 class="sd-title">共享此文章：</h3><div class="sd-content"><ul><li class="share-twitter"><a rel="nofollow noopener noreferrer" class="share-twitter sd-button share-icon" href="/810?share=twitter" title="点击以在 Twitter 上共享"><span>点击以在 Twitter 上共享（在新窗口中打开）</span></a></li>
<li class="share-end"></li></ul></div></div></div><div class="sharedaddy sd-block sd-like jetpack-likes-widget-wrapper jetpack-likes-widget-unloaded"><h3 class="sd-title">赞过：</h3>
<div class="likes-widget-placeholder post-likes-widget-placeholder"><span class="button"><span>赞</span></span> <span class="loading">正在加载……</span></div></div>
<div id="jp-relatedposts" class="jp-relatedposts"><h3 class="jp-relatedposts-headline"><em>相关</em></h3><div class="jp-relatedposts-items"><a href="/700"><img src="https://i1.wp.com/media.example.org/other.jpg?resize=350%2C200" />
<h4>谁在看守海岸线</h4><p>湾区的七个灯塔里，只剩下一个还有人值守，老人已经守了四十年。</p></a></div></div></div></div>
<footer class="entry-footer"><span class="tags-links">Tagged <a href="/t/a" rel="tag">渔业</a>, <a href="/t/b" rel="tag">航道</a></span>
<span class="posted-on">Published <time>2019年11月2日</time><time class="updated">2019年11月3日</time></span></footer></article>"""


def magazine(story: Story, *, beneath: bool = False) -> str:
    """A translated article of a magazine: its deck, advertisements within the text, related cards, the author last."""
    ad = '<div class="ad-box"><div class="ad-label">广告</div><a href="https://ads.example/x"><img src="https://ads.example/banner-970x250.jpg" alt="" /></a></div>'
    figure = (
        f'<div class="blog-post__image"><img data-src="{story.picture}" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="{story.caption}" /></div>'
        + (f'<p class="image-caption">{story.caption}</p>' if story.caption else "")
    )
    cards = "".join(
        f"""<div class="card"><a href="/2020/{n}"><img data-src="https://media.example.org/cards/{n}.jpg" /></a><div class="card-body"><span class="card-outlet">{outlet}</span>
<h3 class="card-title"><a href="/2020/{n}">{title}</a></h3><p class="card-text">{text}</p></div></div>"""
        for n, (outlet, title, text) in enumerate(
            (
                (
                    "海港周刊",
                    "潮水退去之后",
                    "一座渔港如何在十年里失去它的渔民，又如何在一夜之间成为旅游胜地。",
                ),
                ("环岸评论", "谁的海", "近海的产权从来没有说清楚，填海的人却从不缺少许可。"),
            )
        )
    )
    body = ad.join(
        "".join(f"<p>{p}</p>" for p in part)
        for part in (story.paragraphs[:2], story.paragraphs[2:4], story.paragraphs[4:])
    )
    return f"""<div class="blog-post"><div class="blog-post__header"><div class="blog-post__category"><a href="/wsj">海港周刊</a></div><h1 class="blog-post__title">{story.title}</h1>
<p class="blog-post__description">{story.deck}</p><div class="blog-post__meta"><time>2020-05-11</time></div></div>
{"" if beneath else figure}<div class="blog-post__content">{body}</div>{figure if beneath else ""}
<div class="blog-post__author"><a href="/author/lin">{story.author}</a></div>
<div class="blog-post__related"><h2>Related</h2>{cards}</div></div>"""


def wechat(story: Story, *, abstract: bool = True) -> str:
    """An account's post on a news app: its sign, an abstract, empty paragraphs, sources and a plea at the end."""
    gap = "<p> </p>"
    figure = (
        f'<figure class="image-box"><img src="{story.picture}" data-w="1080" data-ratio="0.66" alt="" />'
        + (f"<figcaption>{story.caption}</figcaption></figure>" if story.caption else "</figure>")
    )
    box = (
        f'<div class="abstract"><span class="abstract-label">摘要</span><p>{story.deck}</p></div>'
        if abstract
        else ""
    )
    first, *rest = story.paragraphs
    return f"""<div class="article"><div class="account"><img class="account-logo" src="https://media.example.org/accounts/paperboat/head.jpg" /><a class="account-name" href="/a/9">纸船书评</a></div>
<h1>{story.title}</h1><div class="info"><span class="author">{story.author}</span><span class="date">9-10</span></div>{box}
<div class="content"><p>撰文｜{story.author}</p>{gap}<p>{first}</p>{gap}{figure}{gap}{gap.join(f"<p>{p}</p>" for p in rest)}{gap}
<p>参考媒体：《海港周刊》、《环岸评论》</p>{gap}<p>————</p>{gap}<p>请微信搜索关注公众号“纸船书评”，或点击“阅读原文”购买本期杂志。</p></div></div>"""


QUESTIONS = (
    "纸船书评：您是从什么时候开始研究近海渔业的？",
    "纸船书评：疏浚工程对渔村意味着什么？",
)


def interview(story: Story) -> str:
    """An account's interview, with bold paragraphs above it that say of what series it is and who speaks."""
    answers = "".join(
        f"<p><strong>燕：</strong>{question.partition('：')[2]}</p><p><strong>牟：</strong>{answer}</p>"
        for question, answer in zip((*QUESTIONS, "报告之后有没有改变？"), story.paragraphs[1:4], strict=True)
    )
    return f"""<div class="article"><h1>{story.title}</h1><div class="content"><p><strong>“海岸线上的人”是本刊今年的访谈系列，我们邀请七位研究者谈他们的田野。这是系列的第五篇，受访人是海洋社会学者牟川。</strong></p>
<p><strong>{story.paragraphs[0]}</strong></p><p><strong>以下为本刊与牟川的访谈节录。</strong></p><p>燕=燕子号编辑部</p><p>牟=牟川</p>
<figure class="image-box"><img src="{story.picture}" /><figcaption>{story.caption}</figcaption></figure>{answers}
<p>（未完）</p></div></div>"""


def medium(story: Story, *, truncated: bool = True) -> str:
    """A post on Medium with claps, a reading time and a tracker."""
    more = (
        '<p><a href="https://medium.example/p/1?source=rss">Continue reading on Medium »</a></p>'
        if truncated
        else ""
    )
    return f"""<article><section><div><h1 class="pw-post-title">{story.title}</h1><div class="pf"><a href="/@lin"><img alt="{story.author}" src="https://miro.medium.example/fit/c/48/48/1*avatar.jpeg" width="48" height="48" /></a>
<div><a href="/@lin">{story.author}</a> · <a href="/follow">Follow</a></div><div><span>5 min read</span> · <span>Nov 2, 2019</span></div><div class="pw-multi-vote-count"><button>215</button></div><div><p>215</p></div></div>
<figure class="paragraph-image"><img alt="" src="{story.picture}" width="700" height="467" />{f"<figcaption>{story.caption}</figcaption>" if story.caption else ""}</figure>
{story.rest()}{more}<img src="https://medium.example/_/stat?event=post.clientViewed&amp;referrerSource=full_rss&amp;postId=1" width="1" height="1" /></div></section></article>"""


def matters(story: Story) -> str:
    """A post on a community's site with <picture> elements, a statement of licence and a plea for support."""
    return f"""<main class="l-col"><section class="content"><section class="header"><h1 class="title">{story.title}</h1><section class="info"><a href="/@lin" class="author"><img class="avatar" src="https://media.example.org/avatars/lin.jpeg" /><span>{story.author}</span></a>
<time datetime="2021-03-03">2021 年 3 月 3 日</time></section></section><div class="u-content"><figure class="image"><picture><source type="image/webp" srcset="https://media.example.org/cdn/1080w.webp" /><source srcset="{story.picture}" />
<img src="{story.picture}" srcset="{story.picture} 1080w" loading="lazy" /></picture><figcaption><span>{story.caption}</span></figcaption></figure>{story.rest()}</div>
<section class="license"><p>作品声明：原创作品，未使用生成工具</p><p>版权声明：CC BY-NC-ND 4.0</p></section>
<section class="support-author"><h3>喜欢我的文章吗？</h3><p>别忘了给点支持与赞赏，让我知道创作的路上有你陪伴。</p><button>赞赏支持</button></section></section></main>"""


def conversation(story: Story) -> str:
    """A magazine's conversation, whose contributions stand in a forum's containers with who their authors are."""
    names = ("Zhou Lan", "Peter Marsh", "Mei-lin Hart")
    bios = (
        "Zhou Lan is a professor at the Institute of Coastal Studies in Ningbo. She is the author of three books on fisheries.",
        "Peter Marsh is a fellow at the Harbour Center, where he directs its program on shipping.",
        "Mei-lin Hart was a correspondent in the region for eleven years.",
    )
    contributions = "".join(
        f"""<div class="comment comment-by-node-author clearfix"><div class="comment-author"><img src="https://media.example.org/people/{n}.jpg" width="60" height="60" /><a href="/people/{n}">{name}</a></div>
<div class="content"><div class="field field-name-comment-body"><div class="field-items"><div class="field-item even"><p>{text}</p></div></div></div></div><div class="biography"><p>{bio}</p></div></div>"""
        for n, (name, text, bio) in enumerate(zip(names, story.paragraphs[1:4], bios, strict=True))
    )
    return f"""<div id="content"><div class="breadcrumb"><a href="/conversation">Conversation</a></div><div class="field-label">Viewpoint</div><h1>{story.title}</h1>
<div class="submitted"><a href="/lin">{story.author}</a><span>November 2, 2019</span></div><div class="field-name-field-image"><img src="{story.picture}" width="900" height="500" /><div class="image-credit">Jo Harper—Harbour Pictures</div>
<div class="image-caption">{story.caption}</div></div>
<div class="field field-name-body"><p>{story.paragraphs[0]}</p></div><div id="comments" class="comment-wrapper"><h2 class="title">Comments</h2>{contributions}</div></div>"""


def blogger(story: Story) -> str:
    """A post on Blogger with its labels and the form for comments."""
    return f"""<div class="post hentry"><h2 class="date-header"><span>2019年11月2日 星期六</span></h2><h3 class="post-title entry-title"><a href="/p.html">{story.title}</a></h3>
<div class="post-body entry-content" itemprop="articleBody"><div class="separator" style="clear: both; text-align: center;"><a href="{story.picture}" style="margin-left: 1em;"><img border="0" height="426" src="{story.picture}" width="640" /></a></div>
{"<br />".join(f"<div>{p}</div>" for p in story.paragraphs)}</div>
<div class="post-footer"><div class="post-footer-line"><span class="post-author vcard">发帖者 <span class="fn">{story.author}</span></span> <span class="post-timestamp">时间： <a href="/p.html">下午3:12</a></span>
<span class="post-labels">标签： <a href="/l/1">渔业</a>, <a href="/l/2">航道</a></span></div></div>
<div class="comments" id="comments"><h4>没有评论:</h4><div class="comment-form"><h4>发表评论</h4></div></div><div class="blog-pager"><a href="/n">较新的博文</a> <a href="/">主页</a> <a href="/o">较早的博文</a></div><div class="post-feeds">订阅： <a href="/f">博文评论 (Atom)</a></div></div>"""


def ghost(story: Story) -> str:
    """A post on Ghost with its card for newsletters and a form for comments."""
    return f"""<article class="gh-article post tag-coast"><header class="gh-article-header"><a class="gh-article-tag" href="/tag/coast">Coast</a><h1 class="gh-article-title">{story.title}</h1><p class="gh-article-excerpt">{story.deck}</p>
<div class="gh-article-meta"><a href="/author/lin"><img class="author-profile-image" src="https://media.example.org/size/w100/lin.jpg" alt="{story.author}" /></a><h4 class="gh-article-author-name"><a href="/author/lin">{story.author}</a></h4>
<time datetime="2019-11-02">Nov 2, 2019</time><span class="bull">—</span> 4 min read</div>
<figure class="gh-article-image"><img srcset="{story.picture} 2000w" src="{story.picture}" alt="{story.caption}" /><figcaption>{story.caption}</figcaption></figure></header>
<section class="gh-content gh-canvas">{story.rest()}<div class="kg-card kg-signup-card"><h2>Sign up for the Harbour Letter</h2><p>Our best stories, every Friday, in your inbox.</p><form><label>Email</label><input /><button>Subscribe</button></form></div></section>
<section class="gh-comments"><h2>Join the discussion</h2><form><label for="n">Name *</label><input id="n" /><label for="e">Email (will not be published)</label><input id="e" /><label for="c">Your comment</label><textarea id="c"></textarea><button>Post comment</button></form></section></article>"""


def linked(story: Story) -> str:
    """An article that is mostly links: a week's reading, each with a word on it."""
    items = "".join(
        f'<li><a href="https://paper{n}.example.com/{n}">《{p.partition("，")[0]}》</a>：{p}</li>'
        for n, p in enumerate(story.paragraphs[1:5])
    )
    return f"""<article class="post"><h1 class="entry-title">{story.title}</h1><div class="entry-content"><p>{story.paragraphs[0]}</p><ul>{items}</ul><p>{story.paragraphs[5]}</p></div>
<div class="entry-tags"><a href="/t">读书</a></div></article>"""


# What is around all pages of a site


def blog(page: str) -> str:
    """As WordPress.com serves it: a banner, a menu, widgets, a form for comments, a word on cookies."""
    return f"""<div id="page" class="hfeed site"><a class="skip-link screen-reader-text" href="#content">跳至内容</a>
<header id="masthead" class="site-header" role="banner"><div class="site-branding"><a href="/" class="site-logo-link"><img src="https://n.example/uploads/2018/05/cropped-banner.jpg" width="1200" height="400" /></a>
<p class="site-title"><a href="/">纸船</a></p><p class="site-description">我们在海岸线上，记录那些被忽略的人和事。</p></div>
<nav id="site-navigation" class="main-navigation"><button class="menu-toggle">Menu</button><ul><li><a href="/">首页</a></li><li><a href="/about">关于我们</a></li></ul></nav></header>
<div id="content" class="site-content"><div id="primary" class="content-area"><main id="main" class="site-main">{page}
<nav class="navigation post-navigation" role="navigation"><h2 class="screen-reader-text">文章导航</h2><div class="nav-links"><div class="nav-previous"><a href="/1">Previous: 谁签了字</a></div></div></nav>
<div id="comments" class="comments-area"><div id="respond" class="comment-respond"><h3 id="reply-title" class="comment-reply-title">发表评论 <small><a href="#">取消回复</a></small></h3><form><label>在此输入评论…</label></form></div></div></main></div>
<div id="secondary" class="widget-area" role="complementary"><div class="widget widget_recent_entries"><h2 class="widget-title">近期文章</h2><ul><li><a href="/3">潮水退去之后</a></li></ul></div>
<div class="widget widget_text"><h2 class="widget-title">关于</h2><div class="textwidget">纸船是一个由志愿者维护的网站，我们相信记录本身就有意义。</div></div>
<div class="widget widget_blog_subscription"><h2>通过电子邮件关注博客</h2><p>输入您的电子邮件地址关注此博客并通过电子邮件接收新文章的通知。</p><p>加入 1,234 位其他关注者</p></div></div></div>
<footer id="colophon" class="site-footer"><div class="site-info"><a href="https://host.example/">在 Host.example 的博客.</a></div></footer>
<div class="widget_eu_cookie_law_widget">隐私与 Cookie：本网站使用 Cookie。继续使用本网站即表示您同意使用 Cookie。<br />要了解更多，包括如何控制 Cookie，请参阅此处：<a href="/c">Cookie 政策</a></div>
<div id="likes-other-gravatars"><div class="likes-text"><span>%d</span> 博主赞过：</div></div></div>"""


def portal(page: str) -> str:
    """As an old portal does: tables' successors without names that say much, a code to scan, a notice of rights."""
    return f"""<div class="header"><div class="wrap"><a href="/"><img src="/images/paper-head.png" /></a><ul class="top"><li><a href="/a">首页</a></li><li><a href="/c">登录</a> | <a href="/d">注册</a></li></ul></div></div>
<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/b">文化</a> &gt; 正文</div><div class="main"><div class="left">{page}</div>
<div class="right"><div class="hot"><h3>热门文章</h3><ol><li><a href="/5">潮水退去之后</a></li><li><a href="/6">谁在看守海岸线</a></li></ol></div><div class="qr"><img src="/images/code.png" alt="扫码关注" /><p>扫码关注我们</p></div></div></div>
<div class="footer"><p>关于我们 | 联系我们 | 加入我们 | 广告服务</p><p>Copyright © 2019 纸船 版权所有</p><p>浙ICP备12345678号-1</p></div>"""


def drupal_site(page: str) -> str:
    """As a Drupal 7 theme does: regions, a search form, a line on who publishes it."""
    return f"""<div id="page"><a href="#main" class="element-invisible element-focusable">Skip to main content</a><div id="header"><a href="/" title="Home" rel="home" id="logo"><img src="/sites/default/files/paper.png" alt="Home" /></a>
<div class="region region-header"><h2>Search form</h2><form><input /></form></div></div><div class="nav"><ul class="menu"><li><a href="/c">Conversation</a></li></ul></div>
<div class="breadcrumb"><h2 class="element-invisible">您在这里</h2><a href="/">首页</a> › 文章</div><div id="main">{page}</div>
<div class="region region-sidebar"><div class="block"><h2>Most Read</h2><ul><li><a href="/1">Who Watches the Coast</a></li></ul></div></div>
<div class="region region-footer"><p>The Paper Boat is an online magazine published by the Harbour Center, dedicated to promoting an informed, nuanced public conversation.</p><p>© 2019 Harbour Center. All rights reserved.</p></div></div>"""
