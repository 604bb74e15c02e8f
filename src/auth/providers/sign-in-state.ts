import { generateRandomCodeVerifier, generateRandomNonce, generateRandomState } from "oauth4webapi";
import { z } from "zod";
import type { Config } from "../../config.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { seal, unseal } from "../../seal.ts";
import { MINUTE_MS } from "../../time.ts";

/** The time that somebody may take on the provider's pages. */
const LIFETIME_MS = 10 * MINUTE_MS;

/**
 * The person who is asked for: whoever comes back; or a user who adds a way to sign in, in one
 * session.
 */
const intent = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("sign_in") }),
  z.object({ kind: z.literal("link"), userId: z.string(), sessionId: z.string() }),
]);
export type Intent = z.infer<typeof intent>;

const signInState = z.object({
  /** Tells it from all else that is sealed under the same key. */
  sealed: z.literal("provider_sign_in"),
  providerId: z.string(),
  intent,
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  redirectUri: z.string(),
  expiresAtMs: z.number(),
});

/** A sign-in at a provider that has begun: what its answer is held against. */
export type SignInState = z.infer<typeof signInState>;

/** The refusal of an answer that belongs to no sign-in of this browser. */
export const NOT_BEGUN_HERE = fail(
  "invalid_request",
  "This sign-in expired or was started in another browser. Start again.",
  { param: "sealedState" },
);

/** Begins a sign-in: draws what makes its answer recognizable. */
export const newSignInState = (
  terms: Pick<SignInState, "providerId" | "intent" | "redirectUri">,
  nowMs: number,
): SignInState => ({
  ...terms,
  sealed: "provider_sign_in",
  state: generateRandomState(),
  nonce: generateRandomNonce(),
  codeVerifier: generateRandomCodeVerifier(),
  expiresAtMs: nowMs + LIFETIME_MS,
});

/** Encrypts a sign-in, for its browser to keep. */
export const sealSignIn = (config: Config, state: SignInState): Promise<string> =>
  seal(config, JSON.stringify(state));

const isSameIntent = (one: Intent, other: Intent): boolean =>
  one.kind === "link" && other.kind === "link"
    ? one.userId === other.userId && one.sessionId === other.sessionId
    : one.kind === other.kind;

function parseState(text: string | null): SignInState | undefined {
  if (text === null) return undefined;
  try {
    return signInState.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * Opens a sign-in that a browser kept, if it was begun at this provider and for this purpose, and
 * the answer is the one to it.
 * @param answer the query with which the provider sent the browser back
 * @returns `invalid_request` otherwise, and after ten minutes
 */
export async function openSignIn(
  { config, nowMs }: { readonly config: Config; readonly nowMs: number },
  sealedState: string,
  expected: { readonly providerId: string; readonly intent: Intent },
  answer: URLSearchParams,
): Promise<Result<SignInState>> {
  const begun = parseState(await unseal(config, sealedState));
  const isOwn =
    begun !== undefined &&
    begun.providerId === expected.providerId &&
    isSameIntent(begun.intent, expected.intent) &&
    begun.expiresAtMs > nowMs &&
    answer.getAll("state").join() === begun.state;
  return isOwn ? ok(begun) : NOT_BEGUN_HERE;
}
