from __future__ import annotations

import pickle
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.config import Config, load
from bot.errors import ConfigError
from bot.model import LineRule, Topic
from bot.pace import Rate
from bot.summary import summarise

EXAMPLE = Path(__file__).parent.parent / "config.example.yaml"


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return path


def mistakes(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text), {})
    return caught.value.mistakes


def test_the_example_starts_as_it_stands_and_says_what_the_defaults_are() -> None:
    config, plain = load(EXAMPLE, {}), load(None, {})
    assert config.model_copy(update={"feeds": (), "topics": ()}) == plain
    assert config.feeds
    assert config.topics


def test_the_example_documents_every_key() -> None:
    text = EXAMPLE.read_text("utf-8")
    for section, keys in Config.model_json_schema()["$defs"].items():
        for key in keys["properties"]:
            assert f"{key}:" in text, f"{section}.{key}"


def test_every_mistake_is_named_at_once_with_its_key(tmp_path: Path) -> None:
    text = """
telegram: {tokn: abc, rate: {global: -1}}
admins: [someone]
feeds: [{id: "a b", url: "ftp://x", interval: 5x, timezone: Mars}, {id: dw, url: "https://x.example/"}, {id: dw}]
topics: [{id: t, query: "(a"}, {id: u, title: x, query: y, feeds: [zz]}]
polling: {interval: 1, florr: 2m}
lang: en
"""
    found = mistakes(tmp_path, text)
    keys = {line.split(":")[0] for line in found}
    assert keys == {
        "telegram.tokn",
        "telegram.rate.global",
        "admins[0]",
        "feeds[0].id",
        "feeds[0].url",
        "feeds[0].interval",
        "feeds[0].timezone",
        "feeds[2].url",
        "feeds[2].id",
        "topics[0].title",
        "topics[0].query",
        "topics[1].feeds",
        "polling.interval",
        "polling.florr",
        "lang",
    }
    assert any("did you mean `token`" in line for line in found)
    assert any("did you mean `floor`" in line for line in found)


def test_what_is_not_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    assert "config.yaml:2:" in mistakes(tmp_path, "feeds:\n  - {id: [}\n")[0]
    assert "stands twice" in mistakes(tmp_path, "admins: [1]\nadmins: [2]\n")[0]
    assert "table" in mistakes(tmp_path, "- a\n")[0]


def test_a_mistaken_secret_is_not_repeated(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "telegram: {token: {x: 12345:SECRET}}\n")
    assert found
    assert "SECRET" not in "".join(found)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUAIXUN_POLLING__INTERVAL", "2h")
    monkeypatch.setenv("KUAIXUN_ADMINS", "[7]")
    config = load(written(tmp_path, "polling: {interval: 5m, floor: 90s}\nadmins: [1, 2]\n"), {})
    assert config.polling.interval == timedelta(hours=2)
    assert config.polling.floor == timedelta(seconds=90)
    assert config.admins == (7,)


def test_the_usual_names_of_platforms_are_understood(tmp_path: Path) -> None:
    environ = {"TELEGRAM_TOKEN": "12:ab", "DATABASE_URL": "/elsewhere", "PORT": "8080"}
    config = load(written(tmp_path, "telegram: {token: file, api_url: 'http://127.0.0.1:1'}\n"), environ)
    assert config.telegram.token is not None
    assert config.telegram.token.get_secret_value() == "12:ab"
    assert config.telegram.api_url == "http://127.0.0.1:1"
    assert (config.storage, config.health.port) == ("/elsewhere", 8080)
    assert "12:ab" not in repr(config)


def test_hosts_are_written_as_in_their_addresses(tmp_path: Path) -> None:
    text = "polling: {allow_hosts: [rsshub.local, '127.0.0.1:1200', '[::1]:80', 例子.测试]}\n"
    assert len(load(written(tmp_path, text), {}).polling.allow_hosts) == 4


def test_an_empty_file_is_a_config(tmp_path: Path) -> None:
    assert load(written(tmp_path, "# nothing\n"), {}) == load(None, {})


