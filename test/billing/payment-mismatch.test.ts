import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { loadShopCatalog, openPaidSale, openSale, readUserState } from "../support/shop.ts";
import { buildEvent, COMPLETED, deliverEvent } from "../support/webhook.ts";

beforeAll(loadShopCatalog);

describe("I6: nothing is granted for a payment that was not agreed", () => {
  it.each<[string, object, RegExp]>([
    ["less money", { amount_subtotal: 998 }, /Paid for 998/],
    ["another currency", { currency: "jpy" }, /Paid in jpy/],
    ["another order's reference", { client_reference_id: "ord_other" }, /does not name/],
    ["another buyer", { metadata: { userId: "usr_0000000000000000" } }, /does not name/],
  ])("%s fails the order, which says why", async (_case, override, reason) => {
    const { stripe, user, sessionId } = await openPaidSale();
    fakeNetwork.standIn("stripe.test", async (request) => {
      const answer = await (await stripe.fetch(request)).json<object>();
      return Response.json({ ...answer, ...override });
    });
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect((await deliverEvent(buildEvent(COMPLETED, sessionId))).status).toBe(200);
    expect(JSON.stringify(logged.mock.calls), "the operator's log").toMatch(/ord_/);
    logged.mockRestore();
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      grants: [],
      orders: [{ status: "failed", failureReason: expect.stringMatching(reason) }],
      sessions: [{ status: "failed", ended: true }],
    });
  });

  it("an event's content is not believed", async () => {
    const { user, sessionId } = await openSale();
    const object = {
      id: sessionId,
      status: "complete",
      payment_status: "paid",
      amount_total: 999,
      currency: "usd",
    };
    expect(
      (await deliverEvent(buildEvent(COMPLETED, sessionId, { data: { object } }))).status,
    ).toBe(200);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "pending" }],
    });
  });

  it("a deleted buyer gets nothing, and the order says that it must be refunded", async () => {
    const { user, sessionId } = await openPaidSale();
    const erased = await call("DELETE", "/api/users/me", {
      token: user.token,
      body: { currentPassword: user.password },
    });
    expect(erased.ok).toBe(true);
    expect((await deliverEvent(buildEvent(COMPLETED, sessionId))).status).toBe(200);
    const order = await env.DB.prepare(
      "select status, failure_reason from orders where user_id = ?",
    )
      .bind(user.userId)
      .first();
    expect(order).toEqual({ status: "failed", failure_reason: expect.stringMatching(/Refund/) });
  });
});
