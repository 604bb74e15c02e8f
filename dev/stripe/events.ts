import { Stripe } from "stripe";
import type { Context } from "./context.ts";
import { newId } from "./ids.ts";
import type { Delivery, EventRule } from "./store.ts";
import type { EventObject, EventType, MeterReport, StoredEvent } from "./wire.ts";

/** Takes the first rule that matches an event from the rules for the next events. */
function takeRule(
  ctx: Context,
  { type, data }: StoredEvent | MeterReport,
): EventRule["behaviour"] | undefined {
  const { rules } = ctx.store.settings;
  const rule = rules.find(
    (candidate) =>
      (candidate.type === undefined || candidate.type === type) &&
      (candidate.about === undefined ||
        ("object" in data && candidate.about === Reflect.get(data.object, "id"))),
  );
  if (rule === undefined) return undefined;
  ctx.store.set({
    rules: rules.flatMap((one) =>
      one !== rule ? [one] : one.times > 1 ? [{ ...one, times: one.times - 1 }] : [],
    ),
  });
  return rule.behaviour;
}

/** Schedules the delivery of an event. */
export function schedule(ctx: Context, event: StoredEvent | MeterReport): void {
  if (!ctx.hasWebhook && ctx.store.webhookEndpoints.oldestFirst().length === 0) return;
  const behaviour = takeRule(ctx, event);
  const state = (
    { late: "held", out_of_order: "overtaken", never: "dropped", twice: "pending" } as const
  )[behaviour ?? "twice"];
  for (let copy = behaviour === "twice" ? 2 : 1; copy > 0; copy -= 1) {
    const delivery: Delivery = {
      id: newId("whd"),
      event: event.id,
      type: event.type,
      state,
      dueAtSeconds: ctx.nowSeconds(),
      attempts: [],
    };
    ctx.store.deliveries.put(delivery);
  }
}

/**
 * Emits an event with the current state of the object, and schedules its delivery.
 * @param previous the former values of the changed fields
 */
export function emit<Type extends EventType>(
  ctx: Context,
  type: Type,
  object: EventObject<Type> & object,
  previous?: object,
): void {
  const event: StoredEvent = {
    id: newId("evt", 23, "1"),
    object: "event",
    api_version: Stripe.API_VERSION,
    created: ctx.nowSeconds(),
    data: {
      object: structuredClone<object>(object),
      ...(previous === undefined ? {} : { previous_attributes: previous }),
    },
    livemode: false,
    request: ctx.request ?? { id: null, idempotency_key: null },
    type,
  };
  schedule(ctx, ctx.store.events.put(event));
}

/** The time for which Stripe keeps events: 30 days. */
const EVENT_RETENTION_SECONDS = 30 * 86_400;

/**
 * Lists the events that the endpoint has not received. There is one endpoint, which has received an
 * event once any of its deliveries arrived.
 */
export function listUndelivered(ctx: Context): ReadonlySet<string> {
  const [scheduled, received] = [new Set<string>(), new Set<string>()];
  for (const { event, state } of ctx.store.deliveries.oldestFirst()) {
    scheduled.add(event);
    if (state === "delivered") received.add(event);
  }
  return scheduled.difference(received);
}

/** Returns an event in its API form. */
export const showEvent = (event: StoredEvent, undelivered: ReadonlySet<string>) => ({
  ...event,
  pending_webhooks: undelivered.has(event.id) ? 1 : 0,
});

/** Returns whether an event is recent enough to be shown. */
export const isRetained = (ctx: Context, event: StoredEvent): boolean =>
  event.created > ctx.nowSeconds() - EVENT_RETENTION_SECONDS;

/**
 * Deletes the events that are no longer retained, with their deliveries. Events that have never
 * been sent are kept.
 */
export function pruneEvents(ctx: Context): void {
  const { events, deliveries } = ctx.store;
  for (const event of events.oldestFirst()) {
    if (isRetained(ctx, event)) break;
    const sent = deliveries.oldestFirst().filter((delivery) => delivery.event === event.id);
    if (sent.some(({ attempts, state }) => attempts.length === 0 && state !== "dropped")) continue;
    events.remove(event.id);
    for (const delivery of sent) deliveries.remove(delivery.id);
  }
}

/** Returns the former values of the fields that differ, as in `previous_attributes`. */
export function previousAttributes<T extends object>(before: T, after: T): object | undefined {
  const changed = Object.entries(before).flatMap(([key, value]: [string, unknown]) => {
    const current: unknown = Reflect.get(after, key);
    if (JSON.stringify(value) === JSON.stringify(current)) return [];
    if (
      key !== "metadata" ||
      typeof value !== "object" ||
      value === null ||
      typeof current !== "object" ||
      current === null
    )
      return [[key, value]];
    const keys = [...new Set([...Object.keys(value), ...Object.keys(current)])];
    const changedKeys = keys.filter(
      (name) => Reflect.get(value, name) !== Reflect.get(current, name),
    );
    return [
      [
        key,
        Object.fromEntries(
          changedKeys.map((name): [string, unknown] => [name, Reflect.get(value, name) ?? null]),
        ),
      ],
    ];
  });
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}
