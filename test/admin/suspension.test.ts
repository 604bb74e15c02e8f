import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { runCron } from "../../src/cron.ts";
import { callAsAdmin } from "../support/admin.ts";
import { createAgent } from "../support/agents.ts";
import { call, readError } from "../support/call.ts";
import { chatBody, readAccountTotals, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { standInModelServer } from "../support/model-server.ts";
import { loadShopCatalog, openCheckout, openSale, readSaleOutcome } from "../support/shop.ts";
import { BILLING_KEY, createKey, signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { forgetErased, resumeUser, SUSPENDED, suspendUser } from "../support/suspend.ts";

beforeAll(loadShopCatalog);

const CHAT = { model: "small", messages: [{ role: "user", content: "Hello." }] };
const post = (path: string, token: string, body: unknown = {}, headers = {}) =>
  call("POST", path, { token, body, headers });
const chat = (token: string, headers = {}) => post("/v1/chat/completions", token, CHAT, headers);
const asAdmin = (userId: string, verb: string, body: unknown) =>
  callAsAdmin("POST", `/api/admin/users/${userId}/${verb}`, body);
const logOf = async (userId: string, action = "user.") =>
  (
    await (
      await callAsAdmin("GET", `/api/admin/audit?userId=${userId}&action=${action}`)
    ).json<{ data: Record<string, unknown>[] }>()
  ).data;
const login = async ({ email, password }: TestUser) =>
  await (await call("POST", "/api/auth/login", { body: { email, password } })).json<{
    accessToken: string;
    user: Record<string, unknown>;
  }>();

/** Makes another admin until the test ends, and signs them in anew. */
async function signUpAdmin(): Promise<TestUser> {
  const user = await signUp();
  const setRole = (role: string) =>
    callAsAdmin("PATCH", `/api/admin/users/${user.userId}`, { role });
  await setRole("admin");
  onTestFinished(async () => void (await setRole("user")));
  return { ...user, token: (await login(user)).accessToken };
}

describe("a suspended user", () => {
  it("chats on no surface, by a session or key from before, until resumed", async () => {
    standInModel();
    const user = await signUp();
    const agent = await createAgent(user);
    const key = await createKey(user);
    const made = await post("/api/conversations", user.token, { model: "small" });
    const { id } = await made.json<{ id: string }>();
    await suspendUser(user.userId);
    const surfaces: [string, unknown][] = [
      ["/v1/chat/completions", CHAT],
      ["/v1/chat/completions", { ...CHAT, stream: true }],
      ["/api/chat", { message: "Hello." }],
      [`/api/conversations/${id}/messages`, { message: "Hello." }],
      [`/api/agents/${agent.id}/messages`, { message: "Hello." }],
    ];
    for (const [path, body] of surfaces)
      for (const token of [user.token, key]) {
        const response = await post(path, token, body);
        const { error } = await response.clone().json<{ error: object }>();
        expect(error).toMatchObject({ type: "permission_error", param: null });
        expect([path, await readError(response)]).toMatchObject([path, SUSPENDED]);
      }
    await resumeUser(user.userId);
    expect((await chat(user.token)).status).toBe(200);
    expect((await chat(key)).status).toBe(200);
  });

  it("reads, signs in and out, exports, and sees since when but not why", async () => {
    const user = await signUp();
    const suspended = await suspendUser(user.userId, { reason: "Nadelstich" });
    expect(suspended).toMatchObject({ suspensionReason: "Nadelstich", suspensionPending: false });
    const signedIn = await login(user);
    expect(signedIn.user).toMatchObject({ suspendedAt: suspended["suspendedAt"] });
    for (const path of ["/api/users/me", "/api/users/me/export", "/api/credits", "/api/orders"]) {
      const response = await call("GET", path, { token: signedIn.accessToken });
      expect([path, response.status]).toEqual([path, 200]);
      expect(await response.text()).not.toContain("Nadelstich");
    }
    expect((await post("/api/auth/logout", signedIn.accessToken)).status).toBe(204);
  });

  it("buys nothing, makes no key and lists no agent, by session or key", async () => {
    standInStripe();
    const user = await signUp();
    const agent = await createAgent(user);
    const key = await createKey(user, BILLING_KEY);
    await suspendUser(user.userId);
    const refused = async (token: string, method: string, path: string, body: object) =>
      expect([path, await readError(await call(method, path, { token, body }))]).toMatchObject([
        path,
        SUSPENDED,
      ]);
    for (const token of [user.token, key]) {
      await refused(token, "POST", "/api/checkout", { planId: "t-pack" });
      await refused(token, "POST", "/api/subscription/change", { planId: "t-pack" });
      await refused(token, "POST", "/api/subscription/resume", {});
      await refused(token, "POST", "/api/payments/payment-intents", { planId: "t-pack" });
    }
    await refused(user.token, "POST", "/api/api-keys", { name: "new" });
    await refused(user.token, "PATCH", `/api/agents/${agent.id}`, { visibility: "listed" });
    await refused(user.token, "PATCH", "/api/users/me", { name: "Somebody" });
  });

  it("may still cancel, manage payments at Stripe, change the password and be erased", async () => {
    standInStripe();
    const user = await signUp();
    await suspendUser(user.userId);
    expect((await post("/api/billing/portal", user.token)).status).toBe(200);
    expect(await readError(await post("/api/subscription/cancel", user.token))).toMatchObject({
      status: 404,
    });
    const newPassword = "another quiet ride";
    const change = { currentPassword: user.password, newPassword };
    expect((await post("/api/auth/password", user.token, change)).status).toBe(204);
    const body = { currentPassword: newPassword };
    const erased = await call("DELETE", "/api/users/me", { token: user.token, body });
    expect(erased.status).toBe(204);
    await forgetErased(user.userId);
    expect((await callAsAdmin("GET", `/api/admin/users/${user.userId}`)).status).toBe(404);
    expect((await asAdmin(user.userId, "suspend", { reason: "Late." })).status).toBe(404);
  });

  it("repeats a chat that was answered before, and pays nothing", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const headers = { "idempotency-key": crypto.randomUUID() };
    expect((await post("/v1/chat/completions", who.key, chatBody(), headers)).status).toBe(200);
    const { charged } = await readAccountTotals(who);
    await suspendUser(who.userId);
    const again = await post("/v1/chat/completions", who.key, chatBody(), headers);
    expect([200, 403]).toContain(again.status);
    expect((await readAccountTotals(who)).charged).toEqual(charged);
  });

  it("has a chat that was running end and charged, exactly", async () => {
    const model = standInModelServer();
    const who = await signUpFundedUser(30);
    await model.gate();
    const body = chatBody({ model: "exact", max_tokens: 7 });
    const running = post("/v1/chat/completions", who.key, body);
    await vi.waitFor(async () =>
      expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 7e6 }),
    );
    await suspendUser(who.userId);
    expect(await readError(await chat(who.key))).toMatchObject(SUSPENDED);
    await model.open();
    const response = await running;
    expect(response.status).toBe(200);
    const { usage } = await response.json<{ usage: { completion_tokens: number } }>();
    expect(await readAccountTotals(who)).toMatchObject({
      heldMicrocredits: 0,
      charged: [usage.completion_tokens * 1e6],
    });
  });

  it("gets what was paid for on a page that was open before, and cannot spend it", async () => {
    standInModel();
    const { stripe, user, sessionId, url } = await openSale();
    await suspendUser(user.userId);
    await stripe.pay(url);
    await stripe.control.deliver();
    expect(await readSaleOutcome(user, sessionId)).toMatchObject({
      session: "succeeded",
      order: "completed",
      grants: 1,
    });
    expect(await readError(await chat(user.token))).toMatchObject(SUSPENDED);
  });
});

