"""The shell: what can be run, with what, and how it ends.

Exit status: 0 well, 1 something failed, 2 the command or the configuration is wrong, 3 the store is in use.
Everything heavy is imported by the command that needs it, so that --help answers at once.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .errors import ConfigError, KuaixunError, QueryError, StoreLocked

if TYPE_CHECKING:
    from .config import Config
    from .setup import Setup

NO_TOKEN = """\
There is no Telegram token. To get one, which takes a minute:
  1. In Telegram, write /newbot to @BotFather, and give your bot a name.
  2. It answers with a token: digits, a colon and 35 other characters.
  3. Start again with it: TELEGRAM_TOKEN=YOUR-TOKEN make run
     It can stand in config.yaml as well, under telegram: token:
To see what the bot does without any of that: make demo"""  # noqa: S105 (a help text)

ENDING = signal.SIGTERM, signal.SIGINT
# Seconds in which more signals are the same request: systemd and terminals signal the whole group, and make, which is
# of it, passes its own on.
ONE_REQUEST = 1.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    args = _parser().parse_args(argv)
    _log_to_stderr(args.verbose)
    try:
        return args.command(args)  # type: ignore[no-any-return]
    except ConfigError as error:
        place = f" in {args.config}" if args.config else ""
        _tell(f"The configuration{place} has mistakes:", *(f"  {mistake}" for mistake in error.mistakes))
        return 2
    except QueryError as error:
        _point(error)
        return 2
    except StoreLocked as error:
        _tell(str(error))
        return 3
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (KuaixunError, OSError) as error:
        _tell(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception:
        # Logged and not raised, so that the log's rule about secrets holds for its words too.
        logging.getLogger("bot").exception("this should not have happened")
        return 1


# What moves a terminal's cursor, colours it or turns the direction of writing: it may come from a server or a file.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _legible(text: str) -> str:
    """The text with a mark in place of each character that a terminal would obey."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def _tell(*lines: str) -> None:
    print(_legible("\n".join(lines)), file=sys.stderr)


