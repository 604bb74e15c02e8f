import type { InferResponseType } from "hono/client";
import { type ApiClient, ApiRefusal, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { Once, onceOf, Select, typedIn } from "../form-parts.tsx";
import { figure, moment, money } from "../format.ts";
import { Field, Notice, Pages } from "../parts.tsx";
import { pathParam } from "../path-param.ts";
import { typedAmount } from "../typed.ts";
import { Facts, filtersOf, oneOf, showAdmin, Table, UserLink } from "./admin-parts.tsx";
import { AuditTable } from "./audit.tsx";

type Good<T> = Exclude<T, { error: unknown }>;
type Order = Good<InferResponseType<ApiClient["api"]["orders"][":id"]["$get"]>>;

const SHOWN = "30";
const STATUSES = ["pending", "completed", "failed", "refunded", "disputed"] as const;
const KINDS = ["plan", "subscription", "conversation", "agent"] as const;

/** `/admin/orders?status=&kind=&userId=`: every sale, newest first. */
export async function ordersPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const { cursor, userId } = filtersOf(c, "cursor", "userId");
  const status = oneOf(STATUSES, c.req.query("status"));
  const kind = oneOf(KINDS, c.req.query("kind"));
  const chosen = {
    ...(status === undefined ? {} : { status }),
    ...(kind === undefined ? {} : { kind }),
  };
  const query = { limit: SHOWN, ...filtersOf(c, "cursor", "userId"), ...chosen };
  const { data, nextCursor } = await said(c.var.api.api.admin.orders.$get({ query }));
  return showAdmin(
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
            ...STATUSES.map((one) => [one, words.orderStatuses[one]] as const),
          ]}
        />
        <Select
          name="kind"
          label={words.kind}
          value={kind}
          options={[["", words.any], ...KINDS.map((one) => [one, words.kinds[one]] as const)]}
        />
        <Field name="userId" label={words.user} value={userId} />
        <button type="submit">{words.filter}</button>
      </form>
      <Table
        c={c}
        columns={[
          words.when,
          words.user,
          words.what,
          words.kind,
          words.status,
          { figures: words.paid },
          { figures: words.back },
        ]}
        rows={data.map((order) => [
          <a href={`/admin/orders/${order.id}`}>{moment(c, order.createdAt)}</a>,
          <UserLink userId={order.userId} />,
          order.title,
          words.kinds[order.kind],
          <Status c={c} status={order.status} />,
          order.paidMinor === null ? "" : money(c, order.paidMinor, order.currency),
          order.refundedMinor === 0 ? "" : money(c, order.refundedMinor, order.currency),
        ])}
      />
      <Pages c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}

function Status({ c, status }: { c: PageContext; status: Order["status"] }) {
  const kinds = {
    pending: "warn",
    completed: "",
    failed: "bad",
    refunded: "",
    disputed: "bad",
  } as const;
  return <span class={`badge ${kinds[status]}`}>{c.var.words.admin.orderStatuses[status]}</span>;
}

/** What did not do, and what was typed. */
interface Again {
  readonly problem: { readonly message: string; readonly param: string };
  readonly typed: Readonly<Record<string, string>>;
}

function RefundForm({
  c,
  order,
  again,
}: {
  c: PageContext;
  order: Order;
  again: Again | undefined;
}) {
  const { admin: words } = c.var.words;
  const leftMinor = (order.paidMinor ?? 0) - order.refundedMinor;
  const wrong = (param: string) =>
    again?.problem.param === param ? again.problem.message : undefined;
  const general =
    again !== undefined && wrong("amountMinor") === undefined && wrong("reason") === undefined;
  const why =
    order.kind === "subscription"
      ? words.refundInvoice
      : leftMinor <= 0
        ? words.refundNothing
        : undefined;
  return (
    <section class="card">
      <h2>{words.refundTitle}</h2>
      {general ? <Notice kind="bad">{again.problem.message}</Notice> : null}
      {why === undefined ? (
        <form method="post" action={`/admin/orders/${order.id}/refund`}>
          <Once />
          <p class="muted">{words.refundHint}</p>
          <Field
            name="amount"
            label={words.refundAmount(money(c, leftMinor, order.currency))}
            value={again?.typed["amount"]}
            problem={wrong("amountMinor")}
          />
          <Field
            name="reason"
            label={words.reason}
            value={again?.typed["reason"]}
            problem={wrong("reason")}
            required
          />
          <button type="submit" class="danger">
            {words.refund}
          </button>
        </form>
      ) : (
        <p class="muted">{why}</p>
      )}
    </section>
  );
}

async function showOrder(c: PageContext, again?: Again) {
  const { admin: words } = c.var.words;
  const { api } = c.var.api;
  const id = pathParam(c, "id");
  const order = await said(api.orders[":id"].$get({ param: { id } }));
  const history = await said(api.admin.audit.$get({ query: { subjectId: order.id, limit: "20" } }));
  return showAdmin(
    c,
    order.title,
    <>
      <Facts
        facts={[
          ["ID", <code>{order.id}</code>],
          [words.user, <UserLink userId={order.userId} />],
          [words.kind, words.kinds[order.kind]],
          [words.status, <Status c={c} status={order.status} />],
          [words.quantity, order.quantity === 1 ? null : figure(c, order.quantity)],
          [words.credits, order.credits === 0 ? null : figure(c, order.credits)],
          [words.amount, money(c, order.amountMinor, order.currency)],
          [words.paid, order.paidMinor === null ? null : money(c, order.paidMinor, order.currency)],
          [
            words.back,
            order.refundedMinor === 0 ? null : money(c, order.refundedMinor, order.currency),
          ],
          [words.failure, order.failureReason],
          [words.when, moment(c, order.createdAt)],
          [words.completed, order.completedAt === null ? null : moment(c, order.completedAt)],
        ]}
      />
      <RefundForm c={c} order={order} again={again} />
      <h2>{words.history}</h2>
      <AuditTable c={c} entries={history.data} />
    </>,
    again === undefined ? 200 : 400,
  );
}

/** `GET /admin/orders/:id` */
export const orderPage = (c: PageContext) => showOrder(c);

/**
 * `POST /admin/orders/:id/refund`: all that is left, or as much as was typed. Sent twice, it is
 * done once.
 */
export async function refundOrder(c: PageContext) {
  const typed = await typedIn(c);
  const id = pathParam(c, "id");
  const { currency } = await said(c.var.api.api.orders[":id"].$get({ param: { id } }));
  const amountMinor = typedAmount(typed["amount"], currency);
  if (amountMinor === null)
    return await showOrder(c, {
      problem: { message: c.var.words.admin.amountProblem, param: "amountMinor" },
      typed,
    });
  const json = {
    orderId: id,
    reason: typed["reason"] ?? "",
    ...(amountMinor === undefined ? {} : { amountMinor }),
  };
  try {
    await said(c.var.api.api.payments.refunds.$post({ json }, onceOf(typed["once"])));
    return c.redirect(`/admin/orders/${id}`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    return await showOrder(c, {
      problem: { message: error.message, param: error.error.param ?? "" },
      typed,
    });
  }
}
