import { type ApiClient, type SuccessBody, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import { formatDay, formatMoney, formatNumber, formatTime } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { stripeHref } from "../stripe-href.ts";
import { Table } from "../table.tsx";
import { FactList, renderAdminPage } from "./admin-components.tsx";
import { AuditList } from "./audit-list.tsx";
import { stripeLink } from "./detail-parts.tsx";
import { UserName } from "./list-parts.tsx";
import { RowMenu } from "./row-menu.tsx";

type Subscription = SuccessBody<ApiClient["api"]["admin"]["subscriptions"][":id"]["$get"]>;
type Invoice = Subscription["invoices"][number];

const TIMELINE_MAX = "50";
const STATUS_KINDS: Readonly<Record<string, string>> = {
  active: "good",
  trialing: "info",
  past_due: "bad",
  unpaid: "bad",
  paid: "good",
  open: "warn",
  uncollectible: "bad",
};

/** The status of a subscription, in the reader's language. */
export function subscriptionStatus(c: PageContext, status: string) {
  const names: Readonly<Record<string, string>> = c.var.words.admin.sale.subscriptionStatuses;
  return <span class={`badge ${STATUS_KINDS[status] ?? ""}`}>{names[status] ?? status}</span>;
}

/** The status of an invoice, in the reader's language. A dispute comes before all else. */
export function invoiceStatus(
  c: PageContext,
  { status, disputed, paidMinor, refundedMinor }: Invoice,
) {
  const { sale: words } = c.var.words.admin;
  if (disputed) return <span class="badge bad">{words.statuses.disputed}</span>;
  if (paidMinor > 0 && refundedMinor === paidMinor)
    return <span class="badge">{words.statuses.refunded}</span>;
  const names: Readonly<Record<string, string>> = words.invoiceStatuses;
  return <span class={`badge ${STATUS_KINDS[status] ?? ""}`}>{names[status] ?? status}</span>;
}

function InvoiceTable({ c, invoices }: { c: PageContext; invoices: readonly Invoice[] }) {
  const { sale: words, lists, status } = c.var.words.admin;
  return (
    <Table
      fits
      rows={invoices}
      empty={c.var.words.common.none}
      columns={[
        {
          head: words.invoice,
          cell: ({ id, title }) => (
            <a href={`/admin/invoices/${id}`}>
              <bdi>{title}</bdi>
            </a>
          ),
          isRowHead: true,
        },
        { head: status, cell: (invoice) => invoiceStatus(c, invoice) },
        {
          head: words.paid,
          cell: ({ paidMinor, refundedMinor, currency }) => (
            <>
              {formatMoney(c, paidMinor, currency)}
              {refundedMinor === 0 ? null : (
                <div class="muted small">
                  {lists.refundedPart(formatMoney(c, refundedMinor, currency))}
                </div>
              )}
            </>
          ),
          isFigure: true,
        },
        {
          head: words.period,
          cell: ({ periodStart, periodEnd }) =>
            words.periodOf(
              formatDay(c, periodStart.slice(0, 10)),
              formatDay(c, periodEnd.slice(0, 10)),
            ),
          isMinor: true,
        },
        {
          head: lists.more,
          isHeadHidden: true,
          cell: ({ id, stripePaymentIntentId }) => (
            <RowMenu c={c} ids={[id, stripePaymentIntentId]} stripe={stripeHref(c, id)} />
          ),
        },
      ]}
    />
  );
}

/** `GET /admin/subscriptions/:id`: shows a subscription with its invoices. */
export async function subscriptionPage(c: PageContext) {
  const { sale: words, lists, status } = c.var.words.admin;
  const { admin } = c.var.api.api;
  const param = { id: pathParam(c, "id") };
  const subscription = await unwrap(admin.subscriptions[":id"].$get({ param }));
  const { currentPeriodEnd, cancelAtPeriodEnd, endedAt, trialEnd, pastDueSince } = subscription;
  const history = await unwrap(
    admin.audit.$get({ query: { subjectId: subscription.id, limit: TIMELINE_MAX } }),
  );
  const time = (iso: string | null) => (iso === null ? null : formatTime(c, iso));
  return renderAdminPage(
    c,
    subscription.planName,
    <>
      <section class="card">
        <FactList
          facts={[
            [
              lists.customer,
              <UserName c={c} user={subscription.user} userId={subscription.userId} />,
            ],
            [status, subscriptionStatus(c, subscription.status)],
            [
              words.quantity,
              subscription.quantity === 1 ? null : formatNumber(c, subscription.quantity),
            ],
            [
              cancelAtPeriodEnd ? words.ends : words.renews,
              endedAt === null ? time(currentPeriodEnd) : null,
            ],
            [words.trialEnds, subscription.status === "trialing" ? time(trialEnd) : null],
            [words.pastDue, time(pastDueSince)],
            [words.ended, time(endedAt)],
            [words.created, time(subscription.createdAt)],
            [words.subscription, stripeLink(c, subscription.id)],
            [words.customer, stripeLink(c, subscription.stripeCustomerId)],
          ]}
        />
      </section>
      <h2>{words.invoices}</h2>
      <InvoiceTable c={c} invoices={subscription.invoices} />
      <h2>{words.timeline}</h2>
      <AuditList c={c} entries={history.data} />
    </>,
    200,
    { href: `/admin/users/${subscription.userId}`, text: lists.customer },
  );
}
