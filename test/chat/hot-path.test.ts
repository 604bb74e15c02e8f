import {
  createExecutionContext,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import worker from "../../src/index.ts";
import { accountObject, authorize, settle } from "../support/account.ts";
import { chatBody, readAccountTotals, signUpFundedUser } from "../support/funded-user.ts";
import { createManagementKey, newExternalId } from "../support/management.ts";
import { standInModel } from "../support/model.ts";

/** Returns `env` with a D1 and account objects that record their calls. */
function counted() {
  const calls: string[] = [];
  const counting = <T extends object>(
    target: T,
    name: string,
    wrap: (value: unknown, property: string) => unknown,
  ): T =>
    new Proxy(target, {
      get(inner, property) {
        const value: unknown = Reflect.get(inner, property, inner);
        if (typeof value !== "function" || typeof property !== "string") return value;
        return (...args: unknown[]) => {
          calls.push(`${name}.${property}`);
          return wrap(Reflect.apply(value, inner, args), property);
        };
      },
    });
  const DB = counting(env.DB, "d1", (value) => value);
  const CREDIT_ACCOUNT = counting(env.CREDIT_ACCOUNT, "objects", (value, property) =>
    property === "get" && typeof value === "object" && value !== null
      ? counting(value, "rpc", (reply) => reply)
      : value,
  );
  return { env: { ...env, DB, CREDIT_ACCOUNT }, calls };
}

const UPSTREAMS = ["local-faulty-503", "local-faulty-garbage", "large"].map((upstreamModel) => ({
  upstream: "local",
  upstreamModel,
}));

const CHAT = "/v1/chat/completions";
const CALLS = ["authorize", "settle"];

it.each([
  ["a chat", CHAT, "large", CALLS],
  ["a chat that the third upstream serves", CHAT, "after-two", CALLS],
  ["a message", "/v1/messages", "large", CALLS],
  ["a count", "/v1/messages/count_tokens", "large", ["verifyKey", "admitRequest"]],
])("%s by API key: no D1 query and two calls, once its model is known", async (...asked) => {
  const [, path, model, rpcs] = asked;
  standInModel();
  const who = await signUpFundedUser(1);
  const terms = { inputPrice: 30, outputPrice: 150, contextLength: 8000 };
  await loadCatalog(
    database(env.DB),
    { plans: [], models: [{ id: "after-two", upstreams: UPSTREAMS, ...terms }] },
    Date.now(),
  );
  const { env: counting, calls } = counted();
  const chat = async () => {
    const ctx = createExecutionContext();
    const headers = { authorization: `Bearer ${who.key}`, "content-type": "application/json" };
    const { max_tokens, ...prompt } = chatBody({ model });
    const request = new Request(`http://farebox.test${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(path.endsWith("count_tokens") ? prompt : { ...prompt, max_tokens }),
    });
    const response = await worker.fetch(request, counting, ctx);
    expect(response.status).toBe(200);
    await response.text();
    await waitOnExecutionContext(ctx);
  };
  await chat();
  calls.length = 0;
  await chat();
  expect(calls.filter((call) => call.startsWith("d1."))).toEqual([]);
  expect(calls.filter((call) => call.startsWith("rpc."))).toEqual(
    rpcs.map((name) => `rpc.${name}`),
  );
});

it.each([
  ["a chat", CHAT, CALLS],
  ["a message", "/v1/messages", CALLS],
  ["a count", "/v1/messages/count_tokens", ["standing", "admitRequest"]],
])("%s on behalf of a customer: no D1 query and two calls, after the first", async (...asked) => {
  const [, path, rpcs] = asked;
  standInModel();
  await signUpFundedUser(0);
  const { key } = await createManagementKey(["sessions"]);
  const externalId = newExternalId();
  const { env: counting, calls } = counted();
  const chat = async () => {
    const ctx = createExecutionContext();
    const { max_tokens, ...prompt } = chatBody();
    const request = new Request(`http://farebox.test${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        "x-farebox-user": externalId,
      },
      body: JSON.stringify(path.endsWith("count_tokens") ? prompt : { ...prompt, max_tokens }),
    });
    const response = await worker.fetch(request, counting, ctx);
    await response.text();
    await waitOnExecutionContext(ctx);
    return response.status;
  };
  expect(await chat()).toBe(path.endsWith("count_tokens") ? 200 : 402);
  const user = await env.DB.prepare("SELECT id FROM users WHERE external_id = ?")
    .bind(externalId)
    .first<{ id: string }>();
  await creditAccount(env, user?.id ?? "").grant({
    operationId: "test",
    amountMicrocredits: 1_000_000,
    priority: 0,
    effectiveAt: null,
    expiresAt: null,
    reason: "Test",
  });
  calls.length = 0;
  expect(await chat()).toBe(200);
  expect(calls.filter((call) => call.startsWith("d1."))).toEqual([]);
  expect(calls.filter((call) => call.startsWith("rpc."))).toEqual(
    rpcs.map((name) => `rpc.${name}`),
  );
});

it("a hundred chats write two rows each, seldom a third, with alarms and checkpoints", async () => {
  const who = await signUpFundedUser(1);
  const chats = 100;
  const written = await runInDurableObject(accountObject(who.userId), async (object, state) => {
    let rows = 0;
    const { sql } = state.storage;
    const exec = sql.exec.bind(sql);
    const cursors: { rowsWritten: number }[] = [];
    Object.defineProperty(sql, "exec", {
      configurable: true,
      value: (query: string, ...bindings: unknown[]) => {
        const cursor = exec(query, ...bindings);
        cursors.push(cursor);
        return cursor;
      },
    });
    const setAlarm = state.storage.setAlarm.bind(state.storage);
    Object.defineProperty(state.storage, "setAlarm", {
      configurable: true,
      value: (at: number) => {
        rows += 1;
        return setAlarm(at);
      },
    });
    const prices = { inputPerMillion: 1000, cachedInputPerMillion: null, outputPerMillion: 1000 };
    const chat = {
      model: "m",
      prices,
      promptBoundTokens: 10,
      maxTokens: 10,
      choices: 1,
      holdTtlSeconds: 900,
    };
    for (let n = 0; n < chats; n++) {
      const hold = await authorize(object, {
        caller: { kind: "session" },
        chat,
        idempotency: null,
      });
      if (hold.kind !== "hold") throw new Error(`expected a hold, not ${hold.kind}`);
      const outcome = {
        ending: "complete",
        usage: { input: 5, cachedInput: 0, output: 5 },
        estimated: false,
        latencyMs: 1,
      } as const;
      await settle(object, { holdNo: hold.holdNo, outcome, response: null });
    }
    Reflect.deleteProperty(sql, "exec");
    Reflect.deleteProperty(state.storage, "setAlarm");
    expect(cursors.length).toBeGreaterThan(chats);
    return rows + cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
  });
  expect((await readAccountTotals(who)).charged).toHaveLength(chats);
  expect(written / chats).toBeLessThanOrEqual(2.1);
  expect(written / chats).toBeGreaterThanOrEqual(2);
});
