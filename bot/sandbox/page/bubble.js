// One message of the Bot API as a bubble.

import { element, icon, languageOf, link, rich } from "./entities.js";
import { pictureAddress } from "./door.js";

const clock = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("zh-CN", { month: "long", day: "numeric", weekday: "short" });

/** The message's words, be they its text or its caption. */
export const wordsOf = (message) => message.text ?? message.caption ?? "";

/** The message in one line, for lists and quotations. */
export function oneLine(message) {
  const words = wordsOf(message).replace(/\s+/g, " ").trim();
  return words.slice(0, 160) || (message.photo ? "图片 Photo" : "消息 Message");
}

/** The picture that stands in the message: of a photo the largest size, or that of a link preview. */
export function pictureOf(message) {
  return message.photo?.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a)) ?? message.x_preview ?? null;
}

/** A line between days. */
export function separator(date) {
  const at = new Date(date * 1000);
  const today = at.toDateString() === new Date().toDateString();
  return element("div", { className: "day" }, element("span", {}, today ? "今天" : day.format(at)));
}

/** The day that a message belongs to, in the reader's zone. */
export const dayOf = (message) => new Date(message.date * 1000).toDateString();

/** The whole message: its bubble, the buttons under it, and the way to reply. `quoted(id)`: a message, or undefined. */
export function bubble(message, quoted) {
  const mine = !message.from?.is_bot;
  const words = wordsOf(message);
  const picture = pictureOf(message);
  const text = words ? body(message, words) : null;
  const below = message.x_preview && message.link_preview_options?.show_above_text === false;
  const figure = picture && illustration(message, picture, words);
  const inner = element("div", { className: "bubble" }, quotation(message, quoted), ...(below ? [text, figure] : [figure, text]));
  if (!words && !picture) inner.append(element("p", { className: "unknown" }, "此处不显示的消息类型 · Not shown here"));
  (text ?? inner).append(stamp(message, mine));
  if (picture) inner.classList.add("with-picture");
  if (message.photo && !words) inner.classList.add("picture-only");
  if (below) inner.classList.add("picture-below");
  const whole = element("article", { className: `message ${mine ? "out" : "in"}`, tabIndex: -1 }, inner, replyButton());
  whole.dataset.id = message.message_id;
  whole.setAttribute("aria-label", `${mine ? "你 You" : message.from.first_name}，${clock.format(new Date(message.date * 1000))}`);
  const keyboard = message.reply_markup?.inline_keyboard;
  if (keyboard?.length) whole.append(keys(keyboard));
  return whole;
}

function body(message, words) {
  const text = element("div", { className: "text", dir: "auto", lang: languageOf(words) });
  text.append(rich(words, message.entities ?? message.caption_entities));
  return text;
}

function illustration(message, picture, words) {
  const image = element("img", {
    src: pictureAddress(picture.file_id),
    width: picture.width,
    height: picture.height,
    loading: "lazy",
    decoding: "async",
    alt: words ? `图片 Picture: ${words.split("\n")[0].slice(0, 80)}` : "图片 Picture",
  });
  const button = element("button", { type: "button", className: "picture" }, image);
  if (message.has_media_spoiler) button.classList.add("spoiler-picture");
  return button;
}

function quotation(message, quoted) {
  const about = message.reply_to_message;
  if (!about) return null;
  const original = quoted(about.message_id) ?? about;
  const button = element(
    "button",
    { type: "button", className: "quotation" },
    element("strong", {}, original.from?.first_name ?? ""),
    element("span", {}, oneLine(original)),
  );
  button.dataset.to = about.message_id;
  return button;
}

function stamp(message, mine) {
  const at = new Date(message.date * 1000);
  return element(
    "span",
    { className: "stamp" },
    message.edit_date ? element("span", { className: "edited", title: "edited" }, "已编辑 ") : null,
    element("time", { dateTime: at.toISOString(), title: at.toLocaleString() }, clock.format(at)),
    mine ? icon("read") : null,
  );
}

function replyButton() {
  const button = element("button", { type: "button", className: "icon reply", title: "回复 · Reply" }, icon("reply"));
  button.setAttribute("aria-label", "回复 · Reply");
  return button;
}

function keys(keyboard) {
  const rows = keyboard.map((row) => element("div", { className: "row" }, ...row.map(key)));
  const group = element("div", { className: "keyboard" }, ...rows);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "按钮 · Buttons");
  return group;
}

function key(button) {
  const label = element("span", { className: "key-label", lang: languageOf(button.text) }, button.text);
  let made;
  if (button.url) {
    made = link(button.url, label, icon("open"));
  } else {
    made = element("button", { type: "button" }, label);
    if (button.callback_data !== undefined) made.dataset.press = button.callback_data;
    else if (button.copy_text) made.dataset.copy = button.copy_text.text;
    else made.disabled = true;
    if (button.copy_text) made.append(icon("copy"));
  }
  made.classList.add("key");
  if (["primary", "success", "danger"].includes(button.style)) made.classList.add(button.style);
  return made;
}
