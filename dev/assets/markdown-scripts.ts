import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import type { Asset } from "./assets.ts";

/**
 * Bundles `src/pages/markdown` for browsers, which load it when a message has to be rendered there.
 * The colours of code and the formulas are files of their own.
 * @param root the folder of the project
 */
export function bundleMarkdown(root: URL): Asset[] {
  const { outputFiles } = buildSync({
    absWorkingDir: fileURLToPath(root),
    entryPoints: { markdown: "src/pages/markdown/browser.ts" },
    outdir: "public/vendor",
    chunkNames: "markdown-[name]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    banner: {
      js:
        "/* Made by npm run assets of marked (MIT), remend (Apache-2.0), " +
        "highlight.js (BSD-3-Clause) and temml (MIT). */",
    },
    write: false,
  });
  return outputFiles.map(({ path, contents }) => ({
    path: `vendor/${basename(path)}`,
    content: contents,
  }));
}
