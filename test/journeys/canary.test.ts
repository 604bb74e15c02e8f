import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, inject, it } from "vitest";
import { newBuyer } from "./support/person.ts";
import { freePorts } from "./support/ports.ts";

const { url } = inject("stack");
const CANARY = fileURLToPath(new URL("../../dev/canary.ts", import.meta.url));

/** Runs the canary as `npm run canary` does. */
function canary(args: readonly string[], key = ""): Promise<{ code: number | null; text: string }> {
  const run = spawn(process.execPath, [CANARY, ...args], {
    env: { ...process.env, FAREBOX_KEY: key },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  run.stdout.on("data", (part: Buffer) => {
    text += part.toString();
  });
  run.stderr.on("data", (part: Buffer) => {
    text += part.toString();
  });
  return new Promise((resolve, reject) => {
    run.once("error", reject);
    run.once("close", (code) => resolve({ code, text }));
  });
}

it.concurrent("the canary finds a running Farebox right, and its chats charged", async () => {
  const { key } = await newBuyer(url);
  const { code, text } = await canary([url, "--model", "large"], key);
  expect(text).not.toContain("✗");
  expect(text).toMatch(/✓ A stream of large is charged as it says: .* paid by credits/);
  expect(code).toBe(0);
});

it.concurrent("the canary says what is wrong where nothing answers, and exits 1", async () => {
  const [port] = await freePorts(1);
  const { code, text } = await canary([`http://127.0.0.1:${port}`]);
  expect(text).toContain("✗ Models are for sale");
  expect(code).toBe(1);
});

it.concurrent("the canary explains itself without an address", async () => {
  const { code, text } = await canary([]);
  expect(text).toContain("npm run canary -- <url>");
  expect(code).toBe(2);
});
