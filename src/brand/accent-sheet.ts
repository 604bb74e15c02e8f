import { accentTokens } from "./accent-tokens.ts";

/** Rises with each change of how the sheet is made, since browsers keep it for a year. */
const VERSION = 1;

/** Returns the address of the style sheet of an accent. */
export const accentSheetPath = (accent: string): string =>
  `/brand/accent/${accent.slice(1)}.css?v=${VERSION}`;

/**
 * Returns the style sheet that puts an accent in force.
 * @param selector what it is in force in
 */
export function accentSheet(accent: string, selector: string): string {
  const { light, dark } = accentTokens(accent);
  const both = (name: "accent" | "onAccent" | "tint"): string =>
    `light-dark(${light[name]}, ${dark[name]})`;
  return `${selector} {
  --accent: ${both("accent")};
  --on-accent: ${both("onAccent")};
  --tint: ${both("tint")};
}
`;
}
