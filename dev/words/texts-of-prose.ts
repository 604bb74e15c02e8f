import type { FoundText } from "./text.ts";

/** Replaces all but line breaks, so that lines keep their numbers. */
const blank = (code: string): string => code.replaceAll(/[^\n]/g, " ");

/** Returns the paragraphs of a Markdown file, without its code. */
export function textsOfProse(source: string): readonly FoundText[] {
  const prose = source
    .replaceAll(/^( *)(```|~~~)[^]*?^\1\2/gm, blank)
    .replaceAll(/`[^`\n]*(?:\n[^`\n]+)?`/g, blank)
    .replaceAll(/\]\([^)]*\)/g, blank);
  let line = 1;
  return prose.split(/(\n(?:[ \t]*\n)+)/).flatMap((part, index) => {
    const at = line;
    line += part.split("\n").length - 1;
    return index % 2 === 0 && part.trim() !== "" ? [{ text: part, line: at }] : [];
  });
}
