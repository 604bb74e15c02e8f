import { describe, expect, it } from "vitest";
import { surchargeIn } from "../../src/chat/surcharge.ts";
import { standInModel } from "../support/model.ts";
import { body, fareBox, ride, rider } from "../support/rider.ts";

const DEAR: [string, unknown][] = [
  ["service_tier", "priority"],
  ["models", ["gpt-dear"]],
  ["route", "fallback"],
  ["provider", { order: ["dear"] }],
  ["plugins", [{ id: "web" }]],
  ["preset", "dear"],
  ["web_search_options", {}],
  ["search_parameters", { mode: "on" }],
  ["modalities", ["text", "audio"]],
  ["audio", { voice: "alloy", format: "wav" }],
  ["prediction", { type: "content", content: "a long guess" }],
  ["tools", [{ type: "web_search_preview" }]],
  ["tools", [{ function: { name: "f" } }]],
];

describe("a field that makes a token cost the operator more than its price", () => {
  it.each(DEAR)("is refused before anything is held: %s %j", async (field, value) => {
    const model = standInModel();
    const who = await rider(1);
    const response = await ride(who, body({ [field]: value }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: "invalid_request", param: field } });
    expect(model.calls).toHaveLength(0);
    expect(await fareBox(who)).toMatchObject({ heldMicrocredits: 0, charged: [] });
  });

  it.each(DEAR)("passes where the operator's prices cover it: %s %j", (field, value) => {
    expect(surchargeIn({ [field]: value }, [field])).toBeNull();
  });

  it.each<[string, unknown]>([
    ["service_tier", "auto"],
    ["service_tier", "flex"],
    ["service_tier", null],
    ["modalities", ["text"]],
    [
      "tools",
      [
        { type: "function", function: { name: "f" } },
        { type: "custom", custom: { name: "c" } },
      ],
    ],
    ["tools", []],
    ["temperature", 2],
    ["anything", { at: "all" }],
  ])("is none of these: %s %j", (field, value) => {
    expect(surchargeIn({ [field]: value }, [])).toBeNull();
  });
});
