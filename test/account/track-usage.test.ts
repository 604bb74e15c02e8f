import { evictDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Account } from "../../src/account/account.ts";
import type { Entitlement, TrackCommand } from "../../src/account/index.ts";
import { releaseUsage, trackUsage } from "../../src/account/methods/track-usage.ts";
import { toAccountSummary } from "../../src/account/methods/views.ts";
import type { Allowance } from "../../src/meters.ts";
import { DAY_MS } from "../../src/time.ts";
import {
  grantCommand,
  NOON,
  openAccount,
  testEntitlement,
  withAccount,
} from "../support/account.ts";

afterEach(() => vi.useRealTimers());

const MIDNIGHT = Date.UTC(2082, 10, 21);

let count = 0;
const image = (quantity = 1, more: Partial<TrackCommand> = {}): TrackCommand => ({
  operationId: `usage:${++count}`,
  meter: "image",
  quantity,
  ...more,
});
const agent = (operationId: string): TrackCommand => ({ operationId, meter: "agent", quantity: 1 });

const including = (allowances: Entitlement["allowances"]) => testEntitlement({ allowances });
const images = (limit: number | null, period: Allowance["period"] = "day") =>
  including({ image: { limit, period } });
const agents = (limit: number, period: Allowance["period"] = "at_once") =>
  including({ agent: { limit, period } });

/** Changes the effective plan. */
function changePlan(account: Account, entitlement: Entitlement): void {
  account.plan = entitlement;
}

const tracks = (account: Account, command: TrackCommand, nowMs = NOON): boolean =>
  trackUsage(account, command, nowMs).ok;

describe("a tracked use", () => {
  it("counts up to exactly the limit, and starts again with the period (I9)", async () => {
    await withAccount(images(3), (account) => {
      expect(trackUsage(account, image(2), NOON)).toEqual({
        ok: true,
        value: {
          applied: true,
          usage: { meter: "image", used: 2, limit: 3, period: "day", resetsAt: MIDNIGHT },
        },
      });
      expect(tracks(account, image(2))).toBe(false);
      expect(tracks(account, image(1))).toBe(true);
      expect(tracks(account, image(1), MIDNIGHT - 1)).toBe(false);
      expect(trackUsage(account, image(1), MIDNIGHT)).toMatchObject({
        value: { usage: { used: 1, resetsAt: MIDNIGHT + DAY_MS } },
      });
    });
  });

  it("lets 2 of 50 at once through on a limit of 2 (I9), and survives death (I7)", async () => {
    const account = await openAccount(images(2));
    const replies = await Promise.all(Array.from({ length: 50 }, () => account.track(image())));
    expect(replies.filter((reply) => reply.ok)).toHaveLength(2);
    await evictDurableObject(account);
    expect(await account.track(image())).toMatchObject({ failure: { code: "insufficient_quota" } });
    expect(await account.summary()).toMatchObject({ meters: [{ meter: "image", used: 2 }] });
  });

  it("is refused past the limit with the meter's state, though there are credits", async () => {
    vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
    const account = await openAccount(images(1, "month"));
    await account.grant(grantCommand(2_500_000));
    await account.track(image());
    expect(await account.track(image())).toEqual({
      ok: false,
      failure: {
        code: "insufficient_quota",
        message: expect.stringContaining("image"),
        quota: {
          meter: "image",
          limit: 1,
          used: 1,
          resetsAt: "2082-12-01T00:00:00.000Z",
          available: 2.5,
        },
      },
    });
  });

  it("is refused by a plan that does not mention it, and unlimited without a limit", async () => {
    await withAccount(agents(1), (account) => {
      expect(trackUsage(account, image(), NOON)).toMatchObject({
        failure: {
          code: "insufficient_quota",
          quota: { meter: "image", limit: 0, used: 0, resetsAt: null },
        },
      });
      changePlan(account, images(null));
      expect(trackUsage(account, image(1_000_000), NOON)).toMatchObject({
        value: { usage: { used: 1_000_000, limit: null } },
      });
    });
  });

  it("counts once for each operation, repeated at once, later or in a new object", async () => {
    const account = await openAccount(images(10));
    const use = image(3);
    const replies = await Promise.all(Array.from({ length: 10 }, () => account.track(use)));
    expect(replies.filter((reply) => reply.ok && reply.applied)).toHaveLength(1);
    expect(replies.every((reply) => reply.ok && reply.usage.used === 3)).toBe(true);
    await withAccount(images(3), (other) => {
      expect(trackUsage(other, use, NOON)).toMatchObject({ value: { applied: true } });
      expect(trackUsage(other, use, MIDNIGHT)).toMatchObject({
        value: { applied: false, usage: { used: 0 } },
      });
      // Repeated when the plan does not include it any more: it counted before.
      changePlan(other, testEntitlement());
      expect(trackUsage(other, use, MIDNIGHT)).toMatchObject({
        ok: true,
        value: { applied: false, usage: { limit: 0 } },
      });
    });
  });

  it("keeps its meter and quantity, a whole number above 0", async () => {
    await withAccount(images(10), (account) => {
      const use = image(3);
      trackUsage(account, use, NOON);
      expect(trackUsage(account, { ...use, quantity: 4 }, NOON)).toMatchObject({
        failure: { code: "conflict" },
      });
      expect(trackUsage(account, { ...use, meter: "agent" }, NOON)).toMatchObject({
        failure: { code: "conflict" },
      });
      for (const quantity of [0, -1, 1.5, Number.NaN])
        expect(() => trackUsage(account, image(quantity), NOON)).toThrow(RangeError);
    });
  });

  it("stays counted when the plan changes, also past the new plan's limit", async () => {
    await withAccount(images(3), (account) => {
      trackUsage(account, image(3), NOON);
      changePlan(account, images(5));
      expect(trackUsage(account, image(), NOON)).toMatchObject({
        value: { usage: { used: 4, limit: 5 } },
      });
      changePlan(account, images(2));
      expect(tracks(account, image())).toBe(false);
      expect(toAccountSummary(account.ledger.state, images(2), NOON).meters).toMatchObject([
        { used: 4, limit: 2 },
      ]);
      // A month has a counter of its own: the use of days does not count in it.
      changePlan(account, images(2, "month"));
      expect(trackUsage(account, image(), NOON)).toMatchObject({
        value: { usage: { used: 1, limit: 2 } },
      });
    });
  });
});

