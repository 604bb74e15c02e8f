import type { ContentfulStatusCode } from "hono/utils/http-status";
import { unwrap } from "./api.ts";
import { Empty } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { localeOf } from "./format.ts";
import { renderPage } from "./layout.tsx";
import type { PlanView } from "./plan-lines.ts";
import { Comparison } from "./pricing/comparison.tsx";
import { type CardContext, PlanCard } from "./pricing/plan-card.tsx";
import {
  choosePrice,
  listCurrencies,
  listSavings,
  type PriceChoice,
  readChoice,
  withQuery,
} from "./pricing/price-choice.ts";
import { type CodeState, loadCode, PromotionCodeForm } from "./pricing/promotion-code.tsx";
import { isPlan, loadSubscription } from "./pricing/shop.ts";
import { Tiers } from "./pricing/tiers.tsx";
import { PageTitle } from "./ui/page-title.tsx";
import { Segmented } from "./ui/segmented.tsx";

export { PackCards } from "./pricing/plan-card.tsx";
export { hasOtherPlans, listPacks } from "./pricing/shop.ts";

interface SectionProps {
  readonly title: string;
  readonly lead?: string;
  readonly plans: readonly PlanView[];
  readonly card: CardContext;
}

function PlanSection({ title, lead, plans, card }: SectionProps) {
  if (plans.length === 0) return null;
  const available = plans.filter(
    (plan) => plan.prices.length === 0 || choosePrice(plan, card.choice) !== undefined,
  );
  return (
    <section>
      <h2>{title}</h2>
      {lead === undefined ? null : <p class="muted">{lead}</p>}
      {available.length === 0 ? <Empty>{card.c.var.words.pricing.none}</Empty> : null}
      <div class="plans">
        {available.map((plan) => (
          <PlanCard {...card} plan={plan} />
        ))}
      </div>
    </section>
  );
}

/** Says how much paying yearly saves; null where no plan has both prices, or nothing is saved. */
function savingText(c: PageContext, plans: readonly PlanView[], currency: string): string | null {
  const { shop: words } = c.var.words;
  const savings = listSavings(plans, currency);
  const most = Math.max(0, ...savings);
  if (Math.round(most * 100) <= 0) return null;
  const percent = new Intl.NumberFormat(localeOf(c), { style: "percent" }).format(most);
  return savings.every((saving) => Math.round(saving * 100) === Math.round(most * 100))
    ? words.save(percent)
    : words.saveUpTo(percent);
}

function Choices({
  c,
  plans,
  choice,
}: {
  c: PageContext;
  plans: readonly PlanView[];
  choice: PriceChoice;
}) {
  const { pricing: words, shop } = c.var.words;
  const currencies = listCurrencies(plans);
  const hasYearly = plans.some(({ prices }) => prices.some(({ interval }) => interval === "year"));
  const saving = savingText(c, plans, choice.currency);
  const option = (interval: PriceChoice["interval"], text: string) => ({
    href: withQuery(c, "/pricing", { interval }),
    text,
    current: choice.interval === interval,
  });
  return (
    <div class="spread price-choice">
      {hasYearly ? (
        <Segmented
          label={shop.interval}
          options={[
            option("month", words.monthly),
            option("year", saving === null ? words.yearly : `${words.yearly} · ${saving}`),
          ]}
        />
      ) : null}
      {currencies.length > 1 ? (
        <nav class="choices" aria-label={words.currency}>
          {currencies.map((currency) => (
            <a
              href={withQuery(c, "/pricing", { currency })}
              aria-current={choice.currency === currency ? "true" : undefined}
            >
              {currency.toUpperCase()}
            </a>
          ))}
        </nav>
      ) : null}
    </div>
  );
}

/** Shows the prices, with what became of a promotion code. */
export async function renderPricing(
  c: PageContext,
  code: CodeState,
  status: ContentfulStatusCode = 200,
) {
  const { pricing: words, shop } = c.var.words;
  const [{ data: plans }, { data: models }, subscription] = await Promise.all([
    unwrap(c.var.api.api.plans.active.$get({ query: { limit: "100" } })),
    unwrap(c.var.api.v1.models.$get()),
    loadSubscription(c),
  ]);
  const choice = readChoice(c, listCurrencies(plans), subscription?.currency ?? null);
  const offered = plans.filter(isPlan);
  const packs = plans.filter((plan) => !isPlan(plan) && plan.unlocks === null);
  const card = { c, choice, subscription, promotionCode: code.valid?.code };
  return renderPage(
    c,
    {
      title: words.title,
      styles: ["/pricing.css"],
      children: (
        <>
          <PageTitle title={words.title} lead={words.lead} />
          <Choices c={c} plans={plans} choice={choice} />
          <PlanSection
            title={words.plans}
            plans={offered}
            card={{ ...card, hasHighlight: offered.some(({ highlighted }) => highlighted) }}
          />
          <PlanSection
            title={words.packs}
            lead={shop.packsLead}
            plans={packs}
            card={{ ...card, hasHighlight: true }}
          />
          <PromotionCodeForm c={c} code={code} />
          <Tiers c={c} plans={plans.filter(({ unlocks }) => unlocks !== null)} choice={choice} />
          <Comparison
            c={c}
            plans={offered}
            models={models}
            choice={choice}
            hasCredits={packs.length > 0}
          />
        </>
      ),
    },
    status,
  );
}

/**
 * `GET /pricing?currency=&interval=&promotionCode=`: shows the plans on sale, each with a button
 * that leads to Stripe's page.
 */
export const pricingPage = async (c: PageContext) => renderPricing(c, await loadCode(c));
