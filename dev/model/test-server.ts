import { type Http2Bindings, type HttpBindings, serve } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import type { TestProject } from "vitest/node";
import { createLocalModel, type LocalModel } from "./app.ts";
import type { Behaviour } from "./behaviour.ts";
import type { Gate } from "./gate.ts";

declare module "vitest" {
  interface ProvidedContext {
    modelServer: string;
  }
}

interface TestModel {
  readonly model: LocalModel;
  gate: Gate | null;
}

/**
 * Starts a server with a local model for each test that asks (`/<any name>/v1/…`) behind a real
 * socket, so that a stream that stalls, breaks or is abandoned behaves as on a network. Tests
 * script theirs under `/<name>/_test/…`, through `test/support/model-server.ts`.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const models = new Map<string, TestModel>();
  const getModel = (name: string): TestModel => {
    const testModel = models.get(name) ?? {
      model: createLocalModel({ apiKey: "upstream-key" }),
      gate: null,
    };
    models.set(name, testModel);
    return testModel;
  };

  const app = new Hono<{ Bindings: HttpBindings | Http2Bindings }>()
    .post("/:name/_test/next", async (c) => {
      const { behaviour, times } = await c.req.json<{ behaviour: Behaviour; times: number }>();
      getModel(c.req.param("name")).model.next(behaviour, times);
      return c.body(null, 204);
    })
    .post("/:name/_test/gate", (c) => {
      const testModel = getModel(c.req.param("name"));
      testModel.gate = testModel.model.gate();
      return c.body(null, 204);
    })
    .post("/:name/_test/open", (c) => {
      const frames = c.req.query("frames");
      getModel(c.req.param("name")).gate?.open(frames === undefined ? undefined : Number(frames));
      return c.body(null, 204);
    })
    .get("/:name/_test/calls", (c) => {
      const { calls } = getModel(c.req.param("name")).model;
      return c.json(
        calls.map(({ rawBody, outcome, framesSent }) => ({ rawBody, outcome, framesSent })),
      );
    })
    .all("/:name/*", async (c) => {
      const name = c.req.param("name");
      const url = c.req.url.replace(`/${name}/`, "/");
      try {
        return await getModel(name).model.fetch(new Request(url, c.req.raw));
      } catch {
        c.env.outgoing.destroy();
        return RESPONSE_ALREADY_SENT;
      }
    });

  const { promise, resolve } = Promise.withResolvers<number>();
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
    resolve(port),
  );
  // Kept open: workerd may send on a connection just as Node closes it for being idle.
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = 0;
  project.provide("modelServer", `http://127.0.0.1:${await promise}`);
  return async () => {
    for (const { model } of models.values()) model.reset();
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  };
}
