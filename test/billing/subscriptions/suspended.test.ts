import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decideCollection } from "../../../src/billing/subscriptions/sync/suspension-decision.ts";
import { runCron } from "../../../src/cron.ts";
import { DAY_MS } from "../../../src/time.ts";
import { callAsAdmin } from "../../support/admin.ts";
import { openCheckout } from "../../support/shop.ts";
import { signUp, type TestUser } from "../../support/sign-up.ts";
import { readPlanAndCredits, standInTimedStripe, subscribeUser } from "../../support/subscriber.ts";
import { resumeUser, suspendUser } from "../../support/suspend.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

/** Subscribes a user, and returns what Stripe has of the subscription. */
async function subscriber() {
  const timed = await standInTimedStripe();
  const { stripe, plans } = timed;
  const user = await subscribeUser(stripe, plans.pro);
  const [subscription] = (await stripe.client.subscriptions.list()).data;
  const id = subscription?.id ?? "";
  const atStripe = async () => {
    const { pause_collection: pause, metadata } = await stripe.client.subscriptions.retrieve(id);
    return { pause: pause?.behavior ?? null, mark: metadata["suspension"] ?? null };
  };
  const pause = (behavior: "void" | "keep_as_draft" | null) =>
    stripe.client.subscriptions.update(id, {
      pause_collection: behavior === null ? "" : { behavior },
    });
  return { ...timed, user, id, atStripe, pause };
}

const pausedBy = (userId: string) => suspendUser(userId, { subscriptions: "pause" });
const logOf = async ({ userId }: TestUser) =>
  (
    await (
      await callAsAdmin("GET", `/api/admin/audit?userId=${userId}&action=subscription.collection`)
    ).json<{ data: { action: string }[] }>()
  ).data.map(({ action }) => action);

describe("the subscription of a suspended user", () => {
  it("is paused at Stripe and billed nothing, and goes on when the user is resumed", async () => {
    const { stripe, plans, user, id, advance, atStripe } = await subscriber();
    expect(await pausedBy(user.userId)).toMatchObject({ suspensionPending: false });
    expect(await atStripe()).toEqual({ pause: "void", mark: "paused" });
    await advance(31 * DAY_MS + 2 * 3_600_000);
    const invoices = async () =>
      (await stripe.client.invoices.list({ subscription: id })).data.map(({ status }) => status);
    expect(await invoices()).toEqual(["void", "paid"]);
    expect((await readPlanAndCredits(user)).plan).toBe("free");
    await resumeUser(user.userId);
    expect(await atStripe()).toEqual({ pause: null, mark: null });
    expect(await logOf(user)).toEqual([
      "subscription.collection_resumed",
      "subscription.collection_paused",
    ]);
    await advance(31 * DAY_MS);
    expect((await invoices())[0]).toMatch(/draft|paid/);
    await advance(2 * 3_600_000);
    expect(await invoices()).toEqual(["paid", "void", "paid"]);
    expect((await readPlanAndCredits(user)).plan).toBe(plans.pro);
  });

  it("is left alone by default, renewed and charged as ever", async () => {
    const { stripe, plans, user, id, advance, atStripe } = await subscriber();
    await suspendUser(user.userId);
    expect(await atStripe()).toEqual({ pause: null, mark: null });
    await advance(31 * DAY_MS + 2 * 3_600_000);
    const { data } = await stripe.client.invoices.list({ subscription: id });
    expect(data.map(({ status }) => status)).toEqual(["paid", "paid"]);
    expect((await readPlanAndCredits(user)).plan).toBe(plans.pro);
  });

  it("may be paused later, and is not resumed by a suspension that would keep it", async () => {
    const { user, atStripe } = await subscriber();
    await suspendUser(user.userId);
    await pausedBy(user.userId);
    expect(await atStripe()).toEqual({ pause: "void", mark: "paused" });
    await suspendUser(user.userId, { reason: "Another reason." });
    expect(await atStripe()).toEqual({ pause: "void", mark: "paused" });
  });

  it("keeps a pause that somebody else had set", async () => {
    const { user, atStripe, pause } = await subscriber();
    await pause("keep_as_draft");
    await pausedBy(user.userId);
    expect(await atStripe()).toEqual({ pause: "keep_as_draft", mark: null });
    await resumeUser(user.userId);
    expect(await atStripe()).toEqual({ pause: "keep_as_draft", mark: null });
  });

  it("is not paused again once somebody lifted that, and keeps their own pause", async () => {
    const { stripe, user, atStripe, pause } = await subscriber();
    await pausedBy(user.userId);
    await pause(null);
    await stripe.control.flush();
    expect(await atStripe()).toEqual({ pause: null, mark: "lifted" });
    await runCron(env, Date.now());
    await pause("void");
    await stripe.control.flush();
    await resumeUser(user.userId);
    expect(await atStripe()).toEqual({ pause: "void", mark: null });
  });

  it("is paused once Stripe answers again", async () => {
    const { stripe, user, atStripe } = await subscriber();
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const path = "/v1/subscriptions/:id";
    stripe.control.nextRequests({ answer: 500, method: "POST", path, times: 20 });
    expect(await pausedBy(user.userId)).toMatchObject({ suspensionPending: true });
    stripe.control.clearSwitches();
    await runCron(env, Date.now());
    expect(await atStripe()).toEqual({ pause: "void", mark: "paused" });
    const now = await callAsAdmin("GET", `/api/admin/users/${user.userId}`);
    expect(await now.json()).toMatchObject({ suspensionPending: false });
    log.mockRestore();
  });

  it("that is paid for on a page from before is paused as well", async () => {
    const { stripe, plans } = await standInTimedStripe();
    const user = await signUp();
    const { url } = await openCheckout(user.token, { planId: plans.pro });
    await pausedBy(user.userId);
    await stripe.pay(url);
    await stripe.control.flush();
    const [subscription] = (await stripe.client.subscriptions.list()).data;
    expect(subscription?.pause_collection).toMatchObject({ behavior: "void" });
    expect((await readPlanAndCredits(user)).plan).toBe(plans.pro);
  });
});

it("how payments follow a suspension is decided as in this table", () => {
  const decide = (isCollectionPaused: boolean, suspensionMark: string | null, wants: boolean) =>
    decideCollection({ status: "active", isCollectionPaused, suspensionMark }, wants);
  expect(decide(false, null, true)).toEqual({ isPaused: true, mark: "paused" });
  expect(decide(true, null, true)).toBeNull();
  expect(decide(true, "paused", true)).toBeNull();
  expect(decide(false, "paused", true)).toEqual({ isPaused: false, mark: "lifted" });
  expect(decide(false, "lifted", true)).toBeNull();
  expect(decide(true, "lifted", true)).toBeNull();
  expect(decide(false, null, false)).toBeNull();
  expect(decide(true, null, false)).toBeNull();
  expect(decide(true, "paused", false)).toEqual({ isPaused: false, mark: null });
  expect(decide(false, "paused", false)).toEqual({ isPaused: false, mark: null });
  expect(decide(true, "lifted", false)).toEqual({ isPaused: true, mark: null });
  for (const status of ["canceled", "incomplete", "incomplete_expired", "paused"] as const)
    for (const wants of [true, false])
      expect(
        decideCollection({ status, isCollectionPaused: false, suspensionMark: null }, wants),
      ).toBeNull();
});
