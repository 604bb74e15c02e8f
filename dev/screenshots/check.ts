import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestPageSources, SCREENSHOT_FOLDER } from "./digest.ts";

// npm run check:screenshots: the pictures of docs/screenshots show the pages as they are now.
const root = fileURLToPath(new URL("../..", import.meta.url));
const madeFrom = readFileSync(join(root, SCREENSHOT_FOLDER, "made-from.txt"), "utf8").trim();
if (madeFrom === digestPageSources(root))
  console.log("The screenshots show the pages as they are.");
else {
  console.log("The pages have changed since the screenshots were taken: npm run screenshots.");
  process.exitCode = 1;
}
