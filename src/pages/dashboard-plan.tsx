import type { ApiClient, SuccessBody } from "./api.ts";
import { Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { formatDay, formatNumber, formatTime } from "./format.ts";
import { formatDistance } from "./format-figures.ts";
import { formatOveragePrice, type PriceView } from "./plan-lines.ts";
import { planName } from "./plan-names.ts";
import { RenewalForm } from "./renewal-form.tsx";
import { Progress } from "./ui/progress.tsx";

type Usage = SuccessBody<ApiClient["api"]["usage"]["$get"]>;
export type Subscription = SuccessBody<ApiClient["api"]["subscription"]["$get"]>;

/** Returns whether a subscription is canceled: here, or in Stripe's portal, which sets a time. */
const isToEnd = ({ cancelAt, cancelAtPeriodEnd }: Subscription): boolean =>
  cancelAtPeriodEnd || cancelAt !== null;

/** Returns when a subscription ends, or renews. Null where it has no such day. */
export function renewalNote(c: PageContext, subscription: Subscription): string | null {
  const { overview: words } = c.var.words;
  const { status, trialEnd, currentPeriodEnd, cancelAt } = subscription;
  if (currentPeriodEnd === null || status === "past_due") return null;
  const toDay = (iso: string): string => formatDay(c, iso.slice(0, 10));
  if (isToEnd(subscription)) return words.ends(toDay(cancelAt ?? currentPeriodEnd));
  if (status === "trialing" && trialEnd !== null) return words.trial(toDay(trialEnd));
  return words.renews(toDay(currentPeriodEnd));
}

/** What a reader whose payment failed has to do, and until when. */
export function PastDueNotice({ c, subscription }: { c: PageContext; subscription: Subscription }) {
  const { status, graceEndsAt, currentPeriodEnd, plan } = subscription;
  const until = graceEndsAt ?? currentPeriodEnd;
  return status === "past_due" && until !== null ? (
    <Notice kind="warn">
      {c.var.words.overview.pastDue(formatTime(c, until), planName(c, plan))}
    </Notice>
  ) : null;
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
  const { overview: words } = c.var.words;
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

function Meters({ c, meters, allowances, price }: MetersProps) {
  const { overview: words, pricing, common } = c.var.words;
  const rows = Object.entries(pricing.meters).flatMap(([meter, label]) => {
    const usage = Object.entries(meters).find(([name]) => name === meter)?.[1];
    return usage === undefined ? [] : [{ meter, label, ...usage }];
  });
  if (rows.length === 0) return <p class="muted">{words.noMeters}</p>;
  return (
    <>
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
            <Progress labelledBy={`meter-${meter}`} value={used} max={limit} />
          )}
          {resetsAt === null ? null : (
            <time class="muted small" datetime={resetsAt} title={formatTime(c, resetsAt)}>
              {words.resets(formatDistance(c, resetsAt, Date.now()))}
            </time>
          )}
          <OverageNote c={c} meter={meter} used={used} allowances={allowances} price={price} />
        </div>
      ))}
    </>
  );
}

/** The actions on a plan: another one, Stripe's portal, and canceling or keeping it. */
function PlanActions({
  c,
  subscription,
  canChange,
}: {
  c: PageContext;
  subscription: Subscription;
  canChange: boolean;
}) {
  const { overview: words } = c.var.words;
  return (
    <div class="row">
      {canChange ? (
        <a class="button plain" href="/pricing">
          {words.changePlan}
        </a>
      ) : null}
      {subscription.id === null ? null : (
        <>
          <form method="post" action="/billing">
            <button type="submit" class="plain">
              {words.manage}
            </button>
          </form>
          <RenewalForm c={c} subscription={subscription} />
        </>
      )}
    </div>
  );
}

/** The use of the plan's allowances, and what can be done with the plan. */
export const PlanCard = ({
  c,
  meters,
  subscription,
  price,
  canChange,
}: Omit<MetersProps, "allowances"> & { subscription: Subscription; canChange: boolean }) => (
  <section class="card">
    <h2>{c.var.words.overview.planUsage}</h2>
    <Meters c={c} meters={meters} allowances={subscription.allowances} price={price} />
    <PlanActions c={c} subscription={subscription} canChange={canChange} />
  </section>
);
