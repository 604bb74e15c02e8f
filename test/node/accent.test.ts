import { readFileSync } from "node:fs";
import { assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { accentSheet } from "../../src/brand/accent-sheet.ts";
import { accentTokens } from "../../src/brand/accent-tokens.ts";
import { contrast } from "../../src/brand/oklch.ts";

const sheet = readFileSync("public/farebox.css", "utf8");

/** Returns the two values of a color of the design system. */
function token(name: string): { light: string; dark: string } {
  const found = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(sheet);
  const [, light = "", dark = ""] = found ?? [];
  return { light, dark };
}
const BACKGROUNDS = ["paper", "raised", "sunken"].filter((name) => sheet.includes(`--${name}:`));

const hex = integer({ min: 0, max: 0xffffff }).map(
  (value) => `#${value.toString(16).padStart(6, "0")}`,
);

describe("an accent of any color", () => {
  const expectReadable = (accent: string) => {
    const tokens = accentTokens(accent);
    for (const theme of ["light", "dark"] as const) {
      const { accent: shown, onAccent, tint } = tokens[theme];
      const backgrounds = [tint, ...BACKGROUNDS.map((name) => token(name)[theme])];
      for (const background of backgrounds)
        expect(contrast(shown, background), `${shown} on ${background}`).toBeGreaterThanOrEqual(
          4.5,
        );
      expect(contrast(onAccent, shown), `${onAccent} on ${shown}`).toBeGreaterThanOrEqual(4.5);
      const ink = token("ink")[theme];
      expect(contrast(ink, tint), `${ink} on ${tint}`).toBeGreaterThanOrEqual(4.5);
    }
  };

  it.each(["#ffffff", "#000000", "#ffff00", "#00ff00", "#0000ff", "#ff0000", "#808080", "#0b6b4f"])(
    "%s can be read in both themes, as a link, a button and on its tint",
    expectReadable,
  );

  it("can be read, whichever it is", () => {
    assert(property(hex, expectReadable), { numRuns: 300 });
  });

  it("stays as it was chosen where it can be read, and else keeps its hue", () => {
    expect(accentTokens("#1d4ed8").light.accent).toBe("#1d4ed8");
    expect(accentTokens("#fde047").dark.accent).toBe("#fde047");
    expect(accentTokens("#000000").light.accent).toBe("#000000");
    const { accent } = accentTokens("#ff0000").dark;
    expect(accent).toMatch(/^#f[0-9a-f]/);
  });

  it("measures contrast as WCAG does", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  });

  it("is a style sheet of the design system's own tokens", () => {
    const css = accentSheet("#1d4ed8", ":root");
    expect(css).toMatch(/^:root \{\n {2}--accent: light-dark\(#1d4ed8, #[0-9a-f]{6}\);/);
    for (const [, name = ""] of css.matchAll(/(--[a-z-]+):/g)) expect(sheet).toContain(`${name}:`);
  });
});
