// The kiosk's screen: its picture, touches, and what a citizen would do next.
import {$, act, dock, el, follow, list, post, text} from "./act.js";
import {person, short} from "./cards.js";
import {hangs} from "./paper.js";

const screen_ = $("screen");
const frame = follow(screen_, "/api/screen.png");

// Touches: the picture's own pixels, whatever size it is shown at. They go one
// after the other, or "up" might overtake "down"; of the moves that wait, only
// the newest is worth sending.
let line = Promise.resolve(), down = false, moved = null;
function at(ev) {
  const box = screen_.getBoundingClientRect(), s = dock.world.screen;
  return {x: Math.round((ev.clientX - box.left) * s.w / box.width), y: Math.round((ev.clientY - box.top) * s.h / box.height)};
}
function touch(kind, p) { line = line.then(() => post(screen_, "touch", {kind, ...p})); }
screen_.onpointerdown = ev => {
  if (!dock.world || !dock.world.screen.live || !ev.isPrimary || ev.button !== 0) return;
  down = true;
  screen_.setPointerCapture(ev.pointerId);
  touch("down", at(ev));
  ev.preventDefault();
};
screen_.onpointermove = ev => {
  if (!down || !ev.isPrimary) return;
  const waits = moved !== null;
  moved = at(ev);
  if (waits) return;
  line = line.then(() => {
    const p = moved;
    moved = null;
    return post(screen_, "touch", {kind: "move", ...p});
  });
};
function lift(kind, ev) {
  if (!down || !ev.isPrimary) return;
  down = false;
  touch(kind, at(ev));
}
screen_.onpointerup = ev => lift("up", ev);
screen_.onpointercancel = ev => lift("cancel", ev);
screen_.oncontextmenu = ev => ev.preventDefault();

// What the screen offers, for the keyboard and for ears.
function targets(s) {
  list($("targets"), s.live ? s.targets : [], t => t.id,
    t => el("button", {onclick: () => {
      const now = dock.world.screen.targets.find(x => x.id === t.id);
      if (!now) return;
      const p = {x: now.x + (now.w >> 1), y: now.y + (now.h >> 1)};
      touch("down", p);
      touch("up", p);
    }}),
    (e, t) => {
      e.ariaLabel = t.label || t.id;
      Object.assign(e.style, {left: 100 * t.x / s.w + "%", top: 100 * t.y / s.h + "%", width: 100 * t.w / s.w + "%", height: 100 * t.h / s.h + "%"});
    });
}

// unplugged gives the hint for a device that is asked for and is not there.
function unplugged(id, what) {
  return dock.world.cables.some(c => c.id === id && c.on) && ["The " + what + " is unplugged.", "Plug it in", "cable", {id}];
}

// What a citizen would do next, by the screen's name.
const hints = {
  "attract": () => unplugged("touch", "touch panel") || ["A click on the screen is a touch. Begin there."],
  "identify-scan": () => ["The kiosk waits for a code.", "Scan " + short(person()), "scan", {id: person().id}],
  "identify-lay": () => ["The kiosk waits for the card.", "Lay " + short(person()), "card", {lay: person().id}],
  "identify-problem": () => unplugged("scanner", "scanner") || unplugged("reader", "reader"),
  "goodbye-card": () => ["The card is still there.", "Lift the card", "card", {lift: true}],
};
function next(s) {
  if (!s.live) return [s.note || "Waiting for the kiosk…"];
  const own = hints[s.name] && hints[s.name]();
  if (own) return own;
  if (hangs()) return ["A paper came out.", "Tear it off", "printer", {do: "tear"}];
  return unplugged("touch", "touch panel") || ["On the screen: " + s.name];
}
function hint(s) {
  const [words, label, path, body] = next(s);
  text($("hint"), words);
  const b = $("do");
  b.hidden = !label;
  text(b, label || "");
  b.onclick = () => act(b, path, body);
}

export function drawScreen(w) {
  const s = w.screen, root = document.documentElement.style;
  if (s.w && s.h) {
    root.setProperty("--w", s.w);
    root.setProperty("--h", s.h);
  }
  // The eye takes half the current for much more than half the light.
  root.setProperty("--light", w.light < 0 ? 1 : Math.pow(w.light, 1 / 2.2).toFixed(3));
  $("dark").hidden = s.live;
  text($("dark"), s.note || "Waiting for the kiosk…");
  if (screen_.dataset.name !== s.name) screen_.dataset.name = s.name; // for whoever waits for a page
  hint(s);
  targets(s);
  frame(s.live ? s.seq : null);
}
