import { parseArgs } from "node:util";
import { type Http2Bindings, type HttpBindings, serve } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { createLocalModel } from "./app.ts";
import type { Call } from "./calls.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "12112" },
    "api-key": { type: "string", default: process.env["LOCAL_MODEL_KEY"] ?? "local-model-key" },
    "delay-ms": { type: "string", default: "0" },
  },
});

/** The number of recent calls that `/_local/calls` shows. */
const MAX_CALLS = 200;

const model = createLocalModel({
  apiKey: values["api-key"],
  delayMs: Number(values["delay-ms"]),
  maxCalls: MAX_CALLS,
});

/**
 * Returns the public part of a call: the request, the number of frames sent, and the outcome (null
 * while it runs).
 */
const summarizeCall = ({ request, framesSent, outcome }: Call) => ({
  request,
  framesSent,
  outcome,
});

/**
 * Answers a request. Destroys the connection if the model drops it, since a thrown error would
 * become a 500.
 */
async function serveRequest(
  request: Request,
  { outgoing }: HttpBindings | Http2Bindings,
): Promise<Response> {
  if (new URL(request.url).pathname === "/_local/calls")
    return Response.json(model.calls.map(summarizeCall));
  try {
    return await model.fetch(request);
  } catch {
    outgoing.destroy();
    return RESPONSE_ALREADY_SENT;
  }
}

const server = serve(
  { fetch: serveRequest, hostname: "127.0.0.1", port: Number(values.port) },
  ({ port }) => console.log(`local model on http://127.0.0.1:${port}/v1`),
);
server.on("error", (error) => {
  console.error(`The local model cannot listen on 127.0.0.1:${values.port}: ${error.message}`);
  process.exit(1);
});