class _Parser(argparse.ArgumentParser):
    """Reads a query's words wherever they stand among the options, also those that begin with a minus sign."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """As argparse does, to which a query is given as it can read it: behind the options and a `--`."""
        if any(action.dest == "query" for action in self._actions):
            args = self._with_the_query_last(args)
        return super().parse_known_args(args, namespace)

    def _with_the_query_last(self, args: Sequence[str]) -> list[str]:
        options: list[str] = []
        words: list[str] = []
        rest = iter(args)
        for arg in rest:
            if arg == "--":
                words += rest
            elif arg.startswith("--") or arg in self._option_string_actions:  # -china is not -c hina
                options.append(arg)
                options += islice(rest, int(self._takes_a_value(arg)))
            else:
                words.append(arg)
        return [*options, "--", *words] if words else options

    def _takes_a_value(self, option: str) -> bool:
        """Whether the value of an option, which may be shortened, is the next argument."""
        return any(
            action.nargs != 0 and (name == option or (option.startswith("--") and name.startswith(option)))
            for name, action in self._option_string_actions.items()
        )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="kuaixun",
        description="快讯: a Telegram bot that watches news feeds and tells people about the articles they asked for.",
    )
    parser.add_argument("--version", action="version", version=f"kuaixun {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
        sub.add_argument(
            "-c", "--config", type=Path, help="the config file (default: config.yaml where there is one)"
        )
        sub.add_argument("-v", "--verbose", action="store_true", help="say more on stderr")
        sub.set_defaults(command=run)
        return sub

    sub = command("demo", _demo, "the whole product in a browser, with no token and no Telegram account")
    sub.add_argument(
        "--port", type=int, help="where the page answers (default: 8765, or any where that is taken)"
    )
    sub.add_argument("--every", type=_seconds, default=None, help="seconds between two articles (default: 6)")
    sub.add_argument(
        "--headless", action="store_true", help="no browser: play two people and print what is said"
    )
    sub.add_argument("--for", type=_seconds, dest="seconds", help="end after so many seconds")
    command("run", _run, "the bot on Telegram")
    command("check", _check, "name every mistake in the config, and what differs from it in the store")
    sub = command(
        "preview", _preview, "the finished messages of a feed, an archived article, or a folder of them"
    )
    sub.add_argument(
        "source", nargs="+", help="a feed's address or file, an archived article, or a folder of them"
    )
    sub.add_argument("--json", action="store_true", help="one JSON object a line")
    sub = command("search", _search, "search the archive")
    sub.add_argument("query", nargs="+", help="as /search, in 'quotes'; or a link")
    sub.add_argument("--json", action="store_true", help="one JSON object a line")
    sub.add_argument("--limit", type=_count, default=20, help="how many at the most (default: 20)")
    sub.add_argument(
        "--order",
        choices=("newest", "relevance"),
        default="newest",
        help="newest first (default), or the best of the newest 300",
    )
    sub = command(
        "try", _try, "say what a query would have matched lately, against the one that it is to replace"
    )
    sub.add_argument("query", nargs="+", help="as a topic's, in 'quotes'")
    sub.add_argument("--topic", metavar="ID", help="the topic whose query it is to replace (default: none)")
    sub.add_argument("--days", type=_days, default=30, help="how far back (default: 30)")
    sub.add_argument("--json", action="store_true", help="one JSON object")
    sub = command(
        "import", _import, "fill the archive from a folder of archived articles; nobody is sent them"
    )
    sub.add_argument("folder", nargs="+")
    command("export", _export, "print the live feeds and topics as a config file; > empties the one it reads")
    command("stats", _stats, "the store in figures")
    return parser


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < (value := float(text)) < 1e9:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")


def _count(text: str) -> int:
    with suppress(ValueError):
        if 0 < (value := int(text)) < 1e9:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")


def _days(text: str) -> int:
    with suppress(ValueError):
        if 0 < (value := int(text)) <= 3650:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to 3650")


class _WithoutSecrets(logging.Formatter):
    """Keeps the token out of every line, whoever wrote it, tracebacks too; and what a terminal would obey."""

    secret = ""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, with the secret taken out."""
        text = _legible(super().format(record))
        # The part behind the colon too: an address may come with its colon encoded.
        for part in (self.secret, self.secret.partition(":")[2]):
            text = text.replace(part, "***") if part else text
        return text


def _log_to_stderr(verbose: bool) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(
        _WithoutSecrets("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
    )
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler])
    for noisy in ("apscheduler", "telegram", "asyncio", "hpack", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # What it says with a traceback, the bot says in a line.
    logging.getLogger("telegram.ext.Updater").setLevel(logging.CRITICAL)


def _config(args: argparse.Namespace) -> Config:
    from .config import load

    config = load(_place(args), os.environ)
    _keep_out_of_the_log(config.telegram.plain_token)
    return config


def _place(args: argparse.Namespace) -> Path | None:
    if args.config is None and Path("config.yaml").is_file():
        args.config = Path("config.yaml")
    place: Path | None = args.config
    return place


def _keep_out_of_the_log(token: str) -> None:
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, _WithoutSecrets):
            handler.formatter.secret = token


def _setup(place: Path | None) -> Setup:
    from .config import load

    return load(place, os.environ).setup()


def _until_stopped(
    work: Callable[[asyncio.Event], Coroutine[Any, Any, int]], seconds: float | None = None
) -> int:
    """Run until done, until SIGTERM or SIGINT asks for the end, or the time is over. Who asks again, later than
    `ONE_REQUEST`, does not want to wait."""

    async def main() -> int:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def asked() -> None:
            stop.set()
            for number in ENDING:
                loop.add_signal_handler(number, stop.set)
                loop.call_later(ONE_REQUEST, loop.remove_signal_handler, number)

        for number in ENDING:
            loop.add_signal_handler(number, asked)
        if seconds is not None:
            loop.call_later(seconds, stop.set)
        return await work(stop)

    return asyncio.run(main())


