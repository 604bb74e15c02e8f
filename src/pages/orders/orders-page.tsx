import { unwrap } from "../api.ts";
import { Empty, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatMoney } from "../format.ts";
import { renderPage } from "../layout.tsx";
import { Table } from "../table.tsx";
import { PageTitle } from "../ui/page-title.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { Time } from "../ui/time.tsx";
import { type Payment, StatusBadge } from "./order-status.tsx";

const PAGE_SIZE = "20";

/** The amount that was paid, with taxes and after discounts; else what was to be paid. */
const amountOf = ({ paidAt, paidMinor, amountMinor }: Payment): number =>
  paidAt === null ? amountMinor : paidMinor;

function Documents({ c, payment }: { c: PageContext; payment: Payment }) {
  const { orders: words } = c.var.words;
  const { id, title, paidAt, paidMinor } = payment;
  if (paidAt === null || paidMinor === 0) return null;
  return (
    <span class="documents">
      <a href={`/orders/${id}/receipt`} aria-label={words.receiptOf(title)}>
        {words.receipt}
      </a>
      <a href={`/orders/${id}/invoice`} aria-label={words.pdfOf(title)}>
        {words.pdf}
      </a>
    </span>
  );
}

/** `GET /orders?show=all`: shows what the reader bought, newest first. */
export async function ordersPage(c: PageContext) {
  const { orders: words } = c.var.words;
  const cursor = c.req.query("cursor");
  const showsAll = c.req.query("show") === "all";
  const payments = await unwrap(
    c.var.api.api.payments.users[":userId"].payments.$get({
      param: { userId: "me" },
      query: {
        limit: PAGE_SIZE,
        paid: showsAll ? "false" : "true",
        ...(cursor === undefined ? {} : { cursor }),
      },
    }),
  );
  return renderPage(c, {
    title: words.title,
    styles: ["/wallet.css"],
    children: (
      <>
        <PageTitle
          title={words.title}
          lead={words.lead}
          actions={
            <Segmented
              label={words.show}
              options={[
                { href: "/orders", text: words.paidOnly, current: !showsAll },
                { href: "/orders?show=all", text: words.all, current: showsAll },
              ]}
            />
          }
        />
        {payments.data.length === 0 ? (
          <Empty>
            <p>{words.none}</p>
            <p class="muted">{words.noneHint}</p>
            <a class="button" href="/pricing">
              {words.seePricing}
            </a>
          </Empty>
        ) : (
          <div class="cards-on-phones">
            <Table
              rows={payments.data}
              columns={[
                {
                  head: words.item,
                  cell: ({ id, title }) => (
                    <a href={`/orders/${id}`}>
                      <bdi>{title}</bdi>
                    </a>
                  ),
                  isRowHead: true,
                },
                { head: words.date, cell: ({ createdAt }) => <Time c={c} iso={createdAt} /> },
                { head: words.status, cell: (row) => <StatusBadge c={c} payment={row} /> },
                {
                  head: words.amount,
                  cell: (row) => formatMoney(c, amountOf(row), row.currency),
                  isFigure: true,
                },
                { head: words.documents, cell: (row) => <Documents c={c} payment={row} /> },
              ]}
            />
          </div>
        )}
        <Pagination c={c} cursor={cursor} nextCursor={payments.nextCursor} />
      </>
    ),
  });
}
