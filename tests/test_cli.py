"""The shell: what is printed where, and how each command ends."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.app import seed
from bot.config import Config, load
from bot.model import Article, Feed, Topic
from bot.sandbox import Sandbox
from bot.sandbox.newsroom import Newsroom
from bot.store import open_store
from tests.processes import python

ROOT = Path(__file__).parent.parent
TOKEN = "7000000009:A-token_that-nobody-should-ever-see"
ADDRESS = "https://www.dw.com/zh/%E6%B8%AF%E5%8F%A3%E5%AF%B9%E8%AF%9D%20%E2%80%9C%E9%87%8D%E5%90%AF%E2%80%9D/a-70000001"
ARTICLE = (
    f"<!--1700000000000-->\n[国务卿走访港口 两国重启“港口对话”]({ADDRESS})\n------\n\n"
    "<div><i><br>2023-11-14T22:13:20.549Z</i></div>"
    '<img src="https://images.weserv.nl/?url=static.dw.com/image/70000001_303.jpg" width="100%">'
    '<div><small style="color: #999;">码头上的两位部长</small></div>'
    "<p>（德国之声中文网）布林肯国务卿周二走访了北方的一座港口，宣布两国重启中断三年的港口对话。"
    "首轮会谈定于下月在海边的小城举行，双方将讨论船期、检疫和码头工人的培训。</p>"
    "<p>港口的负责人表示，对话中断期间，货轮平均要多等待两天才能靠岸。他说，"
    '<a href="https://api.dw.com/api/detail/article/70000002" rel="ArticleRef">去年的一份报告</a>'
    "估计，由此造成的损失超过一亿欧元。</p><p><strong>各方反应</strong></p>"
    "<p>当地的船运协会对此表示欢迎，但提醒说，真正的困难在于两国的检疫标准不同。"
    "协会主席说，统一标准至少需要两年时间，而且要有足够的实验室。</p><p>（路透社、法新社）</p>"
    "<p><em>© 2023年德国之声版权声明：本文所有内容受到著作权法保护，如无德国之声特别授权，不得擅自使用。</em></p>"
    '<br><hr><div>获取更多RSS：<br><a href="https://feedx.example" style="color:orange" target="_blank">'
    "https://feedx.example</a> <br></div>\n"
)
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>示例日报</title><link>https://daily.example.org/</link><description>d</description>
<item><title>第一条 &amp;lt;b&amp;gt;</title><link>https://daily.example.org/1</link><guid>1</guid>
<pubDate>Tue, 14 Nov 2023 22:13:20 GMT</pubDate><description>拜登的第一条消息在这里写得很清楚。</description></item>
<item><title>第二条</title><link>https://daily.example.org/2</link><guid>2</guid></item>
</channel></rss>"""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's environment, and an empty folder to work in."""
    for name in list(os.environ):
        if name.startswith("KUAIXUN_") or name in ("TELEGRAM_TOKEN", "DATABASE_URL", "PORT"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def configured(folder: Path, **values: Any) -> Path:
    values = {
        "telegram": {"token": TOKEN},
        "storage": str(folder / "data"),
        "feeds": [
            {"id": "dw", "url": "https://news.example.org/feed", "title": "德国之声", "interval": "90s"}
        ],
        "topics": [{"id": "port", "title": "港口 <&>", "query": "港口 OR 布林肯", "feeds": ["dw"]}],
    } | values
    path = folder / "config.yaml"
    path.write_text(json.dumps(values, ensure_ascii=False), "utf-8")  # JSON is YAML
    return path


def printed(capsys: pytest.CaptureFixture[str], *args: str | Path, status: int = 0) -> list[str]:
    """The lines that a command prints, which ends as expected."""
    capsys.readouterr()
    assert cli.main([str(arg) for arg in args]) == status
    return capsys.readouterr().out.splitlines()


def imported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Put the article into the archive of the config in this folder."""
    (folder / "1.txt").write_text(ARTICLE, "utf-8")
    printed(capsys, "import", folder / "1.txt")


# The door


def test_help_waits_for_nothing_heavy() -> None:
    code = "import sys, bot.cli; bot.cli._parser().format_help(); print(*sys.modules)"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        ).stdout.split()
    )
    heavy = {
        "telegram",
        "aiohttp",
        "lxml",
        "bs4",
        "pydantic",
        "feedparser",
        "tinydb",
        "apscheduler",
        "sqlite3",
        "yaml",
    }
    assert "bot.cli" in loaded
    assert not loaded & heavy


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("demo", "run", "check", "preview", "search", "try", "import", "export", "stats")
    for args in ((), *((name,) for name in names)):
        with pytest.raises(SystemExit) as end:
            cli.main([*args, "--help"])
        assert end.value.code == 0
    told = capsys.readouterr().out
    assert all(name in told for name in names)


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["nothing"],
        ["search", "x", "--limit", "0"],
        ["try", "x", "--days", "0"],
        ["demo", "--for", "-1"],
        ["preview"],
    ],
)
def test_a_wrong_command_line_ends_with_2(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(args)
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert "usage:" in told
    assert " value: " not in told  # which would name a function of ours


@pytest.mark.parametrize("command", ["run", "check", "export", "stats"])
def test_a_wrong_config_names_every_key_and_ends_with_2(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(
        tmp_path,
        telegram={"token": 1, "tokken": TOKEN},
        polling={"interval": "soon"},
        topics=[{"id": "x", "title": "x", "query": "(拜登"}],
        timezone="Mars/Base",
    )
    assert cli.main([command]) == 2
    told = capsys.readouterr().err
    for key in ("telegram.token", "telegram.tokken", "polling.interval", "topics[0].query", "timezone"):
        assert f"  {key}:" in told
    assert "config.yaml" in told
    assert TOKEN not in told


@pytest.mark.parametrize("telegram", [{}, {"token": ""}, {"token": "  "}, {"token": None}])
def test_a_missing_token_tells_how_to_get_one(
    telegram: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "bot.worker.aside", lambda work: work()
    )  # what loads the config is not the matter here
    configured(tmp_path, telegram=telegram)
    assert cli.main(["run"]) == 2
    told = capsys.readouterr().err
    assert "@BotFather" in told
    assert "TELEGRAM_TOKEN" in told
    assert not (tmp_path / "data").exists()


def test_the_unexpected_is_loud_and_ends_with_1(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(config: Config) -> None:
        raise RuntimeError("nobody thought of this")

    configured(tmp_path)
    monkeypatch.setattr("bot.admin.stats", broken)
    assert cli.main(["stats"]) == 1
    assert "nobody thought of this" in caplog.text


# Secrets


async def ended(*args: str, cwd: Path, env: dict[str, str] | None = None) -> tuple[int | None, str]:
    """Run the program; its status and everything that it wrote."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *args, cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_a_token_that_telegram_does_not_know_is_never_shown(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        path = configured(tmp_path, telegram={"token": None, "api_url": sandbox.url})
        status, told = await ended(
            "run", "-v", "-c", str(path), cwd=tmp_path, env={"TELEGRAM_TOKEN": f"{TOKEN}\n"}
        )
    assert status == 2
    assert "telegram.token: Telegram does not know this token" in told
    assert TOKEN not in told
    assert TOKEN.partition(":")[2] not in told
    assert "Unclosed" not in told


def test_the_log_shows_no_token_whoever_writes_it_there() -> None:
    formatter = cli._WithoutSecrets("%(message)s")
    formatter.secret = TOKEN
    try:
        raise OSError(f"cannot reach https://api.telegram.org/bot{TOKEN}/getMe")
    except OSError as error:
        record = logging.LogRecord(
            "x", 40, "x", 1, "%s", (f"with {TOKEN}",), (type(error), error, error.__traceback__)
        )
    text = formatter.format(record)
    assert "bot***/getMe" in text
    assert TOKEN not in text
    encoded = logging.LogRecord("x", 40, "x", 1, TOKEN.replace(":", "%3A"), (), None)
    assert formatter.format(encoded) == f"{TOKEN.partition(':')[0]}%3A***"


def test_nothing_that_came_from_outside_moves_the_terminals_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text('"\\e[2Jadmin\\u202e": 1\n', "utf-8")
    assert cli.main(["check", "-c", str(path)]) == 2
    told = capsys.readouterr().err
    assert "[2Jadmin" in told
    assert "\x1b" not in told
    assert "\u202e" not in told
    record = logging.LogRecord("x", 30, "x", 1, "%s", ("feed dw: \x1b]0;mine\x07",), None)
    assert cli._WithoutSecrets("%(message)s").format(record) == "feed dw: �]0;mine�"


def test_no_command_prints_the_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = configured(tmp_path)
    asyncio.run(_filled(load(path, {})))
    for command in (["check", "-v"], ["export", "-v"], ["stats", "-v"], ["search", "港口", "-v"]):
        assert cli.main(command) == 0
    told = capsys.readouterr()
    assert TOKEN not in told.out + told.err


async def _filled(config: Config) -> None:
    async with open_store(config.storage) as store:
        await seed(config.setup(), store.registry)


# preview


def test_preview_of_an_archived_article_keeps_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "000_article.txt"
    path.write_text(ARTICLE, "utf-8")
    (line,) = printed(capsys, "preview", path, "--json")
    value = json.loads(line)
    assert list(value) == [
        "source_path", "key", "title", "url", "source", "published", "updated", "body", "summary", "teaser", "images",
        "lead_image", "credits", "rights_notice", "tags", "message",
    ]  # fmt: skip
    assert list(value["message"]) == ["html", "units", "photo", "preview", "buttons"]
    assert value["source_path"] == str(path)
    assert value["title"] == "国务卿走访港口 两国重启“港口对话”"
    assert value["url"] == ADDRESS
    assert value["source"] == "德国之声"
    assert value["published"] == "2023-11-14T22:13:20+00:00"
    assert value["lead_image"] == value["message"]["photo"] == "https://static.dw.com/image/70000001_303.jpg"
    assert value["credits"] == ["路透社", "法新社"]
    assert value["rights_notice"].startswith("© 2023年德国之声版权声明")
    assert value["teaser"] is False
    html = value["message"]["html"]
    title = f'<b><a href="{ADDRESS}">国务卿走访港口 两国重启“港口对话”</a></b>'
    time = '<tg-time unix="1700000000" format="Dt">2023年11月15日 06:13（北京时间）</tg-time>'
    assert html.startswith(f"{title}\n🗞 德国之声 · {time}\n")
    assert value["summary"]
    for sentence in value["summary"]:
        assert sentence[-1] in "。！？”"
        assert sentence in "".join(value["body"])
        assert sentence in html
    for noise in ("2023-11-14T", "德国之声中文网", "码头上的两位部长", "路透社", "版权", "RSS", "feedx"):
        assert noise not in "".join(value["summary"])
        assert noise not in "".join(value["body"])


def test_preview_shows_times_in_the_configured_zone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "article.txt"
    path.write_text(ARTICLE, "utf-8")
    config = configured(tmp_path, timezone="Europe/Berlin", language="en")
    assert "14 Nov 2023 23:13" in "\n".join(printed(capsys, "preview", path, "-c", config))


def test_preview_goes_on_after_what_it_cannot_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "archive"
    (folder / "inner").mkdir(parents=True)
    (folder / "0.txt").write_bytes(b"\xff\xfe\x00 nothing that anybody wrote")
    (folder / "1.txt").write_text(ARTICLE, "utf-8")
    (folder / "2.xml").write_text(RSS, "utf-8")
    (folder / "inner" / "post.md").write_text(
        "---\ntitle: 一篇博文 <&>\ndate: 2023-11-14 22:13:20 +0000\nfrom: https://blog.example.org/post\n---\n<p>正文在这里，写得很长很长。</p>\n",
        "utf-8",
    )
    (folder / ".hidden").write_text("x")
    lines = [
        json.loads(line)
        for line in printed(capsys, "preview", folder, tmp_path / "gone.txt", "--json", status=1)
    ]
    read = [line["title"] for line in lines if "error" not in line]
    assert read == ["国务卿走访港口 两国重启“港口对话”", "第一条 <b>", "第二条", "一篇博文 <&>"]
    unread = [line for line in lines if "error" in line]
    assert [set(line) for line in unread] == [{"source_path", "error"}] * 2
    assert [line["source_path"] for line in unread] == [str(folder / "0.txt"), str(tmp_path / "gone.txt")]
    assert all(line["error"] and "\n" not in line["error"] for line in unread)
    text = printed(capsys, "preview", folder, status=1)
    assert any("国务卿走访港口" in line for line in text)


def test_what_is_no_source_of_articles_is_called_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "nothing.txt").touch()
    for source, reason in (
        ("ftp://x.example/feed", "no address"),
        ("", "no address"),
        ("https://", "only http and https"),
        (str(tmp_path / "missing"), "No such file"),
        (str(tmp_path / "empty"), "no file in this folder"),
        (str(tmp_path / "nothing.txt"), "it is empty"),
    ):
        (line,) = printed(capsys, "preview", source, "--json", status=1)
        assert json.loads(line)["source_path"] == source
        assert reason in json.loads(line)["error"]


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(tmp_path)
    folder = tmp_path / "archive"
    folder.mkdir()
    os.mkfifo(folder / "0.txt")
    (folder / "1.txt").write_text(ARTICLE, "utf-8")
    pipe, article = map(json.loads, printed(capsys, "preview", folder, "--json", status=1))
    assert pipe == {"source_path": str(folder / "0.txt"), "error": "it is no regular file"}
    assert article["url"] == ADDRESS


