import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { findUser } from "../../src/auth/index.ts";
import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { findPlan, loadCatalog } from "../../src/catalog/index.ts";
import { readConfig } from "../../src/config.ts";
import { database } from "../../src/db.ts";
import { toCredits } from "../../src/units.ts";
import { call } from "./call.ts";
import { openCheckout } from "./shop.ts";
import { signUp, type TestUser } from "./sign-up.ts";
import { standInStripe, type TestStripe } from "./stripe.ts";

/**
 * The slugs of subscription plans that belong to one local Stripe, since the next one makes other
 * ids.
 */
export interface SubscriptionPlans {
  /** 15.00 a month for 100 credits, 150.00 a year. */
  readonly pro: string;
  /** 49.00 a month for 400 credits. */
  readonly max: string;
  /** The same as `pro`, with a trial of 14 days. */
  readonly trial: string;
}

let planSetCount = 0;

/** Puts subscription plans on sale that no other test uses. */
export async function createSubscriptionPlans(): Promise<SubscriptionPlans> {
  planSetCount += 1;
  const slug = (name: string) => `s${planSetCount}x${crypto.randomUUID().slice(0, 8)}-${name}`;
  const slugs: SubscriptionPlans = { pro: slug("pro"), max: slug("max"), trial: slug("trial") };
  const monthly = (amountMinor: number) =>
    ({ currency: "usd", interval: "month", amountMinor }) as const;
  const allowancesOf = (limit: number) =>
    ({ allowances: { message: { limit, period: "day" } } }) as const;
  const yearly = { currency: "usd", interval: "year", amountMinor: 15_000 } as const;
  const plans: CatalogData["plans"] = [
    {
      slug: slugs.pro,
      name: "Pro",
      kind: "subscription",
      credits: 100,
      ...allowancesOf(500),
      prices: [monthly(1500), yearly],
    },
    {
      slug: slugs.max,
      name: "Max",
      kind: "subscription",
      credits: 400,
      ...allowancesOf(2000),
      prices: [monthly(4900)],
    },
    {
      slug: slugs.trial,
      name: "Pro",
      kind: "subscription",
      credits: 100,
      trialDays: 14,
      ...allowancesOf(500),
      prices: [monthly(1500)],
    },
  ];
  await loadCatalog(database(env.DB), { models: [], plans }, Date.now());
  return slugs;
}

/** A local Stripe, its plans, and one clock for it and the Worker. */
export interface TimedStripe {
  readonly stripe: TestStripe;
  readonly plans: SubscriptionPlans;
  /** Moves the clock of Stripe and of the Worker, and delivers the events that this causes. */
  readonly advance: (ms: number) => Promise<void>;
}

/**
 * Stands in a local Stripe that shares its clock with the Worker. The test has to end with
 * `vi.useRealTimers()`.
 */
export async function standInTimedStripe(
  startsAt = Date.UTC(2083, 0, 1, 12),
): Promise<TimedStripe> {
  vi.useFakeTimers({ now: startsAt, toFake: ["Date"] });
  const stripe = standInStripe();
  return {
    stripe,
    plans: await createSubscriptionPlans(),
    advance: async (ms) => {
      vi.setSystemTime(Date.now() + ms);
      stripe.control.advance(ms / 1000);
      await stripe.control.flush();
    },
  };
}

/** Subscribes a new user by card on Stripe's page, and delivers the events. */
export async function subscribeUser(
  stripe: TestStripe,
  planId: string,
  params: Record<string, unknown> = {},
): Promise<TestUser> {
  const user = await signUp();
  const { url } = await openCheckout(user.token, { planId, ...params });
  const response = await stripe.pay(url);
  if (response.status !== 303)
    throw new Error(`Paying answered ${response.status}: ${await response.text()}`);
  await stripe.control.flush();
  return user;
}

/**
 * Calls the Worker as a user after signing in anew, because the clock of these tests moves past the
 * end of sessions.
 */
export async function callSignedIn(
  user: TestUser,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const { email, password } = user;
  const signedIn = await call("POST", "/api/auth/login", { body: { email, password } });
  if (signedIn.status !== 200)
    throw new Error(`Signing in answered ${signedIn.status}: ${await signedIn.text()}`);
  const { accessToken } = await signedIn.json<{ accessToken: string }>();
  return await call(method, path, { token: accessToken, ...(body === undefined ? {} : { body }) });
}

/**
 * Returns a user's credits and the slug of their plan, which has to be the same in D1 and in the
 * account.
 */
export async function readPlanAndCredits({ userId }: TestUser) {
  const db = database(env.DB);
  const [user, summary] = await Promise.all([
    findUser(db, userId),
    creditAccount(env, userId).summary(),
  ]);
  if (user === undefined || !summary.ok) throw new Error("This user has no account.");
  const [plan, entitled] = await Promise.all([
    findPlan(db, user.planId),
    findPlan(db, summary.value.planId),
  ]);
  if (plan?.id !== entitled?.id)
    throw new Error(`D1 says ${plan?.slug} and the account ${entitled?.slug}.`);
  return { plan: plan?.slug, credits: toCredits(summary.value.balance.postedMicrocredits) };
}

/** Returns the Worker's config in tests. */
export const config = () => readConfig(env);

/** Puts a plan on sale that bills for messages beyond its allowance. */
export async function createMeteredPlan(): Promise<{ slug: string }> {
  const slug = `metered-${crypto.randomUUID().slice(0, 8)}`;
  const overage = { eventName: `more_${slug.replaceAll("-", "_")}`, limit: null };
  const plan: CatalogData["plans"][number] = {
    slug,
    name: "Metered",
    kind: "subscription",
    credits: 100,
    allowances: { message: { limit: 10, period: "day", overage } },
    prices: [{ currency: "usd", interval: "month", amountMinor: 1500, overageAmountMinor: "2" }],
  };
  await loadCatalog(database(env.DB), { models: [], plans: [plan] }, Date.now());
  return { slug };
}
