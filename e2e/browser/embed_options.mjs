// Walks through what the options of LAUNCH change, what a vendor's refusal shows, and where people are led in the end: see embed_test.go.
import assert from "node:assert/strict";

import { api } from "./embed_api.mjs";
import { chromium, flags, look, press, problemsOf, sizes } from "./look.mjs";

const { HOST, CHROMIUM, VENDOR, BASE } = process.env;

const refusal = `<!doctype html><html lang="en"><title>Not connected</title><h1>Acme said no</h1><p id="why">{{error}}: {{error_description}}</p><script>document.body.dataset.ran = "yes"</script></html>`;
const thanks = `<!doctype html><html lang="en"><title>Thanks</title><h1>Thanks</h1><button id="away">Elsewhere</button> <button id="on">On we go</button><script>
  document.getElementById("away").onclick = () => leaveTo("https://evil.example/");
  document.getElementById("on").onclick = () => leaveTo("${HOST}/?cycle=" + result.cycleId); </script></html>`;

const link = async (account, options) => (await api("POST", `/accounts/${account}/launch`, { Tags: ["later"], InlineOAuth: false, ...options })).LaunchUrl;

async function open(page, url) {
  await page.evaluate((address) => { window.opened = Integrations.open({ url: address, mode: "modal", title: "LAUNCH" }); }, url);
  return page.frameLocator('dialog iframe[title="LAUNCH"]');
}

async function close(page) {
  await page.evaluate(() => window.opened.close());
  await page.locator("dialog").waitFor({ state: "detached" });
}

async function logIn(vendor) {
  await vendor.locator("input[name=login]").fill("dana");
  await vendor.locator("input[name=password]").fill("whatever");
  await vendor.locator("button[type=submit]").click();
  await vendor.getByText("Authorize").first().waitFor();
}

// refused cancels at the vendor: its window shows the partner's own page with what the vendor said, as text, and the page in the frame
// stays where it is, for another try.
async function refused(page, frame, size) {
  await frame.getByLabel("Address").fill(VENDOR);
  const go = frame.getByRole("button", { name: "Sign in to Acme" });
  const [vendor] = await Promise.all([page.waitForEvent("popup"), press(page, go)]);
  await vendor.setViewportSize({ width: size.width, height: size.height });
  await vendor.getByRole("link", { name: "Cancel" }).click();
  const own = vendor.frameLocator("#own");
  await own.getByRole("heading", { name: "Acme said no" }).waitFor();
  assert.match(await own.locator("#why").innerText(), /^access_denied: \S+/);
  await vendor.getByText("Close this window and try again where you came from.").waitFor();
  await look(vendor, `options-refused-${size.name}`);
  await vendor.close();
  const [again] = await Promise.all([page.waitForEvent("popup"), press(page, go)]);
  await logIn(again);
  await Promise.all([again.waitForEvent("close"), again.locator("button[type=submit]").click()]);
  await frame.locator(".steps .now").filter({ hasNotText: "Acme" }).waitFor(); // what is left are the choices
}

// wizard goes through a page per step, back and forth; the time that waits is shown on the browser's clock and kept in UTC.
async function wizard(page, account, size) {
  const frame = await open(page, await link(account, { Wizard: true, RunOnce: true, SingleInstall: true, CompleteParameter: "once" }));
  await frame.getByLabel("Address").waitFor();
  const steps = (await frame.locator(".steps li").allInnerTexts()).map((s) => s.replace(/^[\d✓\s]+/, ""));
  assert.equal(steps.length, 4, `Acme, two pages, and the end: ${steps}`);
  await refused(page, frame, size);
  const greeting = frame.getByLabel("Greeting");
  const when = frame.locator("input[type=datetime-local]");
  await greeting.fill("Hello");
  assert.equal(await frame.locator("form.card input").count(), 1, "a page has the choices of one step");
  await look(page, `options-wizard-first-${size.name}`, "body");
  await press(page, frame.getByRole("button", { name: "Next" }));
  await when.waitFor();
  assert.equal(await when.inputValue(), "2026-03-01T11:30", "a time in UTC is shown on the browser's clock");
  await when.fill("2026-03-02T09:15");
  await look(page, `options-wizard-time-${size.name}`, "body");
  await press(page, frame.getByRole("button", { name: "Back" }));
  await greeting.waitFor();
  assert.equal(await greeting.inputValue(), "Hello");
  await press(page, frame.getByRole("button", { name: "Next" }));
  await when.waitFor();
  assert.equal(await when.inputValue(), "2026-03-02T09:15", "what was typed is there");
  await press(page, frame.getByRole("button", { name: "Start integration" }));
  const own = frame.frameLocator("iframe.own-page");
  await own.getByRole("heading", { name: "Thanks" }).waitFor();
  const result = await page.evaluate(() => window.opened.result);
  assert.deepEqual([result.accountApiId, result.status, result.completeParameter, result.errors, result.templateTags], [account, "Active", "once", [], ["later"]]);
  const cycle = await api("GET", `/cycles/${result.cycleId}`, undefined, account);
  assert.equal(cycle.RunOnce, true, "it runs once");
  const waits = (await api("GET", `/cycles/${result.cycleId}/steps`, undefined, account)).find((s) => s.ActionType === "WaitUntil");
  assert.match(JSON.stringify(waits), /2026-03-02T08:15:00Z/, "the time is kept in UTC");
  await leave(page, frame, own, result, size);
  await close(page);
}

