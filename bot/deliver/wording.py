"""What a message says to its reader: composed when it is sent, and again when it is edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ..composing import composed, wanted
from ..locale import say
from ..model import Article, Button, Delivery, Feed, Message, Revision, Style, Subscriber, Topic


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
    ) -> Message:
        """The message as it is to be now. It stays a photo, or a text, as it was sent; and it is mended also for those
        who do not follow the topic any more."""
        delivery, article = revision.delivery, story[0]
        topics = [topic for topic in topics if topic.id in delivery.topics]
        image = subscriber.picture or self._style.image
        if delivery.photo or image == "photo":
            image = "photo" if delivery.photo else "preview"
        is_updated = revision.changed or revision.updates
        return self._composed(
            delivery,
            story,
            subscriber,
            topics,
            feeds,
            now,
            replace(self._style, image=image),
            updated=article.updated if is_updated else None,
            caption=delivery.photo,
        )

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
            now,
            others=tuple((other.source, other.url) for other in others if not other.withdrawn),
            updated=updated,
            caption=caption,
        )
        return self._with_buttons(message, delivery, subscriber)

    def _with_buttons(self, message: Message, delivery: Delivery, subscriber: Subscriber) -> Message:
        # Only where who presses it speaks for the chat: a channel's button is anybody's.
        if not self._style.buttons or delivery.destination.chat < 0:
            return message
        mute = Button(say(subscriber.language, "button.mute"), data=f"m:{delivery.id}")
        row = message.buttons[0] if message.buttons else ()
        return replace(message, buttons=((*row, mute),))
