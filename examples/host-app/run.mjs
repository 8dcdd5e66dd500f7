// Starts Paceline with its demo and Stockroom beside it: the one command of this example. Ctrl-C ends both. ADDR and PORT of the
// environment are where they listen.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.argv[2] ?? "bin/paceline";
const { ADDR = "127.0.0.1:8085", PORT = "4100" } = process.env;
const data = mkdtempSync(join(tmpdir(), "stockroom-"));
const paceline = spawn(program, ["serve", "--demo", "--data", data, "--addr", ADDR], { stdio: ["ignore", "pipe", "inherit"] });
let said = "";
let shop;
paceline.stdout.on("data", (chunk) => {
  said += chunk;
  process.stdout.write(chunk);
  const id = /Client id:\s+(\S+)/.exec(said)?.[1];
  const secret = /Client secret:\s+(\S+)/.exec(said)?.[1];
  const api = /API:\s+(\S+)/.exec(said)?.[1];
  if (!secret || !api || !said.includes("Try:") || shop) return;
  const number = execFileSync(program, ["partner", "marketplace", "Stockroom add-ons", "--data", data]).toString().trim();
  shop = spawn(process.execPath, [new URL("server.mjs", import.meta.url).pathname], {
    stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, PACELINE: api, CLIENT_ID: id, CLIENT_SECRET: secret, MARKETPLACE: number, PORT },
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
