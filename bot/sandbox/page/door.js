// The server behind the page: its few addresses, and the stream of what happens.

async function call(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, { cache: "no-store", ...options });
  const told = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(told?.error ?? `${answer.status} ${answer.statusText}`);
  return told;
}

export const pictureAddress = (id) => `/page/file/${encodeURIComponent(id)}`;
export const people = () => call("/page/people");
export const chatState = (person) => call(`/page/state?person=${encodeURIComponent(person)}`);
export const press = (person, message_id, data) => call("/page/press", { person, message_id, data });
export const block = (person, blocked) => call("/page/block", { person, blocked });
export const send = (person, text, reply_to) => call("/page/send", { person, text, ...(reply_to && { reply_to }) });

/** Follow what happens in a person's chat, for ever. After each (re)connection the whole state is fetched anew; events
    that arrive meanwhile wait for it, so nothing is lost between the two. A hidden page lets go of its connection: a
    browser has only six of them for one server, and all its tabs share them. */
export function follow(person, { onState, onEvent, onLost }) {
  let delay = 500;
  let stream = null;
  let timer = 0;

  const close = () => {
    clearTimeout(timer);
    stream?.close();
    stream = null;
  };
  const retry = () => {
    close();
    onLost();
    timer = setTimeout(connect, delay);
    delay = Math.min(delay * 2, 8000);
  };
  const connect = () => {
    close();
    const mine = (stream = new EventSource(`/page/events?person=${encodeURIComponent(person)}`));
    let waiting = []; // events, while the state is on its way
    let fetches = 0; // only the newest fetch counts
    const resync = async () => {
      const fetch = ++fetches;
      const current = () => mine === stream && fetch === fetches;
      let state;
      waiting ??= [];
      try {
        state = await chatState(person);
      } catch {
        if (current()) retry();
        return;
      }
      if (!current()) return;
      delay = 500;
      const late = waiting;
      waiting = null;
      onState(state);
      late.forEach(onEvent);
    };
    mine.onopen = resync;
    mine.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      if (event.type === "reset") resync();
      else if (waiting) waiting.push(event);
      else onEvent(event);
    };
    mine.onerror = retry;
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : connect()));
  connect();
}
