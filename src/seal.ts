import { CompactEncrypt, compactDecrypt } from "jose";
import { listSecrets, type SecretHistory } from "./config.ts";

const KEY_MANAGEMENT = "dir";
const ENCRYPTION = "A256GCM";
const LEGACY_IV_BYTES = 12;

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
 * Encrypts a text, so that it is never stored in the clear: a compact JWE (`dir`, A256GCM) under a
 * key derived from `JWT_SECRET`.
 */
export async function seal(settings: SecretHistory, text: string): Promise<string> {
  return await new CompactEncrypt(utf8.encode(text))
    .setProtectedHeader({ alg: KEY_MANAGEMENT, enc: ENCRYPTION })
    .encrypt(await deriveSealingKey(settings.JWT_SECRET));
}

/**
 * Decrypts the form of earlier versions: IV, ciphertext and tag of AES-256-GCM under the same key,
 * in base64, which unlike a JWE has no dots.
 */
async function decryptLegacy(sealed: string, key: CryptoKey): Promise<ArrayBuffer> {
  const bytes = Uint8Array.fromBase64(sealed);
  const iv = bytes.slice(0, LEGACY_IV_BYTES);
  return await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.slice(LEGACY_IV_BYTES));
}

async function decrypt(sealed: string, key: CryptoKey): Promise<ArrayBuffer | Uint8Array> {
  if (!sealed.includes(".")) return await decryptLegacy(sealed, key);
  const { plaintext } = await compactDecrypt(sealed, key, {
    keyManagementAlgorithms: [KEY_MANAGEMENT],
    contentEncryptionAlgorithms: [ENCRYPTION],
  });
  return plaintext;
}

/**
 * Decrypts a text of `seal`, under the current secret and then the ones before it.
 * @returns null when it was sealed under none of them, or was tampered with
 */
export async function unseal(settings: SecretHistory, sealed: string): Promise<string | null> {
  for (const secret of listSecrets(settings)) {
    try {
      return new TextDecoder().decode(await decrypt(sealed, await deriveSealingKey(secret)));
    } catch {
      // Not sealed under this secret.
    }
  }
  return null;
}
