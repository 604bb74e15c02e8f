import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checkDueSubscriptions } from "../../../src/billing/index.ts";
import type { CatalogData } from "../../../src/catalog/catalog-data.ts";
import { loadCatalog } from "../../../src/catalog/index.ts";
import { database } from "../../../src/db.ts";
import { sendDueMails } from "../../../src/mail/index.ts";
import { DAY_MS, HOUR_MS } from "../../../src/time.ts";
import { call } from "../../support/call.ts";
import { MailWorker } from "../../support/mail-worker.ts";
import { standInMailedStripe, tellMailed } from "../../support/mailed-stripe.ts";
import type { TestUser } from "../../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../../support/stripe.ts";
import {
  createSubscriptionPlans,
  type SubscriptionPlans,
  subscribeUser,
} from "../../support/subscriber.ts";

const START_MS = Date.UTC(2083, 0, 1, 12);
const worker = new MailWorker();
let stripe: TestStripe;
let plans: SubscriptionPlans;

beforeEach(async () => {
  vi.useFakeTimers({ now: START_MS, toFake: ["Date"] });
  stripe = standInMailedStripe(worker);
  plans = await createSubscriptionPlans();
});
afterEach(() => void vi.useRealTimers());

async function advance(ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms);
  stripe.control.advance(ms / 1000);
  await stripe.control.flush();
}

/** Sends what waits, as the cron does; the rest of which is about other tests' sales. */
const sendMails = () => sendDueMails(worker.context, 100);

/** Sends what waits, and returns the mails to a user of a kind, oldest first. */
async function mailsOf({ userId, email }: TestUser, ...kinds: string[]) {
  await sendMails();
  const sent = await env.DB.prepare(
    "select kind, provider_id from mails where user_id = ? order by id",
  )
    .bind(userId)
    .all<{ kind: string; provider_id: string | null }>();
  return sent.results
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ kind, provider_id }) => ({
      kind,
      ...worker.mailsTo(email).find(({ id }) => id === provider_id),
    }));
}

const customerOf = async ({ userId }: TestUser) => {
  const row = await env.DB.prepare(
    "select stripe_customer_id as id from customers where user_id = ?",
  )
    .bind(userId)
    .first<{ id: string }>();
  return row?.id ?? "";
};
const subscriptionOf = async ({ userId }: TestUser) => {
  const row = await env.DB.prepare("select id from subscriptions where user_id = ?")
    .bind(userId)
    .first<{ id: string }>();
  return row?.id ?? "";
};

const tell = (type: string, id: string) => tellMailed(worker, type, id);

const DUNNING = ["payment_failed", "payment_unconfirmed", "payment_reminder"];

describe("a payment that failed", () => {
  it("is mailed with what to do and by when, and again a day before access ends", async () => {
    const user = await subscribeUser(stripe, plans.pro);
    stripe.control.failPayments(await customerOf(user));
    // The renewal's invoice is final after an hour.
    await advance(31 * DAY_MS + 2 * HOUR_MS);
    const [first, ...others] = await mailsOf(user, ...DUNNING);
    expect(others).toEqual([]);
    expect(first?.kind).toBe("payment_failed");
    expect(first?.text).toContain("$15.00");
    expect(first?.text).toContain("4242");
    expect(first?.text).toContain("http://stripe.test/");
    expect(first?.text).toContain("http://farebox.test/dashboard");
    const { past_due_since: since } = (await env.DB.prepare(
      "select past_due_since from subscriptions where user_id = ?",
    )
      .bind(user.userId)
      .first<{ past_due_since: number }>()) ?? { past_due_since: 0 };
    const until = new Intl.DateTimeFormat("en", {
      dateStyle: "long",
      timeStyle: "short",
      timeZone: "UTC",
    }).format(since + 7 * DAY_MS);
    expect(first?.text).toContain(`by ${until} UTC`);
    // Again, in any order.
    const subscriptionId = await subscriptionOf(user);
    for (let times = 0; times < 2; times += 1)
      await tell("customer.subscription.updated", subscriptionId);
    expect(await mailsOf(user, ...DUNNING)).toHaveLength(1);
    await advance(since + 6 * DAY_MS + HOUR_MS - Date.now());
    await tell("customer.subscription.updated", subscriptionId);
    const kinds = (await mailsOf(user, ...DUNNING)).map(({ kind }) => kind);
    expect(kinds).toEqual(["payment_failed", "payment_reminder"]);
  });

  it("is mailed the last time though no event comes: the cron looks a day before", async () => {
    const user = await subscribeUser(stripe, plans.pro);
    stripe.control.failPayments(await customerOf(user));
    await advance(31 * DAY_MS + 2 * HOUR_MS);
    await mailsOf(user, ...DUNNING);
    vi.setSystemTime(Date.now() + 6 * DAY_MS + HOUR_MS);
    await checkDueSubscriptions(worker.context, 100);
    const kinds = (await mailsOf(user, ...DUNNING)).map(({ kind }) => kind);
    expect(kinds).toEqual(["payment_failed", "payment_reminder"]);
  });

  it("that the bank wants confirmed is told as such", async () => {
    const user = await subscribeUser(stripe, plans.pro);
    const customer = await customerOf(user);
    const card = await stripe.client.paymentMethods.attach("pm_card_authenticationRequired", {
      customer,
    });
    await stripe.client.subscriptions.update(await subscriptionOf(user), {
      default_payment_method: card.id,
    });
    await advance(31 * DAY_MS + 2 * HOUR_MS);
    const [mail] = await mailsOf(user, ...DUNNING);
    expect(mail?.kind).toBe("payment_unconfirmed");
    expect(mail?.subject).toMatch(/^Confirm your payment/);
  });

  it("is mailed to an address that is not proved: nobody else would tell its user", async () => {
    const user = await subscribeUser(stripe, plans.pro);
    const row = await env.DB.prepare("select email_verified_at as at from users where id = ?")
      .bind(user.userId)
      .first();
    expect(row).toEqual({ at: null });
    stripe.control.failPayments(await customerOf(user));
    await advance(31 * DAY_MS + 2 * HOUR_MS);
    expect(await mailsOf(user, ...DUNNING)).toHaveLength(1);
  });
});

