import type { Context } from "hono";
import { type AuthEnv, identify } from "../../auth/index.ts";
import { PAID_FAILURES, readAnswer, readHead, type Served } from "../../chat/index.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import { formatEvent, toByteStream } from "../core/event-stream.ts";
import { respondTranslated } from "../core/respond.ts";
import { runTranslated } from "../core/run-translated.ts";
import type { ResponseEvent } from "./output-items.ts";
import { toItemPlace } from "./place.ts";
import { responsesBody, type TranslatedRequest, translateRequest } from "./request.ts";
import { ResponseBuilder } from "./response-builder.ts";
import { responseView } from "./wire.ts";

/** Numbers the events of a response, and formats them. */
async function* formatEvents(
  builder: ResponseBuilder,
  answer: Served,
): AsyncGenerator<string, void> {
  let nextNumber = 0;
  const format = (events: readonly ResponseEvent[]): string =>
    events
      .map(({ type, ...event }) =>
        formatEvent(type, { type, sequence_number: nextNumber++, ...event }),
      )
      .join("");
  yield format(builder.begin());
  for await (const event of readAnswer(answer)) {
    const text = format(builder.add(event));
    if (text !== "") yield text;
  }
}

/** Reads the reply of a chat, and answers with it as a response, whole or as a stream. */
async function respond(
  c: Context<AuthEnv>,
  answer: Served,
  { stream, showsSummary, namespaces, echo }: TranslatedRequest,
): Promise<Response> {
  const { id: base, createdSeconds } = readHead(answer);
  const head = { id: `resp_${base}`, base, createdSeconds, showsSummary, namespaces, echo };
  const builder = new ResponseBuilder(head);
  if (stream) return respondTranslated(c, answer, toByteStream(formatEvents(builder, answer)));
  for await (const event of readAnswer(answer)) builder.add(event);
  return respondTranslated(c, answer, JSON.stringify(builder.response));
}

/** `POST /v1/responses`: OpenAI's Responses API, paid for as a chat. */
export const responsesRoutes = router().post(
  "/",
  identify,
  describeRoute(
    "Creates a response, as JSON or a stream of events. Nothing is stored. Paid as a chat.",
    responseView,
    PAID_FAILURES,
    { body: responsesBody, alternative: "text/event-stream" },
  ),
  (c) =>
    runTranslated(c, translateRequest, respond, (failure, { places }) =>
      toItemPlace(failure, places),
    ),
);
