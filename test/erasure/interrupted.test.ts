import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import { findUser } from "../../src/auth/index.ts";
import { database } from "../../src/db.ts";
import { eraseUser } from "../../src/erasure/erase-user.ts";
import { endErasedUsers, finishErasures } from "../../src/erasure/index.ts";
import { MINUTE_MS } from "../../src/time.ts";
import { accountObject } from "../support/account.ts";
import { createAgent } from "../support/agents.ts";
import { call } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { workerDyingAt } from "../support/dying-worker.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

vi.setConfig({ testTimeout: 600_000 });
beforeAll(loadShopCatalog);

const db = database(env.DB);

const countRows = (table: string, column: string, userId: string) =>
  env.DB.prepare(`select count(*) as n from ${table} where ${column} = ?`)
    .bind(userId)
    .first<number>("n");

/** Returns how much is left of a user where an erasure has to leave nothing. */
const countLeft = async (userId: string) => ({
  users: await countRows("users", "id", userId),
  sessions: await countRows("sessions", "user_id", userId),
  agents: await countRows("agents", "owner_id", userId),
  hasAccount: (await accountObject(userId).summary()).ok,
});
const NOTHING = { users: 0, sessions: 0, agents: 0, hasAccount: false };

/** Signs a user up who has an agent, a key and a conversation. */
async function signUpOwner(): Promise<TestUser & { readonly key: string }> {
  const user = await signUp();
  await createAgent(user);
  const body = { title: "Mine", model: "small" };
  await call("POST", "/api/conversations", { token: user.token, body });
  return { ...user, key: await createKey(user) };
}

/** Erases a user by a Worker that dies at its n-th use of D1 or of an object. */
async function eraseDyingAt(step: number, userId: string, nowMs: number): Promise<boolean> {
  const dying = workerDyingAt(step);
  const ctx = testContext({ env: dying.env, db: database(dying.env.DB), nowMs });
  await eraseUser(ctx, userId).catch(() => undefined);
  return dying.died();
}

it("is finished by the cron, wherever the Worker died, and leaves nothing", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  let step = 1;
  for (let died = true; died; step += 1) {
    const user = await signUpOwner();
    const begunMs = Date.now();
    died = await eraseDyingAt(step, user.userId, begunMs);
    const hasBegun = (await findUser(db, user.userId)) === undefined;
    // Either nothing happened, or the user's row still names the erasure to the cron.
    const isInterrupted = hasBegun && (await countRows("users", "id", user.userId)) === 1;
    const later = testContext({ nowMs: begunMs + MINUTE_MS });
    expect(await finishErasures(later, 10), `step ${step}`).toBe(isInterrupted ? 1 : 0);
    if (!hasBegun) {
      await eraseUser(testContext(), user.userId);
      continue;
    }
    expect(await countLeft(user.userId), `step ${step}`).toEqual(NOTHING);
    expect(await countRows("erased_users", "user_id", user.userId), `step ${step}`).toBe(1);
    const response = await call("GET", "/api/conversations", { token: user.key });
    expect(response.status, `step ${step}`).toBe(401);
  }
  log.mockRestore();
  // The beginning, and each of the five steps.
  expect(step).toBeGreaterThan(6);
});

it("fails once it has begun, ends all sign-ins, and is finished after a minute", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const user = await signUpOwner();
  const dead = {
    ...env,
    CREDIT_ACCOUNT: new Proxy(env.CREDIT_ACCOUNT, {
      get: () => () => ({ erase: () => Promise.reject(new Error("unreachable")) }),
    }),
  };
  const begun = Date.now();
  expect(await eraseUser(testContext({ env: dead, nowMs: begun }), user.userId)).toMatchObject({
    ok: false,
    failure: { code: "billing_unavailable" },
  });
  expect(log.mock.calls.flat().join("\n")).toContain('"object":"CreditAccount"');
  log.mockRestore();
  const { email, password } = user;
  expect((await call("POST", "/api/auth/login", { body: { email, password } })).status).toBe(401);
  expect((await call("GET", "/api/users/me", { token: user.token })).status).toBe(401);
  expect(await findUser(db, user.userId)).toBeUndefined();
  expect(await finishErasures(testContext({ nowMs: begun + 59_999 }), 10)).toBe(0);
  expect(await finishErasures(testContext({ nowMs: begun + 60_000 }), 10)).toBe(1);
  expect((await call("GET", "/api/users/me", { token: user.key })).status).toBe(401);
  expect(await countLeft(user.userId)).toEqual(NOTHING);
});

it("fails while ChatHistory cannot be reached, and the log names it", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const user = await signUpOwner();
  const dead = {
    ...env,
    CHAT_HISTORY: new Proxy(env.CHAT_HISTORY, {
      get: () => () => ({ eraseUser: () => Promise.reject(new Error("unreachable")) }),
    }),
  };
  const begun = Date.now();
  expect(await eraseUser(testContext({ env: dead, nowMs: begun }), user.userId)).toMatchObject({
    ok: false,
    failure: { code: "billing_unavailable" },
  });
  expect(log.mock.calls.flat().join("\n")).toContain('"object":"ChatHistory"');
  log.mockRestore();
  expect(await finishErasures(testContext({ nowMs: begun + 60_000 }), 10)).toBe(1);
  expect(await countLeft(user.userId)).toEqual(NOTHING);
});

it("deletes agents that a Worker of the version before left behind", async () => {
  standInStripe();
  const user = await signUpOwner();
  // A Worker of the version before, while a new one is deployed: the object's method no longer
  // deletes agents, and that Worker does not either.
  await env.DB.batch([
    env.DB.prepare("delete from users where id = ?").bind(user.userId),
    env.DB.prepare("insert into erased_users (user_id, erased_at) values (?, ?)").bind(
      user.userId,
      Date.now(),
    ),
  ]);
  await endErasedUsers(testContext(), 100);
  expect(await countRows("agents", "owner_id", user.userId)).toBe(0);
  expect(await countRows("erased_users", "user_id", user.userId)).toBe(0);
});
