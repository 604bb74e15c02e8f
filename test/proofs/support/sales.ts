import type { Stripe } from "stripe";
import { z } from "zod";
import { Api, checkout } from "../../../dev/demo/api.ts";
import { payOnPage } from "../../../dev/demo/pay-page.ts";
import { toMicrocredits } from "../../../src/units.ts";
import { GOOD_CARD, newPerson, type Person, readBooks } from "../../journeys/support/person.ts";
import type { Operator } from "./operator.ts";

/** What is sold in proofs: a pack of the default catalog, and a plan that gives credits. */
export type SaleKind = "pack" | "subscription";
const CREDITS: Readonly<Record<SaleKind, number>> = { pack: 100, subscription: 50 };

/** A sale whose page was opened, to a user who buys nothing else. */
export interface Sale {
  readonly kind: SaleKind;
  readonly user: Person;
  readonly sessionId: string;
}

const plans = z.object({ data: z.array(z.object({ id: z.string(), slug: z.string() })) });
const grants = z.object({ data: z.array(z.object({ amount: z.number(), voided: z.number() })) });

/** Creates the plan of credits by the month, and lifts the limits that the load would meet. */
export async function prepareShop(operator: Operator): Promise<void> {
  await operator.request("PATCH", "/api/admin/plans/free", { requestsPerMinute: 100_000 });
  await operator.request("POST", "/api/admin/plans", {
    slug: "monthly",
    name: "Monthly",
    kind: "subscription",
    credits: CREDITS.subscription,
    allowances: { message: { limit: 10, period: "day" } },
    models: ["small"],
    prices: [{ currency: "usd", interval: "month", amountMinor: 500 }],
  });
  await operator.request("POST", "/api/admin/catalog/push");
}

const PLAN_SLUGS: Readonly<Record<SaleKind, string>> = { pack: "starter", subscription: "monthly" };

/** Signs a user up and opens the page of a sale. */
export async function openPage(
  url: string,
  kind: SaleKind,
): Promise<{ readonly sale: Sale; readonly pageUrl: string }> {
  const user = await newPerson(url);
  const { data } = await new Api(url).get("/api/plans?limit=100", plans);
  const planId = data.find(({ slug }) => slug === PLAN_SLUGS[kind])?.id ?? "";
  const page = await user.signedIn.post("/api/checkout", { planId, currency: "usd" }, checkout);
  return { sale: { kind, user, sessionId: page.sessionId }, pageUrl: page.url };
}

/**
 * Signs a user up, opens the page of a sale and pays there. The sale is passed to `opened` before
 * it is paid, so that it is known whatever happens then.
 */
export async function sell(
  url: string,
  kind: SaleKind,
  opened: (sale: Sale) => void = () => {},
): Promise<Sale> {
  const { sale, pageUrl } = await openPage(url, kind);
  opened(sale);
  const result = await payOnPage(pageUrl, sale.user.email, GOOD_CARD);
  if ("problem" in result) throw new Error(`The page says: ${result.problem}`);
  return sale;
}

/** What Stripe knows of a sale, and the credits that therefore have to be there. */
export interface SaleAtStripe {
  readonly isPaid: boolean;
  readonly isRefunded: boolean;
}

/** Asks Stripe whether a sale was paid, and whether the money went back. */
export async function readSaleAtStripe(stripe: Stripe, { sessionId }: Sale): Promise<SaleAtStripe> {
  const session = await stripe.checkout.sessions.retrieve(sessionId, {
    expand: ["payment_intent.latest_charge"],
  });
  const intent = session.payment_intent;
  const charge = intent === null || typeof intent === "string" ? null : intent.latest_charge;
  return {
    isPaid: session.payment_status === "paid",
    isRefunded: charge !== null && typeof charge !== "string" && charge.refunded,
  };
}

/** Refunds a paid pack at Stripe, as an operator does in its dashboard. */
export async function refundAtStripe(stripe: Stripe, { sessionId }: Sale): Promise<void> {
  const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(sessionId);
  if (typeof intent === "string") await stripe.refunds.create({ payment_intent: intent });
}

/**
 * Returns what is wrong with the credits of a sale, or null: one grant if it was paid, voided if
 * the money went back, and nothing else in the books.
 */
export async function findSaleProblem(
  { kind, user }: Sale,
  { isPaid, isRefunded }: SaleAtStripe,
): Promise<string | null> {
  const { data } = await user.api.get("/api/credits/grants?limit=100", grants);
  const expected = isPaid
    ? [{ amount: CREDITS[kind], voided: isRefunded ? CREDITS[kind] : 0 }]
    : [];
  const seen = data.map(({ amount, voided }) => ({ amount, voided }));
  if (JSON.stringify(seen) !== JSON.stringify(expected))
    return `${user.userId} has ${JSON.stringify(seen)}, not ${JSON.stringify(expected)}`;
  const { postedMicrocredits } = await readBooks(user);
  const posted = expected.reduce((sum, { amount, voided }) => sum + amount - voided, 0);
  return postedMicrocredits === toMicrocredits(posted)
    ? null
    : `${user.userId} has ${postedMicrocredits} microcredits posted, not ${posted} credits`;
}
