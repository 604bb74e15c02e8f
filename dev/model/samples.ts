/** A PNG of one pixel. */
export const PICTURE_BASE64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const SAMPLES_PER_SECOND = 8000;
const HEADER_BYTES = 44;

/** Returns a WAV file of silence: one channel, 8 bits, 8000 samples a second. */
export function soundOf(seconds: number): Uint8Array<ArrayBuffer> {
  const samples = Math.round(seconds * SAMPLES_PER_SECOND);
  const bytes = new Uint8Array(HEADER_BYTES + samples).fill(128, HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const write = (at: number, tag: string) => bytes.set(new TextEncoder().encode(tag), at);
  write(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLES_PER_SECOND, true);
  view.setUint32(28, SAMPLES_PER_SECOND, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  write(36, "data");
  view.setUint32(40, samples, true);
  return bytes;
}

/** Returns the seconds of a file that `soundOf` made. */
export const secondsOf = ({ size }: Blob): number =>
  Math.max(0, size - HEADER_BYTES) / SAMPLES_PER_SECOND;
