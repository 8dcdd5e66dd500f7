// The partner's server, in the walks through the embedded pages.
import assert from "node:assert/strict";

const { BASE, CLIENT_ID, CLIENT_SECRET } = process.env;

// api makes a call as the partner's server does, with the status that is expected.
let bearer;
export async function api(method, path, body, account, status) {
  if (!bearer) {
    const form = new URLSearchParams({ grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET });
    bearer = (await (await fetch(`${BASE}/oauth/token`, { method: "POST", body: form })).json()).access_token;
  }
  const headers = { Authorization: `Bearer ${bearer}`, "Content-Type": "application/json", ...(account ? { "X-Cyclr-Account": account } : {}) };
  const answer = await fetch(`${BASE}/v1.0${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(status ? answer.status === status : answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}
