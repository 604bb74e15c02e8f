import { Hono } from "hono";
import { answerRequest, type CallContext, MODELS } from "./answer.ts";
import { type Behaviour, FAULTY_MODELS } from "./behaviour.ts";
import { type Call, CallRecord } from "./calls.ts";
import { answerEndpoint, ENDPOINT_MODELS, ENDPOINTS, readFields } from "./endpoints.ts";
import { chatWire } from "./frames.ts";
import { Gate } from "./gate.ts";
import { readMessagesRequest } from "./messages/request.ts";
import { MESSAGES_ERRORS, messagesWire } from "./messages/wire.ts";
import { ERRORS_BY_STATUS, errorResponse } from "./replacement-reply.ts";
import { readRequest } from "./request.ts";
import { readResponsesRequest } from "./responses/request.ts";
import { responsesWire } from "./responses/wire.ts";

export interface LocalModelOptions {
  /** The bearer key that callers must send. */
  readonly apiKey: string;
  /**
   * Milliseconds before each frame of a stream, and before a reply that is not streamed. 0 by
   * default.
   */
  readonly delayMs?: number;
  /** The number of recent calls that are kept, for a server that runs for days. All by default. */
  readonly maxCalls?: number;
  /** The clock, in milliseconds since 1970, for `created`. */
  readonly nowMs?: () => number;
}

/** A local model that speaks OpenAI's and Anthropic's protocols, with controls for tests. */
export interface LocalModel {
  /** Answers a request. Rejects with a `TypeError` if the connection drops, as `fetch` does. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Every call with the right key, oldest first. */
  readonly calls: readonly Call[];
  /** Resolves with the `nth` call as soon as it has arrived. */
  readonly called: (nth?: number) => Promise<Call>;
  /** Scripts the next call, or the next `times` calls. Scripts are used in order, one per call. */
  readonly next: (behaviour: Behaviour, times?: number) => void;
  /** Returns a gate that holds the frames of the next call that has none. */
  readonly gate: () => Gate;
  /** Ends every stalled or gated reply, and forgets scripts, gates and calls. */
  readonly reset: () => void;
}

const isMessages = (path: string): boolean => path === "/v1/messages";

/** Creates a local model. It has no global state, so each test may have its own. */
export function createLocalModel(options: LocalModelOptions): LocalModel {
  const { apiKey, delayMs = 0, maxCalls = Number.POSITIVE_INFINITY, nowMs = Date.now } = options;
  const calls: CallRecord[] = [];
  let count = 0;
  let watchers: Array<() => void> = [];
  let scripts: Behaviour[] = [];
  let gates: Gate[] = [];
  let gatesInUse: Gate[] = [];
  let release = Promise.withResolvers<void>();

  const nextGate = (): Gate | undefined => {
    const gate = gates.shift();
    if (gate !== undefined) gatesInUse.push(gate);
    return gate;
  };

  /**
   * Records a call as it arrives, and returns the circumstances in which it is answered.
   * @param takesScript whether it is a request at all, which a script is for
   */
  function begin(request: Request, rawBody: string, takesScript = true): [CallRecord, CallContext] {
    const call = new CallRecord(new Headers(request.headers), rawBody);
    count += 1;
    calls.push(call);
    if (calls.length > maxCalls) calls.shift();
    for (const checkArrival of watchers) checkArrival();
    return [
      call,
      {
        script: takesScript ? scripts.shift() : undefined,
        gate: takesScript ? nextGate() : undefined,
        delayMs,
        createdSeconds: Math.trunc(nowMs() / 1000),
        nth: count,
        released: release.promise,
        signal: request.signal,
      },
    ];
  }

  const app = new Hono()
    .use(async (c, next) => {
      if (isMessages(c.req.path)) {
        if (c.req.header("x-api-key") === apiKey) return await next();
        const error = {
          ...ERRORS_BY_STATUS[401],
          status: 401,
          message: "invalid x-api-key",
        } as const;
        return MESSAGES_ERRORS.error(error);
      }
      if (c.req.header("authorization") === `Bearer ${apiKey}`) return await next();
      return errorResponse({ ...ERRORS_BY_STATUS[401], status: 401 });
    })
    .get("/v1/models", (c) => {
      const data = [...MODELS, ...ENDPOINT_MODELS, ...FAULTY_MODELS].map((id) => ({
        id,
        object: "model",
        created: 1_735_689_600,
        owned_by: "local",
      }));
      return c.json({ object: "list", data });
    })
    .post("/v1/chat/completions", async (c) => {
      const rawBody = await c.req.text();
      const request = readRequest(rawBody);
      const [call, context] = begin(c.req.raw, rawBody, !("status" in request));
      if ("status" in request) {
        call.end("complete");
        return errorResponse(request);
      }
      call.request = request;
      const wire = chatWire(request.stream_options?.include_usage === true);
      return await answerRequest(request, call, context, wire);
    })
    .post("/v1/responses", async (c) => {
      const rawBody = await c.req.text();
      const request = readResponsesRequest(rawBody);
      const [call, context] = begin(c.req.raw, rawBody, !("status" in request));
      if ("status" in request) {
        call.end("complete");
        return errorResponse(request);
      }
      call.request = request.chat;
      return await answerRequest(request.chat, call, context, responsesWire(request));
    })
    .post("/v1/messages", async (c) => {
      const rawBody = await c.req.text();
      const request = readMessagesRequest(rawBody, c.req.raw.headers);
      const [call, context] = begin(c.req.raw, rawBody, !("status" in request));
      if ("status" in request) {
        call.end("complete");
        return MESSAGES_ERRORS.error(request);
      }
      call.request = request.chat;
      return await answerRequest(request.chat, call, context, messagesWire(request));
    })
    .post("/v1/*", async (c, next) => {
      const endpoint = ENDPOINTS[c.req.path.slice("/v1".length)];
      if (endpoint === undefined) return await next();
      const fields = await readFields(c.req.raw.clone());
      const [call, context] = begin(c.req.raw, new TextDecoder().decode(await c.req.arrayBuffer()));
      if (fields !== null) return await answerEndpoint(endpoint, fields, call, context);
      call.end("complete");
      return errorResponse({ ...ERRORS_BY_STATUS[400], status: 400 });
    })
    .notFound((c) => {
      const message = `Unknown request URL: ${c.req.method} ${c.req.path}.`;
      return errorResponse({
        status: 404,
        message,
        type: "invalid_request_error",
        param: null,
        code: "unknown_url",
      });
    })
    .onError((error) => {
      throw error; // a dropped connection has to reach the caller as one, not as Hono's 500
    });

  return {
    fetch: async (request) => await app.fetch(request),
    calls,
    called(nth = 1) {
      const { promise, resolve } = Promise.withResolvers<Call>();
      const checkArrival = (): void => {
        const call = calls[nth - 1];
        if (call !== undefined) resolve(call);
      };
      watchers.push(checkArrival);
      checkArrival();
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
      for (const gate of [...gates, ...gatesInUse]) gate.open();
      watchers = [];
      scripts = [];
      gates = [];
      gatesInUse = [];
      calls.length = 0;
    },
  };
}
