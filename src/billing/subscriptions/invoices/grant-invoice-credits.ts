import { creditAccount } from "../../../account/index.ts";
import type { Context } from "../../../context.ts";
import { converge } from "../../../converge.ts";
import { DAY_MS, HOUR_MS } from "../../../time.ts";
import { listUserInvoices, type SubscriptionInvoice } from "../store.ts";
import { decideInvoiceGrants, type InvoiceGrant } from "./invoice-grants.ts";

/** The priority of a period's credits: they are spent before credits that were bought to last. */
const PERIOD_PRIORITY = 50;

/**
 * The time for which a period's credits outlast it: Stripe finalizes a renewal's invoice an hour
 * after the period began, and has to be paid after that.
 */
const OVERLAP_MS = 6 * HOUR_MS;

/**
 * Returns the time at which an invoice's credits expire: at the end of its period. A period that
 * was over when it was paid for begins at the payment, so that nobody pays for credits that are
 * gone.
 */
const expiresAt = ({ periodStart, periodEnd, paidAt }: SubscriptionInvoice): number =>
  paidAt === null || paidAt < periodEnd
    ? periodEnd + OVERLAP_MS
    : paidAt + (periodEnd - periodStart);

/**
 * The time after which an expired grant is synced only for a reversal or an event about its own
 * invoice. Of an expired grant only the spent part can still change.
 */
const FINAL_AFTER_MS = 40 * DAY_MS;

async function grantInvoice(
  { env }: Context,
  invoice: SubscriptionInvoice,
  grant: InvoiceGrant,
): Promise<void> {
  const { voidedMicrocredits, frozen } = grant;
  const result = await creditAccount(env, invoice.userId).grant({
    operationId: `invoice:${invoice.id}`,
    amountMicrocredits: grant.amountMicrocredits,
    priority: PERIOD_PRIORITY,
    effectiveAt: null,
    expiresAt: expiresAt(invoice),
    reason: invoice.title,
    standing: { voidedMicrocredits, frozen },
  });
  if (!result.ok)
    throw new Error(`grant refused: ${result.failure.code} ${result.failure.message}`);
}

/** The maximum of rounds. Each follows from rows that changed while the one before was applied. */
const ROUNDS_MAX = 8;

interface DueGrant {
  readonly invoice: SubscriptionInvoice;
  readonly grant: InvoiceGrant;
}

async function listDueGrants(
  { db, nowMs }: Context,
  userId: string,
  alsoInvoiceId: string | null,
): Promise<DueGrant[]> {
  const invoices = new Map(
    (await listUserInvoices(db, userId)).map((invoice) => [invoice.id, invoice]),
  );
  return decideInvoiceGrants([...invoices.values()]).flatMap((grant) => {
    const invoice = invoices.get(grant.invoiceId);
    if (invoice === undefined) return [];
    const isRecent = nowMs < expiresAt(invoice) + FINAL_AFTER_MS;
    const isAffected = grant.voidedMicrocredits > 0 || grant.frozen || invoice.id === alsoInvoiceId;
    return isRecent || isAffected ? [{ invoice, grant }] : [];
  });
}

/**
 * Grants the credits of the invoices of a user's subscriptions, by the rows as they are now. Two
 * calls may run at once, each with the rows that it read: so each reads them again afterwards,
 * until it has applied what they say.
 * @param alsoInvoiceId an invoice that an event is about, however old
 * @throws the error of D1 or of the account; repeating the call finishes it
 */
export async function grantInvoiceCredits(
  ctx: Context,
  userId: string,
  alsoInvoiceId: string | null,
): Promise<void> {
  let applied: string | undefined;
  const done = await converge(ROUNDS_MAX, async () => {
    const grants = await listDueGrants(ctx, userId, alsoInvoiceId);
    const desired = JSON.stringify(grants.map(({ grant }) => grant));
    if (desired === applied) return { done: true };
    for (const { invoice, grant } of grants) await grantInvoice(ctx, invoice, grant);
    applied = desired;
    return "again";
  });
  if (done === null) throw new Error(`the credits of ${userId} do not settle`);
}
