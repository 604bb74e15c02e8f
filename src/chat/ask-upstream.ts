import type { Failure } from "../errors.ts";
import { SECOND_MS } from "../time.ts";
import { callUpstream, Deadline } from "../upstream/index.ts";
import { buildUpstreamBody, type ChatRequest } from "./request.ts";
import type { Candidate } from "./resolve-candidates.ts";

/** The time that an upstream has for a reply. */
export interface UpstreamTime {
  /** The longest silence. */
  readonly timeoutMs: number;
  /** When it has to be done, in ms since 1970. */
  readonly endsAt: number;
  /** Whether another one is asked where this one fails. */
  readonly hasNext: boolean;
}

/** An upstream that was asked. Its reply never rejects. */
export interface AskedUpstream {
  readonly deadline: Deadline;
  readonly reply: ReturnType<typeof callUpstream>;
}

/** Returns whether a vendor refuses `stream_options`, which its caller did not send. */
const refusesStreamOptions = ({ body, stream }: ChatRequest, { code, message, param }: Failure) =>
  stream &&
  (body.stream_options ?? null) === null &&
  code === "invalid_request" &&
  /stream_options|include_usage/.test(`${param} ${message}`);

/**
 * Asks an upstream for a reply to a chat. One that refuses `stream_options` is asked again without.
 * @param maxTokens the cap of the reply
 */
export function askUpstream(
  request: ChatRequest,
  { settings, upstreamModel }: Candidate,
  maxTokens: number,
  { timeoutMs, endsAt, hasNext }: UpstreamTime,
): AskedUpstream {
  const { firstTokenSeconds } = settings;
  const leftMs = Math.max(0, endsAt - Date.now());
  const beginMs =
    hasNext && request.stream && firstTokenSeconds !== undefined
      ? Math.min(leftMs, firstTokenSeconds * SECOND_MS)
      : leftMs;
  const deadline = new Deadline(timeoutMs, leftMs, beginMs);
  const call = (asked: ChatRequest) =>
    callUpstream(settings, buildUpstreamBody(asked, upstreamModel, maxTokens, settings), deadline);
  const ask = async () => {
    const reply = await call(request);
    return !reply.ok && refusesStreamOptions(request, reply.failure)
      ? await call({ ...request, asksForUsage: false })
      : reply;
  };
  return { deadline, reply: ask() };
}
