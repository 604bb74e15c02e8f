import { availableParallelism } from "node:os";
import { measureSlowness } from "./slowness.ts";

/** The minutes that `npm test` takes on two idle cores of a small server. */
const MINUTES_ON_TWO_CORES = 19;
/** As many workerds run at once (vitest.config.ts). More cores than that are not used. */
const CORES_USED_MAX = 3;

// npm test runs it first: whoever waits is told for how long.
const cores = Math.min(CORES_USED_MAX, availableParallelism());
const minutes = Math.ceil(((MINUTES_ON_TWO_CORES * 2) / cores) * measureSlowness());
console.log(
  `All tests take about ${minutes} minutes on this machine. ` +
    "One folder is tested by: npx vitest run '--project=!external:*' test/<folder>",
);
