import { supportHref } from "../../brand/index.ts";
import type { PageContext } from "../context.ts";
import { formatMoney } from "../format.ts";
import { type PlanView, type PriceView, planLines } from "../plan-lines.ts";
import { planName } from "../plan-names.ts";
import { Icon } from "../ui/icon.tsx";
import { choosePrice, type PriceChoice, withQuery } from "./price-choice.ts";
import { isChangeable, type ReaderSubscription } from "./shop.ts";

/** What a card needs to know beside its plan. */
export interface CardContext {
  readonly c: PageContext;
  readonly choice: PriceChoice;
  /** What the reader has; null for a visitor. */
  readonly subscription: ReaderSubscription;
  /** The code that the reader typed and that can be used. */
  readonly promotionCode?: string | undefined;
  /** Whether the page has a main offer, whose button alone is filled. */
  readonly hasHighlight?: boolean;
}

interface CardProps extends CardContext {
  readonly plan: PlanView;
}

/** Formats a price with its period: "$15 a month". */
export function formatPrice(c: PageContext, { amountMinor, currency, interval }: PriceView) {
  const { pricing, shop } = c.var.words;
  const amount = formatMoney(c, amountMinor, currency);
  return shop.change.perPeriod(amount, interval === null ? pricing.once : pricing.per[interval]);
}

const hasTrial = ({ plan, subscription }: CardProps, price: PriceView | undefined): boolean =>
  price !== undefined &&
  plan.kind === "subscription" &&
  plan.trialDays > 0 &&
  subscription?.trialUsed !== true;

function PriceLine({ c, plan, price, choice }: CardProps & { price: PriceView | undefined }) {
  const { pricing: words } = c.var.words;
  const without = plan.kind === "free" ? formatMoney(c, 0, choice.currency) : words.onRequest;
  return (
    <p class="plan-price">
      <span class="figure">
        {price === undefined ? without : formatMoney(c, price.amountMinor, price.currency)}
      </span>
      {price === undefined ? null : (
        <span class="muted">
          {price.interval === null ? words.once : words.per[price.interval]}
        </span>
      )}
    </p>
  );
}

function TrialNote(props: CardProps & { price: PriceView | undefined }) {
  const { c, plan, price } = props;
  const { shop: words } = c.var.words;
  return (
    <p class="plan-note muted small">
      {price === undefined || !hasTrial(props, price) ? null : (
        <>
          {words.trialThen(words.freeDays(plan.trialDays), formatPrice(c, price))}
          {c.var.ctx.config.TRIAL_ONCE_PER_CARD ? `. ${words.oneTrial}` : null}
        </>
      )}
    </p>
  );
}

/** The form that leads to Stripe's page. */
function BuyForm({
  c,
  plan,
  price,
  promotionCode,
  text,
  kind,
}: CardProps & {
  price: PriceView;
  text: string;
  kind: string | undefined;
}) {
  const next = c.req.query("next");
  return (
    <form method="post" action={withQuery(c, "/buy")}>
      <input type="hidden" name="planId" value={plan.id} />
      <input type="hidden" name="currency" value={price.currency} />
      {price.interval === null ? null : (
        <input type="hidden" name="interval" value={price.interval} />
      )}
      {next === undefined ? null : <input type="hidden" name="next" value={next} />}
      {promotionCode === undefined ? null : (
        <input type="hidden" name="promotionCode" value={promotionCode} />
      )}
      <button type="submit" class={kind}>
        {text}
      </button>
    </form>
  );
}

function changeHref(planId: string, interval: string | null): string {
  const query = new URLSearchParams({ planId, ...(interval === null ? {} : { interval }) });
  return `/change?${query.toString()}`;
}

/** The button of the plan that the reader has. */
function CurrentAction({ c, plan, subscription, choice }: CardProps) {
  const { shop: words } = c.var.words;
  const other = plan.prices.find(
    ({ currency, interval }) => currency === subscription?.currency && interval === choice.interval,
  );
  const canSwitch =
    isChangeable(subscription) && other !== undefined && other.interval !== subscription?.interval;
  return canSwitch ? (
    <a class="button plain" href={changeHref(plan.id, choice.interval)}>
      {words.switchInterval[choice.interval]}
    </a>
  ) : (
    <a class="button plain" href="/dashboard">
      {words.managePlan}
    </a>
  );
}

/** What the reader can do about a plan that has no price. */
function UnpricedAction({ c, plan, subscription }: CardProps) {
  const { shop: words } = c.var.words;
  if (plan.kind !== "free") {
    const { support } = c.var.brand;
    return support === null ? null : (
      <a class="button plain" href={supportHref(support)}>
        {words.contactUs}
      </a>
    );
  }
  if (c.var.viewer === null)
    return (
      <a class="button plain" href="/signup">
        {words.startFree}
      </a>
    );
  return (subscription?.id ?? null) === null ? null : (
    <a class="small" href="/dashboard">
      {words.backToFree}
    </a>
  );
}

function PlanAction(props: CardProps & { price: PriceView | undefined }) {
  const { c, plan, price, subscription, hasHighlight = false } = props;
  const { pricing, shop: words } = c.var.words;
  const kind = plan.highlighted || !hasHighlight ? undefined : "plain";
  const name = planName(c, plan);
  const ownPlanId = subscription?.planId ?? c.var.viewer?.planId;
  if (ownPlanId === plan.id) return <CurrentAction {...props} />;
  if (price === undefined) return <UnpricedAction {...props} />;
  if (plan.kind === "subscription" && isChangeable(subscription))
    return (
      <a class={`button ${kind ?? ""}`.trim()} href={changeHref(plan.id, price.interval)}>
        {words.switchTo(name)}
      </a>
    );
  const text = hasTrial(props, price)
    ? words.startTrial(plan.trialDays)
    : plan.kind === "subscription"
      ? pricing.choose(name)
      : pricing.buy(name);
  return <BuyForm {...props} price={price} text={text} kind={kind} />;
}

/** The card of a plan or pack: name, price, trial, one button, and what it includes. */
export function PlanCard(props: CardProps) {
  const { c, plan, choice, subscription } = props;
  const { pricing, shop: words } = c.var.words;
  const price = choosePrice(plan, choice);
  const isCurrent = (subscription?.planId ?? c.var.viewer?.planId) === plan.id;
  const badge = isCurrent ? pricing.current : plan.highlighted ? words.recommended : null;
  return (
    <article class={`card plan ${isCurrent || plan.highlighted ? "current" : ""}`.trim()}>
      <div class="spread">
        <h3>{planName(c, plan)}</h3>
        {badge === null ? null : <span class="badge good">{badge}</span>}
      </div>
      <PriceLine {...props} price={price} />
      <TrialNote {...props} price={price} />
      <div class="plan-action">
        <PlanAction {...props} price={price} />
      </div>
      <ul class="ticks">
        {planLines(c, plan, price).map((line) => (
          <li>
            <Icon name="check" />
            <span>{line}</span>
          </li>
        ))}
      </ul>
    </article>
  );
}

/** The cards of packs, with prices in the first currency. */
export function PackCards({ c, packs }: { c: PageContext; packs: readonly PlanView[] }) {
  const currency = packs[0]?.prices[0]?.currency ?? "usd";
  return (
    <>
      <div class="plans">
        {packs.map((plan) => (
          <PlanCard
            c={c}
            plan={plan}
            choice={{ currency, interval: "month" }}
            subscription={null}
          />
        ))}
      </div>
      <p class="small">
        <a href="/pricing">{c.var.words.shop.haveCode}</a>
      </p>
    </>
  );
}
