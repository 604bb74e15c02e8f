import { afterAll, afterEach, expect } from "vitest";
import { app, chats } from "../../src/app.ts";
import { observations, observeApp } from "./observe.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Failures that the test made the Worker answer: `POST /api/checkout not_found`. */
    failures?: string[];
    /** Every failure that a route declares of its own: set by the test of the contract. */
    declaredFailures?: string[];
  }
}

for (const served of [app, chats]) observeApp(served);

afterEach(({ task }) => {
  task.meta.failures = [...observations.failures];
  observations.failures.clear();
});

afterAll(() => {
  expect(observations.violations.splice(0)).toEqual([]);
});
