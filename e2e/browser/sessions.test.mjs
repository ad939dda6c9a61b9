// Whole sessions by people who click. Each has a dock of its own; some play at
// the same time, since a visit is mostly waiting.
import assert from "node:assert/strict";
import {after, before, describe, test} from "node:test";
import {launch, open} from "./dock.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });

const session = (name, options, play) => test(name, () => open(browser, options, play));

describe("the dock's page", {concurrency: 3}, () => {
  session("a whole visit", {}, async p => {
    await p.picture("visit-1-attract");
    await p.touch("attract", "primary");
    await p.touch("consent", "agree");
    await p.on("identify-scan");
    await p.page.locator('#lamps li.lit[data-key="scanner"]').waitFor(); // it invites
    await p.press("Scan NGUYỄN VĂN MẪU", ".next");
    await p.on("identify-lay");
    await p.page.locator('#lamps li.lit[data-key="reader"]').waitFor();
    await p.press("Lay NGUYỄN VĂN MẪU", ".next");
    await p.on("confirm");
    await p.picture("visit-2-confirm");
    await p.form();
    // The paper grows while it is printed: its picture is many, then that of a whole one.
    await p.page.evaluate(() => {
      const img = document.getElementById("hanging");
      window.grown = [];
      img.addEventListener("load", () => window.grown.push(img.naturalHeight));
    });
    await p.touch("review", "primary");
    await p.on("done-accepted");
    const paper = p.page.locator("#outlet");
    await paper.waitFor();
    await p.page.waitForFunction(() => document.getElementById("hanging").src.endsWith("/api/paper/1"));
    const grown = await p.page.evaluate(() => window.grown);
    assert.ok(grown.length >= 3 && grown.every((h, i) => i === 0 || h >= grown[i - 1]), `it grew ${grown}`);
    await p.shows("#arrived", "1 dossier arrived.");
    await p.picture("visit-3-paper");
    await p.press("Tear it off", ".next");
    await paper.waitFor({state: "hidden"});
    await p.page.locator("#papers button").click();
    await p.page.locator("#large[open]").waitFor();
    await p.page.waitForFunction(() => document.getElementById("sheet").naturalHeight > 800);
    await p.picture("visit-4-receipt");
    await p.page.keyboard.press("Escape");
    await p.page.locator("#large").waitFor({state: "hidden"});
    await p.leave("done-accepted");
    assert.match(await p.text("#presence"), /online/);
    await p.shows("#said", "that went well"); // the sound of it
  });

  session("cards that somebody made of another one", {}, async p => {
    for (const [card, code] of [["mau-clone", "THE-"], ["mau-photo-changed", "THE-"]]) {
      await p.toConfirm("NGUYỄN VĂN MẪU", null);
      await p.page.locator("#card").selectOption(card);
      await p.shows("#about", "The kiosk should refuse it: " + code);
      await p.page.locator("#lay").click();
      await p.on("identify-problem");
      await p.picture("attack-" + card);
      await p.touch("identify-problem", "cancel");
      await p.touch("cancel", "back");
      await p.on("goodbye-card");
      await p.press("Lift the card", "#tray");
      await p.touch("goodbye", "primary");
    }
    await p.toConfirm("NGUYỄN VĂN MẪU", null);
    await p.page.locator("#card").selectOption("bank-card");
    await p.page.locator("#lay").click();
    await p.on("identify-problem");
  });

  session("a network that is cut and mended", {}, async p => {
    await p.press("Cut", "#wires");
    await p.toReview();
    await p.touch("review", "primary");
    await p.on("done-kept");
    await p.shows("#health", "1 not yet with the gateway");
    assert.equal(await p.text("#arrived"), "0 dossiers arrived.");
    await p.picture("network-cut");
    await p.press("Good", "#network");
    await p.shows("#arrived", "1 dossier arrived");
    await p.shows("#health", "Outbox empty");
    assert.doesNotMatch(await p.text("#arrived"), /already/);
  });

  session("each behaviour of the portal", {}, async p => {
    let visits = 0;
    const visit = async () => {
      if (visits++ === 0) await p.toReview();
      else {
        await p.touch("done-accepted", "another");
        await p.touch("services", "service.residence_confirmation");
        await p.touch("form-who", "primary");
        await p.touch("form-request", "answer.permanent", "primary");
        await p.touch("form-result", "answer.paper", "primary");
        await p.touch("form-phone", "primary");
      }
      await p.touch("review", "primary");
      await p.on("done-accepted"); // durable at the gateway, whatever the portal does
    };
    await p.press("Answer lost", "#portal");
    await visit();
    await p.shows("#arrived", "1 dossier arrived");
    await p.press("Maintenance", "#portal");
    await visit();
    await p.shows("#arrived", "turned away");
    await p.picture("portal-maintenance");
    await p.press("Good", "#portal");
    await p.shows("#arrived", "2 dossiers arrived");
    assert.doesNotMatch(await p.text("#arrived"), /already/);
    assert.equal(await p.page.locator("#dossiers li").count(), 2);
    assert.equal(await p.page.locator("#dossiers .bad").count(), 0);
    assert.doesNotMatch(await p.text("#dossiers"), /MẪU/);
  });

  session("a printer without paper", {}, async p => {
    await p.press("Empty", "#printer");
    await p.shows("#ill", "IN-202");
    await p.toReview();
    await p.touch("review", "primary");
    await p.on("done-accepted");
    await p.picture("paper-out");
    assert.equal(await p.page.locator("#outlet").isHidden(), true);
    await p.press("Full roll", "#printer");
    await p.touch("done-accepted", "back"); // print it now
    await p.page.waitForFunction(() => document.getElementById("hanging").src.includes("/api/paper/"));
    await p.press("Tear off", "#printing");
    await p.page.locator("#papers button").waitFor();
    assert.equal(await p.page.locator("#papers button").count(), 1);
    await p.page.locator("#ill li", {hasText: "Printer"}).waitFor({state: "detached"});
    await p.press("Cover open", "#printer");
    await p.shows("#ill", "IN-204");
    await p.press("Cover open", "#printer");
    await p.page.locator("#ill li", {hasText: "Printer"}).waitFor({state: "detached"});
  });

  session("every plug, door and heat", {}, async p => {
    const well = name => p.page.locator("#ill li", {hasText: name}).waitFor({state: "detached"});
    // Whoever touches a panel that is unplugged reads it there, and how to go on.
    await p.press("Touch panel", "#cables");
    await p.shows("#hint", "The touch panel is unplugged.");
    await p.page.locator("#screen").click();
    await p.shows(".kiosk .trouble", "unplugged");
    const said = await p.page.locator(".kiosk .trouble").boundingBox();
    assert.ok(said.y >= 0 && said.y + said.height <= 1000, `out of sight at ${said.y}`);
    await p.press("Plug it in", ".next");
    await p.page.locator(".kiosk .trouble:empty").waitFor({state: "attached"});
    await p.shows("#hint", "A click on the screen is a touch.");
    await p.page.locator("#heat").fill("90");
    await p.shows("#celsius", "90 °C");
    await p.press("Service door open", "#contacts");
    await p.shows("#ill", "Service door");
    // The remedy is there in both languages.
    await p.page.locator("#ill summary", {hasText: "Service door"}).click();
    await p.shows("#ill", "close and lock it");
    await p.shows("#ill", "đóng và khóa lại");
    await p.press("Service door open", "#contacts");
    await well("Service door");
    for (const [cable, device] of [["Reader", "Card reader"], ["Scanner", "Code scanner"], ["Printer", "Printer"], ["Touch panel", "Touch panel"], ["Keypad", "Tactile keypad"], ["Sound", "Sound"], ["Lamps, contacts, fan", "Service door"], ["Backlight", "Backlight"], ["Battery clock", "Battery clock"], ["Watchdog", "Watchdog"]]) {
      await p.press(cable, "#cables");
      await p.shows("#ill", device);
      if (cable === "Printer") await p.picture("plugs");
      await p.press(cable, "#cables");
      await well(device);
    }
    await p.shows("#ill", "Thermometer"); // it is hot
    await p.picture("hot");
    await p.page.locator("#heat").fill("40");
    await well("Thermometer");
    await p.press("Thermometer", "#cables");
    await p.shows("#ill", "Thermometer");
    await p.press("Thermometer", "#cables");
    await well("Thermometer");
    await p.press("Battery low", "#clock");
    await p.shows("#ill", "Battery clock");
    await p.press("Right", "#clock");
    await well("Battery clock");
    await p.shows("#watchdog", "Watchdog runs");
  });

  session("a reader that is unplugged in the middle", {}, async p => {
    await p.touch("attract", "primary");
    await p.touch("consent", "agree");
    await p.on("identify-scan");
    await p.press("Scan the QR code of NGUYỄN VĂN MẪU");
    await p.on("identify-lay");
    await p.press("Reader", "#cables");
    await p.shows("#ill", "Card reader");
    await p.press("Lay the card of NGUYỄN VĂN MẪU");
    await p.shows("#tray .trouble", "unplugged"); // beside the button
    await p.shows("#hint", "The reader is unplugged.");
    await p.press("Plug it in", ".next");
    await p.page.locator("#ill li", {hasText: "Card reader"}).waitFor({state: "detached"});
    await p.press("Lay the card of NGUYỄN VĂN MẪU");
    await p.on("confirm");
  });

  session("a power cut", {}, async p => {
    await p.toReview();
    await p.press("Cut", "#network");
    await p.touch("review", "primary");
    await p.on("done-kept");
    await p.press("Cut kiosk's power", "#power");
    await p.page.locator("#dark").waitFor();
    await p.picture("power-cut");
    await p.on("attract"); // whoever comes next sees nothing of it
    await p.press("Cut gateway's power", "#power");
    await p.press("Good", "#network");
    await p.shows("#arrived", "1 dossier arrived");
    assert.doesNotMatch(await p.text("#arrived"), /already/);
    await p.touch("attract", "primary");
    await p.touch("consent", "agree");
    await p.shows("#do", "Scan");
    // What a kiosk told that is silent now is not shown as what is.
    const silent = await p.page.evaluate(async () => {
      const {dock} = await import("/static/act.js"), {drawServers} = await import("/static/server.js");
      return ["offline", "online"].map(presence => {
        drawServers({...dock.world, health: {...dock.world.health, presence}});
        return [document.getElementById("presence").textContent, document.querySelectorAll(".silent").length];
      });
    });
    assert.match(silent[0][0], /is offline. What it told last/);
    assert.match(silent[1][0], /is online. Sessions/);
    assert.deepEqual([silent[0][1], silent[1][1]], [2, 0]);
    // A page without its dock says so, and offers nothing that would fail.
    p.dock.kill("SIGTERM");
    await p.shows(".kiosk .trouble", "The dock does not answer");
    await p.shows("#hint", "The dock does not answer.");
    assert.equal(await p.page.locator("#do").isHidden(), true);
    await p.picture("no-dock");
    p.complaints.length = 0; // of the browser, that nobody answers
  });

  session("keyboard, keypad and a second tab", {width: 1280, height: 800}, async p => {
    const other = await p.second();
    await other.on("attract");
    // The screen's targets by keyboard alone.
    await p.page.locator('#targets [data-key="primary"]').focus();
    await p.settle();
    await p.page.keyboard.press("Enter");
    await other.on("consent");
    // The keypad speaks, and moves.
    await p.page.locator('#keypad [data-key="ok"]').focus();
    await p.page.keyboard.press("ArrowDown");
    await p.page.locator("#said li").first().waitFor();
    await other.page.locator("#said li").first().waitFor();
    const heard = await p.page.locator("#said li").count();
    await p.settle();
    await p.page.locator('#keypad [data-key="down"]').click();
    await p.page.waitForFunction(n => document.querySelectorAll("#said li").length > n, heard);
    await p.picture("keypad");
    // A finger that slides off a key leaves the keyboard as it was.
    const key = await p.page.locator('#keypad [data-key="repeat"]').boundingBox();
    await p.page.mouse.move(key.x + 5, key.y + 5);
    await p.page.mouse.down();
    await p.page.mouse.move(5, 5);
    await p.page.mouse.up();
    await p.settle();
    const before = await p.page.locator("#said li").last().getAttribute("data-key");
    await p.page.locator('#keypad [data-key="repeat"]').focus();
    await p.page.keyboard.press("Enter");
    await p.page.waitForFunction(n => document.querySelector("#said li:last-child").dataset.key !== n, before);
    // What a page says stands in both tabs, and touches of the other one count.
    await other.touch("consent", "agree");
    await p.on("identify-scan");
    // Every button can be reached, and none traps the focus.
    const seen = new Set();
    await p.page.locator("body").evaluate(b => { b.tabIndex = -1; b.focus(); });
    for (let i = 0; i < 120; i++) {
      await p.page.keyboard.press("Tab");
      const id = await p.page.evaluate(() => {
        const e = document.activeElement;
        if (e === document.body) return "";
        const s = getComputedStyle(e);
        return (s.outlineStyle === "none" ? "no ring: " : "") + (e.closest("section,dialog")?.id || "") + " " + (e.ariaLabel || e.textContent || e.id).trim();
      });
      if (!id) break;
      assert.doesNotMatch(id, /^no ring/);
      seen.add(id);
    }
    const buttons = await p.page.locator("main button:visible:enabled").count();
    assert.ok(seen.size >= buttons, `${seen.size} places have the focus, there are ${buttons} buttons`);
    await p.press("Back", "#keypad");
  });

  session("every window", {}, async p => {
    // A picture that does not come is asked for again, though nothing happens.
    let asked = 0;
    await p.page.route("**/api/screen.png", r => asked++ ? r.continue() : r.fulfill({status: 204}));
    await p.page.reload();
    await p.page.waitForFunction(() => document.getElementById("screen").src.startsWith("blob:"));
    assert.ok(asked > 1, `asked ${asked} times`);
    await p.page.unroute("**/api/screen.png");
    for (const [width, height] of [[1600, 1000], [1280, 800], [1920, 1080], [1024, 768], [760, 900], [400, 800]]) {
      await p.page.setViewportSize({width, height});
      await p.picture(`window-${width}`);
      const wrong = await p.page.evaluate(() => {
        const bad = [];
        if (document.documentElement.scrollWidth > innerWidth) bad.push("it is wider than the window");
        for (const e of document.querySelectorAll("main button, main input, main select, main p, main li")) {
          const b = e.getBoundingClientRect();
          if (b.width && (b.left < -1 || b.right > innerWidth + 1)) bad.push("outside: " + (e.id || e.textContent.slice(0, 30)));
          if (b.width && e.scrollWidth > e.clientWidth + 1 && e.tagName === "BUTTON" && !e.closest("#targets")) bad.push("cut off: " + e.textContent);
        }
        return bad;
      });
      assert.deepEqual(wrong, [], `${width}x${height}`);
    }
    // The tray comes into sight first.
    await p.page.setViewportSize({width: 1280, height: 800});
    const lay = await p.page.getByRole("button", {name: "Lay the card of NGUYỄN VĂN MẪU"}).boundingBox();
    assert.ok(lay.y + lay.height < 800);
  });
});
