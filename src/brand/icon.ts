import { accentTokens } from "./accent-tokens.ts";
import type { Brand } from "./brand.ts";

/** The accent of the design system. */
const DEFAULT_ACCENT = "#0b6b4f";

const XML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Returns the first letter of a name, which may be of several code points. */
function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name);
  return (first?.segment ?? "").toUpperCase();
}

/** Returns the accent as light themes show it. */
export const accentColor = ({ accent }: Pick<Brand, "accent">): string =>
  accentTokens(accent ?? DEFAULT_ACCENT).light.accent;

/** Draws an icon for a brand that has no picture: its initial on its accent. */
export function drawIcon({ name, accent }: Brand): string {
  const { light } = accentTokens(accent ?? DEFAULT_ACCENT);
  const initial = initialOf(name).replace(/[&<>"]/g, (character) => XML[character] ?? "");
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">' +
    `<rect width="64" height="64" rx="14" fill="${light.accent}"/>` +
    `<text x="32" y="33" fill="${light.onAccent}" font-family="system-ui,sans-serif" ` +
    'font-size="36" font-weight="700" text-anchor="middle" dominant-baseline="central">' +
    `${initial}</text></svg>\n`
  );
}
