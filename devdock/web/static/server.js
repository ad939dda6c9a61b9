// What stands behind the kiosk: network, portal, and what the fleet hears.
import {$, choices, el, list, text} from "./act.js";

function portal(w) {
  choices("network", w.network, "network", "mode");
  const p = w.portal;
  choices("portal", p.modes, "portal", "mode");
  const twice = p.duplicates ? ", " + p.duplicates + (p.duplicates === 1 ? " delivery" : " deliveries") + " of what was there already" : "";
  text($("arrived"), p.received + (p.received === 1 ? " dossier" : " dossiers") + " arrived" + twice +
    (p.held ? ", " + p.held + " waiting for an answer" : "") + (p.turned ? ", " + p.turned + " turned away" : "") + ".");
  $("arrived").classList.toggle("bad", p.duplicates > 0);
  list($("dossiers"), p.dossiers.slice(-6).reverse(), d => d.number,
    d => el("li", {}, el("b", {textContent: d.number}), el("span", {textContent: "from " + d.kiosk_number + " at " + d.at}), el("em", {})),
    (e, d) => {
      e.className = d.deliveries > 1 ? "bad" : "";
      text(e.lastChild, d.deliveries > 1 ? "delivered " + d.deliveries + " times" : "");
    });
}

function health(w) {
  const h = w.health;
  const silent = h.presence !== "" && h.presence !== "online";
  text($("presence"), h.presence ? "The kiosk is " + h.presence + ". " + (silent && h.devices.length ? "What it told last; s" : "S") + "essions today: " + h.sessions + (h.last ? ", the last one " + h.last : "") + "." : "Not heard yet.");
  for (const id of ["ill", "health"]) $(id).classList.toggle("silent", silent);
  // What a person must do comes first, with the remedy; what is well is short.
  list($("ill"), h.devices.filter(d => d.state !== "ready" || d.code), d => d.name,
    () => el("li", {}, el("details", {}, el("summary", {}, el("i", {}), el("b", {}), el("span", {}), el("time", {})), el("p", {className: "title"}), el("p", {lang: "vi"}), el("p", {lang: "en"}))),
    (e, d) => {
      e.className = d.state;
      const [title, vi, en] = e.querySelectorAll("p");
      text(e.querySelector("b"), d.label.en);
      text(e.querySelector("span"), d.state + (d.code ? ", " + d.code : ""));
      text(e.querySelector("time"), "since " + d.since);
      text(title, d.title.en ? "Citizens read: " + d.title.vi + " / " + d.title.en : "");
      text(vi, d.remedy.vi);
      text(en, d.remedy.en);
      e.title = d.remedy.en;
    });
  const well = h.devices.filter(d => d.state === "ready" && !d.code).map(d => ({name: d.name, words: d.label.en, hint: d.name + ", ready since " + d.since, state: "ready"}));
  if (h.presence) well.push({name: "outbox", words: h.waiting ? h.waiting + " not yet with the gateway" : "Outbox empty", hint: "", state: h.waiting ? "degraded" : "ready"});
  list($("health"), well, x => x.name,
    () => el("li", {}, el("i", {}), el("span", {})),
    (e, x) => {
      e.className = x.state;
      e.title = x.hint;
      text(e.lastChild, x.words);
    });
  list($("links"), w.links, l => l.url, () => el("a", {target: "_blank", rel: "noopener"}), (e, l) => {
    e.href = l.url;
    text(e, l.text);
  });
}

export function drawServers(w) {
  portal(w);
  health(w);
}
