// Where one writes: the text field, the command menu, its completion after a slash, and the reply that is being written.

import { element } from "./entities.js";
import { oneLine } from "./bubble.js";

const foot = document.querySelector(".foot");
const form = foot.querySelector(".composer");
const field = foot.querySelector("textarea");
const submit = foot.querySelector(".send");
const menu = foot.querySelector(".menu");
const list = foot.querySelector(".commands");
const replying = foot.querySelector(".replying");
const placeholder = field.placeholder;
const byTouch = matchMedia("(hover: none)");

let commands = [];
let replyTo = null;
let chosen = -1;
let onSend = () => {};

/** Call `send(text, replyTo)` for what is written, chosen from the menu or completed. */
export function start(send) {
  onSend = send;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    deliver(field.value);
  });
  field.addEventListener("input", () => {
    grow();
    complete();
  });
  field.addEventListener("keydown", onKey);
  field.addEventListener("blur", () => setTimeout(() => document.activeElement === menu || hide(), 120));
  menu.addEventListener("click", () => {
    if (!list.hidden) return hide();
    show(commands);
    if (!byTouch.matches) field.focus();
  });
  menu.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps its focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) deliver(`/${option.dataset.command}`);
  });
  replying.querySelector(".cancel").addEventListener("click", () => reply(null));
  document.addEventListener("click", (event) => event.target.closest(".foot") || hide());
}

/** What was begun in this chat, to be taken up again: see `resume`. */
export const draft = () => ({ text: field.value, replyTo });

/** Show another chat's commands and what was begun there. */
export function resume({ text = "", replyTo: to = null } = {}, itsCommands = []) {
  field.value = text;
  offer(itsCommands);
  grow();
  hide();
  reply(to, false);
}

/** The commands that the bot has set. */
export function offer(itsCommands) {
  commands = itsCommands;
  menu.hidden = !commands.length;
  if (!list.hidden) complete();
}

/** Begin a reply to this message; null: it is no reply. `hint` stands in the empty field. */
export function reply(message, focus = true, hint = "") {
  replyTo = message;
  field.placeholder = hint || placeholder;
  replying.hidden = !message;
  if (!message) return;
  replying.querySelector("strong").textContent = message.from?.is_bot ? message.from.first_name : "你 You";
  replying.querySelector("span").textContent = oneLine(message);
  if (focus) field.focus();
}

/** The message that is being replied to is gone. */
export function forget(id) {
  if (replyTo?.message_id === id) reply(null);
}

/** Put the cursor where one writes, except where that would bring up a keyboard on the screen. */
export function focus() {
  if (!byTouch.matches) field.focus({ preventScroll: true });
}

function deliver(text) {
  const words = text.trim();
  hide();
  if (!words) return;
  onSend(words, replyTo?.message_id);
  field.value = "";
  grow();
  reply(null);
  focus();
}

function grow() {
  submit.disabled = !field.value.trim();
  form.classList.toggle("writing", Boolean(field.value));
  field.style.height = "auto";
  if (field.scrollHeight) field.style.height = `${Math.min(field.scrollHeight, 200)}px`; // 0: it is not shown yet
}

function onKey(event) {
  if (event.isComposing || event.keyCode === 229) return; // Enter that ends a word in an input method
  const options = list.hidden ? [] : [...list.children];
  if (options.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    choose((chosen + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length);
  } else if (options.length && event.key === "Tab" && !event.shiftKey) {
    event.preventDefault();
    field.value = `/${options[Math.max(chosen, 0)].dataset.command} `;
    grow();
    hide();
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (options.length && chosen >= 0) deliver(`/${options[chosen].dataset.command}`);
    else deliver(field.value);
  } else if (event.key === "Escape") {
    if (!list.hidden) hide();
    else reply(null);
  }
}

function complete() {
  const begun = /^\/([a-z0-9_]*)$/i.exec(field.value);
  const fitting = begun ? commands.filter((c) => c.command.startsWith(begun[1].toLowerCase())) : [];
  if (fitting.length) show(fitting, 0);
  else hide();
}

function show(some, first = -1) {
  list.replaceChildren(
    ...some.map(({ command, description }, i) => {
      const option = element(
        "div",
        { id: `command-${i}`, className: "option" },
        element("b", { lang: "en" }, `/${command}`),
        element("span", {}, description),
      );
      option.setAttribute("role", "option");
      option.dataset.command = command;
      return option;
    }),
  );
  list.hidden = false;
  menu.setAttribute("aria-expanded", "true");
  choose(first);
}

function hide() {
  list.hidden = true;
  chosen = -1;
  menu.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function choose(index) {
  chosen = index;
  [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
  if (index < 0) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", `command-${index}`);
  list.children[index].scrollIntoView({ block: "nearest" });
}
