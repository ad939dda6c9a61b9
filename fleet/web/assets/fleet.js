// Follows the fleet's events: when something changed, the page asks for itself
// again and takes over its new main part. Without this script it still works.
"use strict";
(() => {
  const stale = document.getElementById("stale");
  let busy = false, again = false;

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      // A page that came as the answer to a form asks for its plain address.
      const path = location.pathname.replace(/\/(ping|examine)$/, "");
      const answer = await fetch(path + "?lang=" + document.documentElement.lang);
      if (!answer.ok) throw new Error(answer.status);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
      const now = document.getElementById("main");
      if (next && now) {
        const focus = document.activeElement && document.activeElement.id;
        const said = now.querySelector(".pong");
        if (said) next.querySelector("form").append(said);
        const found = now.querySelector("#found");
        if (found) next.querySelector("form").after(found);
        now.replaceWith(document.adoptNode(next));
        if (focus && document.getElementById(focus)) document.getElementById(focus).focus({ preventScroll: true });
      }
      stale.hidden = true;
    } catch {
      stale.hidden = false;
    } finally {
      busy = false;
      if (again) { again = false; refresh(); }
    }
  }

  const source = new EventSource("/events");
  source.addEventListener("change", refresh);
  // After a break the page may be old by any number of changes.
  source.addEventListener("hello", refresh);
  source.onerror = () => { stale.hidden = false; };
})();
