import type { Config } from "../config.ts";
import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { fail, ok, type Result } from "../errors.ts";
import type { StripeEvent } from "./event.ts";
import { handlerOf } from "./handlers.ts";
import { noteFailure, receive, settleEvent } from "./inbox.ts";
import { describeError } from "./stripe-failure.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

async function handle(
  env: Bindings,
  config: Config,
  event: StripeEvent,
  nowMs: number,
): Promise<Result<"processed" | "ignored">> {
  const objectId = event.data.object.id;
  const handler = handlerOf(event.type);
  if (handler === undefined || objectId === undefined) return ok("ignored");
  const handled = await handler(env, config, objectId, nowMs);
  if (!handled.ok) return handled;
  return ok(handled.value === "unknown" ? "ignored" : "processed");
}

/**
 * Handles a verified event: written into the inbox, handled, marked, in this order, so that what a crash interrupts is done
 * again at Stripe's next delivery. One that was processed before is done with.
 * @returns `internal_error` when Stripe must send it again; why is kept in the inbox
 */
export async function receiveEvent(env: Bindings, config: Config, event: StripeEvent, nowMs: number): Promise<Result<null>> {
  const db = database(env.DB);
  if (!(await receive(db, event, nowMs))) return ok(null);
  const outcome = await handle(env, config, event, nowMs).catch((error: unknown) => fail("internal_error", describeError(error)));
  if (outcome.ok) {
    await settleEvent(db, event.id, outcome.value, nowMs);
    return ok(null);
  }
  const { code, message } = outcome.failure;
  console.error(JSON.stringify({ level: "error", eventId: event.id, eventType: event.type, error: `${code}: ${message}` }));
  await noteFailure(db, event.id, `${code}: ${message}`);
  return fail("internal_error", "The event could not be handled. Please send it again.");
}
