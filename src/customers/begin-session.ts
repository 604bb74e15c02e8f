import { ACCOUNT_SUSPENDED, creditAccount, type Scope } from "../account/index.ts";
import { record } from "../audit/index.ts";
import { mintSessionToken, provisionExternalUser, type User } from "../auth/index.ts";
import type { Context } from "../context.ts";
import { ok, type Result } from "../errors.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { SECOND_MS } from "../time.ts";
import { toMicrocredits } from "../units.ts";

/** The terms of a session. `maxSpend` is in credits, for the session's whole life. */
export interface SessionTerms {
  readonly externalId: string;
  readonly scopes: readonly Scope[];
  readonly models?: readonly string[] | undefined;
  readonly maxSpend?: number | undefined;
  readonly ttlSeconds: number;
}

/** A session that began. */
export interface CustomerSession {
  readonly user: User;
  readonly accessToken: string;
}

/**
 * Begins a session of a user of the founder's backend, who is created on first use. The user's
 * account keeps its terms, and decides them with each chat, as those of an API key.
 * @returns `account_suspended`; what `provisionExternalUser` returns
 */
export async function beginCustomerSession(
  ctx: Context,
  { externalId, scopes, models, maxSpend, ttlSeconds }: SessionTerms,
): Promise<Result<CustomerSession>> {
  const { env, db, config, nowMs, actor } = ctx;
  const provisioned = await provisionExternalUser(ctx, externalId);
  if (!provisioned.ok) return provisioned;
  const { user } = provisioned.value;
  if (user.suspendedAt !== null) return { ok: false, failure: ACCOUNT_SUSPENDED };
  const { text: accessToken, ...token } = await mintSessionToken(config, user.id);
  const expiresAt = nowMs + ttlSeconds * SECOND_MS;
  const budget =
    maxSpend === undefined
      ? null
      : { limitMicrocredits: toMicrocredits(maxSpend), period: "at_once" as const };
  const created = await orUnavailable(
    creditAccount(env, user.id).createSession({
      ...token,
      name: "Session",
      scopes,
      models: models ?? null,
      budget,
      expiresAt,
    }),
  );
  if (!created.ok) return created;
  const after = { scopes, models: models ?? null, maxSpend: maxSpend ?? null, expiresAt };
  const entry = {
    actor,
    action: "customer_session.created",
    subjectId: token.keyId,
    userId: user.id,
    after,
  };
  await record(db, entry, nowMs);
  return ok({ user, accessToken });
}
