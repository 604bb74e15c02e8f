import type { Context } from "hono";
import { type AuthEnv, identify } from "../../auth/index.ts";
import { PAID_FAILURES, readAnswer, readHead, type Served } from "../../chat/index.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import { toByteStream } from "../core/event-stream.ts";
import { respondTranslated } from "../core/respond.ts";
import { runTranslated } from "../core/run-translated.ts";
import { CompletionBuilder } from "./completion-builder.ts";
import { completionsBody, type TranslatedCompletion, translateRequest } from "./request.ts";
import { completionView } from "./wire.ts";

const formatChunk = (chunk: object): string => `data: ${JSON.stringify(chunk)}\n\n`;

async function* formatChunks(
  builder: CompletionBuilder,
  answer: Served,
  wantsUsage: boolean,
): AsyncGenerator<string, void> {
  for await (const event of readAnswer(answer)) {
    const chunk = builder.add(event);
    if (chunk !== null) yield formatChunk(chunk);
  }
  if (wantsUsage) yield formatChunk(builder.usageChunk);
  yield builder.error === null ? "data: [DONE]\n\n" : formatChunk(builder.error);
}

/** Reads the reply of a chat, and answers with it as a completion, whole or as a stream. */
async function respond(
  c: Context<AuthEnv>,
  answer: Served,
  { stream, wantsUsage, echo, model }: TranslatedCompletion,
): Promise<Response> {
  const builder = new CompletionBuilder(readHead(answer), { model, echo });
  if (stream)
    return respondTranslated(c, answer, toByteStream(formatChunks(builder, answer, wantsUsage)));
  for await (const event of readAnswer(answer)) builder.add(event);
  return respondTranslated(c, answer, JSON.stringify(builder.completion));
}

/** `POST /v1/completions`: OpenAI's legacy completions, paid for as a chat. */
export const completionsRoutes = router().post(
  "/",
  identify,
  describeRoute(
    "Completes a prompt, as JSON or a stream: OpenAI's legacy completions. Paid as a chat.",
    completionView,
    PAID_FAILURES,
    { body: completionsBody, alternative: "text/event-stream" },
  ),
  (c) => runTranslated(c, translateRequest, respond, (failure) => failure),
);
