import { findPlanProblem, type PricedPlan } from "../../catalog/index.ts";
import { ALLOWANCE_PERIODS, type Allowance, METERS, type Meter } from "../../meters.ts";
import { toCredits } from "../../units.ts";

type Metadata = Readonly<Record<string, string>>;
type Allowances = PricedPlan["allowances"];

/** The metadata key of a product that has a meter's limit: a whole number, or `unlimited`. */
export const limitKey = (meter: Meter): string => `${meter}Limit`;
/** The metadata key of a product that has the period of a meter's limit. */
export const periodKey = (meter: Meter): string => `${meter}Period`;

/** Shows allowances as the metadata of a product has them. */
export function showLimits(allowances: Allowances): Metadata {
  const shown: Record<string, string> = {};
  for (const meter of METERS) {
    const allowance = allowances[meter];
    if (allowance === undefined) continue;
    shown[limitKey(meter)] = allowance.limit === null ? "unlimited" : String(allowance.limit);
    shown[periodKey(meter)] = allowance.period;
  }
  return shown;
}

/** Picks the limits from the metadata of a product. */
export const pickLimits = (metadata: Metadata): Metadata =>
  Object.fromEntries(
    METERS.flatMap((meter) => [limitKey(meter), periodKey(meter)]).flatMap((key) => {
      const value = metadata[key]?.trim() ?? "";
      return value === "" ? [] : [[key, value]];
    }),
  );

/** The period of a limit that a product sets without one, for a meter that the plan lacks. */
const defaultPeriod = (meter: Meter): Allowance["period"] => {
  if (meter === "agent") return "at_once";
  return meter === "message" ? "day" : "month";
};

interface LimitProblem {
  readonly problem: string;
}

/** Parses a meter's limit and period; a text says what is wrong with them. */
function parseAllowance(
  meter: Meter,
  limits: Metadata,
  current: Allowance | undefined,
): Allowance | LimitProblem {
  const limit = limits[limitKey(meter)];
  const period = limits[periodKey(meter)] ?? current?.period ?? defaultPeriod(meter);
  if (limit === undefined)
    return {
      problem: `${limitKey(meter)} is missing: set a whole number, or "unlimited"`,
    };
  if (limit !== "unlimited" && !/^(0|[1-9]\d{0,14})$/.test(limit))
    return {
      problem: `${limitKey(meter)} must be a whole number or "unlimited"`,
    };
  const known = ALLOWANCE_PERIODS.find((name) => name === period);
  if (known === undefined)
    return { problem: `${periodKey(meter)} must be one of: ${ALLOWANCE_PERIODS.join(", ")}` };
  return { ...current, limit: limit === "unlimited" ? null : Number(limit), period: known };
}

/**
 * Decides a plan's allowances by the limits in the metadata of its product at Stripe. Only limits
 * that differ from those that were seen there before count. All of them are taken, or none: one
 * that is not valid, or that a plan of this kind cannot have, is refused with the others.
 * @returns undefined when nothing is new
 */
export function decideLimits(
  plan: PricedPlan,
  seen: Metadata | undefined,
  current: Metadata,
): { readonly allowances: Allowances } | LimitProblem | undefined {
  const changed = METERS.filter((meter) =>
    [limitKey(meter), periodKey(meter)].some((key) => seen?.[key] !== current[key]),
  );
  const allowances: { [meter in Meter]?: Allowance } = { ...plan.allowances };
  for (const meter of changed) {
    const parsed = parseAllowance(meter, current, plan.allowances[meter]);
    if ("problem" in parsed) return parsed;
    allowances[meter] = parsed;
  }
  if (JSON.stringify(showLimits(allowances)) === JSON.stringify(showLimits(plan.allowances)))
    return undefined;
  const credits = toCredits(plan.creditsMicrocredits);
  const problem = findPlanProblem({ ...plan, credits, allowances });
  return problem === undefined
    ? { allowances }
    : { problem: `${problem.path.join(".")}: ${problem.message}` };
}
