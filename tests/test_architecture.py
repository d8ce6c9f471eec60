"""The building's rules: who may import whom, where each library lives, and how long things may be.

A room is a module or folder directly in bot/. The tables below are the whole of what is agreed; what is not
listed as a room is a rule, the strictest kind.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
BOT = ROOT / "bot"

# A room imports from earlier groups only; rules may import rules, and wiring may import wiring.
GROUPS = {
    "words": {"model", "errors"},
    "rules": {
        "text",
        "urls",
        "query",
        "topics",
        "clean",
        "feeds",
        "summary",
        "message",
        "config",
        "locale",
        "pace",
        "setup",
    },
    "doors": {"web", "sender", "store", "transport", "listen", "worker"},
    "flows": {"poll", "deliver", "chat"},
    "wiring": {"app", "cli", "demo", "preview", "admin"},
}
ORDER = list(GROUPS)
ASIDE = "sandbox"  # knows the Bot API and not the bot; only the demo starts it
FREE = {"__init__", "__main__"}

# The one home of each library: what it is good for, and bad at, is known in one place.
HOMES = {
    "bs4": ({"clean", "clutter.footnotes"}, "the tree of untrusted HTML"),
    "lxml": ({"clean"}, "the parser under it"),
    "feedparser": ({"feeds"}, "every dialect of RSS and Atom"),
    "yaml": ({"config", "feeds"}, "the config file, and the front matter of archived posts"),
    "pydantic": ({"config"}, "every mistake in the config at once"),
    "pydantic_settings": ({"config"}, "and keys from the environment"),
    "ahocorasick_rs": ({"query"}, "all keywords in one pass"),
    "re2": ({"query", "clutter.rules"}, "patterns of people's own, in linear time"),
    "aiohttp": ({"web", "transport", "sandbox"}, "HTTP to feeds and to Telegram"),
    "yarl": ({"web", "transport", "sandbox"}, "aiohttp's addresses"),
    "aiohttp.web": ({"listen", "sandbox"}, "HTTP that we answer"),
    "telegram": ({"sender", "transport", "chat", "app"}, "the Bot API; its errors become words in sender"),
    "telegram.ext": ({"chat", "app"}, "updates to handlers"),
    "apscheduler": ({"app"}, "the metronome"),
    "tinydb": ({"store.tiny", "store.atomic"}, "what people decide"),
    "sqlite3": (
        {
            "store.sqlite",
            "store.index",
            "store.places",
            "store.searching",
            "store.deliveries",
            "store.stories",
            "store.revisions",
            "store.habits",
        },
        "what the machine accumulates",
    ),
}

LONGEST_FILE = 450  # lines
LONGEST_FUNCTION = 60  # lines: about a screen

# What would make a rule depend on more than its arguments.
IMPURE_MODULES = {"asyncio", "random", "secrets", "socket", "subprocess", "threading", "time"}
IMPURE_CALLS = {"open", "input", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}

MACHINE_PATH = re.compile(
    r"(?<![\w.:/~-])/(?:" + "|".join(["home", "root", "Users", "work", "tmp"]) + r")/\w"
)


SOURCES = sorted(BOT.rglob("*.py"))


def dotted(path: Path) -> str:
    """`bot/store/tiny.py` as store.tiny, `bot/store/__init__.py` as store."""
    parts = path.relative_to(BOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def room(path: Path) -> str:
    return dotted(path).split(".")[0]


ROOMS = {room(path) for path in SOURCES} - FREE


def group(name: str) -> str:
    return next((group for group, rooms in GROUPS.items() if name in rooms), "rules")


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text("utf-8"), str(path))))


@cache
def imports(path: Path) -> list[tuple[str, str]]:
    """Each import as ("bot", "store.tiny") or ("", "telegram.ext.Application"): whose it is, and its full name."""
    package, found = ("bot", *path.relative_to(BOT).parent.parts), []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            found.append(("bot", rest) if first == "bot" else ("", name))
    return found


@cache
def neighbours(path: Path) -> set[str]:
    """The other rooms that a file imports from."""
    found = {name.split(".")[0] for whose, name in imports(path) if whose == "bot"}
    return (found & ROOMS) - {room(path)}


def rule_files() -> list[Path]:
    return [path for path in SOURCES if room(path) not in FREE | {ASIDE} and group(room(path)) == "rules"]


def test_imports_point_from_later_groups_to_earlier_ones() -> None:
    wrong = []
    for path in SOURCES:
        here = room(path)
        if here in FREE or here == ASIDE:
            continue
        for other in neighbours(path) - {ASIDE}:
            mine, theirs = group(here), group(other)
            same = mine == theirs and mine in ("words", "rules", "wiring")
            if not same and ORDER.index(theirs) >= ORDER.index(mine):
                wrong.append(f"{dotted(path)} ({mine}) imports {other} ({theirs})")
    assert not wrong


def test_flows_meet_in_the_ledger_and_never_import_each_other() -> None:
    flows = GROUPS["flows"]
    assert not [dotted(path) for path in SOURCES if room(path) in flows and neighbours(path) & flows]


def test_flows_see_protocols_and_never_a_backend() -> None:
    # These are made of the protocol alone, and so have no backend.
    doors = {"store", "store.trial", "store.telling"}
    backends = {dotted(path) for path in SOURCES if room(path) == "store"} - doors
    wrong = [
        f"{dotted(path)} imports {name}"
        for path in SOURCES
        if group(room(path)) == "flows"
        for whose, name in imports(path)
        if whose == "bot" and ".".join(name.split(".")[:2]) in backends
    ]
    assert not wrong


def test_the_sandbox_stands_aside() -> None:
    wrong = [dotted(path) for path in SOURCES if room(path) == ASIDE and neighbours(path)]
    wrong += [
        dotted(path) for path in SOURCES if ASIDE in neighbours(path) and room(path) not in FREE | {"demo"}
    ]
    assert not wrong


def test_each_library_is_used_at_its_home_only() -> None:
    wrong = []
    for path in SOURCES:
        for whose, name in imports(path):
            library = next(
                (lib for lib in sorted(HOMES, key=len, reverse=True) if f"{name}.".startswith(f"{lib}.")),
                None,
            )
            if library is None:
                if whose == "" and name.split(".")[0] not in sys.stdlib_module_names:
                    wrong.append(f"{name} has no home, and {dotted(path)} imports it")
            elif whose == "" and not any(
                f"{dotted(path)}.".startswith(f"{home}.") for home in HOMES[library][0]
            ):
                wrong.append(
                    f"{dotted(path)} imports {name}, which is at home in {', '.join(HOMES[library][0])}"
                )
    assert not wrong


def test_rules_depend_on_their_arguments_only() -> None:
    wrong = []
    for path in rule_files():
        wrong += [
            f"{dotted(path)} imports {name}"
            for whose, name in imports(path)
            if whose == "" and name.split(".")[0] in IMPURE_MODULES
        ]
        for node in nodes(path):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
                wrong.append(f"{dotted(path)}:{node.lineno} waits")
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in IMPURE_CALLS:
                wrong.append(f"{dotted(path)}:{node.lineno} calls {ast.unparse(node.func)}")
    assert not wrong


def test_what_is_read_at_once_fits_on_a_screen_or_a_few() -> None:
    wrong = []
    for path in SOURCES:
        lines = len(path.read_text("utf-8").splitlines())
        if lines > LONGEST_FILE:
            wrong.append(f"{dotted(path)} has {lines} lines")
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    wrong.append(f"{dotted(path)}.{node.name} has {length} lines")
    assert not wrong


def test_nothing_names_a_place_on_somebodys_machine() -> None:
    kinds = {".py", ".toml", ".md", ".yaml", ".yml", ".txt", ".html", ".js", ".css", ".cfg"}
    folders = [ROOT / name for name in ("bot", "tests", "docs", "benchmarks", "tools")]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in kinds]
    files += [path for path in ROOT.iterdir() if path.is_file() and path.suffix in kinds | {""}]
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        if path.name != ".git"
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert not wrong


def test_no_room_is_in_two_groups() -> None:
    rooms = [room for rooms in GROUPS.values() for room in rooms]
    assert len(rooms) == len(set(rooms))