async def test_preview_of_an_address_reads_the_feed_there(capsys: pytest.CaptureFixture[str]) -> None:
    async with Newsroom(every=None) as newsroom:
        newsroom.publish()
        addresses = newsroom.url, f"{newsroom.origin}/nowhere"
        status = await asyncio.to_thread(cli.main, ["preview", *addresses, "--json"])
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["source_path"] == newsroom.url
    assert first["url"].startswith(newsroom.origin)
    assert second["source_path"] == f"{newsroom.origin}/nowhere"
    assert "404" in second["error"]
    assert status == 1


# import, search


def test_what_is_imported_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(tmp_path)
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "1.txt").write_text(ARTICLE, "utf-8")
    (folder / "2.xml").write_text(RSS, "utf-8")
    assert printed(capsys, "import", folder) == [f"{folder}: 3 new, 0 known, 0 unreadable"]
    assert printed(capsys, "import", folder) == [f"{folder}: 0 new, 3 known, 0 unreadable"]
    (line,) = printed(capsys, "search", "布林肯", "--json")
    value = json.loads(line)
    assert list(value) == ["key", "title", "url", "published", "source", "snippet"]
    assert (value["url"], value["source"]) == (ADDRESS, "德国之声")
    assert "布林肯" in value["snippet"]
    assert "<b>" not in value["snippet"]
    (line,) = printed(capsys, "search", "港口 檢疫 -體育", "--json")
    assert json.loads(line)["key"] == value["key"]
    (line,) = printed(capsys, "search", f"{ADDRESS}?utm_source=x", "--json")
    assert json.loads(line)["key"] == value["key"]
    head, *rest = printed(capsys, "search", "*", "--limit", "1")
    assert head == "3 found: *"
    assert sum(line.startswith("  https://") for line in rest) == 1
    assert printed(capsys, "search", "无影无踪", "--json") == []
    (folder / "0.txt").write_text("nothing")
    assert printed(capsys, "import", folder, status=1) == [f"{folder}: 0 new, 3 known, 1 unreadable"]


