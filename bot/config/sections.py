"""The sections of the configuration, and what their values must be. Each mistake says what would be right."""

from __future__ import annotations

import pkgutil
import re
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from ..boilerplate import compiled
from ..errors import QueryError
from ..locale import LANGUAGES, explain
from ..model import Feed, LineRule, Mode, Picture, Style, Topic
from ..query import parse
from ..query.aliases import group

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 365 * 86400  # seconds
_HOST = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_ID = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"  # short enough for callback data, plain enough to type


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(str(value).strip())
    if found is None:
        raise ValueError("is no duration; write it as 90s, 15m or 2h")
    seconds = float(found[1]) * UNITS[found[2]]
    if not 0 < seconds <= _LONGEST:
        raise ValueError("must be more than nothing, and 365d at the most")
    return timedelta(seconds=seconds)


def _zone(value: object) -> object:
    try:
        ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise ValueError("is no time zone; write it as Asia/Shanghai") from None
    return value


def _address(value: object) -> object:
    try:
        parts = urlsplit(str(value))
        _ = parts.port  # raises where it cannot be one
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no address; it begins with https:// or http://")
    return _printable(str(value).strip())


def _printable(value: object) -> object:
    """Also where nothing but a text will do: a line break in a header or a NUL in a path fails much later."""
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("has a line break or another control character in it")
    return value


def _host(value: object) -> object:
    if isinstance(value, str) and not _HOST.fullmatch(value):
        raise ValueError("is no host; write it as example.org or example.org:8080")
    return value


def _query(value: object) -> object:
    try:
        parse(str(value), regexes=True, everything=True)
    except QueryError as error:
        raise ValueError(f"{explain('en', error)} (at character {error.position + 1})") from None
    return value


def _aliases(value: object) -> object:
    names = value if isinstance(value, list | tuple) else ()
    if not all(isinstance(name, str) for name in names):  # NO is False to YAML, and 911 a number
        raise ValueError("must be names; put numbers and words such as NO in quotes")
    return group(names)


def _summariser(value: str) -> str:
    try:
        found = pkgutil.resolve_name(value)
    except Exception as error:  # importing it runs whatever it is
        raise ValueError(f"cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(found):
        raise ValueError("must name a function, as in my_package.module:function")
    return value


def _pattern(value: str) -> str:
    try:
        compiled(value)
    except ValueError as error:
        raise ValueError(f"is no regular expression (RE2): {error}") from error
    return value


def _storage(value: str) -> str:
    scheme, separator, _ = value.partition("://")  # the rest may hold a password: it is not repeated
    if separator:
        raise ValueError(f"must be a folder or :memory:; a {scheme}:// address is not understood yet")
    if not value.strip():
        raise ValueError("must name a folder")
    return value


def _language(value: object) -> object:
    if value not in LANGUAGES:
        raise ValueError(f"is not one of {', '.join(LANGUAGES)}")
    return value


def _whole(value: object) -> object:
    if isinstance(value, bool):  # an int to Python: `port: yes` would be port 1
        raise ValueError("must be a whole number")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Zone = Annotated[str, BeforeValidator(_zone)]
Address = Annotated[str, BeforeValidator(_address)]
Printable = Annotated[str, BeforeValidator(_printable)]
Host = Annotated[str, BeforeValidator(_host)]
Whole = Annotated[int, BeforeValidator(_whole)]
Language = Annotated[Literal["zh-Hans", "zh-Hant", "en"], BeforeValidator(_language)]
Storage = Annotated[str, BeforeValidator(_printable), AfterValidator(_storage)]
Aliases = Annotated[tuple[str, ...], BeforeValidator(_aliases)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class RateSection(_Section):
    """Telegram's published limits; its real ones are softer and unpublished, so they can be changed."""

    overall: float = Field(30, alias="global", gt=0, le=1000)  # messages a second
    chat: float = Field(1, gt=0, le=30)  # messages a second in one private chat
    group_per_minute: float = Field(20, gt=0, le=600)


class TelegramSection(_Section):
    """How to reach Telegram."""

    token: SecretStr | None = None
    api_url: Address = "https://api.telegram.org"
    webhook_url: Address | None = None
    rate: RateSection = RateSection()
    paid_broadcast: bool = False


class PollingSection(_Section):
    """How feeds are polled."""

    interval: Duration = timedelta(minutes=15)
    floor: Duration = timedelta(minutes=1)
    concurrency: Whole = Field(8, ge=1, le=64)
    user_agent_contact: Printable | None = None
    allow_hosts: tuple[Host, ...] = ()


class LineRuleSection(_Section):
    """Lines that are no part of articles."""

    where: Literal["any", "head", "tail", "cut"]
    match: tuple[Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_pattern)], ...]

    def rule(self) -> LineRule:
        """The domain's word for it."""
        return LineRule(self.where, self.match)


class FeedSection(_Section):
    """A feed, made when it is not there yet. Its boilerplate is read at each start."""

    id: str = Field(pattern=_ID)
    url: Address
    title: str = ""
    interval: Duration | None = None
    timezone: Zone | None = None
    mode: Mode = "summary"
    boilerplate: tuple[LineRuleSection, ...] = ()

    def feed(self, timezone: str) -> Feed:
        """The domain's word for it, with the time zone that it has where it names none."""
        return Feed(**self.model_dump(exclude={"boilerplate"}) | {"timezone": self.timezone or timezone})


class TopicSection(_Section):
    """A topic, made when it is not there yet."""

    id: str = Field(pattern=_ID)
    title: str = Field(min_length=1, max_length=64)
    query: Annotated[str, BeforeValidator(_query)]
    feeds: tuple[str, ...] = ()

    def topic(self) -> Topic:
        """The domain's word for it."""
        return Topic(**self.model_dump())


class MessageSection(_Section):
    """How messages are composed."""

    image: Picture = "photo"
    summary_chars: Whole = Field(260, ge=0, le=700)
    summary_share: float = Field(0.25, ge=0, le=1)
    buttons: bool = True
    summariser: Annotated[str, AfterValidator(_summariser)] | None = None

    def style(self) -> Style:
        """The domain's word for it."""
        values = self.model_dump()
        return Style(
            **values | {"summariser": pkgutil.resolve_name(self.summariser) if self.summariser else None}
        )


class HealthSection(_Section):
    """Where /healthz, /metrics and Telegram's webhook are answered."""

    host: str = "127.0.0.1"
    port: Whole | None = Field(None, ge=0, le=65535)
