/** Messages in Markdown as HTML, on the server and in the browser. See README.md. */
import { createRenderer, type RenderBlocks } from "./render.ts";

/** Whether a text may have code that is to be coloured, or a formula. */
const HAS_CODE = /```|~~~/;
const HAS_FORMULA = /\$|\\[([]/;

/**
 * Loads a renderer with the parts that a text needs: most need neither colours nor formulas.
 * @param copyLabel the text of the button that copies code
 */
export async function loadRenderer(markdown: string, copyLabel: string): Promise<RenderBlocks> {
  const [code, math] = await Promise.all([
    HAS_CODE.test(markdown) ? import("./highlight.ts") : null,
    HAS_FORMULA.test(markdown) ? import("./math.ts") : null,
  ]);
  return createRenderer({
    highlightCode: code?.highlightCode ?? null,
    toMathMl: math?.toMathMl ?? null,
    copyLabel,
  });
}
