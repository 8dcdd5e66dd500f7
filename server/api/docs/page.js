// The interactive page of the API: lists the operations of /openapi.json and sends requests to them.
"use strict";

const main = document.getElementById("operations");
const form = document.getElementById("sign-in");
const say = (text) => { form.querySelector("output").textContent = text; };

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: form.client_id.value, client_secret: form.client_secret.value });
  try {
    const answer = await fetch("/oauth/token", { method: "POST", body });
    const token = await answer.json();
    if (!answer.ok) { say("Refused: " + (token.error_description || token.error || token.Message)); return; }
    form.token.value = token.access_token;
    say("Signed in until " + token[".expires"] + ".");
  } catch (err) { say("The server could not be reached: " + err.message); }
});

function element(name, attributes, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) e.setAttribute(key, value);
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
}

let doc;

function resolve(schema) {
  let depth = 0;
  while (schema && schema.$ref && depth++ < 20) schema = doc.components.schemas[schema.$ref.split("/").pop()];
  return schema || {};
}

function sample(schema, depth = 0) {
  const s = resolve(schema);
  if (s.examples && s.examples.length) return s.examples[0];
  if (s.enum) return s.enum[0];
  if (s.anyOf || s.oneOf) return sample((s.anyOf || s.oneOf)[0], depth);
  const type = Array.isArray(s.type) ? s.type.find((t) => t !== "null") : s.type;
  if (type === "object") {
    const out = {};
    if (depth < 4) for (const [name, property] of Object.entries(s.properties || {})) out[name] = sample(property, depth + 1);
    return out;
  }
  return { array: depth < 4 ? [sample(s.items, depth + 1)] : [], integer: 0, number: 0, boolean: false, string: "" }[type] ?? null;
}

function parameters(op) {
  const inputs = [];
  const rows = (op.parameters || []).filter((p) => p.in !== "header").map((p) => {
    const input = element("input", { "aria-label": p.name });
    inputs.push({ p, input });
    return element("tr", {}, element("td", {}, p.name + (p.required ? " *" : "")), element("td", {}, p.in), element("td", {}, input), element("td", {}, p.description || ""));
  });
  const head = element("tr", {}, ...["Name", "In", "Value", "Meaning"].map((t) => element("th", {}, t)));
  return { inputs, table: rows.length ? element("table", {}, head, ...rows) : null };
}

function operation(path, method, op) {
  const box = element("details", {}, element("summary", {}, element("b", { class: method }, method.toUpperCase()), element("code", {}, path), element("small", {}, op.summary || "")));
  box.dataset.text = [method, path, op.summary, op.operationId, (op.tags || []).join(" ")].join(" ").toLowerCase();
  box.dataset.id = op.operationId.toLowerCase();
  box.addEventListener("toggle", () => { if (box.open && box.children.length === 1) box.append(fill(path, method, op)); });
  return box;
}

function fill(path, method, op) {
  const { inputs, table } = parameters(op);
  const media = op.requestBody && op.requestBody.content["application/json"];
  const text = media ? element("textarea", { "aria-label": "Request body", spellcheck: "false" }) : null;
  if (text) text.value = JSON.stringify(sample(media.schema), null, 2);
  const result = element("pre", { "aria-live": "polite", tabindex: "0", hidden: "" });
  const send = element("button", { type: "button" }, "Send");
  send.addEventListener("click", async () => {
    let url = path;
    const query = new URLSearchParams();
    for (const { p, input } of inputs) {
      if (p.in === "path") url = url.replace("{" + p.name + "}", encodeURIComponent(input.value));
      else if (input.value !== "") query.append(p.name, input.value);
    }
    if (query.size) url += "?" + query;
    const headers = {};
    if (form.token.value) headers.Authorization = "Bearer " + form.token.value;
    if (form.account.value) headers["X-Cyclr-Account"] = form.account.value;
    const body = text ? text.value : undefined;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    send.disabled = true;
    result.hidden = false;
    result.textContent = "Waiting for the answer…";
    try {
      const answer = await fetch(url, { method: method.toUpperCase(), headers, body });
      let shown = await answer.text();
      try { shown = JSON.stringify(JSON.parse(shown), null, 2); } catch { /* not JSON: shown as it came */ }
      result.textContent = method.toUpperCase() + " " + url + "\n" + answer.status + " " + answer.statusText + "\n\n" + shown;
    } catch (err) { result.textContent = "The server could not be reached: " + err.message; }
    send.disabled = false;
  });
  return element("div", { class: "op" }, op.description ? element("p", {}, op.description) : null, table, text, element("p", {}, send), result);
}

async function load() {
  try {
    const answer = await fetch("/openapi.json");
    if (!answer.ok) throw new Error("status " + answer.status);
    doc = await answer.json();
  } catch (err) {
    main.replaceChildren(element("p", {}, "The document could not be loaded: " + err.message));
    main.setAttribute("aria-busy", "false");
    return;
  }
  document.getElementById("version").textContent = "v" + doc.info.version;
  const groups = new Map();
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const method of ["get", "post", "put", "patch", "delete"]) {
      if (!item[method]) continue;
      const tag = (item[method].tags || ["Other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(path, method, item[method]));
    }
  }
  main.replaceChildren(...[...groups].map(([tag, boxes]) => element("section", { "aria-label": tag }, element("h2", {}, tag), ...boxes)));
  main.setAttribute("aria-busy", "false");
  follow();
}

// follow opens the operation that the address names, as in #!/Accounts/Accounts_Create_POST.
function follow() {
  const id = location.hash.split("/").pop().toLowerCase();
  const box = [...main.querySelectorAll("details")].find((b) => b.dataset.id === id);
  if (!box) return;
  box.open = true;
  box.scrollIntoView();
}
window.addEventListener("hashchange", follow);

document.getElementById("search").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let any = false;
  for (const section of main.querySelectorAll("section")) {
    let shown = 0;
    for (const box of section.querySelectorAll("details")) {
      box.hidden = !words.every((w) => box.dataset.text.includes(w));
      if (!box.hidden) shown++;
    }
    section.hidden = shown === 0;
    any = any || shown > 0;
  }
  document.getElementById("none").hidden = any || !doc;
});

load();
