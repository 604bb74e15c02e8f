import { z } from "zod";
import { Refusal } from "./errors.ts";
import { toMicros } from "./units.ts";

const origin = z.url({ protocol: /^https?$/ }).transform((value) => new URL(value).origin);
const list = z
  .string()
  .default("")
  .transform((value) =>
    value
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  );
const wholeNumber = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);
const flag = z
  .enum(["true", "false", "1", "0", ""])
  .default("false")
  .transform((value) => value === "true" || value === "1");

const upstreams = z
  .string()
  .transform((value, ctx) => {
    try {
      return JSON.parse(value) as unknown;
    } catch {
      ctx.addIssue({ code: "custom", message: "is not JSON" });
      return z.NEVER;
    }
  })
  .pipe(
    z.record(
      z.string().min(1),
      z.strictObject({
        baseUrl: z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, "")),
        /** Names the secret that holds the key, so that this setting can stand in wrangler.toml. */
        apiKeyVar: z.string().min(1),
        /**
         * The vendor's name for the output cap: OpenAI's newer models refuse `max_tokens`, some
         * vendors know nothing else.
         */
        maxTokensField: z
          .enum(["max_completion_tokens", "max_tokens"])
          .default("max_completion_tokens"),
        /** Whether it takes `stream_options`. Without it the usage of a stream is estimated. */
        streamOptions: z.boolean().default(true),
        /**
         * Fields that cost extra at this vendor (`service_tier`, `input_audio`, `cache_control`, …)
         * and that your prices cover: others are refused.
         */
        coveredFields: z.array(z.string().min(1)).default([]),
        /** Other fields, or types of parts, that are passed on to this vendor. */
        passFields: z.array(z.string().min(1)).default([]),
        /**
         * The most tokens that a picture takes by the vendor's rules. The default holds at OpenAI
         * (10,000 patches at `detail: "original"`, times 1.62 for the smaller models), Anthropic
         * (4,784), Gemini, xAI, Mistral (4,160) and Qwen (16,384).
         */
        imageTokens: z.int().min(1).max(1_000_000).default(16_384),
        /** The same of a picture with `detail: "low"`, at a vendor that heeds that. */
        lowDetailImageTokens: z.int().min(1).max(1_000_000).optional(),
      }),
    ),
  );

