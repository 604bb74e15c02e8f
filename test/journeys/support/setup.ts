import type { TestProject } from "vitest/node";
import { addFaultyModels } from "./models.ts";
import { type Stack, startStack } from "./stack.ts";

declare module "vitest" {
  interface ProvidedContext {
    stack: Stack;
  }
}

/**
 * How long a model may be silent in these journeys: short, so that nobody waits long for one that
 * says nothing.
 */
export const SILENCE_SECONDS = 2;

/** One stack for all journeys, begun anew and ended whole. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stack, stop } = await startStack({ UPSTREAM_TIMEOUT_SECONDS: String(SILENCE_SECONDS) });
  await addFaultyModels(stack);
  project.provide("stack", stack);
  return async () => {
    try {
      await stop();
    } catch (error) {
      // vitest would tell it and call the run a success.
      process.exitCode = 1;
      throw error;
    }
  };
}
