from __future__ import annotations

import encodings
import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from encodings.aliases import aliases
from pkgutil import iter_modules

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import feeds
from bot.errors import ArticleError
from bot.feeds import dates
from bot.feeds.documents import recognise
from bot.model import Feed

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
URL = "https://news.example/rss/feed.xml"
FEED = Feed("news", URL)
TEXT = "港口城市周一启用了新的渡轮码头，首日运送乘客三千人。市长在仪式上说，票价在年底之前不会上调。"
SENTENCE = TEXT[: TEXT.index("。") + 1]


def rss(*items: str, title: str = "河岸日报", head: str = "") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">'
        f"<channel><title>{title}</title>{head}{body}</channel></rss>"
    ).encode()


def read(body: bytes, content_type: str = "application/rss+xml", url: str = URL) -> list[feeds.Entry]:
    return list(feeds.parse(body, content_type, url).entries)


def one(item: str, **kwargs: str) -> feeds.Entry:
    (entry,) = read(rss(item, **kwargs))
    return entry


# Documents


def test_an_rss_document_gives_its_title_and_its_entries_in_order() -> None:
    document = feeds.parse(rss("<guid>1</guid><title>甲</title>", "<guid>2</guid><title>乙</title>"), "", URL)
    assert document.title == "河岸日报"
    assert [entry.title for entry in document.entries] == ["甲", "乙"]


@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "data:text/html,x", "magnet:?xt=urn:x"])
def test_an_identity_that_is_no_link_becomes_none(link: str) -> None:
    entry = one(f'<guid isPermaLink="false">id1</guid><title>甲</title><link>{link}</link>')
    assert entry.url == URL
    entry = one("<guid>https://news.example/1</guid><title>甲</title>")
    assert entry.url == "https://news.example/1"


def test_markup_that_was_escaped_once_too_often_is_markup() -> None:
    entry = one(
        f"<guid>1</guid><title>甲</title><description>&amp;lt;p&amp;gt;{TEXT}&amp;lt;/p&amp;gt;</description>"
    )
    assert entry.html == f"<p>{TEXT}</p>"


def test_an_atom_document_is_read() -> None:
    body = """<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">A &amp;amp; B</title><entry>
        <id>tag:news.example,2026:7</id><title type="text">1 &lt; 2 &lt;b></title><link href="/seven"/>
        <updated>2026-11-22T07:00:00Z</updated>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>正文一。</p></div></content>
        </entry></feed>"""
    document = feeds.parse(body.encode(), "", URL)
    (entry,) = document.entries
    assert (document.title, entry.title, entry.identity) == ("A & B", "1 < 2 <b>", "tag:news.example,2026:7")
    assert (entry.url, entry.html) == ("https://news.example/seven", "<p>正文一。</p>")
    assert entry.published == entry.updated == NOW - timedelta(hours=1)


