"""What happens to the store's files when something goes wrong: kills, full disks, damage, a second process."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import random
import signal
import sqlite3
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import StoreDamaged, StoreError, StoreLocked
from bot.model import Article, Destination, Feed, FeedState, Owed, Sent, Topic
from bot.query import parse
from bot.store import index, open_store
from bot.store.atomic import VERSION
from tests.processes import python

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)

# Writes for ever, and says after each write that it is done. Each number is one article, owed and sent, and one topic.
WRITER = """
import asyncio, itertools, sys
from datetime import UTC, datetime
from bot.model import *
from bot.store import open_store

async def main():
    now = datetime(2026, 11, 22, tzinfo=UTC)
    async with open_store(sys.argv[1]) as (registry, ledger):
        await ledger.recover(now)
        for n in itertools.count((await ledger.counts()).articles):
            article = Article(str(n), "dw", f"第{n}篇", f"https://x.example/{n}", "", now)
            await ledger.record(FeedState("dw", etag=str(n)), [article], [Owed(Destination(1), str(n), ())], now)
            print("recorded", n, flush=True)
            for delivery in await ledger.claim(now, 1):
                await ledger.settle(delivery, Sent(1000 + n), now)
                print("sent", delivery.article, flush=True)
            await registry.add_topic(Topic(str(n), "标题" * 200, ""))
            print("added", n, flush=True)

