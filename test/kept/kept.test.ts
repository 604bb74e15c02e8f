import {
  createExecutionContext,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";
import { KEPT_CHARACTERS_MAX } from "../../src/kept/index.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import {
  chatBody,
  type FundedUser,
  readAccountTotals,
  signUpFundedUser,
} from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { post } from "../support/surface.ts";
import { stubUpstreamJson } from "../support/upstream.ts";

afterEach(() => vi.useRealTimers());

interface Kept {
  readonly id: string;
  readonly keptAt: string;
  readonly expiresAt: string;
  readonly request: string;
  readonly requestTruncated: boolean;
  readonly reply: string | null;
  readonly replyTruncated: boolean;
  readonly streamed: boolean;
}

const historyOf = (user: Pick<FundedUser, "userId">) =>
  env.CHAT_HISTORY.get(env.CHAT_HISTORY.idFromName(user.userId));
const set = (user: FundedUser, keepContentDays: unknown) =>
  call("PATCH", `/api/api-keys/key_${user.key.slice(3, 11)}`, {
    token: user.token,
    body: { keepContentDays },
  });
const contentOf = (token: string, id: string) =>
  call("GET", `/v1/generation/${id}/content`, { token });
const idOf = (response: Response) => response.headers.get("x-farebox-generation-id") ?? "";

/** A user whose key has prompts and replies kept. */
async function keepingUser(days = 7): Promise<FundedUser> {
  const user = await signUpFundedUser(100);
  expect((await set(user, days)).status).toBe(200);
  return user;
}

/** Waits until a chat is kept, which is after its reply. */
const waitForKept = (user: FundedUser, id: string): Promise<Kept> =>
  vi.waitFor(async () => {
    const response = await contentOf(user.token, id);
    expect(response.status).toBe(200);
    return response.json<Kept>();
  });

const PROMPT = { messages: [{ role: "user", content: "Who drives it?" }] };
const SURFACES: readonly (readonly [path: string, body: object])[] = [
  ["/v1/chat/completions", PROMPT],
  ["/v1/responses", { input: "Who drives it?" }],
  ["/v1/messages", { max_tokens: 50, ...PROMPT }],
  ["/v1/completions", { prompt: "Who drives it?" }],
];

it.each(
  SURFACES.flatMap(([path, body]) =>
    [false, true].map((stream) => [path, stream, { model: "large", ...body, stream }] as const),
  ),
)("a chat by %s is kept (stream: %s)", async (path, stream, body) => {
  standInModel();
  const user = await keepingUser(3);
  const before = Date.now();
  const response = await post(user, path, body);
  expect(response.status).toBe(200);
  await response.text();
  const id = idOf(response);
  const kept = await waitForKept(user, id);
  expect(kept).toMatchObject({
    id: `hld_${id.split("-")[1]}`,
    streamed: stream,
    requestTruncated: false,
    replyTruncated: false,
  });
  expect(kept.request).toContain("Who drives it?");
  expect(JSON.parse(kept.request)).toMatchObject({ model: "large" });
  expect(kept.reply).toContain(stream ? "data: " : '"choices"');
  expect(Date.parse(kept.expiresAt) - Date.parse(kept.keptAt)).toBe(3 * 86_400_000);
  expect(Date.parse(kept.keptAt)).toBeGreaterThanOrEqual(before);
  expect(await (await contentOf(user.key, id)).json()).toEqual(kept);
});

it("is as its client got it", async () => {
  standInModel();
  const user = await keepingUser();
  const body = chatBody({ stream: true });
  const response = await post(user, "/v1/chat/completions", body);
  const sent = await response.text();
  const kept = await waitForKept(user, idOf(response));
  expect(kept.reply).toBe(sent);
  expect(JSON.parse(kept.request)).toEqual(body);
});

it("is nothing where the key does not say so, and no more once it does not", async () => {
  standInModel();
  const user = await signUpFundedUser(100);
  const chat = async () => {
    const response = await post(user, "/v1/chat/completions", chatBody());
    await response.text();
    return idOf(response);
  };
  const before = await chat();
  await set(user, 1);
  const between = await chat();
  await waitForKept(user, between);
  await set(user, null);
  const after = await chat();
  await vi.waitFor(async () => {
    expect((await readAccountTotals(user)).charged).toHaveLength(3);
  });
  expect((await contentOf(user.token, before)).status).toBe(404);
  expect((await contentOf(user.token, after)).status).toBe(404);
  expect((await contentOf(user.token, between)).status).toBe(200);
});

it("a chat that failed, and a conversation, are not kept", async () => {
  stubUpstreamJson({}, 500);
  const user = await keepingUser();
  expect((await post(user, "/v1/chat/completions", chatBody())).status).toBe(502);
  standInModel();
  const turn = await post(user, "/api/chat", { message: "Who drives it?", model: "large" });
  expect(turn.status).toBe(200);
  await runInDurableObject(historyOf(user), (_, { storage }) =>
    expect(storage.sql.exec("SELECT hold_no FROM kept_chats").toArray()).toEqual([]),
  );
});

