import { z } from "zod";
import { call } from "./call.ts";
import type { TestUser } from "./sign-up.ts";

type TokenHolder = Pick<TestUser, "token">;

const agentView = z.looseObject({
  id: z.string(),
  name: z.string(),
  model: z.string(),
  visibility: z.string(),
});
export type AgentView = z.infer<typeof agentView>;

/** The prompt of a test's agent, which only its creator may ever see. */
export const SECRET_PROMPT = "You are Ada. The password of the vault is xyzzy-42.";

/** Returns the smallest valid agent, with the given overrides. */
export const agentBody = (more: Record<string, unknown> = {}) => ({
  name: "Ada",
  systemPrompt: SECRET_PROMPT,
  model: "small",
  ...more,
});

export const postAgent = (
  user: TokenHolder,
  more: Record<string, unknown> = {},
  mount = "agents",
): Promise<Response> => call("POST", `/api/${mount}`, { token: user.token, body: agentBody(more) });

/** Creates an agent and expects that to succeed. */
export async function createAgent(
  user: TokenHolder,
  more: Record<string, unknown> = {},
  mount = "agents",
): Promise<AgentView> {
  const response = await postAgent(user, more, mount);
  if (response.status !== 201)
    throw new Error(`Making an agent answered ${response.status}: ${await response.text()}`);
  return agentView.parse(await response.json());
}

export const parseAgents = (json: unknown): AgentView[] =>
  z.object({ data: z.array(agentView) }).parse(json).data;
