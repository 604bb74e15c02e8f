import { exports } from "cloudflare:workers";
import OpenAI from "openai";
import { loadEndpointModels } from "./endpoint-models.ts";
import { type FundedUser, signUpFundedUser } from "./funded-user.ts";

/** Signs up a user with credits, and loads a model of each kind. */
export async function signUpWithEndpoints(credits: number): Promise<FundedUser> {
  const user = await signUpFundedUser(credits);
  await loadEndpointModels();
  return user;
}

/** Sends a request of a client to the Worker. */
export const fetchFromWorker: typeof fetch = (input, init) =>
  exports.default.fetch(new Request(input, init));

/** Returns OpenAI's own client, with the user's key. */
export const openAiOf = ({ key }: Pick<FundedUser, "key">): OpenAI =>
  new OpenAI({
    apiKey: key,
    baseURL: "http://farebox.test/v1",
    maxRetries: 0,
    fetch: fetchFromWorker,
  });
