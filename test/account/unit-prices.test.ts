import { describe, expect, it } from "vitest";
import { NO_KEY } from "../../src/account/index.ts";
import { costMicrocredits, maxCostMicrocredits } from "../../src/account/ledger/price.ts";
import {
  authorize,
  chatCommand,
  failedOutcome,
  grantCommand,
  openAccount,
  settle,
  testEntitlement,
} from "../support/account.ts";
import * as fc from "../support/fast-check.ts";

const FREE_TOKENS = { inputPerMillion: 0, cachedInputPerMillion: null, outputPerMillion: 0 };
const IMAGE = {
  kind: "image",
  variant: "low/1024x1024",
  microcreditsPerMillion: 30_000_000,
} as const;

/** Returns a request for images at 30 microcredits each. */
const imageCommand = (images: number, more: object = {}) =>
  chatCommand(0, {
    model: "painter",
    prices: { ...FREE_TOKENS, unit: IMAGE },
    choices: images,
    maxUnits: images,
    task: "image",
    ...more,
  });

const servedImages = (units: number) => ({
  ending: "complete" as const,
  usage: { input: 4, cachedInput: 0, output: 0, units },
  estimated: false,
  latencyMs: 1,
});

async function hold(account: Awaited<ReturnType<typeof openAccount>>, command = imageCommand(3)) {
  const reply = await authorize(account, command);
  if (reply.kind !== "hold") throw new Error(`expected a hold: ${JSON.stringify(reply)}`);
  return reply;
}

describe("a price of each unit", () => {
  it("holds all units before, and charges those that came", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    const { holdNo, availableMicrocredits, terms } = await hold(account);
    expect(availableMicrocredits).toBe(10);
    expect(terms).toMatchObject({ amountMicrocredits: 90, maxUnits: 3, maxTokens: 0 });
    expect(
      await settle(account, { holdNo, outcome: servedImages(2), response: null }),
    ).toMatchObject({
      ended: "captured",
      costMicrocredits: 60,
      balance: { postedMicrocredits: 40, heldMicrocredits: 0 },
    });
  });

  it("is written with what it counts into the entries and the list of chats", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    const { holdNo } = await hold(account);
    await settle(account, { holdNo, outcome: servedImages(3), response: null });
    const [entry] = await account.movements({ limit: 1, before: null });
    expect(entry).toMatchObject({
      amountMicrocredits: -90,
      entry: {
        kind: "capture",
        task: "image",
        unit: { kind: "image", variant: "low/1024x1024" },
        usage: { units: 3 },
      },
    });
    const all = { fromMs: null, untilMs: null, model: null, keyId: NO_KEY, ending: null };
    const { chats } = await account.chats({ limit: 1, before: null, ...all });
    expect(chats).toMatchObject([
      { task: "image", prices: { unit: IMAGE }, usage: { units: 3 }, costMicrocredits: 90 },
    ]);
  });

  it("refuses what the credits do not cover whole, and holds nothing", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(89));
    expect(await authorize(account, imageCommand(3))).toMatchObject({
      kind: "refused",
      failure: { code: "insufficient_quota" },
    });
    expect(await authorize(account, imageCommand(2))).toMatchObject({ kind: "hold" });
  });

  it("never charges more units than were held, and nothing for what failed (I4)", async () => {
    const account = await openAccount();
    await account.grant(grantCommand(100));
    const first = await hold(account, imageCommand(1));
    const settled = await settle(account, {
      holdNo: first.holdNo,
      outcome: servedImages(3),
      response: null,
    });
    expect(settled).toMatchObject({ costMicrocredits: 30 });
    const second = await hold(account, imageCommand(2));
    expect(
      await settle(account, { holdNo: second.holdNo, outcome: failedOutcome, response: null }),
    ).toMatchObject({ ended: "voided", balance: { postedMicrocredits: 70, heldMicrocredits: 0 } });
  });

  it("charges a request and its tokens beside it, rounded up once", () => {
    const prices = {
      ...FREE_TOKENS,
      inputPerMillion: 500_000,
      requestMicrocredits: 7,
      unit: { kind: "second", microcreditsPerMillion: 100_250_000 } as const,
    };
    const usage = { input: 3, cachedInput: 0, output: 0, units: 3 };
    // 1.5 for the tokens, 7, and 300.75.
    expect(costMicrocredits(prices, usage)).toBe(310);
    expect(maxCostMicrocredits(prices, 3, 0, 3)).toBe(310);
  });
});

