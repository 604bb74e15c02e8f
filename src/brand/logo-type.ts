/** The media types of logos. */
export const LOGO_TYPES = ["image/png", "image/svg+xml", "image/webp"] as const;
export type LogoType = (typeof LOGO_TYPES)[number];

/** The most bytes of a logo. */
export const LOGO_BYTES_MAX = 256 * 1024;

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];

const hasAt = (bytes: Uint8Array, at: number, expected: readonly number[]): boolean =>
  expected.every((byte, index) => bytes[at + index] === byte);

/** What may stand before the root element of an SVG file. */
const BEFORE_ROOT = /^(?:\s|<\?xml[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE\s+svg[^>[]*>)*<svg[\s>]/i;

function isSvg(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    return BEFORE_ROOT.test(text.slice(0, 4096));
  } catch {
    return false;
  }
}

/**
 * Returns the type of a picture by its bytes, and not by what its sender calls it; null for
 * anything that is no logo.
 */
export function findLogoType(bytes: Uint8Array): LogoType | null {
  if (hasAt(bytes, 0, PNG)) return "image/png";
  if (hasAt(bytes, 0, ascii("RIFF")) && hasAt(bytes, 8, ascii("WEBP"))) return "image/webp";
  return isSvg(bytes) ? "image/svg+xml" : null;
}
