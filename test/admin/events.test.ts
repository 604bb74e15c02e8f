import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { retryEvents } from "../../src/billing/index.ts";
import { readConfig } from "../../src/config.ts";
import { DAY_MS, MINUTE_MS } from "../../src/time.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import {
  DELIVERED_OUTCOME,
  DELIVERED_STATE,
  loadShopCatalog,
  openPaidSale,
  readSaleOutcome,
  readUserState,
} from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { buildEvent, COMPLETED, deliverEvent } from "../support/webhook.ts";

const config = readConfig(env);
const retry = (afterMs: number, limit = 100) =>
  retryEvents(testContext({ config, nowMs: Date.now() + afterMs }), limit);

interface EventBody {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly nextTryAt: string | null;
}
interface EventPage {
  readonly data: readonly EventBody[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

const fetchEvent = async (id: string): Promise<EventBody> =>
  await (await callAsAdmin("GET", `/api/admin/events/${id}`)).json<EventBody>();
const fetchEvents = async (query: string): Promise<EventPage> =>
  await (await callAsAdmin("GET", `/api/admin/events?${query}`)).json<EventPage>();
const replay = (id: string) => callAsAdmin("POST", `/api/admin/events/${id}/replay`);

const answerDown = () =>
  Response.json(
    { error: { type: "api_error", message: "down" } },
    { status: 500, headers: { "stripe-should-retry": "false" } },
  );

/** Makes a paid sale whose event came while Stripe was down. */
async function failedSale() {
  const sale = await openPaidSale();
  const event = buildEvent(COMPLETED, sale.sessionId);
  fakeNetwork.standIn("stripe.test", answerDown);
  expect((await deliverEvent(event)).status).toBe(500);
  fakeNetwork.standIn("stripe.test", sale.stripe.fetch);
  return { ...sale, eventId: event.id };
}

beforeAll(async () => {
  await loadShopCatalog();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
// No event of another test in this file is due in this one.
beforeEach(async () => {
  await env.DB.prepare("update stripe_events set next_try_at = null").run();
});

describe("GET /api/admin/events", () => {
  it("lists the inbox, newest first, in pages", async () => {
    const ids: string[] = [];
    for (let made = 0; made < 5; made += 1) {
      const event = buildEvent("customer.created", "cus_paged");
      await deliverEvent(event);
      ids.push(event.id);
    }
    const listed: string[] = [];
    let cursor = "";
    do {
      const page = await fetchEvents(`objectId=cus_paged&limit=2${cursor}`);
      listed.push(...page.data.map((event) => event.id));
      cursor = page.nextCursor === null ? "" : `&cursor=${page.nextCursor}`;
    } while (cursor !== "");
    expect(listed.toSorted()).toEqual(ids.toSorted());
    expect((await fetchEvents("limit=100")).data.map((event) => event.id)).toEqual(
      expect.arrayContaining(ids),
    );
  });

  it("filters by status, type and object", async () => {
    const { eventId, sessionId } = await failedSale();
    expect(
      (await fetchEvents(`status=failed&type=${COMPLETED}&objectId=${sessionId}`)).data,
    ).toMatchObject([{ id: eventId }]);
    expect((await fetchEvents(`status=processed&objectId=${sessionId}`)).data).toEqual([]);
    expect((await fetchEvents(`type=customer.created&objectId=${sessionId}`)).data).toEqual([]);
  });

  it.each(["status=lost", "cursor=evt_1", "cursor=1.cus_1", "limit=0", "objectid=cs_1", "type="])(
    "refuses ?%s, naming the field",
    async (query) => {
      const answer = await callAsAdmin("GET", `/api/admin/events?${query}`);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { code: "invalid_request", param: query.split("=")[0] },
      });
    },
  );

  it("answers 404 for an unknown event", async () => {
    for (const answer of [
      await callAsAdmin("GET", "/api/admin/events/evt_none"),
      await replay("evt_none"),
    ]) {
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ error: { code: "not_found" } });
    }
  });
});

