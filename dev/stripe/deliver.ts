import { Stripe } from "stripe";
import type { Context } from "./context.ts";
import { showEvent } from "./events.ts";
import { newId } from "./ids.ts";
import { notificationOf } from "./meter-reports.ts";
import type { Attempt, Delivery } from "./store.ts";
import type { MeterReport, StoredEvent } from "./wire.ts";

/** A webhook endpoint. `send` replaces the network in tests. */
export interface Webhook {
  readonly url: string;
  readonly secret: string;
  readonly send?: (request: Request) => Promise<Response>;
  /**
   * The delay before the first retry, in seconds; each further one is twice as long. Stripe's own
   * are longer.
   */
  readonly retryBaseSeconds?: number;
}

/**
 * Stripe gives up an event after three days. They are counted from the first attempt, because a
 * clock that was advanced may reach it late.
 */
const GIVE_UP_SECONDS = 3 * 86_400;
const MAX_WAIT_SECONDS = 12 * 3600;
const ANSWER_TIMEOUT_MS = 20_000;

const sendOverNetwork = (request: Request) =>
  fetch(request, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS), redirect: "manual" });

/** Finds an event of either kind by its id. */
const findSent = ({ store }: Context, id: string): StoredEvent | MeterReport | undefined =>
  store.events.get(id) ?? store.meterReports.get(id);

/** Returns what is sent of an event: of a thin one, nothing but its notification. */
const contentOf = (event: StoredEvent | MeterReport): object =>
  event.object === "v2.core.event" ? notificationOf(event) : showEvent(event, new Set([event.id]));

