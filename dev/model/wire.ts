import type { Behaviour } from "./behaviour.ts";
import type { Frame, ReplyHead } from "./frames.ts";
import type { Reply } from "./reply.ts";
import type { RequestError } from "./request.ts";

/** How the model's replies and errors are written, in the API in which it was asked. */
export interface Wire {
  readonly error: (error: RequestError, headers?: HeadersInit) => Response;
  /** An error within a stream. */
  readonly errorFrame: string;
  /** A frame that is not JSON. */
  readonly garbageFrame: string;
  /** A whole reply, cut off. */
  readonly half: string;
  readonly frames: (head: ReplyHead, reply: Reply, behaviour: Behaviour) => Iterable<Frame>;
  readonly whole: (head: ReplyHead, reply: Reply, behaviour: Behaviour) => object;
  /** Whether the model is asked to think, and shows it. */
  readonly thinks?: boolean;
  /** The prefix of a reply's id. */
  readonly idPrefix: string;
}
