import { isEmpty, type Json } from "./json-fields.ts";

/** Fields of a chat that change no reply, or only as a hint: no other dialect needs them. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  `include_reasoning max_completion_tokens max_tokens metadata modalities model
  prompt_cache_retention seed session_id store stream stream_options usage verbosity`
    .split(/\s+/)
    .filter((name) => name !== ""),
);

/** Numbers that ask for what is served without them. */
const NEUTRAL: Readonly<Record<string, number>> = {
  frequency_penalty: 0,
  presence_penalty: 0,
  repetition_penalty: 1,
  min_p: 0,
  min_tokens: 0,
  n: 1,
  top_logprobs: 0,
};

/**
 * Finds a field of a chat that a dialect cannot express.
 * @param translated the fields that it can
 * @param passed fields that the operator lets through as they are
 */
export const findUntranslated = (
  body: Json,
  translated: ReadonlySet<string>,
  passed: ReadonlySet<string>,
): string | undefined =>
  Object.entries(body).find(
    ([name, value]) =>
      !translated.has(name) &&
      !WITHOUT_EFFECT.has(name) &&
      !passed.has(name) &&
      !isEmpty(value) &&
      NEUTRAL[name] !== value,
  )?.[0];

/** Returns the fields that pass as they are: those that the operator lets through. */
export const passFields = (
  body: Json,
  translated: ReadonlySet<string>,
  passed: ReadonlySet<string>,
): Json =>
  Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) =>
        passed.has(name) && !translated.has(name) && !WITHOUT_EFFECT.has(name) && value !== null,
    ),
  );

/** A picture or file within its URL. */
export interface DataUrl {
  readonly mediaType: string;
  /** Base64, or what stands for it. */
  readonly data: string;
}

/** Reads a base64 `data:` URL; null where a URL is none. */
export function readDataUrl(url: string): DataUrl | null {
  const [, mediaType, data] = /^data:([^;,]*)(?:;[^;,]+)*?;base64,([^]*)$/i.exec(url) ?? [];
  return data === undefined ? null : { mediaType: (mediaType ?? "").toLowerCase(), data };
}

/** Returns the URL of a part's picture: some clients send it without an object around it. */
export function imageUrlOf(image: unknown): string {
  if (typeof image === "string") return image;
  const url = typeof image === "object" && image !== null && "url" in image ? image.url : "";
  return typeof url === "string" ? url : "";
}
