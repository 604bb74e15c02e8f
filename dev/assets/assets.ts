import { readFileSync } from "node:fs";
import { iconSprite } from "./icon-sprite.ts";
import { bundleMarkdown } from "./markdown-scripts.ts";

/** A file of `public/` that is made of an npm package. */
export interface Asset {
  /** The path below `public/`. */
  readonly path: string;
  readonly content: Uint8Array;
}

const FONTS = "node_modules/@fontsource-variable";

/** Fonts, each with the path of its file in its package. The pages name them in `farebox.css`. */
const FILES: Readonly<Record<string, string>> = {
  "fonts/inter-latin.woff2": `${FONTS}/inter/files/inter-latin-wght-normal.woff2`,
  "fonts/inter-latin-ext.woff2": `${FONTS}/inter/files/inter-latin-ext-wght-normal.woff2`,
  "fonts/inter-LICENSE.txt": `${FONTS}/inter/LICENSE`,
  "fonts/vazirmatn-arabic.woff2": `${FONTS}/vazirmatn/files/vazirmatn-arabic-wght-normal.woff2`,
  "fonts/vazirmatn-LICENSE.txt": `${FONTS}/vazirmatn/LICENSE`,
};

/**
 * Makes every asset of the installed packages.
 * @param root the folder of the project
 */
export function makeAssets(root: URL): Asset[] {
  return [
    ...bundleMarkdown(root),
    { path: "icons.svg", content: new TextEncoder().encode(iconSprite(root)) },
    ...Object.entries(FILES).map(([path, source]) => ({
      path,
      content: new Uint8Array(readFileSync(new URL(source, root))),
    })),
  ];
}
