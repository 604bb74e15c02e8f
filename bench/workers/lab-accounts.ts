import { creditAccount } from "../../src/account/index.ts";
import { mintKey } from "../../src/auth/keys/key-format.ts";
import { readConfig } from "../../src/config.ts";
import type { Env } from "../../src/env.ts";

const PLAN = {
  planId: "pln_bench",
  planVersion: 1,
  allowances: {},
  models: null,
  features: [],
  // The plan must not limit the benchmark.
  requestsPerMinute: 1_000_000_000,
};
/** A hundred million credits, which no run uses up. */
const GRANT_MICROCREDITS = 100_000_000_000_000;

/** Returns the id of the benchmark's user `number`: eight bytes in hex, as user ids are. */
export const userId = (number: number): string => `usr_${number.toString(16).padStart(16, "0")}`;

/** Opens an account, grants credits and creates a key, all by its own RPC. Returns the key. */
async function makeUser(env: Env, number: number): Promise<string> {
  const id = userId(number);
  const account = creditAccount(env, id);
  await account.open({ userId: id, entitlement: PLAN });
  const grant = {
    amountMicrocredits: GRANT_MICROCREDITS,
    priority: 0,
    effectiveAt: null,
    expiresAt: null,
  };
  await account.grant({ ...grant, operationId: "bench", reason: "Benchmark" });
  const { text, ...minted } = await mintKey(readConfig(env), id);
  const made = await account.createKey({
    ...minted,
    name: "bench",
    scopes: ["chat"],
    models: null,
    budget: null,
    expiresAt: null,
  });
  if (!made.ok) throw new Error(made.failure.message);
  return text;
}

/** Creates the users `from` to `to` (exclusive). */
export const makeUsers = (env: Env, from: number, to: number): Promise<string[]> =>
  Promise.all(Array.from({ length: to - from }, (_, at) => makeUser(env, from + at)));

/** Takes all that a user has. */
export async function drain(env: Env, number: number): Promise<void> {
  const account = creditAccount(env, userId(number));
  const summary = await account.summary();
  if (!summary.ok) throw new Error(summary.failure.message);
  const taken = await account.take({
    operationId: "drain",
    amountMicrocredits: summary.value.balance.availableMicrocredits,
    reason: "Benchmark",
  });
  if (!taken.ok) throw new Error(taken.failure.message);
}

/** Sums up the charges and the holds of users `0` to `users` (exclusive), in microcredits. */
export async function totals(env: Env, users: number): Promise<{ captured: number; held: number }> {
  let captured = 0;
  let held = 0;
  for (let number = 0; number < users; number++) {
    const summary = await creditAccount(env, userId(number)).summary();
    if (!summary.ok) throw new Error(summary.failure.message);
    captured += summary.value.capturedMicrocredits;
    held += summary.value.balance.heldMicrocredits;
  }
  return { captured, held };
}
