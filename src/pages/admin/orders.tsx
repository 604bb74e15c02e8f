import { type ApiClient, type ListItem, unwrap } from "../api.ts";
import { Field, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";
import { formatMoney } from "../format.ts";
import { stripeHref } from "../stripe-href.ts";
import { type Column, Table } from "../table.tsx";
import { Time } from "../ui/time.tsx";
import {
  ORDER_STATUSES,
  parseOneOf,
  readFilters,
  renderAdminPage,
  StatusBadge,
} from "./admin-components.tsx";
import { CustomerProblem, FilterForm, readCustomerFilter, UserName } from "./list-parts.tsx";
import { RowMenu } from "./row-menu.tsx";
import { userLabel } from "./user-label.ts";

export type ListedOrder = ListItem<ApiClient["api"]["admin"]["orders"]["$get"]>;

const PAGE_SIZE = "30";
const KINDS = ["plan", "subscription", "conversation", "agent"] as const;

/** What was paid for an order, and what of it was refunded. */
function PaidAmount({ c, order }: { c: PageContext; order: ListedOrder }) {
  const { paidMinor, refundedMinor, currency } = order;
  if (paidMinor === null) return null;
  const refunded = formatMoney(c, refundedMinor, currency);
  return (
    <>
      {formatMoney(c, paidMinor, currency)}
      {refundedMinor === 0 ? null : (
        <div class="muted small">{c.var.words.admin.lists.refundedPart(refunded)}</div>
      )}
    </>
  );
}

/** Returns the columns of a table of orders; with their buyers, where they have several. */
function orderColumns(c: PageContext, withCustomer: boolean): Column<ListedOrder>[] {
  const { lists, sale: words, status } = c.var.words.admin;
  const customer: Column<ListedOrder> = {
    head: lists.customer,
    cell: ({ user, userId }) => <UserName c={c} user={user} userId={userId} />,
    isMinor: true,
  };
  return [
    {
      head: lists.item,
      cell: ({ id, title, kind, user }) => (
        <>
          <a href={`/admin/orders/${id}`}>
            <bdi>{title}</bdi>
          </a>
          <div class="muted small">{words.types[kind]}</div>
          {withCustomer ? (
            <div class="small on-phone">{user === null ? null : userLabel(user)}</div>
          ) : null}
        </>
      ),
      isRowHead: true,
    },
    ...(withCustomer ? [customer] : []),
    {
      head: status,
      cell: (order) => <StatusBadge status={order.status} text={words.statuses[order.status]} />,
    },
    { head: words.paid, cell: (order) => <PaidAmount c={c} order={order} />, isFigure: true },
    {
      head: lists.date,
      cell: ({ createdAt }) => <Time c={c} iso={createdAt} />,
      isMinor: true,
    },
    {
      head: lists.more,
      isHeadHidden: true,
      cell: ({ id, stripePaymentIntentId, stripeSessionId }) => (
        <RowMenu
          c={c}
          ids={[id, stripePaymentIntentId]}
          stripe={stripeHref(c, stripePaymentIntentId ?? stripeSessionId)}
        />
      ),
    },
  ];
}

/** A table of orders. */
export const OrderTable = ({
  c,
  orders,
  empty,
  withCustomer = false,
}: {
  c: PageContext;
  orders: readonly ListedOrder[];
  empty: string;
  withCustomer?: boolean;
}) => <Table fits rows={orders} empty={empty} columns={orderColumns(c, withCustomer)} />;

/** `GET /admin/orders?status=&kind=&customer=`: shows all orders, newest first. */
export async function ordersPage(c: PageContext) {
  const { admin } = c.var.words;
  const { lists, sale: words } = admin;
  const { cursor } = readFilters(c, "cursor");
  const status = parseOneOf(ORDER_STATUSES, c.req.query("status"));
  const kind = parseOneOf(KINDS, c.req.query("kind"));
  const customer = await readCustomerFilter(c);
  const query = {
    limit: PAGE_SIZE,
    ...(cursor === undefined ? {} : { cursor }),
    ...(customer.userId === undefined ? {} : { userId: customer.userId }),
    ...(status === undefined ? {} : { status }),
    ...(kind === undefined ? {} : { kind }),
  };
  const { data, nextCursor } = await unwrap(c.var.api.api.admin.orders.$get({ query }));
  return renderAdminPage(
    c,
    admin.orders,
    <>
      <FilterForm c={c} path="/admin/orders" csv={{ path: "/api/admin/orders", query }}>
        <Field name="customer" type="search" label={lists.customerFilter} value={customer.text} />
        <Select
          name="status"
          label={admin.status}
          value={status}
          options={[
            ["", lists.all],
            ...ORDER_STATUSES.map((option) => [option, words.statuses[option]] as const),
          ]}
        />
        <Select
          name="kind"
          label={words.type}
          value={kind}
          options={[
            ["", lists.all],
            ...KINDS.map((option) => [option, words.types[option]] as const),
          ]}
        />
      </FilterForm>
      <CustomerProblem customer={customer} />
      <OrderTable
        c={c}
        orders={customer.problem === undefined ? data : []}
        empty={lists.noMatches}
        withCustomer
      />
      <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}
