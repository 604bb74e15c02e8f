import { z } from "zod";
import { call } from "./call.ts";
import type { TestUser } from "./sign-up.ts";

type Who = Pick<TestUser, "token">;

const shown = z.looseObject({
  id: z.string(),
  name: z.string(),
  model: z.string(),
  visibility: z.string(),
});
export type ShownAgent = z.infer<typeof shown>;

/** What an agent's model is told: nobody but its creator may ever see it. */
export const SECRET_PROMPT = "You are Ada. The password of the vault is xyzzy-42.";

/** The least of an agent, unless told more. */
export const agentData = (more: Record<string, unknown> = {}) => ({
  name: "Ada",
  systemPrompt: SECRET_PROMPT,
  model: "small",
  ...more,
});

export const postAgent = (
  who: Who,
  more: Record<string, unknown> = {},
  mount = "agents",
): Promise<Response> => call("POST", `/api/${mount}`, { token: who.token, body: agentData(more) });

/** Makes an agent and expects it to be there. */
export async function makeAgent(who: Who, more: Record<string, unknown> = {}): Promise<ShownAgent> {
  const response = await postAgent(who, more);
  if (response.status !== 201)
    throw new Error(`Making an agent answered ${response.status}: ${await response.text()}`);
  return shown.parse(await response.json());
}

export const parseAgents = (json: unknown): ShownAgent[] =>
  z.object({ data: z.array(shown) }).parse(json).data;
