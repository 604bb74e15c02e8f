import { parseArgs } from "node:util";
import { Stripe } from "stripe";
import { POINTS } from "./sandbox/points.ts";
import { SUBSCRIPTION_POINTS } from "./sandbox/subscription-points.ts";
import { runPoint, Trial } from "./sandbox/trial.ts";

const USAGE = `STRIPE_SECRET_KEY=sk_test_… npm run stripe:sandbox [-- --base <url>]
  STRIPE_SECRET_KEY  a test key of a Stripe sandbox; live keys are refused
  --base             another address than Stripe's: that of the local Stripe`;

/** Reads the command line and the key. Returns null if they cannot be understood. */
function readTarget() {
  try {
    const { values } = parseArgs({ options: { base: { type: "string" } } });
    const base = values.base ?? process.env["STRIPE_API_BASE"];
    if (base !== undefined && !URL.canParse(base)) return null;
    const key = process.env["STRIPE_SECRET_KEY"] ?? "";
    return /^(sk|rk)_test_/.test(key) ? { key, base } : null;
  } catch {
    return null;
  }
}

const target = readTarget();
if (target === null) {
  console.error(USAGE);
  process.exit(2);
}
const address = target.base === undefined ? undefined : new URL(target.base);
const stripe = new Stripe(target.key, {
  telemetry: false,
  ...(address === undefined
    ? {}
    : {
        protocol: address.protocol === "http:" ? ("http" as const) : ("https" as const),
        host: address.hostname,
        ...(address.port === "" ? {} : { port: address.port }),
      }),
});

const verdicts: string[] = [];
for (const point of [...POINTS, ...SUBSCRIPTION_POINTS]) {
  const trial = new Trial(stripe);
  verdicts.push(await runPoint(trial, point));
  await trial.cleanUp();
}
const count = (verdict: string) => verdicts.filter((one) => one === verdict).length;
console.log(
  `\n${count("holds")} hold, ${count("does not hold")} do not, ` +
    `${count("could not be tried")} could not be tried.`,
);
if (count("does not hold") > 0 || count("holds") === 0) process.exitCode = 1;
