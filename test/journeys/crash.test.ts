import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Api } from "../../dev/demo/api.ts";
import { waitFor } from "../../dev/demo/checks.ts";
import { payOnPage } from "../../dev/demo/pay-page.ts";
import { toMicrocredits } from "../../src/units.ts";
import { KillableWorker } from "./support/killable-worker.ts";
import { type CompletedChat, runLoad, type UserLog } from "./support/load.ts";
import { setPaymentDelivery } from "./support/local-stripe.ts";
import {
  type Books,
  fetchOrder,
  GOOD_CARD,
  newBuyer,
  newPerson,
  openCheckout,
  readBooks,
} from "./support/person.ts";

const USERS = 5;
const KILLS = 3;
/** The least number of chats of each user in one life of the Worker. */
const CHATS_A_LIFE = 5;
/** The longest time from a reply until its chat is charged. */
const SETTLED_WITHIN_MS = 250;
const STARTER = toMicrocredits(100);

const session = z.object({ accessToken: z.string() });
/**
 * Lifts the rate limit of the Free plan. With 60 requests a minute few chats would be running when
 * the Worker is killed.
 */
async function liftRateLimit({ url, adminEmail }: KillableWorker): Promise<void> {
  const admin = { email: adminEmail, password: randomBytes(12).toString("base64url") };
  const { accessToken } = await new Api(url).post("/api/auth/register", admin, session);
  const reply = await fetch(`${url}/api/admin/plans/free`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
    body: JSON.stringify({ requestsPerMinute: 100_000 }),
  });
  if (!reply.ok) throw new Error(`The plan was not changed: ${reply.status} ${await reply.text()}`);
}

/** Buys a pack for whose payment Stripe never sends an event. */
async function payWithoutWebhook({ url, stripeUrl }: KillableWorker) {
  const user = await newPerson(url);
  const opened = await openCheckout(user);
  await setPaymentDelivery(stripeUrl, opened.sessionId, "never");
  await payOnPage(opened.url, user.email, GOOD_CARD);
  return { user, opened };
}

const completedIn = (logs: readonly UserLog[]): number =>
  logs.flatMap(({ completed }) => completed).length;

/**
 * Waits until every user has had some more replies, and some user has seen one more sale completed.
 */
async function waitForMoreChats(logs: readonly UserLog[]): Promise<void> {
  const chats = logs.map(({ acknowledged }) => acknowledged.length + CHATS_A_LIFE);
  const sales = completedIn(logs) + 1;
  await waitFor("chatting and buying", async () => {
    const chatted = logs.every(
      ({ acknowledged }, index) => acknowledged.length >= (chats[index] ?? 0),
    );
    return chatted && completedIn(logs) >= sales ? true : undefined;
  });
}

const booksOfAll = (logs: readonly UserLog[]): Promise<readonly Books[]> =>
  Promise.all(logs.map(({ user }) => readBooks(user)));

