"""One process works on a folder at a time: the lock is the kernel's, so it dies with whoever held it.

What the file says is only for the message to the second comer; the lock itself is `flock`, which no crash can
leave behind and no stale process number can fake.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from ..errors import StoreError, StoreLocked

MEMORY = ":memory:"


@asynccontextmanager
async def locked(url: str, *, needed: bool = True) -> AsyncIterator[Path | None]:
    """The folder that `url` names, locked until the block is left; None for ":memory:".

    The folder is made where there is none, for its owner's eyes only. Where the lock is not `needed`, nothing is made
    or locked, and the folder must be there. Raises StoreLocked, which names the first comer, and StoreError
    where there can be no such folder.
    """
    folder = _folder(url)
    if folder is None:
        yield None
        return
    if not needed:
        if not folder.is_dir():
            raise StoreError(
                f"there is no store at {folder}; the bot's first start makes one, and so does `import`"
            )
        yield folder
        return
    descriptor = _take(folder)
    try:
        yield folder
    finally:
        _release(descriptor)


def _folder(url: str) -> Path | None:
    if url == MEMORY:
        return None
    scheme, separator, _ = url.partition("://")
    if separator:  # the rest of the address may hold a password: it is not repeated
        raise StoreError(
            f"a {scheme}:// address cannot be used: this version stores in a folder only (or in {MEMORY})"
        )
    if not url.strip():
        raise StoreError("storage names no folder")
    return Path(url).expanduser()


def _take(folder: Path) -> int:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"the folder {folder} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, _who().encode())
    except BlockingIOError:
        holder = os.read(descriptor, 500).decode(errors="replace").strip()
        os.close(descriptor)
        named = f" ({holder})" if holder else ""
        raise StoreLocked(f"another kuaixun{named} works on {folder}") from None
    except OSError as error:
        os.close(descriptor)
        raise StoreError(f"the folder {folder} cannot be locked: {error.strerror}") from error
    return descriptor


def _who() -> str:
    """This process in words. Never its arguments: people put tokens there."""
    return f"pid {os.getpid()} on {socket.gethostname()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _release(descriptor: int) -> None:
    # The file stays: whoever removed it could remove one that a third process has just locked.
    try:
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
