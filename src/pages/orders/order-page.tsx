import type { Child } from "hono/jsx";
import { DAY_MS, toIso } from "../../time.ts";
import { Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { IdempotencyField } from "../form-components.tsx";
import { formatDay, formatMoney, formatTime } from "../format.ts";
import { renderPage } from "../layout.tsx";
import { pathParam } from "../path-param.ts";
import { Confirm } from "../ui/confirm.tsx";
import { PageTitle } from "../ui/page-title.tsx";
import { StatusBadge } from "./order-status.tsx";
import { loadSale, type Sale } from "./sale.ts";

/** The longest that banks take to show a refund. */
const REFUND_BUSINESS_DAYS = 10;

type Fact = readonly [name: string, value: Child];

const Facts = ({ facts }: { facts: readonly Fact[] }) => (
  <dl class="facts">
    {facts.map(([name, value]) => (
      <div>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

/** The sum that was paid, and its parts where there is more than one. */
function amountFacts(c: PageContext, { receipt, currency, paidMinor, order }: Sale): Fact[] {
  const { orders: words } = c.var.words;
  const money = (amountMinor: number) => formatMoney(c, amountMinor, currency);
  if (receipt === null) return [[words.total, money(paidMinor || (order?.amountMinor ?? 0))]];
  const { subtotalMinor, discountMinor, taxMinor, totalMinor } = receipt;
  const parts: Fact[] = [
    ...(discountMinor > 0 ? [[words.discount, money(-discountMinor)] as const] : []),
    ...(taxMinor > 0 ? [[words.tax, money(taxMinor)] as const] : []),
  ];
  return [
    ...(parts.length === 0 ? [] : [[words.subtotal, money(subtotalMinor)] as const, ...parts]),
    [words.total, <strong>{money(totalMinor)}</strong>],
  ];
}

/** What a sale gave, with a link to where it is used. */
function Granted({ c, sale: { order } }: { c: PageContext; sale: Sale }) {
  const { orders: words } = c.var.words;
  if (order === null) return null;
  const { kind, credits, plan, subjectId, title } = order;
  const lines = [
    ...(credits > 0 ? [words.grants.credits(credits)] : []),
    ...(kind === "conversation" ? [words.grants.conversation] : []),
    ...(kind === "agent" ? [words.grants.agent] : []),
    ...(credits === 0 && plan !== null && kind !== "conversation"
      ? [words.grants.plan(title)]
      : []),
  ];
  return (
    <section class="card">
      <h2>{words.granted}</h2>
      <ul>
        {lines.map((line) => (
          <li>{line}</li>
        ))}
      </ul>
      {kind === "conversation" && subjectId !== null ? (
        <a href={`/chat/${subjectId}`}>{words.openConversation}</a>
      ) : null}
      {kind === "agent" && subjectId !== null ? (
        <a href={`/agents/${subjectId}`}>{words.openAgent}</a>
      ) : null}
    </section>
  );
}

/** Each refund, and when it was made. */
function Refunds({ c, sale: { receipt, currency } }: { c: PageContext; sale: Sale }) {
  const { orders: words } = c.var.words;
  const refunds = receipt?.refunds ?? [];
  if (refunds.length === 0) return null;
  return (
    <section class="card">
      <h2>{words.refunds}</h2>
      <Facts
        facts={refunds.map(({ amountMinor, createdAt }) => [
          formatTime(c, createdAt),
          formatMoney(c, amountMinor, currency),
        ])}
      />
    </section>
  );
}

/** The time until which the buyer may ask for a refund; null where that is over or not offered. */
function refundDeadline(c: PageContext, sale: Sale): string | null {
  const { REFUND_WINDOW_DAYS: days } = c.var.ctx.config;
  const { paidMinor, refundedMinor, disputed, createdAt } = sale;
  if (days === 0 || disputed || paidMinor <= refundedMinor) return null;
  const untilMs = Date.parse(createdAt) + days * DAY_MS;
  return untilMs <= Date.now() ? null : toIso(untilMs);
}

function RefundForm({ c, sale }: { c: PageContext; sale: Sale }) {
  const { orders: words } = c.var.words;
  const until = refundDeadline(c, sale);
  if (until === null) return null;
  return (
    <div class="row">
      <Confirm
        c={c}
        action={`/orders/${sale.id}/refund`}
        label={words.refund}
        question={words.refundQuestion(REFUND_BUSINESS_DAYS)}
        confirm={words.refundConfirm}
        fields={<IdempotencyField />}
        danger
      />
      <p class="muted small">{words.refundUntil(formatDay(c, until.slice(0, 10)))}</p>
    </div>
  );
}

function DocumentLinks({ c, sale: { receipt } }: { c: PageContext; sale: Sale }) {
  const { orders: words } = c.var.words;
  const links = [
    [words.receipt, receipt?.receiptUrl],
    [words.invoicePage, receipt?.invoiceUrl],
    [words.invoicePdf, receipt?.pdfUrl],
  ] as const;
  return (
    <>
      {links.map(([text, href]) =>
        href == null ? null : (
          <a class="button plain" href={href} rel="noreferrer">
            {text}
          </a>
        ),
      )}
    </>
  );
}

/** `GET /orders/:id`: shows one order, or one invoice of a subscription. */
export async function orderPage(c: PageContext) {
  const { orders: words } = c.var.words;
  const sale = await loadSale(c, pathParam(c, "id"));
  const number = sale.receipt?.number ?? null;
  return renderPage(c, {
    title: sale.title,
    styles: ["/wallet.css"],
    children: (
      <div class="order">
        <p>
          <a href="/orders">{words.back}</a>
        </p>
        <PageTitle
          title={<bdi>{sale.title}</bdi>}
          lead={<StatusBadge c={c} payment={sale} />}
          actions={<DocumentLinks c={c} sale={sale} />}
        />
        {sale.isStripeDown ? <Notice kind="warn">{words.unavailable}</Notice> : null}
        <section class="card">
          <Facts
            facts={[
              [words.date, formatTime(c, sale.createdAt)],
              [words.order, <code>{sale.id}</code>],
              ...(number === null ? [] : [[words.invoice, number] as const]),
              ...(sale.failureReason === null
                ? []
                : [[words.reason, <span dir="auto">{sale.failureReason}</span>] as const]),
              ...amountFacts(c, sale),
            ]}
          />
        </section>
        <Granted c={c} sale={sale} />
        <Refunds c={c} sale={sale} />
        <RefundForm c={c} sale={sale} />
      </div>
    ),
  });
}
