import type { Hono } from "hono";
import type { RouterRoute, Schema } from "hono/types";
import { findTargetHandler } from "hono/utils/handler";
import type { BaseEnv } from "../http/factory.ts";
import { metadataOf, type RouteMetadata } from "../http/route-metadata.ts";

/** An app of which only the routes are read. */
export type Wire<S extends Schema = Schema> = Hono<BaseEnv, S>;

/**
 * A route of the wire: what is registered under one method and path, and all that is asked of a
 * request on its way there.
 */
export interface WireRoute {
  readonly method: string;
  /** As Hono has it: `/v1/models/:id{.+}`. */
  readonly path: string;
  readonly metadata: readonly RouteMetadata[];
}

/** Pages are for people; what programs call begins like this. */
const WIRE_PATH = /^\/(api|v1|webhook|stripe)\//;

const coversRoute = (route: RouterRoute, method: string, path: string): boolean => {
  if (route.method !== "ALL") return route.method === method && route.path === path;
  if (!route.path.endsWith("/*")) return route.path === path;
  return path.startsWith(route.path.slice(0, -1)) || path === route.path.slice(0, -2);
};

/** Every route of the wire, once. */
export function listWireRoutes<S extends Schema>(wire: Wire<S>): WireRoute[] {
  const found = new Map<string, WireRoute>();
  for (const [at, { method, path }] of wire.routes.entries()) {
    if (method === "ALL" || !WIRE_PATH.test(path)) continue;
    // Middleware that is registered later does not run before it.
    const metadata = wire.routes
      .slice(0, at + 1)
      .filter((route) => coversRoute(route, method, path))
      .flatMap((route) => metadataOf(findTargetHandler(route.handler)) ?? []);
    found.set(`${method} ${path}`, { method, path, metadata });
  }
  return [...found.values()];
}
