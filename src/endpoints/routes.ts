import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { type AuthEnv, identify } from "../auth/index.ts";
import { findFirstOfKind } from "../catalog/index.ts";
import { PAID_FAILURES, respondPaid, toChatContext } from "../chat/index.ts";
import { fail, type Result } from "../errors.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { idempotencyKey } from "../http/idempotency-key.ts";
import { refuse } from "../http/respond.ts";
import { embed, embeddingBody } from "./embeddings.ts";
import { generateImages, imageBody } from "./images.ts";
import { moderate, moderationBody } from "./moderations.ts";
import { parseBody } from "./parse-body.ts";
import { readSoundForm } from "./read-sound-form.ts";
import { runTask } from "./run-task.ts";
import { speak, speechBody } from "./speech.ts";
import type { TaskRequest } from "./task.ts";
import { transcribe } from "./transcriptions.ts";
import {
  embeddingsView,
  imagesView,
  moderationsView,
  speechView,
  transcriptionView,
} from "./wire.ts";

/** What costs nothing is never unpaid. */
const FREE_FAILURES = PAID_FAILURES.filter((code) => code !== "insufficient_quota");

/** @param bytes what the request's `Idempotency-Key` belongs to */
async function answerRequest(
  c: Context<AuthEnv>,
  request: Result<TaskRequest>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  if (!request.ok) return refuse(c, request.failure);
  const context = await toChatContext(c, bytes);
  if (!context.ok) return refuse(c, context.failure);
  return respondPaid(c, await runTask(context.value, request.value));
}

/** Refuses a malformed `Idempotency-Key` before a body is read. */
const checkKey = createMiddleware<AuthEnv>(async (c, next) => {
  const key = idempotencyKey(c.req.raw.headers);
  return key.ok ? await next() : refuse(c, key.failure);
});

const readBytes = async (c: Context<AuthEnv>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await c.req.raw.arrayBuffer());

const mapResult = <From, To>(result: Result<From>, map: (value: From) => To): Result<To> =>
  result.ok ? { ok: true, value: map(result.value) } : result;

const transcriptionRoute = (endpoint: "transcriptions" | "translations") =>
  [
    identify,
    checkKey,
    describeRoute(
      `Creates a ${endpoint === "translations" ? "translation into English" : "transcription"} ` +
        "of a sound file, sent as a form. Charged by the second.",
      transcriptionView,
      [...PAID_FAILURES, "unsupported_media_type"],
      { alternative: "text/plain" },
    ),
    async (c: Context<AuthEnv>) => {
      const form = await readSoundForm(c.req.raw);
      if (!form.ok) return refuse(c, form.failure);
      const { fields, sound, fingerprinted } = form.value;
      const request = transcribe(endpoint, fields, sound);
      return await answerRequest(c, { ok: true, value: request }, fingerprinted);
    },
  ] as const;

/** OpenAI's endpoints beside chats, each paid for by its own units. */
export const endpointRoutes = router()
  .post(
    "/embeddings",
    identify,
    checkKey,
    describeRoute(
      "Creates embeddings. Charged by the tokens of the input.",
      embeddingsView,
      PAID_FAILURES,
      { body: embeddingBody },
    ),
    async (c) => {
      const bytes = await readBytes(c);
      return await answerRequest(c, mapResult(parseBody(embeddingBody, bytes), embed), bytes);
    },
  )
  .post(
    "/images/generations",
    identify,
    checkKey,
    describeRoute(
      "Creates images. Each is charged by its quality and size.",
      imagesView,
      PAID_FAILURES,
      { body: imageBody },
    ),
    async (c) => {
      const bytes = await readBytes(c);
      return await answerRequest(c, mapResult(parseBody(imageBody, bytes), generateImages), bytes);
    },
  )
  .post(
    "/audio/speech",
    identify,
    checkKey,
    describeRoute("Speaks a text. Charged by the character.", speechView, PAID_FAILURES, {
      body: speechBody,
      alternative: "audio/*",
    }),
    async (c) => {
      const bytes = await readBytes(c);
      return await answerRequest(c, mapResult(parseBody(speechBody, bytes), speak), bytes);
    },
  )
  .post("/audio/transcriptions", ...transcriptionRoute("transcriptions"))
  .post("/audio/translations", ...transcriptionRoute("translations"))
  .post(
    "/moderations",
    identify,
    checkKey,
    describeRoute("Classifies texts. Free of charge.", moderationsView, FREE_FAILURES, {
      body: moderationBody,
    }),
    async (c) => {
      const bytes = await readBytes(c);
      const body = parseBody(moderationBody, bytes);
      if (!body.ok) return refuse(c, body.failure);
      const { db, nowMs } = c.get("ctx");
      const model = body.value.model ?? (await findFirstOfKind(db, "moderation", nowMs))?.id;
      return model === undefined
        ? refuse(
            c,
            fail("model_not_found", "There is no moderation model.", { param: "model" }).failure,
          )
        : await answerRequest(c, { ok: true, value: moderate(body.value, model) }, bytes);
    },
  );
