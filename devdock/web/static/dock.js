// The dock's page. State comes by server-sent events, actions go by POST.
"use strict";
const $ = id => document.getElementById(id);
const screen_ = $("screen");
let world = null; // the newest view
let who = "";     // whose code was scanned or card laid last

// say puts an error beside what was touched; good news takes all of them away.
function say(near, text) {
  if (!text) {
    for (const t of document.querySelectorAll(".trouble")) t.textContent = "";
    return;
  }
  const t = near.closest("section").querySelector(".trouble");
  const person = near.closest(".person, .other"), row = near.closest(".row");
  if (person) person.append(t);
  else if (row) row.after(t);
  t.textContent = text;
}

async function post(near, path, body) {
  try {
    const r = await fetch("/api/" + path, {method: "POST", headers: {"Content-Type": "application/json", "X-Tram06": "dock"}, body: JSON.stringify(body)});
    say(near, r.ok ? "" : (await r.text()).trim());
  } catch {
    say(near, "The dock does not answer.");
  }
}

// act is post for a button, which takes no second press meanwhile.
async function act(button, path, body) {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  await post(button, path, body);
  button.ariaBusy = null;
}

function el(tag, props, ...kids) {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...kids);
  return e;
}

function text(e, s) { if (e.textContent !== s) e.textContent = s; }

// list keeps one element an item, so that what has the focus keeps it.
function list(box, items, key, make, update) {
  const old = new Map([...box.children].map(e => [e.dataset.key, e]));
  items.forEach((x, i) => {
    const k = String(key(x));
    let e = old.get(k);
    if (!e) {
      e = make(x);
      e.dataset.key = k;
    }
    old.delete(k);
    update(e, x);
    if (box.children[i] !== e) box.insertBefore(e, box.children[i] || null);
  });
  old.forEach(e => e.remove());
}

function choices(id, items, path, name, states = true) {
  list($(id), items, x => x.id,
    x => el("button", {onclick: ev => act(ev.currentTarget, path, {[name]: x.id})}),
    (e, x) => {
      text(e, x.text);
      if (states) e.ariaPressed = String(x.on);
    });
}

