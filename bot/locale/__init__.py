"""The bot's own words, in each language that it speaks: one TOML file a language, the same keys in all of them."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import QueryError

LANGUAGES = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}
DEFAULT = "zh-Hans"

_PLACE = re.compile("(?P<before>[\u3400-\u9fff]?)\\{(?P<name>\\w+)\\}(?=(?P<after>[\u3400-\u9fff]?))")
_MARKUP = re.compile("<[^<>]*>")


@functools.cache
def words(language: str) -> Mapping[str, str]:
    """All sentences of a language by their dotted keys. A language that there is not is answered in the default one."""
    name = language if language in LANGUAGES else DEFAULT
    table = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))
    return dict(_flat(table, ""))


def _flat(table: Mapping[str, Any], above: str) -> list[tuple[str, str]]:
    flat = []
    for key, value in table.items():
        flat += _flat(value, f"{above}{key}.") if isinstance(value, Mapping) else [(above + key, str(value))]
    return flat


def say(language: str, key: str, **values: object) -> str:
    """The sentence `key` with `values` filled in. Where it is HTML, the caller escapes the values.

    Raises KeyError for a key that no language has, and for a value that is not given, which are mistakes of ours.
    """
    sentence = words(language)[key]
    return _PLACE.sub(lambda place: _put(place, str(values[place["name"]])), sentence) if values else sentence


def _put(place: re.Match[str], value: str) -> str:
    """The value in its place, with the space that Chinese sets between its own characters and Latin ones."""
    shown = _MARKUP.sub("", value)
    before = " " if place["before"] and _is_latin(shown[:1]) else ""
    after = " " if place["after"] and _is_latin(shown[-1:]) else ""
    return f"{place['before']}{before}{value}{after}"


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def explain(language: str, error: QueryError) -> str:
    """What is wrong with a query, in the reader's language. The place is the error's `position`."""
    return say(language, f"query.{error.code}", **error.values)


def choose(language_code: str | None) -> str:
    """The language for a Telegram client that says it speaks `language_code` (IETF), such as zh-hant or en-GB."""
    code = (language_code or "").lower().replace("_", "-")
    if not code:
        return DEFAULT
    if code.startswith("zh"):
        return "zh-Hant" if any(part in code for part in ("hant", "tw", "hk", "mo")) else "zh-Hans"
    return "en"
