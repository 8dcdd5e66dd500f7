// Starts Paceline with its demo and Stockroom beside it: the one command of this example. Ctrl-C ends both.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.argv[2] ?? "bin/paceline";
const data = mkdtempSync(join(tmpdir(), "stockroom-"));
const paceline = spawn(program, ["serve", "--demo", "--data", data, "--addr", "127.0.0.1:8085"], { stdio: ["ignore", "pipe", "inherit"] });
let said = "";
let shop;
paceline.stdout.on("data", (chunk) => {
  said += chunk;
  process.stdout.write(chunk);
  const id = /Client id:\s+(\S+)/.exec(said)?.[1];
  const secret = /Client secret:\s+(\S+)/.exec(said)?.[1];
  if (!secret || !said.includes("Try:") || shop) return;
  execFileSync(program, ["partner", "origins", "http://localhost:4100", "--data", data]);
  const number = execFileSync(program, ["partner", "marketplace", "Stockroom add-ons", "--data", data]).toString().trim();
  shop = spawn(process.execPath, [new URL("server.mjs", import.meta.url).pathname], {
    stdio: "inherit", env: { ...process.env, PACELINE: "http://127.0.0.1:8085", CLIENT_ID: id, CLIENT_SECRET: secret, MARKETPLACE: number },
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
