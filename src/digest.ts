const utf8 = new TextEncoder();

/** Returns the SHA-256 of a text or of bytes, in hex. */
export async function sha256Hex(value: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof value === "string" ? utf8.encode(value) : value;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Returns the SHA-256 (hex) of bytes one after the other, which may be too large to be copied. */
export async function sha256HexOfParts(parts: readonly Uint8Array[]): Promise<string> {
  const stream = new crypto.DigestStream("SHA-256");
  const writer = stream.getWriter();
  for (const part of parts) await writer.write(part);
  await writer.close();
  return new Uint8Array(await stream.digest).toHex();
}