describe("suspending", () => {
  it("is done once, whatever is repeated, and logged with the reason", async () => {
    const user = await signUp();
    const first = await suspendUser(user.userId);
    const again = await suspendUser(user.userId);
    expect(again).toEqual(first);
    expect(await logOf(user.userId)).toMatchObject([
      { action: "user.suspended", reason: "Farms the free plan.", actor: { kind: "admin" } },
    ]);
    await suspendUser(user.userId, { reason: "Farms it a lot." });
    const resumed = await resumeUser(user.userId);
    expect(resumed).toMatchObject({ suspendedAt: null, suspensionReason: null });
    await resumeUser(user.userId);
    expect(await logOf(user.userId)).toMatchObject([
      { action: "user.resumed", reason: "A mistake." },
      { action: "user.suspended", reason: "Farms it a lot." },
      { action: "user.suspended", reason: "Farms the free plan." },
    ]);
  });

  it("repeats its answer under an Idempotency-Key", async () => {
    const user = await signUp();
    const send = () =>
      callAsAdmin(
        "POST",
        `/api/admin/users/${user.userId}/suspend`,
        { reason: "Once." },
        { "idempotency-key": `once-${user.userId}` },
      );
    const first = await (await send()).json();
    await resumeUser(user.userId);
    const replayed = await send();
    expect(replayed.headers.get("idempotent-replayed")).toBe("true");
    expect(await replayed.json()).toEqual(first);
    const now = await callAsAdmin("GET", `/api/admin/users/${user.userId}`);
    expect(await now.json()).toMatchObject({ suspendedAt: null });
  });

  it("needs a reason of one line, and a user who is another", async () => {
    const [user, admin] = [await signUp(), await signUpAdmin()];
    for (const body of [
      {},
      { reason: " " },
      { reason: "a\nb" },
      { reason: "x", subscriptions: "end" },
    ])
      expect((await asAdmin(user.userId, "suspend", body)).status).toBe(400);
    expect((await asAdmin(user.userId, "resume", {})).status).toBe(400);
    const nobody = "usr_0000000000000000";
    for (const verb of ["suspend", "resume"])
      expect(await readError(await asAdmin(nobody, verb, { reason: "x" }))).toMatchObject({
        status: 404,
        code: "not_found",
      });
    const path = `/api/admin/users/${admin.userId}/suspend`;
    const own = await post(path, admin.token, { reason: "Me." });
    expect(await readError(own)).toMatchObject({ status: 409, code: "conflict" });
  });

  it("locks an admin out, and takes no role", async () => {
    const [admin, user] = [await signUpAdmin(), await signUp()];
    expect((await call("GET", "/api/admin/users", { token: admin.token })).status).toBe(200);
    expect(await suspendUser(admin.userId)).toMatchObject({ role: "admin" });
    const { accessToken } = await login(admin);
    for (const token of [admin.token, accessToken]) {
      for (const path of ["/api/admin/users", "/api/admin/audit"])
        expect(await readError(await call("GET", path, { token }))).toMatchObject(SUSPENDED);
      const others = await call("GET", `/api/users/${user.userId}`, { token });
      expect(others.status).toBe(404);
    }
    await resumeUser(admin.userId);
    expect((await call("GET", "/api/admin/users", { token: admin.token })).status).toBe(200);
  });

  it("is won by one of two admins who suspend each other", async () => {
    const [one, other] = [await signUpAdmin(), await signUpAdmin()];
    const suspendBy = (by: TestUser, whom: TestUser) =>
      post(`/api/admin/users/${whom.userId}/suspend`, by.token, { reason: "You first." });
    await Promise.all([suspendBy(one, other), suspendBy(other, one)]);
    const states = await Promise.all(
      [one, other].map(async ({ userId }) => {
        const response = await callAsAdmin("GET", `/api/admin/users/${userId}`);
        return (await response.json<{ suspendedAt: string | null }>()).suspendedAt !== null;
      }),
    );
    expect(states.filter(Boolean)).toHaveLength(1);
  });

  it("of a user whose account is not open holds from the moment it opens", async () => {
    standInModel();
    const user = await signUp();
    await creditAccount(env, user.userId).erase();
    await env.DB.prepare("UPDATE users SET plan_version = NULL WHERE id = ?")
      .bind(user.userId)
      .run();
    expect(await suspendUser(user.userId)).toMatchObject({ suspensionPending: false });
    const { accessToken } = await login(user);
    expect(await readError(await chat(accessToken))).toMatchObject(SUSPENDED);
    await runCron(env, Date.now());
  });
});

