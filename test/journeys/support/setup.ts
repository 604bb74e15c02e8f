import type { TestProject } from "vitest/node";
import { measureSlowness } from "../../../dev/slowness.ts";
import { addFaultyModels } from "./models.ts";
import { type Stack, startStack } from "./stack.ts";

declare module "vitest" {
  interface ProvidedContext {
    stack: Stack;
  }
}

/**
 * The model's timeout in the journeys: short, so that tests of a silent model are fast, and longer
 * on a busy machine, where a model that answers may be that slow.
 */
const silenceSeconds = (): number => Math.ceil(6 * measureSlowness());

/** Starts one stack for all journeys and stops it at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stack, stop } = await startStack({ UPSTREAM_TIMEOUT_SECONDS: String(silenceSeconds()) });
  await addFaultyModels(stack);
  project.provide("stack", stack);
  return async () => {
    try {
      await stop();
    } catch (error) {
      // vitest would print the error and report success.
      process.exitCode = 1;
      throw error;
    }
  };
}
