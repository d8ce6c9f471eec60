// The page: who is who, what is shown, and what happens when. It knows the Bot API and nothing about any bot.

import * as composer from "./composer.js";
import * as door from "./door.js";
import { bubble, dayOf, oneLine, pictureOf, separator } from "./bubble.js";
import { element } from "./entities.js";
import { onSwipe } from "./swipe.js";

const $ = (selector) => document.querySelector(selector);
const [log, down, status, start] = [$(".log"), $(".down"), $(".status"), $(".start")];
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const night = matchMedia("(prefers-color-scheme: dark)");
const ROLES = { admin: "管理员 Admin", subscriber: "订阅者 Subscriber" };

const chats = new Map(); // by person: {person, messages, commands, description, blocked, unread, draft, typing, lost}
let bot = { first_name: "", username: "" };
let active = null;
let below = 0; // messages that arrived under what is in view

// --- Who one is -------------------------------------------------------------------------------------------------

function initials(name) {
  return [...(name.match(/\p{Script=Han}/u) ? name : name.toUpperCase())][0] ?? "?";
}

function listPeople() {
  const entries = [...chats.values()].map((chat, i) => {
    const { person, unread } = chat;
    const role = ROLES[person.role] ?? person.role ?? ""; // in Chinese and in English, of which the first is shown
    const last = [...chat.messages.values()].at(-1);
    const picture = last && pictureOf(last);
    const preview = element("span", { className: "preview" });
    if (last && !last.from?.is_bot) preview.append(element("i", {}, "你："));
    if (picture) preview.append(element("img", { src: door.pictureAddress(picture.file_id), alt: "" }));
    preview.append(last ? oneLine(last).slice(0, 60) : "还没有消息 No messages yet");
    const badge = element("span", { className: "badge", hidden: !unread }, String(unread));
    badge.setAttribute("aria-label", `${unread} 条未读 unread`);
    const title = element("span", { className: "person-name" }, element("b", {}, person.first_name), element("em", { title: role }, role.split(" ")[0]));
    const button = element(
      "button",
      { type: "button", className: "person", onclick: () => become(person.id) },
      element("span", { className: `avatar hue-${i % 4}`, ariaHidden: "true" }, initials(person.first_name)),
      title,
      element("time", {}, last ? new Date(last.date * 1000).toTimeString().slice(0, 5) : ""),
      preview,
      badge,
    );
    button.setAttribute("aria-current", String(chat === active));
    return button;
  });
  const focused = [...$(".people").children].indexOf(document.activeElement);
  $(".people").replaceChildren(...entries);
  entries[focused]?.focus();
  const unread = [...chats.values()].reduce((sum, chat) => sum + chat.unread, 0);
  document.title = `${unread ? `(${unread}) ` : ""}${bot.first_name || "沙盒 Telegram"}`;
}

function become(id) {
  if (active) active.draft = composer.draft();
  active = chats.get(id);
  active.unread = 0;
  localStorage.setItem("person", id);
  composer.resume(active.draft, active.commands);
  render();
  composer.focus();
}

// --- What is shown ----------------------------------------------------------------------------------------------

function render() {
  log.setAttribute("aria-busy", "true");
  log.replaceChildren();
  if (active.messages.size) for (const message of active.messages.values()) append(message);
  else log.append(welcome());
  log.setAttribute("aria-busy", "false");
  below = 0;
  toEnd(true);
  furnish();
}

function furnish() {
  const empty = !active.messages.size;
  $(".composer").hidden = empty || active.blocked;
  start.hidden = !(empty || active.blocked);
  start.textContent = active.blocked ? "重新启用 / RESTART" : "开始 / START";
  $(".block").hidden = empty || active.blocked;
  showStatus();
  listPeople();
}

function showStatus() {
  const typing = active.typing > Date.now();
  status.classList.toggle("typing", typing && !active.lost);
  status.textContent = active.lost
    ? "正在重新连接… reconnecting…"
    : typing
      ? "正在输入 typing"
      : active.blocked
        ? "已停用 blocked"
        : "机器人 bot";
}

