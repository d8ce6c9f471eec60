// A message drawn to the left by a finger, as one begins a reply on a phone.

const FAR = 54; // pixels from which on it counts
const FURTHEST = 72;

/** Call `then(message)` for each .message in `log` that is drawn far enough. */
export function onSwipe(log, then) {
  let touch = null;
  const begin = (event) => {
    const made = event.target.closest(".message");
    const { clientX: x, clientY: y } = event.touches[0];
    touch = made && event.touches.length === 1 ? { made, x, y, far: 0 } : null;
  };
  const move = (event) => {
    if (!touch) return;
    const [dx, dy] = [event.touches[0].clientX - touch.x, event.touches[0].clientY - touch.y];
    if (!touch.far && Math.abs(dy) > Math.abs(dx)) {
      touch = null; // this finger scrolls
      return;
    }
    touch.far = Math.max(-FURTHEST, Math.min(0, dx));
    touch.made.style.translate = `${touch.far}px`;
  };
  const end = (event) => {
    if (!touch) return;
    const { made, far } = touch;
    touch = null;
    made.style.translate = "";
    if (far < -FAR && event.type === "touchend") then(made);
  };
  log.addEventListener("touchstart", begin, { passive: true });
  log.addEventListener("touchmove", move, { passive: true });
  log.addEventListener("touchend", end);
  log.addEventListener("touchcancel", end);
}
