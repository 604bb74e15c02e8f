import { afterEach, describe, expect, it, vi } from "vitest";
import type { Account } from "../../src/account/account.ts";
import { type AuthorizeCommand, authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { grantCredits } from "../../src/account/methods/grant-credits.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import {
  authorize,
  chatCommand,
  failedOutcome,
  grantCommand,
  NOON,
  openAccount,
  servedOutcome,
  testEntitlement,
  withAccount,
} from "../support/account.ts";

afterEach(() => vi.useRealTimers());

const daily = (limit: number | null, models: readonly string[] | null = null) =>
  testEntitlement({ allowances: { message: { limit, period: "day" } }, models });
const requestHold = (account: Account, nowMs = NOON, command: AuthorizeCommand = chatCommand(30)) =>
  authorizeChat(account, command, nowMs);
const payer = (reply: ReturnType<typeof requestHold>) =>
  reply.kind === "hold" ? reply.terms.payer : reply.kind;

describe("a plan's allowance", () => {
  it("lets exactly its limit through, of 200 requests at once (I9)", async () => {
    const account = await openAccount(daily(50));
    const replies = await Promise.all(
      Array.from({ length: 200 }, () => authorize(account, chatCommand(30))),
    );
    expect(replies.filter((reply) => reply.kind === "hold")).toHaveLength(50);
  });

  it("starts again at midnight UTC, and a message counts in the day of its request", async () => {
    await withAccount(daily(1), (account) => {
      const midnight = Date.UTC(2082, 10, 21);
      const late = requestHold(account, midnight - 1);
      expect(payer(late)).toBe("allowance");
      expect(payer(requestHold(account, midnight - 1))).toBe("refused");
      expect(payer(requestHold(account, midnight))).toBe("allowance");
      // A message of yesterday fails today: it frees yesterday's allowance, not today's.
      if (late.kind === "hold")
        settleChat(
          account,
          { holdNo: late.holdNo, outcome: failedOutcome, response: null },
          midnight + 1,
        );
      expect(payer(requestHold(account, midnight + 1))).toBe("refused");
    });
  });

  it("gets a message back that came to nothing, and counts one that was served", async () => {
    await withAccount(daily(1), (account) => {
      const first = requestHold(account);
      if (first.kind !== "hold") throw new Error("expected a hold");
      settleChat(account, { holdNo: first.holdNo, outcome: failedOutcome, response: null }, NOON);
      const second = requestHold(account);
      if (second.kind !== "hold") throw new Error("expected a hold");
      settleChat(
        account,
        { holdNo: second.holdNo, outcome: servedOutcome(5), response: null },
        NOON,
      );
      expect(payer(requestHold(account))).toBe("refused");
    });
  });

  it("pays before credits do, and credits pay when it is used up", async () => {
    await withAccount(daily(1), (account) => {
      grantCredits(account, grantCommand(30), NOON);
      expect([
        payer(requestHold(account)),
        payer(requestHold(account)),
        payer(requestHold(account)),
      ]).toEqual(["allowance", "credits", "refused"]);
    });
  });

  it("pays for the models that the plan includes, credits for any", async () => {
    await withAccount(daily(50, ["local-large"]), (account) => {
      expect(payer(requestHold(account))).toBe("refused");
      grantCredits(account, grantCommand(30), NOON);
      expect(payer(requestHold(account))).toBe("credits");
      expect(payer(requestHold(account, NOON, chatCommand(30, { model: "local-large" })))).toBe(
        "allowance",
      );
    });
  });

  it("counts a message for each of n choices, and pays none with too few left (I9)", async () => {
    await withAccount(daily(5), (account) => {
      const three = requestHold(account, NOON, chatCommand(30, { choices: 3 }));
      expect(three).toMatchObject({ kind: "hold", terms: { payer: "allowance" } });
      expect(requestHold(account, NOON, chatCommand(30, { choices: 3 }))).toMatchObject({
        kind: "refused",
        failure: { quota: { meter: "message", limit: 5, used: 3 } },
      });
      expect(payer(requestHold(account, NOON, chatCommand(30, { choices: 2 })))).toBe("allowance");
      if (three.kind === "hold")
        settleChat(account, { holdNo: three.holdNo, outcome: failedOutcome, response: null }, NOON);
      expect(payer(requestHold(account, NOON, chatCommand(30, { choices: 3 })))).toBe("allowance");
      expect(payer(requestHold(account))).toBe("refused");
    });
  });

  it("always pays without a limit, and is counted all the same", async () => {
    await withAccount(daily(null), (account) => {
      for (let n = 0; n < 100; n++) expect(payer(requestHold(account))).toBe("allowance");
      expect(account.ledger.state.counters["message/day"]?.used).toBe(100);
    });
  });

  it("of tokens holds the bound, counts the use, and lowers the output to the rest", async () => {
    await withAccount(
      testEntitlement({ allowances: { token: { limit: 100, period: "month" } } }),
      (account) => {
        const first = requestHold(account, NOON, chatCommand(50));
        if (first.kind !== "hold") throw new Error("expected a hold");
        // 10 of prompt and 50 of output are held, so 40 are left: 10 of prompt, 30 of output.
        const second = requestHold(account, NOON, chatCommand(50));
        if (second.kind !== "hold") throw new Error("expected a hold");
        expect(second.terms.maxTokens).toBe(30);
        expect(payer(requestHold(account))).toBe("refused");
        settleChat(
          account,
          { holdNo: first.holdNo, outcome: servedOutcome(20), response: null },
          NOON,
        );
        settleChat(
          account,
          { holdNo: second.holdNo, outcome: failedOutcome, response: null },
          NOON,
        );
        expect(account.ledger.state.counters["token/month"]?.used).toBe(25);
      },
    );
  });

  it("of tokens is shared by all choices, and holds the most that they can use", async () => {
    await withAccount(
      testEntitlement({ allowances: { token: { limit: 100, period: "month" } } }),
      (account) => {
        const first = requestHold(account, NOON, chatCommand(50, { choices: 3 }));
        // 10 of prompt, and 30 for each choice.
        expect(first).toMatchObject({
          terms: { payer: "allowance", maxTokens: 30, meters: [{ quantity: 100 }] },
        });
        expect(payer(requestHold(account, NOON, chatCommand(1)))).toBe("refused");
        if (first.kind !== "hold") throw new Error("expected a hold");
        settleChat(
          account,
          { holdNo: first.holdNo, outcome: servedOutcome(78), response: null },
          NOON,
        );
        expect(requestHold(account, NOON, chatCommand(50, { choices: 7 }))).toMatchObject({
          terms: { maxTokens: 1, meters: [{ quantity: 17 }] },
        });
        expect(payer(requestHold(account, NOON, chatCommand(50)))).toBe("refused");
      },
    );
    // The prompt takes all of it and leaves no token for the reply.
    await withAccount(
      testEntitlement({ allowances: { token: { limit: 10, period: "month" } } }),
      (account) => {
        expect(payer(requestHold(account, NOON, chatCommand(50)))).toBe("refused");
      },
    );
  });

  it("that is used up is refused with its meter, use, next period and free credit", async () => {
    await withAccount(daily(1), (account) => {
      requestHold(account);
      const refused = requestHold(account);
      expect(refused).toMatchObject({
        kind: "refused",
        failure: {
          code: "insufficient_quota",
          quota: {
            meter: "message",
            limit: 1,
            used: 1,
            resetsAt: "2082-11-21T00:00:00.000Z",
            available: 0,
          },
        },
      });
    });
  });

  it("changes with the plan, but for an older version of it; past use stays counted", async () => {
    const account = await openAccount(daily(1));
    await authorize(account, chatCommand(30));
    expect(
      await account.setEntitlement({ entitlement: { ...daily(3), planVersion: 3 } }),
    ).toMatchObject({ applied: true });
    expect(
      await account.setEntitlement({ entitlement: { ...daily(99), planVersion: 2 } }),
    ).toMatchObject({ applied: false });
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => authorize(account, chatCommand(30))),
    );
    expect(replies.filter((reply) => reply.kind === "hold")).toHaveLength(2);
  });
});

