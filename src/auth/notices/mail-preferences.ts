import { creditAccount } from "../../account/index.ts";
import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import { batchAll } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import {
  changeMailPreferences,
  findMailPreferences,
  type MailPreferenceChange,
  readUnsubscribeToken,
} from "../../mail/index.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { toCredits } from "../../units.ts";
import { USER_NOT_FOUND } from "../users/update-profile.ts";
import { findUser } from "../users/users.ts";
import type { MailPreferencesView, UnsubscribedView } from "./wire.ts";

const BAD_TOKEN = fail(
  "invalid_request",
  "This link is incomplete. Open it from the mail again, or sign in to choose your mails.",
  { param: "token" },
);

/** Shows a user's mail preferences. The threshold is the account's, which alone watches it. */
export async function loadMailPreferences(
  { db, env }: Pick<Context, "db" | "env">,
  userId: string,
): Promise<Result<MailPreferencesView>> {
  const [user, preferences, watch] = await Promise.all([
    findUser(db, userId),
    findMailPreferences(db, userId),
    orUnavailable(creditAccount(env, userId).balanceWatch()),
  ]);
  if (user === undefined) return USER_NOT_FOUND;
  const { thresholdMicrocredits: threshold } = watch;
  const lowBalanceCredits = threshold === null ? null : toCredits(threshold);
  return ok({ ...preferences, lowBalanceCredits });
}

/** The preferences to change. What is left out stays. */
interface PreferenceChange extends MailPreferenceChange {
  /** Null tells nobody. */
  readonly lowBalanceMicrocredits?: number | null | undefined;
}

/**
 * Changes a user's mail preferences. What an admin changes for somebody else is in the audit log.
 * @returns `not_found` when the user is gone
 */
export async function updateMailPreferences(
  { db, env, actor, nowMs }: Context,
  userId: string,
  { lowBalanceMicrocredits: threshold, ...change }: PreferenceChange,
): Promise<Result<true>> {
  if ((await findUser(db, userId)) === undefined) return USER_NOT_FOUND;
  if (threshold !== undefined) {
    const account = creditAccount(env, userId);
    const watched = await orUnavailable(account.watchBalance({ thresholdMicrocredits: threshold }));
    if (!watched.ok) return USER_NOT_FOUND;
  }
  const action = "user.mail_preferences_changed";
  const entry = { actor, action, subjectId: userId, userId };
  await batchAll(db, [
    changeMailPreferences(db, userId, change, nowMs),
    ...(userId === actor.id ? [] : [auditIfChanged(db, entry, nowMs)]),
  ]);
  return ok(true);
}

/**
 * Turns off one kind of mail by the link of such a mail, without signing in.
 * @returns `invalid_request` for a link that is not ours, or not whole
 */
export async function unsubscribe(
  { db, config, nowMs }: Context,
  token: string,
): Promise<Result<UnsubscribedView>> {
  const optOut = await readUnsubscribeToken(config, token);
  if (optOut === null) return BAD_TOKEN;
  const { userId, kind } = optOut;
  // Nothing is kept of a user who is gone, and who gets no mails any more either.
  if ((await findUser(db, userId)) !== undefined)
    await batchAll(db, [changeMailPreferences(db, userId, { kinds: { [kind]: false } }, nowMs)]);
  return ok({ kind });
}
