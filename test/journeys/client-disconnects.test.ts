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
    "in mid-stream is charged once, for what it was sent, and the upstream is stopped: %s",
    async (relay, stream) => {
      const user = await newBuyer(url);
      const prompts = ["one", "two", "three"].map(
        (nth) => `Chat ${nth} ${relay}. Please respond with exactly 300 tokens.`,
      );
      const results = await Promise.all(
        prompts.map(async (prompt) => {
          const chat = rawChat(url, user.key, chatParams("large", prompt, stream));
          await chat.until((received) => tokensIn(parseContent(received)) >= 10);
          chat.destroy();
          const call = await waitForEndedCall(modelUrl, prompt);
          // The first frame has only the role.
          return {
            received: tokensIn(parseContent(chat.received())),
            sent: call.framesSent - 1,
            outcome: call.outcome,
          };
        }),
      );
      expect(results).toEqual(results.map(() => expect.objectContaining({ outcome: "cancelled" })));
      for (const { sent } of results) expect(sent).toBeLessThan(300);

      const { chats, postedMicrocredits } = await waitForSettledBooks(user);
      expect(new Set(chats.map(({ holdId }) => holdId)).size).toBe(3);
      expect(chats.map(({ chat }) => chat)).toEqual(
        results.map(() =>
          expect.objectContaining({ model: "large", ending: "client_gone", estimated: true }),
        ),
      );
      // Tokens that were on their way when the client left count as sent.
      const charged = chats.map(({ chat }) => chat.outputTokens).toSorted((a, b) => a - b);
      const least = results.map(({ received }) => received).toSorted((a, b) => a - b);
      const most = results.map(({ sent }) => sent).toSorted((a, b) => a - b);
      for (const [index, tokens] of charged.entries()) {
        expect(tokens).toBeGreaterThanOrEqual(least[index] ?? Number.NaN);
        expect(tokens).toBeLessThanOrEqual(most[index] ?? Number.NaN);
      }
      const costs = chats.map(({ chat }) => chat.inputTokens * 30 + chat.outputTokens * 150);
      expect(chats.map(({ amount }) => toMicrocredits(-amount))).toEqual(costs);
      expect(postedMicrocredits).toBe(BOUGHT - costs.reduce((sum, cost) => sum + cost, 0));
    },
  );

  it.each(BOTH_RELAYS)(
    "before the first byte is charged nothing, and the upstream is stopped: %s",
    async (relay, stream) => {
      const user = await newBuyer(url);
      const prompt = `Too late ${relay}. Please respond with exactly 20 tokens.`;
      const chat = rawChat(url, user.key, chatParams("faulty/slow", prompt, stream));
      expect((await waitForCall(modelUrl, prompt)).framesSent).toBe(0);
      chat.destroy();
      const call = await waitForEndedCall(modelUrl, prompt);
      expect(call.outcome).toBe("cancelled");
      // The platform accepts the first write, with the role, and refuses the second, by relay the
      // Worker notices that the client left.
      expect(call.framesSent).toBeLessThanOrEqual(2);
      expect(await waitForSettledBooks(user)).toMatchObject({
        postedMicrocredits: BOUGHT,
        chats: [],
      });
    },
  );

  it("while the upstream is silent is charged nothing, and the call is cancelled", async () => {
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