def test_a_name_in_the_environment_that_is_no_key_is_a_mistake_too() -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, {"KUAIXUN_ADMIN": "[1]", "KUAIXUN_DEBUG__X": "1", "HOME": "/"})
    assert caught.value.mistakes == (
        "KUAIXUN_ADMIN in the environment: there is no such key; did you mean `KUAIXUN_ADMINS`?",
        "KUAIXUN_DEBUG__X in the environment: there is no such key",
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("polling: {interval: 9999999999999999d}", "polling.interval"),
        ("polling: {floor: 0s}", "polling.floor"),
        ("timezone: 2026-13-45", "YAML"),
        ("admins: [true]", "admins[0]"),
        ("telegram: {webhook_url: 'https://x.example'}", "health.port"),
        ("[" * 700, "YAML"),
        ('storage: "a\\0b"', "storage"),
        ("health: {port: yes}", "health.port"),
        ('polling: {user_agent_contact: "me\\r\\nX: y"}', "polling.user_agent_contact"),
        ("polling: {allow_hosts: ['http://rsshub.local/']}", "polling.allow_hosts[0]"),
        ("feeds: [{id: x, url: 'https://x.example:99999/'}]", "feeds[0].url"),
    ],
)
def test_no_value_however_odd_ends_in_a_traceback(tmp_path: Path, text: str, key: str) -> None:
    assert key in mistakes(tmp_path, text)[0]


def test_an_environment_that_cannot_be_read_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUAIXUN_ADMINS", "x")
    with pytest.raises(ConfigError) as caught:
        load(None, {})
    assert "admins" in caught.value.mistakes[0]


def test_a_value_of_the_environment_that_is_no_json_hides_no_other_mistake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("TELEGRAM", '{"token":'), ("ADMINS", "7"), ("POLLING__FLOOR", "soon")):
        monkeypatch.setenv(f"KUAIXUN_{name}", value)
    with pytest.raises(ConfigError) as caught:
        load(None, {})
    assert {line.split(":")[0] for line in caught.value.mistakes} == {"telegram", "admins", "polling.floor"}
    assert "token" not in "".join(caught.value.mistakes), "it may be a secret"


def test_a_summariser_of_ones_own_is_imported_and_a_missing_one_is_named() -> None:
    config = Config(message={"summariser": "bot.summary:summarise"})  # type: ignore[arg-type]
    assert config.message.style().summariser is summarise
    for name in ("no_such_package.module:function", "bot.summary:nothing", "bot.summary:_MOST"):
        with pytest.raises(ValidationError, match="summariser"):
            Config(message={"summariser": name})  # type: ignore[arg-type]


def test_an_operators_rules_are_the_feeds_own_and_everybodys_and_a_wrong_pattern_is_named() -> None:
    everywhere = {"where": "tail", "match": ["^喜欢"]}
    own = {"where": "any", "match": ["独家$", "^广告"]}
    feed = {"id": "dw", "url": "https://e.org/", "boilerplate": [own]}
    config = Config(boilerplate=[everywhere], feeds=[feed])  # type: ignore[arg-type, list-item]
    assert config.clutter("dw") == (LineRule("tail", ("^喜欢",)), LineRule("any", ("独家$", "^广告")))
    assert config.clutter("added-in-chat") == (LineRule("tail", ("^喜欢",)),)
    for pattern in ("(", "a" * 501, "(?<=a)b"):
        with pytest.raises(ValidationError, match="boilerplate"):
            Config(boilerplate=[{"where": "any", "match": [pattern]}])  # type: ignore[list-item]


def test_a_storage_that_is_no_folder_is_named_with_the_other_mistakes(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "storage: postgresql://ann:hunter2@db.example/x\nlanguage: fr\n")
    assert len(found) == 2
    assert any(mistake.startswith("storage: ") and "postgresql://" in mistake for mistake in found)
    assert not any("hunter2" in mistake for mistake in found)


