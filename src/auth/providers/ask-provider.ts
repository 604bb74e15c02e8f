import {
  AuthorizationResponseError,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from "oauth4webapi";
import { z } from "zod";
import { type Failure, fail, ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import type { SignInProvider } from "../../provider-settings.ts";
import { NOT_BEGUN_HERE } from "./sign-in-state.ts";

/** An error code of OAuth. Anything else that stands in its place is not shown or logged. */
const ERROR_CODE = /^[a-z_]{1,60}$/;

const errorCode = (text: string): string => (ERROR_CODE.test(text) ? text : "error");

/** A code that was used or has expired, as GitHub says it: with status 200. */
const githubUsedCode = z.object({
  body: z.object({ error: z.literal("bad_verification_code") }),
});

/** Whether a provider refused a code that was used or has expired. */
const isUsedCode = (error: unknown): boolean =>
  (error instanceof ResponseBodyError && error.error === "invalid_grant") ||
  (error instanceof OperationProcessingError && githubUsedCode.safeParse(error.cause).success);

const providerError = ({ name }: SignInProvider): Failure => ({
  code: "provider_error",
  message: `We couldn't complete the sign-in with ${name}. Try again, or sign in another way.`,
});

/**
 * What may be logged of an error: never its cause, which has the provider's answer with the tokens
 * in it.
 */
function describeError(error: unknown): string {
  if (error instanceof ResponseBodyError) return `${error.status} ${errorCode(error.error)}`;
  if (error instanceof WWWAuthenticateChallengeError) return `${error.status} challenge`;
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError)
    return `${error.code ?? error.name}: ${error.message}`;
  return error instanceof Error ? error.name : "unknown";
}

/** Returns what is told of a provider's error. */
function toFailure(provider: SignInProvider, error: unknown): Failure {
  if (error instanceof AuthorizationResponseError) {
    const code = errorCode(error.error);
    const message = `${provider.name} didn't sign you in: ${code}.`;
    return { code: "provider_refused", message, param: code };
  }
  return isUsedCode(error) ? NOT_BEGUN_HERE.failure : providerError(provider);
}

/**
 * Runs what asks a provider. Whatever comes back is the provider's: a network that is down, a
 * timeout, an answer that is not valid, a lie.
 * @returns `provider_refused` where it says that it did not sign somebody in; `invalid_request` for
 *   a code that was used; else `provider_error`
 */
export async function askProvider<T>(
  provider: SignInProvider,
  run: () => Promise<T>,
): Promise<Result<T>> {
  try {
    return ok(await run());
  } catch (error) {
    const failure = toFailure(provider, error);
    if (failure.code === "provider_error")
      log.warn("provider.failed", { provider: provider.id, error: describeError(error) });
    const { code, message, param } = failure;
    return fail(code, message, { param });
  }
}
