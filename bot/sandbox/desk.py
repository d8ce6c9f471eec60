"""Where requests are dealt with: the table of methods, and what they work on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from .arguments import Arguments
from .people import People
from .pictures import Pictures
from .refusal import Refusal
from .state import Chat, File, Message, World
from .updates import Updates

Method = Callable[["Desk", Arguments], Awaitable[Any]]
METHODS: dict[str, Method] = {}
PREVIEWS = 2000  # link previews remembered


def method(name: str) -> Callable[[Method], Method]:
    """Enter a function in the table, by its Bot API name; case does not matter there."""

    def enter(function: Method) -> Method:
        METHODS[name.lower()] = function
        return function

    return enter


class Desk:
    """One bot's side of the world: what its methods work on."""

    def __init__(self, world: World, updates: Updates, people: People, pictures: Pictures) -> None:
        self.world = world
        self.updates = updates
        self.people = people
        self.pictures = pictures
        self.previews: dict[tuple[int, int], str] = {}  # by chat and message: the picture's unique_id
        self.inline_answers: dict[str, dict[str, Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def preview(self, chat: Chat, message: Message) -> None:
        """Fetch the picture that a message's link preview names, in the background as Telegram does."""
        url = message.get("link_preview_options", {}).get("url", "")
        if url:
            task = asyncio.create_task(self._preview(chat, message, url))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _preview(self, chat: Chat, message: Message, url: str) -> None:
        try:
            file = await self.pictures.fetch(url)
        except Refusal:
            return  # a page without a picture, or none at all: the message stands without a preview
        current = chat.messages.get(message["message_id"], {})
        if current.get("link_preview_options") != message["link_preview_options"]:
            return  # deleted or edited meanwhile
        self.previews[chat.id, message["message_id"]] = file.unique_id
        while len(self.previews) > PREVIEWS:
            del self.previews[next(iter(self.previews))]
        self.world.tell(chat, {"type": "edited", "message": current})

    def preview_of(self, chat: Chat, message: Message) -> File | None:
        """The picture of a message's link preview, None where there is none (yet)."""
        unique_id = self.previews.get((chat.id, message["message_id"]), "")
        return self.world.files.by_unique_id.get(unique_id)

    async def close(self) -> None:
        """Stop what runs in the background."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.pictures.close()
        await self.updates.close()
