import { Hono } from "hono";
import type { Context } from "../context.ts";
import type { Env } from "../env.ts";

/** Everything that a route can rely on: the bindings, this request's id, and its context. */
export interface BaseEnv {
  Bindings: Env;
  Variables: { requestId: string; ctx: Context };
}

/** Creates a router for a room's `routes.ts`, to be mounted in `wire.ts`. */
export const router = () => new Hono<BaseEnv>();
