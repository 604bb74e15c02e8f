import { unwrap } from "./api.ts";
import { Empty } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { formatMoney } from "./format.ts";
import { renderPage } from "./layout.tsx";
import { type PlanView as Plan, type PriceView as Price, planLines } from "./plan-lines.ts";

/** The currency and the interval that the reader chose. */
interface PriceChoice {
  readonly currency: string;
  readonly interval: "month" | "year";
}

/**
 * Chooses the price of a plan in the reader's currency and interval. A plan without that interval
 * shows its first price.
 */
const choosePrice = (plan: Plan, { currency, interval }: PriceChoice): Price | undefined => {
  const inCurrency = plan.prices.filter((price) => price.currency === currency);
  return inCurrency.find((price) => price.interval === interval) ?? inCurrency[0];
};

function PlanCard({ c, plan, choice }: { c: PageContext; plan: Plan; choice: PriceChoice }) {
  const { pricing: words } = c.var.words;
  const price = choosePrice(plan, choice);
  const isCurrent = c.var.viewer?.planId === plan.id;
  const next = c.req.query("next");
  const isRecurring = plan.kind === "subscription";
  return (
    <article class={isCurrent ? "card current" : "card"}>
      <div class="spread">
        <h3>{plan.name}</h3>
        {isCurrent ? <span class="badge">{words.current}</span> : null}
      </div>
      {isRecurring && plan.trialDays > 0 && price !== undefined ? (
        <span class="muted">{words.trial(plan.trialDays)}</span>
      ) : null}
      <p>
        <span class="figure">
          {price === undefined
            ? plan.kind === "free"
              ? words.free
              : words.onRequest
            : formatMoney(c, price.amountMinor, price.currency)}
        </span>{" "}
        {price === undefined ? null : (
          <span class="muted">
            {price.interval === null ? words.once : words.per[price.interval]}
          </span>
        )}
      </p>
      <ul>
        {planLines(c, plan, price).map((line) => (
          <li>{line}</li>
        ))}
      </ul>
      {price === undefined || isCurrent ? null : plan.unlocks !== null ? (
        <p class="muted small">{words.tierHint}</p>
      ) : (
        <form method="post" action="/buy">
          <input type="hidden" name="planId" value={plan.id} />
          <input type="hidden" name="currency" value={price.currency} />
          {price.interval === null ? null : (
            <input type="hidden" name="interval" value={price.interval} />
          )}
          {next === undefined ? null : <input type="hidden" name="next" value={next} />}
          <details class="small">
            <summary>{words.promotionCode}</summary>
            <input
              name="promotionCode"
              aria-label={words.promotionCode}
              maxlength={100}
              autocomplete="off"
              autocapitalize="characters"
              spellcheck={false}
            />
          </details>
          <button type="submit">
            {isRecurring ? words.choose(plan.name) : words.buy(plan.name)}
          </button>
        </form>
      )}
    </article>
  );
}

function PlanSection({
  c,
  title,
  plans,
  choice,
}: {
  c: PageContext;
  title: string;
  plans: readonly Plan[];
  choice: PriceChoice;
}) {
  const available = plans.filter(
    (plan) => plan.prices.length === 0 || choosePrice(plan, choice) !== undefined,
  );
  if (plans.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      {available.length === 0 ? <Empty>{c.var.words.pricing.none}</Empty> : null}
      <div class="grid">
        {available.map((plan) => (
          <PlanCard c={c} plan={plan} choice={choice} />
        ))}
      </div>
    </section>
  );
}

/** Returns whether a plan is more than a pack, which gives credits only. */
const isPlan = (plan: Plan): boolean =>
  plan.unlocks === null && (Object.keys(plan.allowances).length > 0 || plan.features.length > 0);

/** Lists the packs that have a price. */
export const listPacks = (plans: readonly Plan[]): Plan[] =>
  plans.filter(
    (plan) =>
      !isPlan(plan) && plan.unlocks === null && plan.kind === "one_time" && plan.prices.length > 0,
  );

/** Returns whether a plan is sold that could replace the given one. */
export const hasOtherPlans = (planId: string, plans: readonly Plan[]): boolean =>
  plans.some((plan) => plan.id !== planId && isPlan(plan) && plan.prices.length > 0);

/** The cards of packs, with prices in the first currency. */
export function PackCards({ c, packs }: { c: PageContext; packs: readonly Plan[] }) {
  const currency = packs[0]?.prices[0]?.currency ?? "usd";
  return (
    <div class="grid">
      {packs.map((plan) => (
        <PlanCard c={c} plan={plan} choice={{ currency, interval: "month" }} />
      ))}
    </div>
  );
}

/**
 * `GET /pricing?currency=&interval=`: shows the plans on sale, each with a button that leads to
 * Stripe's page.
 */
export async function pricingPage(c: PageContext) {
  const { pricing: words } = c.var.words;
  const { data: plans } = await unwrap(
    c.var.api.api.plans.active.$get({ query: { limit: "100" } }),
  );
  const currencies = [
    ...new Set(plans.flatMap((plan) => plan.prices.map((price) => price.currency))),
  ];
  const requestedCurrency = c.req.query("currency") ?? "";
  const choice: PriceChoice = {
    currency: currencies.includes(requestedCurrency) ? requestedCurrency : (currencies[0] ?? "usd"),
    interval: c.req.query("interval") === "year" ? "year" : "month",
  };
  const hasYearlyPrices = plans.some((plan) =>
    plan.prices.some((price) => price.interval === "year"),
  );
  const choiceUrl = (change: Partial<PriceChoice>) =>
    `/pricing?${new URLSearchParams({ ...c.req.query(), ...choice, ...change }).toString()}`;
  return renderPage(c, {
    title: words.title,
    children: (
      <>
        <h1>{words.title}</h1>
        <p class="lead">{words.lead}</p>
        <div class="row">
          {hasYearlyPrices
            ? (["month", "year"] as const).map((interval) => (
                <a
                  class="button plain"
                  href={choiceUrl({ interval })}
                  aria-current={choice.interval === interval ? "true" : undefined}
                >
                  {interval === "month" ? words.monthly : words.yearly}
                </a>
              ))
            : null}
          {currencies.length > 1
            ? currencies.map((currency) => (
                <a
                  class="button plain"
                  href={choiceUrl({ currency })}
                  aria-current={choice.currency === currency ? "true" : undefined}
                >
                  {currency.toUpperCase()}
                </a>
              ))
            : null}
        </div>
        <PlanSection c={c} title={words.plans} plans={plans.filter(isPlan)} choice={choice} />
        <PlanSection
          c={c}
          title={words.packs}
          plans={plans.filter((plan) => !isPlan(plan) && plan.unlocks === null)}
          choice={choice}
        />
        <PlanSection
          c={c}
          title={words.tiers}
          plans={plans.filter((plan) => plan.unlocks !== null)}
          choice={choice}
        />
      </>
    ),
  });
}
