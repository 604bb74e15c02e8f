import { z } from "zod";
import { fail, ok, type Result } from "../../errors.ts";
import { mapEach, parseAt, refuseField } from "../core/parse-at.ts";

/** A part of a chat's message. */
export type ChatPart = Readonly<Record<string, unknown>> & { readonly type: string };

const text = z.looseObject({ text: z.string() });
const refusal = z.looseObject({ refusal: z.string() });
const image = z.looseObject({
  image_url: z.string().nullish(),
  detail: z.string().nullish(),
  file_id: z.string().nullish(),
});
const file = z.looseObject({
  file_data: z.string().nullish(),
  filename: z.string().nullish(),
  file_id: z.string().nullish(),
  file_url: z.string().nullish(),
});
const audio = z.looseObject({ input_audio: z.looseObject({}) });
const part = z.looseObject({ type: z.string() });

const refuseFileId = (path: string) =>
  refuseField(`${path}.file_id`, "isn't supported: there are no uploaded files. Send the content.");

function toImage(value: unknown, path: string): Result<ChatPart> {
  const parsed = parseAt(image, value, path);
  if (!parsed.ok) return parsed;
  const { image_url: url, detail, file_id } = parsed.value;
  if (typeof file_id === "string") return refuseFileId(path);
  if (typeof url !== "string") return refuseField(`${path}.image_url`, "is required");
  return ok({
    type: "image_url",
    image_url: { url, ...(typeof detail === "string" ? { detail } : {}) },
  });
}

function toFile(value: unknown, path: string): Result<ChatPart> {
  const parsed = parseAt(file, value, path);
  if (!parsed.ok) return parsed;
  const { file_data, filename, file_id, file_url } = parsed.value;
  if (typeof file_id === "string") return refuseFileId(path);
  if (typeof file_url === "string")
    return refuseField(`${path}.file_url`, "isn't supported. Send the file as file_data.");
  if (typeof file_data !== "string") return refuseField(`${path}.file_data`, "is required");
  return ok({
    type: "file",
    file: { ...(typeof filename === "string" ? { filename } : {}), file_data },
  });
}

/** Converts a part of an item's content to a part of a chat's message. */
function toChatPart(value: unknown, path: string): Result<ChatPart> {
  const parsed = parseAt(part, value, path);
  if (!parsed.ok) return parsed;
  switch (parsed.value.type) {
    case "input_text":
    case "output_text":
    case "text": {
      const read = parseAt(text, value, path);
      return read.ok ? ok({ type: "text", text: read.value.text }) : read;
    }
    case "refusal": {
      const read = parseAt(refusal, value, path);
      return read.ok ? ok({ type: "refusal", refusal: read.value.refusal }) : read;
    }
    case "input_image":
      return toImage(value, path);
    case "input_file":
      return toFile(value, path);
    case "input_audio": {
      const read = parseAt(audio, value, path);
      return read.ok ? ok({ type: "input_audio", input_audio: read.value.input_audio }) : read;
    }
    default:
      return fail(
        "invalid_request",
        `${path}.type: "${parsed.value.type.slice(0, 100)}" isn't supported: use input_text, ` +
          "input_image, output_text or refusal.",
        { param: `${path}.type` },
      );
  }
}

/** Converts an item's content: a text, or a list of parts. */
export const toChatContent = (
  content: string | readonly unknown[],
  path: string,
): Result<ChatPart[]> =>
  typeof content === "string"
    ? ok([{ type: "text", text: content }])
    : mapEach(content, (each, at) => toChatPart(each, `${path}.${at}`));

/**
 * Returns the text of parts that have nothing else, since many vendors take no parts; null where
 * there is more than text.
 */
export const joinText = (parts: readonly ChatPart[], separator: string): string | null =>
  parts.every(({ type }) => type === "text")
    ? parts.map((each) => String(each["text"])).join(separator)
    : null;