describe("the agents of a suspended user", () => {
  it("are neither listed, sold nor chatted with, and are again afterwards", async () => {
    standInModel();
    const stripe = standInStripe();
    const [creator, buyer, friend] = [await signUp(), await signUp(), await signUp()];
    const word = `w${crypto.randomUUID().replaceAll("-", "")}`;
    const listed = { description: word, visibility: "listed" };
    const free = await createAgent(creator, { ...listed, name: "Free" });
    const dear = await createAgent(creator, {
      ...listed,
      name: "Dear",
      priceMinor: 500,
      currency: "usd",
    });
    const purchase = (who: TestUser) => post(`/api/agents/${dear.id}/purchase`, who.token);
    const { url } = await (await purchase(buyer)).json<{ url: string }>();
    await stripe.pay(url);
    await stripe.control.deliver();
    const say = (who: TestUser, id: string) =>
      post(`/api/agents/${id}/messages`, who.token, { message: "Hello." });
    const market = async () =>
      (
        await (await call("GET", `/api/marketplace?q=${word}`)).json<{ data: { name: string }[] }>()
      ).data.map(({ name }) => name);
    expect((await say(buyer, dear.id)).status).toBe(200);
    expect(await market()).toEqual(["Dear", "Free"]);

    await suspendUser(creator.userId);
    expect(await market()).toEqual([]);
    expect((await call("GET", `/api/marketplace/${free.id}`)).status).toBe(404);
    expect((await say(buyer, dear.id)).status).toBe(404);
    expect((await say(friend, free.id)).status).toBe(404);
    expect((await purchase(friend)).status).toBe(404);
    const own = await call("GET", `/api/agents/${free.id}`, { token: creator.token });
    expect(own.status).toBe(200);

    await resumeUser(creator.userId);
    expect(await market()).toEqual(["Dear", "Free"]);
    expect((await say(buyer, dear.id)).status).toBe(200);
    expect((await say(friend, free.id)).status).toBe(200);
    expect((await purchase(friend)).status).toBe(200);
  });
});

it("a checkout of a resumed user is as of any other", async () => {
  standInStripe();
  const user = await signUp();
  await suspendUser(user.userId);
  await resumeUser(user.userId);
  expect((await openCheckout(user.token, { planId: "t-pack" })).url).toContain("http");
});
