// Stockroom: a small application of a vendor who offers Paceline's integrations to its own customers. It has users and an API of its own,
// a button that opens LAUNCH, a marketplace in an inline frame, ORBIT in a popup, and a screen of its own made with the API alone.
// The secret of the API never leaves this program: pages get addresses that open once.
// own_screen.mjs is what the screen asks of the API, and orders.mjs is what Stockroom itself does.
//
// PACELINE (its address), CLIENT_ID and CLIENT_SECRET come from the environment, PORT is 4100 unless said otherwise, and MARKETPLACE
// is the number of the marketplace to show.
import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { announce, api, enrol, ordersOf, place } from "./orders.mjs";
import { choices, connect, save, setUp } from "./own_screen.mjs";

const { PACELINE = "http://127.0.0.1:8080", CLIENT_ID, CLIENT_SECRET, PORT = "4100", MARKETPLACE = "1" } = process.env;

// The vendor's own customers; each is an account at Paceline by the same id.
const users = {
  dana: { name: "Dana Whitfield", company: "Aster Outdoor", account: "aster" },
  sam: { name: "Sam Ortiz", company: "Birch Kitchens", account: "birch" },
};
for (const user of Object.values(users)) user.key = enrol(user.account);
const sessions = new Map();

let token = { value: "", until: 0 };

