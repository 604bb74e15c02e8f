import { createParser } from "eventsource-parser";
import { parseLossless } from "../upstream/index.ts";
import { findUsage, mapUsage } from "./find-usage.ts";
import { readFrames } from "./frames.ts";
import { readReplyText } from "./reply-text.ts";
import { splitObjects } from "./split-objects.ts";
import { UsageTally } from "./usage-tally.ts";
import { isObject } from "./vendor-usage.ts";

type Json = Readonly<Record<string, unknown>>;

/** Reads the objects in a text, or those in its lines, however they are framed. */
function readObject(text: string): Json[] {
  try {
    return [parseLossless(text)].flat().filter(isObject);
  } catch {
    const objects = splitObjects(text) ?? [text];
    if (objects.length > 1 || objects[0] !== text) return objects.flatMap(readObject);
    return text.includes("\n") ? text.split("\n").flatMap(readObject) : [];
  }
}

/** Reads the JSON of a stream's frames, or all of it where it has no events. */
function readObjects(stream: string): Json[] {
  const texts: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => texts.push(data) });
  parser.feed(stream);
  parser.feed("\n\n");
  return (texts.length > 0 ? texts : [stream]).flatMap(readObject);
}

/** Whether a stream came to its end, or to an error, and did not just stop. */
const isOver = (stream: string): boolean =>
  readFrames(stream).some(({ isFinish, isError }) => isFinish || isError);

const listChoices = ({ choices }: Json): Json[] =>
  Array.isArray(choices) ? choices.filter(isObject) : [];

/** Joins the pieces of a tool call: its texts one after the other, all else as it first came. */
function joinToolCalls(before: unknown, pieces: readonly unknown[]): Json[] {
  const calls: Json[] = Array.isArray(before) ? before.filter(isObject) : [];
  for (const piece of pieces.filter(isObject)) {
    const { index, ...rest } = piece;
    const at = typeof index === "number" ? index : calls.length;
    calls[at] = joinDelta(calls[at] ?? {}, rest);
  }
  return calls.filter(isObject);
}

/** Fields of a delta whose texts are whole each time. */
const WHOLE_FIELDS = new Set(["role", "id", "type"]);

function joinDelta(before: Json, delta: Json): Json {
  const joined: Record<string, unknown> = { ...before };
  for (const [field, value] of Object.entries(delta)) {
    const known = before[field];
    if (value === null || value === undefined) joined[field] ??= null;
    else if (field === "tool_calls" && Array.isArray(value))
      joined[field] = joinToolCalls(known, value);
    else if (typeof known === "string" && typeof value === "string" && !WHOLE_FIELDS.has(field))
      joined[field] = known + value;
    else if (Array.isArray(known) && Array.isArray(value)) joined[field] = [...known, ...value];
    else if (isObject(known) && isObject(value)) joined[field] = joinDelta(known, value);
    else joined[field] = value;
  }
  return joined;
}

/** Joins the pieces of one choice into the choice of a whole reply. */
const joinChoice = (before: Json | undefined, piece: Json): Json => {
  const { delta, message, ...rest } = piece;
  const text = delta ?? message;
  return {
    ...before,
    ...rest,
    message: joinDelta(
      isObject(before?.["message"]) ? before["message"] : { role: "assistant", content: null },
      isObject(text) ? text : {},
    ),
    finish_reason: piece["finish_reason"] ?? before?.["finish_reason"] ?? null,
  };
};

/**
 * Joins a stream that came in place of a whole reply: some vendors stream whatever they are asked.
 * @returns the completion, or null where the text is no stream of completions, or one that stopped
 *   before its end: a part of a reply must not look like all of it
 */
export function joinCompletion(stream: string): Json | null {
  const frames = readObjects(stream);
  const choices: Json[] = [];
  const tally = new UsageTally();
  let joined: Record<string, unknown> = {};
  for (const frame of frames) {
    const { choices: _, usage: _usage, ...envelope } = frame;
    joined = { ...joined, ...envelope };
    tally.add(readReplyText(frame), findUsage(frame));
    for (const [position, piece] of listChoices(frame).entries()) {
      const index = typeof piece["index"] === "number" ? piece["index"] : position;
      const at = choices.findIndex((choice) => choice["index"] === index);
      const choice = joinChoice(choices[at], { ...piece, index });
      if (at < 0) choices.push(choice);
      else choices[at] = choice;
    }
  }
  if (choices.length === 0 && joined["error"] === undefined) return null;
  if (!isOver(stream)) return null;
  const { usage } = tally;
  return {
    ...joined,
    object: "chat.completion",
    choices,
    ...(usage === undefined ? {} : { usage }),
  };
}

const event = (json: object): string => `data: ${JSON.stringify(json)}\n\n`;

/** Returns the delta of a whole message: tool calls have their index in it. */
function toDelta(message: unknown): unknown {
  if (!isObject(message) || !Array.isArray(message["tool_calls"])) return message;
  const calls = message["tool_calls"].map((each: unknown, index) =>
    isObject(each) ? { index, ...each } : each,
  );
  return { ...message, tool_calls: calls };
}

/** Returns a whole completion as a chunk of a stream. */
export const toChunk = (completion: Json): Json => ({
  ...completion,
  object: "chat.completion.chunk",
  choices: listChoices(completion).map(({ message, ...choice }) => ({
    ...choice,
    delta: toDelta(message ?? choice["delta"] ?? {}),
  })),
});

/**
 * Splits a whole reply that came in place of a stream into one chunk, and the usage where the
 * client asked for it. One that an error ended has no `[DONE]`.
 * @param usage what the client is shown; null where it did not ask
 */
export function splitCompletion(
  completion: Json,
  usage: object | null,
  endedInError: boolean,
): string {
  const chunk = toChunk(mapUsage(completion, null));
  const shown = usage === null ? "" : event({ ...chunk, choices: [], usage });
  return `${event(chunk)}${shown}${endedInError ? "" : "data: [DONE]\n\n"}`;
}
