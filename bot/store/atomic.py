"""TinyDB's storage on a file that a kill or a full disk cannot damage, and that tells an empty file from an empty
database."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from ..errors import StoreDamaged, StoreError

VERSION = 1  # of the file's layout: raise it with every change that an older version would misread

Tables = dict[str, dict[str, Any]]

log = logging.getLogger(__name__)


class AtomicStorage(Storage):
    """TinyDB's storage on a file that is whole at every moment, with the last version but one beside it.

    What is written within `transaction` reaches the disk when it ends. Without a path all is kept in memory only.
    """

    def __init__(self, path: Path | None, *, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        self._lines: dict[
            str, tuple[dict[str, Any], dict[str, bytes]]
        ] = {}  # the tables as written, row by row
        self._pending: Tables | None = None
        self._tables = self._load(path) if path else {}

    def read(self) -> Tables:
        """The tables as they are, within a transaction as they will be."""
        return dict(self._tables if self._pending is None else self._pending)

    def write(self, data: Tables) -> None:
        """Replace them, within a transaction."""
        self._pending = data

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all that is written durable in one step, or none of it. Raises StoreError."""
        try:
            yield
            if self._pending is not None:
                if self._path:
                    self._save(self._path, self._pending)
                self._tables = self._pending
        except OSError as error:
            raise StoreError(f"{self._path} could not be written: {error.strerror}") from error
        finally:
            self._pending = None

    def _load(self, path: Path) -> Tables:
        backup = _beside(path, "bak")
        if not path.exists() and not backup.exists():
            return {}
        try:
            return _parse(path)
        except ValueError as damage:
            return self._restore(path, backup, damage)

    def _restore(self, path: Path, backup: Path, damage: ValueError) -> Tables:
        try:
            tables = _parse(backup)
        except ValueError as error:
            raise StoreDamaged(
                f"{path} cannot be read ({damage}), nor can {backup.name} ({error}); both were left as they are"
            ) from damage
        if not self._read_only:
            try:
                if path.exists():
                    os.replace(path, _beside(path, f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"))
                self._save(path, tables)
            except OSError as error:
                raise StoreError(f"{path} could not be written: {error.strerror}") from error
        log.warning(
            "%s cannot be read (%s): %s is used, which may lack the last change; the damaged file "
            "is kept beside it",
            path,
            damage,
            backup.name,
        )
        return tables

    def _save(self, path: Path, tables: Tables) -> None:
        aside = _beside(path, "tmp")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(self._text(tables))
            file.flush()
            os.fsync(file.fileno())
        _keep(path, _beside(path, "bak"))
        os.replace(aside, path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _text(self, tables: Tables) -> bytes:
        """Indented JSON in UTF-8. Only rows that are new are spelt out: Python's indenting encoder is slow, and one
        changed subscriber must not cost as much as all of them."""
        self._lines = {name: self._spelt(name, rows) for name, rows in tables.items()}
        parts = [f'{{\n  "version": {VERSION}'.encode()]
        for name, (_, lines) in self._lines.items():
            inside = b"\n%b\n  " % b",\n".join(lines.values()) if lines else b""
            parts.append(b"  %b: {%b}" % (json.dumps(name).encode(), inside))
        return b",\n".join(parts) + b"\n}\n"

    def _spelt(self, name: str, rows: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
        before, lines = self._lines.get(name, ({}, {}))
        if rows is not before:
            other = [number for number, row in rows.items() if before.get(number) is not row]
            lines = lines | {number: _line(number, rows[number]) for number in other}
            if len(lines) > len(rows):
                lines = {number: line for number, line in lines.items() if number in rows}
            if not before.keys() >= rows.keys():
                lines = {number: lines[number] for number in sorted(lines, key=int)}
        return rows, lines


def _line(number: str, row: Any) -> bytes:
    text = json.dumps(row, ensure_ascii=False, indent=2).replace("\n", "\n    ")
    return f'    "{number}": {text}'.encode()


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")


def _keep(path: Path, backup: Path) -> None:
    """Make `backup` another name of what `path` is now, if it is anything."""
    if not path.exists():
        return
    aside = _beside(backup, "tmp")
    aside.unlink(missing_ok=True)
    try:
        os.link(path, aside)
    except OSError:  # a file system without hard links
        shutil.copyfile(path, aside)
    os.replace(aside, backup)


def _parse(path: Path) -> Tables:
    """The tables in a file. Raises ValueError where it is damaged, StoreError where it may not or must not be read."""
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise ValueError("it is missing") from error
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(str(error) if path.stat().st_size else "it is empty") from error
    if not isinstance(data, dict) or not isinstance(data.get("version"), int):
        raise ValueError("it has no version")
    version = data.pop("version")
    if version > VERSION:
        raise StoreError(
            f"{path} was written by a later version (layout {version}; this one knows {VERSION})"
        )
    for name, rows in data.items():
        if not isinstance(rows, dict) or not all(number.isdecimal() for number in rows):
            raise ValueError(f"{name} is not a table")
        if not all(isinstance(row, dict) for row in rows.values()):
            raise ValueError(f"a row of {name} is not an object")
    return data
