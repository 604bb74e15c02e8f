import { type ApiClient, type SuccessBody, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import type { RejectedForm } from "../form-components.tsx";
import { formatMoney, formatNumber, formatTime } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { Stat, Stats } from "../ui/stat.tsx";
import { FactList, renderAdminPage } from "./admin-components.tsx";
import { AuditList } from "./audit-list.tsx";
import { stripeLink } from "./detail-parts.tsx";
import { DisputePanel } from "./dispute-panel.tsx";
import { UserName } from "./list-parts.tsx";
import { RefundCard, refundByForm } from "./refund-card.tsx";
import { invoiceStatus } from "./subscription.tsx";

type Invoice = SuccessBody<ApiClient["api"]["admin"]["invoices"][":id"]["$get"]>;

const TIMELINE_MAX = "50";

const loadInvoice = (c: PageContext): Promise<Invoice> =>
  unwrap(c.var.api.api.admin.invoices[":id"].$get({ param: { id: pathParam(c, "id") } }));

function InvoiceFacts({ c, invoice }: { c: PageContext; invoice: Invoice }) {
  const { sale: words, lists } = c.var.words.admin;
  const { periodStart, periodEnd, paidAt } = invoice;
  return (
    <section class="card">
      <h2>{words.details}</h2>
      <FactList
        facts={[
          [lists.customer, <UserName c={c} user={invoice.user} userId={invoice.userId} />],
          [words.period, words.periodOf(formatTime(c, periodStart), formatTime(c, periodEnd))],
          [words.created, formatTime(c, invoice.createdAt)],
          [words.paid, paidAt === null ? null : formatTime(c, paidAt)],
          [words.payment, stripeLink(c, invoice.stripePaymentIntentId)],
          [words.customer, stripeLink(c, invoice.stripeCustomerId)],
          [words.invoice, stripeLink(c, invoice.id)],
        ]}
      />
    </section>
  );
}

async function renderInvoice(c: PageContext, rejected?: RejectedForm) {
  const { sale: words, lists, status } = c.var.words.admin;
  const invoice = await loadInvoice(c);
  const { id, currency, credits } = invoice;
  const query = { subjectId: id, limit: TIMELINE_MAX };
  const history = await unwrap(c.var.api.api.admin.audit.$get({ query }));
  const money = (minor: number) => formatMoney(c, minor, currency);
  return renderAdminPage(
    c,
    words.invoiceOf(invoice.title),
    <>
      <Stats>
        <Stat
          label={words.paid}
          value={money(invoice.paidMinor)}
          note={
            invoice.refundedMinor === 0 ? null : lists.refundedPart(money(invoice.refundedMinor))
          }
        />
        {credits === 0 ? null : <Stat label={words.credits} value={formatNumber(c, credits)} />}
        <Stat label={status} value={invoiceStatus(c, invoice)} />
      </Stats>
      {invoice.disputed ? (
        <DisputePanel c={c} paymentIntentId={invoice.stripePaymentIntentId} />
      ) : null}
      <RefundCard
        c={c}
        refund={invoice.refund}
        action={`/admin/invoices/${id}/refund`}
        givesAccess={false}
        rejected={rejected}
      />
      <InvoiceFacts c={c} invoice={invoice} />
      <h2>{words.timeline}</h2>
      <AuditList c={c} entries={history.data} />
    </>,
    rejected === undefined ? 200 : 400,
    { href: `/admin/subscriptions/${invoice.subscriptionId}`, text: words.backToSubscription },
  );
}

/** `GET /admin/invoices/:id`: shows an invoice of a subscription. */
export const invoicePage = (c: PageContext) => renderInvoice(c);

/** `POST /admin/invoices/:id/refund`: refunds the amount typed, or all that is left. */
export async function refundInvoice(c: PageContext) {
  const { id, currency } = await loadInvoice(c);
  return await refundByForm(c, {
    sale: { invoiceId: id },
    currency,
    back: `/admin/invoices/${id}`,
    render: (rejected) => renderInvoice(c, rejected),
  });
}
