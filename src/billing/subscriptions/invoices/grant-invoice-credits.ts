import { creditAccount } from "../../../account/index.ts";
import type { Context } from "../../../context.ts";
import { converge } from "../../../converge.ts";
import { type Database } from "../../../db.ts";
import type { Env } from "../../../env.ts";
import { listUserInvoices, type SubscriptionInvoice } from "../store.ts";
import { decideInvoiceGrants, type InvoiceGrant } from "./invoice-grants.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/** Credits of a period are spent before those that were bought to last (lower first). */
const PERIOD_PRIORITY = 50;

/**
 * How long a period's credits outlast it: Stripe closes a renewal's invoice an hour after the
 * period began, and then has to be paid.
 */
const OVERLAP_MS = 6 * 3_600_000;

/**
 * When an invoice's credits expire: with its period. One that was over when it was paid for begins
 * then: nobody pays for what is gone.
 */
const expiresAt = ({ periodStart, periodEnd, paidAt }: SubscriptionInvoice): number =>
  paidAt === null || paidAt < periodEnd
    ? periodEnd + OVERLAP_MS
    : paidAt + (periodEnd - periodStart);

/**
 * What of an expired grant may still change is what was spent of it. After this long only an event
 * about its own invoice does.
 */
const FINAL_AFTER_MS = 40 * 86_400_000;

async function grantInvoice(
  env: Bindings,
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

/** Each round follows from rows that changed while the one before was applied. */
const ROUNDS_MAX = 8;

interface DueGrant {
  readonly invoice: SubscriptionInvoice;
  readonly grant: InvoiceGrant;
}

async function listDueGrants(
  db: Database,
  userId: string,
  alsoInvoiceId: string | null,
  nowMs: number,
): Promise<DueGrant[]> {
  const invoices = new Map(
    (await listUserInvoices(db, userId)).map((invoice) => [invoice.id, invoice]),
  );
  return decideInvoiceGrants([...invoices.values()]).flatMap((grant) => {
    const invoice = invoices.get(grant.invoiceId);
    if (invoice === undefined) return [];
    const isRecent = nowMs < expiresAt(invoice) + FINAL_AFTER_MS;
    const isTouched = grant.voidedMicrocredits > 0 || grant.frozen || invoice.id === alsoInvoiceId;
    return isRecent || isTouched ? [{ invoice, grant }] : [];
  });
}

/**
 * Brings the account to what the invoices of a user's subscriptions give, by the rows as they are
 * now. Two may do this at once, each by the rows that it read: so it looks once more afterwards,
 * until what it did is what should be.
 * @param alsoInvoiceId the invoice that there is news of, however old
 * @throws what D1 or the account threw: doing it again finishes it
 */
export async function grantInvoiceCredits(
  ctx: Context,
  userId: string,
  alsoInvoiceId: string | null,
): Promise<void> {
  const { env, db, nowMs } = ctx;
  let applied: string | undefined;
  const done = await converge(ROUNDS_MAX, async () => {
    const grants = await listDueGrants(db, userId, alsoInvoiceId, nowMs);
    const wanted = JSON.stringify(grants.map(({ grant }) => grant));
    if (wanted === applied) return { done: true };
    for (const { invoice, grant } of grants) await grantInvoice(env, invoice, grant);
    applied = wanted;
    return "again";
  });
  if (done === null) throw new Error(`the credits of ${userId} do not come to rest`);
}
