import {
  type EventQuery,
  findSoldObjects,
  type InboxEvent,
  listEvents,
  showEvent,
} from "../billing/index.ts";
import type { Context } from "../context.ts";
import type { Database } from "../db.ts";
import type { CsvColumns } from "../http/csv.ts";
import { type Page, type TimedPosition, toPage } from "../http/page.ts";
import { findUsersOf } from "./references.ts";
import type { ListedEventView } from "./wire.ts";

/** Shows events with the sales or customers that they are about. */
export async function showEvents(
  db: Database,
  events: readonly InboxEvent[],
): Promise<ListedEventView[]> {
  const objectIds = events.flatMap(({ objectId }) => (objectId === null ? [] : [objectId]));
  const sold = await findSoldObjects(db, objectIds);
  const userOf = await findUsersOf(
    db,
    sold.map(({ userId }) => userId),
  );
  const soldBy = new Map(sold.map((one) => [one.namedBy, one]));
  return events.map((event) => {
    const about = event.objectId === null ? undefined : soldBy.get(event.objectId);
    return {
      ...showEvent(event),
      about:
        about === undefined
          ? null
          : {
              kind: about.kind,
              id: about.kind === "customer" ? about.userId : about.id,
              title: about.title,
              user: userOf(about.userId),
            },
    };
  });
}

/** Loads a page of the inbox. */
export async function loadEventPage(
  { db }: Context,
  {
    cursor,
    ...query
  }: Omit<EventQuery, "cursor"> & { readonly cursor?: TimedPosition | undefined },
): Promise<Page<ListedEventView>> {
  const before = cursor === undefined ? undefined : { receivedAt: cursor.atMs, id: cursor.id };
  const events = await listEvents(db, { ...query, cursor: before });
  const page = toPage(
    events,
    query.limit,
    (event) => event,
    ({ receivedAt, id }) => `${receivedAt}.${id}`,
  );
  return { ...page, data: await showEvents(db, page.data) };
}

/** The columns of the list in CSV. */
export const EVENT_COLUMNS: CsvColumns<ListedEventView> = [
  ["id", ({ id }) => id],
  ["received_at", ({ receivedAt }) => receivedAt],
  ["type", ({ type }) => type],
  ["object_id", ({ objectId }) => objectId],
  ["about", ({ about }) => about?.id ?? null],
  ["title", ({ about }) => about?.title ?? null],
  ["email", ({ about }) => about?.user?.email ?? null],
  ["status", ({ status }) => status],
  ["attempts", ({ attempts }) => attempts],
  ["last_error", ({ lastError }) => lastError],
  ["processed_at", ({ processedAt }) => processedAt],
  ["livemode", ({ livemode }) => livemode],
];
