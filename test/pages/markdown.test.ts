import { beforeAll, describe, expect, it } from "vitest";
import { loadRenderer } from "../../src/pages/markdown/index.ts";
import type { RenderBlocks } from "../../src/pages/markdown/render.ts";
import * as fc from "../support/fast-check.ts";

let renderBlocks: RenderBlocks;
beforeAll(async () => {
  renderBlocks = await loadRenderer("```js\n$x$", "Copy code");
});
const render = (markdown: string): string => renderBlocks(markdown).join("\n");

/** The elements that a message may become, beside those of MathML. */
const ELEMENTS = new Set(
  (
    "p h3 h4 h5 h6 blockquote ul ol li strong em del br hr a code pre div span button " +
    "table thead tbody tr th td"
  ).split(" "),
);
const ATTRIBUTES = /^(?:dir|class|href|rel|target|start|tabindex|type|data-copy-code)$/;
const MATH_ELEMENTS =
  /^(?:math|semantics|mrow|mi|mn|mo|ms|mtext|mspace|msup|msub|msubsup|mfrac|msqrt|mroot|mover|munder|munderover|mtable|mtr|mtd|mpadded|mphantom|mstyle|menclose|merror|mprescripts|mmultiscripts|none)$/;

/** Finds everything in HTML that is not known to be harmless, as workerd's own parser reads it. */
async function findHarm(html: string): Promise<string[]> {
  const harm: string[] = [];
  const rewriter = new HTMLRewriter()
    .on("*", {
      element(element) {
        const { tagName } = element;
        const isMath = MATH_ELEMENTS.test(tagName);
        if (!isMath && !ELEMENTS.has(tagName)) harm.push(`<${tagName}>`);
        for (const [name = "", value = ""] of element.attributes) {
          if (/^on|^style$|^src|^xlink|^formaction/i.test(name)) harm.push(`${tagName} ${name}`);
          if (!isMath && !ATTRIBUTES.test(name)) harm.push(`${tagName} ${name}`);
          if (name === "href" && !/^(?:https?:\/\/|mailto:)/.test(value)) harm.push(value);
          if (name === "href" && tagName !== "a") harm.push(`${tagName} href`);
        }
      },
      comments: () => void harm.push("comment"),
    })
    .transform(new Response(html));
  await rewriter.text();
  return harm;
}

describe("what a model or a user writes is never run", () => {
  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "text <svg onload=alert(1)> text",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<!-- a comment --><style>*{display:none}</style>",
    "<a href='javascript:alert(1)'>a</a>",
    "<form action=/account/delete method=post><button>x</button></form>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\nscript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](\u0001javascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "[a](file:///etc/passwd)",
    "[a](/account/delete)",
    "[a](//evil.test)",
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    '[a](https://a.test/"onmouseover="alert(1))',
    "[a](https://a.test 'x\" onmouseover=\"alert(1)')",
    "![x](https://a.test/pixel.png)",
    "![x](javascript:alert(1))",
    '![" onerror="alert(1)](https://a.test/x.png)',
    "![<img src=x onerror=alert(1)>](x)",
    '```"><script>alert(1)</script>\ncode\n```',
    '```js" onclick="alert(1)\ncode\n```',
    "```html\n<script>alert(1)</script>\n```",
    "`<img src=x onerror=alert(1)>`",
    "| <img src=x onerror=alert(1)> |\n|---|\n| <script>x</script> |",
    "# <img src=x onerror=alert(1)>",
    "- [x] <img src=x onerror=alert(1)>",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\url{javascript:alert(1)}$",
    "$\\includegraphics{https://a.test/x.png}$",
    '$\\class{x" onclick="alert(1)}{y}$',
    "$\\style{background:url(https://a.test)}{y}$",
    "$\\text{<img src=x onerror=alert(1)>}$",
    "$\\id{a}{x} \\data{a=b}{x}$",
    "$$\n\\color{red}{<script>alert(1)</script>}\n$$",
    "\\(\\rule{1em}{1em}\\boxed{x}\\)",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "www.a.test/<script>alert(1)</script>",
    "https://a.test/'onmouseover=alert(1)//",
  ])("%s", async (markdown) => {
    expect(await findHarm(render(markdown))).toEqual([]);
  });

  it("whatever it is", async () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom("<", ">", '"', "'", "`", "```", "$", "$$", "|", "\n", "\n\n", "[", "](", ")"),
      fc.constantFrom(
        "javascript:",
        "<script>",
        "onload=",
        "\\href{",
        "}",
        "![",
        "- ",
        "> ",
        "---",
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        expect(await findHarm(render(pieces.join("")))).toEqual([]);
      }),
    );
  });
});

