// The tray: people with their cards and codes, and the cards that few need.
import {$, act, dock, el, list, text} from "./act.js";

let who = "";  // whose code was scanned or card laid last
let laid = ""; // what of the list lies on the reader

export function person() { return dock.world.people.find(p => p.id === who) || dock.world.people[0]; }
export function short(p) { return p.name.length > 18 ? p.name.slice(0, 17) + "…" : p.name; }

function people(w) {
  list($("people"), w.people.filter(p => p.qr), p => p.id,
    p => el("div", {className: "person"},
      el("img", {src: "/api/portrait/" + p.id, alt: ""}),
      el("div", {}, el("b", {textContent: p.name}), el("span", {className: "note", textContent: p.note})),
      el("div", {className: "acts"},
        el("button", {textContent: "Scan QR", ariaLabel: "Scan the QR code of " + p.name, onclick: ev => { who = p.id; act(ev.currentTarget, "scan", {id: p.id}); }}),
        el("button", {className: "lay", onclick: ev => { who = p.id; act(ev.currentTarget, "card", ev.currentTarget.ariaPressed === "true" ? {lift: true} : {lay: p.id}); }}))),
    (e, p) => {
      e.classList.toggle("on", p.laid);
      lay(e.querySelector(".lay"), p.laid, "card of " + p.name);
    });
  text($("reader"), w.reader);
}

function lay(b, laid, what) {
  text(b, laid ? "Lift" : "Lay card");
  b.ariaLabel = (laid ? "Lift the " : "Lay the ") + what;
  b.ariaPressed = String(laid);
}

// others are all further cards in one list: of a citizen, or of no citizen.
function others(w) {
  return [
    ...w.cards.map(c => ({id: c.id, of: c.of, text: c.text, note: c.text + ". " + c.note, laid: c.laid, group: c.wrong ? "Cards with something wrong" : "Cards of another kind"})),
    ...w.people.filter(p => !p.qr).map(p => ({id: p.id, of: "", text: p.name, note: p.name + ": " + p.note + ". The kiosk should ask for an ID card.", laid: p.laid, group: "No ID card"})),
  ];
}

function cards(w) {
  const all = others(w), box = $("card");
  const known = [...box.options].map(o => o.value).join();
  if (known !== all.map(c => c.id).join()) {
    const groups = Map.groupBy ? Map.groupBy(all, c => c.group) : all.reduce((m, c) => m.set(c.group, [...(m.get(c.group) || []), c]), new Map());
    box.replaceChildren(...[...groups].map(([label, of]) => el("optgroup", {label}, ...of.map(c => el("option", {value: c.id, textContent: c.text})))));
  }
  const now = all.find(c => c.laid);
  if (now && laid !== now.id) box.value = now.id;
  laid = now ? now.id : "";
  const c = all.find(c => c.id === box.value);
  $("other").hidden = !c;
  if (!c) return;
  $("other").classList.toggle("on", c.laid);
  const owner = w.people.find(p => p.id === c.of);
  text($("of"), owner ? "Another card of " + short(owner) + ", honest or not" : "Another card");
  text($("about"), c.note);
  lay($("lay"), c.laid, "card: " + c.text);
}

export function drawCards(w) {
  people(w);
  cards(w);
  $("lift").disabled = $("tear").disabled = !w.people.some(p => p.laid) && !w.cards.some(c => c.laid);
}

$("card").onchange = () => cards(dock.world);
$("lay").onclick = ev => {
  const c = others(dock.world).find(c => c.id === $("card").value);
  if (!c) return;
  who = c.of || who;
  act(ev.currentTarget, "card", c.laid ? {lift: true} : {lay: c.id});
};
$("lift").onclick = ev => act(ev.currentTarget, "card", {lift: true});
$("tear").onclick = ev => act(ev.currentTarget, "card", {tear: 6});
$("scan").onclick = ev => act(ev.currentTarget, "scan", {text: $("text").value});
$("text").onkeydown = ev => { if (ev.key === "Enter") $("scan").click(); };
