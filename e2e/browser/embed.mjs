// Walks through the embedded pages as a vendor's customers do, within the example application of another origin.
//
// embed_test.go starts Paceline's demo and the application.
import assert from "node:assert/strict";

import { chromium, flags, look, problemsOf, sizes } from "./look.mjs";

const { HOST, CHROMIUM, REMOTE } = process.env;

async function signIn(page, user) {
  await page.goto(HOST);
  await page.getByLabel("Who are you?").selectOption(user);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Signed in as").waitFor();
}

// setUp goes through the wizard in a frame: two applications with a key each, then the settings.
async function setUp(page, frame, name) {
  for (let i = 0; i < 6; i++) {
    const keys = frame.locator("form.card input[type=password]");
    const go = frame.locator("form.card .actions button.primary");
    await go.waitFor();
    if (await keys.count()) {
      await look(page, `${name}-connect-${i}`, "body");
      for (let k = 0; k < (await keys.count()); k++) await keys.nth(k).fill("a key");
      const address = frame.locator('[id="p.BaseUrl"]');
      if ((await address.count()) && (await address.inputValue()) === "") await address.fill(REMOTE);
    }
    const before = await frame.locator(".steps .now").textContent();
    await go.click();
    const end = frame.getByRole("heading", { name: /is set up/ });
    await frame.locator(".steps .now").filter({ hasNotText: before }).or(frame.getByRole("alert")).or(end).first().waitFor();
    if (await end.count()) break;
  }
}

async function launch(page, size) {
  await page.getByRole("button", { name: "Add an integration" }).click();
  const frame = page.frameLocator('dialog iframe[title="Add an integration"]');
  await frame.getByRole("heading", { name: "Connect your applications" }).waitFor();
  await look(page, `embed-launch-list-${size.name}`, "body");
  await frame.getByRole("button", { name: /^Connect: / }).first().click();
  await setUp(page, frame, `embed-launch-${size.name}`);
  await frame.getByRole("heading", { name: /is set up/ }).waitFor();
  await look(page, `embed-launch-done-${size.name}`, "body");
  await page.getByRole("status").filter({ hasText: '"completeParameter":"from-stockroom"' }).waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  assert.equal(await page.locator("dialog").count(), 0, "the page over ours is gone");
}

async function orbit(page, size) {
  const [popup] = await Promise.all([page.waitForEvent("popup"), page.getByRole("button", { name: "Manage integrations" }).click()]);
  await popup.setViewportSize({ width: size.width, height: size.height });
  await popup.getByRole("heading", { name: "Your integrations" }).waitFor();
  assert.ok(!/token|session/.test(popup.url()), `no secret stays in the address: ${popup.url()}`);
  await popup.getByRole("button", { name: /^(Pause|Resume): / }).first().waitFor();
  await popup.goto(`${popup.url()}&x=1#session=of-somebody-else`);
  await popup.getByRole("button", { name: /^(Pause|Resume): / }).first().waitFor(); // no address brings a session to a window
  assert.ok(!popup.url().includes("#"), popup.url());
  await look(popup, `embed-orbit-${size.name}`);
  await popup.getByRole("button", { name: /^Remove: / }).first().click();
  await popup.getByRole("dialog").waitFor();
  await look(popup, `embed-orbit-remove-${size.name}`);
  await popup.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await popup.getByText("Nothing is installed yet.").waitFor();
  await look(popup, `embed-orbit-empty-${size.name}`);
  await popup.close();
}

// stranger is the same application at an origin that nobody has registered: nothing of ours shows within it.
async function stranger(browser) {
  const page = await (await browser.newContext()).newPage();
  const refused = page.waitForEvent("console", (m) => /frame-ancestors/.test(m.text()));
  await page.goto(HOST.replace("localhost", "127.0.0.1"));
  await page.getByLabel("Who are you?").selectOption("dana");
  await page.getByRole("button", { name: "Sign in" }).click();
  await refused;
  assert.equal(await page.frameLocator("#marketplace iframe").getByRole("heading", { name: "Add-ons" }).count(), 0);
  await page.context().close();
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: flags });
try {
  for (const size of sizes) {
    const context = await browser.newContext({ viewport: { width: size.width, height: size.height } });
    const page = await context.newPage();
    const problems = problemsOf(page);
    await signIn(page, size.name === "wide" ? "dana" : "sam");
    const market = page.frameLocator("#marketplace iframe");
    await market.getByRole("heading", { name: "Add-ons" }).waitFor();
    await look(page, `embed-marketplace-${size.name}`, "body");
    await launch(page, size);
    await orbit(page, size);
    assert.deepEqual(problems, [], "no page reports an error");
    await context.close();
  }
  await stranger(browser);
} finally {
  await browser.close();
}
