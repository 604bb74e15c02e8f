import { describe, expect, it } from "vitest";
import { findSurcharge } from "../../src/chat/surcharge.ts";
import { chatBody, readAccountTotals, sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";

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
    const who = await signUpFundedUser(1);
    const response = await sendChat(who, chatBody({ [field]: value }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: "invalid_request", param: field },
    });
    expect(model.calls).toHaveLength(0);
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [] });
  });

  it.each(DEAR)("passes where the operator's prices cover it: %s %j", (field, value) => {
    expect(findSurcharge({ [field]: value }, [field])).toBeNull();
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
    expect(findSurcharge({ [field]: value }, [])).toBeNull();
  });
});

const PARTS: [string, string, object][] = [
  [
    "input_audio",
    "sound",
    {
      messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "AA" } }] }],
    },
  ],
  [
    "file",
    "a file",
    {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "x" },
            { type: "file", file: {} },
          ],
        },
      ],
    },
  ],
  [
    "cache_control",
    "a cached part",
    { messages: [{ role: "user", content: [{ type: "text", text: "x", cache_control: {} }] }] },
  ],
  [
    "cache_control",
    "a cached message",
    { messages: [{ role: "system", content: "x", cache_control: { ttl: "1h" } }] },
  ],
  [
    "cache_control",
    "a cached part of a part",
    { messages: [{ role: "tool", content: [{ content: [{ cache_control: {} }] }] }] },
  ],
  [
    "cache_control",
    "a cached tool",
    { tools: [{ type: "function", function: { name: "f" }, cache_control: {} }] },
  ],
  [
    "cache_control",
    "a cached function",
    { tools: [{ type: "function", function: { name: "f", cache_control: {} } }] },
  ],
  ["cache_control", "a request that is cached whole", { cache_control: { type: "ephemeral" } }],
];

describe("a part of a prompt that costs the operator more than its price", () => {
  it.each(PARTS)(
    "is refused by name before anything is held: %s, as %s",
    async (field, _what, more) => {
      const model = standInModel();
      const who = await signUpFundedUser(1);
      const response = await sendChat(who, chatBody({ ...more }));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        error: { code: "invalid_request", param: field },
      });
      expect(model.calls).toHaveLength(0);
      expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [] });
    },
  );

  it.each(PARTS)("passes where the operator's prices cover it: %s, as %s", (field, _what, more) => {
    expect(findSurcharge({ ...more }, [field])).toBeNull();
  });

  it("is found at any depth among any number of parts, and not by its name alone", () => {
    const properties = { file: { type: "string" }, cache_control: { type: "object" } };
    const tools = [{ type: "function", function: { name: "file", parameters: { properties } } }];
    const content = [{ type: "text", text: "input_audio", cache_control: null }, 7, null];
    expect(findSurcharge({ messages: [{ role: "user", content }, null], tools }, [])).toBeNull();
    expect(
      findSurcharge(
        { messages: [{ role: "user", content: Array.from({ length: 500_000 }, () => ({})) }] },
        [],
      ),
    ).toBeNull();
    const deep: unknown = JSON.parse(
      `${'{"content":['.repeat(50_000)}{"type":"file"}${"]}".repeat(50_000)}`,
    );
    expect(findSurcharge({ messages: [deep] }, [])).toBe("file");
  });
});
