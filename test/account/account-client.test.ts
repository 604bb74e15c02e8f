import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import {
  accountObject,
  chatCommand,
  grantCommand,
  servedOutcome,
  settle,
  testEntitlement,
} from "../support/account.ts";

async function openUserAccount() {
  const userId = `usr_${crypto.randomUUID()}`;
  const account = creditAccount(env, userId);
  await account.open({ userId, entitlement: testEntitlement() });
  return { account, object: accountObject(userId) };
}

it("a client returns each outcome as a Result: a value, or why it was refused", async () => {
  const { account } = await openUserAccount();
  const sold = grantCommand(100);
  expect(await account.grant(sold)).toMatchObject({
    ok: true,
    value: { applied: true, balance: { availableMicrocredits: 100 } },
  });
  const hold = await account.authorize(chatCommand(50));
  if (hold.kind !== "hold") throw new Error("expected a hold");
  const { holdNo } = hold;
  expect(
    await account.settle({ holdNo, outcome: servedOutcome(20), response: null }),
  ).toMatchObject({ ok: true, value: { ended: "captured", costMicrocredits: 20 } });
  expect(await account.take({ ...sold, amountMicrocredits: 1, reason: "Mistake" })).toMatchObject({
    ok: false,
    failure: { code: "conflict" },
  });
});

it("an object answers in the form that a Worker of an older version reads", async () => {
  const { account, object } = await openUserAccount();
  await account.grant(grantCommand(100));
  const summary = await object.summary();
  expect(summary).toMatchObject({ ok: true, balance: { availableMicrocredits: 100 } });
  expect(summary).not.toHaveProperty("value");
  const hold = await account.authorize(chatCommand(50));
  if (hold.kind !== "hold") throw new Error("expected a hold");
  const command = { holdNo: hold.holdNo, outcome: servedOutcome(20), response: null };
  const settled = await settle(object, command);
  expect(settled).toMatchObject({ ok: true, ended: "captured", costMicrocredits: 20 });
  expect(settled).not.toHaveProperty("value");
});