def test_an_rdf_document_is_read() -> None:
    body = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
        <channel rdf:about="https://news.example/"><title>旧格式</title></channel>
        <item rdf:about="https://news.example/1"><title>甲</title><link>https://news.example/1</link></item>
        </rdf:RDF>"""
    assert [entry.url for entry in read(body.encode())] == ["https://news.example/1"]


def test_a_json_feed_is_read() -> None:
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "河岸日报",
        "items": [
            {
                "id": 7,
                "url": "/seven",
                "title": "渡轮 <新> 码头",
                "content_html": f"<p>{TEXT}</p>",
                "summary": "编者按：这是一个与正文不同的导语。",
                "date_published": "2026-11-22T15:00:00+08:00",
                "image": "https://news.example/a",
                "tags": ["交通", None],
                "attachments": [{"url": "https://news.example/b", "mime_type": "audio/mpeg"}, "?"],
            },
            "not an item",
        ],
    }
    document = feeds.parse(json.dumps(body).encode(), "application/feed+json", URL)
    (entry,) = document.entries
    assert (entry.identity, entry.url, entry.title) == ("7", "https://news.example/seven", "渡轮 <新> 码头")
    assert entry.published == NOW - timedelta(hours=1)
    assert (entry.media, entry.tags, document.skipped) == (("https://news.example/a",), ("交通",), 1)
    assert "导语" in entry.summary_html


def test_a_feed_under_a_web_pages_doctype_is_a_feed() -> None:
    assert read(b"<!DOCTYPE html><!-- x -->" + rss("<guid>1</guid>").split(b"?>")[1])[0].identity == "1"


def test_a_feed_without_items_is_no_error() -> None:
    assert read(rss()) == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"<!DOCTYPE html><html><body><p>log in</p></body></html>", "web page"),
        (
            b"<?xml version='1.0'?><!-- x --><html xmlns='http://www.w3.org/1999/xhtml'><body/></html>",
            "web page",
        ),
        (b"\xef\xbb\xbf\n<HTML><HEAD><TITLE>503</TITLE>", "web page"),
        (b"\x89PNG\r\n\x1a\n\0\0", "PNG"),
        (b"%PDF-1.7", "PDF"),
        (b"not a feed at all", "not a feed"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a feed"),
        (b'{"ok": true}', "JSON"),
        (b'{"ok": tru', "JSON"),
        (b"[" * 100_000, "not a feed"),
        (b'{"a":' * 100_000, "JSON"),
    ],
)
def test_what_is_no_feed_is_said_to_be_what_it_is(body: bytes, word: str) -> None:
    with pytest.raises(ArticleError, match=word):
        feeds.parse(body, "application/rss+xml", URL)


def test_a_stray_ampersand_costs_nothing() -> None:
    items = [f"<guid>{n}</guid><title>第{n}条</title>" for n in range(30)]
    body = rss("<guid>x</guid><title>研发 R&D 投入 & 增长</title>", *items)
    assert len(read(body)) == 31


def test_a_document_that_is_cut_short_gives_what_came() -> None:
    body = rss(
        *(f"<guid>{n}</guid><title>第{n}条</title><description>{TEXT}</description>" for n in range(9))
    )
    assert [entry.identity for entry in read(body[: body.index(b"<guid>7")])][:7] == list("0123456")


def test_one_bad_item_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_on_two(text: str, *, chinese: bool = False) -> datetime | None:
        if text == "bad":
            raise RuntimeError
        return None

    monkeypatch.setattr(dates, "read", fail_on_two)
    body = rss(
        "<guid>1</guid>", "<guid>2</guid><pubDate>bad</pubDate>", "<guid>3</guid><pubDate>fine</pubDate>"
    )
    document = feeds.parse(body, "", URL)
    assert ([entry.identity for entry in document.entries], document.skipped) == (["1", "3"], 1)


def test_no_more_than_five_hundred_entries_are_read_and_the_rest_costs_nothing() -> None:
    body = rss(*(f"<guid>{n}</guid>" for n in range(60_000)))
    begun = time.process_time()
    entries = read(body)
    assert [entries[0].identity, entries[-1].identity, len(entries)] == ["0", "499", feeds.MAX_ENTRIES]
    assert time.process_time() - begun < 5  # it takes 0.1 s; all of them would take 6


# Encodings

HAN = rss("<guid>1</guid><title>国际社会关注的是和平，我们在这里说明</title>").decode()


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("utf-8", "UTF-8", "text/xml"),
        ("utf-8", "gb2312", "text/xml; charset=gb2312"),  # otherwise silent mojibake
        ("utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1"),
        ("gb18030", "UTF-8", "text/xml"),
        ("gb18030", "", "text/xml"),
        ("gb18030", "gb2312", "text/xml"),
        ("gb18030", "", "text/xml; charset=GBK"),
        ("utf-16", "utf-16", "text/xml"),
    ],
)
def test_the_bytes_say_in_which_encoding_they_are(encoding: str, declared: str, header: str) -> None:
    declaration = f'encoding="{declared}"' if declared else ""
    body = HAN.replace('encoding="UTF-8"', declaration).encode(encoding)
    assert read(body, header)[0].title == "国际社会关注的是和平，我们在这里说明"


def test_chinese_that_begins_late_and_goes_on_for_long_is_recognised() -> None:
    text = "<p>plain</p>" * 20_000 + "的中文" * 100_000
    body = f"<rss><channel><title>x</title><item><title>在的</title><description><![CDATA[{text}]]>"
    body += "</description></item></channel></rss>"
    (entry,) = feeds.parse(body.encode("gb18030"), "", "https://a.example/").entries
    assert entry.title == "在的"


def test_big5_that_says_nothing_is_told_from_gbk() -> None:
    body = (
        rss("<guid>1</guid><title>國際社會關注的是和平，我們在這裡說明</title>")
        .decode()
        .replace(' encoding="UTF-8"', "")
    )
    body = body.replace("河岸日报", "河岸日報")
    assert read(body.encode("big5"))[0].title == "國際社會關注的是和平，我們在這裡說明"


@pytest.mark.parametrize(("encoding", "declared"), [("utf-8", "UTF-8"), ("gb18030", "gb2312")])
def test_one_broken_character_does_not_spoil_the_others(encoding: str, declared: str) -> None:
    body = HAN.replace("UTF-8", declared).replace("说明", "说明|").encode(encoding).replace(b"|", b"\xff")
    assert read(body)[0].title.startswith("国际社会关注的是和平，我们在这里说明")


def test_latin_text_is_left_to_what_it_declares() -> None:
    body = rss("<guid>1</guid><title>Škoda à Genève</title>").decode().replace("UTF-8", "windows-1250")
    assert read(body.replace("河岸日报", "x").replace("à", "á").replace("è", "é").encode("cp1250"))[
        0
    ].title == ("Škoda á Genéve")


# Identity


def test_a_guid_is_taken_as_it_stands_wherever_the_document_came_from() -> None:
    body = rss("<guid>12345</guid><link>/a</link>")
    for url in ("http://a.example/f", "https://a.example/f", "https://cdn.example/x/f"):
        (entry,) = read(body, url=url)
        assert entry.identity == "12345"


def test_without_a_guid_the_canonical_link_identifies() -> None:
    plain = one("<guid></guid><link>https://news.example/a?utm_source=rss</link><title>甲</title>")
    edited = one("<link>http://news.example/a/</link><title>甲（更新）</title><description>x</description>")
    assert plain.identity == edited.identity == "https://news.example/a"


def test_without_guid_and_link_the_text_identifies() -> None:
    first = one("<title>甲</title><description>一</description>")
    assert first == one("<title>甲</title><description>一</description>")
    assert first.identity != one("<title>甲</title><description>二</description>").identity
    assert first.url == URL


def test_the_key_is_24_hex_digits_and_the_feeds_own() -> None:
    entry = one("<guid>1</guid>")
    key = feeds.identify("news", entry)
    assert len(key) == 24
    assert int(key, 16)
    assert key != feeds.identify("other", entry)


def test_ten_entries_under_one_guid_are_ten_at_this_poll_and_the_next() -> None:
    items = [f"<guid>same</guid><link>/{n}</link><title>第{n}条</title>" for n in range(11)]
    before = {entry.identity for entry in read(rss(*items[1:]))}
    after = {entry.identity for entry in read(rss(*items[:-1]))}
    assert len(before) == len(after) == 10
    assert len(after - before) == 1


def test_entries_that_share_guid_and_link_are_told_apart_by_title() -> None:
    same = "<guid>https://news.example/</guid><link>https://news.example/</link>"
    assert len(read(rss(f"{same}<title>甲</title>", f"{same}<title>乙</title>"))) == 2


def test_the_same_entry_twice_is_one_under_its_plain_identity() -> None:
    item = "<guid>1</guid><link>/1</link><title>甲</title>"
    assert [entry.identity for entry in read(rss(item, "<guid>2</guid>", item))] == ["1", "2"]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from("甲乙")), max_size=8))
def test_identities_are_unique_and_do_not_depend_on_the_order(parts: list[tuple[str, str, str]]) -> None:
    items = [f"<guid>{guid}</guid><link>/{link}</link><title>{title}</title>" for guid, link, title in parts]
    identities = [entry.identity for entry in read(rss(*items))]
    assert len(identities) == len(set(identities)) == len(set(parts))
    assert set(identities) == {entry.identity for entry in read(rss(*reversed(items)))}


# Links


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<link>/a b</link>", "https://news.example/a%20b"),
        ("<link> https://x.example/王?utm_medium=feed </link>", "https://x.example/%E7%8E%8B"),
        ("<link>https://x.example/%25E5%2F</link>", "https://x.example/%25E5%2F"),
        (
            "<link>http://mirror.example/1</link><feedburner:origLink>https://x.example/1</feedburner:origLink>",
        )
        * 1
        + ("https://x.example/1",),
        ('<guid isPermaLink="true">https://x.example/g</guid>', "https://x.example/g"),
        ("<link>javascript:alert(1)</link><guid>https://x.example/g</guid>", "https://x.example/g"),
        ("<link>https://user:secret@x.example/1</link>", "https://x.example/1"),
    ],
)
def test_the_link_is_the_outlets_own_page(item: str, url: str) -> None:
    assert one(item).url == url


# Dates

CHINA = timedelta(hours=8)


@pytest.mark.parametrize(
    ("text", "year_to_minute"),
    [
        ("Sat, 28 Oct 2023 10:05:40 GMT", (2023, 10, 28, 10, 5)),
        ("Sat, 28 Oct 2023 10:05:40 +0800", (2023, 10, 28, 2, 5)),
        ("Sat, 28 Oct 2023 10:05:40 CST", (2023, 10, 28, 2, 5)),  # not 14 hours in the future
        ("2023年10月28日 10:05", (2023, 10, 28, 2, 5)),  # not 1 November
        ("2023年10月28日（星期六）下午3:05", (2023, 10, 28, 7, 5)),
        ("2023年10月28日10时05分", (2023, 10, 28, 2, 5)),
        ("1698488225", (2023, 10, 28, 10, 17)),  # not the year 1698
        ("1698488225000", (2023, 10, 28, 10, 17)),
        ("周六, 28 10月 2023 10:05:40 +0800", (2023, 10, 28, 2, 5)),
        ("2023-10-28T10:05:40.549Z", (2023, 10, 28, 10, 5)),
        ("2023-10-28 10:05", (2023, 10, 28, 2, 5)),
        ("2023/10/28 10:05:00", (2023, 10, 28, 2, 5)),
        ("20231028100540", (2023, 10, 28, 2, 5)),
        ("2016-12-31T23:59:60Z", (2016, 12, 31, 23, 59)),
    ],
)
def test_a_chinese_feeds_dates_are_understood(text: str, year_to_minute: tuple[int, ...]) -> None:
    entry = one(f"<guid>1</guid><pubDate>{text}</pubDate>")
    assert entry.published is not None
    assert entry.published.replace(second=0, microsecond=0) == datetime(*year_to_minute, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_cst_is_chicago_where_the_feed_is_english() -> None:
    entry = one("<guid>1</guid><pubDate>Sat, 28 Oct 2023 10:05:40 CST</pubDate>", title="River Daily")
    assert entry.published == datetime(2023, 10, 28, 16, 5, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "13 分钟前", "28/10/2023", "12/10/2020 - 18:05", "2023-13-45", "99999999999999", "0", "10:05", "٣٤"],
)
def test_a_date_that_could_mean_anything_is_none(text: str) -> None:
    assert dates.read(text) is None
    assert one(f"<guid>1</guid><pubDate>{text}</pubDate>").published is None


@pytest.mark.parametrize("text", ["2099-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2026-11-22T09:00:00Z"])
def test_a_date_that_cannot_be_gives_way_to_the_time_of_finding(text: str) -> None:
    entry = one(f"<guid>1</guid><pubDate>{text}</pubDate>")
    assert feeds.published(entry, NOW) is None
    assert feeds.article(entry, feed=FEED, source="", now=NOW).published == NOW


def test_a_clock_that_is_a_little_fast_is_forgiven() -> None:
    entry = one("<guid>1</guid><pubDate>2026-11-22T08:05:00Z</pubDate>")
    assert feeds.published(entry, NOW) == NOW


@given(st.text(max_size=60))
def test_no_text_upsets_the_date_reader(text: str) -> None:
    dates.read(text)
    dates.find(text)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), st.booleans())
def test_iso_and_mail_dates_survive_writing_and_reading(time: datetime, chinese: bool) -> None:
    time = time.replace(microsecond=0, tzinfo=UTC)
    for text in (
        time.isoformat(),
        time.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        str(int(time.timestamp())).zfill(10),
    ):
        assert dates.read(text, chinese=chinese) == time


# Texts, pictures, tags


def test_the_full_content_comes_before_the_description() -> None:
    entry = one(
        f"<guid>1</guid><description>导语说的是另一件事。</description><content:encoded><![CDATA[<p>{TEXT}</p>]]></content:encoded>"
    )
    assert (entry.html, entry.summary_html) == (f"<p>{TEXT}</p>", "<p>导语说的是另一件事。</p>")


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (f"<title>港口扩建</title><description>{SENTENCE}</description>", SENTENCE),
        (f"<title>港口扩建</title><description>&lt;p&gt;{SENTENCE}&lt;/p&gt;</description>", SENTENCE),
        (f"<title>港口扩建</title><description>{SENTENCE}渔民担心捕捞季。</description>", ""),
        (f"<title>港口扩建</title><description>{SENTENCE[:-1]}…</description>", ""),
        (f"<title>港口扩建</title><content:encoded>{SENTENCE}</content:encoded>", ""),
        (f"<description>{SENTENCE}</description>", ""),
    ],
)
def test_a_description_of_one_sentence_with_nothing_behind_it_is_the_outlets_teaser(
    item: str, told: str
) -> None:
    entry = one(f"<guid>1</guid>{item}")
    assert feeds.article(entry, feed=FEED, source="", now=NOW).teaser == told


@pytest.mark.parametrize("end", ["", "…", "...", " [...]", "……", " 阅读全文", "... Read more"])
def test_a_summary_that_only_repeats_the_text_is_no_teaser(end: str) -> None:
    entry = one(
        f"<guid>1</guid><description>{TEXT[:30]}{end}</description><content:encoded><![CDATA[<p>{TEXT}</p>]]></content:encoded>"
    )
    assert entry.summary_html == ""


def test_where_the_content_is_but_a_picture_the_description_is_the_text() -> None:
    entry = one(
        f"<guid>1</guid><description>{TEXT}</description>"
        '<content:encoded><![CDATA[<img src="/a.jpg">]]></content:encoded>'
    )
    assert "a.jpg" in entry.html
    assert TEXT in entry.html


def test_plain_text_gets_its_paragraphs_from_empty_lines() -> None:
    assert (
        one("<guid>1</guid><description>一。\n\n二。\n三。</description>").html
        == "<p>一。</p><p>二。\n三。</p>"
    )


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("A &amp;amp; B", "A & B"),
        ("S&amp;P 500", "S&P 500"),
        ("&lt;b&gt;王\n\t 毅&lt;/b&gt;　会晤\u200b", "王 毅 会晤"),
        ("<![CDATA[1 < 2 &ldquo;三&rdquo;]]>", "1 < 2 “三”"),
        ("<![CDATA[<b>新</b><script>alert(1)</script>码头]]>", "新码头"),
        ("&amp;lt;b&amp;gt;新&amp;lt;/b&amp;gt;码头", "新码头"),
        (
            "&amp;lt;i&amp;gt;&amp;lt;b&amp;gt;新&amp;lt;/b&amp;gt;码头&amp;lt;/i&amp;gt;&amp;lt;br/&amp;gt;开了",
            "新码头 开了",
        ),
        ("为什么不再用 &amp;lt;b&amp;gt; 标签", "为什么不再用 <b> 标签"),
        ("比较 a&amp;lt;b 与 c&amp;gt;d", "比较 a<b 与 c>d"),
    ],
)
def test_a_title_is_one_line_of_plain_text(title: str, plain: str) -> None:
    assert one(f"<guid>1</guid><title>{title}</title>").title == plain


def test_pictures_outside_the_text_come_widest_first_and_icons_not_at_all() -> None:
    entry = one(
        "<guid>1</guid>"
        '<enclosure url="/e.jpg" type="image/jpeg" length="1"/><enclosure url="/a.mp3" type="audio/mpeg" length="1"/>'
        '<media:content url="/icon.jpg" medium="image" width="64"/><media:content url="/v.mp4" type="video/mp4"/>'
        '<media:group><media:content url="/w.jpg" medium="image" width="1200"/></media:group>'
        '<media:thumbnail url="/t.jpg"/>'
    )
    assert entry.media == ("https://news.example/w.jpg", "https://news.example/e.jpg")
    assert entry.thumbnails == ("https://news.example/t.jpg",)


def test_tags_are_the_feeds_own_categories_each_once() -> None:
    assert one(
        "<category>经济</category><category> #经济 </category><category>A&amp;amp;B</category>"
    ).tags == ("经济", "A&B")


# Articles


def test_an_entry_becomes_an_article() -> None:
    entry = one(
        "<guid>1</guid><title>新码头启用</title><link>/1</link><category>交通</category>"
        "<pubDate>2026-11-22 15:00</pubDate>"
        f'<description>&lt;p&gt;{TEXT}&lt;/p&gt;&lt;img src="https://images.weserv.nl/?url=img.example/p.jpg"&gt;</description>'
    )
    article = feeds.article(entry, feed=FEED, source="河岸日报", now=NOW)
    assert (article.key, article.feed) == (feeds.identify("news", entry), "news")
    assert (article.title, article.url, article.source) == (
        "新码头启用",
        "https://news.example/1",
        "河岸日报",
    )
    assert article.published == NOW - timedelta(hours=1)
    assert [block.text for block in article.body] == [TEXT]
    assert article.images == ("https://img.example/p.jpg",)
    assert article.proxied == ("https://images.weserv.nl/?url=img.example/p.jpg",)
    assert (article.tags, article.found, article.updated) == (("交通",), None, None)


def test_a_picture_named_outside_the_text_leads_and_is_not_shown_twice() -> None:
    entry = one(
        '<guid>1</guid><media:content url="https://i0.wp.com/img.example/a/p.jpg?w=900" medium="image"/>'
        '<media:thumbnail url="/t.jpg"/>'
        "<description>&lt;img src='https://img.example/q.jpg'&gt;&lt;img src='https://img.example/a/p.jpg'&gt;</description>"
    )
    article = feeds.article(entry, feed=FEED, source="", now=NOW)
    assert article.images == (
        "https://img.example/a/p.jpg",
        "https://img.example/q.jpg",
        "https://news.example/t.jpg",
    )
    assert article.proxied[0] == "https://i0.wp.com/img.example/a/p.jpg?w=900"


def test_the_outlets_own_teaser_becomes_the_articles() -> None:
    entry = one(
        "<guid>1</guid><description>渡轮回到了河上，居民盼了整整十年。</description>"
        f"<content:encoded><![CDATA[<p>{TEXT}</p>]]></content:encoded>"
    )
    assert feeds.article(entry, feed=FEED, source="", now=NOW).teaser == "渡轮回到了河上，居民盼了整整十年。"


def test_the_outlets_name_is_what_people_chose_then_the_documents_then_the_host() -> None:
    entry = one("<guid>1</guid><link>https://www.unknown-outlet.example/1</link>")
    named = Feed("news", URL, title="河岸")
    assert feeds.article(entry, feed=named, source="Riverside RSS", now=NOW).source == "河岸"
    assert feeds.article(entry, feed=FEED, source="Riverside RSS", now=NOW).source == "Riverside RSS"
    assert feeds.article(entry, feed=FEED, source="", now=NOW).source == "unknown-outlet.example"


def test_an_entry_without_a_title_gets_its_first_words() -> None:
    entry = one(f"<guid>1</guid><description>{TEXT * 3}</description>")
    title = feeds.article(entry, feed=FEED, source="", now=NOW).title
    assert title.startswith("港口城市周一启用了")
    assert title.endswith("…")
    assert len(title) <= 61


@pytest.mark.parametrize(
    "bad", ["\x00", "&#xD800;", "&#xDfff ", "&#99999999999;", "&amp;#xD800;", "&amp;#0;", "&#8;"]
)
def test_nothing_that_no_store_could_take_gets_through(bad: str) -> None:
    body = rss(
        f"<guid>1{bad}</guid><title>甲{bad}</title><description>{TEXT}{bad}</description><category>{bad}类</category>"
    )
    for entry in read(body):
        article = feeds.article(entry, feed=FEED, source="", now=NOW)
        written = repr(article) + article.title + "".join(block.text for block in article.body)
        written.encode()
        assert "\x00" not in article.title + "".join(article.tags) + "".join(
            block.text for block in article.body
        )


@pytest.mark.parametrize(
    "html",
    [
        "<" * 300_000,
        "<a " * 100_000,
        "<div>" * 20_000,
        '<p x="' * 50_000,
        "&" * 300_000,
        "<!--" * 50_000,
        "a" * 900_000,
    ],
)
def test_hostile_markup_takes_no_more_than_moments(html: str) -> None:
    body = rss(f"<guid>1</guid><title>甲</title><description><![CDATA[{html}]]></description>")
    begun = time.process_time()
    (entry,) = read(body)
    feeds.article(entry, feed=FEED, source="", now=NOW)
    assert time.process_time() - begun < 5


HOSTILE_START = b'<rss version="2.0"><channel><title>t</title><item><guid>1</guid>'


@pytest.mark.parametrize(
    "hostile",
    [
        b"<a" + b" x='1'" * 100_000 + b">",
        b"<a" + b' x=">"' * 100_000 + b">",
        b"<a" + b" x" * 100_000 + b">",
        b"<a " + b"-" * 100_000 + b">",
        b"<a " * 300_000,
        b"<b>" * 300_000,
    ],
)
def test_absurd_tags_are_refused_at_once(hostile: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(ArticleError, match="tag"):
        read(HOSTILE_START + hostile)
    assert time.process_time() - begun < 2


def test_an_inlined_picture_is_no_absurd_tag() -> None:
    entry = one(
        f'<guid>1</guid><description><![CDATA[<img src="data:image/png;base64,{"A" * 90_000}">甲]]></description>'
    )
    assert entry.html.endswith("甲")


def test_a_long_prolog_is_read_at_once() -> None:
    begun = time.process_time()
    assert read(b"<!---->" * 200 + rss("<guid>1</guid>"))
    with pytest.raises(ArticleError, match="web page"):
        read(b"<!-- a --> <!---->\n<!doctype html><html>")
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("end", ["." * 60 + "x", "。" + "." * 60, "…" * 5000 + "x", "[...]" * 5000 + "x"])
def test_however_a_teaser_ends_it_is_read_at_once(end: str) -> None:
    begun = time.process_time()
    item = f"<guid>1</guid><description>{TEXT[:20]}{end}</description>"
    entry = one(item + f"<content:encoded>{TEXT * 300}</content:encoded>")
    assert time.process_time() - begun < 2
    assert entry.html


@pytest.mark.parametrize("title", ["&lt;script" * 2857, "&lt;script" * 2800 + "&lt;/style&gt;"])
def test_a_title_of_open_scripts_is_read_at_once(title: str) -> None:
    begun = time.process_time()
    assert one(f"<guid>1</guid><title>{title}</title>").title.startswith("<script")
    assert time.process_time() - begun < 0.7


@pytest.mark.parametrize("encoding", ["idna", "undefined", "punycode", "rot13", "no-such"])
def test_a_declared_encoding_that_is_none_is_an_unknown_one(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel><item><title>'.encode()
    (entry,) = read(body + "渡轮码头".encode("gb18030") + b"</title></item></channel></rss>", "")
    assert entry.title


@pytest.mark.parametrize("text", [b"+2AA- \xff", rb"\ud800 \N{x} \U00110000 " + b"\xff", b"\xff" * 8])
def test_whatever_python_knows_by_the_declared_encoding_the_document_is_read_or_refused(text: bytes) -> None:
    for encoding in sorted(
        {*aliases, *aliases.values(), *(name for _, name, _ in iter_modules(encodings.__path__))}
    ):
        body = b'encoding="%s"?><rss version="2.0"><channel><title>%s</title></channel></rss>'
        for declared, content_type in ((encoding, ""), ("x", f"text/xml; charset={encoding}")):
            with suppress(ArticleError):
                recognise(b'<?xml version="1.0" ' + body % (declared.encode(), text), content_type)


def test_a_link_that_is_no_address_costs_only_itself() -> None:
    entries = read(
        rss("<guid>1</guid><title>甲</title><link>https://[zz]/x</link>", "<guid>2</guid><title>乙</title>")
    )
    assert [(entry.title, entry.url) for entry in entries] == [("甲", URL), ("乙", URL)]
    for entry in entries:
        feeds.article(entry, feed=FEED, source="", now=NOW)


def test_entities_do_not_expand_and_files_are_not_opened(tmp_path: object) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    body = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        "<rss version='2.0'><channel><title>&l9;</title><item><guid>1</guid><title>&x;</title></item></channel></rss>"
    )
    document = feeds.parse(body.encode(), "", URL)
    assert len(document.title) <= 500
    assert all("root:" not in entry.title for entry in document.entries)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_document_or_an_article_error(body: bytes) -> None:
    for document in (body, b'<?xml version="1.0"?><rss version="2.0"><channel><item>' + body):
        try:
            entries = read(document)
        except ArticleError:
            continue
        for entry in entries:
            feeds.article(entry, feed=FEED, source="", now=NOW)


# Archived articles


def archived(text: str, name: str = "x.txt") -> feeds.Entry:
    return feeds.archived(text, name=name, modified=NOW)


def test_an_archived_article_is_read() -> None:
    entry = archived(
        f"<!--1698488225000-->\n[新码头 启用“渡轮”](https://news.example/%E7%8E%8B%20a)\n------\n\n<p>{TEXT}</p>"
    )
    assert entry.published == datetime(2023, 10, 28, 10, 17, 5, tzinfo=UTC)
    assert (entry.title, entry.url) == ("新码头 启用“渡轮”", "https://news.example/%E7%8E%8B%20a")
    assert entry.identity == entry.url
    assert entry.html == f"<p>{TEXT}</p>"


def test_an_archived_articles_title_and_address_may_hold_brackets() -> None:
    entry = archived(
        "\ufeff<!--NaN-->\r\n[[河岸]「渡轮」的(老)大](https://news.example/@a/%25E5(1))\r\n------\r\n\r\n正文"
    )
    assert (entry.title, entry.url) == ("[河岸]「渡轮」的(老)大", "https://news.example/@a/%25E5(1)")
    assert entry.html == "<p>正文</p>"


@pytest.mark.parametrize(
    ("body", "name", "when"),
    [
        ("<div><i>2020-09-16 16:12:41</i></div>", "x.md", datetime(2020, 9, 16, 8, 12, 41, tzinfo=UTC)),
        ('<time dateTime="2020-10-12">19 分钟前</time>', "x.md", datetime(2020, 10, 11, 16, tzinfo=UTC)),
        ("<p>正文</p>", "posts/2020-10-11-x.md", datetime(2020, 10, 10, 16, tzinfo=UTC)),
        ("<p>正文</p>", "x.md", NOW),
    ],
)
def test_an_archived_article_without_a_date_takes_the_next_best(body: str, name: str, when: datetime) -> None:
    assert archived(f"<!--NaN-->\n[渡轮](https://news.example/1)\n------\n\n{body}", name).published == when


def test_an_archived_article_may_come_without_its_comment() -> None:
    entry = archived(
        f"[渡轮](https://news.example/1)\n------\n日期：Tue, 23 Jun 2020 05:14:48 +0000\n\n<p>{TEXT}</p>"
    )
    assert (entry.title, entry.url) == ("渡轮", "https://news.example/1")
    assert entry.published == datetime(2020, 6, 23, 5, 14, 48, tzinfo=UTC)


def test_a_jekyll_post_is_read() -> None:
    entry = archived(
        '---\nlayout: post\ntitle: "他说：\\"好\\""\ndate: 2014-08-27T08:26:40.000Z\nauthor: 某人\n'
        f"from: https://news.example/p?source=rss---2\ntags: [ 交通, 城市 ]\n---\n<p>{TEXT}</p>"
    )
    assert (entry.title, entry.tags) == ('他说："好"', ("交通", "城市"))
    assert entry.published == datetime(2014, 8, 27, 8, 26, 40, tzinfo=UTC)
    assert entry.url.startswith("https://news.example/p")
    assert entry.html == f"<p>{TEXT}</p>"


def test_a_jekyll_post_may_hold_the_other_header_and_titles_that_are_no_yaml() -> None:
    entry = archived(
        '---\ntitle: 渡轮: "新" 时代\ndate: \nfrom: https://news.example/1\ntags:\n- 交通\n- 城市\n---\n'
        "<!--1409128000000-->\n[渡轮](https://news.example/1)\n------\n\n<p>正文</p>"
    )
    assert (entry.title, entry.tags, entry.html) == ('渡轮: "新" 时代', ("交通", "城市"), "<p>正文</p>")
    assert entry.published == datetime(2014, 8, 27, 8, 26, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just a note",
        "<!--1-->\n[title](ftp://news.example/1)\n------\n",
        "<!--1-->\n[title]()\n------\n",
        "---\ntitle: 渡轮\n---\n正文",
        "---\ntitle: 渡轮\nfrom: somewhere\n---\n正文",
        "<p>html</p>",
    ],
)
def test_what_is_no_archived_article_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ArticleError, match="archived article"):
        archived(text)


@given(
    st.text(max_size=200),
    st.sampled_from(["", "---\n", "<!--1-->\n[", "<!--NaN-->\n[a](https://x.example/)\n---\n"]),
)
def test_any_text_is_an_archived_article_or_an_article_error(text: str, start: str) -> None:
    try:
        entry = archived(start + text)
    except ArticleError:
        return
    feeds.article(entry, feed=Feed("archive", ""), source="", now=NOW)


def test_an_archived_articles_outlet_is_what_its_fine_print_says() -> None:
    body = f"<p>（德国之声中文网）{TEXT}</p><p><em>© 2023年德国之声版权声明：未经许可不得擅自使用。</em></p>"
    entry = archived(f"<!--1698488225000-->\n[渡轮](https://www.dw.com/zh/a-1)\n------\n\n{body}")
    assert feeds.article(entry, feed=Feed("archive", ""), source="", now=NOW).source == "德国之声"


def test_a_hostile_archive_header_is_refused_at_once() -> None:
    begun = time.process_time()
    for header in ("[" + "](" * 20_000 + "x", "[" + "](" * 20_000 + ")"):
        with pytest.raises(ArticleError):
            archived(f"<!--1-->\n{header}\n")
    with pytest.raises(ArticleError):
        archived("<!--" + " " * 100_000 + "x")
    assert time.process_time() - begun < 2
