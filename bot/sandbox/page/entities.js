// A message's text and its entities as DOM nodes. The text comes from outside: it only ever becomes text nodes.
// Offsets are UTF-16 code units, which is what JavaScript strings are counted in.

// Outermost first: where entities overlap, later kinds are split at the borders of earlier ones.
const KINDS = [
  "blockquote", "expandable_blockquote", "pre", "text_link", "url", "email", "phone_number", "mention", "text_mention",
  "hashtag", "cashtag", "bot_command", "date_time", "custom_emoji", "spoiler", "bold", "italic", "underline",
  "strikethrough", "code",
];
const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };
const isBlock = (entity) => entity.type.endsWith("blockquote") || entity.type === "pre";

/** An element of that tag with properties set and children appended; strings become text nodes. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** One of the symbols that stand at the top of index.html. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const [svg, use] = [document.createElementNS(space, "svg"), document.createElementNS(space, "use")];
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** The address if it is safe to be opened from a message, else null. */
export function safeAddress(address) {
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that opens in a new tab, or plain text in a span where the address is not safe. */
export function link(address, ...children) {
  const href = safeAddress(address);
  if (!href) return element("span", { title: address }, ...children);
  return element("a", { href, title: address, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** The text with its entities, as a fragment. */
export function rich(text, entities = []) {
  const known = entities
    .filter((e) => KINDS.includes(e.type) && Number.isInteger(e.offset) && Number.isInteger(e.length) && e.length > 0)
    .map((e) => ({ ...e, end: Math.min(text.length, e.offset + e.length), text: text.slice(e.offset, e.offset + e.length) }))
    .filter((e) => e.offset >= 0 && e.offset < e.end)
    .sort((a, b) => KINDS.indexOf(a.type) - KINDS.indexOf(b.type) || a.offset - b.offset);
  const cuts = [...new Set([0, text.length, ...known.flatMap((e) => [e.offset, e.end])])].sort((a, b) => a - b);
  const root = document.createDocumentFragment();
  const open = []; // what the next piece is inside of: {entity, inner}
  for (let i = 0; i + 1 < cuts.length; i++) {
    const [from, to] = [cuts[i], cuts[i + 1]];
    const active = known.filter((e) => e.offset <= from && to <= e.end);
    let same = 0;
    while (same < open.length && open[same].entity === active[same]) same++;
    open.length = same;
    for (const entity of active.slice(same)) {
      const { outer, inner } = wrapper(entity);
      (open.at(-1)?.inner ?? root).append(outer);
      open.push({ entity, inner });
    }
    let piece = text.slice(from, to);
    // A block stands on lines of its own: the line breaks around it would show as empty lines.
    if (known.some((e) => isBlock(e) && e.end === from)) piece = piece.replace(/^\n/, "");
    if (known.some((e) => isBlock(e) && e.offset === to)) piece = piece.replace(/\n$/, "");
    const at = open.at(-1);
    (at?.inner ?? root).append(at?.entity.type === "date_time" ? moment(at.entity, piece) : piece);
  }
  return root;
}

function wrapper(entity) {
  const outer = make(entity);
  return { outer, inner: outer.querySelector(":scope > .inner") ?? outer };
}

function make(entity) {
  const { type, text } = entity;
  if (TAGS[type]) return element(TAGS[type]);
  switch (type) {
    case "text_link":
      return link(entity.url ?? "");
    case "url":
      return link(text);
    case "email":
      return link(`mailto:${text}`);
    case "phone_number":
      return link(`tel:${text.replace(/[^+\d]/g, "")}`);
    case "bot_command":
      return element("button", { type: "button", className: "command" });
    case "pre":
      return element("pre", { className: "inner", title: entity.language ?? "" });
    case "blockquote":
      return element("blockquote");
    case "expandable_blockquote":
      return foldable();
    case "spoiler":
      return hidden();
    case "date_time":
      return element("time", { dateTime: new Date((entity.unix_time ?? 0) * 1000).toISOString() });
    default:
      return element("span", { className: type.replace("_", "-") });
  }
}

function foldable() {
  const inner = element("div", { className: "inner" });
  const button = element("button", { type: "button", className: "unfold" }, icon("down"));
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-label", "展开或收起引文 · Expand or collapse the quotation");
  return element("blockquote", { className: "foldable" }, inner, button);
}

function hidden() {
  const cover = element("span", { className: "spoiler", tabIndex: 0 });
  cover.setAttribute("role", "button");
  cover.setAttribute("aria-label", "隐藏的文字，按下显示 · Hidden text, press to show");
  return cover;
}

/** The words that a date_time entity shows: its moment in the reader's own zone and language. */
function moment(entity, text) {
  const format = entity.date_time_format ?? "";
  const at = new Date((entity.unix_time ?? 0) * 1000);
  if (format === "r") return relative(at);
  const options = {
    ...(format.includes("w") && { weekday: "long" }),
    ...(format.includes("d") && { month: "numeric", day: "numeric" }),
    ...(format.includes("D") && { year: "numeric", month: "long", day: "numeric" }),
    ...(/t/i.test(format) && { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    ...(format.includes("T") && { second: "2-digit" }),
  };
  return Object.keys(options).length ? new Intl.DateTimeFormat(undefined, options).format(at) : text;
}

function relative(at) {
  const seconds = (at - Date.now()) / 1000;
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? units.at(-1);
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

/** A guess at the language of a text, for the choice of its glyphs. */
export function languageOf(text) {
  if (!/\p{Script=Han}/u.test(text)) return /[a-z]/i.test(text) ? "en" : "";
  return /[們個這說時間學國會對發東車門開關長為與後來灣]/.test(text) ? "zh-Hant" : "zh-Hans";
}
