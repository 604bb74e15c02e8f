import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { app } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";

/** A Worker that dies before one of the things that it does to D1 or to an account. */
export interface DyingWorker {
  readonly env: Env;
  /** Whether it got as far as its death. */
  readonly died: () => boolean;
  /** Sends it a request. */
  readonly send: (request: Request) => Promise<Response>;
}

/**
 * The same bindings as the real Worker's, of which the n-th use (from 1) and every one after it
 * fails, as after a crash: statements to D1, and ways to a Durable Object.
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
  });
  return {
    env: dying,
    died: () => used >= step,
    send: async (request) => await app.fetch(request, dying, createExecutionContext()),
  };
}
