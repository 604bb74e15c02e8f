import { z } from "zod";
import {
  DEFAULT_SCOPES,
  type KeyBudget,
  SCOPES,
  type Scope,
  type UpdateKeyCommand,
} from "../../account/index.ts";
import { type Failure, fail, ok, type Result } from "../../errors.ts";
import { boundedList } from "../../http/bounded.ts";
import { currencyField, timeField } from "../../http/fields.ts";
import { lineField } from "../../http/text.ts";
import { PERIODS } from "../../meters.ts";
import { DAY_MS, SECOND_MS } from "../../time.ts";
import { toMicrocredits } from "../../units.ts";
import type { KeyParams } from "./issue-key.ts";

const nameField = lineField(100);
const expiryField = timeField.transform((time) => Date.parse(time));
const modelsField = boundedList(lineField(200), 100)
  .min(1)
  .transform((models) => [...new Set(models)]);
const budgetField = z.strictObject({
  credits: z
    .number()
    .positive()
    .max(1_000_000_000)
    .refine((credits) => toMicrocredits(credits) > 0, "must be at least 0.000001"),
  /** `at_once` never starts again: a budget for the key's whole life. */
  period: z.enum(PERIODS),
});
/** The most that a key may begin to buy, in minor units of one currency. */
const purchaseLimitField = z.strictObject({
  amountMinor: z.int().min(1).max(99_999_999),
  currency: currencyField,
  period: z.enum(PERIODS),
});

/** For how many days prompts and replies are kept, at most. */
const KEEP_DAYS_MAX = 30;
const keepDaysField = z.int().min(1).max(KEEP_DAYS_MAX);

/** A new key. */
export const createKeyParams = z.strictObject({
  name: nameField,
  scopes: boundedList(z.enum(SCOPES), 20)
    .min(1)
    .default([...DEFAULT_SCOPES])
    .transform((scopes) => [...new Set(scopes)]),
  expiresAt: expiryField.optional(),
  budget: budgetField.optional(),
  purchaseLimit: purchaseLimitField.optional(),
  models: modelsField.optional(),
  keepContentDays: keepDaysField.nullable().default(null),
});

/** Changes of a key. Fields that are left out stay; null is none, or no limit. */
export const updateKeyParams = z
  .strictObject({
    name: nameField,
    expiresAt: expiryField.nullable(),
    budget: budgetField.nullable(),
    models: modelsField.nullable(),
    disabled: z.boolean(),
    keepContentDays: keepDaysField.nullable(),
  })
  .partial();

const OVERLAP_DEFAULT_SECONDS = DAY_MS / SECOND_MS;
/** A week: longer than any deployment, and no second key for good. */
const OVERLAP_MAX_SECONDS = (7 * DAY_MS) / SECOND_MS;

/** A rotation. The earlier secrets work for that long, or not at all. */
export const rotateKeyParams = z.strictObject({
  overlapSeconds: z.int().min(0).max(OVERLAP_MAX_SECONDS).default(OVERLAP_DEFAULT_SECONDS),
});

const refuseField = (param: string, problem: string): { ok: false; failure: Failure } =>
  fail("invalid_request", `${param}: ${problem}`, { param });

/** Finds what is wrong with a purchase limit: a key that may buy has one, and no other has. */
function findLimitProblem(scopes: readonly Scope[], hasLimit: boolean): string | null {
  const canBuy = scopes.includes("billing");
  if (canBuy === hasLimit) return null;
  return canBuy
    ? 'required for a key with the scope "billing".'
    : 'allowed only with the scope "billing".';
}

const toBudget = ({ credits, period }: z.output<typeof budgetField>): KeyBudget => ({
  limitMicrocredits: toMicrocredits(credits),
  period,
});

const isPast = (expiresAt: number | null | undefined, nowMs: number): boolean =>
  typeof expiresAt === "number" && expiresAt <= nowMs;

const PAST_EXPIRY = refuseField("expiresAt", "must be in the future.");

/** Converts the request for a new key. */
export function toKeyParams(
  params: z.output<typeof createKeyParams>,
  nowMs: number,
): Result<KeyParams> {
  const { name, scopes, expiresAt = null, budget, models = null, purchaseLimit } = params;
  const { keepContentDays: keepDays } = params;
  const limitProblem = findLimitProblem(scopes, purchaseLimit !== undefined);
  if (limitProblem !== null) return refuseField("purchaseLimit", limitProblem);
  if (isPast(expiresAt, nowMs)) return PAST_EXPIRY;
  return ok({
    name,
    scopes,
    models,
    budget: budget === undefined ? null : toBudget(budget),
    purchaseLimit:
      purchaseLimit === undefined
        ? null
        : {
            limitMinor: purchaseLimit.amountMinor,
            currency: purchaseLimit.currency,
            period: purchaseLimit.period,
          },
    expiresAt,
    keepDays,
  });
}

/** Converts the request for changes of a key. */
export function toKeyChanges(
  {
    disabled: isDisabled,
    keepContentDays: keepDays,
    budget,
    ...params
  }: z.output<typeof updateKeyParams>,
  nowMs: number,
): Result<Omit<UpdateKeyCommand, "keyId">> {
  if (isPast(params.expiresAt, nowMs)) return PAST_EXPIRY;
  return ok({
    ...params,
    isDisabled,
    keepDays,
    budget: budget == null ? budget : toBudget(budget),
  });
}