/** A sender of mails: an address, or a name before one in angle brackets. */
const sender = z
  .string()
  .trim()
  .transform((value, ctx) => {
    const [, name = "", inBrackets] = /^([^<>"@,;:\\]{0,100})<([^<>]+)>$/.exec(value) ?? [];
    const address = z.email().safeParse(inBrackets?.trim() ?? value);
    if (!address.success) {
      ctx.addIssue({ code: "custom", message: "must be an address, or Name <address>" });
      return z.NEVER;
    }
    return { name: name.trim(), address: address.data };
  });

/** Whether a key of Stripe's moves real money. */
const isLive = (key: string): boolean => /^(sk|rk)_live_/.test(key);

const settings = z.object({
  JWT_SECRET: z
    .string()
    .refine((value) => new TextEncoder().encode(value).length >= 32, "must have at least 32 bytes"),
  JWT_SECRET_PREVIOUS: z.string().min(32).optional(),
  /**
   * Makes the checksum inside API keys; JWT_SECRET does while this is unset. Keys made under
   * JWT_SECRET end when that secret is no longer known, so before dropping JWT_SECRET_PREVIOUS put
   * its value here. The checksum only turns made-up keys away early and proves nothing, so this one
   * need not be rotated even after a leak. Setting it ends no key.
   */
  API_KEY_CHECKSUM_SECRET: z.string().min(32).optional(),
  STRIPE_SECRET_KEY: z.string().regex(/^(sk|rk)_/, "must begin with sk_ or rk_"),
  STRIPE_WEBHOOK_SECRET: list.refine(
    (secrets) => secrets.length > 0,
    "must name at least one signing secret",
  ),
  STRIPE_PUBLISHABLE_KEY: z.string().optional(),
  STRIPE_API_BASE: origin.optional(),
  /** Whether Stripe works out taxes and adds them on its pages: needs Stripe Tax set up there. */
  STRIPE_AUTOMATIC_TAX: flag,
  /** Whether taxes are within our prices or on top; empty: as the account's tax settings say. */
  STRIPE_TAX_BEHAVIOR: z
    .enum(["exclusive", "inclusive", ""])
    .default("")
    .transform((value) => (value === "" ? undefined : value)),
  UPSTREAMS: upstreams,
  PUBLIC_URL: origin,
  ALLOWED_ORIGINS: list.pipe(z.array(origin)),
  /** The sender of mails: `shop@example.com`, or `Shop <shop@example.com>`. Empty: no mails. */
  MAIL_FROM: z.union([z.literal("").transform(() => null), sender]).default(null),
  /** A key of Resend's, which then sends the mails. Without it the binding `EMAIL` does. */
  RESEND_API_KEY: z.string().default(""),
  RESEND_API_BASE: origin.default("https://api.resend.com"),
  /** Whether an account begins only once its address is proved, where mails can be sent. */
  FREE_PLAN_NEEDS_PROOF: z
    .enum(["true", "false", "1", "0", ""])
    .default("true")
    .transform((value) => value !== "false" && value !== "0"),
  ADMIN_EMAILS: list.transform((emails) => emails.map((email) => email.toLowerCase())),
  /** Whether API keys are only for users who have paid; null: as the catalog's sales suggest. */
  API_KEYS_REQUIRE_PAYMENT: z
    .enum(["true", "false", "1", "0", ""])
    .default("")
    .transform((value) => (value === "" ? null : value === "true" || value === "1")),
  REFUND_WINDOW_DAYS: wholeNumber(0, 0, 3650),
  PAST_DUE_GRACE_DAYS: wholeNumber(7, 0, 365),
  /** The largest body that /v1 takes: 40 MiB of them fit into an isolate's memory at once. */
  MAX_BODY_MIB: wholeNumber(32, 1, 40),
  HOLD_TTL_SECONDS: wholeNumber(900, 60, 86_400),
  /** Whether each chat writes a line of JSON to the log. */
  LOG_CHATS: z
    .enum(["true", "false", "1", "0", ""])
    .default("true")
    .transform((value) => value !== "false" && value !== "0"),
  UPSTREAM_TIMEOUT_SECONDS: wholeNumber(120, 1, 600),
  /** The operator's share of the price of another user's agent: 2000 is 20 %. */
  MARKETPLACE_FEE_BASIS_POINTS: wholeNumber(2000, 0, 10_000),
  /**
   * What a credit counts as in reports of margin: "0.01 usd". Nothing is charged or decided by it.
   */
  CREDIT_VALUE: z
    .string()
    .trim()
    .toLowerCase()
    .regex(
      /^(\d{1,6}(\.\d{1,6})? [a-z]{3})?$/,
      "must be an amount with at most six decimals and a currency: 0.01 usd",
    )
    .default("")
    .transform((value) => {
      const [amount = "", currency = ""] = value.split(" ");
      return value === "" ? null : { currency, micros: toMicros(Number(amount)) };
    }),
});

/** Settings that do not go together. */
const consistentSettings = settings.refine(
  ({ STRIPE_SECRET_KEY: key, PUBLIC_URL }) => !isLive(key) || PUBLIC_URL.startsWith("https:"),
  { path: ["PUBLIC_URL"], message: "must be https with a live key of Stripe's" },
);

/**
 * The operator's settings, parsed. Every key of an upstream is looked up by name only when it is
 * used.
 */
export interface Config extends Readonly<z.infer<typeof settings>> {
  /** Whether Stripe's key is a live one: real money, and https alone. */
  readonly isLive: boolean;
  /** The value of a secret that another setting names (`apiKeyVar`), or a refusal that names it. */
  readonly secret: (name: string) => string;
}

const configByEnv = new WeakMap<object, Config>();

/**
 * Reads and checks the settings once for each `env` object.
 * @throws {Refusal} `misconfigured`, naming the setting and what is wrong with it, never its value.
 */
export function readConfig(env: object): Config {
  const cached = configByEnv.get(env);
  if (cached !== undefined) return cached;
  const result = consistentSettings.safeParse(env);
  if (!result.success) {
    const issue = result.error.issues[0];
    const name = String(issue?.path[0] ?? "configuration");
    const missing = !(name in env);
    const problem = missing ? "is missing" : `is not usable: ${issue?.message ?? "invalid"}`;
    throw new Refusal({
      code: "misconfigured",
      message: `The setting ${name} ${problem}.`,
      param: name,
    });
  }
  const secret = (name: string): string => {
    const value: unknown = Reflect.get(env, name);
    if (typeof value === "string" && value !== "") return value;
    throw new Refusal({
      code: "misconfigured",
      message: `The setting ${name} is missing.`,
      param: name,
    });
  };
  const config: Config = { ...result.data, isLive: isLive(result.data.STRIPE_SECRET_KEY), secret };
  configByEnv.set(env, config);
  return config;
}
