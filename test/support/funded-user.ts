import { env } from "cloudflare:workers";
import { creditAccount } from "../../src/account/index.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { toMicrocredits } from "../../src/units.ts";
import { call } from "./call.ts";
import { createKey, signUp, type TestUser } from "./sign-up.ts";

/** A user with a key whose chats are paid with credits only: their plan includes no messages. */
export interface FundedUser extends TestUser {
  readonly key: string;
  /** The client of the user's account, for a test to inspect. */
  readonly account: ReturnType<typeof creditAccount>;
}

/**
 * Models with costs that are easy to count: `exact` costs one credit per output token and nothing
 * else; `large` costs 30 and 150 credits per million tokens.
 */
const TEST_MODELS = {
  plans: [],
  models: ["exact", "large"].map((id) => ({
    id,
    upstream: "local",
    upstreamModel: "large",
    inputPrice: id === "exact" ? 0 : 30,
    outputPrice: id === "exact" ? 1_000_000 : 150,
    contextLength: id === "exact" ? 1000 : 100_000,
    maxOutputTokens: id === "exact" ? 1000 : 16_000,
  })),
};

/** Signs up a user who pays with the given credits, and loads the models `exact` and `large`. */
export async function signUpFundedUser(credits: number): Promise<FundedUser> {
  const user = await signUp();
  await loadCatalog(database(env.DB), TEST_MODELS, Date.now());
  const account = creditAccount(env, user.userId);
  const entitlement = {
    planId: "pln_none",
    planVersion: 1,
    allowances: {},
    models: null,
    features: [],
    requestsPerMinute: 100_000,
  };
  await account.setEntitlement({ entitlement });
  if (credits > 0) {
    await account.grant({
      operationId: "test",
      amountMicrocredits: toMicrocredits(credits),
      priority: 0,
      effectiveAt: null,
      expiresAt: null,
      reason: "Test",
    });
  }
  return { ...user, key: await createKey(user), account };
}

/** Returns a chat body that asks `large` for at most 100 tokens, with the given overrides. */
export const chatBody = (more: Record<string, unknown> = {}) => ({
  model: "large",
  messages: [{ role: "user", content: "Say something about edges." }],
  max_tokens: 100,
  ...more,
});

/** Sends a chat completion with the user's key. */
export const sendChat = (
  user: Pick<FundedUser, "key">,
  json: unknown = chatBody(),
  headers: Record<string, string> = {},
): Promise<Response> =>
  call("POST", "/v1/chat/completions", { token: user.key, body: json, headers });

/** Returns the posted and held credits of an account, and the captures of its chats. */
export async function readAccountTotals(user: Pick<FundedUser, "account">) {
  const summary = await user.account.summary();
  if (!summary.ok) throw new Error(summary.failure.message);
  const entries = await user.account.movements({ limit: 1000, before: null });
  const captures = entries.filter(({ entry }) => entry.kind === "capture");
  const { postedMicrocredits, heldMicrocredits } = summary.value.balance;
  return {
    postedMicrocredits,
    heldMicrocredits,
    charged: captures.map((row) => -row.amountMicrocredits),
    captures,
  };
}
