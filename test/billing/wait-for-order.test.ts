import { beforeAll, describe, expect, it } from "vitest";
import { waitWhilePending } from "../../src/billing/orders/wait-for-order.ts";
import { call, readError } from "../support/call.ts";
import { loadShopCatalog, openSale, readUserState } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";

beforeAll(loadShopCatalog);

const orderOf = async (token: string): Promise<string> => {
  const page = await call("GET", "/api/orders", { token });
  const { data } = await page.json<{ data: { id: string }[] }>();
  return data[0]?.id ?? "";
};

describe("waiting for an order", () => {
  it("looks ever less often, and some ten times in 25 seconds", async () => {
    const pauses: number[] = [];
    const order = await waitWhilePending(
      () => Promise.resolve({ status: "pending" } as const),
      25_000,
      (ms) => {
        pauses.push(ms);
        return Promise.resolve();
      },
    );
    expect(order).toEqual({ status: "pending" });
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBe(25_000);
    expect(pauses.length).toBeLessThan(12);
  });

  it("ends with the first look that finds it done, or gone", async () => {
    const states: readonly ("pending" | "completed" | "failed")[] = [
      "pending",
      "pending",
      "completed",
    ];
    let looks = 0;
    const pause = () => Promise.resolve();
    const find = () => Promise.resolve({ status: states[looks++] ?? "failed" });
    expect(await waitWhilePending(find, 25_000, pause)).toEqual({ status: "completed" });
    expect(looks).toBe(3);
    expect(await waitWhilePending(() => Promise.resolve(undefined), 25_000, pause)).toBeUndefined();
  });
});

describe("GET /api/orders/:id?wait=", () => {
  it("answers once the order is fulfilled, when its credits are there", async () => {
    const { stripe, user, url } = await openSale();
    const id = await orderOf(user.token);
    const waiting = call("GET", `/api/orders/${id}?wait=25`, { token: user.token });
    await stripe.pay(url);
    await stripe.control.flush();
    expect(await (await waiting).json()).toMatchObject({ id, status: "completed" });
    expect((await readUserState(user)).creditBalance).toBe(100);
  });

  it("answers at once without it, and after it with what there is", async () => {
    const { user } = await openSale();
    const id = await orderOf(user.token);
    for (const query of ["", "?wait=0", "?wait=1"]) {
      const answer = await call("GET", `/api/orders/${id}${query}`, { token: user.token });
      expect(await answer.json()).toMatchObject({ id, status: "pending" });
    }
  });

  it("keeps nobody waiting for another user's order", async () => {
    const { user } = await openSale();
    const id = await orderOf(user.token);
    const { token } = await signUp();
    const refused = await call("GET", `/api/orders/${id}?wait=25`, { token });
    expect(await readError(refused)).toMatchObject({ status: 404, code: "not_found" });
  });

  it.each(["26", "-1", "1.5", "soon"])("refuses %s seconds", async (wait) => {
    const { user } = await openSale();
    const id = await orderOf(user.token);
    const refused = await call("GET", `/api/orders/${id}?wait=${wait}`, { token: user.token });
    expect(await readError(refused)).toMatchObject({ status: 400, param: "wait" });
  });
});
