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
    const last = document.createElement("td");
    last.append(button, " ", remove);
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

// What is installed by the API alone waits for its connectors and values: see "Screens of your own" in docs/embedding.md.
const templates = document.getElementById("templates");
ask("GET", "/templates").then((list) => templates.replaceChildren(...list.map((template) => new Option(template.Name, template.Id))), told);
document.getElementById("install").onclick = () => ask("POST", "/install", { id: templates.value }).then(showCycles, told);

document.getElementById("launch").onclick = () => show("/launch", { mode: "modal", title: "Add an integration" });

document.getElementById("orbit").onclick = () => show("/orbit", { mode: "popup", title: "Your integrations", onChange: showCycles });

ask("POST", "/marketplace").then(({ url }) => Integrations.open({ url, mode: "inline", target: "#marketplace", title: "Marketplace", onResult: ended, onChange: showCycles }), told);
showCycles();