@pytest.mark.parametrize(
    "args",
    [
        ["-布林肯"],
        ["-布林肯", "--limit", "5"],
        ["--limit", "5", "-布林肯"],
        ["--limit=5", "--order", "newest", "-布林肯", "-v"],
        ["--lim", "5", "--", "-布林肯"],
        ["-c", "config.yaml", "-china", "--order", "relevance", "-布林肯"],
        ["拜登", "--limit", "5", "-布林肯"],
        ["拜登 -布林肯"],
        ["-布林肯 拜登"],
    ],
)
def test_a_query_may_begin_with_a_minus_sign_before_and_behind_options(
    args: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path)
    (tmp_path / "1.txt").write_text(ARTICLE, "utf-8")
    (tmp_path / "2.xml").write_text(RSS, "utf-8")
    printed(capsys, "import", tmp_path / "1.txt", tmp_path / "2.xml")
    found = [json.loads(line)["title"] for line in printed(capsys, "search", "--json", *args)]
    assert "第一条 <b>" in found
    assert "国务卿走访港口 两国重启“港口对话”" not in found


@pytest.mark.parametrize(
    ("zone", "shown"), [("Asia/Shanghai", "2023-11-15 06:13+08:00"), ("UTC", "2023-11-14 22:13+00:00")]
)
def test_times_are_shown_in_the_configured_zone(
    zone: str, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path, timezone=zone)
    imported(tmp_path, capsys)
    assert f"  德国之声 · {shown}" in printed(capsys, "search", "布林肯")


