import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type FundedUser, readAccountTotals, signUpFundedUser } from "../support/funded-user.ts";
import {
  type Answer,
  COST,
  chatWith,
  replies,
  sellModel,
  signUpUser,
  standInUpstreams,
  type UpstreamCall,
} from "../support/upstreams.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

/**
 * Returns accounts that note when one has authorized, and answer only after `before` is done. It
 * stands for an account that is far away.
 */
function farAccounts(events: string[], before: () => Promise<unknown>) {
  const wrap = <T extends object>(target: T, change: (name: string, value: unknown) => unknown) =>
    new Proxy(target, {
      get(inner, property) {
        const value: unknown = Reflect.get(inner, property, inner);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) =>
          change(String(property), Reflect.apply(value, inner, args) as unknown);
      },
    });
  const CREDIT_ACCOUNT = wrap(env.CREDIT_ACCOUNT, (method, stub) =>
    method === "get" && typeof stub === "object" && stub !== null
      ? wrap(stub, async (rpc, reply) => {
          const answer: unknown = await reply;
          if (rpc !== "authorize") return answer;
          await before();
          events.push("authorized");
          return answer;
        })
      : stub,
  );
  return { CREDIT_ACCOUNT };
}

/** Sells a model whose upstream notes when it is asked, and tells whoever waits for it. */
async function sellNoted(events: string[], answer: Answer = replies("Hello.")) {
  const asked = Promise.withResolvers<UpstreamCall>();
  const calls = standInUpstreams({
    a: (call) => {
      events.push("asked");
      asked.resolve(call);
      return answer(call);
    },
  });
  return { model: await sellModel([{ upstream: "a" }]), calls, asked: asked.promise };
}

const FAR = 5000;
/** Waits until the upstream was asked, or for so long that it plainly waits for the account. */
const untilAsked = (asked: Promise<unknown>) => () => Promise.race([asked, scheduler.wait(FAR)]);

describe.each([{ stream: false }, { stream: true }])("where %o", ({ stream }) => {
  it("asks the upstream while the account decides, once that answered lately", async () => {
    const events: string[] = [];
    const who = await signUpUser();
    const { model } = await sellNoted(events);
    const first = await chatWith(who, { model, stream });
    expect(first.status).toBe(200);
    events.length = 0;
    const asked = Promise.withResolvers<undefined>();
    standInUpstreams({
      a: (call) => {
        events.push("asked");
        asked.resolve(undefined);
        return replies("Hello.")(call);
      },
    });
    const far = farAccounts(events, untilAsked(asked.promise));
    const second = await chatWith(who, { model, stream }, { settings: far });
    expect(second.status).toBe(200);
    expect(second.text).toContain("Hello.");
    expect(events).toEqual(["asked", "authorized"]);
    expect((await readAccountTotals(who)).charged).toEqual([COST, COST]);
  });
});

/** Sends a chat to far accounts, and returns what happened first. */
async function orderOf(
  who: FundedUser,
  body: Record<string, unknown>,
  settings: Record<string, unknown> = {},
  headers: Record<string, string> = {},
) {
  const events: string[] = [];
  standInUpstreams({
    a: (call) => {
      events.push("asked");
      return replies("Hello.")(call);
    },
  });
  const far = farAccounts(events, () => Promise.resolve());
  const reply = await chatWith(who, body, { settings: { ...far, ...settings }, headers });
  return { ...reply, events };
}

const IN_TURN = ["authorized", "asked"];

it("asks in turn at first, and for another model", async () => {
  const who = await signUpUser();
  const [model, other] = [
    await sellModel([{ upstream: "a" }]),
    await sellModel([{ upstream: "a" }]),
  ];
  expect((await orderOf(who, { model })).events).toEqual(IN_TURN);
  expect((await orderOf(who, { model: other })).events).toEqual(IN_TURN);
});

it("asks in turn where the operator wants it so", async () => {
  const who = await signUpUser();
  const model = await sellModel([{ upstream: "a" }]);
  await orderOf(who, { model });
  const { events } = await orderOf(who, { model }, { OVERLAP_AUTHORIZE: "false" });
  expect(events).toEqual(IN_TURN);
});

