"""Pictures as Telegram gets them: downloads, limits, and what it refuses."""

from __future__ import annotations

import asyncio
import re
import struct
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import aiohttp

from . import links
from .arguments import Arguments, Upload
from .refusal import Refusal, bad
from .state import File, Files

BY_URL = 5 << 20  # bytes; https://core.telegram.org/bots/api#sending-files
BY_UPLOAD = 10 << 20
MOST_SIDES = 10_000  # width and height together; https://core.telegram.org/bots/api#sendphoto
MOST_RATIO = 20
SECONDS = 10.0  # for a download
REMEMBERED = 10_000  # addresses

NOT_FETCHED = "failed to get HTTP URL content"
NOT_A_PICTURE = "wrong type of the web page content"
WRONG_ID = "wrong remote file identifier specified: Wrong character in the string"
NO_SUCH_FILE = "wrong file identifier/HTTP URL specified"


def measure(data: bytes) -> tuple[str, int, int] | None:
    """Content type, width and height of a JPEG, PNG, GIF or WebP picture, None where it is none."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            return ("image/png", *struct.unpack(">II", data[16:24]))
        if data[:6] in (b"GIF87a", b"GIF89a"):
            return ("image/gif", *struct.unpack("<HH", data[6:10]))
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _measure_webp(data)
        if data.startswith(b"\xff\xd8\xff"):
            return _measure_jpeg(data)
    except (struct.error, IndexError):
        return None
    return None


def _measure_webp(data: bytes) -> tuple[str, int, int] | None:
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return "image/webp", width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack("<I", data[21:25])
            return "image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            width, height = (int.from_bytes(data[i : i + 3], "little") + 1 for i in (24, 27))
            return "image/webp", width, height
    return None


def _measure_jpeg(data: bytes) -> tuple[str, int, int] | None:
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in (0x01, *range(0xD0, 0xD8)):  # markers without a length
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # a frame: here are the dimensions
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return "image/jpeg", width, height
        else:
            at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    return None


class Pictures:
    """The door to other hosts. `fetching = False`: nothing can be reached; `failing`: hosts that cannot.

    What failed stays failed, as on Telegram, until it is taken out of `known`.
    """

    def __init__(self, files: Files) -> None:
        self.files = files
        self.fetching = True
        self.failing: set[str] = set()
        self.known: dict[
            str, str | Refusal
        ] = {}  # by address: unique_id, or why not; Telegram keeps both for days
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # one download an address
        self.fetched: list[str] = []  # addresses asked for, in order: what the cache answers is not in it
        self._session: aiohttp.ClientSession | None = None

    async def photo(self, a: Arguments, name: str = "photo") -> File:
        """The picture that a request means: an upload, an address or a file_id. Raises Refusal."""
        upload = a.files.get(name)
        if upload:
            return self.uploaded(upload)
        value = a.text(name).strip()
        if value.startswith("attach://"):
            upload = a.files.get(value.removeprefix("attach://"))
            if not upload:
                raise bad(NO_SUCH_FILE)
            return self.uploaded(upload)
        if not value:
            raise bad("there is no photo in the request")
        return await self.named(value)

    async def named(self, value: str) -> File:
        """The picture at an address or with a file_id: a dot makes it an address, as in TDLib. Raises Refusal."""
        if "." in value or "://" in value:
            return await self.fetch(value)
        file = self.files.find(value)
        if file is None:
            raise bad(NO_SUCH_FILE if re.fullmatch("[A-Za-z0-9_-]+", value) else WRONG_ID)
        return file

    def uploaded(self, upload: Upload) -> File:
        """Take an upload in. Raises Refusal."""
        if not upload.data:
            raise bad("file must be non-empty")
        if len(upload.data) > BY_UPLOAD:
            raise bad(
                f"file of size {len(upload.data)} bytes is too big for a photo; "
                f"the maximum size is {BY_UPLOAD} bytes"
            )
        return self._accept(upload.data, "IMAGE_PROCESS_FAILED")

    async def fetch(self, url: str) -> File:
        """Download it once; later the cache answers, with the same refusal too. Raises Refusal."""
        async with self._locks.setdefault(url, asyncio.Lock()):
            known = self.known.get(url)
            if isinstance(known, Refusal):
                raise Refusal(known.code, known.description)
            file = self.files.by_unique_id.get(known) if known else None
            return file or await self._fetch(url)

    async def _fetch(self, url: str) -> File:
        self.fetched.append(url)
        del self.fetched[:-REMEMBERED]
        while len(self.known) >= REMEMBERED:
            del self.known[next(iter(self.known))]
        try:
            file = self._accept(await self._download(url), NOT_A_PICTURE)
        except Refusal as refusal:
            self.known[url] = refusal
            raise
        self.known[url] = file.unique_id
        return file

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    def _accept(self, data: bytes, otherwise: str) -> File:
        measured = measure(data)
        if measured is None:
            raise bad(otherwise)
        content_type, width, height = measured
        if (
            not width
            or not height
            or width + height > MOST_SIDES
            or max(width, height) > MOST_RATIO * min(width, height)
        ):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        return self.files.add(data, content_type, width, height)

    async def _download(self, url: str) -> bytes:
        try:
            address = str(links.split(url))
        except ValueError as error:
            raise bad(f"invalid file HTTP URL specified: {error}") from None
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=SECONDS),
                headers={"User-Agent": "TelegramBot (like TwitterBot)"},
            )
        data = bytearray()
        try:
            if not self.fetching or urlsplit(address).hostname in self.failing:
                raise bad(NOT_FETCHED)
            async with self._session.get(address) as response:
                if response.status != 200:
                    raise bad(NOT_FETCHED)
                async for chunk in response.content.iter_chunked(1 << 16):
                    data += chunk
                    if len(data) > BY_URL:
                        raise bad(NOT_FETCHED)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise bad(NOT_FETCHED) from None
        return bytes(data)
