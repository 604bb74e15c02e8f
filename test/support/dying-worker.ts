import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { app } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";

/** A Worker that crashes before one of its uses of D1 or of an object. */
export interface DyingWorker {
  readonly env: Env;
  /** Whether it reached the step at which it crashes. */
  readonly died: () => boolean;
  /** Sends it a request. */
  readonly send: (request: Request) => Promise<Response>;
}

/**
 * Returns a Worker with the real bindings, whose n-th use (from 1) and every later one fails, as
 * after a crash. Statements to D1 and lookups of a Durable Object are counted.
 */
export function workerDyingAt(step: number): DyingWorker {
  let used = 0;
  const use = (): void => {
    used += 1;
    if (used >= step) throw new Error(`died at step ${step}`);
  };
  const guarded = <T extends object>(binding: T, method: keyof T): T =>
    new Proxy(binding, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (name === method) use();
          return Reflect.apply(value, target, args);
        };
      },
    });
  const dying: Env = Object.create(env, {
    DB: { value: guarded(env.DB, "prepare") },
    CREDIT_ACCOUNT: { value: guarded(env.CREDIT_ACCOUNT, "get") },
    CHAT_HISTORY: { value: guarded(env.CHAT_HISTORY, "get") },
  });
  return {
    env: dying,
    died: () => used >= step,
    send: async (request) => await app.fetch(request, dying, createExecutionContext()),
  };
}
