import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import {
  admitPaymentRequest,
  PAYMENT_REQUESTS_MAX,
  prunePaymentRequests,
  WINDOW_MS,
} from "../../src/billing/access/payment-rate-limit.ts";
import { database } from "../../src/db.ts";
import { call } from "../support/call.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);
const db = database(env.DB);
const randomUserId = () => `usr_${crypto.randomUUID()}`;

it("30 payment requests of any kind in 15 minutes pass, and the next are 429", async () => {
  standInStripe();
  const { token } = await signUp();
  const send = (index: number) =>
    index % 3 === 0
      ? call("POST", "/api/checkout", { token, body: { planId: "no-such-plan" } })
      : call("GET", index % 3 === 1 ? "/api/payments/users/me/payments" : "/api/invoices", {
          token,
        });
  const answers = await Promise.all(
    Array.from({ length: PAYMENT_REQUESTS_MAX + 10 }, (_, index) => send(index)),
  );
  expect(answers.filter((answer) => answer.status === 429)).toHaveLength(10);
  const last = await send(1);
  expect([last.status, await last.json()]).toMatchObject([
    429,
    { error: { code: "rate_limit_exceeded", type: "rate_limit_error" } },
  ]);
  expect(last.headers.get("x-ratelimit-limit-requests")).toBe("30");
  expect(last.headers.get("x-ratelimit-remaining-requests")).toBe("0");
  expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(Number(last.headers.get("retry-after"))).toBeLessThanOrEqual(900);
  expect(last.headers.get("x-ratelimit-reset-requests")).toBe(
    `${last.headers.get("retry-after")}s`,
  );
});

it("each answer says how many are left, for each user apart", async () => {
  standInStripe();
  const [one, two] = [await signUp(), await signUp()];
  const left = async (token: string) =>
    (await call("GET", "/api/payments/users/me/payments", { token })).headers.get(
      "x-ratelimit-remaining-requests",
    );
  expect([await left(one.token), await left(one.token), await left(two.token)]).toEqual([
    "29",
    "28",
    "29",
  ]);
});

it("tracking usage is not a payment request", async () => {
  const { token } = await signUp();
  for (let count = 0; count <= PAYMENT_REQUESTS_MAX; count += 1)
    expect((await call("GET", "/api/payments/users/me/usage/limits", { token })).status).toBe(200);
});

it("no 15 minutes hold more than 30: a request counts until it is 15 minutes old", async () => {
  const userId = randomUserId();
  const start = Date.UTC(2027, 0, 1);
  const admitted: number[] = [];
  for (let at = start; at < start + 4 * WINDOW_MS; at += 20_000) {
    if ((await admitPaymentRequest(db, userId, at)).isWithinLimit) admitted.push(at);
  }
  for (const at of admitted)
    expect(
      admitted.filter((other) => other > at - WINDOW_MS && other <= at).length,
    ).toBeLessThanOrEqual(PAYMENT_REQUESTS_MAX);
  expect(admitted).toHaveLength(4 * PAYMENT_REQUESTS_MAX);
});

it("of 100 at once exactly 30 pass", async () => {
  const userId = randomUserId();
  const now = Date.now();
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => admitPaymentRequest(db, userId, now)),
  );
  expect(answers.filter((answer) => answer.isWithinLimit)).toHaveLength(PAYMENT_REQUESTS_MAX);
});

it("requests that no longer count are pruned, also of users who never return", async () => {
  const userId = randomUserId();
  const now = Date.UTC(2001, 0, 1);
  await admitPaymentRequest(db, userId, now);
  const left = () =>
    env.DB.prepare("select count(*) as left from payment_requests where user_id = ?")
      .bind(userId)
      .first("left");
  await prunePaymentRequests(db, now + WINDOW_MS - 1, 100);
  expect(await left()).toBe(1);
  await prunePaymentRequests(db, now + WINDOW_MS, 100);
  expect(await left()).toBe(0);
});
