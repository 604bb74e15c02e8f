import { z } from "zod";

/** A token is good for five minutes. */
const LIFETIME_MS = 300_000;
const TOKEN_LENGTH_MAX = 2048;

/**
 * Cloudflare's keys for tests
 * (https://developers.cloudflare.com/turnstile/troubleshooting/testing/): site keys that make the
 * dummy token or none, and secrets that take any token, none, or call each one spent.
 */
const DUMMY_TOKEN = "XXXX.DUMMY.TOKEN.XXXX";
const PASSING_SITE_KEYS = ["1x00000000000000000000AA", "1x00000000000000000000BB"];
const BLOCKING_SITE_KEYS = ["2x00000000000000000000AB", "2x00000000000000000000BB"];
const PASSING_SECRET = "1x0000000000000000000000000000000AA";
const FAILING_SECRET = "2x0000000000000000000000000000000AA";
const SPENT_SECRET = "3x0000000000000000000000000000000AA";

const question = z.object({
  secret: z.string().default(""),
  response: z.string().default(""),
  remoteip: z.string().optional(),
  idempotency_key: z.uuid().optional(),
});

/** An answer of siteverify. */
interface Verdict {
  readonly success: boolean;
  readonly "error-codes": readonly string[];
  readonly challenge_ts?: string;
  readonly hostname?: string;
  readonly action?: string;
  readonly cdata?: string;
  readonly metadata?: { readonly interactive: boolean };
}

/** A token that was made for a form on a page. */
interface Challenge {
  readonly hostname: string;
  readonly action: string;
  readonly atMs: number;
  spentBy: string | null;
}

const refuse = (code: string): Verdict => ({ success: false, "error-codes": [code] });

const pass = ({ hostname, action, atMs }: Omit<Challenge, "spentBy">): Verdict => ({
  success: true,
  "error-codes": [],
  challenge_ts: new Date(atMs).toISOString(),
  hostname,
  action,
  cdata: "",
  metadata: { interactive: false },
});

/**
 * A stand-in for Turnstile with one widget, whose visitors are all people. It refuses what
 * siteverify refuses: a missing or wrong secret, a missing or made-up token, and one that was used
 * or is older than five minutes. Asked again with the same `idempotency_key` it answers as before.
 * https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
 */
export class LocalTurnstile {
  readonly #siteKey: string;
  readonly #secret: string;
  readonly #challenges = new Map<string, Challenge>();

  constructor(siteKey: string, secret: string) {
    this.#siteKey = siteKey;
    this.#secret = secret;
  }

  /** Makes a token, as the widget does for a visitor. Null where the site key makes none. */
  issue(
    siteKey: string,
    { hostname, action }: { readonly hostname: string; readonly action: string },
    nowMs: number,
  ): string | null {
    if (BLOCKING_SITE_KEYS.includes(siteKey)) return null;
    if (PASSING_SITE_KEYS.includes(siteKey)) return DUMMY_TOKEN;
    if (siteKey !== this.#siteKey) return null;
    const token = `0.${crypto.randomUUID()}${crypto.randomUUID()}`;
    this.#challenges.set(token, { hostname, action, atMs: nowMs, spentBy: null });
    return token;
  }

  /** Answers siteverify. A token is used up by its first question. */
  siteverify(fields: unknown, nowMs: number): Verdict {
    const asked = question.safeParse(fields);
    if (!asked.success) return refuse("bad-request");
    const { secret, response, idempotency_key: key = "" } = asked.data;
    if (secret === "") return refuse("missing-input-secret");
    if (response === "") return refuse("missing-input-response");
    if (response.length > TOKEN_LENGTH_MAX) return refuse("invalid-input-response");
    if (secret === FAILING_SECRET) return refuse("invalid-input-response");
    if (secret === SPENT_SECRET) return refuse("timeout-or-duplicate");
    if (secret === PASSING_SECRET)
      return pass({ hostname: "example.com", action: "test", atMs: nowMs });
    if (secret !== this.#secret) return refuse("invalid-input-secret");
    const challenge = this.#challenges.get(response);
    if (challenge === undefined) return refuse("invalid-input-response");
    const isRepeated = key !== "" && challenge.spentBy === key;
    if ((challenge.spentBy !== null && !isRepeated) || nowMs - challenge.atMs > LIFETIME_MS)
      return refuse("timeout-or-duplicate");
    challenge.spentBy = key;
    return pass(challenge);
  }
}