describe("a use that counts at once", () => {
  it("makes room when it is released, once", async () => {
    await withAccount(agents(2), (account, rewake) => {
      expect([
        tracks(account, agent("a1")),
        tracks(account, agent("a2")),
        tracks(account, agent("a3")),
      ]).toEqual([true, true, false]);
      expect(releaseUsage(account, "a1", NOON + DAY_MS)).toEqual({
        ok: true,
        value: { released: true },
      });
      expect(releaseUsage(account, "a1", NOON + DAY_MS)).toEqual({
        ok: true,
        value: { released: false },
      });
      const awake = rewake();
      expect(releaseUsage(awake, "a1", NOON + DAY_MS)).toEqual({
        ok: true,
        value: { released: false },
      });
      expect(trackUsage(awake, agent("a3"), NOON + DAY_MS)).toMatchObject({
        value: { usage: { used: 2, resetsAt: null } },
      });
      expect(tracks(awake, agent("a4"), NOON + DAY_MS)).toBe(false);
      // A released operation is tracked again: it counts once.
      expect(trackUsage(awake, agent("a1"), NOON)).toMatchObject({
        ok: true,
        value: { applied: false },
      });
    });
  });

  it("is not given back to a period", async () => {
    await withAccount(agents(2, "month"), (account) => {
      trackUsage(account, agent("a1"), NOON);
      trackUsage(account, agent("a2"), NOON);
      expect(releaseUsage(account, "a1", NOON)).toEqual({ ok: true, value: { released: true } });
      expect(tracks(account, agent("a3"))).toBe(false);
    });
  });

  it("counts though an earlier plan counted it by the month", async () => {
    await withAccount(agents(5, "month"), (account) => {
      for (const id of ["a1", "a2", "a3"]) trackUsage(account, agent(id), NOON);
      releaseUsage(account, "a2", NOON);
      changePlan(account, agents(3));
      expect(trackUsage(account, agent("a4"), NOON)).toMatchObject({
        value: { usage: { used: 3, period: "at_once" } },
      });
      expect(tracks(account, agent("a5"))).toBe(false);
      changePlan(account, agents(5, "month"));
      expect(trackUsage(account, agent("a5"), NOON)).toMatchObject({
        value: { usage: { used: 4 } },
      });
    });
  });

  it("releases nothing when it was never tracked, and is not a grant", async () => {
    await withAccount(agents(1), (account) => {
      expect(releaseUsage(account, "agent:unknown", NOON)).toEqual({
        ok: true,
        value: { released: false },
      });
    });
    const account = await openAccount(agents(1));
    const sold = grantCommand(5);
    await account.grant(sold);
    expect(await account.release({ operationId: sold.operationId })).toMatchObject({
      failure: { code: "conflict" },
    });
    expect(await account.track(agent(sold.operationId))).toMatchObject({
      failure: { code: "conflict" },
    });
  });
});

it("an account that is not open refuses uses, releases and deductions", async () => {
  const account = await openAccount(agents(1));
  await account.erase();
  expect(await account.track(agent("a1"))).toMatchObject({ failure: { code: "invalid_token" } });
  expect(await account.release({ operationId: "a1" })).toMatchObject({
    failure: { code: "invalid_token" },
  });
  expect(
    await account.take({ operationId: "t", amountMicrocredits: 1, reason: "x" }),
  ).toMatchObject({
    failure: { code: "invalid_token" },
  });
});
