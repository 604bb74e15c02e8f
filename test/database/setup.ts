import { afterAll, expect } from "vitest";
import { findUnboundedSteps } from "./query-plan.ts";
import { recordStatements, takeStatements } from "./statements.ts";

recordStatements();

afterAll(async () => {
  const unbounded: string[] = [];
  for (const statement of takeStatements())
    for (const step of await findUnboundedSteps(statement))
      unbounded.push(`${step}\n    ${statement}`);
  expect(unbounded).toEqual([]);
});
