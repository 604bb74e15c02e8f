import { serve } from "@hono/node-server";
import { Hono } from "hono";
import type { TestProject } from "vitest/node";
import { trafficProblems } from "./exchange.ts";
import type { Traffic } from "./traffic.ts";

declare module "vitest" {
  interface ProvidedContext {
    stripeContract: string;
  }
}

/**
 * Starts the server that holds traffic against Stripe's declarations. Tests in workerd cannot read
 * the package's files, so they post what they recorded: see test/support/stripe-traffic.ts.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  const app = new Hono().post("/", async (c) =>
    c.json(trafficProblems(await c.req.json<Traffic>())),
  );
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
    resolve(port),
  );
  // Kept open: workerd may send on a connection just as Node closes it for being idle.
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = 0;
  project.provide("stripeContract", `http://127.0.0.1:${await promise}`);
  return () => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  };
}
