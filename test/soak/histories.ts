/** Short histories, in the process of the tests: for `npm run test:mutation`. */
import { expect, it } from "vitest";
import { nodeTargets } from "./node-target.ts";
import { soak } from "./soak.ts";

it.each([1, 2, 3])("an account does what the model says, in history %d", async (seed) => {
  const { make, close } = nodeTargets();
  const { failure } = await soak(make, { seed, operations: 400 });
  close();
  expect(failure).toBeNull();
});
