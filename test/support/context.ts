import { env } from "cloudflare:workers";
import { readConfig } from "../../src/config.ts";
import type { Context } from "../../src/context.ts";
import { database } from "../../src/db.ts";

/** Creates the context of a request or run, as the wire and the cron do. */
export const testContext = (given: Partial<Context> = {}): Context => {
  const bindings = given.env ?? env;
  return {
    env: bindings,
    db: database(bindings.DB),
    config: readConfig(bindings),
    nowMs: Date.now(),
    actor: { kind: "system", id: "test" },
    ...given,
  };
};
