// The printer's paper: as it comes out, what hangs in the outlet, and the pile.
import {$, act, choices, dock, el, follow, list, text} from "./act.js";

const hanging = $("hanging"), outlet = $("outlet");
const grow = follow(hanging, "/api/paper/0");
let cut = 0; // the number of the paper that shows in the outlet

// hangs tells whether there is something to tear off.
export function hangs() { return dock.world.roll.hanging > 0 || dock.world.papers.some(p => !p.taken); }

function open(n, note) {
  $("sheet").src = "/api/paper/" + n;
  $("sheet").alt = "Paper " + n + ". " + note;
  $("large").showModal();
}
$("large").onclick = ev => { if (ev.target === $("large")) $("large").close(); };
hanging.onclick = () => { if (cut) open(cut, ""); };
$("tearoff").onclick = ev => act(ev.currentTarget, "printer", {do: "tear"});
hanging.onload = () => { outlet.scrollTop = cut ? 0 : outlet.scrollHeight; };

export function drawPaper(w) {
  choices("printer", w.printer, "printer", "do");
  const r = w.roll;
  $("roll").value = r.rows / r.of;
  text($("metres"), (r.rows / 203 * 0.0254).toFixed(1) + " m");
  const there = w.papers.filter(p => !p.taken), newest = there[there.length - 1];
  if (r.hanging > 0) {
    cut = 0;
    grow(r.hanging);
  } else {
    grow(null);
    if (newest && cut !== newest.n) hanging.src = "/api/paper/" + newest.n;
    cut = newest ? newest.n : 0;
  }
  outlet.hidden = $("tearoff").hidden = !hangs();
  const more = there.length - (r.hanging > 0 ? 0 : 1);
  text($("behind"), more > 0 ? "and " + more + " more behind it" : newest && !r.hanging ? newest.note : "");
  const pile = w.papers.filter(p => p.taken).reverse();
  list($("papers"), pile.slice(0, 12), p => p.n,
    p => el("button", {className: "sheet", ariaLabel: "Open paper " + p.n + ". " + p.note, onclick: () => open(p.n, p.note)},
      el("img", {src: "/api/paper/" + p.n, alt: "", loading: "lazy"}), el("span", {className: "note", textContent: p.note})),
    () => {});
  $("no-paper").hidden = w.papers.length > 0 || r.hanging > 0;
}
