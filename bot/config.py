"""The configuration: a YAML file and the environment into one frozen value, or every mistake at once.

Any key can come from the environment, with `__` between its parts (KUAIXUN_TELEGRAM__TOKEN); platforms' usual names
TELEGRAM_TOKEN, DATABASE_URL and PORT are understood too. The environment wins over the file.
"""

from __future__ import annotations

import difflib
import pkgutil
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from .boilerplate import compiled
from .errors import ConfigError, QueryError
from .locale import LANGUAGES, explain
from .model import Feed, LineRule, Mode, Picture, Style, Topic
from .query import parse
from .query.aliases import group

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 365 * 86400  # seconds
_HOST = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_ID = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"  # short enough for callback data, plain enough to type


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(str(value).strip())
    if found is None:
        raise ValueError("is no duration; write it as 90s, 15m or 2h")
    seconds = float(found[1]) * _UNITS[found[2]]
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


class Config(BaseSettings):
    """Everything that the operator decides. Frozen: read once, by the wiring alone."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="KUAIXUN_",
        env_nested_delimiter="__",
        hide_input_in_errors=True,
    )

    telegram: TelegramSection = TelegramSection()
    admins: tuple[Annotated[int, Field(strict=True)], ...] = ()
    storage: Printable = Field("./data", min_length=1)
    language: Annotated[Literal["zh-Hans", "zh-Hant", "en"], BeforeValidator(_language)] = "zh-Hans"
    timezone: Zone = "Asia/Shanghai"
    polling: PollingSection = PollingSection()
    feeds: tuple[FeedSection, ...] = ()
    topics: tuple[TopicSection, ...] = ()
    aliases: tuple[Annotated[tuple[str, ...], BeforeValidator(_aliases)], ...] = ()
    boilerplate: tuple[LineRuleSection, ...] = ()
    message: MessageSection = MessageSection()
    health: HealthSection = HealthSection()

    def clutter(self, feed: str) -> tuple[LineRule, ...]:
        """The rules for lines that are no part of this feed's articles, beside those that ship."""
        own = [section for known in self.feeds if known.id == feed for section in known.boilerplate]
        return tuple(section.rule() for section in (*self.boilerplate, *own))

    @model_validator(mode="after")
    def _webhook_needs_a_port(self) -> Self:
        if self.telegram.webhook_url and self.health.port is None:
            raise ValueError(
                "health.port: a webhook needs a port to listen on; PORT in the environment sets it too"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file, and nothing else."""
        return _Environment(settings_cls), init_settings


class _Environment(EnvSettingsSource):
    """The environment, of which what is no JSON is left as it is: it is one mistake among others, with its key."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """The value as JSON, or as it came."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the file (None: there is none) and the environment. Raises ConfigError, which has every mistake."""
    values = _read(path) if path else {}
    mistakes: list[str] = []
    for name, keys in (
        ("TELEGRAM_TOKEN", "telegram.token"),
        ("DATABASE_URL", "storage"),
        ("PORT", "health.port"),
    ):
        if environ.get(name) and f"KUAIXUN_{keys.upper().replace('.', '__')}" not in environ:
            _put(values, keys.split("."), environ[name])
            if name == "PORT":  # set by platforms that send the outside world there
                _put(values, ["health", "host"], "0.0.0.0")  # noqa: S104
    config = None
    try:
        config = Config(**values)
    except ValidationError as error:
        mistakes += [_mistake(dict(detail)) for detail in error.errors()]
    mistakes += [*_contradictions(values), *_unknown_names(environ)]
    if mistakes or config is None:
        raise ConfigError(mistakes)
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        values = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 (a SafeLoader that refuses double keys)
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigError([f"{place}: {getattr(error, 'problem', None) or 'is not YAML'}"]) from None
    except (ValueError, RecursionError) as error:
        raise ConfigError([f"{path}: has a value that YAML cannot read: {str(error)[:80]}"]) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError([f"{path}: must be a table of keys, such as `telegram:`"])
    return {str(key): value for key, value in values.items() if value is not None}


class _Loader(yaml.SafeLoader):
    """YAML as it is meant to be read: a key that stands twice is a mistake, not a quiet override."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that stands twice. Raises yaml.YAMLError."""
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key `{key}` stands twice", key_node.start_mark
                )
            if isinstance(key, str):
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _put(values: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        inner = values.get(key)
        values[key] = values = dict(inner) if isinstance(inner, dict) else {}
    values[keys[-1]] = value


# Where pydantic speaks of Python, or of nothing that helps.
_PLAINLY = {
    "tuple_type": "must be a list, such as [one, two]",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "int_parsing": "must be a whole number",
    "model_type": "must be a table of keys",
    "model_attributes_type": "must be a table of keys",
}


def _mistake(detail: dict[str, Any]) -> str:
    """One mistake as a person reads it: its key, and what was expected there. The value is not repeated: it may be
    a secret."""
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).lstrip(".")
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(detail["loc"][-1]), _known_keys(detail["loc"][:-1]), n=1)
        return f"{key}: there is no such key" + (f"; did you mean `{near[0]}`?" if near else "")
    if detail["type"] == "missing":
        return f"{key}: is missing"
    if detail["type"] == "string_pattern_mismatch":
        return f"{key}: must be letters, digits, - and _, at most 32 of them"
    if not key:  # a rule about several keys, which names them itself
        return str(detail["msg"]).removeprefix("Value error, ")
    message = _PLAINLY.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")
    message = message.replace("Input should be", "must be")
    return f"{key}: {message[:1].lower()}{message[1:]}"


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    sections: dict[str, type[BaseModel]] = {
        "telegram": TelegramSection,
        "rate": RateSection,
        "polling": PollingSection,
        "feeds": FeedSection,
        "topics": TopicSection,
        "message": MessageSection,
        "health": HealthSection,
    }
    names = [part for part in loc if isinstance(part, str)]
    model = sections.get(names[-1], Config) if names else Config
    return [field.alias or name for name, field in model.model_fields.items()]


