from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import bigrams, fold, has_cjk, is_wordy, tokens, units


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("臺灣", "台湾"),
        ("Ｇ２０", "g20"),
        ("看著", "看着"),
        ("衞生說裡羣", "卫生说里群"),
        ("「拜習會」", "“拜习会”"),
        ("乾燥", "干燥"),
        ("CAFÉ", "café"),
        ("GROẞ Ⅳ", "groß ⅳ"),
        ("COVID‑19", "covid-19"),
        ("　", " "),
        ("達・芬奇", "达·芬奇"),
        ("達‧芬奇", "达•芬奇"),
        ("１〜２", "1～2"),
    ],
)
def test_the_same_word_written_in_two_ways_folds_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_words_that_differ_stay_apart() -> None:
    assert len({fold(word) for word in ("北京", "背景", "南京", "台湾", "香港")}) == 5


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_half_of_a_surrogate_pair_folds_to_what_utf_8_can_say() -> None:
    assert fold("台\ud800灣\udfff") == "台\ufffd湾\ufffd"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_han_characters_are_tokens_by_themselves_and_latin_words_whole() -> None:
    assert tokens(fold("臺灣ＡＩ芯片 nato's")) == ["台", "湾", "ai", "芯", "片", "nato", "s"]


@given(st.text(), st.text(alphabet="台湾拜登의カ"), st.text())
def test_a_text_that_contains_a_solid_keyword_contains_its_tokens_in_a_row(a: str, word: str, b: str) -> None:
    inside, whole = tokens(fold(word)), tokens(fold(a + word + b))
    assert any(whole[i : i + len(inside)] == inside for i in range(len(whole) + 1))


@given(st.text())
def test_tokens_are_plain_enough_for_any_engine(text: str) -> None:
    assert all(token.isalnum() and " " not in token for token in tokens(fold(text)))


@given(st.text())
def test_units_are_those_of_utf_16(text: str) -> None:
    assert units(text) == sum(2 if char > "\uffff" else 1 for char in text)


def test_bigrams_do_not_cross_words_of_another_script() -> None:
    assert bigrams("拜登访ai华") == {"拜登", "登访", "ai"}


def test_scripts_are_told_apart() -> None:
    assert has_cjk("NATO 峰会")
    assert not has_cjk("NATO summit")
    assert is_wordy("é")
    assert not is_wordy("会")
    assert not is_wordy("-")
