// The dock's page. State comes by server-sent events, actions go by POST.
import {$, choices, dock, say, text} from "./act.js";
import {drawCards} from "./cards.js";
import {drawMachine} from "./machine.js";
import {drawPaper} from "./paper.js";
import {drawScreen} from "./screen.js";
import {drawServers} from "./server.js";

function draw(w) {
  drawScreen(w);
  drawCards(w);
  choices("codes", w.codes, "scan", "id", false);
  choices("issuer", w.issuer, "issuer", "mode");
  drawPaper(w);
  drawMachine(w);
  drawServers(w);
}

const glass = $("screen");
let events;
function listen() {
  events = new EventSource("/api/events");
  events.onmessage = ev => {
    if (!dock.world) say(glass, "");
    dock.world = Object.assign(dock.world || {}, JSON.parse(ev.data)); // what changed
    draw(dock.world);
  };
  events.onopen = () => say(glass, "");
  events.onerror = () => {
    say(glass, "The dock does not answer; perhaps it was stopped. This page goes on by itself when it is back.");
    $("dark").hidden = false;
    text($("dark"), "The dock does not answer.");
    text($("hint"), "The dock does not answer.");
    $("do").hidden = true;
    // The browser tries again by itself, except after an answer that is none.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  };
}
listen();
