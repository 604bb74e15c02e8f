import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import type { Entitlement } from "../../src/meters.ts";
import { call } from "../support/call.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";

const PLAN: Entitlement = {
  planId: "pln_tools",
  planVersion: 1,
  allowances: { tool: { limit: 10, period: "month" }, image: { limit: null, period: "day" } },
  models: null,
  features: [],
  requestsPerMinute: 1000,
};

let user: TestUser;
async function withTools(): Promise<TestUser> {
  const one = await signUp();
  await creditAccount(env, one.userId).setEntitlement({ entitlement: PLAN });
  return one;
}
beforeAll(async () => {
  user = await withTools();
});

const track = ({ token }: TestUser, body: Record<string, unknown>) =>
  call("POST", "/api/payments/users/me/usage/track", { token, body });
const limits = async ({ token }: TestUser) =>
  await (await call("GET", "/api/payments/users/me/usage/limits", { token })).json<{
    limits: Record<string, unknown>;
  }>();

it("usage is counted, and the answer says how much is left", async () => {
  const one = await withTools();
  const tracked = await track(one, { meter: "tool", quantity: 3 });
  expect([tracked.status, await tracked.json()]).toMatchObject([
    200,
    {
      meter: "tool",
      used: 3,
      limit: 10,
      remaining: 7,
      period: "month",
      resetsAt: expect.stringMatching(/Z$/),
    },
  ]);
  await track(one, { meter: "image", quantity: 5 });
  expect(await limits(one)).toMatchObject({
    userId: one.userId,
    planId: "pln_tools",
    limits: { tool: { used: 3, remaining: 7 }, image: { used: 5, limit: null, remaining: null } },
  });
});

it("I9: of 40 at once exactly the allowance passes; the rest are 402", async () => {
  const one = await withTools();
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => track(one, { meter: "tool", quantity: 1 })),
  );
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(10);
  const refused = answers.find((answer) => answer.status !== 200);
  expect([refused?.status, await refused?.json()]).toMatchObject([
    402,
    {
      error: {
        code: "insufficient_quota",
        meter: "tool",
        limit: 10,
        used: 10,
        resetsAt: expect.stringMatching(/Z$/),
        upgradeUrl: "http://farebox.test/pricing",
      },
    },
  ]);
});

it("a quantity that exceeds the rest is refused whole", async () => {
  const one = await withTools();
  expect((await track(one, { meter: "tool", quantity: 11 })).status).toBe(402);
  expect((await limits(one)).limits["tool"]).toMatchObject({ used: 0 });
});

it("an idempotencyKey counts once, and cannot be reused for another quantity", async () => {
  const one = await withTools();
  const use = { meter: "tool", quantity: 4, idempotencyKey: "call-1" };
  const answers = await Promise.all([track(one, use), track(one, use), track(one, use)]);
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  expect((await limits(one)).limits["tool"]).toMatchObject({ used: 4 });
  const other = await track(one, { ...use, quantity: 5 });
  expect([other.status, await other.json()]).toMatchObject([
    400,
    { error: { code: "idempotency_key_reused", param: "idempotencyKey" } },
  ]);
});

it.each([
  ["a meter that Farebox counts itself", { meter: "message", quantity: 1 }, "meter"],
  ["an unknown meter", { meter: "gpu", quantity: 1 }, "meter"],
  ["a quantity of 0", { meter: "tool", quantity: 0 }, "quantity"],
  ["a negative quantity", { meter: "tool", quantity: -5 }, "quantity"],
  ["a fraction", { meter: "tool", quantity: 1.5 }, "quantity"],
  ["an unknown field", { meter: "tool", quantity: 1, userId: "usr_1" }, "userId"],
])("tracking %s is 400, naming the field", async (_name, body, param) => {
  const answer = await track(user, body);
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { error: { code: "invalid_request", param } },
  ]);
});

it("a meter that the plan does not include is 402", async () => {
  const answer = await track(user, { meter: "model_3d", quantity: 1 });
  expect([answer.status, await answer.json()]).toMatchObject([
    402,
    { error: { meter: "model_3d", limit: 0 } },
  ]);
});
