import { env } from "cloudflare:workers";
import { callAsAdmin } from "./admin.ts";

/** Suspends a user as the operator, and expects that to succeed. */
export async function suspendUser(userId: string, more: Record<string, unknown> = {}) {
  const body = { reason: "Farms the free plan.", ...more };
  const response = await callAsAdmin("POST", `/api/admin/users/${userId}/suspend`, body);
  if (response.status !== 200)
    throw new Error(`Suspending answered ${response.status}: ${await response.text()}`);
  return await response.json<Record<string, unknown>>();
}

/** Resumes a user as the operator, and expects that to succeed. */
export async function resumeUser(userId: string) {
  const body = { reason: "A mistake." };
  const response = await callAsAdmin("POST", `/api/admin/users/${userId}/resume`, body);
  if (response.status !== 200)
    throw new Error(`Resuming answered ${response.status}: ${await response.text()}`);
  return await response.json<Record<string, unknown>>();
}

/** The refusal of a suspended user. */
export const SUSPENDED = { status: 403, code: "account_suspended" };

/** Forgets that a user was erased: other files of the workerd expect few who were. */
export const forgetErased = (userId: string) =>
  env.DB.prepare("DELETE FROM erased_users WHERE user_id = ?").bind(userId).run();