describe(`a Worker that is killed ${KILLS} times while ${USERS} users chat and buy`, () => {
  let worker: KillableWorker;
  const killedAt: number[] = [];
  let logs: readonly UserLog[];
  let withoutEvent: Awaited<ReturnType<typeof payWithoutWebhook>>;
  /** The users' books at the end of the load, and an hour later. */
  let atTheEnd: readonly Books[];
  let anHourLater: readonly Books[];

  /** Returns each user's log beside their books. */
  const pairs = () =>
    logs.map((log, index) => ({
      log,
      after: anHourLater[index] ?? { chats: [], grantsMicrocredits: [] },
    }));

  beforeAll(async () => {
    worker = await KillableWorker.start();
    await liftRateLimit(worker);
    const users = await Promise.all(Array.from({ length: USERS }, () => newBuyer(worker.url)));
    const load = runLoad(users);
    logs = load.logs;
    while (killedAt.length < KILLS) {
      await waitForMoreChats(logs);
      killedAt.push(Date.now());
      await worker.killWorker();
      await worker.startWorker();
    }
    await waitForMoreChats(logs);
    withoutEvent = await payWithoutWebhook(worker);
    await load.stop();
    atTheEnd = await booksOfAll(logs);

    await worker.killWorker();
    await worker.startWorker("an hour later");
    // One run of the cron looks at a few orders only.
    for (let minutes = 0; minutes < 3; minutes += 1) await worker.runCron();
    anHourLater = await booksOfAll(logs);
  }, 900_000);
  afterAll(() => worker.stop());

  it("I7: every answered chat is charged exactly what its answer said", () => {
    const lost: CompletedChat[] = [];
    for (const { log, after } of pairs()) {
      for (const answered of log.acknowledged) {
        const charged = after.chats.filter(
          ({ chat }) => chat.inputTokens === answered.promptTokens && !chat.estimated,
        );
        if (charged.length === 0) lost.push(answered);
        else
          expect(charged.map(({ amount }) => toMicrocredits(-amount))).toEqual([
            answered.costMicrocredits,
          ]);
      }
    }
    // A reply does not wait for its charge. A chat that ends just as the Worker is killed may go
    // uncharged, at the operator's expense.
    const unexplained = lost.filter(
      ({ at }) =>
        !killedAt.some((kill) => at <= kill + SETTLED_WITHIN_MS && at >= kill - SETTLED_WITHIN_MS),
    );
    expect(unexplained).toEqual([]);
    expect(lost.length).toBeLessThanOrEqual(KILLS);
  });

  it("no chat is charged twice, and none that was not requested", () => {
    for (const { log, after } of pairs()) {
      const holds = after.chats.map(({ holdId }) => holdId);
      expect(new Set(holds).size).toBe(holds.length);
      const counted = after.chats
        .filter(({ chat }) => !chat.estimated)
        .map(({ chat }) => chat.inputTokens);
      expect(new Set(counted).size).toBe(counted.length);
      expect(holds.length).toBeLessThanOrEqual(log.acknowledged.length + log.unanswered);
    }
  });

  it("I3: credits held by the killed Worker are free again once the holds expire", () => {
    const held = atTheEnd.map(({ heldMicrocredits }) => heldMicrocredits);
    // Otherwise no chat was under way at a kill, and this test shows nothing.
    expect(Math.max(...held)).toBeGreaterThan(0);
    expect(anHourLater.map(({ heldMicrocredits }) => heldMicrocredits)).toEqual(held.map(() => 0));
    // An expired hold is not charged.
    expect(anHourLater.map(({ chats }) => chats.length)).toEqual(
      atTheEnd.map(({ chats }) => chats.length),
    );
  });

  it("I5, I7: every paid sale is granted once, and stays completed", async () => {
    expect(completedIn(logs)).toBeGreaterThan(KILLS);
    for (const { log, after } of pairs()) {
      const orders = await Promise.all(log.paid.map((opened) => fetchOrder(log.user, opened)));
      expect(orders.map(({ status }) => status)).toEqual(orders.map(() => "completed"));
      // Each user began with one pack.
      expect(after.grantsMicrocredits).toEqual(
        Array.from({ length: log.paid.length + 1 }, () => STARTER),
      );
    }
  });

  it("I1: the posted balance is the grants less the charges", () => {
    for (const { grantsMicrocredits, chats, postedMicrocredits } of anHourLater) {
      const granted = grantsMicrocredits.reduce((sum, amount) => sum + amount, 0);
      const charged = chats.reduce((sum, { amount }) => sum - toMicrocredits(amount), 0);
      expect(granted - charged).toBe(postedMicrocredits);
    }
  });

  it("the cron grants a paid sale for which Stripe's event never came", async () => {
    expect((await fetchOrder(withoutEvent.user, withoutEvent.opened)).status).toBe("completed");
    expect((await readBooks(withoutEvent.user)).grantsMicrocredits).toEqual([STARTER]);
  });
});
