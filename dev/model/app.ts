import { Hono } from "hono";
import { type Behaviour, behaviourOf, FAULTY_MODELS } from "./behaviour.ts";
import { body, type Delivery, halves } from "./body.ts";
import { type Call, CallRecord } from "./calls.ts";
import { completion, frames, type Head } from "./frames.ts";
import { Gate } from "./gate.ts";
import { ERRORS, refuse, replyInstead } from "./instead.ts";
import { replyTo } from "./reply.ts";
import { type ChatRequest, readRequest } from "./request.ts";

/** The models on offer and how many tokens of prompt and answer together each takes. The faulty ones take 8192. */
const CONTEXT_LENGTHS: Readonly<Record<string, number>> = {
  "local-small": 8192,
  "local-medium": 32_768,
  "local-large": 131_072,
};

export interface LocalModelOptions {
  /** The bearer key that callers must send. */
  readonly apiKey: string;
  /** Milliseconds before each frame of a stream, and before a reply that is not streamed. None by default. */
  readonly delayMs?: number;
  /** The clock, in milliseconds since 1970, for `created`. */
  readonly nowMs?: () => number;
}

/** A model on this machine that speaks OpenAI's protocol, and a test's hands on it. */
export interface LocalModel {
  /** Answers a request. Rejects with a `TypeError` where the connection drops, as `fetch` does. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Every call of chat completions that had the right key, oldest first. */
  readonly calls: readonly Call[];
  /** Resolves with the `nth` call as soon as it has arrived. */
  readonly called: (nth?: number) => Promise<Call>;
  /** Scripts the next call, or the next `times` calls. Scripts are used up in order, one a call. */
  readonly next: (behaviour: Behaviour, times?: number) => void;
  /** Puts a gate before the next call's frames. */
  readonly gate: () => Gate;
  /** Ends every stalled reply and forgets scripts, gates and calls. */
  readonly reset: () => void;
}

const pause = (delayMs: number): Promise<void> =>
  delayMs > 0 ? new Promise((resolve) => setTimeout(resolve, delayMs)) : Promise.resolve();

/** Makes a local model. It keeps nothing outside itself: each test may have its own. */
export function localModel(options: LocalModelOptions): LocalModel {
  const { apiKey, delayMs: ownDelayMs = 0, nowMs = Date.now } = options;
  const calls: CallRecord[] = [];
  let watchers: Array<() => void> = [];
  let scripts: Behaviour[] = [];
  let gates: Gate[] = [];
  let release = Promise.withResolvers<void>();

  async function answer(request: ChatRequest, call: CallRecord, signal: AbortSignal): Promise<Response> {
    const named = behaviourOf(request.model);
    const contextLength = named === undefined ? CONTEXT_LENGTHS[request.model] : 8192;
    if (contextLength === undefined) {
      call.end("complete");
      const message = `The model '${request.model}' does not exist or you do not have access to it.`;
      return refuse({ ...ERRORS[404], status: 404, message });
    }
    const behaviour = scripts.shift() ?? named ?? {};
    const gate = gates.shift();
    signal.addEventListener("abort", () => call.end("cancelled"));
    const turn = async (): Promise<void> => {
      await pause(behaviour.delayMs ?? ownDelayMs);
      await gate?.pass();
    };
    const beforeFrame = async (): Promise<void> => {
      await Promise.race([turn(), call.ended]);
    };
    if (behaviour.status !== undefined) {
      await beforeFrame();
      signal.throwIfAborted();
      call.end("broken");
      const { status, retryAfterSeconds } = behaviour;
      return refuse(
        { ...ERRORS[status], status },
        retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) },
      );
    }
    const delivery: Delivery = { call, behaviour, beforeFrame, released: release.promise };
    const instead = await replyInstead(delivery, signal);
    if (instead !== null) return instead;

    const reply = replyTo(request, contextLength, behaviour.outputTokens);
    if ("status" in reply) {
      call.end("complete");
      return refuse(reply);
    }
    const nth = String(calls.indexOf(call) + 1).padStart(6, "0");
    const head: Head = {
      id: `chatcmpl-local-${nth}`,
      createdSeconds: Math.trunc(nowMs() / 1000),
      model: request.model,
    };
    if (request.stream === true) {
      const events = frames(head, reply, behaviour, request.stream_options?.include_usage === true);
      return new Response(body(events, delivery, signal), {
        headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" },
      });
    }
    const text = JSON.stringify(completion(head, reply, behaviour));
    const type = { "content-type": "application/json" };
    if (behaviour.breakOff !== undefined) return new Response(body(halves(text), delivery, signal), { headers: type });
    await beforeFrame();
    signal.throwIfAborted();
    call.end("complete");
    return new Response(text, { headers: type });
  }

  const app = new Hono()
    .use(async (c, next) => {
      if (c.req.header("authorization") === `Bearer ${apiKey}`) return await next();
      return refuse({ ...ERRORS[401], status: 401 });
    })
    .get("/v1/models", (c) => {
      const names = [...Object.keys(CONTEXT_LENGTHS), ...FAULTY_MODELS];
      const data = names.map((id) => ({ id, object: "model", created: 1_735_689_600, owned_by: "local" }));
      return c.json({ object: "list", data });
    })
    .post("/v1/chat/completions", async (c) => {
      const rawBody = await c.req.text();
      const call = new CallRecord(new Headers(c.req.raw.headers), rawBody);
      calls.push(call);
      for (const look of watchers) look();
      const request = readRequest(rawBody);
      if ("status" in request) {
        call.end("complete");
        return refuse(request);
      }
      call.request = request;
      return await answer(request, call, c.req.raw.signal);
    })
    .notFound((c) =>
      c.json(
        {
          error: {
            message: `Unknown request URL: ${c.req.method} ${c.req.path}.`,
            type: "invalid_request_error",
            param: null,
            code: "unknown_url",
          },
        },
        404,
      ),
    )
    .onError((error) => {
      throw error;
    });

  return {
    fetch: async (request) => await app.fetch(request),
    calls,
    called(nth = 1) {
      const { promise, resolve } = Promise.withResolvers<Call>();
      const look = (): void => {
        const call = calls[nth - 1];
        if (call !== undefined) resolve(call);
      };
      watchers.push(look);
      look();
      return promise;
    },
    next(behaviour, times = 1) {
      scripts.push(...Array.from({ length: times }, () => behaviour));
    },
    gate() {
      const gate = new Gate();
      gates.push(gate);
      return gate;
    },
    reset() {
      release.resolve();
      release = Promise.withResolvers<void>();
      for (const gate of gates) gate.open();
      watchers = [];
      scripts = [];
      gates = [];
      calls.length = 0;
    },
  };
}
