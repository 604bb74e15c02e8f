import { fail, ok, type Result } from "../errors.ts";
import type { HistoryStore } from "./history-store.ts";

/**
 * Chooses the branch that a conversation shows and goes on in: the newest with a message.
 * @param messageId undefined: it stays as it is
 */
export function chooseBranch(
  store: HistoryStore,
  no: number,
  messageId: string | undefined,
): Result<null> {
  if (messageId === undefined) return ok(null);
  const sequence = store.branches.findSequence(no, messageId);
  if (sequence === null)
    return fail("invalid_request", `branch: this conversation has no message ${messageId}.`, {
      param: "branch",
    });
  const leaf = store.branches.find(no)?.newestLeafOf(sequence);
  if (leaf !== undefined) store.branches.setLeaf(no, leaf);
  return ok(null);
}
