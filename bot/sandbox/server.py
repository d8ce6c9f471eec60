"""The Bot API over HTTP: /bot<token>/<method> and /file/bot<token>/<path>."""

from __future__ import annotations

import itertools
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from . import account, chats, editing, sending
from .arguments import Arguments, Upload, is_unicode
from .desk import METHODS, Desk
from .faults import Faults
from .refusal import Refusal, bad
from .state import JSON

_ROOMS = (account, chats, editing, sending)  # imported for the methods that they enter in the table

MOST_BODY = 50 << 20  # bytes; https://core.telegram.org/bots/api#sending-files
CALLS = 20_000  # requests remembered
SAMPLE = 1024  # bytes of an upload remembered; the picture itself is among the files


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came and as it was answered.

    `params`: JSON values are read, an upload is an `Upload` with the first kilobyte of its data.
    """

    method: str  # as the bot wrote it
    params: JSON
    status: int  # of the answer; 0: the connection was closed on purpose, without an answer
    answer: JSON
    time: float  # Unix time of the arrival


class BotApi:
    """The routes that a bot talks to."""

    def __init__(self, desk: Desk, token: str, faults: Faults, heard: Callable[[], None]) -> None:
        self.desk = desk
        self.token = token
        self.faults = faults
        self.heard = heard  # called after each recorded request
        self.calls: deque[Call] = deque(maxlen=CALLS)

    def add_routes(self, app: web.Application) -> None:
        """Enter the routes."""
        app.router.add_route("*", "/bot{token:[^/]*}/{method:[^/]*}", self.handle)
        app.router.add_get("/file/bot{token:[^/]*}/{path:.+}", self.download)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, unless a fault is in order."""
        name = request.match_info["method"]
        if self.faults.take("drop_before", name.lower()):
            return self._drop(request)
        try:
            self._check_token(request)
            arguments = await _read(request)
        except Refusal as refusal:
            return _answer(refusal.code, _refused(refusal))
        status, answer = await self.ask(name, arguments)
        return _answer(status, answer) if status else self._drop(request)

    async def ask(self, name: str, arguments: Arguments) -> tuple[int, JSON]:
        """Do what a request asks for, and remember it. Returns the status and the answer; with 0 as the status, its
        connection is to be closed without an answer."""
        arrived, key = self.desk.world.clock(), name.lower()
        delay = self.faults.take("delay", key)
        if delay:
            await self.faults.hold(delay)
        status, answer = await self._ask(key, arguments)
        if self.faults.take("drop_after", key):
            status = 0
        self.calls.append(Call(name, _recorded(arguments), status, answer, arrived))
        self.heard()
        return status, answer

    async def _ask(self, key: str, arguments: Arguments) -> tuple[int, JSON]:
        try:
            fault = self.faults.take("fail", key)
            if fault:
                raise Refusal(fault.status, fault.description, **fault.parameters)
            if key not in METHODS:
                raise Refusal(404, "Not Found: method not found")
            return 200, {"ok": True, "result": await METHODS[key](self.desk, arguments)}
        except Refusal as refusal:
            return refusal.code, _refused(refusal)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file, by the path that getFile gave."""
        try:
            self._check_token(request)
        except Refusal as refusal:
            return _answer(refusal.code, _refused(refusal))
        path = request.match_info["path"]
        files = self.desk.world.files.by_unique_id.values()
        file = next((file for file in files if file.path == path), None)
        if file is None:
            return _answer(404, _refused(Refusal(404, "Not Found")))
        return web.Response(body=file.data, content_type=file.content_type)

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if token == self.token:
            return
        if re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token):
            raise Refusal(401, "Unauthorized")
        raise Refusal(404, "Not Found")

    def _drop(self, request: web.Request) -> web.Response:
        if request.transport:
            request.transport.abort()
        return web.Response()


def _recorded(arguments: Arguments) -> JSON:
    files = {name: replace(upload, data=upload.data[:SAMPLE]) for name, upload in arguments.files.items()}
    return arguments.plain() | files


def _refused(refusal: Refusal) -> JSON:
    answer: JSON = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    return answer | ({"parameters": refusal.parameters} if refusal.parameters else {})


def _answer(status: int, answer: JSON) -> web.Response:
    headers = (
        {"Retry-After": str(answer["parameters"]["retry_after"])}
        if status == 429 and "parameters" in answer
        else {}
    )
    return web.json_response(answer, status=status, headers=headers, dumps=_dumps)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def _read(request: web.Request) -> Arguments:
    """The parameters from the address and the body: JSON, urlencoded or multipart. Raises Refusal."""
    if (request.content_length or 0) > MOST_BODY:
        raise Refusal(413, "Request Entity Too Large")
    values: dict[str, object] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        values |= await _read_json(request)
    elif request.content_type == "multipart/form-data":
        await _read_parts(request, values, files)
    elif request.can_read_body:
        values |= await _read_form(request)
    try:
        arguments = Arguments.of(values, files)
    except RecursionError:
        raise bad("can't parse request JSON object") from None
    if not all(map(is_unicode, itertools.chain(files, *arguments.texts.items()))):
        raise bad("strings must be encoded in UTF-8")
    return arguments


async def _read_form(request: web.Request) -> dict[str, object]:
    try:
        form = await request.post()
    except (LookupError, ValueError, web.RequestPayloadError):  # LookupError: a character set that is none
        raise bad("can't parse request body") from None
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _read_json(request: web.Request) -> dict[str, object]:
    try:
        values = json.loads(await request.read() or b"{}")
    except (ValueError, RecursionError, web.RequestPayloadError):
        raise bad("can't parse request JSON object") from None
    if not isinstance(values, dict):
        raise bad("can't parse request: JSON object expected")
    return values


async def _read_parts(request: web.Request, values: dict[str, object], files: dict[str, Upload]) -> None:
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.name:
                continue
            data = bytes(await part.read())
            if part.filename is None:
                values[part.name] = data.decode("utf-8", "replace")
            else:
                kind = part.headers.get("Content-Type", "application/octet-stream")
                files[part.name] = Upload(part.filename, kind, data)
    except (ValueError, web.RequestPayloadError, HttpProcessingError):  # the last: a part's headers are none
        raise bad("can't parse multipart/form-data body") from None
