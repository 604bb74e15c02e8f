import { readFileSync } from "node:fs";
import { ICON_NAMES } from "../../src/pages/ui/icon-names.ts";

/** Returns the sprite of the icons that the pages use, from heroicons' outline set (MIT). */
export function iconSprite(root: URL): string {
  const symbols = ICON_NAMES.map((name) => {
    const svg = readFileSync(
      new URL(`node_modules/heroicons/24/outline/${name}.svg`, root),
      "utf8",
    );
    const paths = svg.match(/<path\b[^>]*>/g) ?? [];
    const attributes = 'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5"';
    return `<symbol id="${name}" ${attributes}>\n${paths.join("\n")}\n</symbol>`;
  });
  return [
    '<svg xmlns="http://www.w3.org/2000/svg">',
    "<!-- Made by npm run assets of heroicons (MIT License, © Tailwind Labs, Inc.). -->",
    ...symbols,
    "</svg>\n",
  ].join("\n");
}
