import { z } from "zod";
import { brandSettings, leadsHome } from "./brand-settings.ts";
import { checkoutSettings } from "./checkout-settings.ts";
import { listExampleSettings } from "./example-settings.ts";
import { signInProviders } from "./provider-settings.ts";
import { checkExampleSettings, newProblem, refuseSettings } from "./setup-problems.ts";
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
      ctx.addIssue({ code: "custom", message: "must be JSON" });
      return z.NEVER;
    }
  })
  .pipe(
    z.record(
      z.string().min(1),
      z.strictObject({
        baseUrl: z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, "")),
        /**
         * The API in which its chats are asked for: OpenAI's chat completions, Anthropic's Messages
         * API (`messages`) or OpenAI's Responses API, each at `baseUrl` with its path.
         */
        dialect: z.enum(["chat", "messages", "responses"]).default("chat"),
        /**
         * Names the secret that holds the key, so that this setting can stand in wrangler.toml. Of
         * a list each is used in its turn.
         */
        apiKeyVar: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(100)]),
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
        /**
         * The time to the first token of a stream, after which the model's next upstream is asked.
         * The default is UPSTREAM_TIMEOUT_SECONDS.
         */
        firstTokenSeconds: z.int().min(1).max(600).optional(),
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
  ...brandSettings,
  JWT_SECRET: z
    .string()
    .refine((value) => new TextEncoder().encode(value).length >= 32, "must be at least 32 bytes"),
  JWT_SECRET_PREVIOUS: z.string().min(32).optional(),
  /**
   * Older values of JWT_SECRET: they open what was encrypted under them, the secrets of
   * authenticator apps above all, and sign nothing. So one that leaked may stand here.
   */
  JWT_SECRETS_RETIRED: list,
  /**
   * Makes the checksum inside API keys; JWT_SECRET does while this is unset. Keys made under
   * JWT_SECRET end when that secret is no longer known, so before dropping JWT_SECRET_PREVIOUS put
   * its value here. The checksum only turns made-up keys away early and proves nothing, so this one
   * need not be rotated even after a leak. Setting it ends no key.
   */
  API_KEY_CHECKSUM_SECRET: z.string().min(32).optional(),
  STRIPE_SECRET_KEY: z.string().regex(/^(sk|rk)_/, "must start with sk_ or rk_"),
  /** Without it, only the webhook that was created on /admin/setup is trusted. */
  STRIPE_WEBHOOK_SECRET: list,
  STRIPE_PUBLISHABLE_KEY: z.string().optional(),
  STRIPE_API_BASE: origin.optional(),
  /** Whether Stripe works out taxes and adds them on its pages: needs Stripe Tax set up there. */
  STRIPE_AUTOMATIC_TAX: flag,
  /** Whether taxes are within our prices or on top; empty: as the account's tax settings say. */
  STRIPE_TAX_BEHAVIOR: z
    .enum(["exclusive", "inclusive", ""])
    .default("")
    .transform((value) => (value === "" ? undefined : value)),
  ...checkoutSettings,
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
  /** The keys of a Turnstile widget, shown at sign-up and at a lost password. Empty: not shown. */
  TURNSTILE_SITE_KEY: z.string().trim().default(""),
  TURNSTILE_SECRET_KEY: z.string().trim().default(""),
  TURNSTILE_API_BASE: origin.default("https://challenges.cloudflare.com"),
  /** Whether new passwords are looked up among those of known breaches. */
  PASSWORD_BREACH_CHECK: z
    .enum(["true", "false", "1", "0", ""])
    .default("true")
    .transform((value) => value !== "false" && value !== "0"),
  PASSWORD_BREACH_API_BASE: origin.default("https://api.pwnedpasswords.com"),
  /** The number of people who may sign up from one network in a UTC day; 0: no limit. */
  SIGN_UPS_PER_NETWORK_PER_DAY: wholeNumber(20, 0, 1_000_000),
  /**
   * By which the first admin signs up on /setup while there is none. Empty: nobody can.
   */
  SETUP_TOKEN: z
    .string()
    .trim()
    .refine((value) => value === "" || value.length >= 16, "must have at least 16 characters")
    .default(""),
  /**
   * Headers in which a management key names the user on whose behalf it asks: Farebox's own, and
   * that of Open WebUI.
   */
  EXTERNAL_USER_HEADERS: z
    .string()
    .default("x-farebox-user,x-openwebui-user-id")
    .transform((value) =>
      value
        .split(",")
        .map((name) => name.trim().toLowerCase())
        .filter((name) => name !== ""),
    )
    .refine((names) => names.every((name) => /^[a-z0-9-]+$/.test(name)), "must be header names"),
  /** Whether users of the founder's backend have the allowances of the free plan. */
  EXTERNAL_USERS_FREE_ALLOWANCE: flag,
  /** Google, GitHub and issuers of OpenID Connect by which people sign in. */
  SIGN_IN_PROVIDERS: signInProviders,
  ADMIN_EMAILS: list.transform((emails) => emails.map((email) => email.toLowerCase())),
  /** Whether admins act as such only in a session that began with a second factor. */
  ADMIN_MFA: flag,
  /** Whether API keys are only for users who have paid; null: as the catalog's sales suggest. */
  API_KEYS_REQUIRE_PAYMENT: z
    .enum(["true", "false", "1", "0", ""])
    .default("")
    .transform((value) => (value === "" ? null : value === "true" || value === "1")),
  /** Whether a card has one trial, whichever users it pays for. */
  TRIAL_ONCE_PER_CARD: z
    .enum(["true", "false", "1", "0", ""])
    .default("true")
    .transform((value) => value !== "false" && value !== "0"),
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
  /** Whether customers see which vendor serves a model: its name, and its own fields. */
  SHOW_VENDOR: flag,
  /**
   * Whether an upstream is asked while the account decides, where it is all but sure to let the
   * chat through.
   */
  OVERLAP_AUTHORIZE: z
    .enum(["true", "false", "1", "0", ""])
    .default("true")
    .transform((value) => value !== "false" && value !== "0"),
  UPSTREAM_TIMEOUT_SECONDS: wholeNumber(120, 1, 600),
  /** Whether users list their agents for others, and sell them. */
  MARKETPLACE: z
    .enum(["true", "false", "1", "0", ""])
    .default("true")
    .transform((value) => value !== "false" && value !== "0"),
  /** The operator's share of the price of another user's agent: 2000 is 20 %. */
  MARKETPLACE_FEE_BASIS_POINTS: wholeNumber(2000, 0, 10_000),
  /** What happens to a model whose price is below its `upstreamCost`. */
  PRICE_BELOW_COST: z.enum(["warn", "refuse"]).default("warn"),
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

