"""The Makefile, where it does more than call one command."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Python of a machine that lacks python3-venv until `whole` is there: its venv fails and leaves half an environment.
PYTHON = """#!/bin/sh
test "$2" = venv || exit 9
for folder; do :; done
mkdir -p $folder/bin
test -e whole && echo 'echo "$*" >>called' >$folder/bin/python || echo 'exit 1' >$folder/bin/python
chmod +x $folder/bin/python
test -e whole
"""


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_an_environment_that_was_left_half_made_is_made_anew(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "python3"
    python.write_text(PYTHON)
    python.chmod(0o755)

    def make() -> int:
        command = ["make", ".venv/runtime", f"PYTHON={python}"]
        return subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode

    assert make() != 0
    assert make() != 0, "it is tried again"
    (tmp_path / "whole").touch()
    assert make() == 0
    assert "pip install" in (tmp_path / "called").read_text()
    assert make() == 0
    assert (tmp_path / "called").read_text().count("install") == 1, "it is there by now"
