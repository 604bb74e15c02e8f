import { z } from "zod";
import { boundedList, boundedText } from "../http/bounded.ts";
import { currencyField, intervalField } from "../http/fields.ts";
import { lineField } from "../http/text.ts";
import { ALLOWANCE_PERIODS, METERS, type Meter } from "../meters.ts";
import { MICROCREDITS_PER_CREDIT } from "../units.ts";
import { ALLOWANCE_WORDS, type AllowanceWord, toAllowance } from "./allowance-words.ts";
import { localTexts } from "./local-texts.ts";
import { findPlanProblem } from "./plan-rules.ts";
import { PLAN_KINDS, UNLOCKS } from "./tables.ts";

/** Returns whether a decimal is a whole number of millionths, so that storing it rounds nothing. */
export const hasAtMostSixDecimals = (value: number): boolean =>
  Math.round(value * MICROCREDITS_PER_CREDIT) / MICROCREDITS_PER_CREDIT === value;

/** Credits as a person writes them: 0 to a billion, six decimals. */
const credits = z
  .number()
  .min(0)
  .max(1_000_000_000)
  .refine(hasAtMostSixDecimals, "has more than six decimals");

const overage = z.strictObject({
  /** The `event_name` of a meter at Stripe. */
  eventName: boundedText(100).regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
    "may contain only letters, digits and _ . -, and must start with a letter or digit",
  ),
  limit: z.int().min(1).nullable(),
});
const limitedAllowance = z.strictObject(
  {
    limit: z.int().min(0).nullable(),
    period: z.enum(ALLOWANCE_PERIODS),
    overage: overage.exactOptional(),
  },
  {
    error: ({ code }) =>
      code === "invalid_type"
        ? 'is neither "none", "unlimited" nor a limit with a period'
        : undefined,
  },
);
const isWord = (value: unknown): value is AllowanceWord =>
  ALLOWANCE_WORDS.some((word) => word === value);

/** An allowance, or one of the words `none` and `unlimited`, which stand for one. */
const allowance = (meter: Meter) =>
  z
    .preprocess(
      (value: z.input<typeof limitedAllowance> | AllowanceWord) =>
        isWord(value) ? toAllowance(meter, value) : value,
      limitedAllowance,
    )
    .exactOptional();
const allowances = z.strictObject(
  {
    message: allowance("message"),
    token: allowance("token"),
    agent: allowance("agent"),
    character: allowance("character"),
    tool: allowance("tool"),
    image: allowance("image"),
    model_3d: allowance("model_3d"),
  } satisfies Record<Meter, ReturnType<typeof allowance>>,
  `must be one of: ${METERS.join(", ")}`,
);

const hasNoDuplicates = (values: readonly string[]): boolean =>
  new Set(values).size === values.length;

export const modelId = boundedText(200).regex(
  /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/,
  "may contain only letters, digits and . _ : / @ -, and must start with a letter or digit",
);

const stripeId = (prefix: "price" | "prod") =>
  boundedText(255).regex(
    new RegExp(`^${prefix}_\\w+$`),
    `must be a Stripe ID that starts with ${prefix}_`,
  );

const price = z.strictObject({
  currency: currencyField,
  interval: intervalField.nullable().default(null),
  /** At most eight digits, as Stripe has it. */
  amountMinor: z.int().min(1).max(99_999_999),
  stripePriceId: stripeId("price").nullable().default(null),
  /** The price of each unit past the allowance, in minor units: "2", or "0.5" for half a cent. */
  overageAmountMinor: boundedText(30)
    .regex(
      /^(0|[1-9]\d{0,7})(\.\d{0,11}[1-9])?$/,
      "must be an amount in minor units, such as 2 or 0.5",
    )
    .refine((amount) => amount !== "0", "must not be empty: leave it out instead")
    .nullable()
    .default(null),
  meteredStripePriceId: stripeId("price").nullable().default(null),
  /** Accepted and ignored: a price is shown with its id, but identified by its terms. */
  id: boundedText(100).optional(),
});

/** The fields of a plan. */
const fields = {
  slug: boundedText(60)
    .regex(
      /^[a-z0-9]+(-[a-z0-9]+)*$/,
      "may contain only lowercase letters and digits, separated by single hyphens",
    )
    .refine(
      (slug) => slug !== "active",
      "is reserved: GET /api/plans/active lists the active plans",
    ),
  name: lineField(100),
  names: localTexts(100),
  kind: z.enum(PLAN_KINDS),
  credits,
  creditsExpireAfterDays: z.int().min(1).max(3650).nullable(),
  isActive: z.boolean(),
  prices: boundedList(price, 50),
  allowances,
  models: boundedList(modelId, 1000).refine(hasNoDuplicates, "names a model twice").nullable(),
  features: boundedList(lineField(100), 100).refine(hasNoDuplicates, "names a feature twice"),
  featureNames: z
    .record(lineField(100), localTexts(100))
    .refine((names) => Object.keys(names).length <= 100, "names more than 100 features"),
  highlighted: z.boolean(),
  requestsPerMinute: z.int().min(1).max(100_000),
  trialDays: z.int().min(0).max(730),
  unlocks: z.enum(UNLOCKS).nullable(),
  sortOrder: z.int().min(0).max(1_000_000),
  stripeProductId: stripeId("prod").nullable(),
};

/** The same fields with their defaults. */
const withDefaults = {
  ...fields,
  names: fields.names.default({}),
  featureNames: fields.featureNames.default({}),
  highlighted: fields.highlighted.default(false),
  credits: credits.default(0),
  creditsExpireAfterDays: fields.creditsExpireAfterDays.default(null),
  isActive: fields.isActive.default(true),
  prices: fields.prices.default([]),
  allowances: allowances.default({}),
  models: fields.models.default(null),
  features: fields.features.default([]),
  requestsPerMinute: fields.requestsPerMinute.default(60),
  trialDays: fields.trialDays.default(0),
  unlocks: fields.unlocks.default(null),
  sortOrder: fields.sortOrder.default(0),
  stripeProductId: fields.stripeProductId.default(null),
};

/** A plan in a catalog file. */
export const planData = z.strictObject(withDefaults).superRefine((plan, context) => {
  const problem = findPlanProblem(plan);
  if (problem !== undefined)
    context.addIssue({ code: "custom", path: [...problem.path], message: problem.message });
});
export type PlanData = z.output<typeof planData>;
export type PriceData = PlanData["prices"][number];

/**
 * The fields that a plan is shown with beside its own. `price` and `stripeKey` are those of the
 * first price, and may set it where the list of prices is left out. The others cannot be changed:
 * they are accepted, so that a plan can be edited as shown and sent back.
 */
const echoedFields = {
  price: z.number().min(0).nullable().optional(),
  stripeKey: stripeId("price").nullable().optional(),
  id: boundedText(100).optional(),
  version: z.int().optional(),
  createdAt: boundedText(100).optional(),
  updatedAt: boundedText(100).optional(),
};

/** The body that creates a plan. */
export const newPlan = z.strictObject({
  ...withDefaults,
  ...echoedFields,
  prices: fields.prices.optional(),
});
export type NewPlan = z.output<typeof newPlan>;

/** The body that changes a plan. A field that is left out stays. */
export const planPatch = z.strictObject({ ...fields, ...echoedFields }).partial();
export type PlanPatch = z.output<typeof planPatch>;
