"""What the chat page is told and may ask: one person's private chat with the bot, over JSON and server-sent events."""

from __future__ import annotations

import asyncio
import json
import mimetypes
from pathlib import Path
from typing import Any

from aiohttp import web

from .account import commands_for, described
from .desk import Desk
from .state import JSON, Chat, Message

PAGE = Path(__file__).with_name("page")
BACKLOG = 1000  # events that a slow page may owe before it must start over
PULSE = 15.0  # seconds between signs of life on a silent stream


class PageApi:
    """The routes that the page talks to."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.streams: dict[asyncio.Queue[JSON | None], int] = {}  # the chat that each open page watches
        desk.world.observers.append(self._observe)

    def add_routes(self, app: web.Application) -> None:
        """Enter the routes."""
        for path, handler in (
            ("/", self.index),
            ("/page/static/{name}", self.static),
            ("/page/people", self.people),
            ("/page/state", self.state),
            ("/page/events", self.events),
            ("/page/file/{file_id}", self.file),
        ):
            app.router.add_get(path, handler)
        for path, handler in (
            ("/page/send", self.send),
            ("/page/press", self.press),
            ("/page/block", self.block),
        ):
            app.router.add_post(path, handler)

    def close(self) -> None:
        """End the open streams."""
        for stream in self.streams:
            _offer(stream, None)

    async def index(self, request: web.Request) -> web.StreamResponse:
        """The page itself."""
        return _static("index.html")

    async def static(self, request: web.Request) -> web.StreamResponse:
        """A file that lies beside it."""
        return _static(request.match_info["name"])

    async def people(self, request: web.Request) -> web.StreamResponse:
        """Who may be played."""
        people = [
            {"id": p.id, "first_name": p.first_name, "username": p.username, "role": p.role}
            for p in self.desk.world.people.values()
        ]
        return _json({"bot": self.desk.world.bot.json(), "people": people})

    async def state(self, request: web.Request) -> web.StreamResponse:
        """One person's chat as it is now."""
        chat = self._chat(request.query.get("person"))
        world = self.desk.world
        return _json(
            {
                "chat": chat.json(),
                "commands": commands_for(world, chat, chat.id),
                "description": described(world, "description", _language(chat)),
                "messages": [self.shown(chat, message) for message in chat.messages.values()],
                "blocked": chat.members.get(world.bot.id) == "kicked",
            }
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """What happens in the chat from now on."""
        chat = self._chat(request.query.get("person"))
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        stream: asyncio.Queue[JSON | None] = asyncio.Queue(BACKLOG)
        self.streams[stream] = chat.id
        try:
            await response.prepare(request)
            await response.write(b": here\n\n")
            while event := await _next(stream):
                await response.write(event)
        except ConnectionError:
            pass  # the page was closed
        finally:
            del self.streams[stream]
        return response

    async def send(self, request: web.Request) -> web.StreamResponse:
        """The person writes."""
        body = await _body(request)
        chat = self._chat(body.get("person"))
        text, reply_to = body.get("text"), body.get("reply_to")
        if not isinstance(text, str) or not 0 < len(text.strip()) <= 4096:
            raise _no("text must be 1 to 4096 characters")
        if reply_to is not None and (not isinstance(reply_to, int) or reply_to not in chat.messages):
            raise _no("no such message to reply to")
        try:
            message = self.desk.people.say(chat.id, text.strip(), reply_to=reply_to)
        except ValueError as error:
            raise _no(str(error)) from None
        return _json(self.shown(chat, message))

    async def press(self, request: web.Request) -> web.StreamResponse:
        """The person presses a button."""
        body = await _body(request)
        chat = self._chat(body.get("person"))
        try:
            query_id = self.desk.people.press(
                chat.id, int(body.get("message_id", 0)), str(body.get("data", ""))
            )
        except (LookupError, TypeError, ValueError, OverflowError):
            raise _no("no such button") from None
        return _json({"callback_query_id": query_id})

    async def block(self, request: web.Request) -> web.StreamResponse:
        """The person blocks or unblocks the bot."""
        body = await _body(request)
        chat = self._chat(body.get("person"))
        if not isinstance(body.get("blocked"), bool):
            raise _no("blocked must be true or false")
        (self.desk.people.block if body["blocked"] else self.desk.people.unblock)(chat.id)
        return _json({"blocked": body["blocked"]})

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A picture's bytes."""
        file = self.desk.world.files.find(request.match_info["file_id"])
        if file is None:
            raise web.HTTPNotFound
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=86400"}
        return web.Response(body=file.data, content_type=file.content_type, headers=headers)

    def shown(self, chat: Chat, message: Message) -> JSON:
        """The page's copy of a message: with the picture of its link preview."""
        file = self.desk.preview_of(chat, message)
        return message | {"x_preview": self.desk.world.files.sizes(file)[-1]} if file else message

    def _observe(self, chat: Chat, event: JSON) -> None:
        if "message" in event:
            event = event | {"message": self.shown(chat, event["message"])}
        for stream, watched in self.streams.items():
            if watched == chat.id:
                _offer(stream, event)

    def _chat(self, person: Any) -> Chat:
        try:
            chat = self.desk.world.chats[int(person)]
        except (KeyError, TypeError, ValueError, OverflowError):
            raise _no("no such person") from None
        if chat.person is None:
            raise _no("no such person")
        return chat


def _language(chat: Chat) -> str:
    return chat.person.language_code.split("-")[0] if chat.person else ""


def _offer(stream: asyncio.Queue[JSON | None], event: JSON | None) -> None:
    """Queue an event; a page that reads too slowly is told to start over instead."""
    if stream.full():
        while not stream.empty():
            stream.get_nowait()
        stream.put_nowait({"type": "reset"})
    stream.put_nowait(event)


async def _next(stream: asyncio.Queue[JSON | None]) -> bytes:
    """The next event on the wire, nothing at the end."""
    try:
        event = await asyncio.wait_for(stream.get(), PULSE)
    except TimeoutError:
        return b": still here\n\n"
    if event is None:
        return b""
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


async def _body(request: web.Request) -> JSON:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise _no("not JSON") from None
    if not isinstance(body, dict):
        raise _no("an object is expected")
    return body


def _json(value: Any) -> web.Response:
    return web.json_response(value, headers={"Cache-Control": "no-store"})


def _no(why: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": why}), content_type="application/json")


def _static(name: str) -> web.Response:
    path = PAGE / name
    if path.name != name or name.startswith("."):
        raise web.HTTPNotFound
    try:
        body = path.read_bytes()
    except (OSError, ValueError):  # not there, a folder, too long a name, a NUL in it
        raise web.HTTPNotFound from None
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    charset = "utf-8" if kind.startswith("text/") else None
    return web.Response(body=body, content_type=kind, charset=charset)
