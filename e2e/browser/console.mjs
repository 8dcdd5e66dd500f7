// Walks through the console as a partner's engineer does, in a real browser, at a wide and a narrow width.
//
// browser_test.go starts it beside a demo in which one event has run.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { chromium, flags, look, problemsOf, sizes } from "./look.mjs";

const { BASE, USER, PASSWORD, CRM, CHROMIUM } = process.env;

async function signIn(page, size) {
  await page.goto(`${BASE}/accounts?size=25`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await look(page, `console-sign-in-${size.name}`);
  await page.getByLabel("User name").fill(USER);
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "do not belong together" }).waitFor();
  await look(page, `console-sign-in-refused-${size.name}`);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Account Management" }).waitFor();
  assert.match(page.url(), /\/accounts\?size=25$/, "sign-in leads to where one wanted to go");
  const cookies = await page.context().cookies();
  assert.ok(cookies.length === 1 && cookies[0].httpOnly, "scripts cannot read the session");
}

async function accounts(page, size) {
  const id = `vela-${size.name}`;
  await page.getByRole("link", { name: "Northwind", exact: true }).waitFor();
  await look(page, `console-accounts-${size.name}`);
  await page.getByRole("button", { name: "Add New Account" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(`Vela Cosmetics ${size.name}`);
  await dialog.getByLabel("API ID").fill("northwind");
  await dialog.getByRole("button", { name: "Create account" }).click();
  await dialog.getByRole("alert").filter({ hasText: "ID already in use" }).waitFor();
  assert.equal(await dialog.getByLabel("Name").inputValue(), `Vela Cosmetics ${size.name}`, "what was typed stays");
  await look(page, `console-account-refused-${size.name}`);
  await dialog.getByLabel("API ID").fill(id);
  await dialog.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("link", { name: `Vela Cosmetics ${size.name}`, exact: true }).waitFor();
  await page.getByLabel("Name or API ID").fill("no such account");
  await page.getByRole("heading", { name: "No account matches" }).waitFor();
  await look(page, `console-accounts-no-match-${size.name}`);
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("link", { name: "Sub accounts, Northwind", exact: true }).click();
  await page.getByRole("link", { name: "Northwind Berlin", exact: true }).waitFor();
  await look(page, `console-sub-accounts-${size.name}`);
  await page.getByRole("button", { name: "Add New Sub Account" }).click();
  await dialog.getByLabel("Name").fill(`Northwind ${size.name}`);
  await dialog.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("link", { name: `Northwind ${size.name}`, exact: true }).waitFor();
  for (const part of ["users", "usage", "settings"]) {
    await page.goto(`${BASE}/accounts/northwind/${part}`);
    await page.locator(".pl-section, table, .pl-chart, .pl-empty").first().waitFor();
    await look(page, `console-account-${part}-${size.name}`);
  }
  await page.goto(`${BASE}/a/${id}/cycles`);
  await page.getByRole("heading", { name: "No cycle yet" }).waitFor();
  await look(page, `console-cycles-empty-${size.name}`);
}

// connector installs an application, signs in to it by a key, and calls it.
async function connector(page, size) {
  await page.goto(`${BASE}/a/vela-${size.name}/connectors`);
  await page.getByRole("button", { name: "Install New Application" }).first().click();
  await page.getByRole("dialog").getByLabel("Name or category").fill("harbour");
  await look(page, `console-install-${size.name}`);
  await page.getByRole("button", { name: /^Install, Harbour CRM/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Our CRM");
  await look(page, `console-wizard-name-${size.name}`);
  await dialog.getByRole("button", { name: "Continue" }).click();
  await dialog.getByLabel("Address").fill(CRM);
  await dialog.getByLabel("API key").fill("hb_a_key");
  await look(page, `console-wizard-values-${size.name}`);
  await dialog.getByRole("button", { name: "Continue" }).click();
  await dialog.getByText("Authenticated", { exact: true }).waitFor();
  await look(page, `console-wizard-test-${size.name}`);
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByText("Our CRM").first().waitFor();
}

// storages installs utilities that store: one whose fields are listed, and two that rows of a file are loaded into.
async function storages(page, size) {
  const account = `vela-${size.name}`;
  const connectors = `${BASE}/a/${account}/connectors`;
  const dialog = page.getByRole("dialog");
  const install = async (name) => {
    await page.getByRole("button", { name: "Install New Utility" }).first().click();
    await dialog.getByLabel("Name or category").fill(name);
    await page.getByRole("button", { name: `Install, ${name}` }).click();
    await dialog.getByRole("button", { name: "Continue" }).click();
  };
  await page.goto(connectors);
  await install("Global Object Storage");
  const fields = dialog.getByLabel("Field list");
  await fields.fill("Name, Age: number");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await dialog.getByRole("alert").filter({ hasText: "no type that there is" }).waitFor();
  await look(page, `console-field-list-${size.name}`);
  await fields.fill("Name, Address.City\nAge: integer");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "detached" });

  // its fields are those of steps
  const ask = async (method, path, data) => {
    const answer = await page.request.fetch(`${BASE}/v1.0${path}`, { method, headers: { "X-Cyclr-Account": account, "Content-Type": "application/json" }, ...(data ? { data } : {}) });
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  const own = (await ask("GET", "/account/connectors")).find((c) => c.Name === "Global Object Storage");
  const put = (await ask("GET", `/connectors/${own.Connector.Id}/methods`)).find((m) => m.Name === "Add/Update Entry");
  const cycle = await ask("POST", "/cycles", { Name: "Keep customers" });
  await ask("POST", `/cycles/${cycle.Id}/steps`, { AccountConnectorId: own.Id, MethodId: put.Id });
  await page.goto(`${BASE}/a/${account}/cycles/${cycle.Id}/build`);
  if (size.name === "wide") await page.locator(".pl-node", { hasText: "Add/Update Entry" }).dblclick();
  else await page.getByRole("list", { name: "Steps" }).getByRole("button", { name: /Add\/Update Entry/ }).click();
  const setup = page.locator(".pl-setup");
  await setup.getByRole("switch", { name: /Unmapped optional fields/ }).check();
  await setup.getByRole("button", { name: /^Source of Address.City/ }).waitFor();
  await setup.getByRole("button", { name: /^Source of Age/ }).scrollIntoViewIfNeeded();
  await look(page, `console-fields-mapped-${size.name}`);

  await page.goto(connectors);
  const open = async (name) => {
    await install(name);
    await dialog.getByRole("button", { name: "Continue" }).click();
    await dialog.getByRole("button", { name: "Done" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: `More, ${name}` }).click();
    await page.getByRole("menuitem", { name: "Load file" }).click();
    await page.getByRole("menu").waitFor({ state: "detached" });
  };
  const load = async (text) => {
    await dialog.locator("input[type=file]").setInputFiles({ name: "pairs.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await dialog.getByRole("button", { name: "Load", exact: true }).click();
  };
  await open("Entity Cross Ref Storage");
  await load("Entity1.Id,Entity1.RecordCount,Entity2.Id\n7,many,c-9\n,1,\n");
  await dialog.getByRole("alert").filter({ hasText: "Line 3: It has neither" }).waitFor();
  await look(page, `console-load-mistakes-${size.name}`);
  await load("Entity1.Id\n" + Array.from({ length: 5001 }, (_, i) => `${i}\n`).join(""));
  await dialog.getByRole("alert").filter({ hasText: "5000 rows" }).waitFor();
  let go;
  const held = new Promise((resolve) => (go = resolve));
  await page.route("**/methods/*", async (route) => { await held; await route.continue(); });
  await load("Entity1.Id,Entity1.Name,Entity2.Id\n7,Ada,c-9\n8,Bob,c-10\n");
  await dialog.getByText("The file is being stored.").waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Cancel" }).isDisabled(), "a file that is being stored is not left");
  await look(page, `console-loading-${size.name}`);
  go();
  await dialog.getByText("Rows stored: 2. New: 2, changed: 0.").waitFor();
  await page.unroute("**/methods/*");
  await load("Entity1.Id,Entity1.Name,Entity2.Id\n7,Ada L.,c-9\n");
  await dialog.getByText("Rows stored: 1. New: 0, changed: 1.").waitFor();
  await look(page, `console-loaded-${size.name}`);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });

  await open("Lookup Table");
  await look(page, `console-load-table-${size.name}`);
  await load("Code,Name\nDE,Germany\nNO,Norway\n");
  await dialog.getByText("Rows in the table now: 2.").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
}

// files takes a cycle from one account to another by its file.
async function files(page, size) {
  await page.goto(`${BASE}/a/northwind/cycles`);
  await page.getByRole("button", { name: /^More, / }).first().click();
  await page.getByRole("menuitem", { name: "Export" }).click();
  await page.getByRole("menu").waitFor({ state: "detached" });
  await page.getByText("Not in the file").waitFor();
  await look(page, `console-export-${size.name}`);
  const coming = page.waitForEvent("download");
  await page.getByRole("dialog").getByRole("button", { name: "Export" }).click();
  const file = await (await coming).path();
  await page.goto(`${BASE}/a/vela-${size.name}/cycles`);
  await page.getByRole("button", { name: "Import Cycle" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Or paste its text").fill("{");
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await dialog.getByRole("alert").filter({ hasText: "no JSON" }).waitFor();
  await dialog.locator("input[type=file]").setInputFiles(file);
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("dialog").filter({ hasText: "was imported" }).waitFor();
  await look(page, `console-imported-${size.name}`);
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: /^Activate, / }).first().waitFor();
}

// nodes looks at the page of three servers, of which one stops and one is away; this one is alone.
async function nodes(page, size) {
  await page.goto(`${BASE}/settings/nodes`);
  await page.getByRole("heading", { name: "This server is alone" }).waitFor();
  const node = { Address: "10.0.0.1:8090", Version: "v1.4.0", Epoch: 1, State: "Live", LeaseSeconds: 8.4, StartedAt: "2026-11-20T08:00:00Z", Shards: 86, Queued: 0, OldestSeconds: null, LagSeconds: null };
  const list = [
    { ...node, Id: 2 },
    { ...node, Id: 3, Address: "10.0.0.2:8090", State: "Leaving", Shards: 85, Queued: 1204, OldestSeconds: 3.2 },
    { ...node, Id: 7, Address: "10.0.0.3:8090", State: "Away", LeaseSeconds: -4.1, Shards: 80, Queued: 88, OldestSeconds: 14, LagSeconds: 6.5 },
  ];
  const address = (url) => url.pathname.endsWith("/nodes") && !url.pathname.startsWith("/settings");
  await page.route(address, (route) => route.fulfill({ json: { Nodes: list } }));
  await page.getByText("Node 7").waitFor(); // it looks again by itself
  await page.getByText("5 shards have no node").waitFor();
  assert.equal(await page.getByRole("heading", { name: "This server is alone" }).count(), 0);
  await look(page, `console-nodes-${size.name}`);
  await page.unroute(address);
}

// administration looks at the pages of the partner as a whole, makes credentials, and a console user with few rights.
async function administration(page, size) {
  const places = ["/", "/templates", "/library", "/custom-connectors", "/template-connectors", "/scripts", "/reports", "/reports/history", "/reports/accounts", "/reports/cycles", "/reports/connectors", "/reports/templates", "/reports/webhooks", "/reports/transactions", "/settings/me", "/settings/general", "/settings/users", "/settings/credentials", "/settings/addresses", "/settings/notifications", "/settings/audit", "/settings/nodes"];
  for (const place of places) {
    await page.goto(`${BASE}${place}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.locator(".pl-section, table, .pl-chart, .pl-empty").first().waitFor();
    await look(page, `console${place.replaceAll("/", "-")}-${size.name}`);
  }
  // what was typed into one form stays while another is saved
  await page.goto(`${BASE}/settings/general`);
  const typed = page.locator("form", { hasText: "Post errors" }).locator("input[name=url]");
  await typed.fill("https://kept.example");
  await page.locator("form", { hasText: "Origins" }).getByRole("button", { name: "Save" }).click();
  await page.locator(".pl-toast", { hasText: "Saved" }).waitFor();
  assert.equal(await typed.inputValue(), "https://kept.example");
  await page.goto(`${BASE}/settings/notifications`);
  await page.getByText("This server has no mail server yet").waitFor();
  await page.getByRole("button", { name: "Add notification" }).first().click();
  const notification = page.getByRole("dialog");
  await notification.getByLabel("Name").fill(`Quotas ${size.name}`);
  await notification.getByLabel("Errors", { exact: true }).uncheck();
  await notification.getByLabel("About which accounts").fill("northwind");
  await page.getByRole("option", { name: "Northwind", exact: false }).first().click();
  await look(page, `console-notification-${size.name}`);
  await notification.getByRole("button", { name: "Add notification" }).click();
  await page.getByText(`Quotas ${size.name}`).first().waitFor();
  await look(page, `console-notifications-${size.name}`);
  await page.getByRole("button", { name: `Delete, Quotas ${size.name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "No notifications yet" }).waitFor();
  await nodes(page, size);
  await page.goto(`${BASE}/settings/credentials`);
  await page.getByRole("button", { name: "New credentials" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Description").fill(size.name);
  await dialog.getByRole("button", { name: "New credentials" }).click();
  await dialog.getByText("shown only now").waitFor();
  await look(page, `console-credentials-made-${size.name}`);
  await dialog.getByRole("button", { name: "I have stored it" }).click();
  await page.goto(`${BASE}/settings/users`);
  await page.getByRole("button", { name: "Add console user" }).click();
  await dialog.getByLabel("User name").fill(`kim-${size.name}`);
  await dialog.getByText("By you, now").click();
  await dialog.getByRole("textbox", { name: "Password" }).fill("a long password!");
  await dialog.getByRole("group", { name: "Accounts", exact: true }).getByText("View").click();
  await look(page, `console-user-rights-${size.name}`);
  await dialog.getByRole("button", { name: "Add console user" }).click();
  await page.getByText(`kim-${size.name}`).first().waitFor();
}

// people invites a console user with one right, who chooses a password in a browser of his own, and asks everybody for an authenticator app.
async function people(page, size) {
  const name = `kit-${size.name}@example.com`;
  const dialog = page.getByRole("dialog");
  await page.goto(`${BASE}/settings/users`);
  await page.getByRole("button", { name: "Add console user" }).click();
  await dialog.getByLabel("User name").fill(name);
  await dialog.getByRole("group", { name: "Accounts", exact: true }).getByText("View").click();
  await look(page, `console-invite-${size.name}`);
  await dialog.getByRole("button", { name: "Invite" }).click();
  await dialog.getByText("Hand this link over yourself").waitFor();
  await look(page, `console-invited-${size.name}`);
  const link = await dialog.locator(".pl-reveal code").innerText();
  await dialog.getByRole("button", { name: "Done" }).click();

  const context = await browser.newContext({ viewport: { width: size.width, height: size.height } });
  const theirs = await context.newPage();
  await theirs.goto(`${link}x`);
  await theirs.getByRole("alert").filter({ hasText: "not valid" }).waitFor();
  await theirs.goto(link);
  await look(theirs, `invitation-${size.name}`);
  await theirs.getByLabel("Password", { exact: true }).fill("a long password!");
  await theirs.getByLabel("Password again").fill("a long password!");
  await theirs.getByRole("button", { name: "Set the password" }).click();
  await theirs.getByRole("link", { name: "Sign in to the console" }).click();
  await theirs.getByLabel("User name").fill(name);
  await theirs.getByLabel("Password", { exact: true }).fill("a long password!");
  await theirs.keyboard.press("Enter");
  await theirs.getByRole("heading", { name: "Dashboard" }).waitFor();
  await look(theirs, `console-few-rights-${size.name}`);
  await theirs.goto(`${BASE}/templates`);
  await theirs.getByText("This needs the right Templates: View").waitFor();
  await look(theirs, `console-no-access-${size.name}`);
  await theirs.goto(link);
  await theirs.getByRole("alert").filter({ hasText: "it was used" }).waitFor();

  await page.goto(`${BASE}/settings/general`);
  const people = page.locator("form", { hasText: "authenticator app" });
  await people.getByRole("switch").check({ force: true });
  await people.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Set up an authenticator app" }).waitFor(); // also for whoever has asked for it
  await look(page, `console-first-factor-${size.name}`);
  assert.equal((await page.request.get(`${BASE}/v1.0/accounts`)).status(), 403, "nothing is answered without it");
  await theirs.goto(`${BASE}/accounts`);
  await theirs.getByRole("heading", { name: "Set up an authenticator app" }).waitFor();
  await theirs.getByRole("button", { name: "Set up an authenticator app" }).click();
  const theirDialog = theirs.getByRole("dialog");
  const secret = await theirDialog.locator(".pl-reveal code").innerText();
  await theirDialog.getByLabel("Code of the app").fill(codeOf(secret));
  await theirDialog.getByRole("button", { name: "Confirm" }).click();
  await theirDialog.getByText("Each of these signs you in once").waitFor();
  await theirDialog.getByRole("button", { name: "I have stored it" }).click();
  await theirs.getByRole("heading", { name: "Account Management" }).waitFor();
  await context.close();

  // the administrator of the walk goes on without one
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  const own = await dialog.locator(".pl-reveal code").innerText();
  await dialog.getByLabel("Code of the app").fill(codeOf(own));
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await dialog.getByText("Each of these signs you in once").waitFor();
  const [recovery] = (await dialog.locator(".pl-reveal code").innerText()).split(/\s+/);
  await dialog.getByRole("button", { name: "I have stored it" }).click();
  await page.goto(`${BASE}/settings/general`);
  await people.getByRole("switch").uncheck({ force: true });
  await people.getByRole("button", { name: "Save" }).click();
  await page.locator(".pl-toast", { hasText: "Saved" }).waitFor();
  await page.goto(`${BASE}/settings/me`);
  await page.getByRole("button", { name: "Take the app off" }).click();
  await dialog.getByLabel("Code of the app").fill(recovery);
  await dialog.getByRole("button", { name: "Take the app off" }).click();
  await page.getByText("The password alone signs you in now").waitFor();
}

// codeOf is what an authenticator app shows now (RFC 6238).
function codeOf(secret) {
  const bits = [...secret.replaceAll("=", "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", key).update(time).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

// releases shows what a template has, takes one out of the offer by throwing it away, and brings it back.
async function releases(page, size) {
  await page.goto(`${BASE}/templates`);
  const more = page.getByRole("button", { name: /^More, / }).last();
  const name = (await more.getAttribute("aria-label")).replace(/^More, /, "");
  await more.click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("menu").waitFor({ state: "detached" });
  await look(page, `console-template-delete-${size.name}`);
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: `More, ${name}` }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Recycle bin" }).click();
  await page.getByRole("button", { name: `Restore, ${name}` }).waitFor();
  await look(page, `console-template-bin-${size.name}`);
  await page.getByRole("button", { name: `Restore, ${name}` }).click();
  await page.getByRole("heading", { name: "The recycle bin is empty" }).waitFor();
  await page.getByRole("link", { name: "Template library" }).click();
  const offered = page.getByRole("switch", { name: `Offered, ${name}` });
  await offered.waitFor();
  assert.equal(await offered.isChecked(), false, "what was deleted is not offered when it comes back");
  await offered.locator("xpath=ancestor::label[1] | ..").first().click();
  await page.waitForFunction((label) => document.querySelector(`[aria-label="${label}"]`)?.checked, `Offered, ${name}`);
  await page.getByRole("link", { name: /^Releases, / }).first().click();
  await page.getByRole("checkbox", { name: /^Release / }).first().waitFor();
  await look(page, `console-releases-${size.name}`);
}

// setup uses a set-up token in a second browser, in which nobody is signed in.
async function setup(page, size) {
  await page.goto(`${BASE}/a/vela-${size.name}/connectors`);
  await page.getByRole("button", { name: "More, Our CRM" }).click();
  await page.getByRole("menuitem", { name: "Generate set-up token" }).click();
  await page.getByRole("menu").waitFor({ state: "detached" });
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Generate" }).click();
  await dialog.getByText("shown only now").waitFor();
  const state = dialog.getByRole("region", { name: "Links of this connector" }).getByRole("listitem").first();
  await state.getByText("Issued").waitFor();
  const [token, link] = await dialog.locator(".pl-reveal code").allInnerTexts();
  const stranger = await browser.newContext({ viewport: { width: size.width, height: size.height } });
  const theirs = await stranger.newPage();
  await theirs.goto(link);
  await theirs.getByLabel("Token").fill(token);
  await theirs.getByRole("button", { name: "Continue" }).click();
  await theirs.getByRole("heading", { name: "Connect Our CRM" }).waitFor();
  await state.getByText("In use").waitFor();
  await look(theirs, `set-up-page-${size.name}`);
  await look(page, `console-set-up-links-${size.name}`);
  assert.equal((await theirs.request.get(`${BASE}/v1.0/accounts`)).status(), 401, "the token opens nothing else");
  await stranger.close();
  await dialog.getByRole("button", { name: "I have sent them" }).click();
}

// embedding makes the pages the partner's, arranges a marketplace by the keyboard, and tries LAUNCH.
async function embedding(page, size) {
  await page.goto(`${BASE}/settings/branding`);
  const preview = page.frameLocator('iframe[title="Preview"]');
  await page.getByRole("textbox", { name: "Brand colour" }).fill("#7a1fa2");
  await page.getByLabel("Name", { exact: true }).fill(`Harbour ${size.name}`);
  await preview.locator("html").evaluate((root) => new Promise((done) => {
    const look = () => (getComputedStyle(root).getPropertyValue("--pl-primary") === "#7a1fa2" ? done() : requestAnimationFrame(look));
    look();
  }));
  await page.getByRole("textbox", { name: "CSS" }).fill("input { position: fixed }");
  await page.getByRole("alert").filter({ hasText: "position" }).waitFor();
  await page.getByRole("textbox", { name: "CSS" }).fill("");
  await page.getByRole("alert").filter({ hasText: "position" }).waitFor({ state: "detached" });
  await look(page, `console-branding-${size.name}`);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Customers see it with the next page").waitFor();

  await page.goto(`${BASE}/marketplaces`);
  await page.getByRole("button", { name: "New marketplace" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(`Add-ons ${size.name}`);
  await dialog.getByRole("button", { name: "New marketplace" }).click();
  await page.getByRole("button", { name: "Begin with a card per template" }).click();
  const cards = page.getByRole("list", { name: "Cards" });
  const add = async (kind) => {
    await page.getByRole("button", { name: "Add card" }).click();
    await page.getByRole("menuitem", { name: kind }).click();
    await page.getByRole("menu").waitFor({ state: "detached" });
  };
  await add("Category");
  await page.getByLabel("Title").fill("Support");
  await cards.getByRole("button", { name: /^Support/ }).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await page.getByText(/^Support is now \d+ of \d+$/).waitFor({ state: "attached" });
  const names = await cards.getByRole("button").allInnerTexts();
  const below = names[names.findIndex((n) => n.startsWith("Support")) + 1].split(",")[0].trim();
  await cards.getByRole("button", { name: below }).focus();
  await page.keyboard.press("Alt+ArrowRight");
  await page.getByText(`${below} is now 1 of 1 in Support`).waitFor({ state: "attached" });
  const last = cards.getByRole("button").last();
  await last.dragTo(cards.getByRole("button").first(), { targetPosition: { x: 20, y: 3 } });
  await page.getByText(/ is now 1 of \d+$/).waitFor({ state: "attached" });
  await look(page, `console-marketplace-${size.name}`);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Customers see it now").waitFor();
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await dialog.getByLabel("Tell this address").fill("https://app.example.com/told");
  await look(page, `console-marketplace-settings-${size.name}`);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Embed code" }).click();
  await dialog.getByText("MarketplaceId").waitFor();
  await page.keyboard.press("Escape");
  await page.reload();
  await cards.getByRole("button", { name: below }).waitFor();
  await page.getByRole("button", { name: "Try it" }).click();
  await dialog.getByRole("combobox", { name: "Account" }).or(dialog.getByLabel("Account")).first().fill(`tried-${size.name}`);
  const [market] = await Promise.all([page.waitForEvent("popup"), dialog.getByRole("button", { name: "Try it" }).click()]);
  await market.getByRole("heading", { name: "Support" }).waitFor();
  assert.equal(await market.title(), `Harbour ${size.name}`);
  await market.close();

  await page.goto(`${BASE}/embedding`);
  await page.getByLabel("Account").first().fill(`tried-${size.name}`);
  await page.getByLabel("Template").first().click();
  await page.getByRole("option", { name: "GitHub issue to CRM ticket" }).click();
  await page.getByRole("switch", { name: "Start it in the end" }).click();
  await page.getByLabel("What comes back with the result").fill("from the console");
  const [launch] = await Promise.all([page.waitForEvent("popup"), page.getByRole("button", { name: "Open LAUNCH" }).click()]);
  for (let i = 0; i < 2; i++) {
    const keys = launch.locator("form.card input[type=password]");
    await keys.first().waitFor();
    for (let k = 0; k < (await keys.count()); k++) await keys.nth(k).fill("a key");
    const address = launch.locator('[id="p.BaseUrl"]');
    if ((await address.count()) && (await address.inputValue()) === "") await address.fill(CRM);
    const before = await launch.locator(".steps .now").textContent();
    await launch.locator("form.card .actions button.primary").click();
    await launch.locator(".steps .now").filter({ hasNotText: before }).or(launch.getByRole("heading", { name: /is set up/ })).first().waitFor();
  }
  if (await launch.locator("form.card .actions button.primary").count()) await launch.locator("form.card .actions button.primary").click();
  await launch.getByRole("heading", { name: /is set up/ }).waitFor();
  await page.getByText('"from the console"').last().waitFor();
  await look(page, `console-launch-${size.name}`);
  await launch.close();
}

async function account(page, size) {
  await page.goto(`${BASE}/a/northwind`);
  await page.getByRole("button", { name: /^Stop, / }).first().waitFor();
  await look(page, `console-cycles-${size.name}`);
  await page.goto(`${BASE}/a/northwind/connectors`);
  await page.getByRole("button", { name: /^More, / }).first().click();
  await page.getByRole("menuitem", { name: "Generate set-up token" }).click();
  await page.getByRole("menu").waitFor({ state: "detached" });
  const dialog = page.getByRole("dialog");
  await dialog.getByText("A new user's").click();
  await dialog.getByLabel("Name of the new user").fill("jo@northwind.example");
  await look(page, `console-set-up-token-${size.name}`);
  await dialog.getByRole("button", { name: "Generate" }).click();
  await dialog.getByText("shown only now").waitFor();
  await look(page, `console-set-up-token-made-${size.name}`);
  await dialog.getByRole("button", { name: "I have sent them" }).click();
  await look(page, `console-connectors-${size.name}`);
}

async function transactions(page, size) {
  await page.goto(`${BASE}/a/northwind/transactions`);
  const first = page.getByRole("link", { name: /^Show, / }).first();
  await first.waitFor();
  await look(page, `console-transactions-${size.name}`);
  await page.goto(`${BASE}/a/northwind/transactions?status=Stopped`);
  await page.getByRole("heading", { name: "No transaction has this status" }).waitFor();
  await look(page, `console-transactions-filtered-${size.name}`);
  await page.getByRole("button", { name: "Show all" }).click();
  await first.click();
  const steps = page.getByRole("navigation", { name: "Steps" }).getByRole("button");
  await steps.first().waitFor();
  assert.ok((await steps.count()) >= 3, "the steps of the run are listed");
  await steps.first().click();
  await page.getByLabel("Response", { exact: true }).or(page.getByLabel("Request", { exact: true })).first().waitFor();
  await look(page, `console-transaction-${size.name}`);
  await page.getByRole("button", { name: "Start again" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start again" }).click();
  await page.getByText("Resubmitted as a new transaction").waitFor();
  const ended = page.getByRole("row").filter({ hasText: "Completed" }).getByRole("link", { name: /^Show, / }).first();
  await ended.click();
  await steps.first().waitFor();
  const id = page.url().match(/[^/]+(?=$|\?)/)[0];
  await page.goto(`${BASE}/a/northwind/transactions`);
  await page.getByLabel("Id, message or step").fill(id);
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
  if (size.name === "wide") { // a narrow list has cards, and no heads
    await page.getByRole("button", { name: "Errors" }).click();
    await page.locator('th[aria-sort="descending"]').filter({ hasText: "Errors" }).waitFor();
  } else {
    await page.getByLabel("Sort by").first().click();
    await page.getByRole("option", { name: "Errors", exact: true }).click();
    await page.waitForURL(/sort=-ErrorCount/);
    await page.getByRole("button", { name: "Sort the other way, ascending" }).click();
    await page.waitForURL(/sort=ErrorCount/);
  }
  await page.getByRole("link", { name: /^Show, / }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await look(page, `console-transaction-delete-${size.name}`);
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("The transaction was deleted").waitFor();
  await page.goto(`${BASE}/a/northwind/transactions?q=${id}`);
  await page.getByRole("heading", { name: "No transaction has this status" }).waitFor();
  await page.goto(`${BASE}/a/northwind/transactions`);
  await page.getByRole("button", { name: "Delete transactions" }).click();
  await look(page, `console-transactions-delete-${size.name}`);
  await page.keyboard.press("Escape");
  await page.goto(`${BASE}/a/northwind/incidents`);
  await page.getByRole("heading", { name: "Incidents" }).waitFor();
  await page.locator("table, .pl-empty").first().waitFor();
  await look(page, `console-incidents-${size.name}`);
}

async function cycle(page, size) {
  const name = `From the console ${size.name}`;
  await page.goto(`${BASE}/a/northwind/templates`);
  await page.getByRole("button", { name: /^Use Template, / }).first().click();
  await page.getByRole("dialog").getByLabel("Name of the cycle").fill(name);
  await look(page, `console-templates-${size.name}`);
  await page.getByRole("dialog").getByRole("button", { name: "Install" }).click();
  await page.waitForURL("**/build");
  await page.locator(".pl-builder-bar").getByRole("link", { name: "Back" }).click();
  await page.getByRole("button", { name: `Activate, ${name}` }).click();
  await look(page, `console-activate-${size.name}`);
  await page.getByRole("dialog").getByRole("button", { name: "Activate" }).click();
  await page.getByRole("button", { name: `Stop, ${name}` }).click();
  await look(page, `console-stop-${size.name}`);
  await page.getByRole("dialog").getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: `Activate, ${name}` }).waitFor();
  await page.getByRole("button", { name: `More, ${name}` }).click();
  await page.getByRole("menuitem", { name: "Copy" }).click();
  await page.getByRole("menu").waitFor({ state: "detached" });
  await page.getByRole("dialog").getByLabel("Name of the cycle").fill(`Twin ${size.name}`);
  await page.getByRole("dialog").getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: `Activate, Twin ${size.name}` }).waitFor();
  await page.getByLabel("Name of a cycle").fill(`twin ${size.name}`);
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
  await look(page, `console-cycles-found-${size.name}`);
  await page.getByLabel("Name of a cycle").fill("");
  await page.getByRole("button", { name: `Activate, ${name}` }).waitFor();
  await page.getByRole("button", { name: `More, ${name}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("menu").waitFor({ state: "detached" });
  await look(page, `console-delete-${size.name}`);
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText(`${name} was deleted`).waitFor();
  await page.getByRole("button", { name: `Activate, ${name}` }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Recycle bin" }).click();
  await page.getByRole("button", { name: `Restore, ${name}` }).waitFor();
  await look(page, `console-bin-${size.name}`);
  await page.getByRole("button", { name: `Restore, ${name}` }).click();
  await page.getByRole("heading", { name: "The recycle bin is empty" }).waitFor();
  await look(page, `console-bin-empty-${size.name}`);
  await page.goto(`${BASE}/a/northwind/cycles`);
  await page.getByRole("button", { name: `More, ${name}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText(`${name} was deleted`).waitFor();
  await page.goto(`${BASE}/a/northwind/bin`);
  await page.getByRole("button", { name: `Delete for good, ${name}` }).click();
  await look(page, `console-bin-purge-${size.name}`);
  await page.getByRole("dialog").getByRole("button", { name: "Delete for good" }).click();
  await page.getByText(`${name} is gone for good`).waitFor();
}

// workbench describes a connector, sorts cycles, looks at a past run on the canvas, and lets an administrator of an account in.
async function workbench(page, size) {
  await page.goto(`${BASE}/custom-connectors/new`);
  const editor = page.getByRole("combobox", { name: "Definition, as YAML" });
  await editor.waitFor();
  await page.getByText("Nothing is wrong with it.").waitFor();
  if (size.name === "narrow") {
    await page.getByText("Edit this on a wider screen.").waitFor();
    await look(page, `console-editor-${size.name}`);
  } else {
    await editor.fill((await editor.inputValue()).replace("name: New connector", "name: Shelf").replace("key: new-connector", "key: shelf"));
    await editor.press("Control+End");
    await editor.pressSequentially("limi");
    const offers = page.getByRole("listbox", { name: "What may stand here" });
    await offers.getByRole("option", { name: /^limits/ }).waitFor();
    await look(page, `console-editor-offers-${size.name}`);
    await page.keyboard.press("Enter");
    await editor.pressSequentially("5");
    await page.getByRole("button", { name: /^Line \d+$/ }).first().waitFor();
    await look(page, `console-editor-wrong-${size.name}`);
    assert.ok(await page.getByRole("button", { name: "Save draft" }).isDisabled(), "what is wrong is not saved");
    await editor.fill((await editor.inputValue()).replace(/limits: 5$/, ""));
    await page.getByText("Nothing is wrong with it.").waitFor();
    await page.getByText("Form", { exact: true }).click();
    await page.getByRole("button", { name: "Add a method" }).click();
    await page.getByLabel("Path").fill("/things");
    await look(page, `console-editor-form-${size.name}`);
    await page.getByText("YAML", { exact: true }).click();
    assert.match(await editor.inputValue(), /path: \/things/, "the form writes the YAML");
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("The draft is saved").waitFor();
    await page.waitForURL(/custom-connectors\/\d+/);
    await page.getByRole("button", { name: "Save and try" }).click();
    await page.getByRole("button", { name: "Set up the connection" }).waitFor();
    await page.getByRole("combobox", { name: "Method" }).or(page.getByLabel("Method")).first().waitFor();
    await look(page, `console-editor-tried-${size.name}`);
    await page.getByRole("button", { name: "Make live" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Make live" }).click();
    await page.getByText("Shelf is live").waitFor();
    await page.goto(`${BASE}/library?q=shelf`);
    await page.getByRole("button", { name: "Guide, Shelf" }).click();
    await page.getByRole("heading", { name: "How one signs in" }).waitFor();
    await look(page, `console-guide-${size.name}`);
  }

  await page.goto(`${BASE}/a/northwind/cycles`);
  await page.getByRole("button", { name: "New folder" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(`Tickets ${size.name}`);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: `Tickets ${size.name}` }).waitFor();
  await page.getByRole("button", { name: /^More, / }).first().click();
  await page.getByRole("menuitem", { name: "Move to folder" }).click();
  await page.getByRole("menu").waitFor({ state: "detached" });
  await dialog.getByLabel("Lies in").first().click();
  await page.getByRole("option", { name: `Tickets ${size.name}` }).click();
  await dialog.getByRole("button", { name: "Move to folder" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: `Tickets ${size.name}` }).click();
  await page.getByRole("button", { name: /^Stop, / }).first().waitFor();
  await look(page, `console-folder-${size.name}`);

  await page.goto(`${BASE}/a/northwind/transactions`);
  await page.getByRole("link", { name: /^Show, / }).first().click();
  await page.getByRole("link", { name: "Show on the canvas" }).click();
  await page.getByRole("button", { name: "Play the run" }).waitFor();
  await look(page, `console-replay-${size.name}`);

  const admin = `chief-${size.name}`;
  await page.goto(`${BASE}/accounts/northwind/users`);
  await page.getByRole("button", { name: "Add user" }).first().click();
  await dialog.getByLabel("User name").fill(admin);
  await dialog.getByRole("textbox", { name: "Password" }).fill("a long password!");
  await dialog.getByRole("switch", { name: /Administrator/ }).check();
  await dialog.getByRole("button", { name: "Add user" }).click();
  await page.getByRole("button", { name: `Make standard user, ${admin}` }).waitFor();
  const context = await browser.newContext({ viewport: { width: size.width, height: size.height } });
  const theirs = await context.newPage();
  await theirs.goto(BASE);
  await theirs.getByLabel("User name").fill(admin);
  await theirs.getByLabel("Password", { exact: true }).fill("a long password!");
  await theirs.keyboard.press("Enter");
  await theirs.getByRole("heading", { name: "Cycles" }).waitFor();
  await theirs.goto(`${BASE}/a/northwind/users`);
  await theirs.getByText(admin).first().waitFor();
  await look(theirs, `account-users-${size.name}`);
  await theirs.goto(`${BASE}/a/northwind/settings`);
  await theirs.getByRole("button", { name: "Save" }).waitFor();
  await look(theirs, `account-settings-${size.name}`);
  await context.close();
}

async function failing(page, size) {
  await page.goto(`${BASE}/a/nobody-s/cycles`);
  await page.getByRole("alert").filter({ hasText: "not found" }).waitFor();
  await look(page, `console-not-found-${size.name}`);
  await page.route("**/v1.0/cycles?**", (route) => route.abort());
  await page.goto(`${BASE}/a/northwind/cycles`);
  await page.getByRole("alert").filter({ hasText: "could not be reached" }).waitFor();
  await look(page, `console-failing-${size.name}`);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("alert").filter({ hasText: "could not be reached" }).waitFor();
  await page.unroute("**/v1.0/cycles?**");
  await page.getByRole("button", { name: /^Stop, / }).first().waitFor();
}

async function signOut(page) {
  await page.getByRole("button", { name: /^Signed in as / }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal((await page.request.get(`${BASE}/v1.0/accounts`)).status(), 401, "the session is over");
}

// PARTS names some parts to walk alone, SIZE one width; signing in comes first in any case.
const all = [signIn, accounts, account, transactions, cycle, connector, storages, files, administration, people, embedding, releases, setup, workbench, failing, signOut];
const only = process.env.PARTS?.split(",");
const widths = sizes.filter(({ name }) => !process.env.SIZE || name === process.env.SIZE);
const parts = all.filter((part) => !only || part === signIn || only.includes(part.name));
const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: flags });
try {
  for (const size of widths) {
    const context = await browser.newContext({ viewport: { width: size.width, height: size.height }, reducedMotion: "reduce" });
    context.setDefaultTimeout(Number(process.env.PATIENCE ?? 60_000));
    const page = await context.newPage();
    const problems = problemsOf(page, /status of 40[0134]|ERR_FAILED/);
    for (const part of parts) {
      const from = Date.now();
      await part(page, size);
      console.log(`${size.name}, ${part.name}: ${((Date.now() - from) / 1000).toFixed(1)} s`);
    }
    assert.deepEqual(problems, [], "errors in the console");
    await context.close();
  }
} finally {
  await browser.close();
}
