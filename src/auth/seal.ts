import type { Config } from "../config.ts";

type SealConfig = Pick<Config, "JWT_SECRET" | "JWT_SECRET_PREVIOUS">;

const IV_BYTES = 12;
const utf8 = new TextEncoder();

async function deriveSealingKey(secret: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", utf8.encode(secret), "HKDF", false, [
    "deriveKey",
  ]);
  const derivation = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: utf8.encode("farebox kept answers"),
  };
  return await crypto.subtle.deriveKey(derivation, base, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
}

/**
 * Encrypts a text (AES-256-GCM, a fresh IV in front, base64), so that what it holds is never stored
 * in the clear.
 */
export async function seal(settings: SealConfig, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const key = await deriveSealingKey(settings.JWT_SECRET);
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, utf8.encode(text)),
  );
  const bytes = new Uint8Array(IV_BYTES + sealed.length);
  bytes.set(iv);
  bytes.set(sealed, IV_BYTES);
  return bytes.toBase64();
}

/**
 * Decrypts what `seal` gave, also under the secret before. Null when it was sealed under neither,
 * or was tampered with.
 */
export async function unseal(settings: SealConfig, sealed: string): Promise<string | null> {
  const bytes = Uint8Array.fromBase64(sealed);
  const iv = bytes.slice(0, IV_BYTES);
  for (const secret of [settings.JWT_SECRET, settings.JWT_SECRET_PREVIOUS]) {
    if (secret === undefined) continue;
    try {
      const text = await crypto.subtle.decrypt(
        { name: "AES-GCM", iv },
        await deriveSealingKey(secret),
        bytes.slice(IV_BYTES),
      );
      return new TextDecoder().decode(text);
    } catch {
      // Not under this one.
    }
  }
  return null;
}
