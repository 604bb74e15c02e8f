import type { PageContext } from "../context.ts";
import type { PlanView } from "../plan-lines.ts";
import { formatList, planName } from "../plan-names.ts";
import { formatPrice } from "./plan-card.tsx";
import { choosePrice, type PriceChoice } from "./price-choice.ts";

/** What unlocks single conversations. It is bought in the conversation, not here. */
export function Tiers({
  c,
  plans,
  choice,
}: {
  c: PageContext;
  plans: readonly PlanView[];
  choice: PriceChoice;
}) {
  const { pricing, shop: words } = c.var.words;
  const sold = plans.flatMap((plan) => {
    const price = choosePrice(plan, choice);
    return price === undefined ? [] : [{ plan, price }];
  });
  if (sold.length === 0) return null;
  return (
    <section>
      <h2>{pricing.tiers}</h2>
      <p class="muted">{words.tiersLead}</p>
      <ul>
        {sold.map(({ plan, price }) => (
          <li>
            {words.tierLine(
              planName(c, plan),
              formatPrice(c, price),
              formatList(c, [
                pricing.unlocks,
                ...(plan.credits > 0 ? [pricing.credits(plan.credits)] : []),
              ]),
            )}
          </li>
        ))}
      </ul>
      <a class="button plain" href="/chat">
        {words.openChat}
      </a>
    </section>
  );
}
