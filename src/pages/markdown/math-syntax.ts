import type { TokenizerAndRendererExtension, Tokens } from "marked";

/** A formula in a message, in TeX. */
interface Formula extends Tokens.Generic {
  readonly tex: string;
  readonly isBlock: boolean;
}

/** `$$…$$` and `\[…\]`, on lines of their own. */
const BLOCK = /^ {0,3}(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\])[ \t]*(?:\n+|$)/;
/** `$$…$$`, `\[…\]` and `\(…\)` within a line. */
const INLINE = /^(?:\$\$([^$]+?)\$\$|\\\[([\s\S]+?)\\\]|\\\(([\s\S]+?)\\\))/;
/**
 * `$…$`: with no space inside the dollars and no digit after them, as in Pandoc, so that prices
 * ("$5 and $10") stay text.
 */
const DOLLARS = /^\$(?![\s$])((?:\\.|[^\\$\n])*?(?:\\.|[^\\$\s]))\$(?![\d$])/;

const findTex = (match: RegExpExecArray): string =>
  match.slice(1).find((group) => group !== undefined) ?? "";

/** Creates the extensions of marked that read formulas. */
export function mathSyntax(
  render: (formula: { tex: string; isBlock: boolean }) => string,
): TokenizerAndRendererExtension[] {
  const show = (token: Tokens.Generic): string =>
    render({ tex: String(token["tex"]), isBlock: token["isBlock"] === true });
  return [
    {
      name: "blockFormula",
      level: "block",
      start: (text) => /\n {0,3}(?:\$\$|\\\[)/.exec(text)?.index,
      tokenizer(text): Formula | undefined {
        const match = BLOCK.exec(text);
        if (match === null) return undefined;
        return { type: "blockFormula", raw: match[0], tex: findTex(match).trim(), isBlock: true };
      },
      renderer: show,
    },
    {
      name: "formula",
      level: "inline",
      start: (text) => /\$|\\[([]/.exec(text)?.index,
      tokenizer(text): Formula | undefined {
        const match = INLINE.exec(text) ?? DOLLARS.exec(text);
        if (match === null) return undefined;
        return { type: "formula", raw: match[0], tex: findTex(match).trim(), isBlock: false };
      },
      renderer: show,
    },
  ];
}
