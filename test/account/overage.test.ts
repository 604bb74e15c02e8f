import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Account } from "../../src/account/account.ts";
import { authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { createKey } from "../../src/account/methods/manage-keys.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import { trackUsage } from "../../src/account/methods/track-usage.ts";
import { toAccountSummary } from "../../src/account/methods/views.ts";
import type { Allowance, Entitlement } from "../../src/meters.ts";
import { MINUTE_MS } from "../../src/time.ts";
import {
  authorize,
  chatCommand,
  failedOutcome,
  grantCommand,
  NOON,
  openAccount,
  servedOutcome,
  settle as settleByCall,
  testEntitlement,
  withAccount,
  withManyAccounts,
} from "../support/account.ts";
import * as fc from "../support/fast-check.ts";

afterEach(() => vi.useRealTimers());

const MIDNIGHT = Date.UTC(2082, 10, 21);

const including = (allowances: Entitlement["allowances"]) => testEntitlement({ allowances });
const overageWithLimit = (limit: number | null) => ({ eventName: "beyond", limit });
const messages = (limit: number, more: number | null, period: Allowance["period"] = "day") =>
  including({ message: { limit, period, overage: overageWithLimit(more) } });
const tokens = (limit: number, more: number | null, period: Allowance["period"] = "month") =>
  including({ token: { limit, period, overage: overageWithLimit(more) } });

const requestHold = (account: Account, command = chatCommand(30), nowMs = NOON) =>
  authorizeChat(account, command, nowMs);
const payer = (reply: ReturnType<typeof requestHold>) =>
  reply.kind === "hold" ? reply.terms.payer : reply.kind;

function holdOf(account: Account, maxTokens: number, nowMs = NOON): number {
  const reply = requestHold(account, chatCommand(maxTokens, { promptBoundTokens: 10 }), nowMs);
  if (reply.kind !== "hold") throw new Error(`expected a hold, got ${JSON.stringify(reply)}`);
  return reply.holdNo;
}

/** `servedOutcome` uses 5 tokens of input besides. */
const settle = (account: Account, holdNo: number, output: number | null, nowMs = NOON) =>
  settleChat(
    account,
    { holdNo, outcome: output === null ? failedOutcome : servedOutcome(output), response: null },
    nowMs,
  );

const keyCommand = (hash: string) => ({
  ...chatCommand(30, { model: "included" }),
  caller: { kind: "key" as const, hash },
});

const overage = ({ ledger }: Account): number => ledger.state.overage["beyond"]?.quantity ?? 0;

describe("use past the allowance of a plan with overage", () => {
  it("is paid by credits first, then billed up to the overage's limit in the period", async () => {
    const account = await openAccount(messages(1, 2));
    await account.grant(grantCommand(30));
    const nextPayer = async () => {
      const reply = await authorize(account, chatCommand(30));
      return reply.kind === "hold" ? reply.terms.payer : reply.kind;
    };
    expect([
      await nextPayer(),
      await nextPayer(),
      await nextPayer(),
      await nextPayer(),
      await nextPayer(),
    ]).toEqual(["allowance", "credits", "overage", "overage", "refused"]);
    expect(await authorize(account, chatCommand(30))).toMatchObject({
      failure: { code: "insufficient_quota", quota: { meter: "message", limit: 1, used: 3 } },
    });
  });

  it("starts again with the period, and is unlimited without a limit", async () => {
    await withAccount(messages(1, 1), (account) => {
      expect([
        payer(requestHold(account)),
        payer(requestHold(account)),
        payer(requestHold(account)),
      ]).toEqual(["allowance", "overage", "refused"]);
      expect(payer(requestHold(account, chatCommand(30), MIDNIGHT))).toBe("allowance");
    });
    await withAccount(messages(0, null), (account) => {
      for (let n = 0; n < 50; n++) expect(payer(requestHold(account))).toBe("overage");
    });
  });

  it("lets exactly the limit and the overage's limit through, of 50 at once (I9)", async () => {
    const account = await openAccount(messages(3, 4));
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => authorize(account, chatCommand(30))),
    );
    expect(replies.filter((reply) => reply.kind === "hold")).toHaveLength(7);
  });

  it("counts each choice, and bills only those past the limit", async () => {
    await withAccount(messages(2, null), (account) => {
      const reply = requestHold(account, chatCommand(30, { choices: 3 }));
      if (reply.kind !== "hold") throw new Error("expected a hold");
      settle(account, reply.holdNo, 10);
      expect(overage(account)).toBe(1);
    });
  });

  it("costs nothing when nothing was served, and holds no credits", async () => {
    await withAccount(messages(0, 1), (account) => {
      const reply = requestHold(account);
      expect(reply).toMatchObject({ terms: { amountMicrocredits: 0, shares: [] } });
      if (reply.kind !== "hold") return;
      settle(account, reply.holdNo, null);
      expect(overage(account)).toBe(0);
      expect(payer(requestHold(account))).toBe("overage");
    });
  });

  it("is for the plan's models, and not for a key with a budget in credits", async () => {
    await withAccount({ ...messages(0, null), models: ["included"] }, (account) => {
      expect(payer(requestHold(account))).toBe("refused");
      const key = {
        keyId: "key_1",
        hash: "h",
        prefix: "sk_",
        name: "k",
        scopes: ["chat"],
        models: null,
        expiresAt: null,
      } as const;
      createKey(account, { ...key, budget: null }, NOON);
      createKey(
        account,
        { ...key, keyId: "key_2", hash: "b", budget: { limitMicrocredits: 1000, period: "day" } },
        NOON,
      );
      expect(payer(requestHold(account, keyCommand("h")))).toBe("overage");
      expect(payer(requestHold(account, keyCommand("b")))).toBe("refused");
    });
  });

  it("of tokens bills what was used, not what was reserved", async () => {
    await withAccount(tokens(100, 1000), (account) => {
      settle(account, holdOf(account, 80), 75);
      expect(overage(account)).toBe(0);
      // 20 are left: 10 of prompt, and the reply is not cut short by what the allowance has left.
      const reply = requestHold(account, chatCommand(500));
      expect(reply).toMatchObject({ terms: { payer: "allowance", maxTokens: 500 } });
      if (reply.kind !== "hold") return;
      settle(account, reply.holdNo, 45);
      expect(overage(account)).toBe(30);
      expect(requestHold(account, chatCommand(5000))).toMatchObject({
        terms: { payer: "overage", maxTokens: 960 },
      });
    });
  });

  it("bills no token that the allowance covers, in whatever order chats at once end", async () => {
    await withAccount(tokens(1000, null), (account) => {
      const chats = Array.from({ length: 20 }, () => holdOf(account, 90));
      expect(account.ledger.state.holds[chats[19] ?? 0]?.payer).toBe("overage");
      for (const chat of chats.toReversed()) settle(account, chat, 20);
      expect(overage(account)).toBe(0);
      const more = Array.from({ length: 20 }, () => holdOf(account, 90));
      for (const chat of more) settle(account, chat, 35);
      expect(overage(account)).toBe(20 * 25 + 20 * 40 - 1000);
    });
  });

  it("counts in the period in which it began, though it ends in the next", async () => {
    await withAccount(tokens(50, null, "day"), (account) => {
      const first = holdOf(account, 40, MIDNIGHT - 1);
      const late = holdOf(account, 90, MIDNIGHT - 1);
      settle(account, first, 35, MIDNIGHT - 1);
      const next = holdOf(account, 30, MIDNIGHT);
      settle(account, late, 25, MIDNIGHT + 1);
      expect(overage(account)).toBe(30);
      settle(account, next, 25, MIDNIGHT + 1);
      expect(overage(account)).toBe(30);
    });
  });

  it("is never more than was reserved, whatever the upstream reports (I4)", async () => {
    await withAccount(tokens(0, null), (account) => {
      settle(account, holdOf(account, 90), 1_000_000);
      expect(overage(account)).toBe(100);
    });
  });

  it("is let through for tracked uses too", async () => {
    await withAccount(
      including({ image: { limit: 2, period: "month", overage: overageWithLimit(3) } }),
      (account) => {
        const draw = (operationId: string, quantity: number) =>
          trackUsage(account, { operationId, meter: "image", quantity }, NOON);
        expect(draw("i1", 3)).toMatchObject({ value: { usage: { used: 3, limit: 2 } } });
        expect(draw("i1", 3)).toMatchObject({ value: { applied: false } });
        expect(draw("i2", 3)).toMatchObject({ failure: { code: "insufficient_quota" } });
        expect(draw("i3", 2)).toMatchObject({ value: { usage: { used: 5 } } });
        expect(overage(account)).toBe(3);
      },
    );
  });

  it("shows as used past the limit", async () => {
    await withAccount(messages(1, 5), (account) => {
      for (let n = 0; n < 3; n++) settle(account, holdOf(account, 30), 10);
      expect(toAccountSummary(account.ledger.state, messages(1, 5), NOON).meters).toMatchObject([
        { used: 3, limit: 1 },
      ]);
    });
  });

  it("adds up to exactly the use past what is included, whatever was held at once", async () => {
    const chat = fc.record({
      bound: fc.integer({ min: 1, max: 200 }),
      output: fc.integer({ min: 0, max: 200 }),
      ends: fc.nat(5),
    });
    await withManyAccounts(tokens(500, null), async (fresh) => {
      await fc.assert(
        fc.asyncProperty(fc.array(chat, { maxLength: 20 }), async (chats) => {
          const { account } = await fresh();
          const open: { holdNo: number; output: number; left: number }[] = [];
          let used = 0;
          const end = (due: (typeof open)[number]) => {
            settle(account, due.holdNo, due.output);
            used += 5 + due.output;
          };
          for (const { bound, output, ends } of chats) {
            open.push({
              holdNo: holdOf(account, bound),
              output: Math.min(bound, output),
              left: ends,
            });
            for (const due of open) if (due.left-- === 0) end(due);
          }
          for (const due of open) if (due.left >= 0) end(due);
          expect(overage(account)).toBe(Math.max(0, used - 500));
        }),
        { numRuns: 30, interruptAfterTimeLimit: 4000 },
      );
    });
  });
});