describe("the rate limit", () => {
  it("admits exactly the plan's requests in a minute, and holds nothing for others", async () => {
    vi.useFakeTimers({ now: NOON + 20_000, toFake: ["Date"] });
    const message = { limit: 50, period: "day" } as const;
    const account = await openAccount(
      testEntitlement({ requestsPerMinute: 3, allowances: { message } }),
    );
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => authorize(account, chatCommand(30))),
    );
    expect(replies.map((reply) => reply.kind)).toEqual([
      "hold",
      "hold",
      "hold",
      "refused",
      "refused",
    ]);
    expect(replies[4]).toMatchObject({
      failure: { code: "rate_limit_exceeded", retryAfterSeconds: 40 },
      rate: { limit: 3, remaining: 0 },
    });
    expect(await account.summary()).toMatchObject({ meters: [{ used: 3 }] });
    // A refused request does not count.
    await account.setEntitlement({
      entitlement: testEntitlement({
        requestsPerMinute: 4,
        planId: "pln_more",
        allowances: { message },
      }),
    });
    expect(await authorize(account, chatCommand(30))).toMatchObject({
      kind: "hold",
      rate: { remaining: 0 },
    });
    await account.setEntitlement({
      entitlement: testEntitlement({ requestsPerMinute: 3, allowances: { message } }),
    });
    vi.setSystemTime(NOON + 60_000);
    expect(await authorize(account, chatCommand(30))).toMatchObject({
      kind: "hold",
      rate: { remaining: 2 },
    });
    await authorize(account, chatCommand(30));
    await account.setEntitlement({
      entitlement: testEntitlement({ requestsPerMinute: 1, planVersion: 2 }),
    });
    expect(await authorize(account, chatCommand(30))).toMatchObject({
      kind: "refused",
      rate: { limit: 1, remaining: 0 },
    });
  });
});
