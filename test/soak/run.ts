/**
 * Plays one soak in this process, for `test/proofs/soak.ts`. The last line that it prints has the
 * figures as JSON. Ends with 1 at the first difference.
 */
import { parseArgs } from "node:util";
import { FAULTS } from "./faults.ts";
import { loadAccountInNode } from "./hooks.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    operations: { type: "string", default: "10000" },
    fault: { type: "string" },
    shrink: { type: "boolean", default: false },
  },
});
const fault = FAULTS.find(({ name }) => name === values.fault);
if (values.fault !== undefined && fault === undefined)
  throw new Error(`There is no fault "${values.fault}".`);
// Before the account's code is loaded, which is why that is imported below.
loadAccountInNode(fault);
const [{ nodeTargets }, { soak }] = await Promise.all([
  import("./node-target.ts"),
  import("./soak.ts"),
]);
const { make, close } = nodeTargets();
const options = {
  seed: Number(values.seed),
  operations: Number(values.operations),
  shrink: values.shrink,
};
const { failure, ...figures } = await soak(make, options, (played) => {
  if (played % 50_000 === 0) console.log(`${played} operations`);
});
close();
if (failure !== null) {
  console.error(failure);
  process.exitCode = 1;
} else console.log(JSON.stringify(figures));
