// What every walk through the pages shares: the browser, the two widths, and what must hold for each page.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
export const { chromium } = require("playwright-core");
const { AxeBuilder } = require("@axe-core/playwright");

export const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export const sizes = [
  { name: "wide", width: 1440, height: 900 },
  { name: "narrow", width: 390, height: 844 },
];

// look takes pictures and checks what holds for every page; axe looks at the named part of it. Colours are the same at
// every width, and all else is the same in the dark: neither is checked twice. Without PICTURES it only measures, every frame of another origin
// that is shown, too.
export async function look(page, name, part = "html") {
  for (const frame of page.frames()) {
    const own = frame !== page.mainFrame() && URL.canParse(frame.url()) && new URL(frame.url()).origin === new URL(page.url()).origin;
    if (own || !(await shown(frame))) continue;
    const wide = await frame.evaluate(widest).catch((e) => (frame.isDetached() ? { by: 0 } : Promise.reject(e)));
    assert.equal(wide.by, 0, `${name} is ${wide.by} pixels wider than its ${frame === page.mainFrame() ? "window" : `frame of ${frame.url()}`}, by ${wide.what}`);
  }
  if (!process.env.PICTURES) return;
  const narrow = page.viewportSize().width < 1000;
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await settled(page, colorScheme);
    await page.screenshot({ path: `${process.env.PICTURES}/${name}-${colorScheme}.png`, fullPage: name.includes("setup") });
    if (narrow && colorScheme === "dark") continue;
    const axe = new AxeBuilder({ page }).include(part);
    if (colorScheme === "dark") axe.withRules(["color-contrast"]);
    if (narrow) axe.disableRules(["color-contrast"]);
    const { violations } = await axe.analyze();
    const bad = violations.filter((v) => ["serious", "critical"].includes(v.impact));
    assert.deepEqual(bad.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(" ")}`), [], `${name}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

// widest says by how much a page is wider than the place it has, and which element is.
function widest() {
  const room = document.documentElement.clientWidth;
  const by = document.documentElement.scrollWidth - room;
  const out = by > 0 ? [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > room + 1).pop() : null;
  return { by, what: out?.outerHTML.slice(0, 300) };
}

// shown reports whether a frame takes room: the window does, one within a page that is hidden or gone does not.
async function shown(frame) {
  for (let f = frame; f.parentFrame(); f = f.parentFrame()) {
    const box = await f.frameElement().then((element) => element.boundingBox()).catch(() => null);
    if (!box?.width) return false;
  }
  return true;
}

// settled waits until a page that follows the system's colours has them, and no colour is on its way any more.
async function settled(page, colorScheme) {
  await page.waitForFunction((scheme) => {
    const own = document.documentElement.dataset.mantineColorScheme;
    const ends = (a) => a.effect?.getComputedTiming().iterations !== Infinity;
    return (!own || own === scheme) && !document.getAnimations().some((a) => a.playState === "running" && ends(a));
  }, colorScheme);
}

// problemsOf gathers the errors that a page reports; the browser's own reports of refusals that a walk asks for do not count.
export function problemsOf(page, expected = /status of 40[013]/) {
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !expected.test(message.text())) problems.push(`${message.text()} ${message.location().url}`);
  });
  return problems;
}

// press clicks when the browser has shown where things are: what has just been scrolled is hit at its old place as long as the browser's
// last picture has it there, which with frames of another origin is another page. A frame out of sight draws nothing, and nothing in it ever
// comes to rest: it is scrolled to first.
export async function press(page, what) {
  await what.evaluate((element) => element.scrollIntoView({ block: "nearest" }));
  await page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(shown)))));
  await what.click();
}
