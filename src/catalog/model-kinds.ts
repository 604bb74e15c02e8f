import { fail, ok, type Result } from "../errors.ts";

/** What a model does. */
export const MODEL_KINDS = [
  "chat",
  "embedding",
  "image",
  "speech",
  "transcription",
  "moderation",
] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

interface KindFacts {
  /** What it is called in a refusal. */
  readonly name: string;
  /** Where it is called. */
  readonly path: string;
  /** What goes in and comes out, in OpenRouter's words. */
  readonly input: readonly string[];
  readonly output: readonly string[];
}

const FACTS: Readonly<Record<ModelKind, KindFacts>> = {
  chat: {
    name: "a chat model",
    path: "/v1/chat/completions",
    input: ["text"],
    output: ["text"],
  },
  embedding: {
    name: "an embedding model",
    path: "/v1/embeddings",
    input: ["text"],
    output: ["embeddings"],
  },
  image: {
    name: "an image model",
    path: "/v1/images/generations",
    input: ["text"],
    output: ["image"],
  },
  speech: {
    name: "a speech model",
    path: "/v1/audio/speech",
    input: ["text"],
    output: ["audio"],
  },
  transcription: {
    name: "a transcription model",
    path: "/v1/audio/transcriptions",
    input: ["audio"],
    output: ["text"],
  },
  moderation: {
    name: "a moderation model",
    path: "/v1/moderations",
    input: ["text", "image"],
    output: ["moderation"],
  },
};

/** Returns what goes into a model of a kind and what comes out, in OpenRouter's words. */
export const modalitiesOf = (kind: ModelKind) => ({
  input_modalities: [...FACTS[kind].input],
  output_modalities: [...FACTS[kind].output],
  modality: `${FACTS[kind].input.join("+")}->${FACTS[kind].output.join("+")}`,
});

/**
 * Requires that a model is of a kind.
 * @returns `invalid_request`, which says where a model of its kind is called
 */
export function requireKind<Model extends { readonly id: string; readonly kind: ModelKind }>(
  model: Model,
  kind: ModelKind,
): Result<Model> {
  if (model.kind === kind) return ok(model);
  const { name, path } = FACTS[model.kind];
  return fail("invalid_request", `model: "${model.id}" is ${name}. Use it at ${path}.`, {
    param: "model",
  });
}
