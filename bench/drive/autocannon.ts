import { readFileSync } from "node:fs";
import { z } from "zod";

const load = z.object({
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  keys: z.array(z.string()),
  body: z.looseObject({}),
  connections: z.number(),
  seconds: z.number(),
});
const measured = z.object({
  "2xx": z.number(),
  non2xx: z.number(),
  errors: z.number(),
  duration: z.number(),
  latency: z.object({ p50: z.number(), p99: z.number() }),
});

/**
 * Does with autocannon what wrk.lua does with wrk. Arguments: the path of autocannon's module, and
 * a file with the load.
 */
const [module = "", file = ""] = process.argv.slice(2);
const { url, headers, keys, body, connections, seconds } = load.parse(
  JSON.parse(readFileSync(file, "utf8")),
);
const imported: { readonly default: (options: object) => Promise<unknown> } = await import(module);
const requests = keys.map((key) => ({
  method: "POST",
  headers: { ...headers, "content-type": "application/json", authorization: `Bearer ${key}` },
  body: JSON.stringify(body),
}));
const result = measured.parse(
  await imported.default({ url, connections, duration: seconds, requests }),
);
console.log(
  JSON.stringify({
    answers: result["2xx"],
    seconds: result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    refused: result.non2xx,
    broken: result.errors,
  }),
);