// leave: the partner's page at the end leads to the partner's own places, and to nobody else's.
async function leave(page, frame, own, result, size) {
  await own.getByRole("button", { name: "Elsewhere" }).click();
  await frame.getByRole("alert").waitFor();
  await look(page, `options-done-${size.name}`, "body");
  await own.getByRole("button", { name: "On we go" }).click();
  await frame.getByRole("heading", { name: "Stockroom" }).waitFor(); // the frame shows a page of the host now
  assert.ok(page.frames().some((f) => f.url() === `${HOST}/?cycle=${result.cycleId}`), page.frames().map((f) => f.url()).join(" "));
}

// single: what is installed is not offered again, and without that it is.
async function single(page, account, size) {
  let frame = await open(page, await link(account, { SingleInstall: true }));
  await frame.getByText("There is nothing to set up.").waitFor();
  assert.equal(await frame.getByRole("button", { name: /Later at Acme/ }).count(), 0);
  await look(page, `options-single-${size.name}`, "body");
  await close(page);
  frame = await open(page, await link(account, { AutoInstall: false }));
  const again = frame.getByRole("button", { name: /: Later at Acme$/ });
  await again.waitFor();
  await look(page, `options-again-${size.name}`, "body");
  await close(page);
  frame = await open(page, await link(account, { Start: false }));
  await frame.locator("form.card").waitFor(); // all choices are on one page
  assert.equal(await frame.locator("form.card input").count(), 2);
  await frame.getByLabel("Greeting").fill("Hi");
  await press(page, frame.getByRole("button", { name: "Finish" }));
  await frame.frameLocator("iframe.own-page").getByRole("heading", { name: "Thanks" }).waitFor();
  assert.equal((await page.evaluate(() => window.opened.result)).status, "Stopped", "it was not to be started");
  await close(page);
}

// inWindow refuses in the same window: the page of the refusal leads back to where it was asked.
async function inWindow(context, account) {
  const page = await context.newPage();
  await page.goto(await link(account, { InlineOAuth: true }));
  await page.getByLabel("Address").fill(VENDOR);
  await page.getByRole("button", { name: "Sign in to Acme" }).click();
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.frameLocator("#own").getByRole("heading", { name: "Acme said no" }).waitFor();
  await page.getByRole("link", { name: "Go back and try again" }).click();
  await page.getByRole("button", { name: "Sign in to Acme" }).click();
  await logIn(page);
  await page.locator("button[type=submit]").click();
  await page.getByText("Acme is connected").or(page.getByLabel("Greeting")).first().waitFor();
  assert.ok(page.url().startsWith(BASE), page.url());
  await page.close();
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...flags, "--test-third-party-cookie-phaseout"] });
try {
  await api("PUT", "/branding", { Name: "Harbour", ConnectorCallbackErrorHtml: refusal, LaunchCompleteHtml: thanks });
  for (const size of sizes) {
    const account = size.name === "wide" ? "aster" : "birch";
    const context = await browser.newContext({ viewport: { width: size.width, height: size.height }, timezoneId: "Europe/Berlin" });
    const page = await context.newPage();
    const problems = problemsOf(page, /status of 40[0134]/);
    await page.goto(HOST);
    await page.getByLabel("Who are you?").selectOption(size.name === "wide" ? "dana" : "sam");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.frameLocator("#marketplace iframe").getByRole("heading", { name: "Add-ons" }).waitFor();
    await wizard(page, account, size);
    await single(page, account, size);
    assert.deepEqual(problems, [], "no page reports an error");
    await context.clearCookies({ domain: new URL(VENDOR).hostname });
    await inWindow(context, `in-window-${size.name}`);
    await context.close();
  }
} finally {
  await browser.close();
}