def _contradictions(values: Mapping[str, Any]) -> list[str]:
    """Mistakes that no key shows alone. Looks at the file's values, which may have mistakes of the other kind too."""
    feeds, topics = (_tables(values.get(name)) for name in ("feeds", "topics"))
    mistakes = []
    for name, tables in (("feeds", feeds), ("topics", topics)):
        ids = [table.get("id") for table in tables]
        mistakes += [
            f"{name}[{i}].id: `{id}` stands twice" for i, id in enumerate(ids) if id and id in ids[:i]
        ]
    known = {str(feed.get("id")) for feed in feeds}
    for i, topic in enumerate(topics):
        named = topic.get("feeds")
        if isinstance(named, list | tuple):
            mistakes += [
                f"topics[{i}].feeds: there is no feed `{id}`" for id in named if str(id) not in known
            ]
    return mistakes


def _unknown_names(environ: Mapping[str, str]) -> list[str]:
    """Names in the environment that look like keys of ours and are none; deeper ones are found by the model."""
    mistakes = []
    for name in sorted(environ):
        key = name.removeprefix("KUAIXUN_").split("__")[0].lower()
        if name.startswith("KUAIXUN_") and key not in Config.model_fields:
            near = difflib.get_close_matches(key, Config.model_fields, n=1)
            hint = f"; did you mean `KUAIXUN_{near[0].upper()}`?" if near else ""
            mistakes.append(f"{name} in the environment: there is no such key{hint}")
    return mistakes


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [table if isinstance(table, Mapping) else {} for table in value] if isinstance(value, list) else []


def dump(config: Config, feeds: Sequence[Mapping[str, Any]], topics: Sequence[Mapping[str, Any]]) -> str:
    """The config as a file that `load` reads, with these feeds and topics in place of its own. The token stays out."""
    values = config.model_dump(by_alias=True, exclude={"telegram": {"token"}, "feeds": True, "topics": True})
    values |= {"feeds": [dict(feed) for feed in feeds], "topics": [dict(topic) for topic in topics]}
    return yaml.safe_dump(_written(values), allow_unicode=True, sort_keys=False, width=120)


def _written(value: Any) -> Any:
    """Values as YAML has them: durations as they are typed, tables and lists as plain ones."""
    match value:
        case timedelta():
            seconds = value.total_seconds()
            unit = next((u for u in ("d", "h", "m", "s") if seconds % _UNITS[u] == 0), "ms")
            return f"{round(seconds / _UNITS[unit])}{unit}"
        case dict():
            return {key: _written(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_written(inner) for inner in value]
        case _:
            return value