def test_where_nothing_is_found_the_shell_names_what_to_try(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path)
    imported(tmp_path, capsys)
    assert printed(capsys, "search", "title:检疫 布林肯", "--order", "relevance") == [
        "0 found: title:检疫 布林肯",
        "These do find something:",
        "  检疫 布林肯  (1)",
    ]
    assert printed(capsys, "search", "布林肯 无影无踪")[1:] == ["These do find something:", "  布林肯  (1)"]
    assert printed(capsys, "search", "无影") == [
        "0 found: 无影",
        "Try another spelling, or OR between words that mean the same.",
    ]
    head, told = printed(capsys, "search", "https://elsewhere.example.org/x")
    assert head == "0 found: https://elsewhere.example.org/x"
    assert "its title" in told


def test_what_a_query_leaves_out_alone_can_be_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path)
    (tmp_path / "2.xml").write_text(RSS, "utf-8")
    printed(capsys, "import", tmp_path / "2.xml")
    head, *_ = printed(capsys, "try", "-体育", "--days", "7", "-娱乐")
    assert re.fullmatch(r"\d in 7 days, [\d.]+ a day: -体育 -娱乐", head)


@pytest.mark.parametrize("args", [["--limt", "5", "x"], ["--json"], ["x", "--limit"], ["-x", "--json=1"]])
def test_a_mistaken_option_is_no_word_of_a_query(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["search", *args])
    assert "usage:" in capsys.readouterr().err