describe("a message is shown as its Markdown says", () => {
  it("shows a table that scrolls by itself, with numbers to the end", () => {
    const html = render("| Name | Price |\n|---|--:|\n| a | **1** |");
    expect(html).toContain('<div class="scroll" tabindex="0"><table dir="auto">');
    expect(html).toContain('<td dir="auto" class="right"><strong>1</strong></td>');
  });

  it("shows code with its language and a button that copies it, in colours", () => {
    const html = render("```python\nprint(1)\n```");
    expect(html).toContain('<span dir="ltr">python</span>');
    expect(html).toContain("data-copy-code>Copy code</button>");
    expect(html).toContain('<span class="hljs-built_in">print</span>');
    expect(html).toContain('<pre tabindex="0" dir="ltr">');
  });

  it("shows code in a language that it does not know as it is", () => {
    expect(render("```brainfuck\n<+>\n```")).toContain("<code>&lt;+&gt;</code>");
  });

  it("shows formulas as MathML, and prices as prices", () => {
    const html = render("It is $x^2$ or \\(y\\), from $5 to $10.\n\n$$\n\\frac{a}{b}\n$$\n");
    expect(html.match(/<math/g)).toHaveLength(3);
    expect(html).toContain("from $5 to $10.");
    expect(html).toContain('<math display="block"');
  });

  it("shows a formula with a mistake as it was written", () => {
    expect(render("$\\frac{$")).toContain("\\frac{");
    expect(render("$$\n\\frac{\n$$\n")).toContain('<code dir="ltr">\\frac{</code>');
  });

  it("shows tasks, done or not", () => {
    const html = render("- [x] done\n- [ ] to do");
    expect(html).toContain("☑ done");
    expect(html).toContain("☐ to do");
  });

  it("shows links that tell nobody where they stood, and pictures as links", () => {
    expect(render("[a](https://a.test)")).toContain(
      '<a href="https://a.test/" rel="noopener noreferrer nofollow ugc" target="_blank">a</a>',
    );
    expect(render("![A cat](https://a.test/cat.png)")).not.toContain("<img");
  });

  it("lets each block have its own direction", () => {
    const blocks = renderBlocks("سلام **دنیا**\n\nHello\n\n- واحد\n- two\n\n> اقتباس\n\n# عنوان");
    for (const block of blocks) expect(block).toMatch(/^<\w+ dir="auto"/);
    expect(render("`rm -rf`")).toContain('<code dir="ltr">');
  });

  it("begins its headings below those of the page", () => {
    expect(render("# One\n\n###### Six")).toMatch(/<h3 [^>]*>One<\/h3>\n<h6 [^>]*>Six<\/h6>/);
  });
});

describe("a message that is made to be slow", () => {
  it.each([
    ["quotes", "> ".repeat(50_000)],
    ["lists", Array.from({ length: 5000 }, (_, at) => `${" ".repeat(at)}- x`).join("\n")],
    ["emphasis", "a_".repeat(100_000)],
    ["stars", "**a".repeat(60_000)],
    ["brackets", "[".repeat(100_000)],
    ["links", "[a](".repeat(50_000)],
    ["backticks", "`".repeat(50_000)],
    ["formulas", "$a ".repeat(50_000)],
    ["braces", `$${"{".repeat(5000)}${"}".repeat(5000)}$`],
    ["macros", "$\\def\\a{\\b\\b}\\def\\b{\\c\\c}\\def\\c{\\a\\a}\\a$"],
    ["sizes", "$\\rule{1e9em}{1e9em}$"],
  ])("%s are shown in good time", async (_, markdown) => {
    const startedAt = performance.now();
    const html = render(markdown);
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(await findHarm(html)).toEqual([]);
  });
});
