import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  beginTry,
  DECLINES_MAX,
  forgetTry,
  pruneCardDeclines,
} from "../../src/billing/access/decline-limit.ts";
import { database } from "../../src/db.ts";
import { HOUR_MS } from "../../src/time.ts";
import { call } from "../support/call.ts";
import { loadShopCatalog, readUserState } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);
const db = database(env.DB);

const PATH = "/api/payments/payment-intents";
const DECLINED = { paymentMethodId: "pm_card_chargeDeclined" };

async function createIntent(user: TestUser): Promise<string> {
  const answer = await call("POST", PATH, { token: user.token, body: { planId: "t-pack" } });
  return (await answer.json<{ id: string }>()).id;
}
const confirm = (user: TestUser, id: string, body: object = DECLINED, network = "203.0.113.5") =>
  call("POST", `${PATH}/${id}/confirm`, {
    token: user.token,
    body,
    headers: { "cf-connecting-ip": network },
  });
const codeOf = async (answer: Response) => [
  answer.status,
  (await answer.json<{ error: { code: string } }>()).error.code,
];

describe("declined cards", () => {
  it("are five in an hour: the fifth ends its intent, and no card is tried after it", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const id = await createIntent(user);
    for (let n = 0; n < DECLINES_MAX; n += 1)
      expect(await codeOf(await confirm(user, id))).toEqual([422, "card_declined"]);
    expect((await stripe.client.paymentIntents.retrieve(id)).status).toBe("canceled");
    expect((await readUserState(user)).orders).toMatchObject([{ status: "failed" }]);
    const another = await createIntent(user);
    const refused = await confirm(user, another, { paymentMethodId: "pm_card_visa" });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3000);
    expect(await codeOf(refused)).toEqual([429, "rate_limit_exceeded"]);
    for (const [method, path, body] of [
      ["POST", "/api/payments/customers/me/payment-methods", DECLINED],
      ["POST", "/api/payments/subscriptions", { planId: "t-pro", ...DECLINED }],
      ["POST", "/api/subscription/change", { planId: "t-pro" }],
      ["PATCH", "/api/payments/subscriptions/sub_1", { planId: "t-pro" }],
    ] as const) {
      const answer = await call(method, path, { token: user.token, body });
      expect([path, ...(await codeOf(answer))]).toEqual([path, 429, "rate_limit_exceeded"]);
    }
  });

  it("count for the network too, of whichever user, and for no other network", async () => {
    standInStripe();
    const network = "2001:db8:77:1::";
    for (let n = 0; n < DECLINES_MAX; n += 1) {
      const user = await signUp();
      const answer = await confirm(user, await createIntent(user), DECLINED, `${network}${n}`);
      expect(answer.status).toBe(422);
    }
    const user = await signUp();
    const id = await createIntent(user);
    const visa = { paymentMethodId: "pm_card_visa" };
    expect((await confirm(user, id, visa, `${network}9`)).status).toBe(429);
    expect((await confirm(user, id, visa, "2001:db8:77:2::1")).status).toBe(200);
  });

  it("say nothing of the bank's reason", async () => {
    standInStripe();
    const user = await signUp();
    const id = await createIntent(user);
    for (const method of ["pm_card_chargeDeclined", "pm_card_visa_chargeDeclinedLostCard"]) {
      const answer = await confirm(user, id, { paymentMethodId: method }, "203.0.113.6");
      if (answer.status !== 422) continue;
      expect(await answer.json()).toMatchObject({
        error: { message: "Your card was declined.", param: "card_declined" },
      });
    }
  });

  it("are not made by what goes well, or fails for another reason", async () => {
    standInStripe();
    const user = await signUp();
    for (let n = 0; n < 2 * DECLINES_MAX; n += 1) {
      const answer = await confirm(user, "pi_nothing", DECLINED, "203.0.113.7");
      expect(answer.status).toBe(404);
    }
  });
});

describe("the limit of declines", () => {
  const holder = () => ({ userId: `usr_${crypto.randomUUID()}`, network: null });

  it("lets exactly five of twenty at once be tried", async () => {
    const who = { ...holder(), network: `n-${crypto.randomUUID()}` };
    const tries = await Promise.all(Array.from({ length: 20 }, () => beginTry(db, who, 0)));
    expect(tries.filter(({ id }) => id !== null)).toHaveLength(DECLINES_MAX);
    expect(tries.filter(({ id, isLast }) => id !== null && isLast)).toHaveLength(1);
  });

  it("frees a try that was not declined at once, and any other after an hour", async () => {
    const who = holder();
    const begin = async (nowMs: number) => await beginTry(db, who, nowMs);
    const tries = [];
    for (let n = 0; n < DECLINES_MAX; n += 1) tries.push(await begin(n));
    expect(await begin(10)).toEqual({ id: null, isLast: true, resetAt: HOUR_MS });
    await forgetTry(db, tries[4]?.id ?? 0);
    expect((await begin(20)).id).not.toBeNull();
    expect((await begin(HOUR_MS - 1)).id).toBeNull();
    expect((await begin(HOUR_MS)).id).not.toBeNull();
    await pruneCardDeclines(db, 3 * HOUR_MS, 100);
    const left = env.DB.prepare("select count(*) as n from card_declines where user_id = ?");
    expect(await left.bind(who.userId).first("n")).toBe(0);
  });
});
