// Builds a template from nothing by mouse and a cycle by the keyboard alone, maps, tests, publishes, uses the template in
// an account, and sees a webhook run through it, at a wide and a narrow width.
//
// builder_test.go starts it beside a demo.
import assert from "node:assert/strict";

import { chromium, flags, look, problemsOf, sizes } from "./look.mjs";

const { BASE, USER, PASSWORD, CHROMIUM } = process.env;
const [wide, narrow] = sizes;

async function signIn(page, path) {
  await page.goto(`${BASE}${path}`);
  await page.getByLabel("User name").fill(USER);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
}

const node = (page, name) => page.locator(".pl-node", { hasText: name });
const bar = (page) => page.locator(".pl-builder-bar");
const saved = (page) => bar(page).getByText(/^Saved/).waitFor();
const setup = (page) => page.locator(".pl-setup");

// api asks as the page would, within an account.
const api = (page, account) => async (method, path, data) => {
  const answer = await page.request.fetch(`${BASE}/v1.0${path}`, { method, headers: { "X-Cyclr-Account": account, "Content-Type": "application/json" }, ...(data ? { data } : {}) });
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json().catch(() => null);
};

async function install(page, name) {
  await page.getByRole("button", { name: "Install connector" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name or category").fill(name);
  await dialog.getByRole("button", { name: `Install, ${name}` }).click();
  await page.locator(".pl-connector-head", { hasText: name }).waitFor();
}

async function byMouse(page) {
  await page.getByRole("link", { name: "New template" }).click();
  await page.getByRole("heading", { name: "New template" }).waitFor();
  await page.getByLabel("Name").fill("Check an address");
  await page.getByRole("button", { name: "Open the canvas" }).click();
  await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
  await install(page, "Generic Webhook");
  await install(page, "Data Tools");
  await look(page, "builder-empty-wide");
  await page.locator(".pl-connector-head", { hasText: "Generic Webhook" }).click();
  await page.locator(".pl-methods button", { hasText: "When" }).click();
  await node(page, "Webhook").waitFor();
  await saved(page);

  // what really arrives is captured although nothing follows the step yet, and its payload becomes fields
  await page.getByRole("button", { name: "Set up" }).click();
  await setup(page).getByRole("button", { name: "Capture the next event" }).click();
  await page.getByText("Waiting for the first event").waitFor();
  const address = await setup(page).locator(".pl-reveal code").innerText();
  const sent = await page.request.post(address, { data: '{"customer":{"email":"ida@halvorsen.example"},"total":120}', headers: { "Content-Type": "application/json" } });
  assert.equal(sent.status(), 200, "the event is taken");
  await setup(page).getByLabel("Last payload received").getByText("ida@halvorsen.example").first().waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll("textarea")].some((x) => x.value.includes("halvorsen"))); // the flow can be changed again
  await setup(page).getByRole("button", { name: "Make fields of this sample" }).click();
  await page.getByText("The fields were added").waitFor();
  await setup(page).getByText("customer.email").first().waitFor();
  await look(page, "builder-webhook-wide");
  await setup(page).getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: "Close the run" }).click();

  // a method is dragged from the palette, and connected by its handles
  await page.locator(".pl-connector-head", { hasText: "Data Tools" }).click();
  await page.getByLabel("Search in Data Tools").fill("verify");
  const box = await page.locator(".pl-canvas").boundingBox();
  const from = await node(page, "Webhook").boundingBox();
  await page.locator(".pl-methods button", { hasText: "Verify Email Syntax" }).dragTo(page.locator(".pl-canvas"), { targetPosition: { x: from.x - box.x + 120, y: from.y - box.y + 200 } });
  await node(page, "Verify Email Syntax").waitFor();
  const out = await node(page, "Webhook").locator(".react-flow__handle-bottom").boundingBox();
  const into = await node(page, "Verify Email Syntax").locator(".react-flow__handle-top").boundingBox();
  await page.mouse.move(out.x + 4, out.y + 4);
  await page.mouse.down();
  await page.mouse.move(into.x + 4, into.y - 30, { steps: 4 });
  await page.mouse.move(into.x + 4, into.y + 4, { steps: 4 });
  await page.mouse.up();
  await page.locator("[data-edge]").first().waitFor({ state: "attached" });
  await saved(page);

  // moved, laid out, undone
  const before = await node(page, "Verify Email Syntax").boundingBox();
  await page.mouse.move(before.x + 120, before.y + 30);
  await page.mouse.down();
  await page.mouse.move(before.x + 320, before.y + 130, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction((x) => document.querySelectorAll(".pl-node")[1].getBoundingClientRect().x > x + 100, before.x);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.waitForFunction((x) => Math.abs(document.querySelectorAll(".pl-node")[1].getBoundingClientRect().x - x) < 9, before.x);
  await page.getByRole("button", { name: "Lay out" }).click();
  await saved(page);

  // mapped
  await node(page, "Verify Email Syntax").dblclick();
  await setup(page).getByRole("switch", { name: /Unmapped optional fields/ }).check();
  await setup(page).getByRole("button", { name: /^Source of Email/ }).click();
  await page.getByRole("menuitem", { name: "Previous step" }).click();
  await setup(page).getByLabel("Value of Email").fill("customer");
  await page.getByRole("option", { name: "customer.email" }).click();
  await saved(page);
  await look(page, "builder-mapping-wide");

  // tried
  await setup(page).getByRole("tab", { name: "Test" }).click();
  await setup(page).getByLabel("Email").fill("ida@halvorsen.example");
  await setup(page).getByRole("button", { name: "Run" }).click();
  await setup(page).getByLabel("Response", { exact: true }).getByText("halvorsen.example").first().waitFor();
  await look(page, "builder-test-wide");
  await setup(page).getByRole("button", { name: "Close" }).last().click();

  // a decision, whose set-up is what is missing
  await node(page, "Verify Email Syntax").click();
  await page.locator(".pl-tools").getByRole("button", { name: "Decision" }).click();
  await page.getByRole("region", { name: /before this can run/ }).getByRole("button").first().click();
  await setup(page).getByLabel("Compare").fill("Valid");
  await page.getByRole("option", { name: "Valid" }).click();
  await setup(page).getByLabel("How").fill("is true");
  await page.getByRole("option", { name: "is true" }).click();
  await saved(page);
  await look(page, "builder-decision-wide");
  await page.keyboard.press("Escape");
  await setup(page).waitFor({ state: "detached" });
  await node(page, "Decision").getByText("Valid is true").waitFor();
  await page.getByText(/before this can run/).waitFor({ state: "detached" });
  await look(page, "builder-canvas-wide");

  await page.getByRole("button", { name: "Promote to live" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Promote and publish" }).click();
  await page.getByText("Check an address is live").waitFor();
}

// released looks at the live release and at the set-up of a step of it, copies it, changes the copy, and compares the two.
async function released(page) {
  await page.getByRole("heading", { name: "Check an address" }).waitFor();
  await page.getByRole("link", { name: "View" }).click();
  await page.getByText("This release is live and cannot be changed").waitFor();
  await node(page, "Verify Email Syntax").dblclick();
  const email = setup(page).getByLabel("Value of Email");
  await email.waitFor();
  assert.equal(await email.inputValue(), "Webhook: customer.email");
  assert.ok(await email.isDisabled(), "a live release is only looked at");
  await look(page, "builder-release-wide");
  await page.keyboard.press("]");
  await setup(page).getByRole("heading", { name: "Decision" }).waitFor();
  await page.keyboard.press("Escape");
  await setup(page).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Copy to draft" }).click();
  await page.getByText("Draft", { exact: true }).waitFor();
  await node(page, "Decision").dblclick();
  await setup(page).getByLabel("How").fill("is false");
  await page.getByRole("option", { name: "is false" }).click();
  await saved(page);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("dialog").getByLabel("When the call fails").click();
  await page.getByRole("option", { name: "Try again later" }).click();
  await look(page, "builder-settings-wide");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Back to the releases" }).click();
  await page.getByRole("checkbox", { name: "Release 1" }).check();
  await page.getByRole("checkbox", { name: "Release 2" }).check();
  const compared = page.getByRole("region", { name: "Compare releases" });
  await compared.getByText("IsFalse").waitFor();
  await compared.getByText("Retry").waitFor();
  await look(page, "builder-compare-wide");
  await page.getByRole("button", { name: "Notes of release 2" }).click();
  await page.getByLabel("What is in it").fill("Addresses that are not valid.");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByText("Addresses that are not valid.").first().waitFor();
  await page.getByRole("button", { name: "More, 2" }).click();
  await page.getByRole("menuitem", { name: "Copy to another template" }).click();
  await page.getByLabel("Name of the new template").fill("A copy elsewhere");
  await page.getByRole("dialog").getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByRole("heading", { name: "A copy elsewhere" }).waitFor();
  await page.getByRole("checkbox", { name: "Release 1" }).waitFor();
}

async function byKeyboard(page) {
  const ask = api(page, "northwind");
  const { Id } = await ask("POST", "/cycles", { Name: "By the keyboard" });
  await page.goto(`${BASE}/a/northwind/cycles/${Id}/build`);
  await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
  await page.locator(".pl-connector-head").first().waitFor();
  const keys = async (...list) => {
    for (const key of list) await page.keyboard.press(key);
  };
  const add = async (text) => {
    await keys("a");
    const search = page.getByRole("combobox", { name: "Search tools and methods" });
    await search.waitFor();
    await search.and(page.locator(":focus")).waitFor();
    await page.keyboard.type(text);
    await page.getByRole("option").first().waitFor();
    await keys("Enter");
    await search.waitFor({ state: "detached" });
    await saved(page);
  };
  await add("issue event");
  await add("decision");
  await add("delay"); // by the true exit, the first that is free
  await keys("ArrowUp", "f");
  await add("wait all"); // by the false one
  const shape = async () => {
    const steps = await ask("GET", `/cycles/${Id}/steps`);
    const edges = await ask("GET", `/cycles/${Id}/edges`);
    const name = (id) => steps.find((s) => s.Id === id).Name;
    return edges.map((e) => `${name(e.TailStepId)} ${e.EdgeType} ${name(e.HeadStepId)}`).sort();
  };
  const built = ["Decision False Wait All", "Decision True Delay", "Issue Event Forward Decision"];
  assert.deepEqual(await shape(), built);

  // connected from the delay to Wait All: left and right choose among the steps
  await keys("ArrowLeft", "c", "ArrowRight");
  await look(page, "builder-keyboard-wide");
  await keys("Enter");
  await saved(page);
  assert.deepEqual(await shape(), [...built, "Delay Forward Wait All"].sort());

  // left and opened again, the connection can be chosen and deleted, and comes back
  await page.getByRole("link", { name: "Back to the cycles" }).click();
  await page.locator(".pl-canvas").waitFor({ state: "detached" });
  await page.goBack();
  await node(page, "Delay").waitFor();
  await keys("ArrowDown", "ArrowDown", "ArrowDown", "e");
  await page.getByText("Connection of Delay (Forward) to Wait All", { exact: false }).first().waitFor();
  await keys("Delete");
  await page.getByText("The connection was deleted").waitFor();
  await saved(page);
  assert.deepEqual(await shape(), built, "the connection is deleted at the server, too");
  await keys("Control+z");
  await saved(page);
  assert.deepEqual(await shape(), [...built, "Delay Forward Wait All"].sort());

  // set up: Enter opens, everything in it is reached by Tab, Escape leaves
  await keys("Enter");
  await setup(page).getByLabel("How long").focus();
  await page.keyboard.type("5");
  await keys("Tab", "Escape");
  await setup(page).waitFor({ state: "detached" });
  await node(page, "Delay").getByText("5 minutes").waitFor();
  await saved(page);

  await keys("Delete");
  await node(page, "Delay").waitFor({ state: "detached" });
  await saved(page);
  assert.deepEqual(await shape(), ["Decision False Wait All", "Decision True Wait All", "Issue Event Forward Decision"], "its neighbours are joined");
  await keys("Control+z");
  await node(page, "Delay").getByText("5 minutes").waitFor();
  await saved(page);
  assert.deepEqual(await shape(), [...built, "Delay Forward Wait All"].sort(), "it is as it was");

  // everything is chosen, copied and pasted, here and into another flow, and deleted
  await keys("Control+a", "Control+c");
  await page.getByText("4 steps were copied").waitFor();
  await keys("Control+v");
  await page.waitForFunction(() => document.querySelectorAll(".pl-node").length === 8);
  await saved(page);
  const twice = [...built, "Delay Forward Wait All"].flatMap((e) => [e, e]).sort();
  assert.deepEqual(await shape(), twice, "with the edges between");
  await keys("Delete");
  await page.waitForFunction(() => document.querySelectorAll(".pl-node").length === 4);
  await saved(page);
  await page.locator(".pl-canvas-bar").getByText("Form").click(); // the focus stays in the bar, and the keys go on working
  await page.getByRole("list", { name: "Steps" }).waitFor();
  await keys("Control+z");
  await page.waitForFunction(() => document.querySelectorAll(".pl-form-step").length === 8);
  await keys("Control+z");
  await page.waitForFunction(() => document.querySelectorAll(".pl-form-step").length === 4);
  await saved(page);
  assert.deepEqual(await shape(), [...built, "Delay Forward Wait All"].sort());
  await page.locator(".pl-canvas-bar").getByText("Canvas").click();
  const other = await ask("POST", "/cycles", { Name: "Another flow" });
  await page.getByRole("link", { name: "Back to the cycles" }).click();
  await page.getByRole("link", { name: "Another flow", exact: true }).click();
  await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
  await keys("Control+v");
  await page.waitForFunction(() => document.querySelectorAll(".pl-node").length === 4);
  await saved(page);
  assert.deepEqual((await ask("GET", `/cycles/${other.Id}/edges`)).length, 4);
  await ask("DELETE", `/cycles/${other.Id}`);
  await page.goto(`${BASE}/a/northwind/cycles/${Id}/build`);
  await node(page, "Delay").waitFor();

  // somebody else's change appears
  const [first] = await ask("GET", `/cycles/${Id}/steps`);
  await ask("PUT", `/cycles/${Id}/steps/${first.Id}`, { Name: "Renamed elsewhere" });
  await page.getByText("Somebody else changed this flow").waitFor();
  await node(page, "Renamed elsewhere").waitFor();
  await ask("DELETE", `/cycles/${Id}`);
}

// used installs the template in an account and sees an event run through it.
async function used(page) {
  const ask = api(page, "northwind");
  const templates = await ask("GET", "/templates");
  const cycle = await ask("POST", `/templates/${templates.find((t) => t.Name === "Check an address").Id}/install`, {});
  const body = '{"customer":{"email":"ida@halvorsen.example"},"total":9007199254740993}'; // a number that JavaScript would round
  const [hook] = await ask("GET", `/cycles/${cycle.Id}/steps?filter=Webhook`);
  await ask("POST", `/account/connectors/${hook.AccountConnectorId}/fields/sample`, { MethodUniqueIdentifier: hook.Method.MethodUniqueIdentifier, ForRequestFormat: false, Sample: body });
  await page.goto(`${BASE}/a/northwind/cycles/${cycle.Id}/build`);
  await node(page, "Webhook").waitFor();
  await page.getByRole("button", { name: "Run once" }).click();
  await page.getByText("Waiting for the first event").waitFor();
  const sent = await page.request.post(hook.WebhookUrl, { data: body, headers: { "Content-Type": "application/json" } });
  assert.equal(sent.status(), 200);
  const dock = page.getByRole("region", { name: "Run", exact: true });
  await dock.waitFor();
  await dock.getByText("Completed", { exact: true }).waitFor();
  await node(page, "Decision").getByText("true", { exact: true }).waitFor();
  await look(page, "builder-run-wide");
  await dock.getByRole("slider").fill("0");
  await node(page, "Decision").getByText("not yet").waitFor();
  await dock.getByRole("button", { name: "Follow live" }).click();
  await node(page, "Decision").getByText("true", { exact: true }).waitFor();
  await dock.getByRole("button", { name: /Verify Email Syntax/ }).click();
  await setup(page).getByLabel("Response", { exact: true }).getByText("halvorsen.example").first().waitFor();
  await look(page, "builder-replay-wide");
  await setup(page).getByRole("tab", { name: "Mapping" }).click();
  await setup(page).locator(".pl-data li", { hasText: "total" }).getByText("9007199254740993").waitFor();
  await page.keyboard.press("Escape");
  await dock.getByRole("button", { name: "Close the run" }).click();
  await page.locator(".pl-canvas-bar").getByText("Form").click();
  await page.getByRole("list", { name: "Steps" }).waitFor();
  await look(page, "builder-form-wide");
  return cycle.Id;
}

async function onThePhone(page) {
  const list = page.getByRole("list", { name: "Steps" });
  await list.getByRole("button", { name: /Verify Email Syntax/ }).waitFor();
  await look(page, "builder-narrow");
  await list.getByRole("button", { name: /Verify Email Syntax/ }).click();
  await setup(page).getByLabel("Value of Email").waitFor();
  await look(page, "builder-mapping-narrow");
  await setup(page).getByRole("button", { name: "Close" }).last().click();
  // what is changed on a phone is saved, says so, and can be taken back
  const acts = page.locator(".pl-phone-head");
  await list.getByRole("button", { name: /Decision/ }).click();
  await setup(page).getByRole("button", { name: "Rename" }).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Is it valid");
  await page.keyboard.press("Enter");
  await setup(page).getByRole("button", { name: "Close" }).last().click();
  await list.getByRole("button", { name: /Is it valid/ }).waitFor();
  await page.locator(".pl-phone-saved").getByText(/^Saved \d/).waitFor();
  await look(page, "builder-changed-narrow");
  await acts.getByRole("button", { name: "Undo" }).click();
  await list.getByRole("button", { name: /Decision/ }).waitFor();
  await page.getByText("Map", { exact: true }).click();
  await node(page, "Decision").waitFor();
  await look(page, "builder-map-narrow");
}

const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: flags });
try {
  const open = async (size) => {
    const context = await browser.newContext({ viewport: { width: size.width, height: size.height }, reducedMotion: "reduce" });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    return { page, problems: problemsOf(page, /status of 40[014]/) };
  };
  const { page, problems } = await open(wide);
  await signIn(page, "/templates");
  await byMouse(page);
  await released(page);
  await byKeyboard(page);
  const cycle = await used(page);
  assert.deepEqual(problems, [], "errors in the console");
  const phone = await open(narrow);
  await signIn(phone.page, `/a/northwind/cycles/${cycle}/build`);
  await onThePhone(phone.page);
  assert.deepEqual(phone.problems, [], "errors in the console");
} finally {
  await browser.close();
}
