import { formatError } from "../db.ts";
import type { Env } from "../env.ts";
import { log } from "../log.ts";
import { callWithRetries } from "../object/retry.ts";
import { chatHistory } from "./history.ts";
import type { EndedTurn, EndTurnCommand } from "./types.ts";

/**
 * The delays before further tries, in ms. Together well under the 30 s that a Worker lives past its
 * response.
 */
const RETRIES_MS = [50, 200, 1000, 4000];

/**
 * Stores how a turn ended. It may be retried, as a turn ends once. If every try fails, the turn
 * counts as failed when its time is over, although it may have been charged: the log has the error.
 * @returns the turn; null when it was not answered or could not be stored
 */
export async function endTurnWithRetries(
  env: Env,
  userId: string,
  command: EndTurnCommand,
): Promise<EndedTurn | null> {
  const { conversationId, place } = command;
  const answered = await callWithRetries(
    RETRIES_MS,
    () => chatHistory(env, userId).end(command),
    (error) =>
      log.error("turn.end_failed", { userId, conversationId, place, error: formatError(error) }),
  );
  return answered ?? null;
}
