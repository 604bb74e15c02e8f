import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import type { Failure } from "../errors.ts";
import type { BaseEnv } from "./factory.ts";
import { refuse } from "./respond.ts";

const MIB = 1_048_576;
/** Bodies up to this size are neither counted together nor limited further. */
const SMALL_BYTES_MAX = MIB;
/**
 * The most memory of an isolate that larger bodies may take at once. It has 128 MB for everything,
 * and a body is there twice while it is passed on.
 */
const LARGE_BYTES_MAX = 40 * MIB;

const tooLarge = (mib: number): Failure => ({
  code: "body_too_large",
  message: `The body is larger than ${mib} MiB.`,
});
const BUSY: Failure = {
  code: "server_busy",
  message: "Too many large requests are in progress. You weren't charged; try again.",
  retryAfterSeconds: 2,
};

const countedBodyLimit = bodyLimit({
  maxSize: SMALL_BYTES_MAX,
  onError: (c) => refuse(c, tooLarge(1)),
});

/** Returns the length that a request tells (RFC 9112 §6.3), or null where it tells none. */
function readLength(c: Context): number | null {
  const length = c.req.header("content-length") ?? "";
  return /^\d+$/.test(length) && c.req.header("transfer-encoding") === undefined
    ? Number(length)
    : null;
}

/**
 * Whether a request tells a length of at most 1 MiB: then it has no more than that, and need not be
 * counted.
 */
export function hasAcceptedLength(c: Context): boolean {
  const length = readLength(c);
  return length !== null && length <= SMALL_BYTES_MAX;
}

/** No body above 1 MiB is read to its end. */
export const limitBody = createMiddleware<BaseEnv>((c, next) =>
  hasAcceptedLength(c) ? next() : countedBodyLimit(c, next),
);

/** The bytes of large bodies that are in this isolate's memory now. */
let largeBytes = 0;

/** The share of the memory for large bodies that one request takes. */
class LargeBody {
  #bytes = 0;

  /** Takes room for a body of this size in all. False when there is none now. */
  growTo(bytes: number): boolean {
    const more = bytes <= SMALL_BYTES_MAX ? 0 : bytes - this.#bytes;
    if (largeBytes + more > LARGE_BYTES_MAX) return false;
    largeBytes += more;
    this.#bytes += more;
    return true;
  }

  release(): void {
    largeBytes -= this.#bytes;
    this.#bytes = 0;
  }
}

/** Reads a body that does not tell its length, and puts it back as one that does. */
async function readUncounted(c: Context, maxMib: number, room: LargeBody): Promise<Failure | null> {
  const { body } = c.req.raw;
  if (body === null) return null;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxMib * MIB) return tooLarge(maxMib);
    if (!room.growTo(bytes)) return BUSY;
    chunks.push(chunk);
  }
  const { method } = c.req;
  c.req.raw = new Request(c.req.raw, { method, body: new Blob(chunks) });
  return null;
}

const MAX_URL_LENGTH = 8192;

/** Refuses a URL above 8 KiB: nothing that is asked for here has a name as long. */
export const limitUrl = createMiddleware<BaseEnv>(async (c, next) =>
  c.req.url.length <= MAX_URL_LENGTH
    ? await next()
    : refuse(c, { code: "invalid_request", message: "The URL is longer than 8 KiB." }),
);

/**
 * Takes bodies up to `MAX_BODY_MIB`, for chats with pictures in them, as far as they fit into the
 * isolate's memory together: 503 `server_busy` beyond. A body counts until its answer has begun.
 */
export const limitLargeBody = createMiddleware<BaseEnv>(async (c, next) => {
  const maxMib = c.var.ctx.config.MAX_BODY_MIB;
  const length = readLength(c);
  if (length !== null && length > maxMib * MIB) return refuse(c, tooLarge(maxMib));
  const room = new LargeBody();
  try {
    const failure =
      length === null ? await readUncounted(c, maxMib, room) : room.growTo(length) ? null : BUSY;
    if (failure !== null) return refuse(c, failure);
    await next();
    return undefined;
  } finally {
    room.release();
  }
});
