"""What a message says to its reader: composed when it is sent, when it is edited, and when more of it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from .composing import composed, quarter, wanted
from .locale import say
from .model import Article, Button, Delivery, Feed, Message, Revision, Style, Subscriber, Topic


class Wording:
    """How messages are composed: by the config's style, and by what their readers chose."""

    def __init__(self, style: Style) -> None:
        self._style = style

    def message(
        self,
        delivery: Delivery,
        story: Sequence[Article],
        subscriber: Subscriber,
        topics: Sequence[Topic],
        feeds: Sequence[Feed],
        now: datetime,
    ) -> Message | None:
        """The message for this reader, None where they do not want it any more. `story` begins with its article."""
        topics = wanted(delivery, story[0], subscriber, topics)
        if not topics:
            return None
        style = replace(self._style, image=subscriber.picture or self._style.image)
        return self._composed(delivery, story, subscriber, topics, feeds, now, style)

    def edited(
        self,
        revision: Revision,
        story: Sequence[Article],
        subscriber: Subscriber,
        topics: Sequence[Topic],
        feeds: Sequence[Feed],
        now: datetime,
        *,
        related: Sequence[Article] | None = None,
    ) -> Message:
        """The message as it is to be now. It stays a photo, or a text, as it was sent, and at length, where its reader
        opened it and what is `related` was named; and it is mended also for those who do not follow the topic any
        more."""
        updated = story[0].updated if revision.changed or revision.updates else None
        return self._anew(revision.delivery, story, subscriber, topics, feeds, now, updated, related)

    def at_length(
        self,
        delivery: Delivery,
        story: Sequence[Article],
        subscriber: Subscriber,
        topics: Sequence[Topic],
        feeds: Sequence[Feed],
        now: datetime,
        *,
        related: Sequence[Article] | None,
    ) -> Message:
        """A message that was sent, with more sentences and the titles of what is `related`; None: as it was before."""
        updated = story[0].updated
        since = updated if updated and delivery.settled and updated > delivery.settled else None
        return self._anew(delivery, story, subscriber, topics, feeds, now, since, related)

    def _anew(
        self,
        delivery: Delivery,
        story: Sequence[Article],
        subscriber: Subscriber,
        topics: Sequence[Topic],
        feeds: Sequence[Feed],
        now: datetime,
        updated: datetime | None,
        related: Sequence[Article] | None,
    ) -> Message:
        """A message that was sent, for its topics and in its form."""
        return self._composed(
            delivery,
            story,
            subscriber,
            [topic for topic in topics if topic.id in delivery.topics],
            feeds,
            now,
            self._as_sent(delivery, subscriber),
            updated=updated,
            caption=delivery.photo,
            related=None if related is None else tuple(related),
        )

    def _as_sent(self, delivery: Delivery, subscriber: Subscriber) -> Style:
        """A message stays a photo, or a text, as it was sent."""
        image = subscriber.picture or self._style.image
        if delivery.photo or image == "photo":
            image = "photo" if delivery.photo else "preview"
        return replace(self._style, image=image)

    def _composed(
        self,
        delivery: Delivery,
        story: Sequence[Article],
        subscriber: Subscriber,
        topics: Sequence[Topic],
        feeds: Sequence[Feed],
        now: datetime,
        style: Style,
        *,
        updated: datetime | None = None,
        caption: bool = False,
        related: tuple[Article, ...] | None = None,
    ) -> Message:
        article, *others = story
        feed = next((feed for feed in feeds if feed.id == article.feed), Feed(article.feed, url=""))
        message = composed(
            article,
            tuple(topics),
            subscriber.language,
            feed.timezone,
            style,
            feed.mode,
            quarter(now),
            others=tuple((other.source, other.url) for other in others if not other.withdrawn),
            updated=updated,
            caption=caption,
            related=related,
        )
        buttons = self._buttons(delivery, subscriber, feed, is_long=related is not None)
        row = message.buttons[0] if message.buttons else ()
        return replace(message, buttons=((*row, *buttons),)) if buttons else message

    def _buttons(
        self, delivery: Delivery, subscriber: Subscriber, feed: Feed, *, is_long: bool
    ) -> tuple[Button, ...]:
        if not self._style.buttons:
            return ()
        buttons = []
        if feed.mode == "summary":
            key, verb = ("button.less", "xl") if is_long else ("button.more", "x")
            buttons.append(Button(say(subscriber.language, key), data=f"{verb}:{delivery.id}"))
        if delivery.destination.chat > 0:  # where who presses it speaks for the chat
            buttons.append(Button(say(subscriber.language, "button.mute"), data=f"m:{delivery.id}"))
        return tuple(buttons)
