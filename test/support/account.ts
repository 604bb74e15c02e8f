import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type Account, loadAccount } from "../../src/account/account.ts";
import type {
  AuthorizeResult,
  Entitlement,
  GrantCommand,
  SettleResult,
} from "../../src/account/index.ts";
import type { AuthorizeCommand } from "../../src/account/methods/authorize-chat.ts";
import type { SettleCommand } from "../../src/account/methods/settle-chat.ts";
import type { ChatOutcome } from "../../src/account/methods/settlement-decision.ts";
import type { RpcResult } from "../../src/account/rpc-result.ts";
import { fromJson, type JsonOf, toJson } from "../../src/json.ts";

/**
 * The time that tests start from. It is noon, so that no test crosses a day by accident, and far in
 * the future, because an alarm that is due by the real clock fires at once.
 */
export const NOON = Date.UTC(2082, 10, 20, 12);

/** Returns an entitlement that includes nothing, with the given overrides. */
export const testEntitlement = (more: Partial<Entitlement> = {}): Entitlement => ({
  planId: "pln_test",
  planVersion: 1,
  allowances: {},
  models: null,
  features: [],
  requestsPerMinute: 1_000_000,
  ...more,
});

/**
 * Returns a chat with an exact bound: 1 microcredit for each output token and free prompts, so a
 * hold of n is n tokens.
 */
export const chatCommand = (
  maxTokens: number,
  more: Partial<AuthorizeCommand["chat"]> = {},
): AuthorizeCommand => ({
  caller: { kind: "session" },
  idempotency: null,
  chat: {
    model: "local-small",
    prices: { inputPerMillion: 0, cachedInputPerMillion: null, outputPerMillion: 1_000_000 },
    promptBoundTokens: 10,
    maxTokens,
    choices: 1,
    holdTtlSeconds: 900,
    ...more,
  },
});

let grantCount = 0;
/** Returns a grant of the given microcredits, for a sale of its own. */
export const grantCommand = (
  amountMicrocredits: number,
  more: Partial<GrantCommand> = {},
): GrantCommand => ({
  operationId: `order:${++grantCount}`,
  amountMicrocredits,
  priority: 0,
  effectiveAt: null,
  expiresAt: null,
  reason: "Test pack",
  ...more,
});

/** Returns the outcome of a reply with the given output tokens, as the upstream counted them. */
export const servedOutcome = (output: number, more: Partial<ChatOutcome> = {}): ChatOutcome => ({
  ending: "complete",
  usage: { input: 5, cachedInput: 0, output },
  estimated: false,
  latencyMs: 12,
  ...more,
});

export const failedOutcome: ChatOutcome = {
  ending: "upstream_failed",
  usage: null,
  estimated: false,
  latencyMs: 3,
};

/** Returns the stub of a user's account object. */
export const accountObject = (userId: string) =>
  env.CREDIT_ACCOUNT.get(env.CREDIT_ACCOUNT.idFromName(userId));

/** Opens a new account object with the entitlement and returns its stub. */
export async function openAccount(entitlement: Entitlement = testEntitlement()) {
  const stub = env.CREDIT_ACCOUNT.get(env.CREDIT_ACCOUNT.newUniqueId());
  await stub.open({ userId: "usr_0000000000000001", entitlement });
  return stub;
}

/**
 * Runs `body` inside a new object's own storage, with an account whose clock the test sets.
 * `rewake` loads the account from storage again.
 */
export async function withAccount<T>(
  entitlement: Entitlement,
  body: (account: Account, rewake: () => Account) => T,
): Promise<T> {
  const stub = await openAccount(entitlement);
  return await runInDurableObject(stub, (_instance, state) =>
    body(loadAccount(state.storage), () => loadAccount(state.storage)),
  );
}

/**
 * Does the same as `withAccount` for many accounts, one after the other: `fresh` empties the
 * object's storage and loads a new account in it, which takes a fraction of the time of a new
 * object.
 */
export async function withManyAccounts(
  entitlement: Entitlement,
  body: (
    fresh: () => Promise<{ account: Account; rewake: () => Account; sql: SqlStorage }>,
  ) => Promise<void>,
): Promise<void> {
  const stub = await openAccount(entitlement);
  await runInDurableObject(stub, async (_instance, { storage }) => {
    await body(async () => {
      await storage.deleteAll();
      const { ledger } = loadAccount(storage);
      ledger.setMeta("owner", "usr_0000000000000001");
      ledger.setMeta("entitlement", JSON.stringify(entitlement));
      return {
        account: loadAccount(storage),
        rewake: () => loadAccount(storage),
        sql: storage.sql,
      };
    });
  });
}

interface ChatRpc {
  readonly authorize: (command: JsonOf<AuthorizeCommand>) => Promise<JsonOf<AuthorizeResult>>;
  readonly settle: (command: JsonOf<SettleCommand>) => Promise<JsonOf<RpcResult<SettleResult>>>;
}

/** Makes the first call of a chat, to an account or its stub. */
export const authorize = async (
  account: Pick<ChatRpc, "authorize">,
  command: AuthorizeCommand,
): Promise<AuthorizeResult> => fromJson(await account.authorize(toJson(command)));

/** Makes the second call of a chat, to an account or its stub. */
export const settle = async (
  account: Pick<ChatRpc, "settle">,
  command: SettleCommand,
): Promise<RpcResult<SettleResult>> => fromJson(await account.settle(toJson(command)));
