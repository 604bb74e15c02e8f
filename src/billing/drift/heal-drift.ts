import { type Actor, record } from "../../audit/index.ts";
import type { Config } from "../../config.ts";
import { database } from "../../db.ts";
import type { Env } from "../../env.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { settleInvoice, settleSubscription } from "../subscriptions/sync/settle.ts";
import { settleSession } from "../sync/settle-session.ts";
import { type Outcome, settleOrder } from "../sync/sync-order.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;
type Settle = (
  env: Bindings,
  config: Config,
  id: string,
  nowMs: number,
) => Promise<Result<Outcome>>;

/** What settles a thing, by the prefix of its id: the functions that events call, too. */
const SETTLE: Readonly<Record<string, Settle>> = {
  ord: (env, config, orderId, nowMs) =>
    settleOrder(env, config, { orderId, offeredId: null }, nowMs),
  cs: settleSession,
  sub: settleSubscription,
  in: settleInvoice,
};

/** The outcome as the wire and the audit log name it: those of orders, for whatever was synced. */
const WIRE_OUTCOMES = {
  changed: "fulfil",
  unchanged: "nothing",
  fulfil: "fulfil",
  fail: "fail",
  expire: "expire",
  wait: "wait",
  nothing: "nothing",
} as const satisfies Readonly<Record<Exclude<Outcome, "unknown">, string>>;

/**
 * Brings an order, subscription or invoice to where Stripe says that it stands, as an event about
 * it would.
 * @returns what became of it; `not_found` when it is nothing of ours; why Stripe could not be asked
 */
export async function healDrift(
  env: Bindings,
  config: Config,
  subjectId: string,
  actor: Actor,
  nowMs: number,
): Promise<Result<string>> {
  const nothing = fail("not_found", `There is no order, subscription or invoice ${subjectId}.`);
  const prefix = subjectId.slice(0, subjectId.indexOf("_"));
  const settle = Object.hasOwn(SETTLE, prefix) ? SETTLE[prefix] : undefined;
  if (settle === undefined) return nothing;
  const settled = await settle(env, config, subjectId, nowMs);
  if (!settled.ok) return settled.failure.param === "resource_missing" ? nothing : settled;
  if (settled.value === "unknown") return nothing;
  const outcome = WIRE_OUTCOMES[settled.value];
  const entry = { actor, action: "drift.healed", subjectId, after: { outcome } };
  await record(database(env.DB), entry, nowMs);
  return ok(outcome);
}
