from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.urls import absolute, canonical_url, pieces, requote, strip_tracking, unproxy

anything = st.text(max_size=80)
addresses = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from(["example.org", "新闻.example", "u:p@example.org:80", "[::1]", "ＥＸ.org", "a℀b.org"]),
    st.text(alphabet="/?#&=%25:;@王“” aZ.~é\u3000", max_size=40).map(lambda rest: "/" + rest)
    | st.text(alphabet="/?#&=%25:;@王 aZ.~6c", max_size=40).map(lambda rest: "/%75rl?q=http:%2F%2Fa" + rest),
)


@given(anything | addresses)
@example("\u3000 https://x.org/a b")
@example("https://\udc80.org/\udc80")
def test_requoting_twice_is_requoting_once(url: str) -> None:
    once = requote(url)
    assert requote(once) == once
    assert once.isascii()
    assert not any(character.isspace() for character in once)


@given(anything | addresses)
def test_canonical_and_displayed_addresses_are_fixed_points(url: str) -> None:
    assert canonical_url(canonical_url(url)) == canonical_url(url)
    assert strip_tracking(strip_tracking(url)) == strip_tracking(url)
    assert unproxy(url) == requote(unproxy(url))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://n.org/王 毅", "https://n.org/%E7%8E%8B%20%E6%AF%85"),
        ("https://n.org/@a/%25E5%25A4", "https://n.org/@a/%25E5%25A4"),
        ("https://n.org/“b”/a-1", "https://n.org/%E2%80%9Cb%E2%80%9D/a-1"),
        ("https://n.org/%E2%80%9Cb%E2%80%9D%20c/a-1", "https://n.org/%E2%80%9Cb%E2%80%9D%20c/a-1"),
        ("https://n.org/%e3%80%90x", "https://n.org/%E3%80%90x"),
        ("https://n.org/100%/a%2Fb", "https://n.org/100%25/a%2Fb"),
        ("http://www.n.org//cn/a#:~:text=一", "http://www.n.org//cn/a#:~:text=%E4%B8%80"),
        ("https://新闻.org/a", "https://xn--efvy88h.org/a"),
        ('https://n.org/"><b>', "https://n.org/%22%3E%3Cb%3E"),
    ],
)
def test_only_what_must_be_is_encoded(url: str, expected: str) -> None:
    assert requote(url) == expected


def test_a_host_of_compatibility_characters_cannot_become_another_host() -> None:
    assert "/" not in requote("https://a℀b.org")[8:]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://n.org/a?maca=zh-rss&id=1&utm_source=x", "https://n.org/a?id=1"),
        ("https://n.org/a?at_medium=RSS&amp;at_campaign=y", "https://n.org/a"),
        ("https://n.org/a?ref=rss&from=rss_home&ref=home", "https://n.org/a?ref=home"),
        ("https://n.org/a#xtor=RSS-1", "https://n.org/a"),
        ("https://n.org/a#part-2", "https://n.org/a#part-2"),
        ("https://n.org/a?cmpname=2&utm=3", "https://n.org/a?cmpname=2&utm=3"),
        ("https://me:secret@n.org/a", "https://n.org/a"),
        ("https://n.org/v/1?spm_id_from=333.1&vd_source=9f&p=2", "https://n.org/v/1?p=2"),
        ("https://n.org/a?_ga=2.1&_gl=1*x&share_from=app&xsec_source=pc", "https://n.org/a"),
        ("https://youtu.be/Ab1?si=Zx&t=30", "https://youtu.be/Ab1?t=30"),
        ("https://www.youtube.com/watch?v=Ab1&si=Zx", "https://www.youtube.com/watch?v=Ab1"),
        (
            "https://mp.weixin.qq.com/s?__biz=Mz==&mid=2&idx=1&sn=ab&chksm=cd&scene=27",
            "https://mp.weixin.qq.com/s?__biz=Mz==&mid=2&idx=1&sn=ab",
        ),
        ("https://n.org/a?id=1&from=timeline&isappinstalled=0", "https://n.org/a?id=1"),
    ],
)
def test_a_displayed_address_tracks_nobody(url: str, expected: str) -> None:
    assert strip_tracking(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://n.org/play?scene=2&si=en&chksm=1&key=5",
        "https://n.org/a?from=2026-01-01&from=time",
        "https://n.org/note/1?xsec_token=AB12",  # without it, nothing is shown
        "https://notyoutube.com/watch?si=1",
    ],
)
def test_a_parameter_that_may_choose_the_page_stays(url: str) -> None:
    assert strip_tracking(url) == url


@pytest.mark.parametrize(
    ("url", "page"),
    [
        (
            "https://www.google.com/url?rct=j&sa=t&url=https%3A%2F%2Fbay.example%2Fa%3Fid%3D7%26utm_source%3Dx&ct=ga&usg=A0",
            "https://bay.example/a?id=7",
        ),
        ("https://www.google.com/url?q=https://bay.example/a&ct=ga", "https://bay.example/a"),
        ("http://n.org/news/apiclick.aspx?aid=&url=https%3a%2f%2fbay.example%2f1", "https://bay.example/1"),
        ("https://link.n.org/?target=https%3A//bay.example/%25E6%25B8%25A1", "https://bay.example/%E6%B8%A1"),
        ("https://n.org/redirect?u=https%3A%2F%2Fm%3Apw%40bay.example%2F1", "https://bay.example/1"),
        (
            "https://n.org/go?to=https%3A%2F%2Fm.org%2Fout%3Furl%3Dhttps%253A%252F%252Fbay.example%252F1",
            "https://bay.example/1",
        ),
    ],
)
def test_a_link_through_a_redirector_is_the_link_to_the_page(url: str, page: str) -> None:
    assert strip_tracking(url) == page
    assert canonical_url(url) == page


