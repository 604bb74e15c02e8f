import { type ChatView, creditAccount } from "../account/index.ts";
import type { Env } from "../env.ts";
import { fail, ok, type Result } from "../errors.ts";
import { orUnavailable } from "../object/or-unavailable.ts";

/**
 * The number of a hold in the id of its chat: `gen_…-12` as replies have it, or `hld_12` as lists
 * do. A number is looked up in the caller's own account, so the rest of the id protects nothing.
 */
export const CHAT_ID = /^(?:hld_|gen_[0-9a-f]{32}-)(\d{1,15})$/;

const NOT_FOUND = fail("not_found", "This chat doesn't exist, or it hasn't ended yet.", {
  param: "id",
});

/** Returns the number of a chat's hold. @returns `not_found` for what is no id of a chat */
export function toHoldNo(id: string): Result<number> {
  const [, holdNo] = CHAT_ID.exec(id) ?? [];
  return holdNo === undefined ? NOT_FOUND : ok(Number(holdNo));
}

/**
 * Finds a user's chat that is over, by either of its ids.
 * @returns `not_found` for any other text as well
 */
export async function findChat(
  env: Pick<Env, "CREDIT_ACCOUNT">,
  userId: string,
  id: string,
): Promise<Result<ChatView>> {
  const holdNo = toHoldNo(id);
  if (!holdNo.ok) return holdNo;
  const chat = await orUnavailable(creditAccount(env, userId).chat(holdNo.value));
  return chat === null ? NOT_FOUND : ok(chat);
}
