"""The sections of the configuration, and what their values must be. Each mistake says what would be right."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ..clutter.rules import compiled
from ..errors import QueryError
from ..locale import LANGUAGES, explain
from ..model import Feed, LineRule, Mode, Picture, Style, Topic
from ..pace import Rate
from ..query import parse
from ..query.aliases import group

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 365 * 86400  # seconds
_HOST = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_HERE = re.compile(r"[\w.-]+|[0-9A-Fa-f:.]+")
_ID = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"  # short enough for callback data, plain enough to type
_TELEGRAM = "api.telegram.org"
_TOKEN = re.compile(r"\d{3,20}:[\w-]{35}", re.ASCII)  # as @BotFather gives them
_WEBHOOK_PORTS = (None, 443, 80, 88, 8443)  # https://core.telegram.org/bots/api#setwebhook
_LAST_ID = 2**52  # https://core.telegram.org/bots/api#user


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(_text(value).strip())
    if found is None:
        raise ValueError("is no duration; write it as 90s, 15m or 2h")
    seconds = float(found[1]) * UNITS[found[2]]
    if not 0 < seconds <= _LONGEST:
        raise ValueError("must be more than nothing, and 365d at the most")
    return timedelta(seconds=seconds)


def _text(value: object) -> str:
    """The value where it is one; a list or a table may be endless, written out."""
    return str(value) if isinstance(value, str | int | float) else ""


def _zone(value: object) -> object:
    try:
        ZoneInfo(_text(value))
    except (KeyError, ValueError, OSError):
        raise ValueError("is no time zone; write it as Asia/Shanghai") from None
    return value


def _address(value: object) -> object:
    text = _text(value).strip()
    parts = _parts(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no address; it begins with https:// or http://")
    if " " in text:
        raise ValueError("is no address: there is a space in it")
    return _printable(text)


def _parts(address: str) -> SplitResult:
    """Of an address, all empty where it is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises where it cannot be one
    except ValueError:
        return urlsplit("")
    return parts


def _base(value: str) -> str:
    """An address that others are made from, by writing behind it."""
    if _parts(value).query or _parts(value).fragment:
        raise ValueError("is continued with a path, and so can have no ? and no # in it")
    return value


def _printable(value: object) -> object:
    """Also where nothing but a text will do: a line break in a header or a NUL in a path fails much later."""
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("has a line break or another control character in it")
    return value


def _host(value: object) -> object:
    if isinstance(value, str) and not _HOST.fullmatch(value):
        raise ValueError("is no host; write it as example.org or example.org:8080")
    return value


def _here(value: object) -> object:
    if isinstance(value, str) and not _HERE.fullmatch(value):
        raise ValueError("is no host to listen on; write it as 127.0.0.1, or 0.0.0.0 for the outside world")
    return value


