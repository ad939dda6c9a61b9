// The dock's page. State comes by server-sent events, actions go by POST.
"use strict";
const $ = id => document.getElementById(id);
const screen_ = $("screen");
let world = null;

async function post(path, body) {
  const r = await fetch(path, {method: "POST", headers: {"Content-Type": "application/json", "X-Tram06": "dock"}, body: JSON.stringify(body || {})});
  if (!r.ok) $("screen-note").textContent = (await r.text()).trim();
}

function el(tag, props, ...kids) {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...kids);
  return e;
}

// Touches: the picture's own pixels, whatever size it is shown at.
function at(ev) {
  const box = screen_.getBoundingClientRect();
  const w = screen_.naturalWidth || 1080, h = screen_.naturalHeight || 1920;
  const k = Math.min(box.width / w, box.height / h);
  return {x: Math.round((ev.clientX - box.left - (box.width - w * k) / 2) / k), y: Math.round((ev.clientY - box.top - (box.height - h * k) / 2) / k)};
}
let down = false;
screen_.addEventListener("pointerdown", ev => { down = true; screen_.setPointerCapture(ev.pointerId); post("/api/touch", {kind: "down", ...at(ev)}); ev.preventDefault(); });
screen_.addEventListener("pointerup", ev => { if (down) post("/api/touch", {kind: "up", ...at(ev)}); down = false; });
screen_.addEventListener("pointercancel", ev => { if (down) post("/api/touch", {kind: "cancel", ...at(ev)}); down = false; });

// Frames: one fetch at a time, always the newest.
let shown = -1, loading = false;
function frame() {
  if (loading || !world || world.screen.seq === shown) return;
  loading = true;
  const seq = world.screen.seq;
  const next = new Image();
  next.onload = () => { screen_.src = next.src; shown = seq; loading = false; frame(); };
  next.onerror = () => { loading = false; };
  next.src = "/api/screen.png?seq=" + seq;
}

function buttons(id, list, act) {
  $(id).replaceChildren(...list.map(x => el("button", {textContent: x.text, className: x.on ? "on" : "", onclick: () => act(x.id)})));
}

function draw() {
  $("screen-note").textContent = world.screen.live ? "Screen: " + world.screen.name + ". A click is a touch." : (world.screen.note || "Waiting for the kiosk…");
  $("people").replaceChildren(...world.people.map(p =>
    el("div", {className: "person" + (p.laid ? " on" : "")},
      p.portrait ? el("img", {src: "/api/portrait/" + p.id, alt: ""}) : el("span", {}),
      el("div", {}, el("b", {textContent: p.name}), el("span", {className: "note", textContent: p.note}),
        el("div", {className: "row"},
          p.qr ? el("button", {textContent: "Scan", onclick: () => post("/api/scan", {id: p.id})}) : "",
          p.card ? el("button", {textContent: p.laid ? "Laid" : "Lay card", className: p.laid ? "on" : "", onclick: () => post("/api/card", {lay: p.id})}) : "")))));
  $("reader").textContent = world.reader;
  buttons("codes", world.codes, id => post("/api/scan", {id}));
  buttons("printer", world.printer, id => post("/api/printer", {do: id}));
  buttons("network", world.network, id => post("/api/network", {mode: id}));
  const have = $("papers").childElementCount;
  if (have !== world.papers.length) {
    $("papers").replaceChildren(...world.papers.slice().reverse().map(p =>
      el("figure", {}, el("a", {href: "/api/paper/" + p.n, target: "_blank"}, el("img", {src: "/api/paper/" + p.n, alt: "Receipt " + p.n})), el("figcaption", {textContent: p.note}))));
  }
  $("links").replaceChildren(...world.links.flatMap(l => [el("a", {href: l.url, target: "_blank", textContent: l.text}), " "]));
  frame();
}

$("lift").onclick = () => post("/api/card", {lift: true});
$("tear").onclick = () => post("/api/card", {tear: 12});
$("scan").onclick = () => post("/api/scan", {text: $("text").value});
$("text").onkeydown = ev => { if (ev.key === "Enter") $("scan").click(); };

const events = new EventSource("/api/events");
events.onmessage = ev => { world = JSON.parse(ev.data); draw(); };
events.onerror = () => { $("screen-note").textContent = "The dock has stopped. Start it again with “make run”."; };
