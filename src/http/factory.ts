import { Hono } from "hono";
import type { Config } from "../config.ts";
import type { Env } from "../env.ts";

/**
 * What every route can rely on: the bindings, this request's id and when it came (ms), and the
 * operator's settings, checked.
 */
export interface BaseEnv {
  Bindings: Env;
  Variables: { requestId: string; receivedAt: number; config: Config };
}

/** A router for a room's `routes.ts`, to be mounted in `app.ts`. */
export const router = () => new Hono<BaseEnv>();
