import temml from "temml";

/** A longer formula is shown as it was written: no reader's formula is. */
const TEX_CHARACTERS_MAX = 10_000;

/**
 * Temml sets some fine points by `style` attributes, which the policy of the pages forbids. In
 * MathML that it writes, quotes stand in tags only.
 */
const STYLE_ATTRIBUTE = / style="[^"]*"/g;

/**
 * Renders a formula as MathML, which browsers show with their own fonts.
 * @returns null where the TeX is faulty
 */
export function toMathMl(tex: string, isBlock: boolean): string | null {
  if (tex.length > TEX_CHARACTERS_MAX) return null;
  try {
    return temml
      .renderToString(tex, { displayMode: isBlock, throwOnError: true, trust: false })
      .replace(STYLE_ATTRIBUTE, "");
  } catch {
    return null;
  }
}
