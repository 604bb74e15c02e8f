import { sha256Hex } from "../digest.ts";
import { fail, ok, type Result } from "../errors.ts";
import { findLogoType, LOGO_BYTES_MAX } from "./logo-type.ts";
import type { Logo } from "./store.ts";

const refuse = (message: string) => fail("invalid_request", `logo: ${message}`, { param: "logo" });

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return null;
  }
}

/** Reads an uploaded logo, which its own bytes have to prove to be a picture. */
export async function decodeLogo(base64: string): Promise<Result<Logo>> {
  const bytes = fromBase64(base64);
  if (bytes === null) return refuse("must be base64");
  if (bytes.length > LOGO_BYTES_MAX) return refuse("must be a picture of at most 256 KiB");
  const type = findLogoType(bytes);
  if (type === null) return refuse("must be a PNG, SVG or WebP picture");
  const digest = (await sha256Hex(bytes)).slice(0, 32);
  return ok({ digest, type, base64: bytes.toBase64() });
}