/** Builds the request that carries an event, signed now as Stripe signs it. */
async function signedRequest(webhook: Webhook, event: StoredEvent | MeterReport): Promise<Request> {
  const payload = JSON.stringify(contentOf(event), null, 2);
  const signature = await Stripe.webhooks.generateTestHeaderStringAsync({
    payload,
    secret: webhook.secret,
    // The receiver compares this with its own clock, which was not advanced.
    timestamp: Math.floor(Date.now() / 1000),
    cryptoProvider: Stripe.createSubtleCryptoProvider(),
  });
  return new Request(webhook.url, {
    method: "POST",
    headers: {
      "content-type": "application/json; charset=utf-8",
      "stripe-signature": signature,
      "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    },
    body: payload,
  });
}

/** Sends an event once, whatever the state of its deliveries. */
async function sendOnce(
  ctx: Context,
  webhook: Webhook,
  event: StoredEvent | MeterReport,
): Promise<Attempt> {
  const atSeconds = ctx.nowSeconds();
  try {
    const response = await (webhook.send ?? sendOverNetwork)(await signedRequest(webhook, event));
    await response.body?.cancel();
    return {
      atSeconds,
      status: response.status,
      problem: response.ok ? null : `answered ${response.status}`,
    };
  } catch (error) {
    return {
      atSeconds,
      status: null,
      problem: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Returns the endpoint of the options, and those that the API made and that want the event. */
function endpointsFor(
  { store }: Context,
  webhook: Webhook | undefined,
  event: StoredEvent | MeterReport,
): Webhook[] {
  const made = store.webhookEndpoints
    .oldestFirst()
    .filter(
      ({ status, enabled_events: wanted }) =>
        status === "enabled" && (wanted.includes("*") || wanted.includes(event.type)),
    )
    .map(({ url, secret }) => ({ ...webhook, url, secret }));
  return [...(webhook === undefined ? [] : [webhook]), ...made];
}

/** Sends an event to each of its endpoints. It counts as delivered once all of them have it. */
async function sendToAll(
  ctx: Context,
  webhook: Webhook | undefined,
  event: StoredEvent | MeterReport,
): Promise<Attempt> {
  let result: Attempt = { atSeconds: ctx.nowSeconds(), status: null, problem: null };
  for (const endpoint of endpointsFor(ctx, webhook, event)) {
    const attempt = await sendOnce(ctx, endpoint, event);
    if (result.problem === null) result = attempt;
  }
  return result;
}

/** Returns a delivery as it is after an attempt. */
function afterAttempt(delivery: Delivery, attempt: Attempt, baseSeconds: number): Delivery {
  const attempts = [...delivery.attempts, attempt];
  if (attempt.problem === null) return { ...delivery, attempts, state: "delivered" };
  const waitSeconds = Math.min(baseSeconds * 2 ** (attempts.length - 1), MAX_WAIT_SECONDS);
  const dueAtSeconds = attempt.atSeconds + waitSeconds;
  const firstAtSeconds = attempts[0]?.atSeconds ?? attempt.atSeconds;
  const isOver = dueAtSeconds > firstAtSeconds + GIVE_UP_SECONDS;
  return { ...delivery, attempts, dueAtSeconds, state: isOver ? "failed" : "pending" };
}

/**
 * Creates the sender of webhooks. There is one for each local Stripe, so that no delivery is sent
 * by two at once.
 */
export function createWebhookSender(ctx: Context, webhook: Webhook | undefined) {
  const inFlight = new Set<string>();

  async function attempt(delivery: Delivery): Promise<void> {
    const event = findSent(ctx, delivery.event);
    if (event === undefined || inFlight.has(delivery.id)) return;
    inFlight.add(delivery.id);
    try {
      const result = await sendToAll(ctx, webhook, event);
      ctx.store.deliveries.put(afterAttempt(delivery, result, webhook?.retryBaseSeconds ?? 5));
    } finally {
      inFlight.delete(delivery.id);
    }
    // Deliveries that are to arrive out of order have been overtaken by this one and are sent next.
    for (const other of ctx.store.deliveries.oldestFirst()) {
      if (other.state === "overtaken" && other.event !== delivery.event)
        ctx.store.deliveries.put({ ...other, state: "pending" });
    }
  }

  async function sendAll(isDue: (delivery: Delivery) => boolean): Promise<readonly Delivery[]> {
    const sent = new Set<string>();
    if (webhook === undefined) return [];
    for (;;) {
      const next = ctx.store.deliveries
        .oldestFirst()
        .find((delivery) => !sent.has(delivery.id) && isDue(delivery));
      if (next === undefined) break;
      sent.add(next.id);
      await attempt(next);
    }
    return ctx.store.deliveries.oldestFirst().filter((delivery) => sent.has(delivery.id));
  }

  return {
    /**
     * Sends the deliveries that are due, one after another, in the order of their events. Returns
     * those that were tried.
     */
    deliver: () =>
      sendAll(
        (delivery) => delivery.state === "pending" && delivery.dueAtSeconds <= ctx.nowSeconds(),
      ),
    /**
     * Sends everything that is not delivered or dropped, including held deliveries and those that
     * wait for a retry.
     */
    flush: () => sendAll((delivery) => ["pending", "held", "overtaken"].includes(delivery.state)),
    /** Releases the held deliveries. The next `deliver` sends them. */
    release(): number {
      const held = ctx.store.deliveries
        .oldestFirst()
        .filter((delivery) => ["held", "overtaken"].includes(delivery.state));
      for (const delivery of held)
        ctx.store.deliveries.put({ ...delivery, state: "pending", dueAtSeconds: ctx.nowSeconds() });
      return held.length;
    },
    /**
     * Sends one event again now, as `stripe events resend` does. Returns undefined if there is no
     * such event or no endpoint.
     */
    async resend(eventId: string): Promise<Attempt | undefined> {
      const event = findSent(ctx, eventId);
      if (event === undefined || webhook === undefined) return undefined;
      const result = await sendOnce(ctx, webhook, event);
      const state = result.problem === null ? "delivered" : "failed";
      const { type } = event;
      ctx.store.deliveries.put({
        id: newId("whd"),
        event: eventId,
        type,
        state,
        dueAtSeconds: result.atSeconds,
        attempts: [result],
      });
      return result;
    },
    /** Returns the request that would carry an event now, for a test to send, repeat or change. */
    async signed(eventId: string): Promise<Request | undefined> {
      const event = findSent(ctx, eventId);
      return event === undefined || webhook === undefined
        ? undefined
        : await signedRequest(webhook, event);
    },
  };
}
export type WebhookSender = ReturnType<typeof createWebhookSender>;
