import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { runCron } from "../../src/cron.ts";
import type { TestUser } from "../support/sign-up.ts";
import {
  callSignedIn,
  readPlanAndCredits,
  standInTimedStripe,
  subscribeUser,
} from "../support/subscriber.ts";

vi.setConfig({ testTimeout: 180_000 });
afterEach(() => vi.useRealTimers());

const statusOf = async (user: TestUser) =>
  (await (await callSignedIn(user, "GET", "/api/subscription")).json<{ status: string }>()).status;

it("a year of a subscription: trial, renewals, grace, recovery, changes, end", async () => {
  const { stripe, plans, advance } = await standInTimedStripe(Date.UTC(2083, 0, 1, 12));
  const until = (year: number, month: number, day: number, hour = 12) =>
    advance(Date.UTC(year, month - 1, day, hour) - Date.now());
  const user = await subscribeUser(stripe, plans.trial);
  const customer = (await stripe.client.customers.list({ email: user.email })).data[0]?.id ?? "";
  const spend = (name: string, credits: number) =>
    creditAccount(env, user.userId).take({
      operationId: name,
      amountMicrocredits: credits * 1_000_000,
      reason: "Spent",
    });

  // January: 14 days of trial, with the plan and no credits yet.
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 0 });
  await until(2083, 1, 15, 11);
  expect(await statusOf(user)).toBe("trialing");
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 0 });

  // The first payment, and its credits: an hour after the trial, when Stripe finalizes the invoice.
  await until(2083, 1, 15, 14);
  expect(await statusOf(user)).toBe("active");
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 100 });
  await spend("january", 30.5);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 69.5 });

  // Renewals: each month gives its credits, and the rest of the month before expires six hours
  // after its end.
  await until(2083, 2, 15, 14);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 169.5 });
  await until(2083, 2, 15, 19);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 100 });
  await spend("february", 100);
  await until(2083, 3, 15, 19);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 100 });

  // April's payment fails. The plan stays for seven days of grace; no credits are given, and
  // March's expire.
  stripe.control.failPayments(customer);
  await until(2083, 4, 15, 19);
  expect(await statusOf(user)).toBe("past_due");
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 0 });
  await runCron(env, Date.UTC(2083, 3, 22, 12, 59));
  expect((await readPlanAndCredits(user)).plan).toBe(plans.trial);

  // The grace period is over, without any event. It counts from when the invoice was due, at 13:00.
  vi.setSystemTime(Date.UTC(2083, 3, 22, 13, 0));
  await runCron(env, Date.UTC(2083, 3, 22, 13, 0));
  expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });

  // The card works again, and the next attempt succeeds: plan and credits are back.
  stripe.control.failPayments(customer, false);
  stripe.control.advance((Date.UTC(2083, 3, 22, 13, 0) - Date.UTC(2083, 3, 15, 19)) / 1000);
  await until(2083, 5, 1);
  expect(await statusOf(user)).toBe("active");
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 100 });

  // May: up to Max half-way through the month of 31 days, for half the difference.
  await until(2083, 5, 15, 19);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.trial, credits: 100 });
  await until(2083, 5, 31, 0);
  expect(
    (await callSignedIn(user, "POST", "/api/subscription/change", { planId: plans.max })).status,
  ).toBe(200);
  await stripe.control.flush();
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 250 });
  await until(2083, 6, 15, 19);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.max, credits: 400 });

  // June: down to Pro half-way through the month of 30 days. 390 of Max's credits were spent: 150
  // are taken back, so 140 are a debt.
  await spend("june", 390);
  await until(2083, 6, 30, 12);
  expect(
    (await callSignedIn(user, "POST", "/api/subscription/change", { planId: plans.pro })).status,
  ).toBe(200);
  await stripe.control.flush();
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: -140 });

  // July's credits pay the debt first.
  await until(2083, 7, 15, 19);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: -40 });
  await until(2083, 8, 15, 19);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 60 });
  for (const month of [9, 10, 11]) {
    await until(2083, month, 15, 19);
    expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  }

  // December: it is canceled, and ends with the period that is paid for.
  expect((await callSignedIn(user, "POST", "/api/subscription/cancel")).status).toBe(200);
  await until(2083, 12, 15, 11);
  expect(await readPlanAndCredits(user)).toEqual({ plan: plans.pro, credits: 100 });
  await until(2083, 12, 15, 19);
  expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });
  await until(2084, 1, 15);
  expect(await readPlanAndCredits(user)).toEqual({ plan: "free", credits: 0 });

  // Only paid invoices gave credits: one grant for each paid invoice with a line above 0.
  const invoices = await stripe.client.invoices.list({ customer, limit: 100, status: "paid" });
  const grants = await creditAccount(env, user.userId).grants({ limit: 100, before: null });
  expect(grants).toHaveLength(
    invoices.data.filter(({ lines }) => lines.data.some(({ amount }) => amount > 0)).length,
  );
  const months = await callSignedIn(user, "GET", "/api/payments/users/me/subscriptions");
  expect(await months.json()).toMatchObject({
    data: [{ status: "canceled", plan: { slug: plans.pro } }],
  });
});