@pytest.mark.parametrize(
    "url",
    [
        "https://n.org/search?q=https://bay.example/a",
        "https://translate.n.org/translate?u=https://bay.example/a",
        "https://n.org/url?q=bay.example",
        "https://n.org/url?url=javascript:alert(1)",
        "https://n.org/url?url=/a",
        "https://n.org/go?url=https://bay.example/a?id=1&page=2",
        "https://n.org/go?url=https://bay.example/%D6%D0",
        "https://web.archive.org/go?url=https://bay.example/a",
        "https://n.org/2026/url-of-the-year?url=https://bay.example/a",
    ],
)
def test_a_page_that_has_another_s_address_in_a_parameter_is_a_page(url: str) -> None:
    assert strip_tracking(url) == url


@pytest.mark.parametrize("depth", [1, 5, 40])
def test_a_chain_of_redirectors_ends_where_it_leads(depth: int) -> None:
    url = "https://n.org/url?url=" * depth + "https://bay.example/a"
    assert strip_tracking(url) == canonical_url(url) == "https://bay.example/a"
    endless = "https://n.org/url?url=" * 100_000
    assert strip_tracking(endless) == endless


def test_what_lets_a_reader_in_is_no_part_of_a_page_s_identity() -> None:
    assert canonical_url("https://n.org/note/1?xsec_token=AB&a=1") == "https://n.org/note/1?a=1"


@pytest.mark.parametrize(
    "spelling",
    [
        "http://News.Example.org/a%7eb/?utm_medium=rss",
        "https://news.example.org:443/a~b#comments",
        "https://news.example.org/a~b/",
        "https://news.example.org/%61~b?%75tm_source=x",
    ],
)
def test_spellings_of_one_page_have_one_identity(spelling: str) -> None:
    assert canonical_url(spelling) == "https://news.example.org/a~b"


def test_pages_that_differ_keep_their_identities() -> None:
    pages = [
        "https://n.org/?p=1",
        "https://n.org/?p=2",
        "https://n.org/a",
        "https://n.org/A",
        "https://n.org/#!/a",
    ]
    pages += ["https://n.org/%2525", "https://n.org/%25", "tag:n.org,2023:1", "tag:n.org,2023:2"]
    assert len({canonical_url(page) for page in pages}) == len(pages)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        (
            "https://images.weserv.nl/?url=static.n.org/image/6_303.jpg",
            "https://static.n.org/image/6_303.jpg",
        ),
        ("https://images.weserv.nl?url=static.n.org/6.jpg&w=300", "https://static.n.org/6.jpg"),
        ("https://wsrv.nl/?url=ssl:n.org/6.jpg", "https://n.org/6.jpg"),
        (
            "https://images.weserv.nl/?url=https://n.org/a.fcgi?FIF=1&WID=800&w=300",
            "https://n.org/a.fcgi?FIF=1&WID=800",
        ),
        ("https://wsrv.nl/?url=https%3A%2F%2Fn.org%2Fa%3Fb%3D1&w=9", "https://n.org/a?b=1"),
        ("https://i1.wp.com/n.org/p/加.png?resize=1&ssl=1#038;ssl=1", "https://n.org/p/%E5%8A%A0.png"),
        ("https://t.org/unsafe/1340x754/https://n.org/a.jpg", "https://n.org/a.jpg"),
        ("https://c.org/image/fetch/w_1,q_2/https%3A%2F%2Fn.org%2Fa.jpg", "https://n.org/a.jpg"),
        ("https://wsrv.nl/?url=i0.wp.com/n.org/a.jpg", "https://n.org/a.jpg"),
    ],
)
def test_a_proxied_picture_is_found_at_its_origin(url: str, origin: str) -> None:
    assert unproxy(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "https://n.org/_next/image?url=%2Fstatic%2Fa.png&w=640",
        "https://n.org/photo.jpg?url=1",
        "https://n.org/render?src=pic.php/4",
        "https://web.archive.org/web/2020im_/http://n.org/a.jpg",
    ],
)
def test_what_is_no_proxy_stays(url: str) -> None:
    assert unproxy(url) == url


def test_only_web_addresses_are_absolute_ones() -> None:
    assert absolute("https://n.org/a/b", "../图.jpg") == "https://n.org/%E5%9B%BE.jpg"
    assert absolute("", "//n.org/a.jpg") == "https://n.org/a.jpg"
    assert absolute("http://x.org", "//n.org/a.jpg") == "http://n.org/a.jpg"
    for nothing in (
        "",
        " ",
        "/a.jpg",
        "javascript:alert(1)",
        "data:image/gif;base64,R0",
        "https:///a",
        "ftp://n.org/a",
    ):
        assert absolute("", nothing) is None
    assert absolute("http://[", "a") is None


@given(anything | addresses, anything | addresses)
def test_an_absolute_address_has_a_host_and_no_user(base: str, url: str) -> None:
    found = absolute(base, url)
    if found is not None:
        assert found.lower().startswith(("http://", "https://"))
        assert "@" not in urlsplit(found).netloc if "[" not in found else True
        assert requote(found) == found


@pytest.mark.parametrize(
    "url", ["https://[zz]/x", "https://[::1/x", "https://a.example:99999/x", "https://a.example:x/"]
)
def test_an_address_that_the_standard_library_refuses_is_none(url: str) -> None:
    assert absolute("https://n.example/", url) is None
    assert pieces(url).netloc == ""
