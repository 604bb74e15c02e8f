import type { Config } from "../config.ts";
import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { ok, type Result } from "../errors.ts";
import { fulfil } from "./fulfil.ts";
import { decideFulfilment, type FulfilmentDecision } from "./fulfilment-decision.ts";
import { EXPANDED, factsOf, type SessionFacts } from "./session-facts.ts";
import { failOrder, findOrder, findSessionByStripeId, findSessionOfOrder, noteProcessing, type Order } from "./store.ts";
import { askStripe } from "./stripe.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/** What became of an order; `unknown` when the session belongs to none of ours. */
export type Settled = FulfilmentDecision["kind"] | "unknown";

async function carryOut(
  env: Bindings,
  config: Config,
  order: Order,
  decision: FulfilmentDecision,
  facts: SessionFacts,
  nowMs: number,
): Promise<void> {
  const db = database(env.DB);
  switch (decision.kind) {
    case "fulfil":
      return await fulfil(env, config, order, facts, nowMs);
    case "fail":
      // The operator owes this buyer a refund, and should not have to look for it.
      if (facts.paymentStatus === "paid")
        console.error(
          JSON.stringify({ level: "error", doing: "delivering an order", orderId: order.id, error: decision.reason }),
        );
      return await failOrder(db, order.id, { sessionStatus: "failed", reason: decision.reason }, nowMs);
    case "expire":
      return await failOrder(db, order.id, { sessionStatus: "canceled", reason: "The checkout page expired unpaid." }, nowMs);
    case "wait":
      return decision.sessionStatus === "processing" ? await noteProcessing(db, order.id) : undefined;
    case "nothing":
      return undefined;
  }
}

/**
 * Asks Stripe how a checkout session stands now, and brings its order to the same state. Webhook, cron and cancellation all
 * come through here.
 * @returns why Stripe could not be asked, or what became of the order
 * @throws what fulfilment threw; then nothing is marked, and doing it again finishes it
 */
export async function settleSession(env: Bindings, config: Config, stripeId: string, nowMs: number): Promise<Result<Settled>> {
  const db = database(env.DB);
  const asked = await askStripe(config, (stripe) => stripe.checkout.sessions.retrieve(stripeId, { expand: EXPANDED }));
  if (!asked.ok) return asked;
  const facts = factsOf(asked.value);
  // By metadata where the id was never written down (a crash in checkout). Metadata is ours alone; a payment link's
  // `client_reference_id` is whatever its visitor put into the address.
  const bound = await findSessionByStripeId(db, facts.stripeId);
  const orderId = bound?.orderId ?? facts.orderId;
  const order = orderId === null ? undefined : await findOrder(db, orderId);
  if (order === undefined) return ok("unknown");
  const session = bound ?? (await findSessionOfOrder(db, order.id));
  const decision = decideFulfilment(order, session?.stripeId ?? null, facts);
  await carryOut(env, config, order, decision, facts, nowMs);
  return ok(decision.kind);
}
