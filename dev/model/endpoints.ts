import { z } from "zod";
import type { CallContext } from "./answer.ts";
import { type Behaviour, behaviourOf } from "./behaviour.ts";
import { type Delivery, splitInHalf, streamBody } from "./body.ts";
import type { CallRecord } from "./calls.ts";
import { chatWire } from "./frames.ts";
import { ERRORS_BY_STATUS, errorResponse, replacementReply } from "./replacement-reply.ts";
import { invalidRequest, type RequestError } from "./request.ts";
import { PICTURE_BASE64, secondsOf, soundOf } from "./samples.ts";
import { tokenize } from "./tokens.ts";

/** A reply as the local model sends it. */
interface EndpointReply {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/** A way of calling a model beside chats. */
interface Endpoint {
  /** The model's own name. */
  readonly model: string;
  readonly answer: (
    request: Record<string, unknown>,
    behaviour: Behaviour,
  ) => EndpointReply | RequestError;
}

const json = (value: unknown): EndpointReply => ({
  body: JSON.stringify(value),
  contentType: "application/json",
});

function parse<Schema extends z.ZodType>(
  schema: Schema,
  request: unknown,
): z.output<Schema> | RequestError {
  const parsed = schema.safeParse(request);
  return parsed.success ? parsed.data : invalidRequest(parsed.error);
}

const isError = (value: object): value is RequestError => "status" in value && "message" in value;

const withUsage = ({ usage, usageFields }: Behaviour, counted: object): object => {
  if (usage === null) return {};
  return { usage: usage ?? { ...counted, ...usageFields } };
};

const tokens = z.array(z.int().min(0)).min(1).max(8192);
const embeddingRequest = z.strictObject({
  model: z.string(),
  input: z.union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1).max(2048),
    tokens,
    z.array(tokens).min(1).max(2048),
  ]),
  encoding_format: z.enum(["float", "base64"]).optional(),
  dimensions: z.int().min(1).max(1536).optional(),
  user: z.string().optional(),
});