it("asks in turn where the request may have its answer already", async () => {
  const who = await signUpUser();
  const model = await sellModel([{ upstream: "a" }]);
  await orderOf(who, { model });
  const { events } = await orderOf(who, { model }, {}, { "idempotency-key": "one" });
  expect(events).toEqual(IN_TURN);
});

it("asks in turn where the account could not pay ten times", async () => {
  const who = await signUpFundedUser(0.1);
  const model = await sellModel([{ upstream: "a" }]);
  await orderOf(who, { model, max_tokens: 10 });
  const { events } = await orderOf(who, { model, max_tokens: 100 });
  expect(events).toEqual(IN_TURN);
});

it("asks in turn where the answer is older than a minute", async () => {
  const who = await signUpUser();
  const model = await sellModel([{ upstream: "a" }]);
  await orderOf(who, { model });
  const now = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: now + 60_000 });
  const { events } = await orderOf(who, { model });
  vi.useRealTimers();
  expect(events).toEqual(IN_TURN);
});

it("stops an upstream that was asked for a chat that is refused, and asks none again", async () => {
  const events: string[] = [];
  const who = await signUpUser();
  const { model } = await sellNoted(events);
  await chatWith(who, { model });
  const keys = await who.account.listKeys();
  for (const { keyId } of keys) await who.account.revokeKey(keyId);
  const aborted = Promise.withResolvers<undefined>();
  const calls = standInUpstreams({
    a: ({ signal }) =>
      new Promise<Response>((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          aborted.resolve(undefined);
          reject(new Error("aborted"));
        });
      }),
  });
  const refused = await chatWith(who, { model });
  expect(refused.status).toBe(401);
  await aborted.promise;
  expect(calls).toHaveLength(1);
  expect((await chatWith(who, { model })).status).toBe(401);
  expect(calls).toHaveLength(1);
  const { charged, heldMicrocredits } = await readAccountTotals(who);
  expect({ charged, heldMicrocredits }).toEqual({ charged: [COST], heldMicrocredits: 0 });
});

it("asks again with what is held, where that is less", async () => {
  const who = await signUpFundedUser(1);
  const model = await sellModel([{ upstream: "a" }]);
  await orderOf(who, { model });
  // Something else takes nearly all of it meanwhile, as another isolate's chats may.
  const taken = await who.account.take({
    operationId: "elsewhere",
    amountMicrocredits: 1_000_000 - COST - 10_000,
    reason: "Test",
  });
  expect(taken.ok).toBe(true);
  const calls = standInUpstreams({ a: replies("Hello.") });
  const reply = await chatWith(who, { model, max_tokens: 100 });
  expect(reply.status).toBe(200);
  const caps = calls.map(({ body }) => body["max_completion_tokens"]);
  expect(caps).toHaveLength(2);
  expect(caps[0]).toBe(100);
  expect(caps[1]).toBe(Number(reply.headers.get("x-farebox-max-tokens")));
  expect((await readAccountTotals(who)).charged).toEqual([COST, COST]);
});

/** Ten times the bound of one chat is left after about 37 of them. */
const CHATS = 40;

it("many at once are asked for early no more than one after the other would be", async () => {
  const who = await signUpFundedUser(1);
  const model = await sellModel([{ upstream: "a" }]);
  const events: string[] = [];
  await orderOf(who, { model });
  standInUpstreams({
    a: (call) => {
      events.push("asked");
      return replies("Hello.")(call);
    },
  });
  const [all, told] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  let authorized = 0;
  const far = farAccounts([], () => {
    authorized += 1;
    if (authorized === CHATS) all.resolve(undefined);
    return told.promise;
  });
  const chats = Array.from({ length: CHATS }, () => chatWith(who, { model }, { settings: far }));
  await all.promise;
  const early = events.length;
  told.resolve(undefined);
  for (const { status } of await Promise.all(chats)) expect(status).toBe(200);
  expect(early).toBeGreaterThan(0);
  expect(early).toBeLessThan(CHATS);
});
