import { afterAll, afterEach, expect } from "vitest";
import { app, chats } from "../../src/app.ts";
import { observations, observeApp } from "./observe.ts";

for (const served of [app, chats]) observeApp(served);

afterEach(({ task }) => {
  task.meta.failures = [...observations.failures];
  observations.failures.clear();
});

afterAll(() => {
  expect(observations.violations.splice(0)).toEqual([]);
});
