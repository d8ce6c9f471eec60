from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from subprocess import CalledProcessError, run

import pytest

from bot import cli
from bot.errors import ConfigError
from bot.worker import aside


def test_what_a_piece_of_work_loads_is_gone_with_its_process() -> None:
    assert aside(os.getpid) != os.getpid()
    assert "this" not in sys.modules
    assert aside(partial(eval, "__import__('this').__name__")) == "this"  # which also prints
    assert "this" not in sys.modules


def test_it_has_the_environment_and_the_folder_that_we_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OF_OUR_OWN", "1")
    assert aside(os.getcwd) == str(tmp_path)
    assert aside(partial(os.getenv, "OF_OUR_OWN")) == "1"


def test_every_mistake_in_a_config_comes_over(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("lang: en\nstorage: ''\n")
    with pytest.raises(ConfigError) as caught:
        aside(partial(cli._setup, path))
    with pytest.raises(ConfigError) as here:
        cli._setup(path)
    assert len(caught.value.mistakes) == 2
    assert caught.value.mistakes == here.value.mistakes
    assert str(caught.value) == str(here.value)


def test_a_process_that_ends_without_an_answer_is_loud() -> None:
    with pytest.raises(CalledProcessError):
        aside(partial(os._exit, 3))


def test_the_running_bot_loads_no_http_client_but_its_own() -> None:
    loaded, later = printed(
        "import sys; from bot.worker import lean",
        "with lean(): import bot.app",
        "print(*sys.modules); import httpx; print(httpx.__version__)",
    )
    assert "aiohttp.client" in loaded.split()
    assert not {"httpx", "httpcore", "frozenlist._frozenlist"} & {*loaded.split()}
    assert later[0].isdigit(), "who imports it later has it"


def test_a_library_that_is_loaded_already_stays() -> None:
    (stays,) = printed(
        "import sys, httpx; from bot.worker import lean",
        "with lean(): import bot.app",
        "print(sys.modules['httpx'] is httpx)",
    )
    assert stays == "True"


def printed(*lines: str) -> list[str]:
    """What a program of these lines prints, by lines."""
    done = run([sys.executable, "-c", "\n".join(lines)], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()
