import { env } from "cloudflare:workers";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { type FundedUser, signUpFundedUser } from "./funded-user.ts";

/** Upstreams of `vitest.config.ts` that call the local model in another dialect than chats. */
export const DIALECTS = ["messages", "responses"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** The names of `large` and `exact` where they are called in a dialect. */
export const largeIn = (dialect: Dialect | "chat"): string =>
  dialect === "chat" ? "large" : `large-by-${dialect}`;
export const exactIn = (dialect: Dialect | "chat"): string =>
  dialect === "chat" ? "exact" : `exact-by-${dialect}`;

/** Puts `large` and `exact` on sale in every dialect: see `signUpFundedUser` for their prices. */
async function sellDialects(): Promise<void> {
  const models = DIALECTS.flatMap((upstream) => [
    {
      id: largeIn(upstream),
      upstream,
      upstreamModel: "large",
      inputPrice: 30,
      cachedInputPrice: 3,
      cacheWritePrice: 40,
      cacheWriteHourPrice: 60,
      reasoningPrice: 300,
      outputPrice: 150,
      contextLength: 100_000,
      maxOutputTokens: 16_000,
    },
    {
      id: exactIn(upstream),
      upstream,
      upstreamModel: "large",
      inputPrice: 0,
      outputPrice: 1_000_000,
      contextLength: 1000,
      maxOutputTokens: 1000,
    },
  ]);
  await loadCatalog(database(env.DB), { plans: [], models }, Date.now());
}

/** Signs up a user with credits, and puts the models of all dialects on sale. */
export async function signUpForDialects(credits = 10): Promise<FundedUser> {
  const user = await signUpFundedUser(credits);
  await sellDialects();
  return user;
}
