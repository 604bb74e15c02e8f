import { z } from "zod";
import { DAY_MS, toUtcDay } from "../time.ts";
import { type ApiClient, type SuccessBody, unwrap } from "./api.ts";
import { Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { formatDay, formatNumber, formatTime } from "./format.ts";
import { renderPage } from "./layout.tsx";
import { encodePathPart } from "./path-param.ts";
import { formatOveragePrice, type PriceView } from "./plan-lines.ts";
import { hasOtherPlans, listPacks } from "./pricing.tsx";
import { VerifyNotice } from "./verify-email.tsx";

type Usage = SuccessBody<ApiClient["api"]["usage"]["$get"]>;
type Subscription = SuccessBody<ApiClient["api"]["subscription"]["$get"]>;
/** The answer of the route, whose type is lost because it may also answer in CSV. */
const dailyUsage = z.object({
  days: z.array(z.object({ day: z.string(), requests: z.number(), credits: z.number() })),
});
type UsageDay = z.infer<typeof dailyUsage>["days"][number];

const DAYS = 30;
/** The balance in credits below which the reader is asked to buy more. */
const LOW_BALANCE_CREDITS = 5;

function BalanceCard({
  c,
  credits,
  canBuy,
}: {
  c: PageContext;
  credits: Usage["credits"];
  canBuy: boolean;
}) {
  const { dashboard: words } = c.var.words;
  const { posted, held, frozen, available } = credits;
  const heldByChats = Number((held - frozen).toFixed(6));
  return (
    <section class="card">
      <h2>{words.available}</h2>
      <span class="figure">{formatNumber(c, available)}</span>
      {heldByChats > 0 ? <p class="muted">{words.held(formatNumber(c, heldByChats))}</p> : null}
      {frozen > 0 ? <Notice kind="warn">{words.frozen(formatNumber(c, frozen))}</Notice> : null}
      {posted < 0 ? <Notice kind="bad">{words.debt}</Notice> : null}
      {posted >= 0 && available > 0 && available < LOW_BALANCE_CREDITS ? (
        <Notice kind="warn">{words.low}</Notice>
      ) : null}
      {canBuy ? (
        <a class="button" href="/credits">
          {words.buyMore}
        </a>
      ) : null}
    </section>
  );
}

/** Returns whether a subscription is canceled: here, or in Stripe's portal, which sets a time. */
const isToEnd = ({ cancelAt, cancelAtPeriodEnd }: Subscription): boolean =>
  cancelAtPeriodEnd || cancelAt !== null;

/**
 * Returns the note on a subscription's dates: a missing payment, its end, its trial or its next
 * renewal. Null where it has none.
 */
function renewalNote(
  c: PageContext,
  subscription: Subscription,
): { readonly text: string; readonly isWarning: boolean } | null {
  const { dashboard: words } = c.var.words;
  const { status, trialEnd, graceEndsAt, currentPeriodEnd, cancelAt } = subscription;
  if (status === "past_due")
    return {
      text: words.pastDue(formatTime(c, graceEndsAt ?? currentPeriodEnd ?? "")),
      isWarning: true,
    };
  if (currentPeriodEnd === null) return null;
  if (isToEnd(subscription))
    return { text: words.ends(formatTime(c, cancelAt ?? currentPeriodEnd)), isWarning: true };
  if (status === "trialing" && trialEnd !== null)
    return { text: words.trial(formatTime(c, trialEnd)), isWarning: false };
  return { text: words.renews(formatTime(c, currentPeriodEnd)), isWarning: false };
}

function PlanCard({
  c,
  subscription,
  canChange,
}: {
  c: PageContext;
  subscription: Subscription;
  canChange: boolean;
}) {
  const { dashboard: words } = c.var.words;
  const note = renewalNote(c, subscription);
  const isLive = subscription.id !== null;
  const verb = isToEnd(subscription) ? "resume" : "cancel";
  return (
    <section class="card">
      <h2>{words.plan}</h2>
      <span class="figure">{subscription.plan.name}</span>
      {note === null ? null : note.isWarning ? (
        <Notice kind="warn">{note.text}</Notice>
      ) : (
        <p class="muted">{note.text}</p>
      )}
      <div class="row">
        {canChange ? (
          <a class="button" href="/pricing">
            {words.changePlan}
          </a>
        ) : null}
        {isLive ? (
          <>
            <form method="post" action="/billing">
              <button type="submit" class="plain">
                {words.manage}
              </button>
            </form>
            <form method="post" action={`/subscription/${verb}`}>
              <button type="submit" class="plain">
                {words.subscription[verb]}
              </button>
            </form>
          </>
        ) : null}
      </div>
    </section>
  );
}

interface MetersProps {
  readonly c: PageContext;
  readonly meters: Usage["meters"];
  readonly allowances: Subscription["allowances"];
  /** The price of the subscription, if it is still sold. */
  readonly price: PriceView | undefined;
}

/** The price of overage where the plan bills for it, and its amount once there is some. */
function OverageNote({
  c,
  meter,
  used,
  allowances,
  price,
}: Omit<MetersProps, "meters"> & { meter: string; used: number }) {
  const { dashboard: words } = c.var.words;
  const allowance = Object.entries(allowances).find(([name]) => name === meter)?.[1];
  if (allowance?.overage === undefined || allowance.limit === null) return null;
  const { limit } = allowance;
  const overageMax = allowance.overage.limit;
  const unitPrice = formatOveragePrice(c, allowance, price);
  if (used > limit)
    return (
      <Notice kind="warn">{words.beyond(formatNumber(c, used - limit), unitPrice ?? null)}</Notice>
    );
  if (unitPrice === undefined) return null;
  return (
    <p class="muted small">
      {words.thenEach(unitPrice, overageMax === null ? null : formatNumber(c, overageMax))}
    </p>
  );
}

function MeterCard({ c, meters, allowances, price }: MetersProps) {
  const { dashboard: words, pricing, common } = c.var.words;
  const rows = Object.entries(pricing.meters).flatMap(([meter, label]) => {
    const usage = Object.entries(meters).find(([name]) => name === meter)?.[1];
    return usage === undefined ? [] : [{ meter, label, ...usage }];
  });
  return (
    <section class="card">
      <h2>{words.used}</h2>
      {rows.length === 0 ? <p class="muted">{words.noMeters}</p> : null}
      {rows.map(({ meter, label, used, limit, resetsAt }) => (
        <div>
          <div class="spread">
            <span id={`meter-${meter}`}>{label}</span>
            <span>
              {limit === null
                ? common.unlimited(formatNumber(c, used))
                : common.of(formatNumber(c, used), formatNumber(c, limit))}
            </span>
          </div>
          {limit === null ? null : (
            <meter
              min={0}
              max={limit}
              high={limit * 0.8}
              value={used}
              aria-labelledby={`meter-${meter}`}
            >
              {used}
            </meter>
          )}
          {resetsAt === null ? null : (
            <span class="muted small">{common.resets(formatTime(c, resetsAt))}</span>
          )}
          <OverageNote c={c} meter={meter} used={used} allowances={allowances} price={price} />
        </div>
      ))}
    </section>
  );
}

/** A bar chart of the last days, drawn on the server. Each bar has its text as a title. */
function UsageChart({ c, days }: { c: PageContext; days: readonly UsageDay[] }) {
  const { dashboard: words } = c.var.words;
  const maxRequests = Math.max(1, ...days.map(({ requests }) => requests));
  const total = (read: (day: UsageDay) => number): number =>
    Number(days.reduce((sum, entry) => sum + read(entry), 0).toFixed(6));
  return (
    <section class="card">
      <h2>{words.days}</h2>
      <p class="muted">
        {words.daysText(
          total(({ requests }) => requests),
          total(({ credits }) => credits),
        )}
      </p>
      <svg
        class="bars"
        viewBox={`0 0 ${DAYS * 10} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words.days}
      >
        {days.map(({ day, requests, credits }, index) => (
          <rect
            x={index * 10 + 1}
            width={8}
            y={100 - (requests / maxRequests) * 100}
            height={Math.max(requests === 0 ? 0.5 : 2, (requests / maxRequests) * 100)}
          >
            <title>{words.dayBar(formatDay(c, day), requests, credits)}</title>
          </rect>
        ))}
      </svg>
    </section>
  );
}

/** Sums usage by day for each of the last days, also for those without usage. Pure. */
export function fillDays(rows: readonly UsageDay[], nowMs: number): UsageDay[] {
  return Array.from({ length: DAYS }, (_, index) => {
    const day = toUtcDay(nowMs - (DAYS - 1 - index) * DAY_MS);
    const dayRows = rows.filter((row) => row.day === day);
    const sum = (read: (row: UsageDay) => number): number =>
      dayRows.reduce((total, row) => total + read(row), 0);
    return { day, requests: sum((row) => row.requests), credits: sum((row) => row.credits) };
  });
}

/** Returns the price of a subscription whose plan bills for overage. */
async function findOveragePrice(
  c: PageContext,
  { allowances, planId, priceId }: Subscription,
): Promise<PriceView | undefined> {
  if (Object.values(allowances).every((allowance) => allowance?.overage === undefined))
    return undefined;
  const { prices } = await unwrap(
    c.var.api.api.plans[":idOrSlug"].$get({ param: { idOrSlug: encodePathPart(planId) } }),
  );
  return prices.find(({ id }) => id === priceId);
}

/** `GET /dashboard`: shows the reader's balance, plan, meters and usage. */
export async function dashboardPage(c: PageContext) {
  const { api } = c.var.api;
  const { dashboard: words } = c.var.words;
  const from = toUtcDay(Date.now() - (DAYS - 1) * DAY_MS);
  const [usage, subscription, plans, daily] = await Promise.all([
    unwrap(api.usage.$get()),
    unwrap(api.subscription.$get()),
    unwrap(api.plans.active.$get({ query: { limit: "100" } })),
    unwrap(api.usage.daily.$get({ query: { from } })).then((answer) => dailyUsage.parse(answer)),
  ]);
  const price = await findOveragePrice(c, subscription);
  const { viewer } = c.var;
  return renderPage(c, {
    title: words.title,
    children: (
      <>
        <h1>{words.hello(viewer?.name ?? viewer?.email ?? "")}</h1>
        <VerifyNotice c={c} />
        <div class="grid">
          <BalanceCard c={c} credits={usage.credits} canBuy={listPacks(plans.data).length > 0} />
          <PlanCard
            c={c}
            subscription={subscription}
            canChange={hasOtherPlans(subscription.planId, plans.data)}
          />
          <MeterCard
            c={c}
            meters={usage.meters}
            allowances={subscription.allowances}
            price={price}
          />
        </div>
        <UsageChart c={c} days={fillDays(daily.days, Date.now())} />
        {usage.credits.expiring.length === 0 ? null : (
          <section class="card">
            <h2>{words.expiring}</h2>
            <ul>
              {usage.credits.expiring.map(({ remaining, expiresAt }) => (
                <li>
                  {words.expires(remaining, expiresAt === null ? "" : formatTime(c, expiresAt))}
                </li>
              ))}
            </ul>
          </section>
        )}
        <p>
          <a href="/api/users/me/export" download>
            {words.exportAll}
          </a>
        </p>
      </>
    ),
  });
}
