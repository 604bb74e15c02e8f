import { type AuthorizeCommand, type ChatOutcome, creditAccount } from "../../src/account/index.ts";
import { parseKey } from "../../src/auth/keys/key-format.ts";
import { readConfig } from "../../src/config.ts";
import type { Env } from "../../src/env.ts";

export { CreditAccount } from "../../src/account/index.ts";
export { ChatHistory } from "../../src/conversations/index.ts";

const CHAT: AuthorizeCommand["chat"] = {
  model: "bench",
  prices: { inputPerMillion: 1_000_000, cachedInputPerMillion: null, outputPerMillion: 1_000_000 },
  promptBoundTokens: 600,
  maxTokens: 200,
  choices: 1,
  holdTtlSeconds: 900,
};
const OUTCOME: ChatOutcome = {
  ending: "complete",
  usage: { input: 60, cachedInput: 0, output: 50 },
  estimated: false,
  latencyMs: 1,
};

/**
 * Farebox's accounts in the smallest possible gateway: the lookup of the key, the hold, the
 * upstream, the charge. It has no router, validation, deadline, log or counter. No Worker that
 * makes these two calls can be faster.
 */
export default {
  async fetch(request, env, context) {
    if (request.method !== "POST") return new Response(null, { status: 404 });
    const config = readConfig(env);
    const caller = await parseKey(
      config,
      request.headers.get("authorization")?.slice("Bearer ".length) ?? "",
      Date.now(),
    );
    const upstream = config.UPSTREAMS["bench"];
    if (caller === undefined || upstream === undefined) return new Response(null, { status: 401 });
    const body = await request.text();
    const account = creditAccount(env, caller.userId);
    const command: AuthorizeCommand = {
      caller: { kind: "key", hash: caller.hash },
      chat: CHAT,
      idempotency: null,
    };
    const held = await account.authorize(command);
    if (held.kind !== "hold") return new Response(null, { status: 402 });
    const reply = await fetch(`${upstream.baseUrl}/chat/completions`, { method: "POST", body });
    const text = await reply.text();
    context.waitUntil(account.settle({ holdNo: held.holdNo, outcome: OUTCOME, response: null }));
    return new Response(text, {
      headers: { "content-type": "application/json", "x-request-id": "bare" },
    });
  },
} satisfies ExportedHandler<Env>;
