import { type Case, countWords } from "./cases.ts";
import type { Frame } from "./framings.ts";
import { type Json, type Served, withUsage } from "./vendors.ts";

/** More tokens than any chat of the proof may have. */
const BEYOND_THE_CAP = 5000;

/** The error that a vendor reports within a reply. */
export const VENDOR_ERROR = { code: 502, message: "Provider disconnected" };

const ZEROS = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

/** Puts a case's count into the frame or reply that has it. */
function withCount(json: Json, { vendor, timing, served }: Case, of: Served = served): Json {
  const counted = timing === "beyond the cap" ? { ...of, reply: BEYOND_THE_CAP } : of;
  const value = {
    "as a list": [vendor.usage(counted)],
    "as a text": JSON.stringify(vendor.usage(counted)),
    "as zeros": ZEROS,
    never: undefined,
  }[timing as string];
  if (timing === "never") return json;
  return withUsage(json, vendor.place, value ?? vendor.usage(counted));
}

/** The part of a reply that comes before its vendor breaks it off, or is cut off. */
export interface Script {
  readonly frames: readonly Frame[];
  /** After this many frames a client that leaves has left. */
  readonly leavesAfter: number;
  /** Whether the connection breaks after the last frame. */
  readonly breaks: boolean;
}

/** The words that a vendor sends, of the thoughts first. */
export function sentWords({ ending, words, thoughtWords }: Case): {
  readonly words: readonly string[];
  readonly thoughts: readonly string[];
} {
  const half = words.slice(0, Math.ceil(words.length / 2));
  switch (ending) {
    case "cut off cleanly":
    case "broken off":
    case "an error inside":
    case "an error as finish reason":
    case "its client leaves, then broken off":
      return { words: half, thoughts: thoughtWords };
    case "an error in place of a reply":
    case "refused with 400":
    case "refused with 401":
    case "refused with 429":
    case "refused with 503":
      return { words: [], thoughts: [] };
    case "whole":
    case "whole without [DONE]":
    case "no finish reason":
    case "its client leaves":
      return { words, thoughts: thoughtWords };
  }
}

/** Whether a vendor's count comes at all, in the end that a stream has. */
export function comesToItsCount(ending: Case["ending"]): boolean {
  return (
    ending === "whole" ||
    ending === "whole without [DONE]" ||
    ending === "no finish reason" ||
    ending === "its client leaves"
  );
}

/** The error that a vendor reports within a reply, in its own shape. */
const errorOf = ({ vendor }: Case): Json => vendor.shape.error ?? { error: VENDOR_ERROR };

/** Writes a reply as a stream. */
export function scriptStream(one: Case): Script {
  const { vendor, timing, ending, served } = one;
  const { shape, shownThoughts } = vendor;
  const { words, thoughts } = sentWords(one);
  if (ending === "an error in place of a reply")
    return { frames: [errorOf(one)], leavesAfter: 0, breaks: false };

  const frames: Frame[] = [...shape.opening];
  const isNulled = timing === "after nulls";
  const push = (json: Json, replySoFar: number, thoughtsSoFar: number): void => {
    const so = { ...served, reply: replySoFar, thoughts: thoughtsSoFar };
    if (timing === "in every frame") frames.push(withCount(json, one, so));
    else frames.push(isNulled ? withUsage(json, vendor.place, null) : json);
  };
  // Thoughts that are not shown come before the first word.
  const unseen = shownThoughts === null ? served.thoughts : 0;
  for (const [at, word] of thoughts.entries()) {
    const choice = { index: 0, delta: { [shownThoughts ?? ""]: word }, finish_reason: null };
    const json = shape.thinks?.(word) ?? { ...shape.says(""), choices: [choice] };
    push(json, 0, unseen + at + 1);
  }
  const thought = unseen + thoughts.length;
  for (let at = 0; at < words.length; at++) {
    const soFar = countWords(words.slice(0, at + 1));
    push(shape.says(words[at] ?? ""), soFar, thought);
  }
  const leavesAfter = frames.length - Math.floor(words.length / 2);

  if (ending === "an error inside") frames.push(errorOf(one));
  if (ending === "an error as finish reason")
    frames.push({
      ...shape.finish,
      choices: [{ index: 0, delta: {}, finish_reason: "error", error: VENDOR_ERROR }],
    });
  if (comesToItsCount(ending)) frames.push(...endOf(one));
  return {
    frames,
    leavesAfter,
    breaks: ending === "broken off" || ending === "its client leaves, then broken off",
  };
}

/** The frames after the last word of a reply that comes to its count. */
function endOf(one: Case): Frame[] {
  const { vendor, timing, ending } = one;
  const { shape } = vendor;
  const isFinished = ending !== "no finish reason";
  const own: Json = { ...shape.says(""), choices: [] };
  const isOwn = ![
    "with the finish reason",
    "in every frame",
    ...(shape.isOpenAi ? [] : ["in a frame of its own"]),
  ].includes(timing);
  const finish = isFinished ? [shape.finish] : [];
  const counted = isOwn
    ? [...finish, withCount(own, one)]
    : // Without a finish reason the count still comes, in a frame that says nothing.
      [withCount(isFinished ? shape.finish : (shape.silence ?? shape.says("")), one)];
  const zeros = timing === "before zeros" ? [withUsage(own, vendor.place, ZEROS)] : [];
  // In its own dialect, a stream's last event is its end mark.
  const hasEnd = vendor.dialect === "chat" || ending !== "whole without [DONE]";
  const closing: Frame[] = isFinished && hasEnd ? [...shape.closing] : [];
  if (
    ending !== "whole without [DONE]" &&
    isFinished &&
    vendor.dialect === "chat" &&
    shape.isOpenAi
  )
    closing.push("[DONE]");
  return [...counted, ...zeros, ...closing];
}

/** Writes a reply whole. One that breaks off has half of its JSON. */
export function scriptWhole(one: Case): { readonly json: Json; readonly breaks: boolean } {
  const { vendor, ending } = one;
  const { words, thoughts } = sentWords({ ...one, ending: wholeEnding(ending) });
  if (ending === "an error in place of a reply") return { json: errorOf(one), breaks: false };
  const isError = ending === "an error inside" || ending === "an error as finish reason";
  const isFinished = ending !== "no finish reason" && !isError;
  const reply = vendor.shape.whole(words.join(""), thoughts.join(""), isFinished);
  const json = withCount(reply, one);
  if (ending === "an error inside")
    return { json: { ...json, error: VENDOR_ERROR }, breaks: false };
  const { choices } = json;
  if (ending === "an error as finish reason" && Array.isArray(choices))
    return {
      json: {
        ...json,
        choices: choices.map((each: object) => ({ ...each, finish_reason: "error" })),
      },
      breaks: false,
    };
  return { json, breaks: ending === "broken off" };
}

/** A whole reply that is cut in two was written whole. */
const wholeEnding = (ending: Case["ending"]): Case["ending"] =>
  ending === "cut off cleanly" || ending === "broken off" ? "whole" : ending;

export const REFUSED_STATUS: Readonly<Record<string, number>> = {
  "refused with 400": 400,
  "refused with 401": 401,
  "refused with 429": 429,
  "refused with 503": 503,
};
