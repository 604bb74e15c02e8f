import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { identify, requireAdminOr, requireCaller, requireSession } from "../../src/auth/index.ts";
import { database } from "../../src/db.ts";
import { sha256Hex } from "../../src/digest.ts";
import { router } from "../../src/http/factory.ts";
import { testContext } from "../support/context.ts";
import { createKey, signUp } from "../support/sign-up.ts";

let touched = new Set<string>();
const watch = <T extends object>(target: T, name: string): T =>
  new Proxy(target, {
    get(object, property) {
      touched.add(name);
      const value: unknown = Reflect.get(object, property);
      return typeof value === "function" ? value.bind(object) : value;
    },
  });
/** A database and accounts that note when they are used. */
const watchedDatabase = watch(database(env.DB), "DB");
const watched = { ...env, CREDIT_ACCOUNT: watch(env.CREDIT_ACCOUNT, "CREDIT_ACCOUNT") };

const app = router()
  .use(async (c, next) => {
    c.set("ctx", testContext({ env: c.env, db: watchedDatabase }));
    await next();
  })
  .get("/identify", identify, (c) => c.json(c.var.caller))
  .get("/chat", requireCaller("chat"), (c) => c.json(c.var.caller))
  .get("/session", requireSession, (c) => c.json(c.var.caller))
  .get(
    "/admin",
    requireAdminOr(() => []),
    (c) => c.json(c.var.caller),
  );

async function sendRequest(path: string, token: string) {
  touched = new Set();
  const response = await app.request(
    path,
    { headers: { authorization: `Bearer ${token}` } },
    watched,
  );
  return { status: response.status, body: await response.json(), touched: [...touched] };
}

it("identifies a session and a key without touching D1 or any object", async () => {
  const user = await signUp();
  const key = await createKey(user);
  expect(await sendRequest("/identify", user.token)).toEqual({
    status: 200,
    body: {
      userId: user.userId,
      role: "user",
      via: { kind: "session", sessionId: expect.stringMatching(/^ses_/) },
    },
    touched: [],
  });
  expect(await sendRequest("/identify", key)).toEqual({
    status: 200,
    body: { userId: user.userId, role: "user", via: { kind: "key", hash: await sha256Hex(key) } },
    touched: [],
  });
});

it("turns a made-up key away before any object is touched", async () => {
  const key = await createKey(await signUp());
  const forged = key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");
  for (const path of ["/identify", "/chat", "/session", "/admin"]) {
    for (const wrong of [
      forged,
      key.toUpperCase(),
      key.slice(0, 40),
      "sk_live_abc",
      "sk-proj-abc",
    ]) {
      const answer = await sendRequest(path, wrong);
      expect(answer).toMatchObject({
        status: 401,
        body: { error: { code: "invalid_api_key" } },
        touched: [],
      });
    }
  }
});

it("asks one keeper whether a credential is still in force", async () => {
  const user = await signUp();
  expect(await sendRequest("/chat", user.token)).toMatchObject({ status: 200, touched: ["DB"] });
  expect(await sendRequest("/chat", await createKey(user))).toMatchObject({
    status: 200,
    touched: ["CREDIT_ACCOUNT"],
  });
});

it("refuses a key where a person must be signed in, without asking anyone", async () => {
  const key = await createKey(await signUp());
  expect(await sendRequest("/session", key)).toMatchObject({
    status: 403,
    body: { error: { code: "missing_scope" } },
    touched: [],
  });
  expect(await sendRequest("/admin", key)).toMatchObject({
    status: 403,
    body: { error: { code: "admin_only" } },
    touched: [],
  });
});

it("lets an admin through where an admin is asked for, and nobody else", async () => {
  const [admin, user] = [await signUp("chief@farebox.test"), await signUp()];
  expect(await sendRequest("/admin", admin.token)).toMatchObject({
    status: 200,
    body: { role: "admin" },
  });
  expect(await sendRequest("/admin", user.token)).toMatchObject({
    status: 403,
    body: { error: { code: "admin_only" } },
  });
  expect((await sendRequest("/admin", await createKey(admin))).status).toBe(403);
});

it("answers 503 when the object that keeps a key cannot be reached", async () => {
  const key = await createKey(await signUp());
  const down = {
    ...env,
    CREDIT_ACCOUNT: new Proxy(env.CREDIT_ACCOUNT, {
      get: () => () => ({ verifyKey: () => Promise.reject(new Error("down")) }),
    }),
  };
  const refusal = app.onError((error, c) => c.text(error.message, 503));
  expect(
    (await refusal.request("/chat", { headers: { authorization: `Bearer ${key}` } }, down)).status,
  ).toBe(503);
});
