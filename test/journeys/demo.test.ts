import { spawn } from "node:child_process";
import { expect, inject, it } from "vitest";
import { freePorts } from "./support/ports.ts";

const { url } = inject("stack");

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs `npm run demo` as a person does, with the given variables. */
function demo(variables: Readonly<Record<string, string>>): Promise<Ended> {
  const { FAREBOX_URL: _url, FAREBOX_PORT: _port, ...env } = process.env;
  const run = spawn("npm", ["run", "--silent", "demo"], {
    env: { ...env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  run.stdout.on("data", (text: Buffer) => {
    output += text.toString();
  });
  run.stderr.on("data", (text: Buffer) => {
    errors += text.toString();
  });
  return new Promise((resolve, reject) => {
    run.once("error", reject);
    run.once("close", (code) => resolve({ code, output, errors }));
  });
}

it.concurrent("npm run demo does every step with a ✓, and exits 0", async () => {
  const { code, output } = await demo({ FAREBOX_URL: url });
  expect(output).not.toContain("✗");
  const steps = output.split("\n").filter((line) => line.startsWith("✓"));
  const expectedSteps = [
    /signs up/,
    /check out/,
    /declined/,
    /pays/,
    /webhook/,
    /credits are there/,
    /A chat with/,
    /stream/,
    /ledger/,
  ];
  for (const step of expectedSteps) expect(steps.some((line) => step.test(line))).toBe(true);
  expect(code).toBe(0);
});

it.concurrent("npm run demo exits 1 and says what to do when nothing is running", async () => {
  const [port] = (await freePorts(1)).map(String);
  const { code, output, errors } = await demo({ FAREBOX_PORT: port ?? "" });
  expect(errors).toContain(`Nothing answers at http://localhost:${port}. Run \`npm start\``);
  expect(output).toBe("");
  expect(code).toBe(1);
});
