import { type ApiClient, type SuccessBody, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import type { RejectedForm } from "../form-components.tsx";
import { formatMoney, formatNumber, formatTime } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { Stat, Stats } from "../ui/stat.tsx";
import { FactList, renderAdminPage, StatusBadge } from "./admin-components.tsx";
import { AuditList } from "./audit-list.tsx";
import { stripeLink } from "./detail-parts.tsx";
import { DisputePanel } from "./dispute-panel.tsx";
import { UserName } from "./list-parts.tsx";
import { RefundCard, refundByForm } from "./refund-card.tsx";

type Order = SuccessBody<ApiClient["api"]["admin"]["orders"][":id"]["$get"]>;

const TIMELINE_MAX = "50";

/** The figures of an order: what was paid, what of it went back, and what that gave. */
function OrderStats({ c, order }: { c: PageContext; order: Order }) {
  const { sale: words, lists, status } = c.var.words.admin;
  const money = (minor: number) => formatMoney(c, minor, order.currency);
  const paidMinor = order.paidMinor ?? 0;
  return (
    <Stats>
      <Stat
        label={words.paid}
        value={money(paidMinor)}
        note={order.refundedMinor === 0 ? null : lists.refundedPart(money(order.refundedMinor))}
      />
      <Stat label={words.net} value={money(paidMinor - order.refundedMinor)} />
      {order.credits === 0 ? null : (
        <Stat label={words.credits} value={formatNumber(c, order.credits)} />
      )}
      <Stat
        label={status}
        value={<StatusBadge status={order.status} text={words.statuses[order.status]} />}
      />
    </Stats>
  );
}

function OrderFacts({ c, order }: { c: PageContext; order: Order }) {
  const { sale: words, lists } = c.var.words.admin;
  const time = (iso: string | null) => (iso === null ? null : formatTime(c, iso));
  return (
    <section class="card">
      <h2>{words.details}</h2>
      <FactList
        facts={[
          [lists.customer, <UserName c={c} user={order.user} userId={order.userId} />],
          [words.type, words.types[order.kind]],
          [words.quantity, order.quantity === 1 ? null : formatNumber(c, order.quantity)],
          [words.price, formatMoney(c, order.amountMinor, order.currency)],
          [
            words.sellerShare,
            order.sellerShareMinor === null
              ? null
              : formatMoney(c, order.sellerShareMinor, order.currency),
          ],
          [words.failure, order.failureReason],
          [words.created, time(order.createdAt)],
          [words.paid, time(order.paidAt)],
          [words.completed, time(order.completedAt)],
          [words.payment, stripeLink(c, order.stripePaymentIntentId)],
          [words.checkout, stripeLink(c, order.stripeSessionId)],
          [words.customer, stripeLink(c, order.stripeCustomerId)],
          ["ID", <code>{order.id}</code>],
        ]}
      />
    </section>
  );
}

/** How an order is refunded: itself, or an invoice of the subscription that it began. */
function OrderRefund({
  c,
  order,
  rejected,
}: {
  c: PageContext;
  order: Order;
  rejected: RejectedForm | undefined;
}) {
  const { sale: words } = c.var.words.admin;
  if (order.kind !== "subscription")
    return (
      <RefundCard
        c={c}
        refund={order.refund}
        action={`/admin/orders/${order.id}/refund`}
        givesAccess={order.kind !== "plan" || order.credits === 0}
        rejected={rejected}
      />
    );
  return order.stripeSubscriptionId === null ? null : (
    <section class="card">
      <h2>{words.refund}</h2>
      <p class="muted">{words.byInvoice}</p>
      <a class="button plain" href={`/admin/subscriptions/${order.stripeSubscriptionId}`}>
        {words.openSubscription}
      </a>
    </section>
  );
}

const loadOrder = (c: PageContext): Promise<Order> =>
  unwrap(c.var.api.api.admin.orders[":id"].$get({ param: { id: pathParam(c, "id") } }));

async function renderOrder(c: PageContext, rejected?: RejectedForm) {
  const { sale: words } = c.var.words.admin;
  const order = await loadOrder(c);
  const query = { subjectId: order.id, limit: TIMELINE_MAX };
  const history = await unwrap(c.var.api.api.admin.audit.$get({ query }));
  return renderAdminPage(
    c,
    order.title,
    <>
      <OrderStats c={c} order={order} />
      {order.status === "disputed" ? (
        <DisputePanel c={c} paymentIntentId={order.stripePaymentIntentId} />
      ) : null}
      <OrderRefund c={c} order={order} rejected={rejected} />
      <OrderFacts c={c} order={order} />
      <h2>{words.timeline}</h2>
      <AuditList c={c} entries={history.data} />
    </>,
    rejected === undefined ? 200 : 400,
    { href: "/admin/orders", text: words.back },
  );
}

/** `GET /admin/orders/:id`: shows an order with its timeline. */
export const orderPage = (c: PageContext) => renderOrder(c);

/** `POST /admin/orders/:id/refund`: refunds the amount typed, or all that is left. */
export async function refundOrder(c: PageContext) {
  const { id, currency } = await loadOrder(c);
  return await refundByForm(c, {
    sale: { orderId: id },
    currency,
    back: `/admin/orders/${id}`,
    render: (rejected) => renderOrder(c, rejected),
  });
}
