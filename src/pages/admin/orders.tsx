import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "../api.ts";
import { Field, Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import {
  IdempotencyField,
  idempotencyHeader,
  type RejectedForm,
  readForm,
  Select,
  toFieldError,
} from "../form-components.tsx";
import { formatMoney, formatNumber, formatTime } from "../format.ts";
import { parseAmount } from "../parse-input.ts";
import { pathParam } from "../path-param.ts";
import { Table } from "../table.tsx";
import {
  FactList,
  ORDER_STATUSES,
  parseOneOf,
  readFilters,
  renderAdminPage,
  StatusBadge,
  UserLink,
} from "./admin-components.tsx";
import { AuditTable } from "./audit.tsx";

type Order = SuccessBody<ApiClient["api"]["orders"][":id"]["$get"]>;

const PAGE_SIZE = "30";
const KINDS = ["plan", "subscription", "conversation", "agent"] as const;

/** `GET /admin/orders?status=&kind=&userId=`: shows all orders, newest first. */
export async function ordersPage(c: PageContext) {
  const { admin: words, common } = c.var.words;
  const { cursor, userId } = readFilters(c, "cursor", "userId");
  const status = parseOneOf(ORDER_STATUSES, c.req.query("status"));
  const kind = parseOneOf(KINDS, c.req.query("kind"));
  const choices = {
    ...(status === undefined ? {} : { status }),
    ...(kind === undefined ? {} : { kind }),
  };
  const query = { limit: PAGE_SIZE, ...readFilters(c, "cursor", "userId"), ...choices };
  const { data, nextCursor } = await unwrap(c.var.api.api.admin.orders.$get({ query }));
  return renderAdminPage(
    c,
    words.orders,
    <>
      <form method="get" class="row">
        <Select
          name="status"
          label={words.status}
          value={status}
          options={[
            ["", words.any],
            ...ORDER_STATUSES.map((option) => [option, words.orderStatuses[option]] as const),
          ]}
        />
        <Select
          name="kind"
          label={words.kind}
          value={kind}
          options={[
            ["", words.any],
            ...KINDS.map((option) => [option, words.kinds[option]] as const),
          ]}
        />
        <Field name="userId" label={words.user} value={userId} />
        <button type="submit">{words.filter}</button>
      </form>
      <Table
        isWide
        rows={data}
        empty={common.none}
        columns={[
          {
            head: words.when,
            cell: ({ id, createdAt }) => (
              <a href={`/admin/orders/${id}`}>{formatTime(c, createdAt)}</a>
            ),
          },
          { head: words.user, cell: (order) => <UserLink userId={order.userId} /> },
          { head: words.what, cell: ({ title }) => title },
          { head: words.kind, cell: (order) => words.kinds[order.kind] },
          {
            head: words.status,
            cell: (order) => (
              <StatusBadge status={order.status} text={words.orderStatuses[order.status]} />
            ),
          },
          {
            head: words.paid,
            cell: ({ paidMinor, currency }) =>
              paidMinor === null ? "" : formatMoney(c, paidMinor, currency),
            isFigure: true,
          },
          {
            head: words.back,
            cell: ({ refundedMinor, currency }) =>
              refundedMinor === 0 ? "" : formatMoney(c, refundedMinor, currency),
            isFigure: true,
          },
        ]}
      />
      <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}

function RefundForm({
  c,
  order,
  rejected,
}: {
  c: PageContext;
  order: Order;
  rejected: RejectedForm | undefined;
}) {
  const { admin: words } = c.var.words;
  const leftMinor = (order.paidMinor ?? 0) - order.refundedMinor;
  const errorFor = (param: string) =>
    rejected?.error.param === param ? rejected.error.message : undefined;
  const hasFormError =
    rejected !== undefined &&
    errorFor("amountMinor") === undefined &&
    errorFor("reason") === undefined;
  const refusal =
    order.kind === "subscription"
      ? words.refundInvoice
      : leftMinor <= 0
        ? words.refundNothing
        : undefined;
  return (
    <section class="card">
      <h2>{words.refundTitle}</h2>
      {hasFormError ? <Notice kind="bad">{rejected.error.message}</Notice> : null}
      {refusal === undefined ? (
        <form method="post" action={`/admin/orders/${order.id}/refund`}>
          <IdempotencyField />
          <p class="muted">{words.refundHint}</p>
          <Field
            name="amount"
            label={words.refundAmount(formatMoney(c, leftMinor, order.currency))}
            value={rejected?.values["amount"]}
            error={errorFor("amountMinor")}
          />
          <Field
            name="reason"
            label={words.reason}
            value={rejected?.values["reason"]}
            error={errorFor("reason")}
            required
          />
          <button type="submit" class="danger">
            {words.refund}
          </button>
        </form>
      ) : (
        <p class="muted">{refusal}</p>
      )}
    </section>
  );
}

async function renderOrder(c: PageContext, rejected?: RejectedForm) {
  const { admin: words } = c.var.words;
  const { api } = c.var.api;
  const id = pathParam(c, "id");
  const order = await unwrap(api.orders[":id"].$get({ param: { id } }));
  const history = await unwrap(
    api.admin.audit.$get({ query: { subjectId: order.id, limit: "20" } }),
  );
  return renderAdminPage(
    c,
    order.title,
    <>
      <FactList
        facts={[
          ["ID", <code>{order.id}</code>],
          [words.user, <UserLink userId={order.userId} />],
          [words.kind, words.kinds[order.kind]],
          [
            words.status,
            <StatusBadge status={order.status} text={words.orderStatuses[order.status]} />,
          ],
          [words.quantity, order.quantity === 1 ? null : formatNumber(c, order.quantity)],
          [words.credits, order.credits === 0 ? null : formatNumber(c, order.credits)],
          [words.amount, formatMoney(c, order.amountMinor, order.currency)],
          [
            words.paid,
            order.paidMinor === null ? null : formatMoney(c, order.paidMinor, order.currency),
          ],
          [
            words.back,
            order.refundedMinor === 0 ? null : formatMoney(c, order.refundedMinor, order.currency),
          ],
          [words.failure, order.failureReason],
          [words.when, formatTime(c, order.createdAt)],
          [words.completed, order.completedAt === null ? null : formatTime(c, order.completedAt)],
        ]}
      />
      <RefundForm c={c} order={order} rejected={rejected} />
      <h2>{words.history}</h2>
      <AuditTable c={c} entries={history.data} />
    </>,
    rejected === undefined ? 200 : 400,
  );
}

/** `GET /admin/orders/:id`: shows an order with its history. */
export const orderPage = (c: PageContext) => renderOrder(c);

/**
 * `POST /admin/orders/:id/refund`: refunds the amount typed, or all that is left. A form that is
 * sent twice refunds once.
 */
export async function refundOrder(c: PageContext) {
  const values = await readForm(c);
  const id = pathParam(c, "id");
  const { currency } = await unwrap(c.var.api.api.orders[":id"].$get({ param: { id } }));
  const amountMinor = parseAmount(values["amount"], currency);
  if (amountMinor === null)
    return await renderOrder(c, {
      error: { message: c.var.words.admin.amountProblem, param: "amountMinor" },
      values,
    });
  const json = {
    orderId: id,
    reason: values["reason"] ?? "",
    ...(amountMinor === undefined ? {} : { amountMinor }),
  };
  try {
    await unwrap(c.var.api.api.payments.refunds.$post({ json }, idempotencyHeader(values["once"])));
    return c.redirect(`/admin/orders/${id}`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    return await renderOrder(c, { error: toFieldError(error), values });
  }
}
