import { z } from "zod";
import { isCurrency } from "./currencies.ts";

/**
 * Reports a problem of a parameter in Stripe's words. Every leaf of a form is a string, which the
 * schemas here parse as Stripe does.
 */
function addIssue(ctx: z.RefinementCtx, message: string, code?: string) {
  ctx.addIssue({ code: "custom", message, params: { code } });
  return z.NEVER;
}

const EMPTY =
  "You passed an empty string for '%param%'. We assume empty values are an attempt to unset a " +
  "parameter; however '%param%' cannot be unset. You should remove '%param%' from your request " +
  "or supply a non-empty value.";
const truncate = (value: string) =>
  value.length > 30 ? `${value.slice(0, 14)}…${value.slice(-14)}` : value;

const nonEmpty = z
  .string()
  .transform((value, ctx) =>
    value === "" ? addIssue(ctx, EMPTY, "parameter_invalid_empty") : value,
  );

export const text = (maxLength = 5000) =>
  nonEmpty.transform((value, ctx) =>
    value.length > maxLength
      ? addIssue(ctx, `Invalid string: ${truncate(value)}; must be at most ${maxLength} characters`)
      : value,
  );

export const int = (min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) =>
  nonEmpty.transform((value, ctx) => {
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(number)) {
      return addIssue(ctx, `Invalid integer: ${truncate(value)}`, "parameter_invalid_integer");
    }
    const bound =
      number < min
        ? `greater than or equal to ${min}`
        : number > max
          ? `less than or equal to ${max}`
          : undefined;
    return bound === undefined
      ? number
      : addIssue(
          ctx,
          `This value must be ${bound} (it currently is '${value}').`,
          "parameter_invalid_integer",
        );
  });

/** A percentage above 0 and up to 100, with up to two decimal digits. */
export const percent = nonEmpty.transform((value, ctx) => {
  const number = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value)) return addIssue(ctx, `Invalid decimal: ${truncate(value)}`);
  return number > 0 && number <= 100
    ? number
    : addIssue(ctx, "`percent_off` must be greater than 0 and at most 100.");
});

export const bool = nonEmpty.transform((value, ctx) =>
  value === "true"
    ? true
    : value === "false"
      ? false
      : addIssue(ctx, `Invalid boolean: ${truncate(value)}`),
);

export const url = text(5000).transform((value, ctx) =>
  // It may contain `{CHECKOUT_SESSION_ID}` anywhere.
  /^https?:\/\/[^\s/?#]+/i.test(value) && URL.canParse(value)
    ? value
    : addIssue(ctx, "Not a valid URL", "url_invalid"),
);

export const email = text(800).transform((value, ctx) =>
  /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)
    ? value
    : addIssue(ctx, `Invalid email address: ${truncate(value)}`, "email_invalid"),
);

export const currency = text().transform((value, ctx) => {
  const code = value.toLowerCase();
  return isCurrency(code)
    ? code
    : addIssue(
        ctx,
        `Invalid currency: ${truncate(value)}. See https://stripe.com/docs/currencies.`,
      );
});

/** A list, given as `a[0]=x&a[1]=y` or `a[]=x`. */
export const list = <T extends z.ZodType>(item: T, max = 100) =>
  z.preprocess(
    (value) => {
      if (
        typeof value !== "object" ||
        value === null ||
        !Object.keys(value).every((key) => /^\d+$/.test(key))
      )
        return value;
      return Object.entries(value)
        .toSorted(([a], [b]) => Number(a) - Number(b))
        .map(([, entry]): unknown => entry);
    },
    z.array(item).max(max, `Array must have at most ${max} elements.`),
  );

/** A parameter that an empty string sets to `null`. */
export const unsettable = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? null : value), z.nullable(schema));

const metadataKey = z.string().transform((key, ctx) => {
  if (/[[\]]/.test(key)) return addIssue(ctx, "Metadata keys cannot contain square brackets.");
  return key.length > 40
    ? addIssue(ctx, `Metadata keys can be at most 40 characters long: ${truncate(key)}`)
    : key;
});
const metadataValue = z
  .string()
  .transform((value, ctx) =>
    value.length > 500
      ? addIssue(ctx, `Metadata values can have up to 500 characters; you passed ${value.length}.`)
      : value,
  );

/**
 * Up to 50 keys. An empty value removes its key; an empty string for the whole removes all of them
 * (`null`).
 */
export const metadata = unsettable(z.record(metadataKey, metadataValue));

export const address = unsettable(
  z.strictObject({
    city: text().optional(),
    country: text(2).optional(),
    line1: text().optional(),
    line2: text().optional(),
    postal_code: text().optional(),
    state: text().optional(),
  }),
);

export const taxBehavior = z.enum(["exclusive", "inclusive", "unspecified"]);

/** A time filter: `created=1` or `created[gte]=1&created[lt]=2`, in unix seconds. */
export const created = z.preprocess(
  (value) => (typeof value === "string" ? { gte: value, lte: value } : value),
  z.strictObject({
    gt: int().optional(),
    gte: int().optional(),
    lt: int().optional(),
    lte: int().optional(),
  }),
);
export type Created = z.output<typeof created>;

/** The parameters that every list accepts. */
export const paging = {
  limit: int(1, 100).default(10),
  starting_after: text().optional(),
  ending_before: text().optional(),
};
export interface Paging {
  readonly limit: number;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
}