async function bearer() {
  if (Date.now() > token.until) {
    const answer = await fetch(`${PACELINE}/oauth/token`, {
      method: "POST", body: new URLSearchParams({ grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
    });
    if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
    const made = await answer.json();
    token = { value: made.access_token, until: Date.now() + (made.expires_in - 60) * 1000 };
  }
  return token.value;
}

async function paceline(method, path, body, account) {
  const headers = { Authorization: `Bearer ${await bearer()}`, "Content-Type": "application/json" };
  if (account) headers["X-Cyclr-Account"] = account;
  const answer = await fetch(`${PACELINE}/v1.0${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw Object.assign(new Error(JSON.parse(text).Message ?? text), { status: answer.status });
  return text ? JSON.parse(text) : null;
}

// ours is what integrations need to call our API for a customer: nobody is asked for it, and no page sees it.
const ours = (user) => ({ ConnectorAuthentications: [{ Name: "Stockroom", AuthValue: user.key, Properties: [{ Name: "BaseUrl", Value: own }] }] });

const routes = {
  "GET /": (q, user) => page(user),
  "GET /app.js": () => ({ type: "text/javascript", body: readFileSync(new URL("app.js", import.meta.url)) }),
  "GET /app.css": () => ({ type: "text/css", body: readFileSync(new URL("app.css", import.meta.url)) }),
  "POST /sign-in": (q, user, form) => {
    if (!users[form.get("user")]) return { status: 403, body: "Who is that?" };
    const id = randomBytes(16).toString("hex");
    sessions.set(id, form.get("user"));
    return { status: 303, head: { Location: "/", "Set-Cookie": `stockroom=${id}; HttpOnly; SameSite=Lax; Path=/` } };
  },
  "POST /launch": async (q, user) => json({ url: (await paceline("POST", `/accounts/${user.account}/launch`, { AccountName: user.company, DisplayDescriptions: true, AutoInstall: false, InlineOAuth: false, CompleteParameter: "from-stockroom", ...ours(user) })).LaunchUrl }),
  "POST /orbit": async (q, user) => json({ url: (await paceline("POST", `/accounts/${user.account}/orbit`, { AccountName: user.company })).OrbitUrl }),
  "POST /marketplace": async (q, user) => json({ url: (await paceline("POST", `/accounts/${user.account}/marketplace`, { AccountName: user.company, MarketplaceId: Number(MARKETPLACE), InlineOAuth: false, ...ours(user) })).MarketplaceUrl }),
  // What customers do in our product, and what integrations are told of it.
  "GET /orders": (q, user) => json(ordersOf(user.account)),
  "POST /orders": async (q, user) => {
    const order = place(user.account);
    return json({ order, told: await announce(callFor(user), order).catch(nobody) });
  },
  // The screen of our own: what can be installed, what is, and a switch for each.
  "GET /templates": async () => json(await paceline("GET", "/templates?pageSize=100")),
  "POST /install": async (q, user, form) => json(await paceline("POST", `/templates/${encodeURIComponent(form.get("id"))}/install`, ours(user), user.account)),
  "POST /cycles/remove": async (q, user, form) => json(await paceline("DELETE", `/cycles/${encodeURIComponent(form.get("id"))}`, undefined, user.account)),
  "GET /cycles": async (q, user) => json(await paceline("GET", "/cycles?pageSize=100", undefined, user.account).catch((e) => nobody(e, []))),
  "GET /set-up": async (q, user) => json(await setUp(callFor(user), query(q).get("cycle"))),
  "POST /set-up/connect": async (q, user, form) => json(await connect(callFor(user), user.account, form.get("connector"), JSON.parse(form.get("typed")), PACELINE, `http://${q.headers.host}`)),
  "POST /set-up/choices": async (q, user, form) => json(await choices(callFor(user), form.get("place"))),
  "POST /set-up/save": async (q, user, form) => json(await save(callFor(user), JSON.parse(form.get("values")))),
  "POST /cycles/start": async (q, user, form) => json(await paceline("PUT", `/cycles/${encodeURIComponent(form.get("id"))}/activate`, { Interval: 60 }, user.account)),
  "POST /cycles/stop": async (q, user, form) => json(await paceline("PUT", `/cycles/${encodeURIComponent(form.get("id"))}/deactivate`, undefined, user.account)),
};

// callFor makes calls for the user's account: what belongs to another one is not found.
const callFor = (user) => (method, path, body) => paceline(method, path, body, user.account);
// nobody answers for a customer who has opened nothing yet: Paceline does not know the account.
const nobody = (e, otherwise = 0) => (e.status === 401 || e.status === 404 ? otherwise : Promise.reject(e));
const query = (q) => new URL(q.url, "http://host").searchParams;
const json = (value) => ({ type: "application/json", body: JSON.stringify(value) });
const text = (s) => String(s).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function page(user) {
  const inside = user
    ? `<p>Signed in as <b>${text(user.name)}</b> of ${text(user.company)}.</p>
<section><h2>Orders</h2><table><thead><tr><th>Order</th><th>Item</th><th>Read by integrations</th></tr></thead><tbody id="orders"></tbody></table><p id="placed" role="status"></p><button id="place-order">Place an order</button></section>
<section><h2>Integrations</h2><button id="launch">Add an integration</button> <button id="orbit">Manage integrations</button><p id="said" role="status"></p></section>
<section><h2>Our own screen</h2><table><tbody id="cycles"></tbody></table><p id="none" hidden>Nothing is installed yet.</p>
<p><label>Install <select id="templates"></select></label> <button id="install">Install</button></p><form id="set-up" hidden></form></section>
<section><h2>Marketplace</h2><div id="marketplace"></div></section>
<script src="${text(PACELINE)}/embed/host/embed.js"></script><script src="/app.js"></script>`
    : `<form method="post" action="/sign-in"><label>Who are you? <select name="user">${Object.keys(users).map((u) => `<option value="${u}">${text(users[u].name)}, ${text(users[u].company)}</option>`).join("")}</select></label> <button>Sign in</button></form>`;
  return {
    type: "text/html; charset=utf-8",
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Stockroom</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/app.css"></head><body><header><b>Stockroom</b></header><main><h1>Stockroom</h1>${inside}</main></body></html>`,
  };
}

let own; // where our API is

createServer(async (q, w) => {
  try {
    const path = new URL(q.url, "http://host").pathname;
    if (path.startsWith("/api/")) {
      const { status = 200, value } = api(q, path);
      w.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
      return;
    }
    const chunks = [];
    for await (const c of q) chunks.push(c);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const user = users[sessions.get(/stockroom=(\w+)/.exec(q.headers.cookie ?? "")?.[1])];
    const route = routes[`${q.method} ${path}`];
    const open = path === "/" || path === "/sign-in" || path.startsWith("/app.");
    const out = !route ? { status: 404, body: "Not found" } : !user && !open ? { status: 401, body: "Sign in first" } : await route(q, user, form);
    w.writeHead(out.status ?? 200, { "Content-Type": out.type ?? "text/plain", ...out.head }).end(out.body);
  } catch (e) {
    console.error(e.message);
    w.writeHead([400, 404, 409].includes(e.status) ? e.status : 502, { "Content-Type": "application/json" }).end(JSON.stringify({ Message: e.message }));
  }
}).listen(Number(PORT), "127.0.0.1", function () {
  own = `http://127.0.0.1:${this.address().port}`;
  console.log(`Stockroom: http://localhost:${this.address().port}`);
});
