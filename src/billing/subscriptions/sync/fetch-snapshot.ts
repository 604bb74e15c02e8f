import type Stripe from "stripe";
import type { Config } from "../../../config.ts";
import { ok, type Result } from "../../../errors.ts";
import { DAY_MS } from "../../../time.ts";
import { fetchReversals } from "../../payments/fetch-reversals.ts";
import {
  NO_REVERSALS,
  type PaymentState,
  type Reversals,
  toPaymentState,
} from "../../payments/payment-state.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { isMissingAtStripe } from "../../stripe/stripe-failure.ts";
import {
  INVOICE_EXPAND,
  type InvoiceFacts,
  paymentIntentIdOf,
  subscriptionIdOf,
  toInvoiceFacts,
} from "../invoices/invoice-facts.ts";
import { type SubscriptionFacts, toSubscriptionFacts } from "./subscription-facts.ts";

/** An invoice, and the reversals of its payment. */
export interface InvoiceSnapshot {
  readonly invoice: InvoiceFacts;
  /** The charge that paid it. */
  readonly chargeId: string | null;
  readonly reversals: Reversals;
  readonly paymentState: PaymentState;
}

/** A subscription with its newest invoices, as they are at Stripe now. */
export interface SubscriptionSnapshot {
  readonly subscription: SubscriptionFacts;
  readonly invoices: readonly InvoiceSnapshot[];
}

/** The number of newest invoices that are fetched. An older one only when an event is about it. */
const INVOICES_MAX = 12;
const PAGE_MAX = 100;

async function fetchAllLines(
  config: Config,
  invoice: Stripe.Invoice,
): Promise<Result<readonly Stripe.InvoiceLineItem[]>> {
  if (!invoice.lines.has_more) return ok(invoice.lines.data);
  const lines: Stripe.InvoiceLineItem[] = [];
  for (;;) {
    const after = lines.at(-1)?.id;
    const page = await callStripe(config, (stripe) =>
      stripe.invoices.listLineItems(invoice.id, {
        limit: PAGE_MAX,
        ...(after === undefined ? {} : { starting_after: after }),
      }),
    );
    if (!page.ok) return page;
    lines.push(...page.value.data);
    if (!page.value.has_more) return ok(lines);
  }
}

async function fetchInvoiceSnapshot(
  config: Config,
  invoice: Stripe.Invoice,
  charges: readonly Stripe.Charge[],
): Promise<Result<InvoiceSnapshot>> {
  const lines = await fetchAllLines(config, invoice);
  if (!lines.ok) return lines;
  const facts = toInvoiceFacts(invoice, lines.value);
  const { stripePaymentIntentId: paymentIntentId, paidMinor } = facts;
  const noReversals = ok(NO_REVERSALS);
  const charge =
    charges.find((each) => each.payment_intent === paymentIntentId && each.paid) ?? null;
  const reversals =
    paymentIntentId === null || paidMinor === 0
      ? noReversals
      : await fetchReversals(config, paymentIntentId, charge);
  return reversals.ok
    ? ok({
        invoice: facts,
        chargeId: charge?.id ?? null,
        reversals: reversals.value,
        paymentState: toPaymentState(paidMinor, reversals.value),
      })
    : reversals;
}

const isMissing = (result: Result<unknown>): boolean =>
  !result.ok && isMissingAtStripe(result.failure);

/**
 * Fetches the id of the subscription that an invoice is for; null when it is for none, or when
 * Stripe has no such invoice.
 */
export async function fetchSubscriptionId(
  config: Config,
  invoiceId: string,
): Promise<Result<string | null>> {
  const invoice = await callStripe(config, (stripe) => stripe.invoices.retrieve(invoiceId));
  if (isMissing(invoice)) return ok(null);
  return invoice.ok ? ok(subscriptionIdOf(invoice.value)) : invoice;
}

/** Returns a subscription out of one of its invoices; one that has none is fetched by itself. */
async function fetchUnlessListed(
  config: Config,
  subscriptionId: string,
  invoices: readonly Stripe.Invoice[],
): Promise<Result<Stripe.Subscription>> {
  for (const { parent } of invoices) {
    const subscription = parent?.subscription_details?.subscription;
    if (typeof subscription === "object") return ok(subscription);
  }
  return await callStripe(config, (stripe) => stripe.subscriptions.retrieve(subscriptionId));
}

/**
 * An older invoice is granted again only if a caller names it
 * (`invoices/grant-invoice-credits.ts`).
 */
const NAMED_AFTER_MS = 40 * DAY_MS;

/**
 * Returns the ids of everything that applying a snapshot brings up to date.
 * @param alsoInvoiceId the invoice that the caller named
 */
export const objectIdsOf = (
  { subscription, invoices }: SubscriptionSnapshot,
  alsoInvoiceId: string | null,
  nowMs: number,
): string[] => [
  subscription.id,
  ...invoices
    .filter(
      ({ invoice: { id, createdAt } }) =>
        id === alsoInvoiceId || createdAt > nowMs - NAMED_AFTER_MS,
    )
    .flatMap(({ invoice, chargeId, reversals: { refunds, disputes } }) =>
      [invoice.id, invoice.stripePaymentIntentId, chargeId]
        .filter((id) => id !== null)
        .concat([...refunds, ...disputes].map(({ id }) => id)),
    ),
];

/**
 * Fetches a subscription and its invoices from Stripe.
 * @param alsoInvoiceId an invoice to fetch even if it is old
 * @returns null when Stripe has no such subscription
 */
export async function fetchSnapshot(
  config: Config,
  subscriptionId: string,
  alsoInvoiceId: string | null,
): Promise<Result<SubscriptionSnapshot | null>> {
  const listed = await callStripe(config, (stripe) =>
    stripe.invoices.list({
      subscription: subscriptionId,
      limit: INVOICES_MAX,
      expand: [`data.${INVOICE_EXPAND}`, "data.parent.subscription_details.subscription"],
    }),
  );
  if (isMissing(listed)) return ok(null);
  if (!listed.ok) return listed;
  const invoices = listed.value.data;
  const subscription = await fetchUnlessListed(config, subscriptionId, invoices);
  if (isMissing(subscription)) return ok(null);
  if (!subscription.ok) return subscription;
  const facts = toSubscriptionFacts(subscription.value);
  if (alsoInvoiceId !== null && !invoices.some(({ id }) => id === alsoInvoiceId)) {
    const extraInvoice = await callStripe(config, (stripe) =>
      stripe.invoices.retrieve(alsoInvoiceId, { expand: [INVOICE_EXPAND] }),
    );
    if (!extraInvoice.ok) return extraInvoice;
    invoices.push(extraInvoice.value);
  }

  const hasCharges = invoices.some(
    (invoice) => invoice.amount_paid > 0 && paymentIntentIdOf(invoice) !== null,
  );
  const charges = hasCharges
    ? await callStripe(config, (stripe) =>
        stripe.charges.list({
          customer: facts.stripeCustomerId,
          limit: PAGE_MAX,
          expand: ["data.refunds"],
        }),
      )
    : ok({ data: [] });
  if (!charges.ok) return charges;
  const snapshots: InvoiceSnapshot[] = [];
  for (const invoice of invoices) {
    const snapshot = await fetchInvoiceSnapshot(config, invoice, charges.value.data);
    if (!snapshot.ok) return snapshot;
    snapshots.push(snapshot.value);
  }
  return ok({ subscription: facts, invoices: snapshots });
}
