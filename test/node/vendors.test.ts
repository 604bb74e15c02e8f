import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { plant } from "../soak/faults.ts";
import { VENDOR_FAULTS } from "../vendors/faults.ts";

it.each(VENDOR_FAULTS)("there is still the piece of the fault: $name", (fault) => {
  const source = readFileSync(new URL(`../../src/${fault.file}`, import.meta.url), "utf8");
  expect(plant(source, fault)).not.toBe(source);
});
