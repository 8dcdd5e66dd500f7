// Walks through the embedded pages as a vendor's customers do, within the example application of another origin.
//
// embed_test.go starts Paceline's demo and the application.
import assert from "node:assert/strict";

import { api } from "./embed_api.mjs";
import { chromium, flags, look, problemsOf, sizes } from "./look.mjs";

const { HOST, CHROMIUM, REMOTE, VENDOR, MARKETPLACE, TOLD } = process.env;

const dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

// brand makes the pages the partner's, with HTML that tries to run and to look around, and CSS that stays where it is.
async function brand() {
  await api("PUT", "/branding", {
    Name: "Harbour", Logo: dot, Icon: dot, BrandColour: "#1a6b4f", CornerRadius: 12, Font: "Serif", UserAgent: "Harbour/1",
    HeaderHtml: '<p class="slogan">All your tools</p><img src=x onerror="window.ran = 1"><script>window.ran = 1</script><form><input name="password"></form>',
    Css: ".slogan { color: #b00020 } .button { letter-spacing: 1px }", Wording: { "launch.title": "Pick a tool" },
    LaunchCompleteHtml: `<h1 id="end">Well done</h1><p id="said"></p><script>
      document.getElementById("said").textContent = result.accountApiId + " " + result.status + " " + result.completeParameter;
      let around = "free"; try { parent.document.title } catch { around = "apart" }
      document.getElementById("end").dataset.around = around; </script><button onclick="closePage()">Leave</button>`,
  });
  await api("PUT", `/marketplaces/${MARKETPLACE}`, { NotificationUrl: TOLD });
}

// branded looks at a page: it is the partner's, nothing of the partner's has run, and it names nobody else.
async function branded(page, frame, name) {
  await frame.locator(".branded").waitFor();
  const seen = await frame.locator(".branded").evaluate((root) => ({
    ran: window.ran, forms: root.querySelectorAll(".brand-header form, .brand-header input, .brand-header script").length,
    primary: getComputedStyle(document.documentElement).getPropertyValue("--pl-primary"), slogan: getComputedStyle(root.querySelector(".slogan")).color,
    title: document.title, words: document.body.innerText + [...document.querySelectorAll("[aria-label],[title],[placeholder],[alt]")].map((e) => ["aria-label", "title", "placeholder", "alt"].map((a) => e.getAttribute(a)).join(" ")).join(" "),
  }));
  assert.deepEqual({ ran: seen.ran, forms: seen.forms, primary: seen.primary, slogan: seen.slogan, title: seen.title }, { ran: undefined, forms: 0, primary: "#1a6b4f", slogan: "rgb(176, 0, 32)", title: "Harbour" }, name);
  assert.doesNotMatch(seen.words, /paceline/i, `${name} names the product`);
}

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
    if (await frame.locator("form.card .head").count()) assert.equal(await go.evaluate((b) => getComputedStyle(b).letterSpacing), "normal", "no style of the partner's where credentials are typed");
    if (await keys.count()) {
      await look(page, `${name}-connect-${i}`, "body");
      for (let k = 0; k < (await keys.count()); k++) await keys.nth(k).fill("a key");
      const address = frame.locator('[id="p.BaseUrl"]');
      if ((await address.count()) && (await address.inputValue()) === "") await address.fill(REMOTE);
    }
    const before = await frame.locator(".steps .now").textContent();
    await go.click();
    const end = frame.locator("iframe.own-page");
    await frame.locator(".steps .now").filter({ hasNotText: before }).or(frame.getByRole("alert")).or(end).first().waitFor();
    if (await end.count()) break;
  }
}

async function launch(page, size) {
  await page.getByRole("button", { name: "Add an integration" }).click();
  const frame = page.frameLocator('dialog iframe[title="Add an integration"]');
  await frame.getByRole("heading", { name: "Pick a tool" }).waitFor();
  await branded(page, frame, "LAUNCH");
  await look(page, `embed-launch-list-${size.name}`, "body");
  await frame.getByRole("button", { name: "Connect: GitHub issue to CRM ticket" }).click();
  await setUp(page, frame, `embed-launch-${size.name}`);
  const own = frame.frameLocator("iframe.own-page");
  await own.getByText(`${size.name === "wide" ? "aster" : "birch"} Active from-stockroom`).waitFor();
  assert.equal(await own.locator("#end").getAttribute("data-around"), "apart", "the partner's page reaches nothing of ours");
  await look(page, `embed-launch-done-${size.name}`, "body");
  await page.getByRole("status").filter({ hasText: '"completeParameter":"from-stockroom"' }).waitFor();
  await own.getByRole("button", { name: "Leave" }).click();
  await frame.getByRole("heading", { name: "Pick a tool" }).waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  assert.equal(await page.locator("dialog").count(), 0, "the page over ours is gone");
}

