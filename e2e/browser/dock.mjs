// A dock of its own for each test, and a person before its page.
import {spawn} from "node:child_process";
import {existsSync} from "node:fs";
import {mkdir, mkdtemp, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {fileURLToPath} from "node:url";
import {chromium} from "playwright-core";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..", "..");
const out = process.env.BROWSER_OUT || join(root, "out", "browser");
const bin = process.env.TRAM06_BIN || join(root, "bin");

// patience bounds every wait. It is no measure of speed: other work may keep
// the machine busy.
export const patience = 60_000;

// pause is how a person's hand waits between two touches; a terminal drops what
// comes faster.
const pause = 340;

export async function launch() {
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}: scripts/deps test installs it`);
  return chromium.launch({
    executablePath,
    chromiumSandbox: process.getuid() !== 0,
    args: ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

// open starts a dock, does something before its page, and stops all of it. The
// page must not have complained, and no request may have left this machine.
export async function open(browser, {width = 1600, height = 1000} = {}, play) {
  const state = await mkdtemp(join(tmpdir(), "tram06-browser-"));
  const dock = spawn(join(bin, "devdock"), ["run", "--listen", "127.0.0.1:0", "--state", state], {stdio: ["ignore", "pipe", "pipe"]});
  const ended = new Promise(resolve => dock.once("exit", resolve));
  let said = "";
  dock.stderr.on("data", b => { said += b; });
  try {
    const url = await address(dock, ended, () => said);
    const context = await browser.newContext({viewport: {width, height}, reducedMotion: "reduce"});
    context.setDefaultTimeout(patience);
    const p = new Person(context, await context.newPage(), url);
    p.dock = dock;
    await p.look();
    await play(p);
    const bad = p.complaints;
    await context.close();
    if (bad.length) throw new Error("the page complained:\n" + bad.join("\n"));
  } catch (err) {
    err.message += "\n" + said;
    throw err;
  } finally {
    dock.kill("SIGTERM");
    await ended;
    await rm(state, {recursive: true, force: true});
  }
}

function address(dock, ended, said) {
  return new Promise((resolve, reject) => {
    let text = "";
    dock.stdout.on("data", b => {
      text += b;
      const m = /is running:\s+(http:\/\/127\.0\.0\.1:\d+)/.exec(text);
      if (m) resolve(m[1]);
    });
    ended.then(code => reject(new Error(`devdock ended with ${code}\n${said()}`)));
  });
}

// watch notes whatever a page complains of.
function watch(page, url, complaints) {
  page.on("console", m => {
    // That the dock refuses to lay a card on no reader is an answer, not a fault.
    if (m.text().includes("409 (Conflict)")) return;
    if (["error", "warning"].includes(m.type())) complaints.push(`${m.type()}: ${m.text()} (${m.location().url})`);
  });
  page.on("pageerror", e => complaints.push("exception: " + e.message));
  page.on("request", r => { if (!r.url().startsWith(url) && !r.url().startsWith("blob:")) complaints.push("left the machine: " + r.url()); });
  page.on("response", r => { if (r.status() >= 500) complaints.push(`${r.status()} from ${r.url()}`); });
}

export class Person {
  constructor(context, page, url, complaints = []) {
    Object.assign(this, {context, page, url, complaints});
    watch(page, url, this.complaints);
  }

  async look() {
    await this.page.goto(this.url);
    await this.on("attract");
  }

  // second opens the page once more, as another tab.
  async second() {
    const p = new Person(this.context, await this.context.newPage(), this.url, this.complaints);
    await p.page.goto(p.url);
    return p;
  }

  // on waits until the kiosk shows a page.
  async on(name) {
    await this.page.waitForFunction(n => document.getElementById("screen").dataset.name === n, name).catch(async err => {
      throw new Error(`waiting for ${name}; on the screen: ${await this.name()}: ${err.message}`);
    });
  }

  name() { return this.page.evaluate(() => document.getElementById("screen").dataset.name); }

  // touch clicks on the screen's picture where it shows a target.
  async touch(name, ...ids) {
    await this.on(name);
    for (const id of ids) {
      const target = this.page.locator(`#targets [data-key="${id}"]`);
      await target.waitFor({state: "attached"});
      await this.settle();
      const [x, y] = await target.evaluate(e => {
        e.scrollIntoView({block: "nearest"});
        const b = e.getBoundingClientRect();
        return [b.x + b.width / 2, b.y + b.height / 2];
      });
      await this.page.mouse.click(x, y);
    }
  }

  // settle waits until the picture has stood for as long as a person looks.
  async settle() {
    await this.page.evaluate(pause => new Promise(resolve => {
      const screen = document.getElementById("screen");
      let timer = setTimeout(done, pause);
      const seen = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(done, pause); });
      function done() { seen.disconnect(); resolve(); }
      seen.observe(screen, {attributes: true, attributeFilter: ["data-name", "src"]});
    }), pause);
  }

  // press presses a button of the page by its name.
  async press(name, within = "main") {
    await this.page.locator(within).getByRole("button", {name, exact: true}).first().click();
  }

  // shows waits for words somewhere on the page.
  async shows(selector, words) {
    await this.page.locator(selector).filter({hasText: words}).first().waitFor();
  }

  text(selector) { return this.page.locator(selector).innerText(); }

  async picture(name) {
    await mkdir(out, {recursive: true});
    await this.settle();
    await this.page.screenshot({path: join(out, name + ".png")});
  }

  // The steps of a visit.

  async toConfirm(who = "NGUYỄN VĂN MẪU", lay = `Lay the card of ${who}`) {
    await this.touch("attract", "primary");
    await this.touch("consent", "agree");
    await this.on("identify-scan");
    await this.press(`Scan the QR code of ${who}`);
    await this.on("identify-lay");
    if (lay) await this.press(lay);
  }

  async toReview() {
    await this.toConfirm();
    await this.form();
  }

  async form() {
    await this.touch("confirm", "primary");
    await this.touch("services", "service.residence_confirmation");
    await this.touch("form-who", "primary");
    await this.touch("form-request", "answer.permanent", "primary");
    await this.touch("form-result", "answer.paper", "primary");
    await this.touch("form-phone", "primary");
    await this.on("review");
  }

  async leave(from) {
    await this.touch(from, "primary");
    await this.on("goodbye-card");
    await this.press("Lift the card", "#tray");
    await this.touch("goodbye", "primary");
    await this.on("attract");
  }
}
