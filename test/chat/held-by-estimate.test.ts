import { describe, expect, it } from "vitest";
import { chatBody, readAccountTotals, sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { stubUpstreamJson } from "../support/upstream.ts";

/** About 1 000 tokens in 4 500 bytes. */
const PROSE = "The old man walked slowly down to the harbour with the evening tide. ".repeat(65);
const messages = [{ role: "user", content: PROSE }];

/** A vendor that counts so many tokens. At 30 and 150 credits a million. */
const standInVendor = (prompt: number, reply: number) =>
  stubUpstreamJson({
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "large",
    choices: [{ index: 0, message: { role: "assistant", content: "Yes." }, finish_reason: "stop" }],
    usage: { prompt_tokens: prompt, completion_tokens: reply, total_tokens: prompt + reply },
  });

describe("a balance that does not cover the bytes of a prompt", () => {
  it("of 1.6 times the cost is served the whole reply", async () => {
    standInVendor(1000, 100);
    const cost = 1000 * 30 + 100 * 150;
    const who = await signUpFundedUser((1.6 * cost) / 1e6);
    const response = await sendChat(who, chatBody({ messages, max_tokens: 100 }));
    expect(response.status).toBe(200);
    expect(response.headers.get("x-farebox-max-tokens")).toBeNull();
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [cost] });
  });

  it("is never charged more than it is, whatever the vendor counts", async () => {
    standInVendor(4000, 100);
    const who = await signUpFundedUser(0.06);
    const response = await sendChat(who, chatBody({ messages, max_tokens: 100 }));
    expect(response.status).toBe(200);
    expect(await readAccountTotals(who)).toMatchObject({
      postedMicrocredits: 0,
      heldMicrocredits: 0,
      charged: [60_000],
    });
  });

  it("that does not cover the estimate is refused, and nothing is charged", async () => {
    standInVendor(1000, 100);
    const who = await signUpFundedUser(0.02);
    const response = await sendChat(who, chatBody({ messages, max_tokens: 100 }));
    expect(response.status).toBe(402);
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [] });
  });

  it("holds all that is left, so that a second chat at once is refused", async () => {
    standInVendor(1000, 100);
    const who = await signUpFundedUser(0.075);
    const replies = await Promise.all(
      [1, 2].map(() => sendChat(who, chatBody({ messages, max_tokens: 100 }))),
    );
    expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 402]);
  });
});
