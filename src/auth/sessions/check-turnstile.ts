import { z } from "zod";
import { type Config, isTurnstileOn, isTurnstileTestKey } from "../../config.ts";
import type { Context } from "../../context.ts";
import { formatError } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { boundedText } from "../../http/bounded.ts";
import { log } from "../../log.ts";
import { SECOND_MS } from "../../time.ts";

const TIMEOUT_MS = 5 * SECOND_MS;
const RETRY_AFTER_SECONDS = 30;

/** The forms that show the widget. Its token names the form, and is good for no other. */
export type TurnstileAction = "sign-up" | "forgot-password";

/** A token of the widget's, in a request: at most 2048 characters. */
export const turnstileTokenField = boundedText(2048);

/** The answer of siteverify. */
const verdict = z.object({
  success: z.boolean(),
  "error-codes": z.array(z.string()).default([]),
  hostname: z.string().optional(),
  action: z.string().optional(),
});
type Verdict = z.infer<typeof verdict>;

const NOT_SHOWN = fail(
  "invalid_request",
  "turnstileToken: complete the human check on the page and send its token. Each token " +
    "works once, for five minutes.",
  { param: "turnstileToken" },
);
const UNREACHABLE = fail(
  "server_busy",
  "We can't run the human check right now. Try again in 30 seconds.",
  { retryAfterSeconds: RETRY_AFTER_SECONDS },
);
const WRONG_SECRET = fail("misconfigured", "The setting TURNSTILE_SECRET_KEY isn't valid.", {
  param: "TURNSTILE_SECRET_KEY",
});

/** Asks Cloudflare about a token, once: the question uses it up. Null when there is no answer. */
async function fetchVerdict(
  { config }: Pick<Context, "config">,
  headers: Headers,
  token: string,
): Promise<Verdict | null> {
  const ip = headers.get("cf-connecting-ip");
  const question = {
    secret: config.TURNSTILE_SECRET_KEY,
    response: token,
    ...(ip === null ? {} : { remoteip: ip }),
  };
  try {
    const response = await fetch(`${config.TURNSTILE_API_BASE}/turnstile/v0/siteverify`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(question),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // A refusal is told with a status that is no success, and in the same form.
    return verdict.parse(await response.json());
  } catch (error) {
    log.error("turnstile.failed", { error: formatError(error) });
    return null;
  }
}

/**
 * Returns whether a token was made on this site and for this form. Cloudflare's test keys make one
 * for another host and form, and prove nothing anyway.
 */
function isOurs({ hostname, action }: Verdict, config: Config, expected: TurnstileAction): boolean {
  if (isTurnstileTestKey(config.TURNSTILE_SECRET_KEY)) return true;
  return hostname === new URL(config.PUBLIC_URL).hostname && action === expected;
}

/**
 * Checks that a person sent a form, by the token of Turnstile's widget, where that is set up. It
 * refuses when Cloudflare cannot be asked: whoever could cause that would sign up at will.
 * @param headers the headers of the request, which name the visitor's network
 * @returns `invalid_request` for a token that is missing, wrong, used, too old or of another form;
 *   `server_busy` when nobody answers; `misconfigured` for a wrong secret
 */
export async function checkTurnstile(
  ctx: Pick<Context, "config">,
  headers: Headers,
  token: string | undefined,
  action: TurnstileAction,
): Promise<Result<true>> {
  const { config } = ctx;
  if (!isTurnstileOn(config)) return ok(true);
  if (token === undefined || token === "") return NOT_SHOWN;
  const answer = await fetchVerdict(ctx, headers, token);
  if (answer === null) return UNREACHABLE;
  const { success, "error-codes": errors } = answer;
  if (success) return isOurs(answer, config, action) ? ok(true) : NOT_SHOWN;
  if (errors.includes("internal-error")) return UNREACHABLE;
  const isSecretWrong = errors.some((code) => /^(missing|invalid)-input-secret$/.test(code));
  if (isSecretWrong) log.error("turnstile.failed", { error: "the secret is refused" });
  return isSecretWrong ? WRONG_SECRET : NOT_SHOWN;
}
