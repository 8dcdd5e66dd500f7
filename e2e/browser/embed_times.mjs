// Looks at pages whose time is over, and at tokens that are another's, in frames of a host page of another origin: see embed_test.go. The
// server goes by a clock that this sets forward.
import assert from "node:assert/strict";
import { readFileSync, renameSync, writeFileSync } from "node:fs";

import { api } from "./embed_api.mjs";
import { chromium, flags, look, sizes } from "./look.mjs";

const { BASE, CHROMIUM, CLOCK, MARKETPLACE } = process.env;
const host = "http://localhost:4198/";
const denied = "403 – Forbidden: Access is denied.";

// pass sets the server's clock forward, and waits until the server goes by it.
async function pass(minutes) {
  const setting = JSON.parse(readFileSync(CLOCK, "utf8"));
  setting.Step += minutes * 60e9;
  writeFileSync(`${CLOCK}.next`, JSON.stringify(setting));
  renameSync(`${CLOCK}.next`, CLOCK);
  const late = Date.now() + setting.Step / 1e6 + 4 * 60_000; // a link that is made now ends later
  for (;;) {
    const { ExpiresAtUtc } = await api("POST", "/accounts/aster/orbit", {});
    if (Date.parse(ExpiresAtUtc) > late) return;
    await new Promise((again) => setTimeout(again, 20));
  }
}

const link = async (account) => (await api("POST", `/accounts/${account}/orbit`, {})).OrbitUrl;

async function show(page, url) {
  await page.goto(host);
  await page.evaluate((address) => { window.opened = Integrations.open({ url: address, mode: "inline", target: "#place" }); }, url);
  return page.frameLocator("#place iframe");
}

async function links(page, size) {
  const late = await link("aster");
  await pass(6);
  await (await show(page, late)).getByText(denied).waitFor();
  await look(page, `times-expired-${size.name}`, "body");
  const fresh = await link("aster");
  const frame = await show(page, fresh);
  await frame.getByText("Nothing is installed yet.").waitFor();
  await (await show(page, fresh)).getByText(denied).waitFor(); // it opens once
  // The token of one customer's page opens neither another page nor another customer's.
  const market = (await api("POST", "/accounts/aster/marketplace", { MarketplaceId: Number(MARKETPLACE) })).MarketplaceUrl;
  const theirs = new URL(await link("birch")).searchParams.get("token");
  const swapped = new URL(market);
  swapped.searchParams.set("token", theirs);
  await (await show(page, swapped.href)).getByText(denied).waitFor();
  await (await show(page, market)).getByRole("heading", { name: "Add-ons" }).waitFor(); // which has used nothing up
}

// session ends after 12 hours, whatever is done with it.
async function session(page, size) {
  const frame = await show(page, await link("aster"));
  await frame.getByText("Nothing is installed yet.").waitFor();
  await pass(12 * 60 + 1);
  await frame.getByText("Your time on this page is over. Open it again from where you came.").waitFor(); // the page looks again by itself
  await look(page, `times-over-${size.name}`, "body");
}

// setUp types tokens that are mistyped, another link's, and too late; and comes back when the 12 hours are over.
async function setUp(page, size) {
  const make = async (name) => {
    const installed = await api("POST", "/connectors/Harbour%20CRM/install", { Name: name }, "northwind");
    return api("POST", `/account/connectors/${installed.Id}/setuptokens`, { UserName: "jo@northwind.example" }, "northwind");
  };
  const [mine, other] = [await make(`Mine ${size.name}`), await make(`Other ${size.name}`)];
  const type = async (token) => {
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Continue" }).click();
  };
  await page.goto(mine.Link);
  await type(other.Token);
  await page.getByRole("alert").filter({ hasText: "not the token of this link" }).waitFor();
  await type(mine.Token);
  await page.getByRole("heading", { name: `Connect Mine ${size.name}` }).waitFor();
  await pass(12 * 60 + 1);
  await page.reload();
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByRole("heading", { name: /^Connect / }).count(), 0, "the 12 hours are over");
  await look(page, `times-set-up-over-${size.name}`);
  await page.goto(other.Link);
  await page.getByRole("alert").filter({ hasText: "expired" }).waitFor();
  await look(page, `times-set-up-expired-${size.name}`);
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...flags, "--disable-features=LocalNetworkAccessChecks"] }); // the host page comes from nowhere
try {
  for (const size of sizes) {
    const context = await browser.newContext({ viewport: { width: size.width, height: size.height } });
    await context.route(host, (route) => route.fulfill({ contentType: "text/html", body: `<!doctype html><html lang="en"><title>Host</title><main><h1>Host</h1><div id="place"></div></main><script src="${BASE}/embed/host/embed.js"></script></html>` }));
    const page = await context.newPage();
    await links(page, size);
    await session(page, size);
    await setUp(page, size);
    await context.close();
  }
} finally {
  await browser.close();
}