/**
 * Whether a secret is one of Cloudflare's for tests, which take any token
 * (https://developers.cloudflare.com/turnstile/troubleshooting/testing/).
 */
export const isTurnstileTestKey = (key: string): boolean => /^[123]x0{31}AA$/.test(key);

/** A rule about settings that go together. */
interface Rule {
  readonly name: keyof z.infer<typeof settings>;
  readonly reason: string;
  readonly isBroken: (value: (name: Rule["name"]) => string) => boolean;
}

/** They are checked on the texts of the settings, so that one that is wrong hides no other. */
const RULES: readonly Rule[] = [
  {
    name: "PUBLIC_URL",
    reason: "must be https with a live Stripe key",
    isBroken: (value) =>
      isLive(value("STRIPE_SECRET_KEY")) && /^http:/i.test(value("PUBLIC_URL").trim()),
  },
  {
    name: "HOME_PAGE",
    reason: "must not redirect the home page to itself",
    isBroken: (value) => {
      const home = settings.shape.HOME_PAGE.safeParse(value("HOME_PAGE"));
      const here = settings.shape.PUBLIC_URL.safeParse(value("PUBLIC_URL"));
      return home.success && here.success && leadsHome(home.data, here.data);
    },
  },
  {
    name: "TURNSTILE_SECRET_KEY",
    reason: "is required together with TURNSTILE_SITE_KEY: set both or neither",
    isBroken: (value) =>
      (value("TURNSTILE_SITE_KEY").trim() === "") !== (value("TURNSTILE_SECRET_KEY").trim() === ""),
  },
  {
    name: "TURNSTILE_SECRET_KEY",
    reason: "is a test key that accepts any token: use a real one",
    isBroken: (value) =>
      isLive(value("STRIPE_SECRET_KEY")) &&
      isTurnstileTestKey(value("TURNSTILE_SECRET_KEY").trim()),
  },
];

