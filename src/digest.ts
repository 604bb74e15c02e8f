const utf8 = new TextEncoder();

/** Returns the SHA-256 of a text or of bytes, in hex. */
export async function sha256Hex(value: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof value === "string" ? utf8.encode(value) : value;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
