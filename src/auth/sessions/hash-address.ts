const utf8 = new TextEncoder();

/**
 * Returns the HMAC-SHA-256 of an address under a secret, in hex: the same address can be recognised
 * in the log, and nobody reads it there.
 */
export async function hashAddress(secret: string, emailNormalized: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8.encode(secret), algorithm, false, ["sign"]);
  const text = utf8.encode(`sign-in address:${emailNormalized}`);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, text)).toHex();
}
