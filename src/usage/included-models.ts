import type { AccountSummary } from "../account/index.ts";
import { findPlan, loadChatModels } from "../catalog/index.ts";
import type { Context } from "../context.ts";

/**
 * Lists the active models whose chats the plan of an account pays for, by id, whether or not any of
 * its allowances is left: none where it includes no chats.
 */
export async function listIncludedModels(
  { db, nowMs }: Context,
  { planId, meters }: Pick<AccountSummary, "planId" | "meters">,
): Promise<string[]> {
  const ofChats = meters.filter(({ meter }) => meter === "message" || meter === "token");
  if (ofChats.length === 0 || ofChats.some(({ limit }) => limit === 0)) return [];
  const [plan, active] = await Promise.all([findPlan(db, planId), loadChatModels(db, nowMs)]);
  if (plan === undefined) return [];
  const { models } = plan;
  return [...active.keys()].filter((id) => models === null || models.includes(id));
}
