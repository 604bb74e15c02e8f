import { identify } from "../auth/index.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { chatBody, parseChatRequest } from "./request.ts";
import { PAID_FAILURES, respondPaid } from "./respond.ts";
import { runChat } from "./run-chat.ts";
import { completionView } from "./wire.ts";

/** `POST /v1/chat/completions`: OpenAI's request, paid for. */
export const chatRoutes = router().post(
  "/completions",
  identify,
  describeRoute(
    "Creates a chat completion, as JSON or a stream. Paid from the plan's allowance or from " +
      "credits.",
    completionView,
    PAID_FAILURES,
    { body: chatBody, alternative: "text/event-stream" },
  ),
  async (c) => {
    const bytes = new Uint8Array(await c.req.raw.arrayBuffer());
    const request = parseChatRequest(bytes);
    if (!request.ok) return refuse(c, request.failure);
    const answer = await runChat(c, request.value, bytes);
    return answer.ok ? respondPaid(c, answer.value) : refuse(c, answer.failure);
  },
);