/** Returns whether Turnstile's widget is shown, and its token checked. */
export const isTurnstileOn = ({
  TURNSTILE_SITE_KEY,
}: Pick<z.infer<typeof settings>, "TURNSTILE_SITE_KEY">): boolean => TURNSTILE_SITE_KEY !== "";

/**
 * The operator's settings, parsed. Every key of an upstream is looked up by name only when it is
 * used.
 */
export interface Config extends Readonly<z.infer<typeof settings>> {
  /** Whether Stripe's key is a live one: real money, and https alone. */
  readonly isLive: boolean;
  /** The settings that still have the values of `.dev.vars.example` or `wrangler.toml`. */
  readonly exampleSettings: readonly string[];
  /** The value of a secret that another setting names (`apiKeyVar`), or a refusal that names it. */
  readonly secret: (name: string) => string;
}

/** The settings that have JWT_SECRET and the values it had before. */
export type SecretHistory = Pick<
  Config,
  "JWT_SECRET" | "JWT_SECRET_PREVIOUS" | "JWT_SECRETS_RETIRED"
>;

/** Lists JWT_SECRET and its values of before, for hashes and ciphers that outlive a rotation. */
export const listSecrets = ({
  JWT_SECRET,
  JWT_SECRET_PREVIOUS: previous,
  JWT_SECRETS_RETIRED,
}: SecretHistory): string[] => [
  JWT_SECRET,
  ...(previous === undefined ? [] : [previous]),
  ...JWT_SECRETS_RETIRED,
];

const configByEnv = new WeakMap<object, Config>();

/** Lists everything that is wrong with the settings. A setting that is empty counts as missing. */
function findProblems(env: object, issues: readonly z.core.$ZodIssue[]) {
  const text = (name: string): string => {
    const value: unknown = Reflect.get(env, name);
    return typeof value === "string" ? value : "";
  };
  const found = issues.map(({ path, message }) => {
    const name = String(path[0] ?? "configuration");
    if (text(name) === "" && !(Reflect.get(env, name) instanceof Object))
      return newProblem(name, "missing", "is missing");
    const within = path.slice(1).map((part) => `${String(part)}: `);
    return newProblem(name, "invalid", `is not usable: ${within.join("")}${message}`);
  });
  const broken = RULES.filter(({ isBroken }) => isBroken(text)).map(({ name, reason }) =>
    newProblem(name, "invalid", `is not usable: ${reason}`),
  );
  const names = new Set(found.map(({ name }) => name));
  return [...found, ...broken.filter(({ name }) => !names.has(name))];
}

/**
 * Reads and checks the settings once for each `env` object.
 * @throws {Refusal} `misconfigured`, naming every setting that is missing or wrong, and what is
 *   wrong with it, never its value
 */
export function readConfig(env: object): Config {
  const cached = configByEnv.get(env);
  if (cached !== undefined) return cached;
  const result = settings.safeParse(env);
  const problems = findProblems(env, result.error?.issues ?? []);
  if (!result.success || problems.length > 0) throw refuseSettings(problems);
  const secret = (name: string): string => {
    const value: unknown = Reflect.get(env, name);
    if (typeof value === "string" && value !== "") return value;
    throw refuseSettings([newProblem(name, "missing", "is missing")]);
  };
  const exampleSettings = listExampleSettings(env);
  checkExampleSettings(exampleSettings, result.data.PUBLIC_URL);
  const config: Config = {
    ...result.data,
    isLive: isLive(result.data.STRIPE_SECRET_KEY),
    exampleSettings,
    secret,
  };
  configByEnv.set(env, config);
  return config;
}