// Touches: the picture's own pixels, whatever size it is shown at. They go one
// after the other, or "up" might overtake "down"; of the moves that wait, only
// the newest is worth sending.
let line = Promise.resolve(), down = false, moved = null;
function at(ev) {
  const box = screen_.getBoundingClientRect();
  return {x: Math.round((ev.clientX - box.left) * world.screen.w / box.width), y: Math.round((ev.clientY - box.top) * world.screen.h / box.height)};
}
function touch(kind, p) { line = line.then(() => post(screen_, "touch", {kind, ...p})); }
screen_.onpointerdown = ev => {
  if (!world || !world.screen.live || !ev.isPrimary || ev.button !== 0) return;
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
function targets() {
  const s = world.screen;
  list($("targets"), s.live ? s.targets : [], t => t.id,
    t => el("button", {onclick: () => {
      const now = world.screen.targets.find(x => x.id === t.id);
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

// Frames: one fetch at a time, always the newest.
let shown = 0, loading = false, url = "";
async function frame() {
  if (loading) return;
  loading = true;
  try {
    while (world.screen.live && world.screen.seq !== shown) {
      const seq = world.screen.seq;
      const r = await fetch("/api/screen.png");
      if (!r.ok) break;
      const next = URL.createObjectURL(await r.blob());
      const img = new Image();
      img.src = next;
      await img.decode();
      screen_.src = next;
      if (url) URL.revokeObjectURL(url);
      url = next;
      shown = seq;
    }
  } catch {
    // the next event tries again
  } finally {
    loading = false;
  }
}

// What a citizen would do next, by the screen's name.
const hints = {
  "attract": () => ["A click on the screen is a touch. Begin there."],
  "identify-scan": () => ["The kiosk waits for a code.", "Scan " + short(person()), "scan", {id: person().id}],
  "identify-lay": () => ["The kiosk waits for the card.", "Lay " + short(person()), "card", {lay: person().id}],
  "goodbye-card": () => ["The card is still there.", "Lift the card", "card", {lift: true}],
};
function person() { return world.people.find(p => p.id === who) || world.people[0]; }
function short(p) { return p.name.length > 18 ? p.name.slice(0, 17) + "…" : p.name; }
function hint() {
  const s = world.screen;
  const [words, label, path, body] = !s.live ? [s.note || "Waiting for the kiosk…"] : (hints[s.name] || (() => ["On the screen: " + s.name]))();
  text($("hint"), words);
  const b = $("do");
  b.hidden = !label;
  text(b, label || "");
  b.onclick = () => act(b, path, body);
}

function screen() {
  const s = world.screen;
  if (s.w && s.h) {
    document.documentElement.style.setProperty("--w", s.w);
    document.documentElement.style.setProperty("--h", s.h);
  }
  $("dark").hidden = s.live;
  text($("dark"), s.note || "Waiting for the kiosk…");
  hint();
  targets();
  frame();
}

function people() {
  list($("people"), world.people, p => p.id,
    p => {
      const acts = el("div", {className: "acts"});
      if (p.qr) acts.append(el("button", {textContent: "Scan QR", ariaLabel: "Scan the QR code of " + p.name, onclick: ev => { who = p.id; act(ev.currentTarget, "scan", {id: p.id}); }}));
      if (p.card) acts.append(el("button", {className: "lay", onclick: ev => { who = p.qr ? p.id : who; act(ev.currentTarget, "card", ev.currentTarget.ariaPressed === "true" ? {lift: true} : {lay: p.id}); }}));
      return el("div", {className: "person"},
        p.portrait ? el("img", {src: "/api/portrait/" + p.id, alt: ""}) : el("span", {className: "blank"}),
        el("div", {}, el("b", {textContent: p.name}), el("span", {className: "note", textContent: p.note})),
        acts);
    },
    (e, p) => {
      e.classList.toggle("on", p.laid);
      const b = e.querySelector(".lay");
      if (!b) return;
      text(b, p.laid ? "Lift" : "Lay card");
      b.ariaLabel = (p.laid ? "Lift the card of " : "Lay the card of ") + p.name;
      b.ariaPressed = String(p.laid);
    });
  text($("reader"), world.reader);
}

// The cards that few people need: one list, in two groups.
function cards() {
  const box = $("card"), now = world.cards.find(c => c.laid);
  if (now && laid !== now.id) box.value = now.id;
  laid = now ? now.id : "";
  const c = world.cards.find(c => c.id === box.value);
  $("other").hidden = !c;
  if (!c) return;
  $("other").classList.toggle("on", c.laid);
  text($("of"), "Another card of " + short(world.people.find(p => p.id === c.of)) + ", honest or not");
  text($("about"), c.text + ". " + c.note);
  text($("lay"), c.laid ? "Lift" : "Lay card");
  $("lay").ariaLabel = (c.laid ? "Lift the card: " : "Lay the card: ") + c.text;
  $("lay").ariaPressed = String(c.laid);
}
let laid = "";
function fill() {
  const known = [...$("card").options].map(o => o.value).join();
  if (known === world.cards.map(c => c.id).join()) return;
  $("card").replaceChildren(...[[false, "Cards of another kind"], [true, "Cards with something wrong"]].map(([wrong, label]) =>
    el("optgroup", {label}, ...world.cards.filter(c => c.wrong === wrong).map(c => el("option", {value: c.id, textContent: c.text})))));
}

function papers() {
  list($("papers"), world.papers.slice(-9).reverse(), p => p.n,
    p => el("figure", {},
      el("a", {href: "/api/paper/" + p.n, target: "_blank"}, el("img", {src: "/api/paper/" + p.n, alt: "Paper " + p.n + ", opens whole"})),
      el("figcaption", {textContent: p.note})),
    () => {});
  $("no-paper").hidden = world.papers.length > 0;
}

function health() {
  const h = world.health;
  text($("presence"), h.presence ? "The kiosk is " + h.presence + ". Sessions today: " + h.sessions + (h.last ? ", the last one " + h.last : "") + "." : "Not heard yet.");
  const lines = h.devices.map(d => ({name: d.name, state: d.state, words: d.name + " " + d.state + (d.code ? ": " + d.code + (d.text ? ", " + d.text : "") : "")}));
  if (h.presence) lines.push({name: "outbox", state: h.waiting ? "degraded" : "ready", words: h.waiting ? "outbox: " + h.waiting + " not yet with the gateway" : "outbox empty"});
  list($("health"), lines, x => x.name,
    () => el("li", {}, el("i", {}), el("span", {})),
    (e, x) => {
      e.className = x.state;
      text(e.lastChild, x.words);
    });
  list($("links"), world.links, l => l.url, () => el("a", {target: "_blank"}), (e, l) => {
    e.href = l.url;
    text(e, l.text);
  });
}

function draw() {
  screen();
  people();
  fill();
  cards();
  choices("codes", world.codes, "scan", "id", false);
  choices("issuer", world.issuer, "issuer", "mode");
  choices("cables", world.cables, "cable", "id");
  choices("power", world.power, "power", "id", false);
  choices("printer", world.printer, "printer", "do");
  choices("network", world.network, "network", "mode");
  papers();
  health();
}

$("card").onchange = cards;
$("lay").onclick = ev => {
  const c = world.cards.find(c => c.id === $("card").value);
  if (!c) return;
  who = c.of;
  act(ev.currentTarget, "card", c.laid ? {lift: true} : {lay: c.id});
};
$("lift").onclick = ev => act(ev.currentTarget, "card", {lift: true});
$("tear").onclick = ev => act(ev.currentTarget, "card", {tear: 6});
$("scan").onclick = ev => act(ev.currentTarget, "scan", {text: $("text").value});
$("text").onkeydown = ev => { if (ev.key === "Enter") $("scan").click(); };

let events;
function listen() {
  events = new EventSource("/api/events");
  events.onmessage = ev => {
    if (!world) say(screen_, "");
    world = JSON.parse(ev.data);
    draw();
  };
  events.onopen = () => say(screen_, "");
  events.onerror = () => {
    say(screen_, "The dock does not answer; perhaps it was stopped. This page goes on by itself when it is back.");
    $("dark").hidden = false;
    text($("dark"), "The dock does not answer.");
    // The browser tries again by itself, except after an answer that is none.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  };
}
listen();
