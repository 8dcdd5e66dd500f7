// The README's tour by the generated client: an account, an install, properties and credentials, a delivery, what came of it.
import * as api from "../../web/src/api/sdk.gen";
import { client } from "../../web/src/api/client.gen";

declare const process: { env: Record<string, string | undefined>; exit(code: number): never };

const env = (name: string): string => process.env[name] ?? fail(`${name} is not set`);
function fail(what: string): never {
  throw new Error(what);
}

// good returns the data of an answer, or ends the tour with its message.
async function good<T>(answer: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data, error } = await answer;
  return error === undefined ? (data as T) : fail(JSON.stringify(error));
}

async function main() {
  const token = await fetch(env("PACELINE") + "/oauth/token", {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: env("CLIENT_ID"), client_secret: env("CLIENT_SECRET") }),
  }).then((r) => r.json() as Promise<{ access_token: string }>);
  client.setConfig({ baseUrl: env("PACELINE"), auth: token.access_token });

  await good(api.accountsCreatePost({ body: { Id: "typed", Name: "Typed Lines" } }));
  const headers = { "X-Cyclr-Account": "typed" };
  const templates = await good(api.templatesAllGet({}));
  const template = templates!.find((t) => t.Name === "GitHub issue to CRM ticket") ?? fail("no template");
  const cycle = await good(api.templatesInstallPost({ path: { id: template.Id }, headers, body: {} }));
  const connector = (name: string) => String(cycle.Connectors!.find((c) => c.Name === name)!.AccountConnectorId);

  const set = (id: string, Name: string, Value: string) => good(api.accountConnectorsCreatePropertyPost({ path: { id }, headers, body: { Name, Value } }));
  await set(connector("GitHub"), "BaseUrl", env("GITHUB_URL"));
  await set(connector("GitHub"), "WebhookSecret", env("WEBHOOK_SECRET"));
  await set(connector("Harbour CRM"), "BaseUrl", env("CRM_URL"));
  await good(api.accountConnectorsUpdatePut({ path: { id: connector("GitHub") }, headers, body: { AuthValue: env("GITHUB_TOKEN") } }));
  await good(api.accountConnectorsUpdatePut({ path: { id: connector("Harbour CRM") }, headers, body: { AuthValue: env("CRM_KEY") } }));
  const active = await good(api.cyclesActivatePut({ path: { id: cycle.Id }, headers, body: {} }));
  console.log(active.Status);

  const steps = await good(api.cyclesStepsGet({ path: { id: cycle.Id }, headers }));
  const hook = steps!.find((s) => s.WebhookUrl)!.WebhookUrl!;
  const github = (path: string) => fetch(`${env("GITHUB_URL")}/repos/northwind-labs/ferry-timetable${path}`, { headers: { Authorization: `Bearer ${env("GITHUB_TOKEN")}` } }).then((r) => r.json());
  const body = JSON.stringify({ action: "opened", issue: await github("/issues/2"), repository: await github("") });
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", text.encode(env("WEBHOOK_SECRET")), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, text.encode(body)));
  const signature = "sha256=" + Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
  const accepted = await fetch(hook, { method: "POST", body, headers: { "X-GitHub-Event": "issues", "X-GitHub-Delivery": "typed", "X-Hub-Signature-256": signature } });
  const transaction = accepted.headers.get("X-Transaction-Id") ?? fail(`the delivery was answered ${accepted.status}`);

  for (;;) {
    const list = await good(api.cyclesTransactionsGet({ path: { id: cycle.Id }, headers }));
    if (list!.some((t) => t.Id === transaction && t.Status === "Completed")) break;
    await new Promise((wait) => setTimeout(wait, 200));
  }
  const items = await good(api.cyclesTransactionGet({ path: { id: cycle.Id, transaction }, headers }));
  for (const item of items!) console.log([item.StepName, item.Status, item.HttpStatus].filter(Boolean).join("  "));
  const usage = await good(api.accountsUsageGet({ path: { account: "typed" } }));
  console.log(usage.Id, usage.TasksUsed);

  const wrong = await api.accountsCreatePost({ body: { Id: "typed", Name: "Again" } });
  console.log(wrong.response?.status, (wrong.error as { Message?: string }).Message);
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
