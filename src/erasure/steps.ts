import { creditAccount, deleteNoticesOf } from "../account/index.ts";
import { deleteAgentsByOwner } from "../agents/index.ts";
import {
  deleteIdentitiesOf,
  deleteSignInPlacesOf,
  deleteVerificationsOf,
  endErasure,
  recordErasedUser,
} from "../auth/index.ts";
import type { Context } from "../context.ts";
import { chatHistory } from "../conversations/index.ts";
import { formatError } from "../db.ts";
import { deleteMailPreferencesOf, deleteMailsOf } from "../mail/index.ts";
import { orUnavailable } from "../object/or-unavailable.ts";

/** One thing that an erasure does to a user. It may be repeated at any time. */
interface ErasureStep {
  readonly name: string;
  readonly run: (ctx: Context, userId: string) => Promise<void>;
}

/**
 * The steps of an erasure, in their order. The account comes first, since its end refuses every
 * request that is still under way. The user's row comes last, since it names the erasure to the
 * cron: as long as it is there, all steps are done again.
 *
 * The user's customer and subscriptions at Stripe are ended later, by `endErasedUsers`.
 */
const STEPS: readonly ErasureStep[] = [
  {
    name: "account",
    run: ({ env }, userId) => orUnavailable(creditAccount(env, userId).erase()),
  },
  {
    name: "history",
    run: ({ env }, userId) => orUnavailable(chatHistory(env, userId).eraseUser(), "ChatHistory"),
  },
  { name: "mails", run: ({ db }, userId) => deleteMailsOf(db, userId) },
  { name: "notices", run: ({ db }, userId) => deleteNoticesOf(db, userId) },
  { name: "mail preferences", run: ({ db }, userId) => deleteMailPreferencesOf(db, userId) },
  { name: "verifications", run: ({ db }, userId) => deleteVerificationsOf(db, userId) },
  { name: "sign-ins", run: ({ db }, userId) => deleteSignInPlacesOf(db, userId) },
  { name: "identities", run: ({ db }, userId) => deleteIdentitiesOf(db, userId) },
  { name: "agents", run: ({ db }, userId) => deleteAgentsByOwner(db, userId) },
  // Before the row is deleted: after a crash in between the user is found once more.
  { name: "record", run: ({ db, nowMs }, userId) => recordErasedUser(db, userId, nowMs) },
  { name: "row", run: endErasure },
];

/**
 * Runs the steps of an erasure that has begun.
 * @throws at the first step that fails, whose name the error begins with
 */
export async function runSteps(ctx: Context, userId: string): Promise<void> {
  for (const { name, run } of STEPS)
    await run(ctx, userId).catch((error: unknown) => {
      throw new Error(`${name}: ${formatError(error)}`, { cause: error });
    });
}