def test_a_query_is_tried_against_a_topics_while_the_bot_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path)
    config = load(tmp_path / "config.yaml", {})
    now = datetime.now(UTC)

    def article(title: str, days: int) -> Article:
        return Article(title, "dw", title, f"https://e.org/{days}", "德国之声", now - timedelta(days=days))

    async def tried() -> None:
        async with open_store(config.storage) as store:  # and stays locked by us, as by a bot that runs
            await store.registry.add_topic(Topic("us", "美国", "拜登"))
            found = [
                article("拜登访华", 1),
                article("拜登观赛", 2),
                article("布林肯访华", 3),
                article("拜登旧闻", 90),
            ]
            await store.ledger.record(None, found, (), now)
            await asyncio.to_thread(_try_it, capsys)

    asyncio.run(tried())


def _try_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "try", "访华", "--topic", "us") == [
        "2 -> 2 (+1 -1) in 30 days, 0.7 a day: 访华",
        "+ 布林肯访华",
        "- 拜登观赛",
    ]
    (line,) = printed(capsys, "try", "拜登", "--days", "100", "--json")
    value = json.loads(line)
    assert (value["before"], value["after"], value["added"], value["removed"]) == (0, 3, 3, 0)
    assert [one["title"] for one in value["added_sample"]] == ["拜登访华", "拜登观赛", "拜登旧闻"]
    assert cli.main(["try", "x", "--topic", "nothing"]) == 1
    assert "there are: us" in capsys.readouterr().err
    assert cli.main(["try", "拜登 last:7d"]) == 2


def test_a_bad_query_is_shown_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(tmp_path)
    assert cli.main(["search", "布林肯 (港口"]) == 2
    query, caret, reason = capsys.readouterr().err.splitlines()
    assert query == "布林肯 (港口"
    assert caret == " " * 7 + "^"
    assert "bracket" in reason


@pytest.mark.parametrize("command", [["search", "x"], ["try", "x"], ["export"], ["stats"]])
def test_a_store_that_is_not_there_is_said_and_not_made(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path)
    assert cli.main(command) == 1
    told = capsys.readouterr().err
    assert "there is no store at" in told
    assert told.endswith("the bot's first start makes one, and so does `import`\n")
    assert not (tmp_path / "data").exists()


# check, export


def test_check_of_a_config_whose_store_is_not_made_yet_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path)
    assert printed(capsys, "check") == ["The configuration is valid."]
    assert not (tmp_path / "data").exists()


