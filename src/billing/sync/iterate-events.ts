import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { ok, type Result } from "../../errors.ts";
import { callStripe } from "../stripe/stripe.ts";

/** Stripe's maximum of events in one page, and of event types in one request. */
const PAGE_MAX = 100;
const TYPES_MAX = 20;

/** All events of a stretch of time, oldest first. */
export interface EventWindow {
  readonly events: readonly Stripe.Event[];
  /** The last second of it; null when it goes to the end of Stripe's list. */
  readonly untilSeconds: number | null;
}

interface EventListParams {
  readonly types: readonly string[];
  readonly fromSeconds: number;
  readonly toSeconds: number | null;
}

const chunkTypes = (types: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(types.length / TYPES_MAX) }, (_, at) =>
    types.slice(at * TYPES_MAX, (at + 1) * TYPES_MAX),
  );

/**
 * Lists the events of a stretch of time, oldest first, from one page for each twenty types.
 * @param shouldReadAll reads every page, instead of stopping when one page does not hold everything
 */
async function listEventPages(
  config: Config,
  params: EventListParams,
  shouldReadAll: boolean,
): Promise<Result<{ events: Stripe.Event[]; isWhole: boolean }>> {
  const { fromSeconds, toSeconds } = params;
  const created = { gte: fromSeconds, ...(toSeconds === null ? {} : { lte: toSeconds }) };
  const events: Stripe.Event[] = [];
  for (const types of chunkTypes(params.types)) {
    let after: string | undefined;
    for (let hasMore = true; hasMore; ) {
      const cursorParam = after === undefined ? {} : { starting_after: after };
      const page = await callStripe(config, (stripe) =>
        stripe.events.list({ types, created, limit: PAGE_MAX, ...cursorParam }),
      );
      if (!page.ok) return page;
      events.push(...page.value.data);
      after = page.value.data.at(-1)?.id;
      hasMore = page.value.has_more && after !== undefined;
      if (hasMore && !shouldReadAll) return ok({ events, isWhole: false });
    }
  }
  return ok({
    events: events.toReversed().toSorted((a, b) => a.created - b.created),
    isWhole: true,
  });
}

/**
 * Iterates over Stripe's events of some types from a time on, oldest first. Stripe lists them
 * newest first, so they are fetched in stretches of time, each halved until it fits on a page.
 * Every window is whole: it misses no event between its ends.
 * @param fromSeconds by Stripe's clock, as an event's `created`
 */
export async function* iterateEventWindows(
  config: Config,
  types: readonly string[],
  fromSeconds: number,
): AsyncGenerator<Result<EventWindow>, undefined> {
  let from = fromSeconds;
  let to: number | null = null;
  let newest = fromSeconds;
  for (;;) {
    // A second with more than a page of events cannot be halved, so all of its pages are read.
    const listed: Awaited<ReturnType<typeof listEventPages>> = await listEventPages(
      config,
      { types, fromSeconds: from, toSeconds: to },
      to === from,
    );
    if (!listed.ok) {
      yield listed;
      return;
    }
    const { events, isWhole } = listed.value;
    if (!isWhole) {
      newest = Math.max(newest, ...events.map((event) => event.created));
      to = from + Math.floor(((to ?? newest) - from) / 2);
      continue;
    }
    yield ok({ events, untilSeconds: to });
    if (to === null) return;
    const width: number = to - from + 1;
    from = to + 1;
    to = from + width * 2 < newest ? from + width * 2 : null;
  }
}
