// Starts Paceline with its demo and Stockroom beside it: the one command of this example. Ctrl-C ends both. ADDR and PORT of the
// environment are where they listen.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = process.argv[2] ?? "bin/paceline";
const { ADDR = "127.0.0.1:8085", PORT = "4100" } = process.env;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const data = mkdtempSync(join(tmpdir(), "stockroom-"));
const port = await exact(PORT);
// Paceline calls no private address that it is not allowed: Stockroom's API is one here.
const paceline = spawn(program, ["serve", "--demo", "--data", data, "--addr", ADDR, "--connectors", here("connectors"), "--egress-allow", `127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "inherit"] });
let said = "";
let shop;
paceline.stdout.on("data", (chunk) => {
  said += chunk;
  process.stdout.write(chunk);
  const id = /Client id:\s+(\S+)/.exec(said)?.[1];
  const secret = /Client secret:\s+(\S+)/.exec(said)?.[1];
  const api = /API:\s+(\S+)/.exec(said)?.[1];
  if (!secret || !api || !said.includes("Try:") || shop) return;
  execFileSync(program, ["template", "import", here("templates/order-to-crm-ticket.json"), "--data", data]);
  const number = execFileSync(program, ["partner", "marketplace", "Stockroom add-ons", "--data", data]).toString().trim();
  shop = spawn(process.execPath, [here("server.mjs")], {
    stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, PACELINE: api, CLIENT_ID: id, CLIENT_SECRET: secret, MARKETPLACE: number, PORT: port },
  });
  let heard = "";
  shop.stdout.on("data", (line) => {
    const before = heard;
    heard += line;
    const host = /^Stockroom: (\S+)\n/.exec(heard)?.[1];
    // Its origin is registered before anybody hears where it is.
    if (host && !before.includes("\n")) execFileSync(program, ["partner", "origins", host, "--data", data]);
    process.stdout.write(line);
  });
});

// exact is the port itself, or for 0 one that is free: Paceline has to know it before Stockroom listens.
async function exact(wanted) {
  if (wanted !== "0") return wanted;
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const free = String(taken.address().port);
  taken.close();
  await once(taken, "close");
  return free;
}

const end = () => {
  shop?.kill();
  paceline.kill();
};
process.on("SIGINT", end);
process.on("SIGTERM", end);
paceline.on("exit", (code) => {
  shop?.kill();
  rmSync(data, { recursive: true, force: true });
  process.exit(code ?? 0);
});