TOKEN = f"123456789:{'Ab-_9' * 7}"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("telegram: {token: abc}", "telegram.token"),
        (f"telegram: {{token: '{TOKEN}x'}}", "telegram.token"),
        (f"telegram: {{token: '{TOKEN[:20]} {TOKEN[20:]}'}}", "telegram.token"),
        ("telegram: {token: 'a/b', api_url: 'http://127.0.0.1:1'}", "telegram.token"),
        ("telegram: {api_url: 'https://api.telegram.org/bot'}", "telegram.api_url"),
        ("telegram: {api_url: 'http://api.telegram.org'}", "telegram.api_url"),
        ("telegram: {api_url: 'https://x.example/?a=b'}", "telegram.api_url"),
        ("telegram: {webhook_url: 'http://x.example'}\nhealth: {port: 1}", "telegram.webhook_url"),
        ("telegram: {webhook_url: 'https://x.example:8080'}\nhealth: {port: 1}", "telegram.webhook_url"),
        ("telegram: {webhook_url: 'https://x.example/#a'}\nhealth: {port: 1}", "telegram.webhook_url"),
        ("telegram: {rate: {global: .nan}}", "telegram.rate.global"),
        ("telegram: {rate: {chat: 0.000001}}", "telegram.rate.chat"),
        ("telegram: {rate: {group_per_minute: yes}}", "telegram.rate.group_per_minute"),
        ("telegram: {paid_broadcast: perhaps}", "telegram.paid_broadcast"),
        ("admins: [0]", "admins[0]"),
        ("admins: [-1001234567890]", "admins[0]"),
        ("admins: [4503599627370496]", "admins[0]"),
        ("admins: ['5']", "admins[0]"),
        ("feeds: [{id: all, url: 'https://x.example'}]", "feeds[0].id"),
        ("feeds: [{id: archive, url: 'https://x.example'}]", "feeds[0].id"),
        ("feeds: [{id: a, url: 'https://x y.example'}]", "feeds[0].url"),
        ("feeds: [{id: a, url: 'https://x.example'}, {id: b, url: ' https://x.example'}]", "feeds[1].url"),
        ("feeds: [{id: a, url: 'https://x.example'}, {id: A, url: 'https://y.example'}]", "feeds[1].id"),
        ("topics: [{id: new, title: x, query: y}]", "topics[0].id"),
        ("topics: [{id: a, title: '  ', query: y}]", "topics[0].title"),
        ("topics: [{id: a, title: x, query: yes}]", "topics[0].query"),
        ('topics: [{id: a, title: x, query: "\\ud800x"}]', "topics[0].query"),
        ("topics: [{id: us, title: x, query: y}, {id: US, title: z, query: y}]", "topics[1].id"),
        ("boilerplate: [{where: any, match: []}]", "boilerplate[0].match"),
        ("boilerplate: [{where: any, match: ['.*']}]", "boilerplate[0].match[0]"),
        ("message: {summary_chars: 0}", "message.summary_chars"),
        ("message: {summary_share: 0}", "message.summary_share"),
        ("message: {summary_share: yes}", "message.summary_share"),
        ("health: {host: not a host}", "health.host"),
    ],
)
def test_a_value_that_cannot_work_is_a_mistake(tmp_path: Path, text: str, key: str) -> None:
    assert [line.split(":")[0] for line in mistakes(tmp_path, text)] == [key]


@pytest.mark.parametrize(
    "text",
    [
        f"telegram: {{token: '{TOKEN}'}}",
        f"telegram: {{token: ' {TOKEN} ', webhook_url: 'https://x.example:8443/a'}}\nhealth: {{port: 1}}",
        "telegram: {token: '1:x', api_url: 'http://bot-api:81', webhook_url: 'http://10.0.0.1:9'}\nhealth: {port: 0}",
        "telegram: {rate: }\npolling: {interval: }\nmessage:\n",
        "health: {port: 80, host: '::1'}",
        "feeds: [&a {id: a, url: 'https://x.example', mode: title}, {<<: *a, id: b, url: 'https://y.example'}]",
    ],
)
def test_what_does_work_is_no_mistake(tmp_path: Path, text: str) -> None:
    assert load(written(tmp_path, text), {})