describe("a trial", () => {
  it("is mailed three days before its end, once, with what is charged then", async () => {
    const user = await subscribeUser(stripe, plans.trial);
    await advance(10 * DAY_MS);
    expect(await mailsOf(user, "trial_ending")).toEqual([]);
    await advance(DAY_MS + HOUR_MS);
    const subscriptionId = await subscriptionOf(user);
    for (let times = 0; times < 2; times += 1)
      await tell("customer.subscription.trial_will_end", subscriptionId);
    const [mail, ...others] = await mailsOf(user, "trial_ending");
    expect(others).toEqual([]);
    expect(mail?.text).toContain("$15.00");
    expect(mail?.text).toContain("January 15, 2083 at 12:00 PM UTC");
    expect(mail?.text).toContain("cancel");
  });

  it("that is shorter is mailed once, at its start", async () => {
    const slug = `short-${crypto.randomUUID().slice(0, 8)}`;
    const plan: CatalogData["plans"][number] = {
      slug,
      name: "Short",
      kind: "subscription",
      trialDays: 2,
      allowances: { message: { limit: 5, period: "day" } },
      prices: [{ currency: "usd", interval: "month", amountMinor: 1500 }],
    };
    await loadCatalog(database(env.DB), { models: [], plans: [plan] }, Date.now());
    const user = await subscribeUser(stripe, slug);
    await advance(HOUR_MS);
    await advance(DAY_MS);
    expect(await mailsOf(user, "trial_ending")).toHaveLength(1);
  });

  it("that is canceled charges nothing, and is not mailed", async () => {
    const user = await subscribeUser(stripe, plans.trial);
    await stripe.client.subscriptions.update(await subscriptionOf(user), {
      cancel_at_period_end: true,
    });
    await advance(12 * DAY_MS);
    expect(await mailsOf(user, "trial_ending")).toEqual([]);
  });
});

describe("a subscription that ended", () => {
  it("is mailed once, with what stays", async () => {
    const user = await subscribeUser(stripe, plans.pro);
    const subscriptionId = await subscriptionOf(user);
    await stripe.client.subscriptions.cancel(subscriptionId);
    await stripe.control.flush();
    for (let times = 0; times < 2; times += 1)
      await tell("customer.subscription.deleted", subscriptionId);
    const [mail, ...others] = await mailsOf(user, "subscription_ended");
    expect(others).toEqual([]);
    expect(mail?.text).toContain("because it was canceled");
    expect(mail?.text).toContain("You keep your account");
  });

  it("because its payments failed says so", async () => {
    const user = await subscribeUser(stripe, plans.pro);
    stripe.control.failPayments(await customerOf(user));
    for (let days = 0; days < 60; days += 5) {
      await advance(5 * DAY_MS);
      await sendMails();
    }
    const [mail] = await mailsOf(user, "subscription_ended");
    expect(mail?.text).toContain("because a payment was overdue");
  });

  it("for a newer one has not ended for its user", async () => {
    const user = await subscribeUser(stripe, plans.pro);
    const older = await subscriptionOf(user);
    const { items } = await stripe.client.subscriptions.retrieve(older);
    const price = items.data[0]?.price.id ?? "";
    const customer = await customerOf(user);
    await advance(60_000);
    const metadata = { userId: user.userId };
    await stripe.subscribe({ customer, price, metadata });
    await stripe.control.flush();
    const { status } = await stripe.client.subscriptions.retrieve(older);
    expect(status).toBe("canceled");
    expect(await mailsOf(user, "subscription_ended")).toEqual([]);
  });
});

describe("a refund", () => {
  it("of an invoice is mailed once", async () => {
    const user = await subscribeUser(stripe, plans.pro);
    const row = await env.DB.prepare(
      "select stripe_payment_intent_id as intent from subscription_invoices where user_id = ?",
    )
      .bind(user.userId)
      .first<{ intent: string }>();
    const refund = await stripe.client.refunds.create({
      payment_intent: row?.intent ?? "",
      amount: 500,
    });
    await stripe.control.flush();
    for (let times = 0; times < 2; times += 1) await tell("refund.updated", refund.id);
    const [mail, ...others] = await mailsOf(user, "refund_made");
    expect(others).toEqual([]);
    expect(mail?.text).toContain("$5.00");
    expect(mail?.text).toContain("Pro");
    expect(mail?.text).toContain("5 to 10 business days");
  });
});

it("where no mails are sent, nothing is queued and nothing fails", async () => {
  const silent = standInStripe();
  const user = await subscribeUser(silent, plans.trial);
  vi.setSystemTime(Date.now() + 12 * DAY_MS);
  silent.control.advance((12 * DAY_MS) / 1000);
  await silent.control.flush();
  await silent.client.subscriptions.cancel(await subscriptionOf(user));
  await silent.control.flush();
  const queued = await env.DB.prepare("select * from mails where user_id = ?")
    .bind(user.userId)
    .all();
  expect(queued.results).toEqual([]);
  expect((await call("GET", "/api/plans")).status).toBe(200);
});