type Stub = Awaited<ReturnType<typeof openAccount>>;

const userId = "usr_0000000000000001";

const rows = async () =>
  (
    await env.DB.prepare(
      `SELECT id, user_id, event_name, quantity, used_at, sent_at
       FROM overage_reports ORDER BY used_at`,
    ).all()
  ).results;

async function runChat(account: Stub) {
  const hold = await authorize(account, chatCommand(50));
  if (hold.kind !== "hold") throw new Error("expected a hold");
  await settleByCall(account, { holdNo: hold.holdNo, outcome: servedOutcome(20), response: null });
}

/** Opens an account whose chats are all overage, in an hour that no other test uses. */
async function startPeriod(hour: number) {
  const at = NOON + hour * 60 * MINUTE_MS;
  vi.useFakeTimers({ now: at, toFake: ["Date"] });
  await env.DB.prepare("DELETE FROM overage_reports").run();
  return { account: await openAccount(messages(0, null)), at };
}

describe("overage is reported", () => {
  it("to D1 within five minutes, once, under an id of its own", async () => {
    const { account, at } = await startPeriod(1);
    await runChat(account);
    await runChat(account);
    expect(await rows()).toEqual([]);
    expect(await runInDurableObject(account, (_object, { storage }) => storage.getAlarm())).toBe(
      at + 5 * MINUTE_MS,
    );
    vi.setSystemTime(at + 5 * MINUTE_MS);
    await runDurableObjectAlarm(account);
    const first = {
      user_id: userId,
      event_name: "beyond",
      quantity: 2,
      used_at: at,
      sent_at: null,
    };
    expect(await rows()).toMatchObject([first]);
    await runChat(account);
    await evictDurableObject(account);
    vi.setSystemTime(at + 10 * MINUTE_MS);
    await runDurableObjectAlarm(account);
    const reported = await rows();
    expect(reported).toMatchObject([first, { ...first, quantity: 1, used_at: at + 5 * MINUTE_MS }]);
    expect(new Set(reported.map((row) => row["id"])).size).toBe(2);
    expect(reported.every((row) => String(row["id"]).startsWith(`${userId}:`))).toBe(true);
    // Nothing is left to report, so no alarm is set.
    vi.setSystemTime(at + 15 * MINUTE_MS);
    await runDurableObjectAlarm(account);
    expect(await runDurableObjectAlarm(account)).toBe(false);
    expect(await rows()).toHaveLength(2);
  });

  it("once, though D1 fails for an hour, before or after it stored the report", async () => {
    const { account, at } = await startPeriod(3);
    await runChat(account);
    const db = env.DB;
    const failed: string[] = [];
    // The first batch of an alarm is the usage of the day, the second the reports.
    for (const [minutes, batch, taken] of [
      [5, 1, false],
      [30, 2, false],
      [60, 2, true],
      [61, 2, true],
    ] as const) {
      vi.setSystemTime(at + minutes * MINUTE_MS);
      let batches = 0;
      await runInDurableObject(account, async (object) => {
        const failing = new Proxy(db, {
          get(target, property) {
            const value: unknown = Reflect.get(target, property, target);
            if (property !== "batch" || typeof value !== "function")
              return typeof value === "function" ? value.bind(target) : value;
            return async (...statements: unknown[]) => {
              batches += 1;
              const answer: unknown =
                batches < batch || taken ? await Reflect.apply(value, target, statements) : null;
              if (batches < batch) return answer;
              failed.push(`${minutes}: ${batches}`);
              throw new Error("D1 does not answer");
            };
          },
        });
        const bindings = Reflect.get(object, "env");
        Reflect.set(object, "env", { ...bindings, DB: failing });
        vi.spyOn(console, "error").mockImplementationOnce(() => undefined);
        await object.alarm();
        Reflect.set(object, "env", bindings);
      });
      if (minutes === 30) await runChat(account);
      await evictDurableObject(account);
    }
    expect(failed).toEqual(["5: 1", "30: 2", "60: 2", "61: 2"]);
    vi.setSystemTime(at + 70 * MINUTE_MS);
    await runDurableObjectAlarm(account);
    expect((await rows()).map(({ quantity, used_at }) => [quantity, used_at])).toEqual([
      [1, at],
      [1, at + 30 * MINUTE_MS],
    ]);
  });

  it("before the account is erased, which waits while it cannot be reported", async () => {
    const { account, at } = await startPeriod(9);
    await runChat(account);
    await runInDurableObject(account, async (object) => {
      const bindings = Reflect.get(object, "env");
      Reflect.set(object, "env", { ...bindings, DB: null });
      await expect(object.erase()).rejects.toThrow();
      Reflect.set(object, "env", bindings);
    });
    expect(await account.summary()).toMatchObject({ ok: true });
    await account.erase();
    expect(await rows()).toMatchObject([{ quantity: 1, used_at: at }]);
    expect(await account.summary()).toMatchObject({ ok: false });
  });

  it("once, at whatever step the alarm dies", async () => {
    const { account, at } = await startPeriod(6);
    let chats = 0;
    for (const step of ["close", "send", "forget"] as const) {
      await runChat(account);
      chats += 1;
      vi.setSystemTime(at + chats * 5 * MINUTE_MS);
      await runInDurableObject(account, async (object, { storage }) => {
        const { sql } = storage;
        const exec = sql.exec.bind(sql);
        const kind = { close: "overage_report", send: "none", forget: "overage_sent" }[step];
        Object.defineProperty(sql, "exec", {
          configurable: true,
          value: (query: string, ...bindings: unknown[]) => {
            if (bindings.includes(kind)) throw new Error("disk full");
            return exec(query, ...bindings);
          },
        });
        const bindings = Reflect.get(object, "env");
        if (step === "send") Reflect.set(object, "env", { ...bindings, DB: null });
        vi.spyOn(console, "error").mockImplementationOnce(() => undefined);
        await object.alarm();
        Reflect.set(object, "env", bindings);
        Reflect.deleteProperty(sql, "exec");
      });
      await evictDurableObject(account);
    }
    vi.setSystemTime(at + 60 * MINUTE_MS);
    await runDurableObjectAlarm(account);
    const sum = (await rows()).reduce((total, row) => total + Number(row["quantity"]), 0);
    expect(sum).toBe(chats);
    const open = await runInDurableObject(
      account,
      (_object, { storage }) =>
        storage.sql
          .exec<{ n: number }>("SELECT count(*) AS n FROM entries WHERE kind = 'overage_sent'")
          .one().n,
    );
    expect(open).toBeGreaterThan(0);
  });
});
