"""The reader's process. What stands in for a hostile document is work that no parser of ours would do."""

from __future__ import annotations

import asyncio
import operator
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bot.worker.reader
from bot import feeds
from bot.errors import ArticleError, Unreadable
from bot.model import Feed
from bot.worker import Reader
from tests.processes import python

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
FEED = Feed("river", "https://news.example/rss")
ENDLESS = re.match, r"(a+)+$", "a" * 60 + "b"  # holds the interpreter's lock for longer than anybody lives

PIECES = [
    "<rss version='2.0'><channel><title>河岸日报</title>",
    "<item><guid>1</guid><link>https://news.example/1</link><title>渡轮</title>",
    "<description><![CDATA[<p>渡轮停航。</p><img src='/a.jpg'>]]></description>",
    "<pubDate>Sun, 22 Nov 2026 07:00:00 GMT</pubDate></item>",
    "</channel></rss>",
    "<!DOCTYPE html><html>",
    '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "content_text": "渡轮"}]}',
    "<", "&#0;", "\ufffe", "]]>",
]  # fmt: skip


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    with closing(Reader()) as reader:
        yield reader


async def gone(pid: int) -> None:
    """Wait until there is no such process, not as a zombie either."""
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        await asyncio.sleep(0.01)


async def both(reader: Reader, body: bytes) -> tuple[object, object]:
    """What a document comes to in the reader's process, and in this one."""
    try:
        document = await reader.run(feeds.parse, body, "", FEED.url)
        there: object = (
            document,
            [
                await reader.run(feeds.article, entry, feed=FEED, source="", now=NOW)
                for entry in document.entries
            ],
        )
    except ArticleError as error:
        there = type(error), str(error)
    try:
        document = feeds.parse(body, "", FEED.url)
        here: object = (
            document,
            [feeds.article(entry, feed=FEED, source="", now=NOW) for entry in document.entries],
        )
    except ArticleError as error:
        here = type(error), str(error)
    return there, here


def test_what_is_read_there_is_what_would_be_read_here() -> None:
    """One process for all examples: it is not started anew for each, and neither is the loop."""
    with closing(Reader()) as reader, asyncio.Runner() as runner:

        @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
        @given(st.lists(st.sampled_from(PIECES), max_size=8).map(lambda parts: "".join(parts).encode()))
        def check(body: bytes) -> None:
            there, here = runner.run(both(reader, body))
            assert there == here

        check()
        there, here = runner.run(both(reader, "".join(PIECES[:5]).encode()))
        assert there == here
        assert isinstance(there, tuple)
        assert there[1]


async def test_work_that_never_ends_is_stopped_and_the_next_is_done() -> None:
    with closing(Reader(seconds=0.2)) as reader:
        before, stopped, after = await asyncio.gather(
            reader.run(abs, -1), reader.run(*ENDLESS), reader.run(abs, -2), return_exceptions=True
        )
    assert (before, after) == (1, 2)
    assert isinstance(stopped, Unreadable)
    assert "too long" in str(stopped)


async def test_each_piece_of_work_has_the_whole_time() -> None:
    with closing(Reader(seconds=0.5)) as reader:
        while await reader.run(time.process_time) < 0.8:
            await reader.run(sum, range(1_000_000))


async def test_work_that_takes_all_memory_is_refused_it(reader: Reader) -> None:
    with pytest.raises(Unreadable, match="memory"):
        await reader.run(operator.mul, b"x", 1 << 40)
    assert await reader.run(abs, -1) == 1


