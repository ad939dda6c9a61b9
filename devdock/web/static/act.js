// What all parts of the page share: the newest view, actions, and elements.
export const dock = {world: null}; // world: the view, kept up to date by dock.js
export const $ = id => document.getElementById(id);

// say puts an error beside what was touched; good news takes all of them away.
export function say(near, text) {
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

export async function post(near, path, body) {
  try {
    const r = await fetch("/api/" + path, {method: "POST", headers: {"Content-Type": "application/json", "X-Tram06": "dock"}, body: JSON.stringify(body)});
    say(near, r.ok ? "" : (await r.text()).trim());
  } catch {
    say(near, "The dock does not answer.");
  }
}

// act is post for a button, which takes no second press meanwhile.
export async function act(button, path, body) {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  await post(button, path, body);
  button.ariaBusy = null;
}

export function el(tag, props, ...kids) {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...kids);
  return e;
}

export function text(e, s) { if (e.textContent !== s) e.textContent = s; }

// list keeps one element an item, so that what has the focus keeps it.
export function list(box, items, key, make, update) {
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

// choices are buttons that say how things are, or with states false, that only
// do something.
export function choices(id, items, path, name, states = true) {
  list($(id), items, x => x.id,
    x => el("button", {onclick: ev => act(ev.currentTarget, path, {[name]: x.id})}),
    (e, x) => {
      text(e, x.text);
      if (states) e.ariaPressed = String(x.on);
    });
}

// follow gives a function that shows the newest picture in img: one fetch at a
// time, decoded before it shows, so that nothing flickers. It is told a number
// that changes with the picture. One that does not come is asked for again: a
// kiosk may be too busy, and nothing else happen for hours.
export function follow(img, path) {
  let shown = null, wanted = null, loading = false, url = "", again = 0;
  return async function newest(now) {
    clearTimeout(again);
    wanted = now;
    if (loading) return;
    loading = true;
    try {
      while (wanted !== null && wanted !== shown) {
        const at = wanted;
        const r = await fetch(path);
        if (r.status !== 200) break; // it is gone by now, or not there yet
        const next = URL.createObjectURL(await r.blob());
        const probe = new Image();
        probe.src = next;
        await probe.decode();
        if (wanted !== null) img.src = next;
        if (url) URL.revokeObjectURL(url);
        url = next;
        shown = at;
      }
    } catch {
      // no dock: its first event tries again
    } finally {
      loading = false;
    }
    if (wanted !== null && wanted !== shown) again = setTimeout(() => newest(wanted), 1000);
  };
}