def _query(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a query; put numbers and words such as NO in quotes")
    try:
        value.encode()
    except UnicodeEncodeError:  # "\ud800": nothing could write it down
        raise ValueError("has half of a character in it") from None
    try:
        parse(value, regexes=True, everything=True)
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
    except (Exception, SystemExit) as error:  # importing it runs whatever it is
        raise ValueError(f"cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(found):
        raise ValueError("must name a function, as in my_package.module:function")
    return value


def _pattern(value: str) -> str:
    try:
        pattern = compiled(value)
    except ValueError as error:
        raise ValueError(f"is no regular expression (RE2): {error}") from error
    if pattern.search(""):
        raise ValueError("finds something in an empty line, and so in every line")
    return value


def _some(patterns: tuple[str, ...]) -> tuple[str, ...]:
    if not patterns:
        raise ValueError("must not be empty")
    return patterns


def _storage(value: str) -> str:
    scheme, separator, _ = value.partition("://")  # the rest may hold a password: it is not repeated
    if separator:
        raise ValueError(f"must be a folder or :memory:; a {scheme}:// address is not understood yet")
    if not value.strip():
        raise ValueError("must name a folder")
    return value


def _language(value: object) -> object:
    if _text(value) not in LANGUAGES:
        raise ValueError(f"is not one of {', '.join(LANGUAGES)}")
    return value


def _whole(value: object) -> object:
    if isinstance(value, bool):  # an int to Python: `port: yes` would be port 1
        raise ValueError("must be a whole number")
    return value


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


def _admin(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _LAST_ID:
        raise ValueError(
            "must be a user's Telegram id, a whole number above 0; /help tells everybody their own"
        )
    return value


def _shown(value: object) -> object:
    """A text that people see, without spaces around it."""
    return _printable(value.strip()) if isinstance(value, str) else value


def _unlike(*reserved: str) -> AfterValidator:
    def unreserved(id: str) -> str:
        if id.lower() in reserved:
            raise ValueError(f"cannot be `{id}`, which means something of its own")
        return id

    return AfterValidator(unreserved)


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Zone = Annotated[str, BeforeValidator(_zone)]
Address = Annotated[str, BeforeValidator(_address)]
Printable = Annotated[str, BeforeValidator(_printable)]
Host = Annotated[str, BeforeValidator(_host)]
Base = Annotated[Address, AfterValidator(_base)]
Here = Annotated[str, BeforeValidator(_printable), BeforeValidator(_here)]
Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, BeforeValidator(_number)]
Admin = Annotated[int, BeforeValidator(_admin)]
Shown = Annotated[str, BeforeValidator(_shown)]
Language = Annotated[Literal["zh-Hans", "zh-Hant", "en"], BeforeValidator(_language)]
Storage = Annotated[str, BeforeValidator(_printable), AfterValidator(_storage)]
Aliases = Annotated[tuple[str, ...], BeforeValidator(_aliases)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _is_left_out(cls, values: object) -> object:
        """A key with nothing behind it is as good as none."""
        if not isinstance(values, Mapping):
            return values
        return {key: value for key, value in values.items() if value is not None}


class RateSection(_Section):
    """Telegram's published limits; its real ones are softer and unpublished, so they can be changed."""

    overall: Number = Field(30, alias="global", ge=0.01, le=1000)  # messages a second
    chat: Number = Field(1, ge=0.01, le=30)  # messages a second in one private chat
    group_per_minute: Number = Field(20, ge=0.1, le=600)

    def rate(self) -> Rate:
        """The domain's word for it."""
        return Rate(self.overall, self.chat, self.group_per_minute)


class TelegramSection(_Section):
    """How to reach Telegram."""

    api_url: Base = f"https://{_TELEGRAM}"  # the first, as what may be asked of the others depends on it
    token: SecretStr | None = None
    webhook_url: Base | None = None
    rate: RateSection = RateSection()
    paid_broadcast: bool = False

    @property
    def plain_token(self) -> str:
        """The token as it is sent, "" where there is none."""
        return self.token.get_secret_value().strip() if self.token else ""

    @field_validator("api_url")
    @classmethod
    def _is_telegrams(cls, value: str) -> str:
        parts = _parts(value)
        if parts.hostname == _TELEGRAM and (parts.scheme != "https" or parts.path.strip("/")):
            raise ValueError(f"must be https://{_TELEGRAM} where it is Telegram's own server")
        return value

    @field_validator("token")
    @classmethod
    def _is_a_token(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        token = value.get_secret_value().strip() if value else ""
        if token and _at_telegram(info) and not _TOKEN.fullmatch(token):
            raise ValueError(
                "is no token; @BotFather gives them as digits, a colon and 35 letters, digits, - and _"
            )
        if re.search(r"[\s/?#]", token) or not token.isprintable():  # it goes into addresses
            raise ValueError("is no token: there is a space or a / in it, or another character that none has")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _is_within_reach(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None or not _at_telegram(info):  # a server of one's own may call wherever it can
            return value
        parts = _parts(value)
        if parts.scheme != "https":
            raise ValueError("must begin with https://, or Telegram does not call it")
        if parts.port not in _WEBHOOK_PORTS:
            raise ValueError(
                "must have the port 443 (as where none is written), 80, 88 or 8443: Telegram calls no other"
            )
        return value


def _at_telegram(info: ValidationInfo) -> bool:
    """Whether it is Telegram's own server; unknown, it is not."""
    return _parts(info.data.get("api_url", "")).hostname == _TELEGRAM


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
    match: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_pattern)], ...],
        AfterValidator(_some),
    ]

    def rule(self) -> LineRule:
        """The domain's word for it."""
        return LineRule(self.where, self.match)


class FeedSection(_Section):
    """A feed, made when it is not there yet. Its boilerplate is read at each start."""

    id: Annotated[str, Field(pattern=_ID), _unlike("all", "archive")]
    url: Address
    title: Shown = Field("", max_length=64)
    interval: Duration | None = None
    timezone: Zone | None = None
    mode: Mode = "summary"
    boilerplate: tuple[LineRuleSection, ...] = ()

    def feed(self, timezone: str) -> Feed:
        """The domain's word for it, with the time zone that it has where it names none."""
        return Feed(**self.model_dump(exclude={"boilerplate"}) | {"timezone": self.timezone or timezone})


class TopicSection(_Section):
    """A topic, made when it is not there yet."""

    id: Annotated[str, Field(pattern=_ID), _unlike("new")]
    title: Shown = Field(min_length=1, max_length=64)
    query: Annotated[str, BeforeValidator(_query)]
    feeds: tuple[str, ...] = ()

    def topic(self) -> Topic:
        """The domain's word for it."""
        return Topic(**self.model_dump())


class MessageSection(_Section):
    """How messages are composed."""

    image: Picture = "photo"
    summary_chars: Whole = Field(260, ge=40, le=700)
    summary_share: Number = Field(0.25, ge=0.05, le=1)
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

    host: Here = "127.0.0.1"
    port: Whole | None = Field(None, ge=0, le=65535)
