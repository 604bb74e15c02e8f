import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readAccountTotals } from "../support/funded-user.ts";
import {
  type Answer,
  COST,
  chatWith,
  replies,
  sellModel,
  signUpUser,
  standInUpstreams,
  upstreamSettings,
} from "../support/upstreams.ts";

const logged: string[] = [];
beforeEach(() => {
  logged.length = 0;
  for (const level of ["log", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((...words) => {
      logged.push(words.map(String).join(" "));
    });
});
afterEach(() => vi.useRealTimers());

/** The settings of an upstream with three keys, which no other test uses. */
function threeKeys() {
  const keys = [1, 2, 3].map((n) => `key-of-a-${n}-${crypto.randomUUID()}`);
  const names = keys.map((_, at) => `KEY_${at}`);
  const settings = {
    ...upstreamSettings({ a: { apiKeyVar: names } }),
    ...Object.fromEntries(keys.map((key, at) => [`KEY_${at}`, key])),
  };
  const numberOf = (headers: Headers) =>
    keys.indexOf((headers.get("authorization") ?? "").replace("Bearer ", "")) + 1;
  return { keys, settings, numberOf };
}

const refuse = (status: number, words: string, headers: Record<string, string> = {}) =>
  Response.json({ error: { message: words } }, { status, headers });

it("keys are used in turn", async () => {
  const model = await sellModel([{ upstream: "a" }]);
  const { settings, numberOf } = threeKeys();
  const calls = standInUpstreams({ a: replies("Hello") });
  const who = await signUpUser();
  for (let chats = 0; chats < 6; chats++) await chatWith(who, { model }, { settings });
  const used = calls.map(({ headers }) => numberOf(headers)).join("");
  expect("123123123").toContain(used);
});

it.each([401, 402, 429])(
  "a key that is refused (%i) is followed by the next, and charged once",
  async (status) => {
    const model = await sellModel([{ upstream: "a" }]);
    const { keys, settings, numberOf } = threeKeys();
    const good = replies("Hello");
    const answer: Answer = (call) =>
      numberOf(call.headers) === 2
        ? good(call)
        : refuse(status, `No: ${call.headers.get("authorization")}`);
    const calls = standInUpstreams({ a: answer });
    const who = await signUpUser();
    for (const stream of [false, true, false])
      expect((await chatWith(who, { model, stream }, { settings })).text).toContain("Hello");
    expect(calls.length).toBeGreaterThan(3);
    expect(await readAccountTotals(who)).toMatchObject({
      heldMicrocredits: 0,
      charged: [COST, COST, COST],
    });
    for (const key of keys) expect(logged.join("\n")).not.toContain(key);
  },
);

it("a key with a retry-after is tried last for as long as that says", async () => {
  const model = await sellModel([{ upstream: "a" }]);
  const { settings, numberOf } = threeKeys();
  const good = replies("Hello");
  const calls = standInUpstreams({
    a: (call) =>
      numberOf(call.headers) === 1 ? refuse(429, "Slow down.", { "retry-after": "9" }) : good(call),
  });
  const who = await signUpUser();
  const now = Date.now();
  vi.useFakeTimers({ now, toFake: ["Date"] });
  for (let chats = 0; chats < 9; chats++) await chatWith(who, { model }, { settings });
  expect(calls.filter(({ headers }) => numberOf(headers) === 1)).toHaveLength(1);
  vi.setSystemTime(now + 9000);
  for (let chats = 0; chats < 3; chats++) await chatWith(who, { model }, { settings });
  expect(calls.filter(({ headers }) => numberOf(headers) === 1)).toHaveLength(2);
});

it("where all keys are refused the next upstream is asked, and none of them is named", async () => {
  const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
  const { keys, settings } = threeKeys();
  const calls = standInUpstreams({
    a: () => refuse(401, `Incorrect: ${keys.join(", ")}`),
    b: replies("Served by b"),
  });
  const who = await signUpUser();
  expect((await chatWith(who, { model }, { settings })).text).toContain("Served by b");
  expect(calls.map(({ upstream }) => upstream).join("")).toBe("aaab");
  for (const key of keys) expect(logged.join("\n")).not.toContain(key);
});

it("a key that is not set is the operator's mistake", async () => {
  const model = await sellModel([{ upstream: "a" }]);
  const { settings } = threeKeys();
  const reply = await chatWith(
    await signUpUser(),
    { model },
    { settings: { ...settings, KEY_1: "" } },
  );
  expect(reply.status).toBe(503);
  expect(reply.text).toContain("KEY_1");
});
