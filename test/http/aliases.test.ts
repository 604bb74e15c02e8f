import { beforeAll, describe, expect, it } from "vitest";
import { call, readError } from "../support/call.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";

beforeAll(loadShopCatalog);

describe("a short path answers as the same path under /api", () => {
  it("for plans, to everybody", async () => {
    const [short, long] = await Promise.all([
      call("GET", "/plans/active?limit=2"),
      call("GET", "/api/plans/active?limit=2"),
    ]);
    expect(short.status).toBe(200);
    expect(short.headers.get("content-type")).toBe(long.headers.get("content-type"));
    const plans = await short.json<{ data: { id: string }[] }>();
    expect(plans).toEqual(await long.json());
    const plan = await call("GET", `/plans/${plans.data[0]?.id}`);
    expect(await plan.json()).toMatchObject({ id: plans.data[0]?.id });
  });

  it("for users and checkout sessions, to their owner alone", async () => {
    const [owner, other] = [await signUp(), await signUp()];
    const own = await call("GET", `/users/${owner.userId}`, { token: owner.token });
    expect([own.status, await own.json()]).toMatchObject([200, { id: owner.userId }]);
    const sessions = await call("GET", `/stripe-sessions/user/${owner.userId}`, {
      token: owner.token,
    });
    expect([sessions.status, await sessions.json()]).toMatchObject([200, { data: [] }]);
    const others = await call("GET", `/users/${owner.userId}`, { token: other.token });
    expect(others.status).toBe(404);
    expect((await call("GET", `/users/${owner.userId}`)).status).toBe(401);
  });

  it("for a checkout, with its body and its errors", async () => {
    const { token } = await signUp();
    const refused = await call("POST", "/stripe/checkout", { token, body: { planId: "nothing" } });
    expect(await readError(refused)).toMatchObject({ status: 404, code: "not_found" });
    expect(refused.headers.get("x-request-id")).toMatch(/^req_/);
    expect((await call("POST", "/stripe/checkout", { body: {} })).status).toBe(401);
  });
});
