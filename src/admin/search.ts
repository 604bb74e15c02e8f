import { listAuditEntries } from "../audit/index.ts";
import { findKeyOwners, listUsers } from "../auth/index.ts";
import { findEvent, findSoldObjects, listEvents } from "../billing/index.ts";
import { listPlans } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import type { Database } from "../db.ts";
import { findUsersOf } from "./references.ts";
import type { SearchHitView } from "./wire.ts";

/** The most hits of each kind. */
const HITS_MAX = 10;
/** The most windows of users that one search looks through. */
const WINDOWS_MAX = 10;

/** A hit before its user is looked up. */
interface Hit {
  readonly kind: SearchHitView["kind"];
  readonly id: string;
  /** Null for what is known by its user's address. */
  readonly title: string | null;
  readonly status: string | null;
  readonly userId: string | null;
}

const userHit = (id: string): Hit => ({
  kind: "user",
  id,
  title: null,
  status: null,
  userId: id,
});

/** Searches users by id, address or name, from the newest on. */
async function searchUsers(db: Database, search: string): Promise<Hit[]> {
  const hits: Hit[] = [];
  let before: Awaited<ReturnType<typeof listUsers>>["end"];
  for (let windows = 0; windows < WINDOWS_MAX; windows++) {
    const { rows, end } = await listUsers(db, { search, limit: HITS_MAX, before });
    hits.push(...rows.map(({ id }) => userHit(id)));
    before = end;
    if (end === undefined || hits.length >= HITS_MAX) break;
  }
  return hits.slice(0, HITS_MAX);
}

/** Finds the owner of an API key by its id, of which the audit log has the creation. */
async function searchKeys(db: Database, text: string): Promise<Hit[]> {
  if (text.startsWith("sk_")) {
    const owners = await findKeyOwners(db, text);
    return owners.map((userId) => ({
      kind: "api_key",
      id: `key_${text.slice(3, 11)}`,
      title: null,
      status: null,
      userId,
    }));
  }
  if (!/^key_\w+$/.test(text)) return [];
  const entries = await listAuditEntries(db, { subjectId: text, limit: HITS_MAX });
  const owners = new Set(entries.map(({ userId }) => userId).filter((id) => id !== null));
  return [...owners].map((userId) => ({
    kind: "api_key",
    id: text,
    title: null,
    status: null,
    userId,
  }));
}

/** Finds sales and customers by an id, and the events about it: those of charges and disputes. */
async function searchObjects(db: Database, id: string): Promise<Hit[]> {
  if (!/^[a-z]{2,6}_\w+$/.test(id)) return [];
  const [sold, event, events] = await Promise.all([
    findSoldObjects(db, [id]),
    findEvent(db, id),
    listEvents(db, { objectId: id, limit: HITS_MAX, cursor: undefined }),
  ]);
  const hits = sold.map(({ kind, id: soldId, title, status, userId }): Hit => {
    return kind === "customer" ? userHit(userId) : { kind, id: soldId, title, status, userId };
  });
  // Whoever looks for a sale wants the sale, and finds its events from there.
  const shown = event === undefined ? (hits.length > 0 ? [] : events) : [event];
  return [
    ...hits,
    ...shown.slice(0, HITS_MAX).map(
      (found): Hit => ({
        kind: "event",
        id: found.id,
        title: found.type,
        status: found.status,
        userId: null,
      }),
    ),
  ];
}

/** Finds plans and packs by a part of their name. */
async function searchPlans(db: Database, text: string): Promise<Hit[]> {
  const sought = text.toLowerCase();
  const plans = await listPlans(db, { activeOnly: false });
  return plans
    .filter(({ id, slug, name }) =>
      [id, slug, name.toLowerCase()].some((it) => it.includes(sought)),
    )
    .slice(0, HITS_MAX)
    .map(({ id, name }) => ({ kind: "plan", id, title: name, status: null, userId: null }));
}

/**
 * Searches by whatever an operator has at hand: a part of an address or a name, or an id of ours or
 * of Stripe's.
 */
export async function search({ db }: Context, text: string): Promise<SearchHitView[]> {
  const [objects, keys] = await Promise.all([searchObjects(db, text), searchKeys(db, text)]);
  const exact = [...objects, ...keys];
  const found =
    exact.length > 0
      ? exact
      : (await Promise.all([searchUsers(db, text), searchPlans(db, text)])).flat();
  const userOf = await findUsersOf(
    db,
    found.map(({ userId }) => userId),
  );
  return found.map(({ userId, title, ...hit }) => {
    const user = userOf(userId);
    return { ...hit, title: title ?? user?.email ?? hit.id, user };
  });
}
