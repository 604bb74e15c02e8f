import { afterEach, describe, expect, it, vi } from "vitest";
import type { Account } from "../../src/account/account.ts";
import type { Entitlement } from "../../src/account/index.ts";
import { type AuthorizeCommand, authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { grantCredits } from "../../src/account/methods/grant-credits.ts";
import { setEntitlement } from "../../src/account/methods/set-entitlement.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import { trackUsage } from "../../src/account/methods/track-usage.ts";
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
        expect(requestHold(account)).toMatchObject({
          kind: "refused",
          failure: {
            code: "insufficient_quota",
            message: expect.stringContaining("tokens don't cover this request"),
            quota: { meter: "token", limit: 100, used: 100, resetsAt: expect.any(String) },
          },
        });
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

const day = (text: string) => Date.parse(`${text}T10:30:00.000Z`);
const subscribed = (
  from: string,
  to: string,
  more: { readonly limit?: number; readonly period?: "month" | "billing" } = {},
) =>
  testEntitlement({
    allowances: { message: { limit: more.limit ?? 1, period: more.period ?? "month" } },
    billingPeriod: { startsAt: day(from), endsAt: day(to) },
  });
/** Has a chat served at once, and returns who paid. */
function chat(account: Account, nowMs: number) {
  const reply = requestHold(account, nowMs);
  if (reply.kind === "hold")
    settleChat(account, { holdNo: reply.holdNo, outcome: servedOutcome(5), response: null }, nowMs);
  return payer(reply);
}
const resetsAt = (account: Account, nowMs: number) => {
  const reply = requestHold(account, nowMs);
  if (reply.kind !== "refused") throw new Error(`expected a refusal, not ${reply.kind}`);
  return reply.failure.quota?.resetsAt;
};

describe("a subscription's allowance", () => {
  it("starts again with the period that is paid for, and not before", async () => {
    await withAccount(subscribed("2083-11-29", "2083-12-29"), (account, rewake) => {
      expect(chat(account, day("2083-11-29"))).toBe("allowance");
      expect(chat(account, day("2083-12-01"))).toBe("refused");
      expect(resetsAt(account, day("2083-12-28"))).toBe("2083-12-29T10:30:00.000Z");
      // The period is over, and nobody paid for the next one yet.
      expect(resetsAt(account, day("2083-12-30"))).toBeNull();
      setEntitlement(
        account,
        { entitlement: subscribed("2083-12-29", "2084-01-29") },
        day("2083-12-30"),
      );
      const awake = rewake();
      expect(chat(awake, day("2083-12-30"))).toBe("allowance");
      expect(resetsAt(awake, day("2083-12-30"))).toBe("2084-01-29T10:30:00.000Z");
    });
  });

  it("leaves what is left of a period for the time until the next one is paid", async () => {
    await withAccount(subscribed("2083-11-29", "2083-12-29", { limit: 2 }), (account) => {
      expect(chat(account, day("2083-12-01"))).toBe("allowance");
      expect(chat(account, day("2083-12-30"))).toBe("allowance");
      expect(chat(account, day("2083-12-31"))).toBe("refused");
    });
  });

  it("of a year starts again every month, or once a year by `billing`", async () => {
    await withAccount(subscribed("2083-01-31", "2084-01-31"), (account) => {
      expect(chat(account, day("2083-02-01"))).toBe("allowance");
      expect(resetsAt(account, day("2083-02-27"))).toBe("2083-02-28T10:30:00.000Z");
      expect(chat(account, day("2083-02-28"))).toBe("allowance");
      expect(resetsAt(account, day("2083-03-30"))).toBe("2083-03-31T10:30:00.000Z");
    });
    await withAccount(subscribed("2083-01-31", "2084-01-31", { period: "billing" }), (account) => {
      expect(chat(account, day("2083-02-01"))).toBe("allowance");
      expect(resetsAt(account, day("2084-01-30"))).toBe("2084-01-31T10:30:00.000Z");
    });
  });

  it("is counted where another subscription of an earlier start comes back", async () => {
    await withAccount(subscribed("2083-12-05", "2084-01-05"), (account) => {
      expect(chat(account, day("2083-12-06"))).toBe("allowance");
      setEntitlement(
        account,
        { entitlement: subscribed("2083-12-01", "2084-01-01") },
        day("2083-12-06"),
      );
      expect(chat(account, day("2083-12-06"))).toBe("refused");
      setEntitlement(
        account,
        {
          entitlement: subscribed("2083-12-01", "2084-01-01", { limit: 2 }),
        },
        day("2083-12-06"),
      );
    });
    await withAccount(subscribed("2083-12-05", "2084-01-05", { limit: 3 }), (account) => {
      chat(account, day("2083-12-06"));
      setEntitlement(
        account,
        {
          entitlement: subscribed("2083-12-01", "2084-01-01", { limit: 3 }),
        },
        day("2083-12-06"),
      );
      const replies = Array.from({ length: 5 }, () => chat(account, day("2083-12-06")));
      expect(replies).toEqual(["allowance", "allowance", "refused", "refused", "refused"]);
    });
  });

  it("counts apart from the calendar's months, which the next plan may go by", async () => {
    const free = testEntitlement({
      planId: "pln_free",
      allowances: { message: { limit: 1, period: "month" } },
    });
    await withAccount(free, (account) => {
      expect(chat(account, day("2083-12-06"))).toBe("allowance");
      setEntitlement(
        account,
        { entitlement: subscribed("2083-12-06", "2084-01-06") },
        day("2083-12-07"),
      );
      expect(chat(account, day("2083-12-07"))).toBe("allowance");
      expect(chat(account, day("2083-12-07"))).toBe("refused");
      setEntitlement(account, { entitlement: { ...free, billingPeriod: null } }, day("2083-12-08"));
      expect(chat(account, day("2083-12-08"))).toBe("refused");
      expect(chat(account, day("2084-01-02"))).toBe("allowance");
    });
  });

  it("keeps its period when the plan's own change says nothing of it", async () => {
    const { billingPeriod: _, ...changed } = subscribed("2083-11-29", "2083-12-29", { limit: 2 });
    await withAccount(subscribed("2083-11-29", "2083-12-29"), (account) => {
      const push = (entitlement: Entitlement) =>
        setEntitlement(account, { entitlement, onlyIfPlan: "pln_test" }, day("2083-12-01"));
      expect(push(changed)).toMatchObject({ value: { applied: false } });
      expect(push({ ...changed, planVersion: 2 })).toMatchObject({ value: { applied: true } });
      expect([chat(account, day("2083-12-01")), account.plan]).toMatchObject([
        "allowance",
        { billingPeriod: { startsAt: day("2083-11-29") } },
      ]);
      // A renewal that was read before the change brings the period, and not the old limit.
      const renewed = subscribed("2083-12-29", "2084-01-29");
      expect(setEntitlement(account, { entitlement: renewed }, day("2083-12-29"))).toMatchObject({
        value: { applied: true },
      });
      expect(account.plan).toMatchObject({
        planVersion: 2,
        allowances: { message: { limit: 2 } },
        billingPeriod: { startsAt: day("2083-12-29") },
      });
      // Another plan has no period but what is said of it.
      setEntitlement(
        account,
        { entitlement: testEntitlement({ planId: "pln_other" }) },
        day("2083-12-30"),
      );
      expect(account.plan).toMatchObject({ planId: "pln_other", billingPeriod: null });
    });
  });

  it("that is tracked counts in the same window", async () => {
    const entitlement = testEntitlement({
      allowances: { image: { limit: 2, period: "month" } },
      billingPeriod: { startsAt: day("2083-11-29"), endsAt: day("2083-12-29") },
    });
    await withAccount(entitlement, (account, rewake) => {
      const track = (operationId: string, nowMs: number) =>
        trackUsage(account, { operationId, meter: "image", quantity: 1 }, nowMs);
      expect(track("image:1", day("2083-11-30"))).toMatchObject({
        value: { usage: { used: 1, period: "month", resetsAt: day("2083-12-29") } },
      });
      expect(track("image:2", day("2083-12-02"))).toMatchObject({ value: { usage: { used: 2 } } });
      expect(track("image:3", day("2083-12-02"))).toMatchObject({
        failure: { quota: { used: 2, resetsAt: "2083-12-29T10:30:00.000Z" } },
      });
      expect(rewake().ledger.state.counters["image/billing_month"]).toEqual({
        periodStart: day("2083-11-29"),
        used: 2,
      });
    });
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
    const fourth = await authorize(account, chatCommand(30));
    expect(fourth).toMatchObject({ kind: "hold", rate: { remaining: 0 } });
    await account.setEntitlement({
      entitlement: testEntitlement({ requestsPerMinute: 3, allowances: { message } }),
    });
    // As many chats as in a minute may run at once: those of before are over.
    for (const hold of [...replies, fourth])
      if (hold.kind === "hold")
        await account.settle({ holdNo: hold.holdNo, outcome: servedOutcome(1), response: null });
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
