import type { Env } from "../../src/env.ts";
import { drain, makeUsers, totals, userId } from "./lab-accounts.ts";
import { countedFetch, flushCounts } from "./lab-counting.ts";
import { farFetch } from "./lab-far.ts";
import type { LongAccount } from "./lab-scale.ts";

export { ChatHistory } from "../../src/conversations/index.ts";
export { CountedAccount } from "./lab-counting.ts";
export { LongAccount as CreditAccount } from "./lab-scale.ts";

interface LabEnv extends Env {
  readonly LONG: DurableObjectNamespace<LongAccount>;
  /** The round trip to an account, in ms; absent: they are near. */
  readonly ACCOUNT_AWAY_MS?: string;
}

const number = (url: URL, name: string): number => Number(url.searchParams.get(name) ?? Number.NaN);

/**
 * Handles the benchmark's own routes, which use the accounts' RPC for what no route of the Worker
 * does.
 */
async function handleLab(url: URL, env: LabEnv): Promise<unknown> {
  const long = () => env.LONG.get(env.LONG.idFromName(userId(number(url, "user"))));
  switch (url.pathname) {
    case "/lab/users":
      return await makeUsers(env, number(url, "from"), number(url, "to"));
    case "/lab/totals":
      return await totals(env, number(url, "users"));
    case "/lab/drain":
      await drain(env, number(url, "user"));
      return null;
    case "/lab/counts":
      return flushCounts();
    case "/lab/age":
      // The object aborts itself, so that it is loaded with its history.
      await long()
        .age(number(url, "entries"))
        .catch((error: unknown) => {
          if (!String(error).includes("aged")) throw error;
        });
      return null;
    case "/lab/chats":
      return await long().manyChats(number(url, "count"));
    default:
      return undefined;
  }
}

export default {
  async fetch(request, env, context) {
    const url = new URL(request.url);
    if (!url.pathname.startsWith("/lab/")) {
      const awayMs = Number(env.ACCOUNT_AWAY_MS ?? 0);
      return awayMs === 0
        ? await countedFetch(request, env, context)
        : await farFetch(request, env, context, awayMs);
    }
    return Response.json((await handleLab(url, env)) ?? null);
  },
} satisfies ExportedHandler<LabEnv>;
