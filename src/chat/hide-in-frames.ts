import { editJson } from "./edit-json.ts";
import { GAP } from "./find-usage.ts";
import { splitFrames } from "./frames.ts";
import { type Cover, ERROR_FRAME, hideVendor } from "./hide-vendor.ts";

/**
 * Names in nearly every frame of every vendor that say nothing of it. Not those that only some
 * vendors' frames have at their top (`type`, `message`): such a frame is read.
 */
const PLAIN_NAMES = `id object created model choices index delta role content refusal logprobs
  finish_reason tool_calls function name arguments reasoning reasoning_content obfuscation
  usage prompt_tokens completion_tokens total_tokens`
  .split(/\s+/)
  .join("|");

/** A frame's fields that most often name a vendor, and whose values are texts. */
const NAMING = '"(?:system_fingerprint|service_tier|provider)"';
const TEXT = '"(?:[^"\\\\]|\\\\.)*"';
const NAMING_FIELD = new RegExp(
  `,${GAP}${NAMING}${GAP}:${GAP}(?:${TEXT}|null)|${NAMING}${GAP}:${GAP}(?:${TEXT}|null)${GAP},`,
  "g",
);

/** A line that clients do not read as data: a comment, the name or the id of an event. */
const OTHER_LINE = /(?<![^\r\n])(?!data:|:(?:[\r\n]|$))[^\r\n]+/;
const OTHER_LINES = new RegExp(OTHER_LINE.source, "g");

/** An event that is called an error, whatever is in it. */
const ERROR_EVENT = /(?<![^\r\n])event:[ \t]*error[ \t]*(?:[\r\n]|$)/;

/**
 * Matches what may name a vendor: a field of another name, an id in another form, data that is not
 * an object, a line that is no data. A name within a text has its quotes escaped.
 */
const MAY_NAME = new RegExp(
  [
    `"(?!(?:${PLAIN_NAMES})")(?:[^"\\\\]|\\\\.)*"${GAP}:`,
    `"id"${GAP}:${GAP}(?!"chatcmpl-)`,
    "(?<![^\\r\\n])data:(?![ \\t]*(?:\\{|\\[DONE\\]))",
    OTHER_LINE.source,
  ].join("|"),
);

const hideInFrame = (frame: string, cover: Cover, showsCost: boolean): string =>
  ERROR_EVENT.test(frame)
    ? ERROR_FRAME
    : editJson(
        frame.replace(OTHER_LINES, ":"),
        (json) => hideVendor(json, { ...cover, form: "chunk", showsCost }),
        (line) => (/^data:\s*\[DONE\]/.test(line) ? line : ":"),
      );

/**
 * Returns whole frames of a stream without what would name their vendor. One search finds the
 * frames in which nothing does: they stay as they came, byte for byte, and are not parsed.
 * @param showsCost whether `cost` in their usage is Farebox's own
 */
export function hideInFrames(frames: string, cover: Cover, showsCost: boolean): string {
  if (!MAY_NAME.test(frames)) return frames;
  const text = frames.replace(NAMING_FIELD, "");
  if (!MAY_NAME.test(text)) return text;
  return splitFrames(text)
    .map((frame) => (MAY_NAME.test(frame) ? hideInFrame(frame, cover, showsCost) : frame))
    .join("");
}
