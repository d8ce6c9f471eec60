"""The tests' own runner tells what its workers find, and of those that die at it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = """
import os, pytest
def test_passes(): pass
def test_fails(): assert "one" == "other", print("what it wrote")
@pytest.mark.skip
def test_is_skipped(): pass
@pytest.fixture
def broken():
    yield
    raise ValueError("at the end")
def test_cleans_up_badly(broken): pass
def test_dies(): os._exit(7)
def test_is_never_reached(): pass
"""


def test_workers_tell_what_they_find_and_one_that_dies_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "tests.parallel", "-n", "1"]
    command += ["--disable-plugin-autoload", "-c", "/dev/null", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1, run
    assert "1 failed, 2 passed, 1 skipped, 1 error" in run.stdout
    for told in ("assert 'one' == 'other'", "what it wrote", "ValueError: at the end"):
        assert told in run.stdout
    assert re.search("a worker ended with 7 at .*test_it.py::test_dies", run.stdout)