function welcome() {
  const words = active.description || "按下「开始」，就能与它对话。\nPress START to talk to it.";
  return element(
    "section",
    { className: "welcome" },
    element("span", { className: "avatar bot-avatar", ariaHidden: "true" }, initials(bot.first_name)),
    element("h3", {}, "这个机器人能做什么？ ", element("small", { lang: "en" }, "What can this bot do?")),
    element("p", {}, words),
  );
}

const elementOf = (id) => log.querySelector(`.message[data-id="${Number(id)}"]`);
const quoted = (id) => active.messages.get(id);

function append(message) {
  const made = bubble(message, quoted);
  const last = log.lastElementChild;
  const before = last?.classList.contains("message") ? active.messages.get(Number(last.dataset.id)) : null;
  if (!before || dayOf(before) !== dayOf(message)) log.append(separator(message.date));
  else if (last.classList.contains("in") === made.classList.contains("in")) last.classList.remove("tail");
  made.classList.add("tail");
  log.append(made);
  settle(made);
  return made;
}

function replace(message) {
  const old = elementOf(message.message_id);
  if (!old) return render();
  const made = bubble(message, quoted);
  made.classList.toggle("tail", old.classList.contains("tail"));
  const focused = old.contains(document.activeElement);
  old.replaceWith(made);
  if (focused) made.focus({ preventScroll: true });
  settle(made);
}

/** What can only be known of an element in the page: folded quotations, and buttons that still wait. */
function settle(made) {
  for (const quote of made.querySelectorAll(".foldable"))
    quote.classList.toggle("short", quote.firstChild.scrollHeight <= quote.firstChild.clientHeight + 2);
  for (const key of made.querySelectorAll("[data-press]"))
    if (pressed.has(nameOf(active.person.id, made.dataset.id, key.dataset.press))) key.setAttribute("aria-busy", "true");
}

function remove(id) {
  const gone = elementOf(id);
  if (!gone) return;
  const [before, after] = [gone.previousElementSibling, gone.nextElementSibling];
  if (gone.classList.contains("tail") && before?.classList.contains(gone.classList.contains("in") ? "in" : "out"))
    before.classList.add("tail");
  gone.remove();
  if (before?.classList.contains("day") && !after?.classList.contains("message")) before.remove();
  composer.forget(id);
}

const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
let stuck = true; // the newest message is in view and is to stay there

function toEnd(atOnce = false) {
  stuck = true;
  log.scrollTo({ top: log.scrollHeight, behavior: atOnce || calm.matches ? "instant" : "smooth" });
  showDown();
}

function showDown() {
  if (stuck) below = 0;
  down.hidden = stuck;
  down.querySelector(".badge").hidden = !below;
  down.querySelector(".badge").textContent = below;
}

// --- What happens -----------------------------------------------------------------------------------------------

/** The whole state, at the start and after each break: told as the events that would have led there. */
function onState(chat, { messages, commands, description, blocked }) {
  const first = !chat.synced;
  Object.assign(chat, { description, blocked, lost: false, synced: true });
  onEvent(chat, { type: "commands", commands });
  const now = new Map(messages.map((message) => [message.message_id, message]));
  if (first) {
    chat.messages = now;
    return chat === active ? render() : listPeople();
  }
  for (const id of [...chat.messages.keys()]) if (!now.has(id)) onEvent(chat, { type: "deleted", message_id: id });
  for (const [id, message] of now) {
    const known = chat.messages.get(id);
    if (!known) onEvent(chat, { type: "message", message });
    else if (JSON.stringify(known) !== JSON.stringify(message)) onEvent(chat, { type: "edited", message });
  }
  if (chat === active) furnish();
}

function onEvent(chat, event) {
  const shown = chat === active;
  switch (event.type) {
    case "message":
      return onMessage(chat, event.message, shown);
    case "edited":
      chat.messages.set(event.message.message_id, event.message);
      if (shown) replace(event.message);
      break;
    case "deleted":
      chat.messages.delete(event.message_id);
      if (shown) remove(event.message_id);
      if (shown && !chat.messages.size) render();
      break;
    case "commands":
      chat.commands = event.commands;
      if (shown) composer.offer(chat.commands);
      break;
    case "answer":
      return onAnswer(event);
    case "force_reply":
      return onForcedReply(chat, event, shown);
    case "action":
      chat.typing = event.action === "typing" ? Date.now() + 5500 : 0;
      if (shown) showStatus();
      return setTimeout(() => chat === active && showStatus(), 5600);
  }
  listPeople();
}