def test_check_shows_what_admins_changed_in_chat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = load(configured(tmp_path), {})
    asyncio.run(_filled(config))
    assert printed(capsys, "check") == ["The configuration is valid."]
    asyncio.run(_edited(config))
    assert printed(capsys, "check")[1:] == [
        "feeds.bbc: added in chat",
        "feeds.dw.paused: changed in chat to True",
        "topics.port.query: changed in chat to '港口 OR 布林肯 OR 码头'",
    ]
    asyncio.run(_torn(config))
    assert printed(capsys, "check")[-1].startswith("topics.port.query: cannot be read and finds nothing: ")


async def _torn(config: Config) -> None:
    async with open_store(config.storage) as store:
        await store.registry.change_topic("port", lambda topic: replace(topic, query="(港口"))


async def _edited(config: Config) -> None:
    async with open_store(config.storage) as store:
        await store.registry.change_topic("port", lambda t: replace(t, query=f"{t.query} OR 码头"))
        await store.registry.change_feed("dw", lambda f: replace(f, paused=True))
        await store.registry.add_feed(
            Feed(
                "bbc",
                "https://bbc.example.org/rss",
                'B: "C" #1',
                timedelta(minutes=90),
                "Europe/London",
                "teaser",
            )
        )


def test_what_is_exported_is_read_again_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = load(
        configured(tmp_path, admins=[1, 2], polling={"floor": "2m", "allow_hosts": ["localhost:1"]}), {}
    )
    asyncio.run(_filled(config))
    asyncio.run(_edited(config))
    text = "\n".join(printed(capsys, "export"))
    assert TOKEN not in text
    path = tmp_path / "exported.yaml"
    path.write_text(text, "utf-8")
    again = load(path, {"TELEGRAM_TOKEN": TOKEN})
    assert again.model_copy(update={"feeds": (), "topics": ()}) == config.model_copy(
        update={"feeds": (), "topics": ()}
    )
    assert [feed.feed("x") for feed in again.feeds] == [
        Feed("dw", "https://news.example.org/feed", "德国之声", timedelta(seconds=90), "Asia/Shanghai"),
        Feed(
            "bbc",
            "https://bbc.example.org/rss",
            'B: "C" #1',
            timedelta(minutes=90),
            "Europe/London",
            "teaser",
        ),
    ]
    assert [t.topic() for t in again.topics] == [
        Topic("port", "港口 <&>", "港口 OR 布林肯 OR 码头", feeds=("dw",))
    ]
    path.rename(tmp_path / "config.yaml")
    assert [line for line in printed(capsys, "check")[1:] if "paused" not in line] == []


def test_before_the_first_start_what_is_exported_is_the_configs_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = load(configured(tmp_path), {})
    imported(tmp_path, capsys)
    path = tmp_path / "exported.yaml"
    path.write_text("\n".join(printed(capsys, "export")), "utf-8")
    again = load(path, {}).setup()
    assert again.feeds
    assert again.topics
    assert (again.feeds, again.topics) == (config.setup().feeds, config.setup().topics)
    assert printed(capsys, "check") == ["The configuration is valid."]


def test_stats_are_the_store_in_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(tmp_path)
    imported(tmp_path, capsys)
    assert printed(capsys, "stats") == ["articles 1", "subscribers 0", "oldest waiting 0 s"]


# What asks for the end


ENDS = """
import asyncio, os, signal, sys
from bot import cli
cli.ONE_REQUEST = float(sys.argv[1])
async def work(stop):
    os.kill(os.getpid(), signal.SIGTERM)
    await stop.wait()
    while not cli.ONE_REQUEST and signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        await asyncio.sleep(0)
    for number in signal.SIGTERM, signal.SIGINT, signal.SIGTERM:
        os.kill(os.getpid(), number)
        await asyncio.sleep(0)
    return 0
sys.exit(cli._until_stopped(work))
"""


@pytest.mark.parametrize(("one_request", "status"), [(600, 0), (0, -signal.SIGTERM)])
async def test_signals_that_come_together_ask_once_and_a_later_one_does_not_wait(
    one_request: float, status: int
) -> None:
    async with asyncio.timeout(60), python("-c", ENDS, str(one_request)) as process:
        told = (await process.output.read()).decode()
        assert await process.ended() == status, told
