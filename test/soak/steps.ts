import * as fc from "fast-check";
import type { Entitlement } from "../../src/account/index.ts";

/** The plans of a history, by their number. Each limit grows with the version. */
export const PLANS: readonly ((version: number) => Omit<Entitlement, "planId" | "planVersion">)[] =
  [
    (version) => ({
      allowances: {
        message: {
          limit: 2 + version,
          period: "hour",
          overage: { eventName: "messages_beyond", limit: 2 },
        },
        agent: { limit: 3, period: "at_once" },
        image: { limit: 5, period: "hour" },
      },
      models: null,
      features: [],
      requestsPerMinute: 6,
    }),
    (version) => ({
      allowances: {
        message: { limit: 12 + version, period: "month" },
        image: { limit: 4, period: "month" },
        tool: { limit: 5, period: "billing" },
      },
      models: null,
      features: [],
      requestsPerMinute: 60,
    }),
    (version) => ({
      allowances: {
        token: {
          limit: 900 + version,
          period: "month",
          overage: { eventName: "tokens_beyond", limit: 400 },
        },
      },
      models: ["small"],
      features: [],
      requestsPerMinute: 1_000_000,
    }),
    (version) => ({
      allowances: {
        message: { limit: 3 + version, period: "day" },
        token: { limit: 500, period: "day" },
        image: { limit: null, period: "day" },
      },
      models: null,
      features: [],
      requestsPerMinute: 1_000_000,
    }),
    () => ({ allowances: {}, models: null, features: [], requestsPerMinute: 30 }),
    () => ({
      allowances: {
        message: {
          limit: 2,
          period: "billing",
          overage: { eventName: "messages_beyond", limit: null },
        },
        agent: { limit: 1, period: "at_once" },
        tool: { limit: 2, period: "day" },
      },
      models: ["small", "large"],
      features: [],
      requestsPerMinute: 1_000_000,
    }),
  ];

export const PRICES = [
  { inputPerMillion: 0, cachedInputPerMillion: null, outputPerMillion: 1_000_000 },
  { inputPerMillion: 0, cachedInputPerMillion: null, outputPerMillion: 0 },
  { inputPerMillion: 300_000, cachedInputPerMillion: 100_000, outputPerMillion: 600_000 },
  { inputPerMillion: 100_000, cachedInputPerMillion: 900_000, outputPerMillion: 1_500_000 },
] as const;

const MINUTES = [0, 1, 10, 60, 1440, 40 * 1440] as const;
const pick = fc.nat({ max: 1_000_000 });
/** A third of the operations repeat an id of before, of whatever kind. */
const again = fc.constantFrom(false, false, true);

const grant = fc.record({
  do: fc.constant("grant" as const),
  again,
  pick,
  amount: fc.integer({ min: 1, max: 500 }),
  priority: fc.integer({ min: 0, max: 2 }),
  startsIn: fc.constantFrom(0, 0, 0, 20, 1440),
  lastsFor: fc.constantFrom(null, null, ...MINUTES.slice(1)),
  reversal: fc.option(
    fc.record({ share: fc.constantFrom(0, 0, 0.5, 1, 1.5), frozen: fc.boolean() }),
    { freq: 4 },
  ),
});
const chat = fc.record({
  do: fc.constant("chat" as const),
  key: fc.option(pick, { freq: 2 }),
  model: fc.constantFrom("small", "small", "large"),
  prices: fc.constantFrom(...PRICES.keys()),
  prompt: fc.integer({ min: 0, max: 60 }),
  tokens: fc.integer({ min: 1, max: 300 }),
  choices: fc.constantFrom(1, 1, 1, 2, 3),
  ttl: fc.constantFrom(60, 900),
  idempotency: fc.option(
    fc.record({ again: fc.boolean(), pick, isOther: fc.constantFrom(false, false, true) }),
    { freq: 4 },
  ),
});
const settle = fc.record({
  do: fc.constant("settle" as const),
  pick,
  /** The latest holds are settled most. */
  isLate: fc.constantFrom(false, false, false, true),
  isVoid: fc.constantFrom(false, false, true),
  prompt: fc.integer({ min: 0, max: 100 }),
  cached: fc.integer({ min: 0, max: 100 }),
  output: fc.integer({ min: 0, max: 100 }),
  hasAnswer: fc.boolean(),
});

/** One operation. Numbers pick among what there is by then. */
const step = fc.oneof(
  { weight: 6, arbitrary: grant },
  { weight: 12, arbitrary: chat },
  { weight: 10, arbitrary: settle },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      seconds: fc.constantFrom(0, 1, 30, 60, 300, 960, 3660, 86_400, 7 * 86_400, 32 * 86_400),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("alarm" as const), isDown: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("deduct" as const),
      again,
      pick,
      amount: fc.integer({ min: 1, max: 300 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("track" as const),
      again,
      pick,
      meter: fc.constantFrom("agent", "image", "tool", "message", "token"),
      quantity: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("plan" as const),
      plan: fc.constantFrom(...PLANS.keys()),
      bump: fc.constantFrom(-1, 0, 0, 1, 1),
      billing: fc.constantFrom("unknown", "none", "month", "year", "trial", "renewal", "february"),
      startedDaysAgo: fc.constantFrom(0, 0, 3, 29, 200),
      isOnlyIf: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("createKey" as const),
      again,
      budget: fc.option(
        fc.record({
          limit: fc.integer({ min: 1, max: 400 }),
          period: fc.constantFrom("minute", "hour", "day", "month", "at_once"),
        }),
      ),
      models: fc.constantFrom(null, null, ["small"]),
      scopes: fc.constantFrom(["chat"], ["chat", "read"], ["read"]),
      lastsFor: fc.constantFrom(null, null, 60, 1440),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("revokeKey" as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("verifyKey" as const),
      pick,
      scope: fc.constantFrom(null, "chat", "read", "write"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("idempotent" as const),
      again: fc.boolean(),
      pick,
      isOther: fc.constantFrom(false, false, true),
      finish: fc.constantFrom("no", "answer", "free"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("look" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("failNextWrite" as const),
      after: fc.integer({ min: 0, max: 4 }),
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A history of an account: the plan that it is opened with, and its operations. */
export const history = (operations: number) =>
  fc.record({
    plan: fc.constantFrom(...PLANS.keys()),
    steps: fc.array(step, { minLength: operations, maxLength: operations }),
  });
export type History = ReturnType<typeof history> extends fc.Arbitrary<infer H> ? H : never;
