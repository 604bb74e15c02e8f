import { estimateTokenCount as likelyTokenCount } from "tokenx";
import { estimateTokenCount } from "./estimate-tokens.ts";
import type { Payloads } from "./payloads.ts";
import { MESSAGE, PARTS } from "./request-fields.ts";

/**
 * The parts of a request that become its prompt, as they came: only that there is an array of
 * messages was checked.
 */
export interface PromptFields {
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  readonly tools?: readonly unknown[] | null | undefined;
  readonly functions?: readonly unknown[] | null | undefined;
}

/**
 * The most tokens that vendors add around messages: role marks, reply primer. Each message's own
 * JSON covers the rest.
 */
const OVERHEAD_TOKENS = 64;
/**
 * The most tokens of a vendor's own instructions for using tools (Anthropic documents up to 530).
 */
const TOOLS_OVERHEAD_TOKENS = 1024;
/** The estimate of a picture: a large one at OpenAI or Anthropic. */
export const ESTIMATED_IMAGE_TOKENS = 1500;
/** The estimate of anything else that is not text. */
const MEDIUM_TOKENS = 1500;
/** The likely bytes of a token in base64: few, as tokenizers find no words in it. */
const PAYLOAD_BYTES_PER_TOKEN = 2;
/** As much text as is counted at once. */
const SLICE_CHARACTERS = 65_536;

const TEXT_PARTS: ReadonlySet<unknown> = new Set(
  [...PARTS.keys()].filter((type) => type !== "image_url"),
);

/** An upper bound of a prompt's tokens, but for its pictures, and the number of these. */
export interface PromptBound {
  /** Infinite where the prompt has more in it than text and pictures. */
  readonly textTokens: number;
  readonly images: number;
  /** Pictures for which the client asks for `detail: "low"`. */
  readonly lowDetailImages: number;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** Returns whether a part of a message's content is text. A part without a type may be anything. */
const isTextPart = (part: unknown): boolean =>
  typeof part === "string" || (isObject(part) && TEXT_PARTS.has(part["type"]));

const isImagePart = (part: unknown): part is Fields =>
  isObject(part) && part["type"] === "image_url";

/**
 * Lists the parts of a message that are not text: in its content, and in fields that the operator
 * lets through. All known fields hold texts and nothing else, however deep.
 */
function listMedia(message: Fields): unknown[] {
  return Object.entries(message).flatMap(([field, value]) => {
    if (field === "content" && Array.isArray(value))
      return value.filter((part) => !isTextPart(part));
    if (!isObject(value) || (field !== "content" && MESSAGE.known.has(field))) return [];
    return Object.keys(value).length === 0 ? [] : [value];
  });
}

/** Returns a picture's URL and its detail. */
function readImage({ image_url: image }: Fields): readonly [url: string, detail: unknown] {
  const { url, detail } = isObject(image) ? image : { url: image, detail: undefined };
  return [typeof url === "string" ? url : "", detail];
}

/** Returns how many bytes of a request are a picture that it holds itself. */
function dataBytes(url: string, payloads: Payloads): number {
  const setAside = payloads.sizeIn(url);
  if (setAside > 0) return setAside;
  return /^data:/i.test(url) ? url.length : 0;
}

const hasTools = ({ tools, functions }: PromptFields): boolean =>
  (tools?.length ?? 0) + (functions?.length ?? 0) > 0;

/**
 * Returns an upper bound of the prompt's tokens: tokenizers work on bytes and no token has less
 * than one, so the request's own size bounds its text, whatever the tokenizer. What a picture takes
 * is the vendor's rule, whatever its bytes: see `imageTokens` of the upstream.
 * @param bytes the size of the whole request
 */
export function boundPrompt(body: PromptFields, bytes: number, payloads: Payloads): PromptBound {
  const media = body.messages.flatMap(listMedia);
  const images = media.filter(isImagePart).map(readImage);
  const inImages = images.reduce((sum, [url]) => sum + dataBytes(url, payloads), 0);
  return {
    textTokens:
      media.length > images.length
        ? Number.POSITIVE_INFINITY
        : bytes - inImages + OVERHEAD_TOKENS + (hasTools(body) ? TOOLS_OVERHEAD_TOKENS : 0),
    images: images.length,
    lowDetailImages: images.filter(([, detail]) => detail === "low").length,
  };
}

/** Splits a prompt into all of its text, tools and all, and what is not text. */
function splitPrompt(body: PromptFields): { text: string; images: number; others: number } {
  const media = new Set(body.messages.flatMap(listMedia));
  const images = [...media].filter(isImagePart).length;
  const text = JSON.stringify(body, (_field, value: unknown) =>
    media.has(value) ? undefined : value,
  );
  return { text, images, others: media.size - images };
}

/** Estimates the tokens that a prompt is charged for: its text never below a vendor's count. */
export function estimatePromptTokens(body: PromptFields, payloads: Payloads): number {
  const { text, images, others } = splitPrompt(body);
  return (
    estimateTokenCount(text) +
    payloads.sizeIn(text) +
    images * ESTIMATED_IMAGE_TOKENS +
    others * MEDIUM_TOKENS
  );
}

/**
 * Returns the tokens that a prompt likely has, but for its pictures. Nobody is charged by it: it
 * tells whether the prompt fits.
 * @param enough not much more than these are counted: a prompt may be far longer than any context
 */
export function likelyPromptTokens(body: PromptFields, payloads: Payloads, enough: number): number {
  const { text, others } = splitPrompt(body);
  let tokens = Math.ceil(payloads.sizeIn(text) / PAYLOAD_BYTES_PER_TOKEN) + others * MEDIUM_TOKENS;
  for (let at = 0; at < text.length && tokens <= enough; at += SLICE_CHARACTERS)
    tokens += likelyTokenCount(text.slice(at, at + SLICE_CHARACTERS));
  return tokens;
}

/** Text in alphabets beyond ASCII, whose tokens differ most by tokenizer. */
const OTHER_ALPHABETS = /[\u0080-\u2e7f]+/g;
/** Of these the strict estimate is twice what most count, even where letters make no words. */
const ALPHABETS_DIVISOR = 2;

/**
 * Estimates the most tokens that a prompt has, but for its pictures: nearer to them than its bytes
 * are, and not below a vendor's count of text that a likely count takes for far less.
 */
export function estimateMostTokens(body: PromptFields, payloads: Payloads): number {
  const { text, others } = splitPrompt(body);
  let tokens =
    payloads.sizeIn(text) +
    others * MEDIUM_TOKENS +
    OVERHEAD_TOKENS +
    (hasTools(body) ? TOOLS_OVERHEAD_TOKENS : 0);
  for (let at = 0; at < text.length; at += SLICE_CHARACTERS) {
    const slice = text.slice(at, at + SLICE_CHARACTERS);
    const alphabets = slice.match(OTHER_ALPHABETS)?.join(" ") ?? "";
    tokens +=
      estimateTokenCount(slice.replace(OTHER_ALPHABETS, " ")) +
      Math.ceil(estimateTokenCount(alphabets) / ALPHABETS_DIVISOR);
  }
  return tokens;
}