function onMessage(chat, message, shown) {
  if (chat.messages.has(message.message_id)) return;
  const first = !chat.messages.size;
  const late = message.message_id < Math.max(...chat.messages.keys());
  chat.messages.set(message.message_id, message);
  if (late) chat.messages = new Map([...chat.messages].sort(([a], [b]) => a - b));
  if (message.from?.is_bot) chat.typing = 0;
  if (!shown) {
    if (message.from?.is_bot) chat.unread++;
    return listPeople();
  }
  if (first || late) return render();
  const follow = stuck || !message.from?.is_bot;
  append(message).classList.add("new");
  if (follow) toEnd();
  else below++;
  showDown();
  furnish();
}

/** The bot asks for a reply: it is begun, here or when one is that person again. */
function onForcedReply(chat, { message_id, placeholder }, shown) {
  const message = chat.messages.get(message_id);
  if (!message) return;
  if (shown) composer.reply(message, true, placeholder);
  else chat.draft = { text: chat.draft?.text ?? "", replyTo: message };
}

// Buttons: pressed until the bot answers, as in Telegram; a bot that never does is waited for only so long.
const pressed = new Set();
const queries = new Map(); // callback_query_id: the button's name
const early = new Map(); // answers that came before the server told the query's id
const nameOf = (person, id, data) => `${person} ${id} ${data}`;

async function pressKey(key) {
  const [id, data, person] = [Number(key.closest(".message").dataset.id), key.dataset.press, active.person.id];
  const name = nameOf(person, id, data);
  if (pressed.has(name)) return;
  pressed.add(name);
  key.setAttribute("aria-busy", "true");
  setTimeout(() => release(name), 15000);
  try {
    const { callback_query_id } = await door.press(person, id, data);
    queries.set(callback_query_id, name);
    if (early.has(callback_query_id)) onAnswer(early.get(callback_query_id));
  } catch (error) {
    release(name);
    toast(`没有送到 Not delivered: ${error.message}`);
  }
}

function release(name) {
  if (!pressed.delete(name) || !active) return;
  for (const key of log.querySelectorAll("[aria-busy=true][data-press]"))
    if (nameOf(active.person.id, key.closest(".message").dataset.id, key.dataset.press) === name) key.removeAttribute("aria-busy");
}

function onAnswer(answer) {
  const name = queries.get(answer.callback_query_id);
  if (name === undefined) return early.set(answer.callback_query_id, answer);
  queries.delete(answer.callback_query_id);
  early.delete(answer.callback_query_id);
  release(name);
  if (!answer.text) return;
  if (!answer.show_alert) return toast(answer.text);
  $("#alert-text").textContent = answer.text;
  if (!$(".alert").open) $(".alert").showModal();
}

function toast(text) {
  const made = element("p", { className: "toast" }, text);
  $(".toasts").replaceChildren(made);
  setTimeout(() => made.remove(), 3200 + text.length * 40);
}

// --- What one does ----------------------------------------------------------------------------------------------

async function say(text, replyTo) {
  const chat = active;
  try {
    onEvent(chat, { type: "message", message: await door.send(chat.person.id, text, replyTo) });
  } catch (error) {
    toast(`没有送到 Not delivered: ${error.message}`);
    if (chat === active && !composer.draft().text) composer.resume({ text }, chat.commands);
  }
}

async function setBlocked(blocked) {
  const chat = active;
  try {
    await door.block(chat.person.id, blocked);
    chat.blocked = blocked;
    furnish();
    if (!blocked) await say("/start");
  } catch (error) {
    toast(error.message);
  }
}

function onLink(event, link) {
  const url = new URL(link.href);
  const ours = /^(t|telegram)\.me$/.test(url.host) && url.pathname.slice(1).toLowerCase() === bot.username?.toLowerCase();
  if (!ours) return;
  event.preventDefault(); // a link to this very bot leads into this chat
  const payload = url.searchParams.get("start");
  if (payload !== null) say(`/start ${payload}`.trim());
}

