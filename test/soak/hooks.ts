import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { type Fault, plant } from "./faults.ts";

const STAND_IN = new URL("workers-in-node.ts", import.meta.url).href;
const ROOT = new URL("../../", import.meta.url);

/**
 * Lets Node load the account's object: `cloudflare:workers` is what the object needs of it. With a
 * fault, one line of one file is another: the file itself is not touched.
 */
export function loadAccountInNode(fault: Fault | undefined): void {
  const broken = fault === undefined ? null : new URL(`src/account/${fault.file}`, ROOT).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "cloudflare:workers"
        ? { url: STAND_IN, shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) => {
      if (url !== broken || fault === undefined) return next(url, context);
      const source = plant(readFileSync(fileURLToPath(url), "utf8"), fault);
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
}