describe("a replay", () => {
  it("handles an event that failed, counts the attempt, and is recorded", async () => {
    const { user, eventId } = await failedSale();
    expect(await fetchEvent(eventId)).toMatchObject({
      status: "failed",
      attempts: 1,
      lastError: expect.stringContaining("Stripe"),
    });
    const answer = await replay(eventId);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      outcome: "processed",
      error: null,
      event: { id: eventId, status: "processed", attempts: 2, lastError: null, nextTryAt: null },
    });
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
    const { data } = await (
      await callAsAdmin("GET", `/api/admin/audit?subjectId=${eventId}`)
    ).json<{
      data: object[];
    }>();
    expect(data).toMatchObject([
      {
        action: "event.replayed",
        actor: { kind: "admin" },
        before: { status: "failed", attempts: 1 },
      },
    ]);
  });

  it("of an event that was processed changes nothing, even if it fails", async () => {
    const { user, sessionId, eventId } = await failedSale();
    await replay(eventId);
    expect(await (await replay(eventId)).json()).toMatchObject({
      outcome: "processed",
      event: { attempts: 3 },
    });
    expect(await readSaleOutcome(user, sessionId)).toEqual(DELIVERED_OUTCOME);
    fakeNetwork.standIn("stripe.test", answerDown);
    expect(await (await replay(eventId)).json()).toMatchObject({
      outcome: "failed",
      error: expect.stringContaining("billing_unavailable"),
      event: { status: "processed", attempts: 4, lastError: null },
    });
  });

  it("of an event that was ignored handles it once it can", async () => {
    const { user, sessionId } = await openPaidSale();
    const event = buildEvent(COMPLETED, sessionId);
    await env.DB.prepare(
      `insert into stripe_events (id, type, livemode, object_id, status, attempts, received_at)
       values (?, ?, 0, ?, 'ignored', 1, 0)`,
    )
      .bind(event.id, COMPLETED, sessionId)
      .run();
    expect(await (await replay(event.id)).json()).toMatchObject({ outcome: "processed" });
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });

  it("is for admins alone", async () => {
    const { token } = await signUp();
    for (const [method, path] of [
      ["GET", "/api/admin/events"],
      ["POST", "/api/admin/events/evt_1/replay"],
      ["POST", "/api/admin/reconcile"],
      ["GET", "/api/admin/audit"],
    ] as const)
      expect((await call(method, path, { token })).status).toBe(403);
  });
});

describe("an event that could not be handled", () => {
  it("I7: is retried by the cron even if Stripe never sends it again", async () => {
    const { user, eventId } = await failedSale();
    expect(await retry(9 * MINUTE_MS)).toEqual({ tried: 0, settled: 0 });
    expect(await retry(11 * MINUTE_MS)).toEqual({ tried: 1, settled: 1 });
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
    expect(await fetchEvent(eventId)).toMatchObject({
      status: "processed",
      attempts: 2,
      nextTryAt: null,
    });
    expect(await retry(365 * DAY_MS)).toEqual({ tried: 0, settled: 0 });
  });

  it("I7: is retried when the Worker died while handling it", async () => {
    const { user, eventId } = await failedSale();
    await env.DB.prepare(
      "update stripe_events set status = 'received', last_error = null where id = ?",
    )
      .bind(eventId)
      .run();
    expect(await retry(11 * MINUTE_MS)).toEqual({ tried: 1, settled: 1 });
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });

  it("is retried at growing intervals, at least every six hours, for thirty days", async () => {
    const { eventId, stripe } = await failedSale();
    fakeNetwork.standIn("stripe.test", answerDown);
    const tries: number[] = [];
    for (let atMs = 0; atMs < 31 * DAY_MS; ) {
      const { nextTryAt } = await fetchEvent(eventId);
      if (nextTryAt === null) break;
      atMs = Date.parse(nextTryAt) - Date.now();
      tries.push(atMs);
      expect((await retry(atMs + 1000)).tried).toBe(1);
    }
    const waits = tries.map((at, n) => (at - (tries[n - 1] ?? 0)) / MINUTE_MS);
    expect(waits.slice(0, 3).map(Math.round)).toEqual([10, 10, 20]);
    expect(Math.max(...waits)).toBeLessThan(6 * 60 + 1);
    expect((tries.at(-1) ?? 0) / DAY_MS).toBeCloseTo(30, 0);
    expect(await fetchEvent(eventId)).toMatchObject({
      status: "failed",
      nextTryAt: null,
      attempts: tries.length + 1,
    });
    fakeNetwork.standIn("stripe.test", stripe.fetch);
    expect(await (await replay(eventId)).json()).toMatchObject({ outcome: "processed" });
  }, 30_000);

  it("does not block others, unless Stripe is down for all of them", async () => {
    const broken = await failedSale();
    await env.DB.prepare("update stripe_events set object_id = 'cs_test_gone' where id = ?")
      .bind(broken.eventId)
      .run();
    const whole = await failedSale();
    fakeNetwork.standIn("stripe.test", answerDown);
    expect(await retry(11 * MINUTE_MS)).toEqual({ tried: 1, settled: 0 });
    fakeNetwork.standIn("stripe.test", whole.stripe.fetch);
    expect(await retry(40 * MINUTE_MS)).toEqual({ tried: 2, settled: 1 });
    expect(await readUserState(whole.user)).toMatchObject(DELIVERED_STATE);
  });

  it("is tried once by runs that overlap", async () => {
    const { user, sessionId, eventId } = await failedSale();
    const runs = await Promise.all([
      retry(11 * MINUTE_MS),
      retry(11 * MINUTE_MS),
      retry(11 * MINUTE_MS),
    ]);
    expect(runs.reduce((sum, run) => sum + run.tried, 0)).toBe(1);
    expect(await fetchEvent(eventId)).toMatchObject({ attempts: 2 });
    expect(await readSaleOutcome(user, sessionId)).toEqual(DELIVERED_OUTCOME);
  });
});
