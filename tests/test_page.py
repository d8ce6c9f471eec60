"""The chat page in a real browser, against the real sandbox. The bot's side is played by plain Bot API calls."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.sandbox import Person, Rates, Sandbox

playwright = pytest.importorskip("playwright.async_api")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH"),
]

ANNA, BEN = 11, 12
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
PEOPLE = (Person(ANNA, "Anna", "anna", role="管理员 Admin"), Person(BEN, HOSTILE, role="订阅者 Subscriber"))
PICTURE = Path(__file__).parent.parent / "bot/sandbox/newsroom/pictures/chip.jpg"


@dataclass
class Stage:
    """A sandbox, the page open in a browser, and the bot's side."""

    sandbox: Sandbox
    page: Any
    client: aiohttp.ClientSession
    errors: list[str] = field(default_factory=list)

    async def bot(self, method: str, **fields: Any) -> Any:
        """Call the Bot API as the bot would."""
        form = aiohttp.FormData()
        for name, value in fields.items():
            file = {"filename": "x.jpg"} if isinstance(value, bytes) else {}
            form.add_field(name, value if isinstance(value, str | bytes) else json.dumps(value), **file)
        url = f"{self.sandbox.url}/bot{self.sandbox.token}/{method}"
        async with self.client.post(url, data=form) as answer:
            told = await answer.json()
        assert told["ok"], told
        return told["result"]

    async def see(self, selector: str, **options: Any) -> Any:
        """The element, once it is there."""
        return await self.page.wait_for_selector(selector, timeout=60_000, **options)

    async def see_text(self, selector: str, text: str) -> None:
        """Wait until the first such element says exactly this."""
        says = "([s, t]) => document.querySelector(s)?.textContent === t"
        await self.page.wait_for_function(says, arg=[selector, text], timeout=60_000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser_page() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as play:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield await browser.new_page(reduced_motion="reduce", viewport={"width": 1280, "height": 800})
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def stage(browser_page: Any) -> AsyncIterator[Stage]:
    """The page, opened by Anna. At the end: nothing left loopback, and the browser had nothing to complain of."""
    async with (
        Sandbox(people=PEOPLE, rates=Rates.unlimited()) as sandbox,
        aiohttp.ClientSession() as client,
    ):
        stage, asked = Stage(sandbox, browser_page, client), list[str]()
        heard = {
            "request": lambda request: asked.append(request.url),
            "pageerror": lambda error: stage.errors.append(str(error)),
            "console": lambda said: said.type == "error" and stage.errors.append(said.text),
        }
        for event, listener in heard.items():
            browser_page.on(event, listener)
        await browser_page.goto(sandbox.url)
        await stage.see(".person[aria-current=true]")
        yield stage
        hacked = await browser_page.evaluate("window.hacked")
        for event, listener in heard.items():
            browser_page.remove_listener(event, listener)
        await browser_page.goto("about:blank")
        assert hacked is None
        assert not stage.errors
        assert all(url.startswith(sandbox.url) for url in asked)


@pytest_asyncio.fixture(loop_scope="module")
async def chat(stage: Stage) -> Stage:
    """A stage on which Anna has already pressed START."""
    await stage.page.click(".start")
    await stage.see(".message.out")
    return stage


async def test_an_empty_chat_says_what_the_bot_can_do_and_start_starts_it(stage: Stage) -> None:
    await stage.bot("setMyDescription", description=f"它做这个 {HOSTILE}")
    await stage.page.reload()
    await stage.see_text(".welcome p", f"它做这个 {HOSTILE}")
    await stage.page.click("text=开始 / START")
    await stage.see_text(".message.out .command", "/start")
    assert [m["text"] for m in stage.sandbox.history(ANNA)] == ["/start"]
    assert not await stage.page.is_visible(".start")
    assert (await (await stage.see("textarea")).bounding_box())["height"] > 30


async def test_commands_are_in_the_menu_and_are_completed_after_a_slash(chat: Stage) -> None:
    commands = [{"command": c, "description": d} for c, d in (("help", "帮助"), ("search", "搜索"))]
    await chat.bot("setMyCommands", commands=commands)
    await chat.page.click(".menu")
    await chat.see_text(".commands", "/help帮助/search搜索")
    await chat.page.fill("textarea", "/s")
    await chat.see_text(".commands", "/search搜索")
    await chat.page.press("textarea", "Tab")
    assert await chat.page.input_value("textarea") == "/search "
    await chat.page.type("textarea", "拜登")
    await chat.page.press("textarea", "Shift+Enter")
    await chat.page.type("textarea", "AI")
    await chat.page.press("textarea", "Enter")
    await chat.see("text=/search")
    assert chat.sandbox.history(ANNA)[-1]["text"] == "/search 拜登\nAI"


async def test_enter_that_ends_a_word_in_an_input_method_sends_nothing(chat: Stage) -> None:
    await chat.page.fill("textarea", "拼音")
    composing = "{key: 'Enter', isComposing: true, bubbles: true, cancelable: true}"
    await chat.page.eval_on_selector(
        "textarea", f"e => e.dispatchEvent(new KeyboardEvent('keydown', {composing}))"
    )
    assert await chat.page.input_value("textarea") == "拼音"


async def test_a_press_of_a_photos_button_reaches_the_bot_and_its_answer_is_shown(chat: Stage) -> None:
    keyboard = {
        "inline_keyboard": [
            [{"text": "原文", "url": "https://example.com/a"}, {"text": "静音", "callback_data": "m:1"}]
        ]
    }
    await chat.bot(
        "sendPhoto",
        chat_id=ANNA,
        photo=PICTURE.read_bytes(),
        caption="图片说明 AI",
        reply_markup=keyboard,
    )
    loaded = "() => document.querySelector('.message.in .picture img')?.naturalWidth === 1200"
    await chat.page.wait_for_function(loaded, timeout=60_000)
    link = await chat.see("a.key")
    assert await link.get_attribute("rel") == "noopener noreferrer"
    assert await link.get_attribute("target") == "_blank"
    for alert, shown in ((False, ".toast"), (True, ".alert[open] p")):
        await chat.page.click("button.key")
        await chat.see("button.key[aria-busy=true]")
        (query,) = (u["callback_query"] for u in await chat.bot("getUpdates", offset=-1))
        assert (query["data"], query["from"]["id"]) == ("m:1", ANNA)
        await chat.bot("answerCallbackQuery", callback_query_id=query["id"], text="已静音", show_alert=alert)
        await chat.see_text(shown, "已静音")
        await chat.see("button.key:not([aria-busy])")


async def test_markup_in_a_message_stays_text(chat: Stage) -> None:
    keyboard = {"inline_keyboard": [[{"text": HOSTILE[:60], "callback_data": HOSTILE[:60]}]]}
    await chat.bot("sendMessage", chat_id=ANNA, text=HOSTILE, reply_markup=keyboard)
    await chat.see_text(".message.in .key-label", HOSTILE[:60])
    assert HOSTILE in await chat.page.inner_text(".message.in .text")
    await chat.page.fill("textarea", HOSTILE)
    await chat.page.press("textarea", "Enter")
    await chat.see(".message.out:last-child")
    assert await chat.page.query_selector(".log script, .people script, .log img") is None
    unsafe = ["javascript:alert(1)", "data:text/html,x", " javascript:alert(1)", "tg://resolve?domain=x"]
    check = (
        "async (all) => { const m = await import('/page/static/entities.js'); return all.map(m.safeAddress) }"
    )
    assert await chat.page.evaluate(check, unsafe) == [None] * len(unsafe)
    assert await chat.page.evaluate(check, ["example.com/a"]) == ["https://example.com/a"]


async def test_entities_are_drawn_where_utf16_offsets_say(chat: Stage) -> None:
    html = (
        '👍🏽𠮷<b>粗<i>斜</i></b> <a href="https://example.com/">链接</a> <tg-spoiler>藏</tg-spoiler>\n'
        "<blockquote expandable>一\n二\n三\n四\n五</blockquote>\n尾 #标签 <code>x &lt; y</code>"
    )
    await chat.bot("sendMessage", chat_id=ANNA, text=html, parse_mode="HTML")
    await chat.see_text(".message.in strong", "粗斜")
    await chat.see_text(".message.in strong em", "斜")
    await chat.see_text(".message.in .text a", "链接")
    await chat.see_text(".message.in .hashtag", "#标签")
    await chat.see_text(".message.in code", "x < y")
    await chat.see_text(".message.in blockquote .inner", "一\n二\n三\n四\n五")
    await chat.page.click(".unfold")
    await chat.see(".unfold[aria-expanded=true]")
    await chat.page.press(".spoiler", "Enter")
    await chat.see_text(".revealed", "藏")
    overlap = """async () => {
      const { rich } = await import('/page/static/entities.js');
      const box = document.createElement('div');
      box.append(rich('abcdef', [{type: 'bold', offset: 0, length: 4}, {type: 'italic', offset: 2, length: 99},
        {type: 'bold', offset: -1, length: 3},
        {type: 'nonsense', offset: 0, length: 6}, {type: 'code', offset: 9, length: 1}]));
      return box.innerHTML;
    }"""
    drawn = await chat.page.evaluate(overlap)
    assert drawn == "<strong>ab<em>cd</em></strong><em>ef</em>"


async def test_replies_edits_and_deletions_are_followed(chat: Stage) -> None:
    first = await chat.bot("sendMessage", chat_id=ANNA, text="第一条")
    await chat.see(f"[data-id='{first['message_id']}']")
    await chat.page.hover(".message.in")
    await chat.page.click(".message.in .reply")
    await chat.see_text(".replying-words span", "第一条")
    await chat.page.type("textarea", "/why")
    await chat.page.press("textarea", "Enter")
    await chat.see_text(".message.out .quotation span", "第一条")
    assert chat.sandbox.history(ANNA)[-1]["reply_to_message"]["message_id"] == first["message_id"]
    await chat.bot("editMessageText", chat_id=ANNA, message_id=first["message_id"], text="改过了")
    await chat.see(".message.in .edited")
    assert "改过了" in await chat.page.inner_text(".message.in .text")
    await chat.bot("deleteMessage", chat_id=ANNA, message_id=first["message_id"])
    await chat.see(".message.in", state="detached")
    await chat.bot("sendChatAction", chat_id=ANNA, action="typing")
    await chat.see(".status.typing")


async def test_a_bot_that_asks_for_a_reply_gets_one(chat: Stage) -> None:
    asked = {"force_reply": True, "input_field_placeholder": "一个词"}
    question = await chat.bot("sendMessage", chat_id=ANNA, text="还要匹配什么？", reply_markup=asked)
    assert "reply_markup" not in question
    await chat.see_text(".replying-words span", "还要匹配什么？")
    assert await chat.page.get_attribute("textarea", "placeholder") == "一个词"
    await chat.page.fill("textarea", "芯片")
    await chat.page.press("textarea", "Enter")
    await chat.see_text(".message.out .quotation span", "还要匹配什么？")
    assert chat.sandbox.history(ANNA)[-1]["reply_to_message"]["message_id"] == question["message_id"]
    assert await chat.page.get_attribute("textarea", "placeholder") == "消息 Message"


async def test_the_other_persons_unread_messages_are_counted_until_one_is_that_person(chat: Stage) -> None:
    chat.sandbox.say(BEN, "/start")
    await chat.see_text(".person:not([aria-current=true]) .preview", "你：/start")
    for n in (1, 2):
        await chat.bot("sendMessage", chat_id=BEN, text=f"给你 {n}")
    await chat.see_text(".person:not([aria-current=true]) .badge", "2")
    await chat.page.click(".person:not([aria-current=true])")
    await chat.see("text=给你 2")
    assert HOSTILE in await chat.page.inner_text(".person[aria-current=true]")
    assert not await chat.page.is_visible(".badge")
    await chat.page.click(".block")
    await chat.page.click("text=重新启用 / RESTART")
    await chat.see(".block:visible")
    assert [m["text"] for m in chat.sandbox.history(BEN)][-1] == "/start"


async def test_after_a_restart_of_the_server_the_page_finds_back_by_itself(chat: Stage) -> None:
    port = chat.sandbox.port
    await chat.sandbox.__aexit__(None, None, None)
    await chat.see("text=正在重新连接")
    async with Sandbox(port=port, people=PEOPLE, rates=Rates.unlimited()) as again:
        again.say(ANNA, "新的开始")
        await chat.see("text=新的开始")
        await chat.see("text=机器人 bot")
    chat.errors.clear()  # the browser writes each refused connection to its console


async def test_it_is_for_phones_and_for_the_dark_too(stage: Stage) -> None:
    await stage.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await stage.page.set_viewport_size({"width": 390, "height": 844})
    await stage.page.click(".start")
    await stage.see(".message.out")
    widths = "['html', '.log'].map(s => document.querySelector(s).scrollWidth)"
    assert max(await stage.page.evaluate(widths)) <= 390
    colour = "getComputedStyle(document.querySelector('.bar')).backgroundColor"
    dark = await stage.page.evaluate(colour)
    await stage.page.click(".theme")
    assert (dark, await stage.page.evaluate(colour)) == ("rgb(23, 33, 43)", "rgb(255, 255, 255)")
