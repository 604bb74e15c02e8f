import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { pushEntitlements } from "../../src/admin/index.ts";
import { findUser, listOutdatedUsers, setUserPlan } from "../../src/auth/index.ts";
import {
  createPlan,
  newPlan,
  type PricedPlan,
  toEntitlement,
  updatePlan,
} from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { callAsAdmin } from "../support/admin.ts";
import { testContext } from "../support/context.ts";
import { signUp } from "../support/sign-up.ts";

const db = database(env.DB);
let made = 0;

async function makePlan(): Promise<PricedPlan> {
  made += 1;
  const data = {
    slug: `pushed-${made}`,
    name: "Pushed",
    kind: "subscription",
    allowances: { message: { limit: 1, period: "day" } },
  };
  const plan = await createPlan(testContext(), newPlan.parse(data));
  if (!plan.ok) throw new Error(plan.failure.message);
  return plan.value;
}

/** Creates a user who has a plan, in D1 and in the account. */
async function userOf(plan: PricedPlan): Promise<string> {
  const { userId } = await signUp();
  await assignPlan(userId, plan);
  return userId;
}

async function assignPlan(userId: string, plan: PricedPlan): Promise<void> {
  const entitlement = toEntitlement(plan, { hasFreeAllowance: true });
  await creditAccount(env, userId).setEntitlement({ entitlement });
  await setUserPlan(db, userId, plan, Date.now());
}

async function raiseLimit(plan: PricedPlan, limit: number): Promise<PricedPlan> {
  const changed = await updatePlan(testContext(), plan.id, {
    allowances: { message: { limit, period: "day" } },
  });
  if (!changed.ok) throw new Error(changed.failure.message);
  return changed.value;
}

async function limitOf(userId: string): Promise<number | null | undefined> {
  const summary = await creditAccount(env, userId).summary();
  if (!summary.ok) throw new Error(summary.failure.message);
  return summary.value.meters.find((usage) => usage.meter === "message")?.limit;
}

/**
 * Returns the accounts' namespace, with a hook that runs just before an account gets an
 * entitlement.
 */
function accountsWhere(before: (userId: string) => Promise<void>): Env {
  const names = new Map<string, string>();
  const CREDIT_ACCOUNT = new Proxy(env.CREDIT_ACCOUNT, {
    get(target, name) {
      if (name === "idFromName") {
        return (userId: string) => {
          const id = target.idFromName(userId);
          names.set(id.toString(), userId);
          return id;
        };
      }
      if (name !== "get") return Reflect.get(target, name);
      return (id: DurableObjectId) => ({
        async setEntitlement(
          command: Parameters<ReturnType<typeof target.get>["setEntitlement"]>[0],
        ) {
          await before(names.get(id.toString()) ?? "");
          return await target.get(id).setEntitlement(command);
        },
      });
    },
  });
  return { ...env, CREDIT_ACCOUNT };
}
type Env = typeof env;

describe("a change of what a plan entitles to", () => {
  it("reaches the accounts of its users after PATCH, and nobody else's", async () => {
    const plan = await makePlan();
    const userId = await userOf(plan);
    const { userId: other } = await signUp();
    const response = await callAsAdmin("PATCH", `/api/admin/plans/${plan.id}`, {
      allowances: { message: { limit: 77, period: "day" } },
    });
    expect(response.status).toBe(200);
    await vi.waitUntil(async () => (await limitOf(userId)) === 77);
    expect(await limitOf(other)).toBe(50);
    expect(await listOutdatedUsers(db, plan.id, 2, 10)).toEqual([]);
    expect(await findUser(db, userId)).toMatchObject({ planVersion: 2 });
  });

  it("reaches them few at a time, until nobody is behind", async () => {
    const plan = await makePlan();
    const userIds = [await userOf(plan), await userOf(plan), await userOf(plan)];
    await raiseLimit(plan, 5);
    expect([
      await pushEntitlements(testContext(), 2),
      await pushEntitlements(testContext(), 2),
      await pushEntitlements(testContext(), 2),
    ]).toEqual([2, 1, 0]);
    expect(await Promise.all(userIds.map(limitOf))).toEqual([5, 5, 5]);
  });

  it("may be pushed many times at once, and leaves the newest", async () => {
    const plan = await makePlan();
    const userId = await userOf(plan);
    await Promise.all(
      [2, 3, 4, 5].map(async (limit) => {
        await raiseLimit(plan, limit);
        await pushEntitlements(testContext(), 10);
      }),
    );
    const last = await raiseLimit(plan, 6);
    await Promise.all([
      pushEntitlements(testContext(), 10),
      pushEntitlements(testContext(), 10),
      pushEntitlements(testContext(), 10),
    ]);
    expect(await limitOf(userId)).toBe(6);
    expect(await findUser(db, userId)).toMatchObject({ planVersion: last.version });
  });

  it("is tried again for an account that failed, while the others go on", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const plan = await makePlan();
    const [unlucky, lucky] = [await userOf(plan), await userOf(plan)];
    await raiseLimit(plan, 9);
    const failing = accountsWhere((userId) =>
      userId === unlucky ? Promise.reject(new Error("object is down")) : Promise.resolve(),
    );
    expect(await pushEntitlements(testContext({ env: failing }), 10)).toBe(1);
    expect(await Promise.all([unlucky, lucky].map(limitOf))).toEqual([1, 9]);
    expect(await pushEntitlements(testContext(), 10)).toBe(1);
    expect(await limitOf(unlucky)).toBe(9);
  });

  it("does not put a user back who got another plan meanwhile", async () => {
    const [plan, bought] = [await makePlan(), await raiseLimit(await makePlan(), 1000)];
    const userId = await userOf(plan);
    await raiseLimit(plan, 9);
    let isBought = false;
    const busy = accountsWhere(async (who) => {
      if (isBought) return;
      isBought = true;
      await assignPlan(who, bought);
    });
    await pushEntitlements(testContext({ env: busy }), 10);
    expect(await limitOf(userId)).toBe(1000);
    expect(await findUser(db, userId)).toMatchObject({
      planId: bought.id,
      planVersion: bought.version,
    });
  });
});
