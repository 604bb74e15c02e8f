import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { freePorts } from "../../journeys/support/ports.ts";
import { provideStack } from "../../journeys/support/setup.ts";
import { startStack } from "../../journeys/support/stack.ts";
import { findChromium } from "./chromium.ts";
import { addExpensiveModel } from "./expensive-model.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The address at which the one browser of all these tests is controlled. */
    browserAt: string;
    /** The origin of the operator's own site, whose pages may call this Farebox. */
    ownSite: string;
  }
}

/** Starts the stack of `npm start` and one browser for all files, and stops both at the end. */
const setup = (project: TestProject): Promise<() => Promise<void>> =>
  provideStack(project, async () => {
    const executablePath = findChromium();
    const ownSite = `http://localhost:${(await freePorts(1))[0]}`;
    const { stack, stop } = await startStack({ ALLOWED_ORIGINS: ownSite });
    const browser = await addExpensiveModel(stack)
      .then(() => chromium.launchServer({ executablePath }))
      .catch(async (error: unknown) => {
        await stop();
        throw error;
      });
    project.provide("ownSite", ownSite);
    project.provide("browserAt", browser.wsEndpoint());
    return {
      stack,
      stop: async () => {
        await browser.close();
        await stop();
      },
    };
  });

export default setup;