asyncio.run(main())
"""


def registry_file(folder: Path) -> Path:
    return folder / "registry.json"


def files(folder: Path, part: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if part in path.name}


async def fill(folder: Path) -> None:
    """Two changes, so that there is a last version but one."""
    async with open_store(str(folder)) as store:
        await store.registry.add_feed(Feed("dw", "https://x.example/rss"))
        await store.registry.add_feed(Feed("bbc", "https://y.example/rss"))


async def feeds(folder: Path, *, read_only: bool = False) -> list[str]:
    async with open_store(str(folder), read_only=read_only) as store:
        return [feed.id for feed in await store.registry.feeds()]


async def test_a_killed_writer_loses_nothing_that_it_was_told_is_written(tmp_path: Path) -> None:
    done: set[tuple[str, str]] = set()
    draw = random.Random(5)  # noqa: S311 - where to kill, not a secret
    for _ in range(5):
        async with python("-c", WRITER, str(tmp_path)) as process:
            for _ in range(draw.randrange(1, 40)):
                what, number = (await process.output.readline()).decode().split()
                done.add((what, number))
            process.send_signal(signal.SIGKILL)
            rest = (await process.output.read()).decode().splitlines()
            done |= {(line.split()[0], line.split()[1]) for line in rest if len(line.split()) == 2}
    assert {what for what, _ in done} == {"recorded", "sent", "added"}
    async with open_store(str(tmp_path)) as store:
        topics = {topic.id for topic in await store.registry.topics()}
        assert topics >= {number for what, number in done if what == "added"}
        for what, number in done:
            if what != "added":
                ((_, state),) = await store.ledger.deliveries(number)
                assert state == "sent" if what == "sent" else state
        count = (await store.ledger.counts()).articles
        assert (await store.ledger.search(parse("第"), count=None)).total == count
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()


async def test_a_second_process_is_refused_and_told_who_was_first(tmp_path: Path) -> None:
    async with python("-c", WRITER, str(tmp_path)) as process:
        await process.output.readline()
        with pytest.raises(
            StoreLocked, match=rf"another kuaixun \(pid {process.pid} on .*, since .*\) works on"
        ):
            async with open_store(str(tmp_path)):
                pass
        async with open_store(str(tmp_path), read_only=True) as store:  # but it may read meanwhile
            assert await store.ledger.article("0")


async def test_the_lock_goes_with_the_store_and_says_nothing_secret(tmp_path: Path) -> None:
    async with open_store(str(tmp_path)):
        assert f"pid {os.getpid()} on" in (tmp_path / "lock").read_text()
        with pytest.raises(StoreLocked):
            async with open_store(str(tmp_path)):
                pass
    async with open_store(str(tmp_path)):
        pass


async def test_the_folder_and_its_files_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    await fill(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("url", ["postgresql://ann:hunter2@db.example/x", "redis://:hunter2@x"])
async def test_an_address_that_is_no_folder_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(StoreError, match="stores in a folder only") as raised:
        async with open_store(url):
            pass
    assert "hunter2" not in str(raised.value)


async def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        async with open_store(str(tmp_path / "file")):
            pass
    with pytest.raises(StoreError, match="no store at"):
        async with open_store(str(tmp_path / "missing"), read_only=True):
            pass
    assert not (tmp_path / "missing").exists()


async def test_a_store_opened_to_be_read_only_changes_nothing(tmp_path: Path) -> None:
    await fill(tmp_path)
    async with open_store(str(tmp_path), read_only=True) as store:
        with pytest.raises(StoreError, match="read only"):
            await store.registry.add_feed(Feed("new", "https://z.example"))
        with pytest.raises(StoreError):
            await store.ledger.keep_photo("https://x.example/1.jpg", "file")
        assert len(await store.registry.feeds()) == 2


# The registry's file


async def test_the_registry_can_be_read_by_people(tmp_path: Path) -> None:
    async with open_store(str(tmp_path)) as store:
        await store.registry.add_topic(
            Topic("china", "中美关系", "拜登 OR 布林肯", ("dw",), Destination(-5, 7))
        )
    assert registry_file(tmp_path).read_text("utf-8") == (
        "{\n"
        f'  "version": {VERSION},\n'
        '  "topics": {\n'
        '    "1": {\n'
        '      "id": "china",\n'
        '      "title": "中美关系",\n'
        '      "query": "拜登 OR 布林肯",\n'
        '      "feeds": [\n'
        '        "dw"\n'
        "      ],\n"
        '      "owner": "-5/7"\n'
        "    }\n"
        "  }\n"
        "}\n"
    )


@pytest.mark.parametrize("step", ["fsync", "link", "replace"])
async def test_a_disk_that_fails_leaves_the_registry_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await fill(tmp_path)
    before = registry_file(tmp_path).read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with open_store(str(tmp_path)) as store:
        with monkeypatch.context() as patch:
            patch.setattr(os, step, fail)
            patch.setattr("shutil.copyfile", fail)
            with pytest.raises(StoreError, match="No space left"):
                await store.registry.change_feed("dw", lambda feed: replace(feed, title="new"))
        assert [feed.title for feed in await store.registry.feeds()] == ["", ""]
        assert registry_file(tmp_path).read_bytes() == before
        # When there is room again, all goes on.
        await store.registry.change_feed("dw", lambda feed: replace(feed, title="newer"))
    async with open_store(str(tmp_path)) as store:
        assert [feed.title for feed in await store.registry.feeds()] == ["newer", ""]


async def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", fail)
    await fill(tmp_path)
    registry_file(tmp_path).write_bytes(b"")
    assert await feeds(tmp_path) == ["dw"]


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "missing": lambda path: path.unlink(),
    "something else": lambda path: path.write_text("[]"),
    "no table": lambda path: path.write_text('{"version": 1, "feeds": [1]}'),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_registry_is_restored_and_what_is_left_of_it_kept(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(tmp_path)
    DAMAGES[damage](registry_file(tmp_path))
    left = registry_file(tmp_path).read_bytes() if damage != "missing" else None
    with caplog.at_level(logging.WARNING):
        # What is there is the last version but one; who only reads moves nothing.
        assert await feeds(tmp_path, read_only=True) == ["dw"]
        assert not files(tmp_path, "damaged")
        assert await feeds(tmp_path) == ["dw"]
    assert "registry.json.bak" in caplog.text
    assert list(files(tmp_path, "damaged").values()) == ([] if left is None else [left])
    caplog.clear()
    assert await feeds(tmp_path) == ["dw"]
    assert not caplog.records


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("backup", ["bad", "none"])
async def test_a_registry_that_cannot_be_restored_is_refused_and_left_as_it_is(
    tmp_path: Path, damage: str, backup: str
) -> None:
    await fill(tmp_path)
    path, spare = registry_file(tmp_path), tmp_path / "registry.json.bak"
    DAMAGES[damage](path)
    spare.write_bytes(b"{") if backup == "bad" else spare.unlink()
    if (damage, backup) == ("missing", "none"):
        return  # that is a new store
    before = files(tmp_path, "registry")
    with pytest.raises(StoreDamaged, match="left as they are"):
        await feeds(tmp_path)
    assert files(tmp_path, "registry") == before


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"id": "x", "url": "u", "quary": ""}, "quary"),
        ({"id": "x"}, "url is missing"),
        ({"id": "x", "url": 5}, "url: 5 is not of type str"),
        ({"id": "x", "url": "u", "mode": "loud"}, "mode: 'loud' is not one of title, teaser, summary"),
        ({"id": "x", "url": "u", "added": "2026-01-01T00:00:00"}, "offset"),
        ({"id": "x", "url": "u", "interval": "soon"}, "interval"),
        ({"id": "dw", "url": "u"}, "dw is there twice"),
    ],
)
async def test_a_slip_of_the_pen_in_the_registry_is_named_and_nothing_is_touched(
    tmp_path: Path, row: dict[str, object], complaint: str
) -> None:
    await fill(tmp_path)
    data = json.loads(registry_file(tmp_path).read_text())
    data["feeds"]["7"] = row
    registry_file(tmp_path).write_text(json.dumps(data))
    with pytest.raises(StoreDamaged, match=rf"feeds 7: .*{complaint}"):
        await feeds(tmp_path)
    assert json.loads(registry_file(tmp_path).read_text()) == data


async def test_a_registry_of_a_later_version_is_refused(tmp_path: Path) -> None:
    await fill(tmp_path)
    text = registry_file(tmp_path).read_text().replace(f'"version": {VERSION}', f'"version": {VERSION + 1}')
    registry_file(tmp_path).write_text(text)
    with pytest.raises(StoreError, match="later version"):
        await feeds(tmp_path)
    assert registry_file(tmp_path).read_text() == text


async def test_tables_that_this_version_does_not_know_are_kept(tmp_path: Path) -> None:
    registry_file(tmp_path).write_text(json.dumps({"version": VERSION, "digests": {"1": {"at": "08:00"}}}))
    await fill(tmp_path)
    assert json.loads(registry_file(tmp_path).read_text())["digests"] == {"1": {"at": "08:00"}}


# Both files


@pytest.mark.parametrize(("lost", "told"), [("registry", "nobody follows"), ("ledger", "archive")])
async def test_a_store_of_which_half_is_gone_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, lost: str, told: str
) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    article = Article("1", "dw", "渡轮", "https://x.example/1", "", now)
    async with open_store(str(tmp_path)) as store:
        await store.registry.change_subscriber(Destination(1), lambda one: one)
        await store.ledger.record(FeedState("dw"), [article], [Owed(Destination(1), "1", ())], now)
    await feeds(tmp_path)
    assert not caplog.records
    for name in files(tmp_path, lost):
        os.unlink(tmp_path / name)
    await feeds(tmp_path)
    assert told in caplog.text


# The ledger's file


@pytest.mark.parametrize("content", [b"", b"this is not a database, however long the text goes on" * 100])
async def test_a_ledger_that_cannot_be_read_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    await fill(tmp_path)
    (tmp_path / "ledger.db").write_bytes(content)
    with pytest.raises(StoreDamaged, match=r"ledger\.db"):
        await feeds(tmp_path)
    assert (tmp_path / "ledger.db").read_bytes() == content


async def test_a_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    await fill(tmp_path)

    def set_layout(number: int) -> None:
        db = sqlite3.connect(tmp_path / "ledger.db")
        db.execute(f"PRAGMA user_version = {number}")
        db.close()

    set_layout(99)
    with pytest.raises(StoreError, match="later version"):
        await feeds(tmp_path)
    set_layout(-3)
    with pytest.raises(StoreDamaged, match="of no version"):
        await feeds(tmp_path)
    set_layout(0)
    with pytest.raises(StoreError, match="earlier version"):
        await feeds(tmp_path, read_only=True)


async def test_a_full_disk_fails_the_call_and_nothing_else(tmp_path: Path) -> None:
    articles = [Article(str(n), "dw", "标题" * 5000, f"https://x.example/{n}", "", NOW) for n in range(50)]
    async with open_store(str(tmp_path)) as store:
        await store.ledger.record(None, articles[:1], [Owed(Destination(1), "0", ())], NOW)
        quick = store.ledger._quick  # type: ignore[attr-defined]
        await quick.run(lambda db: db.execute("PRAGMA max_page_count = 60") and None)
        with pytest.raises(StoreError, match="full"):
            await store.ledger.record(None, articles, [], NOW)
        (delivery,) = await store.ledger.claim(NOW, 1)
        await store.ledger.settle(delivery, Sent(1), NOW)
        await quick.run(lambda db: db.execute("PRAGMA max_page_count = 100000") and None)
        assert await store.ledger.record(None, articles, [], NOW) == 49


async def test_the_index_is_made_anew_when_its_tokens_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(str(tmp_path)) as store:
        await store.ledger.record(None, [Article("a", "dw", "台湾", "", "", NOW)], [], NOW)
    monkeypatch.setattr(index, "FOLD_VERSION", index.FOLD_VERSION + 1)
    async with open_store(str(tmp_path), read_only=True) as store:  # may not: looks at every article instead
        assert (await store.ledger.search(parse("臺灣"))).total == 1
        assert (await store.ledger.search(parse("美国"))).total == 0
    for logged in (True, False):
        caplog.clear()
        async with open_store(str(tmp_path)) as store:
            assert (await store.ledger.search(parse("臺灣"))).total == 1
        assert ("made anew" in caplog.text) == logged


async def test_a_slow_search_does_not_hold_up_a_claim(tmp_path: Path) -> None:
    async with open_store(str(tmp_path)) as store:
        await store.ledger.record(
            None, [Article("a", "dw", "台湾", "", "", NOW)], [Owed(Destination(1), "a", ())], NOW
        )
        ledger = store.ledger
        loop = asyncio.get_running_loop()
        entered, claimed = asyncio.Event(), asyncio.Event()

        class Slow:
            """A query that does not answer before the claim is done."""

            tree = parse("台湾").tree

            def bounds(self) -> tuple[None, None]:
                loop.call_soon_threadsafe(entered.set)
                asyncio.run_coroutine_threadsafe(claimed.wait(), loop).result(30)
                return None, None

            def match(self, article: Article) -> bool:
                return True

        search = asyncio.ensure_future(ledger.search(Slow()))  # type: ignore[arg-type]
        await entered.wait()
        assert await ledger.claim(NOW, 1)
        assert not search.done()
        claimed.set()
        assert (await search).total == 1
