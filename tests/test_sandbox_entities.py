"""The sandbox's HTML parser against Telegram's own, offline: TDLib's parseTextEntities is what the server runs."""

from __future__ import annotations

import json
import time

import pytest
import tdjson
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.sandbox.autolinks import find_entities
from bot.sandbox.entities import MOST_ENTITIES, ParseError, format_text, parse_html

tdjson.td_execute(b'{"@type":"setLogVerbosityLevel","new_verbosity_level":0}')

TYPES = {
    "Bold": "bold",
    "Italic": "italic",
    "Underline": "underline",
    "Strikethrough": "strikethrough",
    "Spoiler": "spoiler",
    "Code": "code",
    "Pre": "pre",
    "PreCode": "pre",
    "TextUrl": "text_link",
    "MentionName": "text_mention",
    "BlockQuote": "blockquote",
    "ExpandableBlockQuote": "expandable_blockquote",
    "CustomEmoji": "custom_emoji",
    "DateTime": "date_time",
    "Url": "url",
    "EmailAddress": "email",
    "Mention": "mention",
    "BotCommand": "bot_command",
    "Hashtag": "hashtag",
}
ARGUMENTS = ("url", "user_id", "language", "custom_emoji_id", "unix_time")


def execute(request: dict) -> dict:
    answer = tdjson.td_execute(json.dumps(request).encode())
    assert answer is not None
    return json.loads(answer)


def entities_of(answer: dict) -> list[dict]:
    entities = []
    for entity in answer["entities"]:
        kind = entity["type"]
        read = {
            "type": TYPES.get(kind["@type"].removeprefix("textEntityType"), kind["@type"]),
            "offset": entity["offset"],
            "length": entity["length"],
        }
        entities.append(read | {name: kind[name] for name in ARGUMENTS if name in kind})
    return entities


def telegram(html: str) -> tuple[str, list[dict]] | str:
    mode = {"@type": "textParseModeHTML"}
    answer = execute({"@type": "parseTextEntities", "text": html, "parse_mode": mode})
    if answer["@type"] == "error":
        return answer["message"].removeprefix("Can't parse entities: ")
    return answer["text"], entities_of(answer)


def ours(html: str) -> tuple[str, list[dict]] | str:
    try:
        text, entities = parse_html(html)
    except ParseError as error:
        return str(error)
    return text, [{key: e[key] for key in e if key != "date_time_format"} for e in entities]


PIECES = (
    *(
        "<b>",
        "</b>",
        "<B>",
        "<i>",
        "</i>",
        "<u>",
        "</u>",
        "<s>",
        "</s>",
        "<tg-spoiler>",
        "</tg-spoiler>",
        "</>",
    ),
    *('<a href="', "<a>", '">', "</a>", "<code>", '<code class="language-py">', "</code>", "<pre>", "</pre>"),
    *(
        '<span class="tg-spoiler">',
        "<span>",
        "</span>",
        "<blockquote>",
        "<blockquote expandable>",
        "</blockquote>",
    ),
    *('<tg-time unix="', '<tg-time unix="17" format="', "r", "tTwdD", "</tg-time>"),
    *(
        '<tg-emoji emoji-id="',
        "</tg-emoji>",
        "<p>",
        "<br/>",
        "<!-- -->",
        "<b x",
        " y=",
        "z>",
        "'",
        '"',
        "=",
        "/",
    ),
    *(
        "<",
        ">",
        "&",
        "&lt;",
        "&gt",
        "&amp;",
        "&quot;",
        "&nbsp;",
        "&apos;",
        "&#",
        "&#65;",
        "&#x1F600;",
        "&#xD83D;",
    ),
    *("5", "中文", "😀", "é", "abc", " ", "\n", "\t", "\u00a0", ";", "-", "."),
    *(
        "http://",
        "https://",
        "ftp://",
        "tg://user?id=",
        "tg:",
        "ton:",
        "e.com",
        "localhost",
        "[::1]",
        ":80",
        ":99999",
    ),
    *("@", "#", "?", "%41", "%", "user", "javascript:", "mailto:a@b.c"),
)
markup = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
LETTERS = ("e", ".", "/", ":", "中", "😀", "&amp;", "&#65;", " ", "\t", "\u00a0", "-", "_", "'", "=", ";")
address = st.lists(st.sampled_from((*PIECES[-21:], *LETTERS)), min_size=1, max_size=6).map("".join)


MANY = settings(max_examples=5 * settings().max_examples)  # the oracle is quick


@MANY
@given(markup | text.map(lambda t: f"<b>{t}</b>"))
@example("<b x")
@example("<b x>y</b>")
@example("<pre><code class='language-c'>x</code></pre>")
@example("<code class='language-c'><pre>x</pre></code>")
@example("<b>&#xD83D;&#xDE00;</b>")
@example("<tg-time unix='17' format='rt'>x</tg-time>")
def test_html_is_accepted_refused_and_measured_as_by_telegram(html: str) -> None:
    assume("&#xD83D;" not in html or "<a" not in html)  # half a surrogate pair in an address kills the oracle
    assert ours(html) == telegram(html)


@MANY
@given(address)
@example("http://[::1]@[::1]")
@example("EXAMPLE.com/Ä b")
@example("http://e.com:080/?a#b")
def test_links_are_taken_and_written_as_by_telegram(url: str) -> None:
    html = '<a href="' + url.replace('"', "&quot;").replace("<", "&lt;") + '">x</a>'
    assert ours(html) == telegram(html)


@pytest.mark.parametrize(
    "plain",
    [
        "/start",
        "/start@kuaixun_bot 中美",
        "请用 /help 看帮助",
        "a/start //x /a/b",
        "看 https://example.com/a?b=c#d。还有",
        "(https://example.com/a)",
        "@kuaixun_bot 你好 @ab",
        "#中美关系 #2024 ##x",
        "写信给 a.b@example.com 吧",
        "😀 /latest 😀",
        "没有",
    ],
)
def test_what_nobody_marked_is_found_as_by_telegram(plain: str) -> None:
    assert find_entities(plain) == entities_of(execute({"@type": "getTextEntities", "text": plain}))


def test_a_message_is_trimmed_and_its_offsets_move_along() -> None:
    assert format_text("  <b> x </b>\n") == ("x", [{"type": "bold", "offset": 0, "length": 1}])
    assert format_text("\n😀 <i>b</i>") == ("😀 b", [{"type": "italic", "offset": 3, "length": 1}])


def test_neighbours_of_one_type_become_one() -> None:
    assert format_text("<b>x</b><b>y</b>")[1] == [{"type": "bold", "offset": 0, "length": 2}]
    assert format_text("<b>x<b>y</b></b>")[1] == [{"type": "bold", "offset": 0, "length": 2}]


def test_code_holds_no_other_format_and_no_links() -> None:
    assert format_text("<code><b>https://example.com</b></code>")[1] == [
        {"type": "code", "offset": 0, "length": 19}
    ]


def test_entities_beyond_the_hundredth_are_ignored() -> None:
    assert len(format_text("<b>x</b> " * 150)[1]) == MOST_ENTITIES


def test_a_hostile_text_takes_no_more_time_than_a_long_one() -> None:
    began = time.process_time()
    for hostile in (
        "<b>" * 8000,
        "&" * 30000,
        "&#" + "9" * 30000,
        "<a>" * 10000,
        '<a href="' * 3000,
        "<b " + "x=1 " * 8000,
    ):
        ours(hostile)
    assert time.process_time() - began < 5
