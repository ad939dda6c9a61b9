// The machine itself: lamps, contacts, heat, plugs, the keypad and what is heard.
import {$, choices, dock, el, list, post, text} from "./act.js";

// Small drawings, as paths in a box of 24.
const drawings = {
  reader: "M3 5h13v9H3zM6 8h3v3H6zM5 18h14M8 21h8M19 4v10",
  scanner: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M18 18h2v2M14 20h2M20 14v2",
  printer: "M3 8h18M6 8V4h12v4M7 8v12l2-1.5 2 1.5 2-1.5 2 1.5 2-1.5V8M10 12h4M10 15h4",
  status: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 10v7M12 7v.5",
};
const svg = "http://www.w3.org/2000/svg";
function drawing(id) {
  const s = document.createElementNS(svg, "svg"), p = document.createElementNS(svg, "path");
  s.setAttribute("viewBox", "0 0 24 24");
  s.setAttribute("aria-hidden", "true");
  p.setAttribute("d", drawings[id] || drawings.status);
  s.append(p);
  return s;
}

export function drawMachine(w) {
  list($("lamps"), w.lamps, l => l.id,
    l => el("li", {}, drawing(l.id), el("span", {textContent: l.text}), el("i", {})),
    (e, l) => {
      e.className = l.on ? "lit" : "";
      e.ariaLabel = l.text + " lamp, " + (l.on ? "lit" : "dark");
    });
  choices("contacts", w.contacts, "contact", "id");
  choices("clock", w.clock, "clock", "mode");
  choices("cables", w.cables, "cable", "id");
  choices("power", w.power, "power", "id", false);
  if (!sending) {
    if ($("heat").value !== String(w.celsius)) $("heat").value = w.celsius;
    text($("celsius"), Math.round(w.celsius) + " °C");
  }
  text($("machine"), "Fan " + (w.fan ? "turns" : "stands") + " · panel light " + (w.light < 0 ? "unknown" : Math.round(100 * w.light) + " %") + " · buzzer " + (w.buzzer ? "sounds" : "silent"));
  text($("watchdog"), w.watchdog);
  heard(w);
}

// The slider sends the newest value, one after the other; meanwhile it shows
// where the hand is, not what the world says.
let wanted = null, sending = false;
$("heat").oninput = async ev => {
  wanted = Number(ev.target.value);
  text($("celsius"), wanted + " °C");
  if (sending) return;
  sending = true;
  for (let sent = null; sent !== wanted;) {
    sent = wanted;
    await post(ev.target, "heat", {celsius: sent});
  }
  sending = false;
};

function heard(w) {
  const box = $("said"), before = box.childElementCount && box.lastChild.dataset.key;
  list(box, w.said, s => s.n,
    s => el("li", {lang: s.lang || "en", className: s.lang ? "" : "sound", title: s.at}, el("b", {textContent: s.lang || "♪"}), el("span", {textContent: s.text})),
    () => {});
  if (box.childElementCount && box.lastChild.dataset.key !== before) box.scrollTop = box.scrollHeight;
  box.hidden = w.said.length === 0;
  $("silence").hidden = w.said.length > 0;
}

// Keys go one after the other. One that is held repeats, as a keypad's does.
const pad = $("keypad");
let line = Promise.resolve(), timer = 0, held = "";
function key(button, kind) { line = line.then(() => post(pad, "key", {button, kind})); }
function release() {
  clearInterval(timer);
  clearTimeout(timer);
  if (held) key(held, "up");
  held = "";
}
pad.onpointerdown = ev => {
  const b = ev.target.closest("button");
  if (!b || ev.button !== 0) return;
  release();
  held = b.dataset.key;
  key(held, "down");
  timer = setTimeout(() => { timer = setInterval(() => key(held, "repeat"), 150); }, 500);
};
for (const end of ["pointerup", "pointercancel", "pointerleave"]) pad.addEventListener(end, release);
pad.onclick = ev => { // a keyboard's click has no count; for a pointer's the key went down before
  const b = ev.target.closest("button");
  if (b && ev.detail === 0) key(b.dataset.key, "press");
};
const arrows = {ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right"};
pad.onkeydown = ev => {
  if (!arrows[ev.key]) return;
  ev.preventDefault();
  if (!ev.repeat) key(arrows[ev.key], "press");
};
