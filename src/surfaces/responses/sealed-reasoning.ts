import { z } from "zod";

/** What a vendor seals of a model's thoughts: a signature of their text, or all of them. */
export type Seal =
  | { readonly form: "signature"; readonly data: string; readonly text: string }
  | { readonly form: "encrypted"; readonly data: string };

/** Marks what is more than one encrypted text: signatures, or several seals. */
const MARK = "frbx1.";

const seals = z.array(
  z.discriminatedUnion("form", [
    z.object({ form: z.literal("signature"), data: z.string(), text: z.string() }),
    z.object({ form: z.literal("encrypted"), data: z.string() }),
  ]),
);

function encode(text: string): string {
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}
const decode = (text: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));

/** Returns the `encrypted_content` of a reasoning item; null where nothing was sealed. */
export function toEncryptedContent(sealed: readonly Seal[]): string | null {
  const [first] = sealed;
  if (first === undefined) return null;
  return sealed.length === 1 && first.form === "encrypted"
    ? first.data
    : MARK + encode(JSON.stringify(sealed));
}

/** Reads an `encrypted_content` that a client sends back. What is not ours is its vendor's. */
function readEncryptedContent(content: string): readonly Seal[] {
  if (!content.startsWith(MARK)) return [{ form: "encrypted", data: content }];
  try {
    return seals.parse(JSON.parse(decode(content.slice(MARK.length))));
  } catch {
    return [{ form: "encrypted", data: content }];
  }
}

/**
 * Returns the fields of a message with what its model thought: what is sealed, as OpenRouter calls
 * it, or else the text, as most vendors call it.
 */
export function toReasoningFields(
  text: string,
  encryptedContent: string | null,
): Readonly<Record<string, unknown>> {
  const sealed = encryptedContent === null ? [] : readEncryptedContent(encryptedContent);
  const details = sealed.map((seal) =>
    seal.form === "signature"
      ? { type: "reasoning.text", text: seal.text, signature: seal.data }
      : { type: "reasoning.encrypted", data: seal.data },
  );
  if (details.length > 0) return { reasoning_details: details };
  return text === "" ? {} : { reasoning_content: text };
}
