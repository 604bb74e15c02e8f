import { requireChatCaller } from "../auth/index.ts";
import { router } from "../http/factory.ts";
import { validate } from "../http/validate.ts";
import { answerTurn, describeTurn } from "./answer-turn.ts";
import { newAgentMessage, newChatMessage } from "./requests.ts";

/**
 * `POST /api/agents/:id/messages`, and the same of characters: a message to an agent, in a
 * conversation with it or a new one.
 */
export const agentMessageRoutes = router().post(
  "/:id/messages",
  requireChatCaller,
  validate("json", newAgentMessage),
  describeTurn("Sends a message to an agent."),
  (c) => answerTurn(c, { ...c.req.valid("json"), model: null, agentId: c.req.param("id") }),
);

/** `POST /api/chat`: a message in an existing conversation or a new one. */
export const chatMessageRoutes = router().post(
  "/",
  requireChatCaller,
  validate("json", newChatMessage),
  describeTurn("Sends a message in a conversation, and creates one if none is given."),
  (c) => answerTurn(c, c.req.valid("json")),
);