@pytest.mark.parametrize("end", [(os.abort,), (os._exit, 3), (os.kill, 0, signal.SIGKILL)], ids=str)
async def test_a_process_that_dies_costs_only_what_it_was_at(
    reader: Reader, end: tuple[object, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    if end[0] is os.kill:
        end = os.kill, await reader.run(os.getpid), signal.SIGKILL
    with pytest.raises(Unreadable, match="ended"):
        await reader.run(*end)  # type: ignore[arg-type]
    assert await reader.run(abs, -1) == 1


async def test_the_loop_goes_on_meanwhile(reader: Reader) -> None:
    endless = asyncio.create_task(reader.run(*ENDLESS))
    for _ in range(200):
        await asyncio.sleep(0.001)
    assert not endless.done()
    reader.close()
    with pytest.raises(RuntimeError):
        await endless


async def test_a_stop_ends_the_process_whatever_it_is_at(reader: Reader) -> None:
    pid = await reader.run(os.getpid)
    endless = asyncio.create_task(reader.run(*ENDLESS))
    waiting = asyncio.create_task(reader.run(abs, -1))
    await asyncio.sleep(0.05)
    endless.cancel()
    waiting.cancel()
    reader.close()
    await gone(pid)
    with pytest.raises(RuntimeError):
        await reader.run(abs, -1)


def test_the_process_ends_with_the_bot_however_that_ends() -> None:
    program = """
import asyncio, os, time
from bot.worker import Reader
from tests.processes import python
async def main():
    reader = Reader()
    print(await reader.run(os.getpid), flush=True)
    time.sleep(600)
asyncio.run(main())
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert int(process.stdout.readline())
        process.kill()
        assert process.stderr.read() == b"", "which it shares, so that this ends only with it"


async def test_a_process_without_work_ends_and_the_next_work_gets_another() -> None:
    with closing(Reader(idle=0)) as reader:
        pid = await reader.run(os.getpid)
        await gone(pid)
        assert await reader.run(os.getpid) != pid


async def test_work_that_comes_in_time_gets_the_same_process(reader: Reader) -> None:
    assert len({await reader.run(os.getpid) for _ in range(3)}) == 1


async def test_a_process_that_has_become_large_does_no_more_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.worker.reader, "LARGE", 1)
    with closing(Reader()) as reader:
        assert len({await reader.run(os.getpid) for _ in range(2)}) == 2


async def test_a_signal_that_means_the_bot_does_not_end_the_work(reader: Reader) -> None:
    pid = await reader.run(os.getpid)
    for request in signal.SIGTERM, signal.SIGINT:
        os.kill(pid, request)
    assert await reader.run(os.getpid) == pid


async def test_the_process_is_told_no_secrets(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "1:secret")
    assert await reader.run(os.getenv, "TELEGRAM_TOKEN") is None
    assert await reader.run(os.getenv, "PATH") == os.environ["PATH"]


async def test_what_the_work_prints_is_no_answer(reader: Reader) -> None:
    assert await reader.run(print, "not an answer") is None
    assert await reader.run(abs, -1) == 1


async def test_the_process_loads_no_openssl_and_no_patterns_that_nobody_wrote(reader: Reader) -> None:
    document = await reader.run(feeds.parse, "".join(PIECES[:5]).encode(), "", FEED.url)
    await reader.run(feeds.article, document.entries[0], feed=FEED, source="", now=NOW)
    loaded = await reader.run(eval, "{*__import__('sys').modules}")
    assert {"feedparser", "bs4", "lxml"} <= loaded
    assert not loaded & {
        "_ssl",
        "soupsieve.css_parser",
        "re2",
        "telegram",
        "aiohttp",
        "asyncio",
        "sqlite3",
        "pydantic",
    }


async def test_errors_come_over_with_the_place_where_they_were_raised(reader: Reader) -> None:
    with pytest.raises(ArticleError, match="not a feed") as caught:
        await reader.run(feeds.parse, b"<html>", "", FEED.url)
    assert "documents.py" in caught.value.__notes__[0]


async def test_what_cannot_go_over_is_an_error_and_no_end(reader: Reader) -> None:
    with pytest.raises(Exception, match="pickle"):
        await reader.run(lambda: 1)
    with pytest.raises(RuntimeError, match="pickle"):
        await reader.run(memoryview, b"")
    assert await reader.run(abs, -1) == 1


async def test_the_bot_itself_loads_no_parser_no_reader_of_configs_and_no_patterns_of_nobody() -> None:
    program = "import sys, bot.app; print({'bs4', 'lxml', 'feedparser', 're2', 'pydantic', 'yaml'} & {*sys.modules})"
    async with python("-c", program) as process:
        assert await process.output.read() == b"set()\n"
