"""/settings: the language, the form of messages, and a pause, each with one press."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

from ..locale import LANGUAGES, say
from ..model import Button, Keyboard, Picture, Subscriber
from .desk import Ask


async def settings(ask: Ask) -> None:
    """Show what is chosen, each choice as a button."""
    subscriber = await ask.subscriber()
    text = ask.say("settings.text")
    words = sum(len(following.muted) for following in subscriber.following)
    topics = sum(following.paused for following in subscriber.following)
    if words or topics:
        text += f"\n\n{ask.say('settings.narrowed', words=words, topics=topics)}"
    await ask.show(text, _keyboard(ask, subscriber))


def _keyboard(ask: Ask, subscriber: Subscriber) -> Keyboard:
    def choice(text: str, data: str, chosen: bool) -> Button:
        return Button(f"● {text}" if chosen else text, data=data)

    languages = tuple(choice(name, f"sl:{id}", ask.language == id) for id, name in LANGUAGES.items())
    pictures = tuple(
        choice(
            say(ask.language, f"settings.{kind}"),
            f"si:{kind}",
            (subscriber.picture or ask.desk.picture) == kind,
        )
        for kind in get_args(Picture)
    )
    pause = "settings.resume" if subscriber.paused else "settings.pause"
    rows: Keyboard = (languages, pictures, (ask.button(pause, f"sp:{0 if subscriber.paused else 1}"),))
    return (*rows, (ask.button("narrow.list_button", "nl:"),)) if subscriber.following else rows


async def choose_language(ask: Ask) -> None:
    """A language was pressed."""
    if ask.data in LANGUAGES and await _changed(ask, lambda s: replace(s, language=ask.data)):
        ask.language = ask.data
        await settings(ask)


async def choose_picture(ask: Ask) -> None:
    """A form of messages was pressed."""
    kind: Picture | None = next((kind for kind in get_args(Picture) if kind == ask.data), None)
    if kind and await _changed(ask, lambda s: replace(s, picture=kind)):
        await settings(ask)


async def choose_pause(ask: Ask) -> None:
    """Pause or resume was pressed."""
    if await _changed(ask, lambda s: replace(s, paused=ask.data == "1")):
        await ask.toast("settings.paused" if ask.data == "1" else "settings.resumed")
        await settings(ask)


async def _changed(ask: Ask, change: Callable[[Subscriber], Subscriber]) -> bool:
    """Change it where the asker may. False where nothing is new, and nothing to be drawn anew."""
    if not await ask.may_change():
        await ask.refuse("group.only_admins")
        return False
    before = await ask.subscriber()
    return await ask.change(change) != before