describe("a plan's allowance", () => {
  const messages = { message: { limit: 5, period: "day" } } as const;

  it("pays for units where the plan names the model: each image is a message", async () => {
    const account = await openAccount(
      testEntitlement({ allowances: messages, models: ["painter"] }),
    );
    const { holdNo, terms } = await hold(account);
    expect(terms).toMatchObject({ payer: "allowance", amountMicrocredits: 0 });
    await settle(account, { holdNo, outcome: servedImages(3), response: null });
    expect(await account.summary()).toMatchObject({ meters: [{ meter: "message", used: 3 }] });
    expect(await authorize(account, imageCommand(3))).toMatchObject({ kind: "refused" });
  });

  it("gives no units away where the plan includes all models, or limits tokens alone", async () => {
    for (const plan of [
      { allowances: messages, models: null },
      { allowances: { token: { limit: 5000, period: "day" } as const }, models: ["painter"] },
    ]) {
      const account = await openAccount(testEntitlement(plan));
      expect(await authorize(account, imageCommand(1))).toMatchObject({ kind: "refused" });
    }
  });

  it("pays for embeddings by the prompt alone, up to its last token", async () => {
    const plan = { allowances: { token: { limit: 10, period: "day" } as const } };
    const account = await openAccount(testEntitlement(plan));
    const embed = chatCommand(0, {
      task: "embedding",
      prices: { ...FREE_TOKENS, inputPerMillion: 1000 },
    });
    const { terms } = await hold(account, embed);
    expect(terms).toMatchObject({ payer: "allowance", maxTokens: 0 });
    expect(await authorize(account, embed)).toMatchObject({
      kind: "refused",
    });
  });

  it("is not used up by what costs nobody anything", async () => {
    const account = await openAccount(testEntitlement({ allowances: messages }));
    const free = chatCommand(0, { task: "moderation", prices: FREE_TOKENS });
    const { holdNo, terms } = await hold(account, free);
    expect(terms).toMatchObject({ payer: "credits", amountMicrocredits: 0, meters: [] });
    await settle(account, { holdNo, outcome: servedImages(0), response: null });
    expect(await account.summary()).toMatchObject({ meters: [{ used: 0 }] });
  });
});

describe("prices by the size of a prompt, by the hour, and of reasoning", () => {
  const prices = {
    inputPerMillion: 100,
    cachedInputPerMillion: 10,
    cacheWritePerMillion: 125,
    cacheWriteHourPerMillion: 200,
    outputPerMillion: 1000,
    reasoningPerMillion: 1500,
    tiers: [
      {
        aboveInputTokens: 200_000,
        inputPerMillion: 200,
        cachedInputPerMillion: 20,
        outputPerMillion: 1800,
      },
    ],
  };

  it("charges a cache for an hour, and reasoning, at their own prices", () => {
    const usage = { input: 100_000, cachedInput: 10_000, output: 100_000 };
    expect(costMicrocredits(prices, usage)).toBe(110);
    const written = { cacheWriteInput: 40_000, cacheWriteHourInput: 30_000 };
    // 50,000 at 100, 10,000 at 10, 10,000 at 125, 30,000 at 200, and the output.
    expect(costMicrocredits(prices, { ...usage, ...written })).toBe(113);
    expect(costMicrocredits(prices, { ...usage, reasoning: 40_000 })).toBe(130);
  });

  it("charges all tokens of a long prompt at the rates of its tier", () => {
    const usage = { cachedInput: 0, output: 1_000_000 };
    expect(costMicrocredits(prices, { ...usage, input: 200_000 })).toBe(1020);
    expect(costMicrocredits(prices, { ...usage, input: 200_001 })).toBe(1841);
  });

  it("holds the dearest that may apply", () => {
    const rate = fc.integer({ min: 0, max: 10 ** 9 });
    const rates = {
      inputPerMillion: rate,
      cachedInputPerMillion: fc.option(rate),
      cacheWritePerMillion: fc.option(rate),
      cacheWriteHourPerMillion: fc.option(rate),
      outputPerMillion: rate,
      reasoningPerMillion: fc.option(rate),
    };
    const anyPrices = fc.record({
      ...rates,
      requestMicrocredits: rate,
      tiers: fc
        .tuple(fc.nat(1000), fc.nat(1000), fc.record(rates), fc.record(rates))
        .map(([first, more, low, high]) => [
          { ...low, aboveInputTokens: first },
          { ...high, aboveInputTokens: first + more },
        ]),
    });
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        anyPrices,
        fc.nat(3000),
        fc.nat(3000),
        fc.array(part, { minLength: 6, maxLength: 6 }),
        (some, boundInput, boundOutput, [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]) => {
          const input = Math.floor(a * boundInput);
          const cachedInput = Math.floor(b * input);
          const cacheWriteInput = Math.floor(c * (input - cachedInput));
          const cacheWriteHourInput = Math.floor(d * cacheWriteInput);
          const output = Math.floor(e * boundOutput);
          const reasoning = Math.floor(f * output);
          const usage = {
            input,
            cachedInput,
            cacheWriteInput,
            cacheWriteHourInput,
            output,
            reasoning,
          };
          expect(costMicrocredits(some, usage)).toBeLessThanOrEqual(
            maxCostMicrocredits(some, boundInput, boundOutput),
          );
        },
      ),
    );
  });
});