/** Returns a vector of length 1 for an input: the same for the same input. */
function toVector(input: string | readonly number[], dimensions: number): Float32Array {
  const numbers =
    typeof input === "string" ? Array.from(input, (one) => one.codePointAt(0) ?? 0) : input;
  const vector = new Float32Array(dimensions).fill(1);
  for (const [at, number] of numbers.entries()) {
    const place = (number * 31 + at) % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

const toBase64 = (vector: Float32Array): string =>
  btoa(String.fromCharCode(...new Uint8Array(vector.buffer)));

const embeddings: Endpoint = {
  model: "embed",
  answer(request, behaviour) {
    const parsed = parse(embeddingRequest, request);
    if (isError(parsed)) return parsed;
    const { input, dimensions = 16, encoding_format } = parsed;
    const inputs: (string | readonly number[])[] =
      typeof input === "string"
        ? [input]
        : typeof input[0] === "number"
          ? [input.filter((one) => typeof one === "number")]
          : input.filter((one) => typeof one !== "number");
    const counts = inputs.map((one) => (typeof one === "string" ? tokenize(one) : one).length);
    const total = counts.reduce((sum, count) => sum + count, 0);
    return json({
      object: "list",
      data: inputs.map((one, index) => {
        const vector = toVector(one, dimensions);
        const embedding = encoding_format === "base64" ? toBase64(vector) : [...vector];
        return { object: "embedding", index, embedding };
      }),
      model: parsed.model,
      ...withUsage(behaviour, { prompt_tokens: total, total_tokens: total }),
    });
  },
};

const imageRequest = z.strictObject({
  model: z.string(),
  prompt: z.string().min(1).max(32_000),
  n: z.int().min(1).max(10).optional(),
  size: z.enum(["1024x1024", "1536x1024", "1024x1536"]).optional(),
  quality: z.enum(["low", "medium", "high"]).optional(),
  background: z.enum(["transparent", "opaque", "auto"]).optional(),
  moderation: z.enum(["low", "auto"]).optional(),
  output_format: z.enum(["png"]).optional(),
  output_compression: z.int().min(0).max(100).optional(),
  response_format: z.enum(["b64_json", "url"]).optional(),
  user: z.string().optional(),
});

const images: Endpoint = {
  model: "paint",
  answer(request, behaviour) {
    const parsed = parse(imageRequest, request);
    if (isError(parsed)) return parsed;
    const { n = 1, size = "1024x1024", quality = "low", response_format } = parsed;
    const count = Math.min(n, behaviour.outputTokens ?? n);
    const input = tokenize(parsed.prompt).length;
    const picture =
      response_format === "url"
        ? { url: "https://images.invalid/picture.png" }
        : { b64_json: PICTURE_BASE64 };
    return json({
      created: 1_735_689_600,
      size,
      quality,
      output_format: "png",
      data: Array.from({ length: count }, () => picture),
      ...withUsage(behaviour, {
        input_tokens: input,
        output_tokens: 272 * count,
        total_tokens: input + 272 * count,
      }),
    });
  },
};

const speechRequest = z.strictObject({
  model: z.string(),
  input: z.string().min(1).max(4096),
  voice: z.enum(["alloy", "ash", "coral", "echo", "sage", "shimmer", "verse"]),
  instructions: z.string().optional(),
  response_format: z.enum(["wav", "mp3", "opus", "aac", "flac", "pcm"]).optional(),
  speed: z.number().min(0.25).max(4).optional(),
});

const speech: Endpoint = {
  model: "speak",
  answer(request) {
    const parsed = parse(speechRequest, request);
    if (isError(parsed)) return parsed;
    // Whatever the format: the sound of a text is silence of a tenth of a second a character.
    return { body: soundOf(parsed.input.length / 10), contentType: "audio/wav" };
  },
};

const list = z.union([z.string(), z.array(z.string())]).optional();
const transcriptionRequest = z.strictObject({
  model: z.string(),
  file: z.instanceof(File),
  language: z.string().optional(),
  prompt: z.string().optional(),
  response_format: z.enum(["json", "text", "srt", "verbose_json", "vtt"]).optional(),
  temperature: z.string().optional(),
  "timestamp_granularities[]": list,
});

const plain = (body: string): EndpointReply => ({ body, contentType: "text/plain" });

const transcriptions: Endpoint = {
  model: "listen",
  answer(request, behaviour) {
    const parsed = parse(transcriptionRequest, request);
    if (isError(parsed)) return parsed;
    const { response_format = "json" } = parsed;
    const seconds = secondsOf(parsed.file);
    const text = `A sound of ${seconds} seconds.`;
    const usage = withUsage(behaviour, { type: "duration", seconds: Math.ceil(seconds) });
    switch (response_format) {
      case "json":
        return json({ text, ...usage });
      case "verbose_json":
        return json({ task: "transcribe", language: "english", duration: seconds, text, ...usage });
      case "text":
        return plain(`${text}\n`);
      case "srt":
        return plain(`1\n00:00:00,000 --> 00:00:01,000\n${text}\n`);
      case "vtt":
        return plain(`WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n${text}\n`);
    }
  },
};

const moderationRequest = z.strictObject({
  model: z.string().optional(),
  input: z.union([z.string(), z.array(z.string()).min(1)]),
});

const moderations: Endpoint = {
  model: "check",
  answer(request) {
    const parsed = parse(moderationRequest, request);
    if (isError(parsed)) return parsed;
    const inputs = typeof parsed.input === "string" ? [parsed.input] : parsed.input;
    const results = inputs.map((input) => {
      const violence = /\bkill\b/i.test(input);
      return {
        flagged: violence,
        categories: { violence },
        category_scores: { violence: violence ? 0.99 : 0.01 },
      };
    });
    return json({ id: "modr-local", model: "check", results });
  },
};

/** The endpoints beside chats, by their paths below `/v1`. */
export const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  "/embeddings": embeddings,
  "/images/generations": images,
  "/audio/speech": speech,
  "/audio/transcriptions": transcriptions,
  "/audio/translations": transcriptions,
  "/moderations": moderations,
};

export const ENDPOINT_MODELS: readonly string[] = [
  ...new Set(Object.values(ENDPOINTS).map(({ model }) => model)),
];

/** Reads the body of a request, as JSON or as a form; null where it is neither. */
export async function readFields(request: Request): Promise<Record<string, unknown> | null> {
  try {
    if (/json/.test(request.headers.get("content-type") ?? ""))
      return z.record(z.string(), z.unknown()).parse(await request.json());
    const form = await request.formData();
    return Object.fromEntries(
      [...new Set(form.keys())].map((name) => {
        const values = form.getAll(name);
        return [name, values.length > 1 ? values : values[0]];
      }),
    );
  } catch {
    return null;
  }
}

/** Answers a request of an endpoint by its script, or by its model's name, or as it works. */
export async function answerEndpoint(
  endpoint: Endpoint,
  request: Record<string, unknown>,
  call: CallRecord,
  { script, gate, delayMs, released, signal }: CallContext,
): Promise<Response> {
  const model = typeof request["model"] === "string" ? request["model"] : endpoint.model;
  const behaviour = script ?? behaviourOf(model) ?? {};
  signal.addEventListener("abort", () => call.end("cancelled"));
  const waitForTurn = async (): Promise<void> => {
    const wait = behaviour.delayMs ?? delayMs;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    await gate?.pass();
  };
  const beforeFrame = async (): Promise<void> => {
    await Promise.race([waitForTurn(), call.ended]);
  };
  const wire = chatWire(false);
  const delivery: Delivery = { call, behaviour, beforeFrame, released, wire };
  const replacement = await replacementReply(delivery, signal);
  if (replacement !== null) return replacement;
  if (model !== endpoint.model && behaviourOf(model) === undefined) {
    call.end("complete");
    return errorResponse({ ...ERRORS_BY_STATUS[404], status: 404 });
  }
  const reply = endpoint.answer(request, behaviour);
  if (isError(reply)) {
    call.end("complete");
    return errorResponse(reply);
  }
  const headers = { "content-type": reply.contentType };
  if (behaviour.breakOff !== undefined) {
    const text = typeof reply.body === "string" ? reply.body : "x".repeat(reply.body.length);
    return new Response(streamBody(splitInHalf(text), delivery, signal), { headers });
  }
  await beforeFrame();
  signal.throwIfAborted();
  call.end("complete");
  return new Response(reply.body, { headers });
}
