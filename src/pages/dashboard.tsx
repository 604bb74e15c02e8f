import { DAY_MS, toUtcDay } from "../time.ts";
import { type ApiClient, type SuccessBody, unwrap } from "./api.ts";
import { compare } from "./charts/compare.ts";
import { Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { PastDueNotice, PlanCard, renewalNote, type Subscription } from "./dashboard-plan.tsx";
import { compareUsage, DAYS, dailyUsage, UsageCard, type UsageSum } from "./dashboard-usage.tsx";
import { formatDay, formatMoney, formatNumber } from "./format.ts";
import { formatBrief, formatCredits } from "./format-figures.ts";
import { renderPage } from "./layout.tsx";
import { estimateWorth } from "./pack-worth.ts";
import { encodePathPart } from "./path-param.ts";
import type { PriceView } from "./plan-lines.ts";
import { planName } from "./plan-names.ts";
import { hasOtherPlans, listPacks } from "./pricing.tsx";
import { PageTitle } from "./ui/page-title.tsx";
import { Stat, Stats } from "./ui/stat.tsx";
import { VerifyNotice } from "./verify-email.tsx";

type Usage = SuccessBody<ApiClient["api"]["usage"]["$get"]>;
type Plans = SuccessBody<ApiClient["api"]["plans"]["active"]["$get"]>["data"];

/** The balance in credits below which the reader is asked to buy more. */
const LOW_BALANCE_CREDITS = 5;

/** What the reader should know about their balance first. */
function BalanceNotices({ c, credits }: { c: PageContext; credits: Usage["credits"] }) {
  const { dashboard, overview: words } = c.var.words;
  const { posted, frozen, available } = credits;
  return (
    <>
      {frozen > 0 ? <Notice kind="warn">{dashboard.frozen(formatNumber(c, frozen))}</Notice> : null}
      {posted < 0 ? <Notice kind="bad">{words.debt}</Notice> : null}
      {posted >= 0 && available > 0 && available < LOW_BALANCE_CREDITS ? (
        <Notice kind="warn">{words.low}</Notice>
      ) : null}
    </>
  );
}

function BalanceStat({
  c,
  credits,
  packs,
}: {
  c: PageContext;
  credits: Usage["credits"];
  packs: Plans;
}) {
  const { dashboard, overview: words } = c.var.words;
  const { held, available } = credits;
  const worth = estimateWorth(available, packs);
  return (
    <Stat
      label={words.balance}
      value={formatCredits(c, available)}
      title={words.exactly(available)}
      note={
        <>
          {worth === null ? null : (
            <span>{words.worth(formatMoney(c, worth.amountMinor, worth.currency))} </span>
          )}
          {held > 0 ? <span>{dashboard.held(formatNumber(c, held))} </span> : null}
          {packs.length === 0 ? null : <a href="/credits">{words.addCredits}</a>}
        </>
      }
    />
  );
}

function KeyFigures({
  c,
  usage,
  subscription,
  packs,
  sums,
}: {
  c: PageContext;
  usage: Usage;
  subscription: Subscription;
  packs: Plans;
  sums: ReturnType<typeof compareUsage>;
}) {
  const { overview: words, charts } = c.var.words;
  const { today, current, previous } = sums;
  const change = (read: (sum: UsageSum) => number) =>
    charts.change(compare(read(current), read(previous)), charts.before["30d"]);
  return (
    <Stats>
      <BalanceStat c={c} credits={usage.credits} packs={packs} />
      <Stat
        label={words.plan}
        value={planName(c, subscription.plan)}
        note={renewalNote(c, subscription)}
      />
      <Stat
        label={words.messagesToday}
        value={formatNumber(c, today.messages)}
        note={words.messages30(current.messages)}
      />
      <Stat
        label={words.spend}
        value={formatCredits(c, current.credits)}
        title={words.exactly(current.credits)}
        note={change((sum) => sum.credits)}
      />
      <Stat
        label={words.tokens}
        value={formatBrief(c, current.tokens)}
        title={formatNumber(c, current.tokens)}
        note={change((sum) => sum.tokens)}
      />
    </Stats>
  );
}

function ExpiringCard({ c, grants }: { c: PageContext; grants: Usage["credits"]["expiring"] }) {
  const { overview: words } = c.var.words;
  if (grants.length === 0) return null;
  return (
    <section class="card">
      <h2>{words.expiring}</h2>
      <ul>
        {grants.map(({ remaining, expiresAt }) => (
          <li>
            {words.expires(
              words.exactly(remaining),
              expiresAt === null ? "" : formatDay(c, expiresAt.slice(0, 10)),
            )}
          </li>
        ))}
      </ul>
    </section>
  );
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

/** `GET /dashboard?show=`: shows the reader's balance, plan, allowances and usage. */
export async function dashboardPage(c: PageContext) {
  const { api } = c.var.api;
  const { overview: words } = c.var.words;
  const nowMs = Date.now();
  const from = toUtcDay(nowMs - (2 * DAYS - 1) * DAY_MS);
  const [usage, subscription, plans, daily] = await Promise.all([
    unwrap(api.usage.$get()),
    unwrap(api.subscription.$get()),
    unwrap(api.plans.active.$get({ query: { limit: "100" } })),
    unwrap(api.usage.daily.$get({ query: { from } })).then((answer) => dailyUsage.parse(answer)),
  ]);
  const price = await findOveragePrice(c, subscription);
  return renderPage(c, {
    title: words.title,
    styles: ["/charts.css"],
    scripts: ["/charts.js"],
    children: (
      <>
        <PageTitle title={words.title} />
        <VerifyNotice c={c} />
        {c.var.viewer?.freeAllowanceTaken === true ? (
          <Notice kind="warn">{words.freeTaken}</Notice>
        ) : null}
        <PastDueNotice c={c} subscription={subscription} />
        <BalanceNotices c={c} credits={usage.credits} />
        <KeyFigures
          c={c}
          usage={usage}
          subscription={subscription}
          packs={listPacks(plans.data)}
          sums={compareUsage(daily.days, nowMs)}
        />
        <div class="overview">
          <UsageCard c={c} days={daily.days} />
          <div class="overview-side">
            <PlanCard
              c={c}
              meters={usage.meters}
              subscription={subscription}
              price={price}
              canChange={hasOtherPlans(subscription.planId, plans.data)}
            />
            <ExpiringCard c={c} grants={usage.credits.expiring} />
          </div>
        </div>
        <p>
          <a href="/api/users/me/export" download>
            {words.exportData}
          </a>
        </p>
      </>
    ),
  });
}
