import { beforeAll, describe, expect, it } from "vitest";
import { loadRenderer } from "../../src/pages/markdown/index.ts";
import type { RenderBlocks } from "../../src/pages/markdown/render.ts";
import { toShowableMarkdown } from "../../src/pages/markdown/while-streaming.ts";
import * as fc from "../support/fast-check.ts";

let renderBlocks: RenderBlocks;
beforeAll(async () => {
  renderBlocks = await loadRenderer("```js\n$x$", "Copy");
});

/** Returns the blocks that a reader sees after each character of a reply. */
const watch = (markdown: string): string[][] =>
  Array.from(markdown, (_, at) => renderBlocks(toShowableMarkdown(markdown.slice(0, at + 1))));
/** Returns what is shown after each character, in one piece. */
const watchText = (markdown: string): string[] => watch(markdown).map((blocks) => blocks.join(""));

const REPLY = `# Title

Some **bold**, *slanted*, \`code\` and [a link](https://a.test/path) of $5.

| a | b |
|---|--:|
| 1 | 2 |

1. one
2. two
   - nested

\`\`\`js
let a = \`x\`; // **no**
\`\`\`

$$
\\frac{a}{b}
$$

> quoted \\(x_1\\)

- [ ] open
- [x] done

The end.`;

describe("a reply under way", () => {
  it("shows no mark that is about to become something else", () => {
    for (const html of watchText(REPLY)) {
      const text = html.replace(/<pre.*?<\/pre>/gs, "").replace(/<[^>]+>/g, "");
      expect(text).not.toMatch(/\*\*|\$\$|\||\[ \]|\]\(|`|\\frac|\\\(/);
    }
  });

  it("keeps each block as it is once the next one has begun", () => {
    const steps = watch(REPLY);
    const final = steps.at(-1) ?? [];
    for (const blocks of steps)
      expect(final.slice(0, -1)).toEqual(expect.arrayContaining(blocks.slice(0, -1)));
  });

  it("never takes a block away", () => {
    const counts = watch(REPLY).map((blocks) => blocks.length);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });

  it("is in the end what a page shows", () => {
    expect(renderBlocks(toShowableMarkdown(REPLY))).toEqual(renderBlocks(REPLY));
  });

  it.each([
    ["half a fence", "Code:\n\n``", "Code:"],
    ["half a closing fence", "```js\na\n``", "a"],
    ["half a table", "Look:\n\n| a | b |\n|--", "Look:"],
    ["half a formula", "So $$\\frac{a}{", "So"],
    ["half a link", "See [the docs](https://exa", "See the docs"],
    ["a lone mark", "Then **", "Then"],
  ])("shows %s without its marks", (_, half, shown) => {
    const html = renderBlocks(toShowableMarkdown(half)).join("");
    const text = html.replace(/<div class="code-head">.*?<\/div>/g, "").replace(/<[^>]+>/g, "");
    expect(text.trim()).toBe(shown);
  });

  it("shows code that is still open as code", () => {
    expect(renderBlocks(toShowableMarkdown("```python\nprint(1)\nif")).join("")).toContain("<pre");
  });

  it("is shown whatever it is, and cut anywhere", () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom("`", "```", "$", "$$", "|", "\n", "\n\n", "[", "](", "**", "- ", "\\("),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        expect(() => watchText(pieces.join(""))).not.toThrow();
      }),
    );
  });
});