// consent sets up what needs a sign-in at a vendor, within the marketplace's frame: the vendor opens in a window of its own, and others
// wrote it. The browser keeps no cookies of frames.
async function consent(page, market) {
  await market.getByRole("button", { name: "Connect: Who is at Acme" }).click();
  await market.getByLabel("Address").fill(VENDOR);
  const [vendor] = await Promise.all([page.waitForEvent("popup"), market.getByRole("button", { name: "Sign in to Acme" }).click()]);
  await vendor.locator("input[name=login]").fill("dana");
  await vendor.locator("input[name=password]").fill("whatever");
  await vendor.locator("button[type=submit]").click();
  await vendor.getByText("Authorize").first().waitFor();
  await Promise.all([vendor.waitForEvent("close"), vendor.locator("button[type=submit]").click()]);
  await market.getByText("Acme is connected").waitFor();
  await market.getByRole("button", { name: /^(Finish|Start integration)$/ }).click();
  await market.frameLocator("iframe.own-page").getByText("Well done").waitFor();
  await look(page, "embed-consent-done", "body");
  await market.frameLocator("iframe.own-page").getByRole("button", { name: "Leave" }).click();
  await market.getByRole("button", { name: "Manage: Who is at Acme" }).click();
  await market.getByRole("dialog").getByRole("button", { name: /^Remove: / }).click();
  await market.getByRole("dialog").filter({ hasText: "Remove Who is at Acme?" }).getByRole("button", { name: "Remove", exact: true }).click();
  await market.getByRole("button", { name: "Connect: Who is at Acme" }).waitFor();
  await expectTold(/installed[^]*uninstalled/);
}

// expectTold waits until the partner's server was told.
async function expectTold(what) {
  for (;;) {
    const said = await (await fetch(TOLD)).text();
    if (what.test(said)) return;
    await new Promise((again) => setTimeout(again, 100));
  }
}

// refused has no address to show: the window that was opened for it goes away, and the application says why.
async function refused(page) {
  await page.route("**/orbit", (route) => route.fulfill({ status: 502, contentType: "application/json", body: '{"Message":"No address today"}' }));
  const [popup] = await Promise.all([page.waitForEvent("popup"), page.getByRole("button", { name: "Manage integrations" }).click()]);
  await page.getByRole("status").filter({ hasText: "No address today" }).waitFor();
  if (!popup.isClosed()) await popup.waitForEvent("close");
  await page.unroute("**/orbit");
}

async function orbit(page, size) {
  const coming = page.waitForEvent("popup").catch((e) => e);
  await page.getByRole("button", { name: "Manage integrations" }).click();
  const popup = await coming;
  assert.ok(!(popup instanceof Error), `no window came; the application says ${await page.locator("#said").innerText()}`);
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

const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...flags, "--test-third-party-cookie-phaseout"] });
try {
  await brand();
  for (const size of sizes) {
    const context = await browser.newContext({ viewport: { width: size.width, height: size.height } });
    const page = await context.newPage();
    const problems = problemsOf(page, /status of (40[013]|502)/);
    await signIn(page, size.name === "wide" ? "dana" : "sam");
    const market = page.frameLocator("#marketplace iframe");
    await market.getByRole("heading", { name: "Add-ons" }).waitFor();
    await branded(page, market, "the marketplace");
    await look(page, `embed-marketplace-${size.name}`, "body");
    await launch(page, size);
    await refused(page);
    await orbit(page, size);
    if (size.name === "wide") await consent(page, market);
    assert.deepEqual(problems, [], "no page reports an error");
    await context.close();
  }
  await stranger(browser);
} finally {
  await browser.close();
}
