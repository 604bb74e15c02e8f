import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { FAULTS, plant } from "../soak/faults.ts";

const RUN = fileURLToPath(new URL("../soak/run.ts", import.meta.url));

const soak = (...args: readonly string[]) =>
  spawnSync("node_modules/.bin/node", [RUN, ...args], { encoding: "utf8" });

it("an account does what the model says, over thousands of operations in any order", () => {
  const { status, stderr } = soak("--seed", "3", "--operations", "5000");
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

it("an account with a fault does not", () => {
  const fault = ["--fault", "a capture may cost more than its hold"];
  const { status, stderr } = soak("--seed", "3", "--operations", "5000", ...fault);
  expect(stderr).toContain("Replay: --seed 3");
  expect(status).toBe(1);
});

it.each(FAULTS)("there is still the line of the fault: $name", (fault) => {
  const source = readFileSync(new URL(`../../src/account/${fault.file}`, import.meta.url), "utf8");
  expect(plant(source, fault)).not.toBe(source);
});
