import type { z } from "zod";
import { sha256Hex } from "../digest.ts";
import { fail, ok, type Result } from "../errors.ts";
import { boundSeconds } from "./audio-length.ts";
import { checkFields } from "./parse-body.ts";
import { type Sound, transcriptionFields } from "./transcriptions.ts";

/** A form with a file of sound. */
interface SoundForm {
  readonly fields: z.output<typeof transcriptionFields>;
  readonly sound: Sound;
  /** What an `Idempotency-Key` belongs to: the form without the mark between its parts. */
  readonly fingerprinted: Uint8Array<ArrayBuffer>;
}

/** Returns the text fields of a form. A name that ends in `[]` is a list. */
function listFields(form: FormData): Record<string, string | string[]> {
  const names = [...new Set(form.keys())].filter((name) => name !== "file");
  return Object.fromEntries(
    names.map((name) => {
      const values = form.getAll(name).map(String);
      return [name, name.endsWith("[]") ? values : (values.at(-1) ?? "")];
    }),
  );
}

/**
 * Reads a form with a file of sound, and how long it may be.
 * @returns `unsupported_media_type` for a body that is no form; `invalid_request`
 */
export async function readSoundForm(request: Request): Promise<Result<SoundForm>> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data\s*;/i.test(type))
    return fail("unsupported_media_type", "Send a form, with content-type: multipart/form-data.");
  let form: FormData;
  try {
    form = await request.formData();
  } catch {
    return fail("invalid_request", "The body isn't a valid form.");
  }
  const files = form.getAll("file");
  const [file] = files;
  if (files.length !== 1 || !(file instanceof File) || file.size === 0)
    return fail("invalid_request", "file: must be one sound file.", { param: "file" });
  const other = [...form].find(([name, value]) => name !== "file" && value instanceof File);
  if (other !== undefined)
    return fail("invalid_request", `${other[0].slice(0, 100)}: must be text.`, {
      param: other[0].slice(0, 100),
    });
  const texts = listFields(form);
  const fields = checkFields(transcriptionFields, texts);
  if (!fields.ok) return fields;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const named = JSON.stringify([texts, file.name, await sha256Hex(bytes)]);
  return ok({
    fields: fields.value,
    sound: { file, maxSeconds: boundSeconds(bytes) },
    fingerprinted: new Uint8Array(new TextEncoder().encode(named)),
  });
}
