// Looks at the pages that a server has, in a real browser, at a wide and a narrow width, and keeps a picture of each.
//
// browser_test.go starts it with the servers' addresses in the environment. It fails on the first thing that is not as
// it should be, on errors in the console, on pages that are wider than the window, and on what axe calls serious.
import assert from "node:assert/strict";

import { chromium, flags, look, problemsOf, sizes } from "./look.mjs";

const { BASE, CLIENT_ID, CLIENT_SECRET, LINKS, CHROMIUM } = process.env;

// documentation signs in, searches, and sends a request.
async function documentation(page, size) {
  await page.goto(`${BASE}/docs/index`);
  await page.waitForSelector("main[aria-busy=false]");
  const shown = page.locator("details:visible");
  const all = await shown.count();
  assert.ok(all > 30, `${all} operations are listed`);
  await look(page, `docs-${size.name}`);

  const status = page.locator("form").getByRole("status");
  await page.getByLabel("Client ID").fill(CLIENT_ID);
  await page.getByLabel("Client secret").fill("not the secret");
  await page.getByRole("button", { name: "Get a token" }).click();
  await status.filter({ hasText: "Refused" }).waitFor();
  assert.equal(await page.getByLabel("Access token").inputValue(), "");
  await look(page, `docs-refused-${size.name}`, "header");

  await page.getByLabel("Client secret").fill(CLIENT_SECRET);
  await page.getByLabel("Client secret").press("Enter");
  await status.filter({ hasText: "Signed in until" }).waitFor();

  await page.getByLabel("Search").fill("usage");
  const found = await shown.count();
  assert.ok(found > 0 && found < all / 2, `${found} of ${all} operations are about usage`);
  await page.getByLabel("Search").fill("no such operation");
  assert.equal(await shown.count(), 0);
  await page.getByText("No operation matches").waitFor();
  await page.getByLabel("Search").fill("GET /v1.0/accounts");
  const list = page.locator("details", { has: page.locator("summary code").getByText("/v1.0/accounts", { exact: true }) }).filter({ visible: true }).first();
  await list.locator("summary").click();
  await list.getByRole("textbox", { name: "orderBy" }).fill("Id");
  await list.getByRole("button", { name: "Send" }).click();
  const answer = list.locator("pre");
  await answer.filter({ hasText: "northwind" }).waitFor();
  assert.match(await answer.innerText(), /^GET \/v1.0\/accounts\?orderBy=Id\n200 /);
  await look(page, `docs-answer-${size.name}`);

  await list.locator("summary").click();
  await page.goto(`${BASE}/docs/index#!/Accounts/Accounts_Create_POST`); // as in links to the original's page
  await page.getByRole("searchbox").fill("");
  await page.locator("details[open]").getByRole("textbox", { name: "Request body" }).waitFor();
}

// setup goes the way of a first start: a wrong pair of passwords, success, and the link that no longer works.
async function setup(page, size, link) {
  await page.goto(link.replace(/.$/, (c) => (c === "A" ? "B" : "A")), { waitUntil: "load" });
  await page.getByRole("alert").filter({ hasText: "not valid" }).waitFor();
  await look(page, `setup-mistyped-${size.name}`);

  await page.goto(link);
  await look(page, `setup-${size.name}`);
  const fill = async (password, again) => {
    await page.getByLabel("Company").fill("Stockwise");
    await page.getByLabel("User name").fill(`ann-${size.name}`);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByLabel("Password again").fill(again);
    await page.getByRole("button", { name: "Create the administrator" }).click();
  };
  await fill("a long password!", "another password!");
  await page.getByRole("alert").filter({ hasText: "differ" }).waitFor();
  assert.equal(await page.getByLabel("User name").inputValue(), `ann-${size.name}`);
  assert.equal(await page.getByLabel("Company").inputValue(), "Stockwise");
  await look(page, `setup-differ-${size.name}`);

  await fill("a long password!", "a long password!");
  await page.getByRole("status").filter({ hasText: "is ready" }).waitFor();
  assert.match(await page.locator("main").innerText(), /Client secret\s+\S{20,}/);
  await look(page, `setup-done-${size.name}`);

  await page.goto(link);
  await page.getByRole("alert").filter({ hasText: "not valid" }).waitFor();
}

// api calls the public API in the demo's account, as the partner's program does.
async function api(method, path, body) {
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET });
  const token = await (await fetch(`${BASE}/oauth/token`, { method: "POST", body: form })).json();
  const answer = await fetch(`${BASE}/v1.0${path}`, {
    method, body: body && JSON.stringify(body),
    headers: { Authorization: `Bearer ${token.access_token}`, "X-Cyclr-Account": "northwind", "Content-Type": "application/json" },
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

// connection goes the way of a person with a set-up link: a mistyped token, the right one, the form, and the end.
async function connection(page, size) {
  const name = `CRM ${size.name}`;
  const installed = await api("POST", "/connectors/Harbour%20CRM/install", { Name: name });
  const path = `/account/connectors/${installed.Id}`;
  const link = await api("POST", `${path}/setuptokens`, { UserName: "jo@northwind.example" });
  await page.goto(`${BASE}/connectorauth/setup?link=00000000-0000-7000-8000-000000000000`);
  await page.getByRole("alert").filter({ hasText: "not valid" }).waitFor();
  await look(page, `connect-setup-unknown-${size.name}`);

  await page.goto(link.Link);
  await look(page, `connect-setup-token-${size.name}`);
  const type = async (token) => {
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Continue" }).click();
  };
  await type("AAAA-BBBB-CCCC-DDDD");
  await page.getByRole("alert").filter({ hasText: "not the token of this link" }).waitFor();
  await look(page, `connect-setup-mistyped-${size.name}`);
  await type(link.Token.toLowerCase().replaceAll("-", " "));
  await page.getByRole("heading", { name: `Connect ${name}` }).waitFor();
  await look(page, `connect-setup-form-${size.name}`);
  for (const input of await page.locator("input:not([type=hidden])").all()) {
    if (!(await input.inputValue())) await input.fill("hb_a_key");
  }
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "is connected" }).waitFor();
  await look(page, `connect-setup-done-${size.name}`);
  assert.equal((await api("GET", path)).Authenticated, true);
  assert.equal((await api("GET", `${path}/setuptokens`))[0].Status, "Finished");
  await page.goto(link.Link);
  await page.getByRole("alert").filter({ hasText: "was used" }).waitFor();
  await look(page, `connect-setup-used-${size.name}`);
}

const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: flags });
try {
  const links = LINKS.split(" ");
  for (const [n, size] of sizes.entries()) {
    const context = await browser.newContext({ viewport: { width: size.width, height: size.height } });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const problems = problemsOf(page);
    await documentation(page, size);
    await setup(page, size, links[n]);
    await connection(page, size);
    assert.deepEqual(problems, [], "errors in the console");
    await context.close();
  }
} finally {
  await browser.close();
}
