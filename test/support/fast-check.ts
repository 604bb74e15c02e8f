import * as fc from "fast-check";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** The seed of all properties in this run. */
    seed: number;
  }
}

/**
 * fast-check with one seed for all properties: a run makes the same choices as the one before, so
 * that what turns red is of the change. `TEST_SEED=7 npm test` makes other choices, as does each
 * proof of docs/reliability.md.
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: inject("seed") });

export * from "fast-check";
