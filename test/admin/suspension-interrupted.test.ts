import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import { finishSuspensions } from "../../src/admin/index.ts";
import { resumeUser, suspendUser } from "../../src/admin/suspend-user.ts";
import { findUser } from "../../src/auth/index.ts";
import { database } from "../../src/db.ts";
import { eraseUser } from "../../src/erasure/erase-user.ts";
import { accountObject } from "../support/account.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { workerDyingAt } from "../support/dying-worker.ts";
import { standInModel } from "../support/model.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { forgetErased } from "../support/suspend.ts";

vi.setConfig({ testTimeout: 600_000 });
beforeAll(loadShopCatalog);

const db = database(env.DB);
const REASON = { reason: "Farms.", subscriptions: "keep" } as const;
const CHAT = { model: "small", messages: [{ role: "user", content: "Hello." }] };

const countAudit = (userId: string, action: string) =>
  env.DB.prepare("select count(*) as n from audit_log where user_id = ? and action = ?")
    .bind(userId, action)
    .first<number>("n");

const canChat = async (token: string) =>
  (await call("POST", "/v1/chat/completions", { token, body: CHAT })).status === 200;

it("a suspension or resumption is finished by the cron, wherever the Worker died", async () => {
  standInModel();
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const admin = { kind: "admin", id: "usr_of_this_test" } as const;
  for (const { verb, action } of [
    { verb: suspendUser, action: "user.suspended" },
    { verb: resumeUser, action: "user.resumed" },
  ]) {
    let step = 1;
    for (let died = true; died; step += 1) {
      const where = `${action} at step ${step}`;
      const user = await signUp();
      if (verb === resumeUser)
        await suspendUser(testContext({ actor: admin }), user.userId, REASON);
      const dying = workerDyingAt(step);
      const ctx = testContext({ env: dying.env, db: database(dying.env.DB), actor: admin });
      await verb(ctx, user.userId, REASON).catch(() => undefined);
      died = dying.died();
      const isDone = (await countAudit(user.userId, action)) === 1;
      const isSuspended = (await findUser(db, user.userId))?.suspendedAt !== null;
      // Either nothing happened, or D1 has the change and its entry.
      expect(isSuspended, where).toBe((verb === suspendUser) === isDone);
      await finishSuspensions(testContext(), 100);
      expect(await canChat(user.token), where).toBe(!isSuspended);
      expect(await findUser(db, user.userId), where).toMatchObject({ isSuspensionPending: false });
    }
    expect(step).toBeGreaterThan(4);
  }
  expect(await finishSuspensions(testContext(), 100)).toBe(0);
  log.mockRestore();
});

it("an account that cannot be reached is told later, and the answer says so", async () => {
  standInModel();
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const user = await signUp();
  const dying = workerDyingAt(Number.POSITIVE_INFINITY);
  const unreachable = Object.create(dying.env, {
    CREDIT_ACCOUNT: {
      value: {
        idFromName: () => undefined,
        get: () => {
          throw new Error("unreachable");
        },
      },
    },
  });
  const ctx = testContext({ env: unreachable, actor: { kind: "admin", id: "usr_another" } });
  expect(await suspendUser(ctx, user.userId, REASON)).toMatchObject({
    value: { isSuspensionPending: true },
  });
  const shown = await callAsAdmin("GET", `/api/admin/users/${user.userId}`);
  expect(await shown.json()).toMatchObject({ suspensionPending: true });
  expect(await canChat(user.token)).toBe(true);
  await finishSuspensions(testContext(), 100);
  expect(await canChat(user.token)).toBe(false);
  log.mockRestore();
});

it("no user is suspended while being erased, and a suspended one is erased whole", async () => {
  const ctx = testContext({ actor: { kind: "admin", id: "usr_another" } });
  const erasing = await signUp();
  await env.DB.prepare("UPDATE users SET erasing_at = ? WHERE id = ?")
    .bind(Date.now(), erasing.userId)
    .run();
  expect(await suspendUser(ctx, erasing.userId, REASON)).toMatchObject({ ok: false });
  await env.DB.prepare("DELETE FROM users WHERE id = ?").bind(erasing.userId).run();
  await finishSuspensions(testContext(), 100);
  const suspended = await signUp();
  await suspendUser(ctx, suspended.userId, REASON);
  expect(await eraseUser(testContext(), suspended.userId)).toMatchObject({ ok: true });
  await forgetErased(suspended.userId);
  await finishSuspensions(testContext(), 100);
  expect(await accountObject(suspended.userId).summary()).toMatchObject({ ok: false });
});
