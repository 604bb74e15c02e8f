import { describe, expect, inject, it } from "vitest";
import { toMicrocredits } from "../../src/units.ts";
import { waitForCall, waitForEndedCall } from "./support/local-model.ts";
import { FAULTY_TOKEN_MICROCREDITS } from "./support/models.ts";
import { newBuyer, waitForSettledBooks } from "./support/person.ts";
import { rawChat } from "./support/raw-chat.ts";
import { parseContent } from "./support/sse.ts";

const { url, modelUrl } = inject("stack");
const BOUGHT = toMicrocredits(100);

/** Returns a chat with a prompt by relay the model's log can find it. */
const chatParams = (model: string, prompt: string, more: object = {}) => ({
  model,
  messages: [{ role: "user", content: prompt }],
  ...more,
});

/**
 * The two ways in relay the Worker relays a stream: they depend on whether the client wants the
 * usage chunk.
 */
const BOTH_RELAYS = [
  ["with the usage chunk kept back", { stream: true }],
  ["with the usage chunk", { stream: true, stream_options: { include_usage: true } }],
] as const;

/** Counts the tokens of the local model's text: each is one word or a full stop. */
const tokensIn = (text: string): number => text.match(/\w+|\./g)?.length ?? 0;

describe.concurrent("a client that disconnects", () => {
  it.each(BOTH_RELAYS)(
    "in mid-stream is charged once, by the count to which the upstream is read on: %s",
    async (relay, stream) => {
      const user = await newBuyer(url);
      const prompts = ["one", "two", "three"].map(
        (nth) => `Chat ${nth} ${relay}. Please respond with exactly 100 tokens.`,
      );
      await Promise.all(
        prompts.map(async (prompt) => {
          const chat = rawChat(url, user.key, chatParams("large", prompt, stream));
          await chat.until((received) => tokensIn(parseContent(received)) >= 10);
          chat.destroy();
          expect((await waitForEndedCall(modelUrl, prompt)).outcome).toBe("complete");
        }),
      );
      const { chats, postedMicrocredits } = await waitForSettledBooks(user);
      expect(new Set(chats.map(({ holdId }) => holdId)).size).toBe(3);
      const counted = { model: "large", outputTokens: 100, estimated: false };
      expect(chats.map(({ chat }) => chat)).toEqual(
        prompts.map(() => expect.objectContaining({ ...counted, ending: "client_gone" })),
      );
      const costs = chats.map(({ chat }) => chat.inputTokens * 30 + chat.outputTokens * 150);
      expect(chats.map(({ amount }) => toMicrocredits(-amount))).toEqual(costs);
      expect(postedMicrocredits).toBe(BOUGHT - costs.reduce((sum, cost) => sum + cost, 0));
    },
  );

  it.each(BOTH_RELAYS)(
    "before the first byte is charged all the same: %s",
    async (relay, stream) => {
      const user = await newBuyer(url);
      const prompt = `Too early ${relay}. Please respond with exactly 5 tokens.`;
      const chat = rawChat(url, user.key, chatParams("faulty/slow", prompt, stream));
      expect((await waitForCall(modelUrl, prompt)).framesSent).toBe(0);
      chat.destroy();
      expect((await waitForEndedCall(modelUrl, prompt)).outcome).toBe("complete");
      const { chats, postedMicrocredits } = await waitForSettledBooks(user);
      expect(chats.map(({ chat }) => chat)).toEqual([
        expect.objectContaining({ outputTokens: 5, estimated: false, ending: "client_gone" }),
      ]);
      expect(postedMicrocredits).toBe(BOUGHT - 5 * FAULTY_TOKEN_MICROCREDITS);
    },
  );

  it.each(BOTH_RELAYS)(
    "long before the end is charged for what came in time, and the upstream is stopped: %s",
    async (relay, stream) => {
      const user = await newBuyer(url);
      const prompt = `Too late ${relay}. Please respond with exactly 25 tokens.`;
      const chat = rawChat(url, user.key, chatParams("faulty/slow", prompt, stream));
      await waitForCall(modelUrl, prompt);
      chat.destroy();
      const call = await waitForEndedCall(modelUrl, prompt);
      expect(call.outcome).toBe("cancelled");
      const { chats } = await waitForSettledBooks(user);
      expect(chats.map(({ chat }) => chat)).toEqual([
        expect.objectContaining({ estimated: true, ending: "client_gone" }),
      ]);
      expect(chats[0]?.chat.outputTokens).toBeGreaterThan(5);
    },
  );

  it("while the upstream is silent owes a prompt at most, and the call is cancelled", async () => {
    const user = await newBuyer(url);
    await Promise.all(
      [...BOTH_RELAYS, ["not streamed", {}] as const].map(async ([relay, stream]) => {
        const prompt = `Anybody there? ${relay}`;
        const chat = rawChat(url, user.key, chatParams("faulty/silence", prompt, stream));
        await waitForCall(modelUrl, prompt);
        chat.destroy();
        expect((await waitForEndedCall(modelUrl, prompt)).outcome).toBe("cancelled");
      }),
    );
    // The prompts of these models are free.
    expect(await waitForSettledBooks(user)).toMatchObject({
      postedMicrocredits: BOUGHT,
      chats: [],
    });
  });

  it("before a reply that is not streamed is charged once, by the upstream's count", async () => {
    const user = await newBuyer(url);
    const prompt = "Never mind. Please respond with exactly 7 tokens.";
    const chat = rawChat(url, user.key, chatParams("faulty/slow", prompt));
    expect((await waitForCall(modelUrl, prompt)).outcome).toBeNull();
    chat.destroy();
    expect((await waitForEndedCall(modelUrl, prompt)).outcome).toBe("complete");
    const { chats, postedMicrocredits } = await waitForSettledBooks(user);
    expect(chats.map(({ chat }) => chat)).toEqual([
      expect.objectContaining({ outputTokens: 7, estimated: false }),
    ]);
    expect(postedMicrocredits).toBe(BOUGHT - 7 * FAULTY_TOKEN_MICROCREDITS);
  });
});
