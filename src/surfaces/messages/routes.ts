import type { Context } from "hono";
import { type AuthEnv, identify, requireCaller } from "../../auth/index.ts";
import { findModel } from "../../catalog/index.ts";
import {
  buildChatRequest,
  isObject,
  type NativeRequest,
  PAID_FAILURES,
  parseJson,
  type ReplyEvent,
  readAnswer,
  readHead,
  runChat,
  type Served,
} from "../../chat/index.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import { refuse } from "../../http/respond.ts";
import { formatEvent, toByteStream } from "../core/event-stream.ts";
import { respondTranslated, setRateHeaders } from "../core/respond.ts";
import { buildMessage } from "./build-message.ts";
import { countTokens } from "./count-tokens.ts";
import { emptyMessage, MessageEvents, type MessageHead } from "./message-events.ts";
import { parseBody } from "./parse-body.ts";
import { translateRequest } from "./translate-request.ts";
import { countBody, type MessagesBody, messagesBody, messageView, tokenCountView } from "./wire.ts";

/** Marks that say where a prompt may be cached: where no price covers that, nothing is cached. */
const HINTS = ["cache_control"];

const PING = formatEvent("ping", { type: "ping" });

/** Streams a message as its events come. */
async function* formatEvents(
  head: MessageHead,
  answer: Served,
  stops: readonly string[],
): AsyncGenerator<string, void> {
  const translator = new MessageEvents(head.id, stops);
  const start = { type: "message_start", message: emptyMessage(head) };
  yield formatEvent(start.type, start) + PING;
  for await (const event of readAnswer(answer)) {
    const events = translator.add(event);
    if (events.length > 0) yield events.map((each) => formatEvent(each.type, each)).join("");
  }
}

const isError = (event: ReplyEvent) => event.kind === "error";

/** Reads a whole reply. One that an error cut off is as one that reached its limit. */
async function readWhole(
  head: MessageHead,
  answer: Served,
  stops: readonly string[],
): Promise<string> {
  const events: ReplyEvent[] = [];
  for await (const event of readAnswer(answer)) events.push(event);
  const isCut = events.some(isError);
  const read = events.filter((event) => !isError(event) && !(isCut && event.kind === "finish"));
  const ending = isCut ? [{ kind: "finish", choice: 0, reason: "length" } as const] : [];
  const translator = new MessageEvents(head.id, stops);
  const translated = [...ending, ...read].flatMap((event) => translator.add(event));
  return JSON.stringify(buildMessage(head, translated));
}

async function respond(
  c: Context<AuthEnv>,
  answer: Served,
  { model, stream, stop_sequences }: MessagesBody,
): Promise<Response> {
  const head = { id: `msg_${readHead(answer).id}`, model };
  const stops = stop_sequences ?? [];
  return respondTranslated(
    c,
    answer,
    stream === true
      ? toByteStream(formatEvents(head, answer, stops))
      : await readWhole(head, answer, stops),
  );
}

/** Returns the client's own request, which was checked, for an upstream that speaks its dialect. */
const toNative = (json: unknown): NativeRequest | null =>
  isObject(json) ? { dialect: "messages", body: json } : null;

/** `POST /v1/messages`: Anthropic's Messages API, paid for as a chat. */
export const messageRoutes = router().post(
  "/",
  identify,
  describeRoute(
    "Creates a message in Anthropic's format, as JSON or a stream of events. Paid as a chat.",
    messageView,
    PAID_FAILURES,
    { body: messagesBody, alternative: "text/event-stream" },
  ),
  async (c) => {
    const bytes = new Uint8Array(await c.req.raw.arrayBuffer());
    const json = parseJson(bytes, true);
    if (!json.ok) return refuse(c, json.failure);
    const body = parseBody(messagesBody, json.value.json);
    if (!body.ok) return refuse(c, body.failure);
    const { db, nowMs } = c.get("ctx");
    const thinks = (await findModel(db, body.value.model, nowMs))?.reasoning === true;
    const translated = { ...json.value, json: translateRequest(body.value, thinks) };
    const native = toNative(json.value.json);
    const request = buildChatRequest(translated, bytes.length, HINTS, native);
    if (!request.ok) return refuse(c, request.failure);
    const run = await runChat(c, request.value, bytes, { isTranslated: true });
    if (!run.ok) return refuse(c, run.failure);
    const answer = run.value;
    if (answer.kind !== "refused") return await respond(c, answer, body.value);
    setRateHeaders(c, answer);
    return refuse(c, answer.failure);
  },
);

/** `POST /v1/messages/count_tokens`: free, and counted by the plan's requests of a minute. */
export const countRoutes = router().post(
  "/count_tokens",
  requireCaller("chat"),
  describeRoute(
    "Estimates the tokens of a prompt in Anthropic's format. Free.",
    tokenCountView,
    ["invalid_request", "model_not_found", "rate_limit_exceeded"],
    { body: countBody },
  ),
  async (c) => {
    const bytes = new Uint8Array(await c.req.raw.arrayBuffer());
    const counted = await countTokens(c.get("ctx"), c.get("caller"), bytes);
    return counted.ok ? c.json({ input_tokens: counted.value }) : refuse(c, counted.failure);
  },
);
