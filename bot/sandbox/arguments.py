"""A request's parameters, read as the Bot API server reads them: every value is text first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .refusal import bad

JSON = dict[str, Any]

# Parameters that are text even where they look like a number or like JSON.
_TEXTS = frozenset(
    [
        "text",
        "caption",
        "callback_query_id",
        "inline_query_id",
        "photo",
        "file_id",
        "url",
        "name",
        "description",
        "short_description",
        "secret_token",
        "title",
        "parse_mode",
        "language_code",
        "action",
        "next_offset",
    ]
)


def is_unicode(text: str) -> bool:
    """Whether it can be written as UTF-8: half a surrogate pair, which JSON can spell, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the request."""

    name: str
    content_type: str
    data: bytes


class Arguments:
    """The parameters of one request. Getters give the Bot API's defaults for what is absent or garbage."""

    def __init__(self, texts: Mapping[str, str], files: Mapping[str, Upload]) -> None:
        self.texts = texts
        self.files = files

    @classmethod
    def of(cls, values: Mapping[str, object], files: Mapping[str, Upload] | None = None) -> Arguments:
        """From values of a JSON body: null is absent, objects become their JSON text."""
        texts = {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for name, value in values.items()
            if value is not None
        }
        return cls(texts, files or {})

    def text(self, name: str, default: str = "") -> str:
        """The value as it came."""
        return self.texts.get(name, default)

    def integer(self, name: str, default: int = 0) -> int:
        """A 64-bit integer; garbage is the default, as on the server."""
        try:
            return int(self.texts[name])
        except (KeyError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        """True for "true", "yes" and "1"."""
        return self.texts.get(name, "").strip().lower() in ("true", "yes", "1")

    def json(self, name: str, complaint: str) -> Any:
        """The JSON value, None where the parameter is absent or empty. Raises Refusal 400 with `complaint`."""
        text = self.texts.get(name, "")
        if not text:
            return None
        try:
            value = json.loads(text)
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is not Unicode
        except (ValueError, RecursionError):
            raise bad(complaint) from None
        return value

    def plain(self) -> JSON:
        """The parameters as data, for the record: JSON is read where a parameter is not a text by nature."""
        return {name: _value(name, text) for name, text in self.texts.items()}


def _value(name: str, text: str) -> Any:
    if name in _TEXTS:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