function onClick(event) {
  const at = (selector) => event.target.closest(selector);
  const message = at(".message") && active.messages.get(Number(at(".message").dataset.id));
  if (at("[data-press]")) pressKey(at("[data-press]"));
  else if (at("[data-copy]")) copy(at("[data-copy]").dataset.copy);
  else if (at(".command")) say(at(".command").textContent);
  else if (at(".reply")) composer.reply(message);
  else if (at(".quotation")) jump(at(".quotation").dataset.to);
  else if (at(".spoiler")) reveal(at(".message"));
  else if (at("a")) onLink(event, at("a"));
  else if (at(".foldable") && !getSelection().toString()) unfold(at(".foldable"));
  else if (at(".picture")) openPicture(at(".picture"));
}

function copy(text) {
  navigator.clipboard.writeText(text).then(() => toast("已复制 Copied"), () => toast(text));
}

function jump(id) {
  const target = elementOf(id);
  if (!target) return toast("原消息已不在 The message is gone");
  target.scrollIntoView({ block: "center", behavior: calm.matches ? "instant" : "smooth" });
  target.classList.remove("flash");
  requestAnimationFrame(() => target.classList.add("flash"));
}

function reveal(message) {
  for (const cover of message.querySelectorAll(".spoiler")) {
    cover.classList.replace("spoiler", "revealed");
    for (const name of ["role", "aria-label", "tabindex"]) cover.removeAttribute(name);
  }
}

function unfold(quote) {
  const open = quote.classList.toggle("open");
  quote.querySelector(".unfold").setAttribute("aria-expanded", String(open));
}

function openPicture(button) {
  if (button.classList.contains("spoiler-picture")) return button.classList.remove("spoiler-picture");
  const { src, alt } = button.querySelector("img");
  Object.assign($(".lightbox img"), { src, alt });
  $(".lightbox").showModal();
}

function applyTheme() {
  const chosen = localStorage.getItem("theme");
  document.documentElement.dataset.theme = chosen ?? (night.matches ? "dark" : "light");
}

function wire() {
  composer.start(say);
  log.addEventListener("click", onClick);
  log.addEventListener("keydown", (event) => {
    if ((event.key === "Enter" || event.key === " ") && event.target.classList.contains("spoiler")) {
      event.preventDefault();
      reveal(event.target.closest(".message"));
    }
  });
  let before = 0;
  log.addEventListener("scroll", () => {
    // On a smooth way down the end is not reached yet, and it has not been left either: only going up leaves it.
    stuck = atEnd() || (stuck && log.scrollTop >= before);
    before = log.scrollTop;
    showDown();
  }, { passive: true });
  new ResizeObserver(() => stuck && toEnd(true)).observe(log);
  down.addEventListener("click", () => toEnd());
  start.addEventListener("click", () => (active.blocked ? setBlocked(false) : say("/start")));
  $(".block").addEventListener("click", () => setBlocked(true));
  $(".lightbox").addEventListener("click", () => $(".lightbox").close());
  $(".theme").addEventListener("click", () => {
    localStorage.setItem("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    applyTheme();
  });
  night.addEventListener("change", applyTheme);
  onSwipe(log, (made) => composer.reply(active.messages.get(Number(made.dataset.id))));
}

async function meet() {
  const answer = await door.people();
  bot = answer.bot;
  $(".bot-name").textContent = bot.first_name;
  $(".bar .bot-avatar").textContent = initials(bot.first_name);
  for (const person of answer.people)
    chats.set(person.id, { person, messages: new Map(), commands: [], description: "", blocked: false, unread: 0, typing: 0 });
  const last = Number(localStorage.getItem("person"));
  active = chats.get(last) ?? chats.values().next().value;
  for (const [id, chat] of chats)
    door.follow(id, {
      onState: (state) => onState(chat, state),
      onEvent: (event) => onEvent(chat, event),
      onLost: () => {
        chat.lost = true;
        if (chat === active) showStatus();
      },
    });
}

async function begin() {
  applyTheme();
  wire();
  for (;;) {
    try {
      return await meet();
    } catch {
      status.textContent = "正在连接… connecting…";
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

await begin();
