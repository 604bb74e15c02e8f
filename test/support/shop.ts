import { env } from "cloudflare:workers";
import { creditAccount } from "../../src/account/index.ts";
import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { call } from "./call.ts";
import { signUp, type TestUser } from "./sign-up.ts";
import { standInStripe, type TestStripe } from "./stripe.ts";

const ENTITLEMENT = { allowances: { message: { limit: 1000, period: "day" } } } as const;

/**
 * The shop's catalog: one plan of every sort that can, or cannot, be bought, beside those of the
 * default catalog.
 */
const shopCatalog: CatalogData = {
  models: [],
  plans: [
    {
      slug: "t-pack",
      name: "Pack",
      kind: "one_time",
      credits: 100,
      prices: [
        { currency: "usd", amountMinor: 999 },
        { currency: "jpy", amountMinor: 1500 },
        { currency: "kwd", amountMinor: 3070 },
      ],
    },
    {
      slug: "t-expiring",
      name: "Expiring pack",
      kind: "one_time",
      credits: 5,
      creditsExpireAfterDays: 30,
      prices: [{ currency: "usd", amountMinor: 500 }],
    },
    {
      slug: "t-level1",
      name: "Level 1",
      kind: "one_time",
      ...ENTITLEMENT,
      prices: [{ currency: "usd", amountMinor: 2000 }],
    },
    {
      slug: "t-level2",
      name: "Level 2",
      kind: "one_time",
      credits: 10,
      ...ENTITLEMENT,
      prices: [{ currency: "usd", amountMinor: 3000 }],
    },
    {
      slug: "t-pro",
      name: "Pro",
      kind: "subscription",
      ...ENTITLEMENT,
      prices: [{ currency: "usd", amountMinor: 1500, interval: "month" }],
    },
    {
      slug: "t-custom",
      name: "Enterprise",
      kind: "custom",
      ...ENTITLEMENT,
      prices: [{ currency: "usd", amountMinor: 1 }],
    },
    {
      slug: "t-empty",
      name: "Nothing",
      kind: "one_time",
      prices: [{ currency: "usd", amountMinor: 100 }],
    },
    { slug: "t-unpriced", name: "Unpriced", kind: "one_time", credits: 1 },
    {
      slug: "t-retired",
      name: "Retired",
      kind: "one_time",
      credits: 1,
      isActive: false,
      prices: [{ currency: "usd", amountMinor: 100 }],
    },
    {
      slug: "t-huge",
      name: "Huge",
      kind: "one_time",
      credits: 1_000_000_000,
      prices: [{ currency: "usd", amountMinor: 99_999_999 }],
    },
  ],
};

/** Loads the shop's catalog. */
export const loadShopCatalog = (): Promise<void> =>
  loadCatalog(database(env.DB), shopCatalog, Date.now());

/** The answer of `POST /api/checkout`. */
export interface OpenedCheckout {
  readonly url: string;
  readonly sessionId: string;
  readonly stripeSessionId: string;
}

/** Opens a checkout and expects it to succeed. */
export async function openCheckout(
  token: string,
  body: { planId: string } & Record<string, unknown>,
): Promise<OpenedCheckout> {
  const response = await call("POST", "/api/checkout", { token, body });
  if (response.status !== 200)
    throw new Error(`Checkout answered ${response.status}: ${await response.text()}`);
  return await response.json<OpenedCheckout>();
}

/** Returns the state of a user, as the REST API, the orders and the credit account show it. */
export async function readUserState(user: { userId: string; token: string }) {
  const read = async <T>(path: string): Promise<T> =>
    await (await call("GET", path, { token: user.token })).json<T>();
  const account = creditAccount(env, user.userId);
  const [me, orders, sessions, summary, grants] = await Promise.all([
    read<{ planId: string; creditBalance: number }>("/api/users/me"),
    read<{ data: { id: string; status: string; failureReason: string | null }[] }>(
      "/api/orders?limit=100",
    ),
    read<{ data: { id: string; status: string; processedAt: string | null }[] }>(
      "/api/stripe-sessions?limit=100",
    ),
    account.summary(),
    account.grants({ limit: 100, before: null }),
  ]);
  return {
    creditBalance: me.creditBalance,
    planId: me.planId,
    entitledPlanId: summary.ok ? summary.value.planId : null,
    orders: orders.data.map((order) => ({
      status: order.status,
      failureReason: order.failureReason,
    })),
    sessions: sessions.data.map((session) => ({
      status: session.status,
      ended: session.processedAt !== null,
    })),
    grants: grants.map((grant) => ({
      reason: grant.reason,
      credits: grant.amountMicrocredits / 1_000_000,
      expiresAt: grant.expiresAt,
    })),
  };
}

/** A sale to a buyer of its own, with an open checkout page. */
export interface Sale {
  readonly stripe: TestStripe;
  readonly user: TestUser;
  readonly sessionId: string;
  readonly url: string;
}

/** Opens a checkout for a new user. */
export async function openSale(planId = "t-pack", stripe = standInStripe()): Promise<Sale> {
  const user = await signUp();
  const { sessionId, url } = await openCheckout(user.token, { planId });
  return { stripe, user, sessionId, url };
}

/** Opens a checkout for a new user and pays it by card. None of its events has been delivered. */
export async function openPaidSale(planId?: string): Promise<Sale> {
  const sale = await openSale(planId);
  await sale.stripe.pay(sale.url);
  return sale;
}

/** The `readUserState` of a buyer of one `t-pack` that was delivered. */
export const DELIVERED_STATE = {
  creditBalance: 100,
  orders: [{ status: "completed", failureReason: null }],
  sessions: [{ status: "succeeded", ended: true }],
  grants: [{ credits: 100 }],
};

/** Returns the status of one of a user's sales, and how many grants it made. */
export async function readSaleOutcome(user: TestUser, sessionId: string) {
  const read = async <T>(path: string): Promise<T> =>
    await (await call("GET", path, { token: user.token })).json<T>();
  const session = await read<{ status: string; orderId: string }>(
    `/api/stripe-sessions/stripe-id/${sessionId}`,
  );
  const order = await read<{ status: string }>(`/api/orders/${session.orderId}`);
  const grants = await creditAccount(env, user.userId).grants({ limit: 100, before: null });
  const orderGrants = grants.filter((grant) => grant.operationId === `order:${session.orderId}`);
  return { session: session.status, order: order.status, grants: orderGrants.length };
}

/** The `readSaleOutcome` of a sale that was delivered. */
export const DELIVERED_OUTCOME = { session: "succeeded", order: "completed", grants: 1 };
