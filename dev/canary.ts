import { parseArgs } from "node:util";
import { checkPaidPoints } from "./canary/paid-points.ts";
import { checkPublicPoints } from "./canary/public-points.ts";
import { Report } from "./canary/report.ts";

const USAGE = `FAREBOX_KEY=sk_… npm run canary -- <url> [--model <id>]
  FAREBOX_KEY  the key of a user who pays for two chats of one token;
               without it only what is public is checked
  --model      the model of these chats (the cheapest)`;

/** Reads the command line. Returns null if it cannot be understood. */
function readTarget() {
  try {
    const options = { model: { type: "string" } } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    const [url, ...more] = positionals;
    if (url === undefined || more.length > 0 || !URL.canParse(url)) return null;
    return { url: url.replace(/\/+$/, ""), model: values.model ?? null };
  } catch {
    return null;
  }
}

const target = readTarget();
if (target === null) {
  console.error(USAGE);
  process.exit(2);
}
const report = new Report();
await checkPublicPoints(report, target.url);
const key = process.env["FAREBOX_KEY"] ?? "";
if (key === "") report.skip("Paid chats", "set FAREBOX_KEY to check them");
else await checkPaidPoints(report, { ...target, key });
if (report.failed > 0) {
  console.log(`\n${report.failed} points are not as they should be.`);
  process.exitCode = 1;
} else console.log("\nAll of it is as it should be.");
