import { z } from "zod";
import { METERS, type Meter, PERIODS } from "../meters.ts";
import { MICROCREDITS_PER_CREDIT } from "../units.ts";
import { type PlanProblem, planProblem } from "./plan-rules.ts";
import { INTERVALS, PLAN_KINDS } from "./tables.ts";

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));

/** Whether a decimal is a whole number of millionths, so that nothing is rounded away when it is stored. */
export const hasAtMostSixDecimals = (value: number): boolean =>
  Math.round(value * MICROCREDITS_PER_CREDIT) / MICROCREDITS_PER_CREDIT === value;

/** Credits as a person writes them: 0 to a billion, six decimals. */
const credits = z.number().min(0).max(1_000_000_000).refine(hasAtMostSixDecimals, "has more than six decimals");

const allowance = z.strictObject({ limit: z.int().min(0).nullable(), period: z.enum(PERIODS) });
const included = allowance.exactOptional();
const allowances = z.strictObject(
  {
    message: included,
    token: included,
    agent: included,
    character: included,
    tool: included,
    image: included,
    model_3d: included,
  } satisfies Record<Meter, typeof included>,
  `is not one of: ${METERS.join(", ")}`,
);

const unique = (values: readonly string[]): boolean => new Set(values).size === values.length;

export const modelId = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/, "may hold letters, digits and . _ : / @ - only, and begins with a letter or digit");

const price = z.strictObject({
  currency: z
    .string()
    .transform((code) => code.toLowerCase())
    .refine((code) => CURRENCIES.has(code), "is not an ISO 4217 currency"),
  interval: z.enum(INTERVALS).nullable().default(null),
  /** At most eight digits, as Stripe has it. */
  amountMinor: z.int().min(1).max(99_999_999),
  stripePriceId: z
    .string()
    .regex(/^price_\w+$/, "is not the id of a Stripe price")
    .max(255)
    .nullable()
    .default(null),
});

/** The fields of a plan, each with what stands when it is left out. */
export const planFields = {
  slug: z
    .string()
    .max(60)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "may hold small letters and digits only, with single hyphens between them")
    .refine((slug) => slug !== "active", "is taken: GET /api/plans/active lists the active plans"),
  name: z.string().trim().min(1).max(100),
  kind: z.enum(PLAN_KINDS),
  credits: credits.default(0),
  creditsExpireAfterDays: z.int().min(1).max(3650).nullable().default(null),
  isActive: z.boolean().default(true),
  prices: z.array(price).max(50).default([]),
  allowances: allowances.default({}),
  models: z.array(modelId).max(1000).refine(unique, "names a model twice").nullable().default(null),
  features: z.array(z.string().trim().min(1).max(100)).max(100).refine(unique, "names a feature twice").default([]),
  requestsPerMinute: z.int().min(1).max(100_000).default(60),
  trialDays: z.int().min(0).max(730).default(0),
  sortOrder: z.int().min(0).max(1_000_000).default(0),
  stripeProductId: z
    .string()
    .regex(/^prod_\w+$/, "is not the id of a Stripe product")
    .max(255)
    .nullable()
    .default(null),
};

/** Reports what a plan's kind does not allow, as a schema's issue. */
export const refuseProblem = (problem: PlanProblem | undefined, context: z.RefinementCtx): void => {
  if (problem !== undefined) context.addIssue({ code: "custom", path: [...problem.path], message: problem.message });
};

/** A plan as the operator states it, in a catalog file or through the admin routes. */
export const planData = z.strictObject(planFields).superRefine((plan, context) => refuseProblem(planProblem(plan), context));
export type PlanData = z.output<typeof planData>;
export type PriceData = PlanData["prices"][number];
