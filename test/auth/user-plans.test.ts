import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import {
  findUser,
  listOutdatedUsers,
  markFirstPayment,
  setPlanVersion,
  setUserPlan,
} from "../../src/auth/index.ts";
import { database } from "../../src/db.ts";
import { signUp } from "../support/sign-up.ts";

const db = database(env.DB);
const newPlan = (version: number) => ({ id: `pln_${crypto.randomUUID()}`, version });

it("shows other rooms all of a user but the password", async () => {
  const { userId, email } = await signUp();
  expect(await findUser(db, userId)).toEqual({
    id: userId,
    email,
    name: null,
    emailVerifiedAt: null,
    role: "user",
    planId: expect.stringMatching(/^pln_/),
    planVersion: expect.any(Number),
    assignedPlanId: null,
    firstPaidAt: null,
    hasFreeAllowance: true,
    suspendedAt: null,
    suspensionReason: null,
    pausesSubscriptions: false,
    isSuspensionPending: false,
    createdAt: expect.any(Number),
    externalId: null,
    metadata: null,
    isExternal: false,
  });
  expect(await findUser(db, "usr_0000000000000000")).toBeUndefined();
});

it("lists users whose accounts have an older version of their plan", async () => {
  const plan = newPlan(3);
  const [a, b, elsewhere] = [await signUp(), await signUp(), await signUp()];
  for (const { userId } of [a, b]) await setUserPlan(db, userId, plan, Date.now());
  await setUserPlan(db, elsewhere.userId, newPlan(1), Date.now());
  expect(await listOutdatedUsers(db, plan.id, 3, 10)).toEqual([]);
  const outdated = await listOutdatedUsers(db, plan.id, 4, 10);
  expect(outdated.map(({ id }) => id).toSorted()).toEqual([a.userId, b.userId].toSorted());
  expect(await listOutdatedUsers(db, plan.id, 4, 1)).toHaveLength(1);
  await setPlanVersion(db, a.userId, { id: plan.id, version: 4 });
  expect(await listOutdatedUsers(db, plan.id, 4, 10)).toEqual([
    { id: b.userId, hasFreeAllowance: true },
  ]);
});

it("never records an older version over a newer one, nor one of a former plan", async () => {
  const plan = newPlan(5);
  const { userId } = await signUp();
  await setUserPlan(db, userId, plan, Date.now());
  await setPlanVersion(db, userId, { id: plan.id, version: 4 });
  await setPlanVersion(db, userId, { id: newPlan(9).id, version: 9 });
  expect(await findUser(db, userId)).toMatchObject({ planId: plan.id, planVersion: 5 });
});

it("remembers a user's first payment, and only the first", async () => {
  const { userId } = await signUp();
  await markFirstPayment(db, userId, 1_000);
  await markFirstPayment(db, userId, 2_000);
  expect(await findUser(db, userId)).toMatchObject({ firstPaidAt: 1_000 });
});
