import { Marked, type RendererObject } from "marked";
import { mathSyntax } from "./math-syntax.ts";
import { escapeHtml, toSafeHref } from "./safe-html.ts";

/** The parts of a renderer that are loaded only where a message needs them. */
export interface MarkdownParts {
  readonly highlightCode: ((code: string, language: string) => string | null) | null;
  readonly toMathMl: ((tex: string, isBlock: boolean) => string | null) | null;
  /** The text of the button that copies code. */
  readonly copyLabel: string;
}

/** Renders a message as HTML, one element for each of its blocks. */
export type RenderBlocks = (markdown: string) => string[];

/** Longer messages are shown as they were written. */
const MARKDOWN_CHARACTERS_MAX = 200_000;
/** A longer paragraph of one piece takes long to read: its marks are looked at again and again. */
const PARAGRAPH_CHARACTERS_MAX = 20_000;
/** Deeper than people write, and less than what fills the stack or takes long. */
const NESTING_MAX = 20;

/** Links of messages tell nobody where they stood, and open beside the chat. */
const LINK_ATTRIBUTES = 'rel="noopener noreferrer nofollow ugc" target="_blank"';

const toPlainBlock = (text: string): string =>
  `<p class="plain" dir="auto">${escapeHtml(text)}</p>`;

/** Many quotes and lists begin in one line, or one begins far from its edge. */
const MANY_MARKS = `(?:(?:>|[-*+]|\\d{1,9}[.)])[ \\t]*){${NESTING_MAX},}`;
const FAR_MARK = `(?:[ \\t]{2}){${NESTING_MAX},}[-*+>]`;
const DEEPLY_NESTED = new RegExp(`^[ \\t]*${MANY_MARKS}|^${FAR_MARK}`, "m");

/** Returns whether a text is too long, or nested too deeply, to be rendered. */
const isTooMuch = (markdown: string): boolean =>
  markdown.length > MARKDOWN_CHARACTERS_MAX ||
  DEEPLY_NESTED.test(markdown) ||
  markdown
    .split(/\n[ \t]*\n/)
    .some((part) => part.length > PARAGRAPH_CHARACTERS_MAX && !/^ {0,3}(?:```|~~~)/m.test(part));

function toCodeBlock(parts: MarkdownParts, text: string, info: string): string {
  const [language = ""] = info.trim().split(/\s+/);
  const name = language.toLowerCase();
  const code = (name !== "" && parts.highlightCode?.(text, name)) || escapeHtml(text);
  const label = language === "" ? "" : `<span dir="ltr">${escapeHtml(language)}</span>`;
  const button = `<button type="button" data-copy-code>${escapeHtml(parts.copyLabel)}</button>`;
  return (
    `<div class="code"><div class="code-head">${label}${button}</div>` +
    `<pre tabindex="0" dir="ltr"><code>${code}</code></pre></div>`
  );
}

const rendererOf = (parts: MarkdownParts): RendererObject => ({
  // A model's HTML is text like any other.
  html: ({ text, block }) => (block ? `<p dir="auto">${escapeHtml(text)}</p>` : escapeHtml(text)),
  code: ({ text, lang }) => toCodeBlock(parts, text, lang ?? ""),
  codespan: ({ text }) => `<code dir="ltr">${escapeHtml(text)}</code>`,
  paragraph({ tokens }) {
    return `<p dir="auto">${this.parser.parseInline(tokens)}</p>`;
  },
  heading({ tokens, depth }) {
    // The page's own heading is the first, and the roles of messages are the second.
    const level = Math.min(6, depth + 2);
    return `<h${level} dir="auto">${this.parser.parseInline(tokens)}</h${level}>`;
  },
  blockquote({ tokens }) {
    return `<blockquote dir="auto">${this.parser.parse(tokens)}</blockquote>`;
  },
  list({ items, ordered, start }) {
    const tag = ordered ? "ol" : "ul";
    const from = ordered && typeof start === "number" && start !== 1 ? ` start="${start}"` : "";
    const kind = items.some(({ task }) => task) ? ' class="tasks"' : "";
    const body = items.map((item) => this.listitem(item)).join("");
    return `<${tag} dir="auto"${kind}${from}>${body}</${tag}>`;
  },
  listitem({ tokens, task, checked }) {
    const box = task ? (checked === true ? "☑ " : "☐ ") : "";
    const content = tokens.filter(({ type }) => type !== "checkbox");
    return `<li dir="auto">${box}${this.parser.parse(content)}</li>`;
  },
  table({ header, rows }) {
    const cell = (tag: "td" | "th", { tokens, align }: (typeof header)[number]): string => {
      const kind = align === "right" || align === "center" ? ` class="${align}"` : "";
      return `<${tag} dir="auto"${kind}>${this.parser.parseInline(tokens)}</${tag}>`;
    };
    const head = header.map((each) => cell("th", each)).join("");
    const body = rows.map((row) => `<tr>${row.map((each) => cell("td", each)).join("")}</tr>`);
    return (
      `<div class="scroll" tabindex="0"><table dir="auto"><thead><tr>${head}</tr></thead>` +
      `<tbody>${body.join("")}</tbody></table></div>`
    );
  },
  link({ href, tokens }) {
    const text = this.parser.parseInline(tokens);
    const address = toSafeHref(href);
    return address === null
      ? text
      : `<a href="${escapeHtml(address)}" ${LINK_ATTRIBUTES}>${text}</a>`;
  },
  // No picture is loaded from another host: it would learn who reads it, and when.
  image({ href, text }) {
    const address = toSafeHref(href);
    const label = escapeHtml(text === "" ? href : text);
    return address === null
      ? label
      : `<a href="${escapeHtml(address)}" ${LINK_ATTRIBUTES}>${label}</a>`;
  },
});

/** Creates a renderer of messages. Everything that it does not know by name is text. */
export function createRenderer(parts: MarkdownParts): RenderBlocks {
  const marked = new Marked({
    gfm: true,
    renderer: rendererOf(parts),
  });
  marked.use({
    extensions: mathSyntax(({ tex, isBlock }) => {
      const formula = parts.toMathMl?.(tex, isBlock) ?? `<code dir="ltr">${escapeHtml(tex)}</code>`;
      return isBlock ? `<div class="formula" tabindex="0" dir="ltr">${formula}</div>` : formula;
    }),
  });
  return (markdown) => {
    if (isTooMuch(markdown)) return [toPlainBlock(markdown)];
    try {
      return marked
        .lexer(markdown)
        .filter(({ type }) => type !== "space" && type !== "def")
        .map((token) => marked.parser([token]));
    } catch {
      return [toPlainBlock(markdown)];
    }
  };
}
