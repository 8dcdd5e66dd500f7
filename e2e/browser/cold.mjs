// Measures how long the first embedded page takes until it can be used, with nothing in the browser's cache and its own throttling:
// 9 Mbit/s and 170 ms for each request. cold_test.go starts Paceline's demo.
import { chromium, flags } from "./look.mjs";

const { CHROMIUM, BASE, CLIENT_ID, CLIENT_SECRET, MARKETPLACE, ROUNDS = "5" } = process.env;
const network = { offline: false, latency: 170, downloadThroughput: 9e6 / 8, uploadThroughput: 9e6 / 8 };

const form = new URLSearchParams({ grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET });
const { access_token: token } = await (await fetch(`${BASE}/oauth/token`, { method: "POST", body: form })).json();

async function call(method, path, body, account) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...(account && { "X-Cyclr-Account": account }) };
  const answer = await fetch(`${BASE}/v1.0${path}`, { method, headers, body: body && JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(said)}`);
  return said;
}

async function address(page) {
  const said = await call("POST", `/accounts/cold/${page}`, page === "marketplace" ? { MarketplaceId: Number(MARKETPLACE) } : { AutoInstall: false });
  return said.LaunchUrl ?? said.OrbitUrl ?? said.MarketplaceUrl;
}

// settle gives the account as many integrations as a customer has who uses them: an empty page says nothing about a full one.
async function settle(many) {
  await address("orbit"); // makes the account
  const templates = await call("GET", "/templates?pageSize=100");
  for (let i = 0; i < many; i++) await call("POST", `/templates/${templates[i % templates.length].Id}/install`, { Name: `Integration ${i + 1}` }, "cold");
}

// usable is when the page's own content stands there: something to press.
const usable = { launch: ".row button", marketplace: ".face .button", orbit: ".row button" };

async function once(browser, name) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const wire = await context.newCDPSession(page);
  await wire.send("Network.enable");
  await wire.send("Network.setCacheDisabled", { cacheDisabled: true });
  await wire.send("Network.emulateNetworkConditions", network);
  let script = 0;
  const kinds = new Map();
  wire.on("Network.responseReceived", (e) => kinds.set(e.requestId, e.type));
  wire.on("Network.loadingFinished", (e) => { if (kinds.get(e.requestId) === "Script") script += e.encodedDataLength; });
  await page.addInitScript((selector) => {
    const look = () => {
      if (!window.usableAt && document.querySelector(selector)) requestAnimationFrame(() => { window.usableAt ??= performance.now(); });
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  }, usable[name]);
  const begun = Date.now();
  await page.goto(await address(name), { waitUntil: "commit" });
  const at = await (await page.waitForFunction(() => window.usableAt)).jsonValue();
  const whole = Date.now() - begun; // with the call for the address, and what the measuring itself takes
  const redirect = await page.evaluate(() => performance.getEntriesByType("navigation")[0].responseEnd);
  await context.close();
  return { at, script, whole, redirect };
}

const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const browser = await chromium.launch({ executablePath: CHROMIUM, args: flags });
try {
  await settle(12);
  for (const name of Object.keys(usable)) {
    const rounds = [];
    for (let i = 0; i < Number(ROUNDS); i++) rounds.push(await once(browser, name));
    const at = rounds.map((r) => r.at);
    console.log(`${name} usable_ms=${Math.round(middle(at))} least=${Math.round(Math.min(...at))} most=${Math.round(Math.max(...at))} page_ms=${Math.round(middle(rounds.map((r) => r.redirect)))} script_kb=${(rounds[0].script / 1024).toFixed(1)}`);
  }
} finally {
  await browser.close();
}