@pytest.mark.parametrize(
    ("query", "words"), [("拜登 OR", "OR needs a word on both sides"), ("(拜登", "this bracket is never")]
)
def test_a_mistake_in_a_query_is_told_behind_its_key_with_operators_as_they_are_typed(
    tmp_path: Path, query: str, words: str
) -> None:
    (mistake,) = mistakes(tmp_path, f"topics: [{{id: a, title: x, query: '{query}'}}]")
    assert mistake.startswith(f"topics[0].query: {words}")


def test_no_mistake_in_a_token_shows_it(tmp_path: Path) -> None:
    for token in ("12345:SECRET", "'SEC RET'", "[SECRET]", '"SECRET\\n"'):
        assert "SEC" not in "".join(mistakes(tmp_path, f"telegram: {{token: {token}}}"))


def test_a_webhook_without_a_port_is_named_with_the_other_mistakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUAIXUN_TELEGRAM__WEBHOOK_URL", "https://x.example")
    assert len(mistakes(tmp_path, "lang: en")) == 2
    monkeypatch.setenv("KUAIXUN_HEALTH__PORT", "8080")
    assert load(written(tmp_path, ""), {})


@pytest.mark.parametrize("key", ["timezone", "language", "storage", "feeds", "topics", "aliases"])
def test_a_few_lines_that_stand_for_a_billion_are_no_more_than_a_mistake(tmp_path: Path, key: str) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for name, of in pairwise("abcdefghij"):
        lines.append(f"{of}: &{of} [{', '.join([f'*{name}'] * 10)}]")
    found = mistakes(tmp_path, "\n".join([*lines, f"{key}: *j"]))
    assert any(line.startswith(key) for line in found)


def test_what_is_too_large_for_a_config_or_has_no_end_is_not_read(tmp_path: Path) -> None:
    assert "larger than" in mistakes(tmp_path, "#" * 2_000_001)[0]
    with pytest.raises(ConfigError, match="larger than"):
        load(Path("/dev/zero"), {})


def test_a_tab_is_called_one(tmp_path: Path) -> None:
    assert "not with a tab" in mistakes(tmp_path, "telegram:\n\ttoken: x\n")[0]


def test_the_running_bot_is_told_what_the_config_says(tmp_path: Path) -> None:
    text = """
telegram: {token: ' 1:x ', api_url: 'http://h:81/', webhook_url: 'http://x/', rate: {global: 5, chat: 2}}
admins: [3, 1]
timezone: Europe/Berlin
polling: {interval: 7m, floor: 2m, allow_hosts: [h]}
feeds: [{id: a, url: 'https://x.example', boilerplate: [{where: any, match: ['独家']}]}]
topics: [{id: t, title: x, query: y, feeds: [a]}]
boilerplate: [{where: tail, match: ['喜欢']}]
message: {image: none, summary_chars: 99, summariser: 'bot.summary:summarise'}
health: {port: 8}
"""
    config = load(written(tmp_path, text), {})
    setup = pickle.loads(pickle.dumps(config.setup()))  # noqa: S301 - as it goes from process to process
    assert setup == config.setup()
    assert (setup.token, setup.api_url, setup.webhook_url) == ("1:x", "http://h:81", "http://x")
    assert setup.rate == Rate(5, 2, 20)
    assert (setup.admins, setup.host, setup.port) == ({1, 3}, "127.0.0.1", 8)
    assert (setup.interval, setup.floor) == (timedelta(minutes=7), timedelta(minutes=2))
    assert [(feed.id, feed.timezone) for feed in setup.feeds] == [("a", "Europe/Berlin")]
    assert setup.topics == (Topic("t", "x", "y", ("a",)),)
    assert setup.style() == config.message.style()
    assert setup.style().summariser is summarise
    for feed in ("a", "added-in-chat"):
        assert setup.clutter(feed) == config.clutter(feed)
    assert "1:x" not in repr(setup)