def _demo(args: argparse.Namespace) -> int:
    from .demo import demo

    if not args.verbose:
        logging.getLogger().setLevel(logging.WARNING)
    every = args.every or (3.0 if args.headless else 6.0)

    async def work(stop: asyncio.Event) -> int:
        delivered = await demo(stop, port=args.port, every=every, headless=args.headless)
        if args.headless and not delivered:
            print("No article was delivered.", file=sys.stderr)
        return 0 if delivered or not args.headless else 1

    return _until_stopped(work, args.seconds)


def _run(args: argparse.Namespace) -> int:
    from .worker import aside, lean

    setup = aside(partial(_setup, _place(args)))
    _keep_out_of_the_log(setup.token)
    if not setup.token:
        print(NO_TOKEN, file=sys.stderr)
        return 2

    async def work(stop: asyncio.Event) -> int:
        with lean():
            from .app import run  # within reach of a signal: it takes a second

        ready = logging.getLogger("bot")
        await run(setup, stop, on_ready=lambda name: ready.info("%s is at work", name))
        ready.info("stopped")
        return 0

    return _until_stopped(work)


def _check(args: argparse.Namespace) -> int:
    from .admin import drift

    config = _config(args)
    differences = asyncio.run(drift(config))
    print("\n".join(("The configuration is valid.", *differences)))
    return 0


def _preview(args: argparse.Namespace) -> int:
    from .preview import Learnt, Unreadable, articles, as_json, as_text

    config, now = _config(args), datetime.now(UTC)

    async def work() -> int:
        status = 0
        for source in args.source:
            found = [one async for one in articles(source, config, now)]
            learnt = Learnt(article for _, article in found if not isinstance(article, Unreadable))
            for path, article in found:
                status = 1 if isinstance(article, Unreadable) else status
                print((as_json if args.json else as_text)(path, article, learnt, config, now))
        return status

    return asyncio.run(work())


def _search(args: argparse.Namespace) -> int:
    from .admin import search

    query = " ".join(args.query)
    for line in asyncio.run(search(_config(args), query, args.limit, order=args.order, json=args.json)):
        print(line)
    return 0


def _try(args: argparse.Namespace) -> int:
    from .admin import attempt

    query = " ".join(args.query)
    for line in asyncio.run(attempt(_config(args), query, args.topic, args.days, json=args.json)):
        print(line)
    return 0


def _import(args: argparse.Namespace) -> int:
    from .preview import import_folder
    from .store import open_store

    config, now = _config(args), datetime.now(UTC)

    async def work() -> int:
        unreadable = 0
        async with open_store(config.storage) as store:
            for folder in args.folder:
                done = await import_folder(folder, config, store.ledger, now)
                for bad in done.unreadable:
                    _tell(f"{bad.path}: {bad.reason}")
                unreadable += len(done.unreadable)
                print(f"{folder}: {done.new} new, {done.known} known, {len(done.unreadable)} unreadable")
        return 1 if unreadable else 0

    return asyncio.run(work())


def _export(args: argparse.Namespace) -> int:
    from .admin import export

    sys.stdout.write(asyncio.run(export(_config(args))))
    return 0


def _stats(args: argparse.Namespace) -> int:
    from .admin import stats

    print("\n".join(asyncio.run(stats(_config(args)))))
    return 0


def _point(error: QueryError) -> None:
    """The query with a caret under the mistake; East Asian characters are two columns wide."""
    from unicodedata import east_asian_width

    from .locale import explain

    indent = sum(2 if east_asian_width(char) in "WF" else 1 for char in error.text[: error.position])
    _tell(error.text, " " * indent + "^", explain("en", error))
