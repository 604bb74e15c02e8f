import { contrast, type Oklch, oklchToHex, parseHex, toOklch } from "./oklch.ts";

/** The least contrast of text (WCAG 2.2, 1.4.3). */
const CONTRAST_MIN = 4.5;
/** Rounding to 8 bits and the nearest step must not fall below that. */
const CONTRAST_SOUGHT = 4.55;

/** The accent in one theme. */
export interface AccentTokens {
  /** The color of links, and what buttons are filled with. */
  readonly accent: string;
  /** Text on that fill. */
  readonly onAccent: string;
  /** A background with a touch of the accent. */
  readonly tint: string;
}

/**
 * A theme's backgrounds on which the accent is text: those of the design system that are the
 * hardest to read it on. A test compares them with `farebox.css`.
 */
interface Theme {
  readonly background: string;
  readonly tintLightness: number;
  readonly tintChromaMax: number;
  /** The direction in which contrast grows. */
  readonly step: number;
}

const LIGHT: Theme = {
  background: "#eef2ef",
  tintLightness: 0.95,
  tintChromaMax: 0.03,
  step: -0.005,
};
const DARK: Theme = {
  background: "#2a3531",
  tintLightness: 0.28,
  tintChromaMax: 0.04,
  step: 0.005,
};

/** Text on the accent: white, or nearly black. */
const TEXTS = ["#ffffff", "#0b0f0d"] as const;

/** Returns the color that is nearest in lightness and can be read on all backgrounds. */
function readableOn(
  color: Oklch,
  hex: string,
  theme: Theme,
  backgrounds: readonly string[],
): string {
  const isReadable = (candidate: string, least: number): boolean =>
    backgrounds.every((background) => contrast(candidate, background) >= least);
  if (isReadable(hex, CONTRAST_MIN)) return hex;
  for (let lightness = color.lightness; lightness >= 0 && lightness <= 1; lightness += theme.step) {
    const candidate = oklchToHex({ ...color, lightness });
    if (isReadable(candidate, CONTRAST_SOUGHT)) return candidate;
  }
  return theme.step < 0 ? "#000000" : "#ffffff";
}

function tokensIn(theme: Theme, hex: string): AccentTokens {
  const color = toOklch(parseHex(hex));
  const tint = oklchToHex({
    lightness: theme.tintLightness,
    chroma: Math.min(color.chroma, theme.tintChromaMax),
    hue: color.hue,
  });
  const accent = readableOn(color, hex, theme, [theme.background, tint]);
  const [light, dark] = TEXTS;
  const onAccent = contrast(light, accent) >= contrast(dark, accent) ? light : dark;
  return { accent, onAccent, tint };
}

/**
 * Returns the accent in both themes for any color: as it was chosen where text in it can be read,
 * else as little darker or lighter as makes it so.
 * @param hex `#rrggbb`
 */
export const accentTokens = (
  hex: string,
): { readonly light: AccentTokens; readonly dark: AccentTokens } => ({
  light: tokensIn(LIGHT, hex),
  dark: tokensIn(DARK, hex),
});
