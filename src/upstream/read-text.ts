/**
 * Reads a reply as text, up to a number of bytes and the rest of that chunk.
 * @param onActivity called at every chunk
 * @returns the text, and whether it is whole; what is left is not read
 */
export async function readText(
  response: Response,
  maxBytes: number,
  onActivity: () => void = () => undefined,
): Promise<{ readonly text: string; readonly whole: boolean }> {
  const { body, headers } = response;
  if (body === null) return { text: "", whole: true };
  // Read natively where its length is declared: HTTP lets no more than that through.
  const contentLength = headers.get("content-length");
  if (
    contentLength !== null &&
    headers.get("content-encoding") === null &&
    Number(contentLength) <= maxBytes
  )
    return { text: await response.text(), whole: true };
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const chunks: string[] = [];
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    onActivity();
    bytes += read.value.length;
    chunks.push(decoder.decode(read.value, { stream: true }));
    if (bytes > maxBytes) {
      await reader.cancel();
      return { text: chunks.join(""), whole: false };
    }
  }
  return { text: chunks.join("") + decoder.decode(), whole: true };
}
