import { expect, it } from "vitest";
import doc from "../../docs/catalogs.md?raw";
import { HANDLED_EVENT_TYPES } from "../../src/billing/sync/event-handlers.ts";

it("the documented list of webhook events is the list of those that are handled", () => {
  const [, list = ""] = /```\n(charge\.[^`]*)```/.exec(doc) ?? [];
  expect(list.trim().split("\n")).toEqual(HANDLED_EVENT_TYPES.toSorted());
});
