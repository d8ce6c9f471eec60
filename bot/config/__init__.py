"""The configuration: a YAML file and the environment into one frozen value, or every mistake at once.

Any key can come from the environment, with `__` between its parts (KUAIXUN_TELEGRAM__TOKEN); platforms' usual names
TELEGRAM_TOKEN, DATABASE_URL and PORT are understood too. The environment wins over the file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from ..errors import ConfigError
from ..model import LineRule
from ..setup import Setup
from ..text import fold
from .sections import (
    UNITS,
    Admin,
    Aliases,
    FeedSection,
    HealthSection,
    Language,
    LineRuleSection,
    MessageSection,
    PollingSection,
    RateSection,
    Storage,
    TelegramSection,
    TopicSection,
    Zone,
)

_LARGEST = 2_000_000  # bytes of a file: some ten thousand feeds


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
    admins: tuple[Admin, ...] = ()
    storage: Storage = "./data"
    language: Language = "zh-Hans"
    timezone: Zone = "Asia/Shanghai"
    polling: PollingSection = PollingSection()
    feeds: tuple[FeedSection, ...] = ()
    topics: tuple[TopicSection, ...] = ()
    aliases: tuple[Aliases, ...] = ()
    boilerplate: tuple[LineRuleSection, ...] = ()
    message: MessageSection = MessageSection()
    health: HealthSection = HealthSection()

    def clutter(self, feed: str) -> tuple[LineRule, ...]:
        """The rules for lines that are no part of this feed's articles, beside those that ship."""
        own = [section for known in self.feeds if known.id == feed for section in known.boilerplate]
        return tuple(section.rule() for section in (*self.boilerplate, *own))

    def setup(self) -> Setup:
        """The same in plain values, for the running bot."""
        telegram, polling, message, health = self.telegram, self.polling, self.message, self.health
        return Setup(
            token=telegram.plain_token,
            api_url=telegram.api_url.rstrip("/"),
            webhook_url=telegram.webhook_url.rstrip("/") if telegram.webhook_url else None,
            rate=telegram.rate.rate(),
            paid_broadcast=telegram.paid_broadcast,
            admins=frozenset(self.admins),
            storage=self.storage,
            language=self.language,
            timezone=self.timezone,
            interval=polling.interval,
            floor=polling.floor,
            concurrency=polling.concurrency,
            contact=polling.user_agent_contact,
            allow_hosts=polling.allow_hosts,
            feeds=tuple(feed.feed(self.timezone) for feed in self.feeds),
            topics=tuple(topic.topic() for topic in self.topics),
            aliases=self.aliases,
            boilerplate=tuple(section.rule() for section in self.boilerplate),
            boilerplates={
                feed.id: tuple(section.rule() for section in feed.boilerplate) for feed in self.feeds
            },
            image=message.image,
            plain_style=replace(message.style(), summariser=None),
            summariser=message.summariser,
            host=health.host,
            port=health.port,
        )

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
    mistakes += [*_contradictions(_over(values, _Environment(Config)())), *_unknown_names(environ)]
    if mistakes or config is None:
        raise ConfigError(mistakes)
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            body = file.read(_LARGEST + 1)
        if len(body) > _LARGEST:
            raise ConfigError([f"{path}: is larger than {_LARGEST // 1_000_000} MB, and so no config"])
        values = yaml.load(body.decode(), _Loader)  # noqa: S506 (a SafeLoader that refuses double keys)
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        problem = str(getattr(error, "problem", None) or "is not YAML")
        hint = "; a line begins with spaces, not with a tab" if r"'\t'" in problem else ""
        raise ConfigError([f"{place}: {problem}{hint}"]) from None
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
            if (
                key_node.tag == "tag:yaml.org,2002:merge"
            ):  # <<: takes in a table, of which keys may be overridden
                continue
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
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "model_type": "must be a table of keys",
    "model_attributes_type": "must be a table of keys",
    "invalid_key": "must be a text",
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
    message = _PLAINLY.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")
    message = message.replace("Input should be", "must be")
    if not re.match("[A-Z]{2}", message):  # as OR is written
        message = f"{message[:1].lower()}{message[1:]}"
    return f"{key}: {message}"


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    sections: dict[str, type[BaseModel]] = {
        "telegram": TelegramSection,
        "rate": RateSection,
        "polling": PollingSection,
        "feeds": FeedSection,
        "topics": TopicSection,
        "boilerplate": LineRuleSection,
        "message": MessageSection,
        "health": HealthSection,
    }
    names = [part for part in loc if isinstance(part, str)]
    model = sections.get(names[-1], Config) if names else Config
    return [field.alias or name for name, field in model.model_fields.items()]


def _contradictions(values: Mapping[str, Any]) -> list[str]:
    """Mistakes that no key shows alone. Looks at values as they came, which may have mistakes of the other kind too."""
    feeds, topics = (_tables(values.get(name)) for name in ("feeds", "topics"))
    # In chat, case does not tell names apart.
    mistakes = [*_twice("feeds", "id", feeds, fold), *_twice("topics", "id", topics, fold)]
    mistakes += _twice("feeds", "url", feeds, str.strip)
    known = {feed.get("id") for feed in feeds if isinstance(feed.get("id"), str)}
    for i, topic in enumerate(topics):
        named = topic.get("feeds")
        if isinstance(named, list | tuple):
            missing = (id for id in named if isinstance(id, str) and id not in known)
            mistakes += [f"topics[{i}].feeds: there is no feed `{id[:64]}`" for id in missing]
    telegram, health = (_table(values.get(name)) for name in ("telegram", "health"))
    if telegram.get("webhook_url") and health.get("port") is None:
        mistakes.append(
            "health.port: a webhook needs a port to listen on; PORT in the environment sets it too"
        )
    return mistakes


def _twice(
    section: str, key: str, tables: Sequence[Mapping[str, Any]], same: Callable[[str], str]
) -> Iterator[str]:
    """The mistakes of those whose key has a value that an earlier one has too."""
    first: dict[str, int] = {}
    for i, table in enumerate(tables):
        value = table.get(key)
        if isinstance(value, str) and value and first.setdefault(same(value), i) != i:
            shown = f"`{value}` " if key == "id" else ""  # an address may hold a password
            yield f"{section}[{i}].{key}: {shown}stands twice, in {section}[{first[same(value)]}] too"


def _over(values: Mapping[str, Any], winning: Mapping[str, Any]) -> dict[str, Any]:
    """Both, table by table; of keys in both the second has it."""
    both = {**values, **winning}
    for key in values.keys() & winning.keys():
        if isinstance(values[key], Mapping) and isinstance(winning[key], Mapping):
            both[key] = _over(values[key], winning[key])
    return both


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
    return [_table(table) for table in value] if isinstance(value, list | tuple) else []


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


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
            unit = next((u for u in ("d", "h", "m", "s") if seconds % UNITS[u] == 0), "ms")
            return f"{round(seconds / UNITS[unit])}{unit}"
        case dict():
            return {key: _written(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_written(inner) for inner in value]
        case _:
            return value
