import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { makeAssets } from "../../dev/assets/assets.ts";

const root = new URL("../../", import.meta.url);

it.each(makeAssets(root))("public/$path is what `npm run assets` makes", ({ path, content }) => {
  const written = new Uint8Array(readFileSync(new URL(`public/${path}`, root)));
  expect(Buffer.from(written).equals(Buffer.from(content))).toBe(true);
});