it("is read by its owner alone, and deleted by them", async () => {
  standInModel();
  const [user, stranger] = [await keepingUser(), await keepingUser()];
  const response = await post(user, "/v1/chat/completions", chatBody());
  await response.text();
  const id = idOf(response);
  await waitForKept(user, id);
  const remove = (token: string, of: string) =>
    call("DELETE", `/v1/generation/${of}/content`, { token });
  for (const [token, of] of [
    [stranger.token, id],
    [user.token, "hld_999999"],
    [user.token, "none"],
  ] as const) {
    expect((await contentOf(token, of)).status).toBe(404);
    expect((await remove(token, of)).status).toBe(404);
  }
  expect((await callAsAdmin("GET", `/v1/generation/${id}/content`)).status).toBe(404);
  expect((await remove(user.key, id)).status).toBe(403);
  expect((await contentOf(user.token, id)).status).toBe(200);
  expect((await remove(user.token, id)).status).toBe(204);
  expect((await contentOf(user.token, id)).status).toBe(404);
});

it("is gone when its days are over: from reads at once, from the object by its alarm", async () => {
  standInModel();
  const user = await keepingUser(2);
  const ids: string[] = [];
  for (const days of [2, 1]) {
    await set(user, days);
    const response = await post(user, "/v1/chat/completions", chatBody());
    await response.text();
    ids.push(idOf(response));
    await waitForKept(user, idOf(response));
  }
  const [, first = ""] = ids;
  vi.useFakeTimers({ now: Date.now() + 86_400_000, toFake: ["Date"] });
  const left = () =>
    runInDurableObject(historyOf(user), async (_, { storage }) => ({
      count: storage.sql.exec("SELECT 1 FROM kept_chats").toArray().length,
      wakesInMs: ((await storage.getAlarm()) ?? 0) - Date.now(),
    }));
  expect((await left()).wakesInMs).toBeLessThanOrEqual(0);
  const kept = await historyOf(user).keptChat(Number(first.split("-")[1]));
  expect(kept).toMatchObject({ ok: false });
  expect(await runDurableObjectAlarm(historyOf(user))).toBe(true);
  expect((await left()).count).toBe(1);
  expect((await left()).wakesInMs).toBeGreaterThan(0);
});

it("has a bound: the beginning of a long request and of a long reply", async () => {
  const long = "x".repeat(KEPT_CHARACTERS_MAX + 10);
  stubUpstreamJson({
    choices: [{ index: 0, message: { role: "assistant", content: long }, finish_reason: "stop" }],
    usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
  });
  const user = await keepingUser();
  const messages = [{ role: "user", content: long }];
  const response = await post(user, "/v1/chat/completions", chatBody({ messages }));
  expect(response.status).toBe(200);
  await response.text();
  const kept = await waitForKept(user, idOf(response));
  expect(kept).toMatchObject({ requestTruncated: true, replyTruncated: true });
  expect(kept.request).toHaveLength(KEPT_CHARACTERS_MAX);
  expect(kept.reply).toHaveLength(KEPT_CHARACTERS_MAX);
});

it("costs a chat no query, and no failure where it cannot be kept", async () => {
  standInModel();
  const warn = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const user = await keepingUser();
  const broken: Env = Object.create(env, {
    CHAT_HISTORY: {
      value: new Proxy(env.CHAT_HISTORY, {
        get: (namespace, name) =>
          name === "get"
            ? () => new Proxy({}, { get: () => () => Promise.reject(new Error("overloaded")) })
            : Reflect.get(namespace, name, namespace).bind(namespace),
      }),
    },
  });
  const ctx = createExecutionContext();
  const request = new Request("http://farebox.test/v1/chat/completions", {
    method: "POST",
    headers: { authorization: `Bearer ${user.key}`, "content-type": "application/json" },
    body: JSON.stringify(chatBody()),
  });
  const response = await worker.fetch(request, broken, ctx);
  expect(response.status).toBe(200);
  await response.text();
  await waitOnExecutionContext(ctx);
  expect(warn.mock.calls.join()).toContain("chat.not_kept");
  warn.mockRestore();
  expect(await readAccountTotals(user)).toMatchObject({ heldMicrocredits: 0 });
  expect((await readAccountTotals(user)).charged).toHaveLength(1);
});

it("is in its owner's export, goes with them, and is not kept after that", async () => {
  standInModel();
  const user = await keepingUser();
  const response = await post(user, "/v1/chat/completions", chatBody());
  await response.text();
  const kept = await waitForKept(user, idOf(response));
  const exported = await call("GET", "/api/users/me/export", { token: user.token });
  expect(await exported.json()).toMatchObject({ keptChats: [kept] });
  const byAdmin = await callAsAdmin("GET", `/api/users/${user.userId}/export`);
  expect(await byAdmin.json()).toMatchObject({ keptChats: null });
  const body = { currentPassword: user.password };
  const erased = await call("DELETE", "/api/users/me", { token: user.token, body });
  expect(erased.status).toBe(204);
  const late = {
    holdNo: 99,
    keptAtMs: Date.now(),
    expiresAtMs: Date.now() + 1000,
    request: "late",
    isRequestCut: false,
    reply: null,
    isReplyCut: false,
    isStream: false,
  };
  expect(await historyOf(user).keepChat(late)).toMatchObject({ ok: false });
  expect(await historyOf(user).keptChats(0)).toMatchObject({ ok: false });
});

it.each([0, 31, 1.5, "7", true])("a key does not keep for %j days", async (days) => {
  const user = await signUpFundedUser(0);
  const changed = await set(user, days);
  const made = await call("POST", "/api/api-keys", {
    token: user.token,
    body: { name: "k", keepContentDays: days },
  });
  for (const refused of [changed, made])
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: expect.objectContaining({ param: "keepContentDays" }) },
    ]);
});
