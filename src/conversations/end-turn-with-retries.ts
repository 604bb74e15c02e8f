import type { Env } from "../env.ts";
import { chatHistory } from "./history.ts";
import type { AnsweredTurn, EndTurnCommand } from "./types.ts";

/**
 * When it is tried again, in ms. Together well under the 30 s that a Worker lives past its
 * response.
 */
const RETRIES_MS = [50, 200, 1000, 4000];

/**
 * Writes down how a turn ended. Trying again is safe, as a turn ends once. If every try fails, the
 * turn is taken for failed when its time is over, although it may have been charged: null, and the
 * log says so.
 */
export async function endTurnWithRetries(
  env: Env,
  userId: string,
  command: EndTurnCommand,
): Promise<AnsweredTurn | null> {
  for (const waitMs of [0, ...RETRIES_MS]) {
    if (waitMs > 0) await scheduler.wait(waitMs);
    try {
      return await chatHistory(env, userId).end(command);
    } catch (error) {
      const { conversationId, place } = command;
      console.error(
        JSON.stringify({
          level: "error",
          at: "end of a turn",
          userId,
          conversationId,
          place,
          error: String(error),
        }),
      );
    }
  }
  return null;
}
