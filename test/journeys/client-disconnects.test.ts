import { describe, expect, inject, it } from "vitest";
import { toMicrocredits } from "../../src/units.ts";
import { waitForCall, waitForEndedCall } from "./support/local-model.ts";
import { FAULTY_TOKEN_MICROCREDITS } from "./support/models.ts";
import { newBuyer, waitForSettledBooks } from "./support/person.ts";
import { rawChat } from "./support/raw-chat.ts";
import { parseContent } from "./support/sse.ts";

const { url, modelUrl } = inject("stack");
const BOUGHT = toMicrocredits(100);

/** A prompt that the model knows apart from every other. */
const chatParams = (model: string, prompt: string, more: object = {}) => ({
  model,
  messages: [{ role: "user", content: prompt }],
  ...more,
});

/** What the Worker does with a stream depends on whether its client wants the usage chunk. */
const BOTH_RELAYS = [
  ["with the usage chunk kept back", { stream: true }],
  ["with the usage chunk", { stream: true, stream_options: { include_usage: true } }],
] as const;

/** Every token of the local model's ride is one word or a full stop. */
const tokensIn = (text: string): number => text.match(/\w+|\./g)?.length ?? 0;

describe.concurrent("a client that tears its connection", () => {
  it.each(BOTH_RELAYS)(
    "in the middle of a stream is charged once, for what it was sent, and the upstream is stopped: %s",
    async (which, stream) => {
      const rider = await newBuyer(url);
      const prompts = ["one", "two", "three"].map(
        (nth) => `Ride ${nth} ${which}. Please respond with exactly 300 tokens.`,
      );
      const rides = await Promise.all(
        prompts.map(async (prompt) => {
          const chat = rawChat(url, rider.key, chatParams("large", prompt, stream));
          await chat.until((received) => tokensIn(parseContent(received)) >= 10);
          chat.destroy();
          const call = await waitForEndedCall(modelUrl, prompt);
          // The first frame tells the role.
          return {
            received: tokensIn(parseContent(chat.received())),
            sent: call.framesSent - 1,
            outcome: call.outcome,
          };
        }),
      );
      expect(rides).toEqual(rides.map(() => expect.objectContaining({ outcome: "cancelled" })));
      for (const { sent } of rides) expect(sent).toBeLessThan(300);

      const { chats, postedMicrocredits } = await waitForSettledBooks(rider);
      expect(new Set(chats.map(({ holdId }) => holdId)).size).toBe(3);
      expect(chats.map(({ chat }) => chat)).toEqual(
        rides.map(() =>
          expect.objectContaining({ model: "large", ending: "client_gone", estimated: true }),
        ),
      );
      // What was on its way to the client when it left was sent as well.
      const charged = chats.map(({ chat }) => chat.outputTokens).toSorted((a, b) => a - b);
      const least = rides.map(({ received }) => received).toSorted((a, b) => a - b);
      const most = rides.map(({ sent }) => sent).toSorted((a, b) => a - b);
      for (const [index, tokens] of charged.entries()) {
        expect(tokens).toBeGreaterThanOrEqual(least[index] ?? Number.NaN);
        expect(tokens).toBeLessThanOrEqual(most[index] ?? Number.NaN);
      }
      const fares = chats.map(({ chat }) => chat.inputTokens * 30 + chat.outputTokens * 150);
      expect(chats.map(({ amount }) => toMicrocredits(-amount))).toEqual(fares);
      expect(postedMicrocredits).toBe(BOUGHT - fares.reduce((sum, fare) => sum + fare, 0));
    },
  );

  it.each(BOTH_RELAYS)(
    "before anything of a stream was sent is charged nothing, and the upstream is stopped: %s",
    async (which, stream) => {
      const rider = await newBuyer(url);
      const prompt = `Too late ${which}. Please respond with exactly 20 tokens.`;
      const chat = rawChat(url, rider.key, chatParams("faulty/slow", prompt, stream));
      expect((await waitForCall(modelUrl, prompt)).framesSent).toBe(0);
      chat.destroy();
      const call = await waitForEndedCall(modelUrl, prompt);
      expect(call.outcome).toBe("cancelled");
      // The platform takes the first write, which tells the role, and refuses the second: by that
      // the Worker notices.
      expect(call.framesSent).toBeLessThanOrEqual(2);
      expect(await waitForSettledBooks(rider)).toMatchObject({
        postedMicrocredits: BOUGHT,
        chats: [],
      });
    },
  );

  it("while the upstream says nothing is charged nothing, and the upstream is given up when its time is over", async () => {
    const rider = await newBuyer(url);
    await Promise.all(
      [...BOTH_RELAYS, ["not streamed", {}] as const].map(async ([which, stream]) => {
        const prompt = `Anybody there? ${which}`;
        const chat = rawChat(url, rider.key, chatParams("faulty/silence", prompt, stream));
        await waitForCall(modelUrl, prompt);
        chat.destroy();
        expect((await waitForEndedCall(modelUrl, prompt)).outcome).toBe("cancelled");
      }),
    );
    expect(await waitForSettledBooks(rider)).toMatchObject({
      postedMicrocredits: BOUGHT,
      chats: [],
    });
  });

  it("while it waits for a reply that is not streamed is charged for that reply once, as the upstream counted it", async () => {
    const rider = await newBuyer(url);
    const prompt = "Never mind. Please respond with exactly 7 tokens.";
    const chat = rawChat(url, rider.key, chatParams("faulty/slow", prompt));
    expect((await waitForCall(modelUrl, prompt)).outcome).toBeNull();
    chat.destroy();
    expect((await waitForEndedCall(modelUrl, prompt)).outcome).toBe("complete");
    const { chats, postedMicrocredits } = await waitForSettledBooks(rider);
    expect(chats.map(({ chat }) => chat)).toEqual([
      expect.objectContaining({ outputTokens: 7, estimated: false }),
    ]);
    expect(postedMicrocredits).toBe(BOUGHT - 7 * FAULTY_TOKEN_MICROCREDITS);
  });
});
