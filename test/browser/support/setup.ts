import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { startStack } from "../../journeys/support/stack.ts";
import { findChromium } from "./chromium.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the one browser of all these tests is driven from. */
    browserAt: string;
  }
}

/** What `npm start` starts, and one browser: begun once for all files, and ended whole. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const executablePath = findChromium();
  const { stack, stop } = await startStack({});
  const browser = await chromium.launchServer({ executablePath }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  project.provide("stack", stack);
  project.provide("browserAt", browser.wsEndpoint());
  return async () => {
    try {
      await browser.close();
      await stop();
    } catch (error) {
      // vitest would tell it and call the run a success.
      process.exitCode = 1;
      throw error;
    }
  };
}
