import type { TestProject } from "vitest/node";
import { measureSlowness } from "../../../dev/slowness.ts";
import { addFaultyModels } from "./models.ts";
import { type Stack, startStack } from "./stack.ts";

declare module "vitest" {
  interface ProvidedContext {
    stack: Stack;
    /** Why the stack did not start, if it did not. */
    stackProblem: string | null;
  }
}

/**
 * The model's timeout in the journeys: short, so that tests of a silent model are fast, and longer
 * on a busy machine, where a model that answers may be that slow.
 */
const silenceSeconds = (): number => Math.ceil(12 * measureSlowness());

/**
 * Starts a project's stack and provides it to its tests. A stack that does not start fails these
 * tests and no others: an error here would end the whole run with "No test files found".
 * @param start starts it, provides what else the tests need, and returns what stops it all
 */
export async function provideStack(
  project: TestProject,
  start: () => Promise<{ stack: Stack; stop: () => Promise<void> }>,
): Promise<() => Promise<void>> {
  try {
    const { stack, stop } = await start();
    project.provide("stack", stack);
    project.provide("stackProblem", null);
    return async () => {
      try {
        await stop();
      } catch (error) {
        // vitest would print the error and report success.
        process.exitCode = 1;
        throw error;
      }
    };
  } catch (error) {
    project.provide("stackProblem", `npm start did not start for these tests: ${String(error)}`);
    return () => Promise.resolve();
  }
}

/** Starts one stack for all journeys and stops it at the end. */
const setup = (project: TestProject): Promise<() => Promise<void>> =>
  provideStack(project, async () => {
    const started = await startStack({ UPSTREAM_TIMEOUT_SECONDS: String(silenceSeconds()) });
    await addFaultyModels(started.stack);
    return started;
  });

export default setup;
