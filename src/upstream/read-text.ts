/**
 * Reads a reply as text, up to so many bytes and the rest of a piece.
 * @param heard called at every piece
 * @returns the text, and whether that is all of it; what is left is not read
 */
export async function readText(
  response: Response,
  maxBytes: number,
  onActivity: () => void = () => undefined,
): Promise<{ readonly text: string; readonly whole: boolean }> {
  const { body, headers } = response;
  if (body === null) return { text: "", whole: true };
  // Read natively where its length is told: HTTP lets no more than that through.
  const contentLength = headers.get("content-length");
  if (
    contentLength !== null &&
    headers.get("content-encoding") === null &&
    Number(contentLength) <= maxBytes
  )
    return { text: await response.text(), whole: true };
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    onActivity();
    bytes += read.value.length;
    pieces.push(decoder.decode(read.value, { stream: true }));
    if (bytes > maxBytes) {
      await reader.cancel();
      return { text: pieces.join(""), whole: false };
    }
  }
  return { text: pieces.join("") + decoder.decode(), whole: true };
}
