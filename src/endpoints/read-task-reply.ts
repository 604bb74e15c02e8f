import { isObject, type MeasuredUsage, relayUnread } from "../chat/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import { SECOND_MS } from "../time.ts";
import {
  type Deadline,
  parseVendorError,
  type ReplyStart,
  readStart,
  readVendorError,
  toFailure,
  type Upstream,
} from "../upstream/index.ts";
import type { Json, TaskRequest, TaskTerms } from "./task.ts";

/** A longer reply is passed on unread: what is read is parsed in memory. */
const REPLY_BYTES_MAX = 8_388_608;
/** Settling has to follow within the 30 s that a Worker lives past its client. */
const READ_ON_MS = 15 * SECOND_MS;

/** A reply that was read and measured, or one that is on its way to the client. */
export type TaskReply =
  | { readonly kind: "whole"; readonly json: Json; readonly measured: MeasuredUsage }
  | {
      readonly kind: "relayed";
      readonly contentType: string;
      readonly stream: ReadableStream<Uint8Array>;
      /** Never rejects. */
      readonly ended: Promise<{
        readonly ending: "complete" | "client_gone" | "upstream_failed";
        readonly measured: MeasuredUsage;
      }>;
    };

const invalidReply = () =>
  fail(
    "upstream_error",
    "The model provider sent an invalid response. You weren't charged. Try again.",
  );

/** Counts pictures in pieces of a reply: a name of a field may be cut anywhere. */
class ImageCounter {
  #tail = "";
  #count = 0;

  add(text: string): void {
    const seen = this.#tail + text;
    const found = [...seen.matchAll(/"(?:b64_json|url)"\s*:/g)];
    const end = found.at(-1);
    this.#count += found.length;
    const from = end === undefined ? 0 : end.index + end[0].length;
    this.#tail = seen.slice(Math.max(from, seen.length - 32));
  }

  get count(): number {
    return this.#count;
  }
}

/** Passes a reply on unread, and measures it at its end. */
function relay(
  request: TaskRequest,
  terms: TaskTerms,
  start: ReplyStart,
  contentType: string,
  deadline: Deadline,
): TaskReply {
  const images = new ImageCounter();
  const surroundings = {
    onActivity: () => deadline.touch(),
    readOnMs: READ_ON_MS,
    signal: deadline.signal,
  };
  const { stream, ended } = relayUnread(start, surroundings, (text) => images.add(text));
  return {
    kind: "relayed",
    contentType,
    stream,
    ended: ended.then(({ ending, usage }) => ({
      ending,
      measured: request.measureRelayed({ usage, images: images.count }, terms),
    })),
  };
}

function readWhole(
  request: TaskRequest,
  terms: TaskTerms,
  bytes: Uint8Array,
  upstream: Upstream,
): Result<TaskReply> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return invalidReply();
  }
  if (!isObject(json)) return invalidReply();
  const measured = request.measure(json, terms);
  if (measured !== null) return ok({ kind: "whole", json, measured });
  return parseVendorError(json).message === null
    ? invalidReply()
    : { ok: false, failure: readVendorError(json, upstream) };
}

/** Reads an upstream's reply to a task: whole, or to be passed on. An empty one is a failure. */
export async function readTaskReply(
  request: TaskRequest,
  terms: TaskTerms,
  response: Response,
  upstream: Upstream,
  deadline: Deadline,
): Promise<Result<TaskReply>> {
  const contentType = response.headers.get("content-type") ?? "application/octet-stream";
  const isJson = /\bjson\b/i.test(contentType);
  const isRead = request.reply === "json" && !/event-stream/i.test(contentType);
  let start: ReplyStart;
  try {
    start = await readStart(response, isRead || isJson ? REPLY_BYTES_MAX : 0, () =>
      deadline.touch(),
    );
  } catch (error) {
    return { ok: false, failure: toFailure(deadline.reasonFor(error)) };
  }
  if (start.bytes.length === 0) return invalidReply();
  if (isRead && start.rest === null) return readWhole(request, terms, start.bytes, upstream);
  // JSON or a page in place of sound is an error that was sent as a success.
  if (!isRead && (isJson || /\bhtml\b/i.test(contentType))) {
    await start.rest?.cancel();
    return invalidReply();
  }
  return ok(relay(request, terms, start, contentType, deadline));
}
