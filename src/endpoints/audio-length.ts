/**
 * The fewest bytes of a second of sound, of any format that vendors take: 6 kbit/s, the lowest rate
 * of Opus (RFC 6716 §2.1.1).
 */
const BYTES_PER_SECOND_MIN = 750;

/** The formats of a WAV file without compression: integers and floats. */
const PCM_FORMATS: ReadonlySet<number> = new Set([1, 3]);
const WAV_HEADER_BYTES = 36;

/**
 * Reads the rate of an uncompressed WAV file, in bytes a second, from the fields by which it is
 * decoded; null for any other file.
 */
function readWavRate(bytes: Uint8Array): number | null {
  if (bytes.length < WAV_HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (tag(0) !== "RIFF" || tag(8) !== "WAVE" || tag(12) !== "fmt ") return null;
  if (!PCM_FORMATS.has(view.getUint16(20, true))) return null;
  const channels = view.getUint16(22, true);
  const samplesPerSecond = view.getUint32(24, true);
  const bitsPerSample = view.getUint16(34, true);
  const rate = (channels * samplesPerSecond * bitsPerSample) / 8;
  // A rate that no recorder has would make a long file short.
  return channels <= 8 && samplesPerSecond <= 192_000 && bitsPerSample <= 64 && rate > 0
    ? rate
    : null;
}

/**
 * Returns the most seconds that a file of sound can have: those of an uncompressed WAV file by its
 * rate, of any other by the lowest rate of a codec. At least 1.
 */
export function boundSeconds(bytes: Uint8Array): number {
  const rate = readWavRate(bytes) ?? BYTES_PER_SECOND_MIN;
  return Math.max(1, Math.ceil(bytes.length / rate));
}
