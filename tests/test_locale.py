from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from bot.locale import LANGUAGES, choose, say, words
from bot.sandbox.entities import parse_html

BOT = Path(__file__).parent.parent / "bot"


def test_every_language_has_the_same_sentences_with_the_same_gaps() -> None:
    def gaps(language: str) -> dict[str, set[str]]:
        return {
            key: {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for key, text in words(language).items()
        }

    assert gaps("zh-Hans") == gaps("zh-Hant") == gaps("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_every_language_is_markup_that_telegram_takes(language: str) -> None:
    for key, text in words(language).items():
        gaps = {name: "&lt;b&gt;&amp;" for _, name, _, _ in string.Formatter().parse(text) if name}
        told, _ = parse_html(say(language, key, **gaps))
        assert told.strip(), key
        assert "<b>&" in told or not gaps, key


def test_every_error_of_the_query_language_has_a_sentence_and_every_sentence_an_error() -> None:
    code = "".join(path.read_text("utf-8") for path in (BOT / "query").glob("*.py"))
    sentences = {key.removeprefix("query.") for key in words("en") if key.startswith("query.")}
    assert set(re.findall(r'QueryError\(\s*"(\w+)"', code)) <= sentences
    assert all(f'"{name}"' in code for name in sentences)


@pytest.mark.parametrize(
    ("code", "language"),
    [
        (None, "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-hans", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh_Hant_HK", "zh-Hant"),
        ("en-GB", "en"),
        ("de", "en"),
    ],
)
def test_a_clients_language_chooses_ours(code: str | None, language: str) -> None:
    assert choose(code) == language


def test_a_language_that_there_is_not_is_answered_in_the_default_one() -> None:
    assert say("xx", "query.empty") == say("zh-Hans", "query.empty")
    assert set(LANGUAGES) == {"zh-Hans", "zh-Hant", "en"}


def test_chinese_leaves_a_space_beside_a_latin_name_and_none_beside_its_own_characters() -> None:
    assert say("zh-Hans", "message.credits", names="Reuters、AP") == "据 Reuters、AP"
    assert say("zh-Hans", "message.credits", names="路透社") == "据路透社"
    linked = '<a href="https://e.org/1">Outlet 3</a>'
    assert say("zh-Hant", "message.also_many", names=linked, count=6) == f"另見：{linked} 等 6 家"
    assert say("en", "message.credits", names="AP") == "via AP"
