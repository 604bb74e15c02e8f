import type { Context } from "hono";
import type { AuthEnv } from "../../auth/index.ts";
import {
  buildChatRequest,
  type NativeRequest,
  parseJson,
  runChat,
  type Served,
} from "../../chat/index.ts";
import type { Failure, Result } from "../../errors.ts";
import { refuse } from "../../http/respond.ts";
import { setRateHeaders } from "./respond.ts";

/** A request of a surface, and the chat that it asks for. */
interface Translated {
  readonly chat: object;
  /** Its own request, for an upstream that speaks its dialect. */
  readonly native?: NativeRequest;
}

/**
 * Runs the chat that a request of a surface in OpenAI's shape asks for, and answers in the
 * surface's own.
 * @param toOwnFields names a field at fault as the surface's own request does
 */
export async function runTranslated<Request extends Translated>(
  c: Context<AuthEnv>,
  translate: (json: unknown) => Result<Request>,
  respond: (c: Context<AuthEnv>, answer: Served, request: Request) => Promise<Response>,
  toOwnFields: (failure: Failure, request: Request) => Failure,
): Promise<Response> {
  const bytes = new Uint8Array(await c.req.raw.arrayBuffer());
  const parsed = parseJson(bytes);
  if (!parsed.ok) return refuse(c, parsed.failure);
  const translated = translate(parsed.value.json);
  if (!translated.ok) return refuse(c, translated.failure);
  const refuseTranslated = (failure: Failure): Response =>
    refuse(c, toOwnFields(failure, translated.value));
  const { payloads } = parsed.value;
  const { chat, native = null } = translated.value;
  const request = buildChatRequest({ json: chat, payloads }, bytes.length, [], native);
  if (!request.ok) return refuseTranslated(request.failure);
  const run = await runChat(c, request.value, bytes, { isTranslated: true });
  if (!run.ok) return refuse(c, run.failure);
  if (run.value.kind !== "refused") return await respond(c, run.value, translated.value);
  setRateHeaders(c, run.value);
  return refuseTranslated(run.value.failure);
}
