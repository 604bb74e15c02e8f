import { mkdirSync, writeFileSync } from "node:fs";
import { makeAssets } from "./assets.ts";

// npm run assets: writes the files of public/ that are made of npm packages.
const root = new URL("../../", import.meta.url);
for (const { path, content } of makeAssets(root)) {
  const file = new URL(`public/${path}`, root);
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, content);
}
