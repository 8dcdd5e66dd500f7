// The page of Stockroom: Integrations is the global that embed.js makes.
const said = document.getElementById("said");

async function ask(method, path, form) {
  const answer = await fetch(path, { method, body: form && new URLSearchParams(form) });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).Message ?? `${answer.status}`);
  return answer.json();
}

async function showCycles() {
  const kept = (await ask("GET", "/cycles")).filter((cycle) => cycle.Status !== "DeleteScheduled"); // nothing can be done with what is going away
  const rows = kept.map((cycle) => {
    const running = cycle.Status === "Active";
    const row = document.createElement("tr");
    row.append(cell(cycle.Name), cell(cycle.Status));
    const button = document.createElement("button");
    button.textContent = running ? "Stop" : "Start";
    button.setAttribute("aria-label", `${button.textContent}: ${cycle.Name}`);
    button.onclick = () => ask("POST", running ? "/cycles/stop" : "/cycles/start", { id: cycle.Id }).then(showCycles, told);
    const remove = document.createElement("button");
    remove.textContent = "Remove";
    remove.setAttribute("aria-label", `Remove: ${cycle.Name}`);
    remove.onclick = () => ask("POST", "/cycles/remove", { id: cycle.Id }).then(showCycles, told);
    const change = document.createElement("button");
    change.textContent = "Set up";
    change.setAttribute("aria-label", `Set up: ${cycle.Name}`);
    change.onclick = () => showSetUp(cycle.Id).catch(told);
    change.hidden = running; // what runs is stopped before it is changed
    const last = document.createElement("td");
    last.append(button, " ", change, " ", remove);
    row.append(last);
    return row;
  });
  document.getElementById("cycles").replaceChildren(...rows);
  document.getElementById("none").hidden = rows.length > 0;
}

function cell(text) {
  const td = document.createElement("td");
  td.textContent = text;
  return td;
}

const told = (e) => {
  said.textContent = e.message;
};

async function showOrders() {
  const rows = (await ask("GET", "/orders")).map((order) => {
    const row = document.createElement("tr");
    row.append(cell(order.id), cell(`${order.quantity} × ${order.item}`), cell(order.reads));
    return row;
  });
  document.getElementById("orders").replaceChildren(...rows);
}

// An order is placed in our own product; integrations that were told of it read it by our API a moment later.
document.getElementById("place-order").onclick = async () => {
  try {
    const { order, told: count } = await ask("POST", "/orders");
    document.getElementById("placed").textContent = `Order ${order.id} is placed; integrations that were told: ${count}.`;
    await showOrders();
  } catch (why) {
    told(why);
  }
};

function ended(result) {
  said.textContent = result ? `Done: ${JSON.stringify(result)}` : "Closed.";
  showCycles();
}

// show opens a page at once; its address comes when our server has got it.
async function show(path, options) {
  try {
    ended(await Integrations.open({ url: ask("POST", path).then(({ url }) => url), ...options }).result);
  } catch (e) {
    told(e);
  }
}

// What is installed by the API alone waits for its connectors and values: showSetUp asks for both, and own_screen.mjs says which calls
// do what.
const setUp = document.getElementById("set-up");

function input(label, { value = "", secret = false, required = false, choices = [] } = {}) {
  const row = document.createElement("label");
  const field = document.createElement(choices.length ? "select" : "input");
  for (const c of choices) field.append(new Option(c.Name ?? c.Label ?? c.Value ?? c, c.Value ?? c));
  if (secret) field.type = "password";
  field.autocomplete = "off";
  field.required = required;
  field.value = value;
  row.append(`${label} `, field);
  return { row, field };
}

async function showSetUp(cycle) {
  const what = await ask("GET", `/set-up?cycle=${encodeURIComponent(cycle)}`);
  const parts = [Object.assign(document.createElement("h3"), { textContent: `Set up ${what.name}` })];
  for (const connector of what.connectors) parts.push(connectorPart(cycle, connector));
  const values = [];
  for (const v of what.values) {
    const choices = v.lookup ? await ask("POST", "/set-up/choices", { place: v.place }).catch(() => []) : v.choices;
    const { row, field } = input(v.label, { ...v, choices });
    values.push(() => ({ place: v.place, value: field.value, name: field.selectedOptions?.[0]?.text, lookup: v.lookup, choices: v.choices.length > 0 }));
    parts.push(row);
  }
  const go = Object.assign(document.createElement("button"), { textContent: "Save and start", disabled: what.connectors.length > 0 });
  parts.push(go);
  setUp.replaceChildren(...parts);
  setUp.hidden = false;
  setUp.onsubmit = async (e) => {
    e.preventDefault();
    try {
      await ask("POST", "/set-up/save", { values: JSON.stringify(values.map((v) => v())) });
      await ask("POST", "/cycles/start", { id: cycle });
      setUp.hidden = true;
      await showCycles();
    } catch (why) {
      told(why);
    }
  };
}

// connectorPart asks for what one connector needs; where its vendor is to be asked, a window opens with the click and goes there.
function connectorPart(cycle, connector) {
  const part = document.createElement("fieldset");
  part.append(Object.assign(document.createElement("legend"), { textContent: `Connect ${connector.name}` }));
  const of = (list) => list.map((f) => {
    const { row, field } = input(f.Label, { value: f.Value, secret: f.IsSecret, choices: f.Values });
    part.append(row);
    return [f.Name, field];
  });
  const fields = { properties: of(connector.properties), credential: of(connector.credential) };
  const typed = () => Object.fromEntries(Object.entries(fields).map(([k, list]) => [k, Object.fromEntries(list.map(([name, field]) => [name, field.value]))]));
  const go = Object.assign(document.createElement("button"), { type: "button", textContent: connector.consent ? `Sign in to ${connector.name}` : `Connect ${connector.name}` });
  go.onclick = async () => {
    const page = connector.consent ? window.open("about:blank", "vendor", "popup,width=620,height=720") : null;
    try {
      const { url } = await ask("POST", "/set-up/connect", { connector: connector.id, typed: JSON.stringify(typed()) });
      if (url) {
        await connected(page, url);
      }
      await showSetUp(cycle);
    } catch (why) {
      page?.close();
      told(why);
    }
  };
  part.append(go);
  return part;
}

// connected waits until the vendor's window says that it is done: the message comes from where the address leads.
function connected(page, url) {
  return new Promise((done) => {
    window.addEventListener("message", function hear(e) {
      if (e.source !== page || e.origin !== new URL(url).origin || e.data !== "connected") return;
      window.removeEventListener("message", hear);
      done();
    });
    page.location.replace(url);
  });
}

const templates = document.getElementById("templates");
ask("GET", "/templates").then((list) => templates.replaceChildren(...list.map((template) => new Option(template.Name, template.Id))), told);
document.getElementById("install").onclick = async () => {
  try {
    const cycle = await ask("POST", "/install", { id: templates.value });
    await showCycles();
    await showSetUp(cycle.Id);
  } catch (why) {
    told(why);
  }
};

document.getElementById("launch").onclick = () => show("/launch", { mode: "modal", title: "Add an integration" });

document.getElementById("orbit").onclick = () => show("/orbit", { mode: "popup", title: "Your integrations", onChange: showCycles });

ask("POST", "/marketplace").then(({ url }) => Integrations.open({ url, mode: "inline", target: "#marketplace", title: "Marketplace", onResult: ended, onChange: showCycles }), told);
showCycles();
showOrders().catch(told);
setInterval(() => showOrders().catch(() => {}), 2000); // the next time says it
