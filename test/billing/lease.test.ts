import { expect, it } from "vitest";
import { withLease } from "../../src/billing/stripe/lease.ts";
import { MINUTE_MS } from "../../src/time.ts";
import { testContext } from "../support/context.ts";

/** A promise, and the function that fulfils it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

const newKey = (): string => `cus_${crypto.randomUUID()}`;

it("whoever works alone is told so, time after time", async () => {
  const ctx = testContext();
  const lease = { key: newKey(), holder: "a", shouldWait: true };
  const works = [];
  for (let time = 0; time < 3; time += 1)
    works.push(await withLease(ctx, lease, async (hasWaited) => hasWaited));
  expect(works).toEqual(Array.from({ length: 3 }, () => ({ value: false, wasAlone: true })));
});

it("work on the same waits for its turn, and both are alone", async () => {
  const ctx = testContext();
  const key = newKey();
  const [began, mayEnd] = [gate(), gate()];
  const order: string[] = [];
  const first = withLease(ctx, { key, holder: "a", shouldWait: true }, async () => {
    began.open();
    await mayEnd.opened;
    order.push("first");
  });
  await began.opened;
  const second = withLease(ctx, { key, holder: "b", shouldWait: true }, async (hasWaited) => {
    order.push(hasWaited ? "second, after a wait" : "second");
  });
  mayEnd.open();
  expect([(await first).wasAlone, (await second).wasAlone]).toEqual([true, true]);
  expect(order).toEqual(["first", "second, after a wait"]);
});

it("work on another thing does not wait", async () => {
  const ctx = testContext();
  const both = await withLease(ctx, { key: newKey(), holder: "a", shouldWait: true }, () =>
    withLease(
      ctx,
      { key: newKey(), holder: "b", shouldWait: true },
      async (hasWaited) => hasWaited,
    ),
  );
  expect(both).toEqual({ value: { value: false, wasAlone: true }, wasAlone: true });
});

it("a slow or crashed holder stops nobody, and neither believes to be alone", async () => {
  const ctx = testContext();
  const key = newKey();
  const [began, mayEnd] = [gate(), gate()];
  const slow = withLease(ctx, { key, holder: "slow", shouldWait: true }, async () => {
    began.open();
    await mayEnd.opened;
  });
  await began.opened;
  const impatient = await withLease(ctx, { key, holder: "b", shouldWait: true }, async () => null);
  // The slow one may still write, although the lease is free.
  const next = await withLease(ctx, { key, holder: "c", shouldWait: true }, async () => null);
  mayEnd.open();
  const outcomes = [impatient.wasAlone, next.wasAlone, (await slow).wasAlone];
  expect(outcomes).toEqual([false, false, false]);

  const later = { ...ctx, nowMs: ctx.nowMs + 20 * MINUTE_MS };
  const alone = async () =>
    (await withLease(later, { key, holder: "d", shouldWait: true }, async () => null)).wasAlone;
  await alone();
  expect(await alone()).toBe(true);
});

it("work that is repeated does not wait for itself, and is not alone", async () => {
  const ctx = testContext();
  const key = newKey();
  const [began, mayEnd] = [gate(), gate()];
  const first = withLease(ctx, { key, holder: "evt_1", shouldWait: true }, async () => {
    began.open();
    await mayEnd.opened;
  });
  await began.opened;
  const again = { key, holder: "evt_1", shouldWait: true };
  const repeated = await withLease(ctx, again, async (hasWaited) => hasWaited);
  mayEnd.open();
  expect(repeated).toEqual({ value: false, wasAlone: false });
  expect((await first).wasAlone).toBe(false);
});

it("work that fails gives its lease back", async () => {
  const ctx = testContext();
  const lease = { key: newKey(), holder: "a", shouldWait: true };
  await expect(
    withLease(ctx, lease, () => Promise.reject(new Error("Stripe is down"))),
  ).rejects.toThrow("Stripe is down");
  const next = { ...lease, holder: "b" };
  const after = await withLease(ctx, next, async (hasWaited) => hasWaited);
  expect(after).toEqual({ value: false, wasAlone: true });
});
