import type { PricedPlan } from "../catalog/index.ts";
import type { Meter } from "../meters.ts";
import { showAmount, toCredits } from "../units.ts";

const METER_WORDS: Readonly<Record<Meter, string>> = {
  message: "messages",
  token: "tokens",
  agent: "agents",
  character: "characters",
  tool: "tool calls",
  image: "images",
  model_3d: "3D models",
};

/** What a plan gives, in words: "50 messages a day", "100 credits". */
export function planLines(plan: Pick<PricedPlan, "allowances" | "creditsMicrocredits" | "unlocks">): string[] {
  const credits = toCredits(plan.creditsMicrocredits);
  const allowances = Object.entries(METER_WORDS).flatMap(([meter, word]) => {
    const allowance = Object.entries(plan.allowances).find(([name]) => name === meter)?.[1];
    if (allowance === undefined) return [];
    const period = allowance.period === "at_once" ? "at once" : `a ${allowance.period}`;
    return [allowance.limit === null ? `unlimited ${word}` : `${allowance.limit} ${word} ${period}`];
  });
  const unlocked = plan.unlocks === "conversation" ? ["one conversation, with an API key"] : [];
  return [...unlocked, ...(credits > 0 ? [`${credits} credits`] : []), ...allowances];
}

/** What a plan costs, in each of its currencies: "9.99 USD", "15.00 USD a month". */
export const priceLines = (plan: Pick<PricedPlan, "kind" | "prices">): string[] =>
  plan.prices.length === 0
    ? [plan.kind === "free" ? "free" : "on request"]
    : plan.prices.map(
        ({ amountMinor, currency, interval }) =>
          `${showAmount(amountMinor, currency)}${interval === null ? "" : ` a ${interval}`}`,
      );
