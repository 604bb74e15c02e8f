import { afterEach, expect, it, vi } from "vitest";
import {
  authorize,
  chatCommand,
  failedOutcome,
  grantCommand,
  NOON,
  openAccount,
  servedOutcome,
  settle,
  testEntitlement,
} from "../support/account.ts";

afterEach(() => vi.useRealTimers());

const MINUTE_MS = 60_000;

/** Opens an account at noon, with credits and an allowance of images. */
async function open() {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  const account = await openAccount(
    testEntitlement({ allowances: { image: { limit: 5, period: "day" } } }),
  );
  await account.grant(grantCommand(100));
  const hold = async () => {
    const reply = await authorize(account, chatCommand(10));
    if (reply.kind !== "hold") throw new Error("expected a hold");
    return reply.holdNo;
  };
  return { account, hold };
}

it("credits alone are no use", async () => {
  const { account } = await open();
  expect(await account.hasUseSince(0)).toBe(false);
});

it("a chat that is open is use since it began, beside older ones", async () => {
  const { account, hold } = await open();
  await hold();
  vi.setSystemTime(NOON + MINUTE_MS);
  await hold();
  expect(await account.hasUseSince(NOON)).toBe(true);
  expect(await account.hasUseSince(NOON + MINUTE_MS)).toBe(true);
  expect(await account.hasUseSince(NOON + MINUTE_MS + 1)).toBe(false);
});

it("a chat that was served is use until its end, and one that was not is none", async () => {
  const { account, hold } = await open();
  const [served, failed] = [await hold(), await hold()];
  vi.setSystemTime(NOON + MINUTE_MS);
  await settle(account, { holdNo: served, outcome: servedOutcome(1), response: null });
  vi.setSystemTime(NOON + 2 * MINUTE_MS);
  await settle(account, { holdNo: failed, outcome: failedOutcome, response: null });
  expect(await account.hasUseSince(NOON + MINUTE_MS)).toBe(true);
  expect(await account.hasUseSince(NOON + MINUTE_MS + 1)).toBe(false);
});

it("a tracked use is use at its time", async () => {
  const { account } = await open();
  await account.track({ operationId: "image:1", meter: "image", quantity: 1 });
  expect(await account.hasUseSince(NOON)).toBe(true);
  expect(await account.hasUseSince(NOON + 1)).toBe(false);
});
