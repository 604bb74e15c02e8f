import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { app } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";

/** A Worker that crashes before one of its uses of D1 or of an object. */
export interface DyingWorker {
  readonly env: Env;
  /** Whether it reached the step at which it crashes. */
  readonly died: () => boolean;
  /** Counts a step of another kind, such as a request to a service. */
  readonly use: () => void;
  /** Sends it a request. */
  readonly send: (request: Request) => Promise<Response>;
}

/**
 * Returns a Worker with the real bindings, whose n-th use (from 1) and every later one fails, as
 * after a crash. Statements to D1 and lookups of a Durable Object are counted.
 * @param base the bindings and settings, where they are not those of all tests
 */
export function workerDyingAt(step: number, base: Env = env): DyingWorker {
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
  const dying: Env = Object.create(base, {
    DB: { value: guarded(env.DB, "prepare") },
    CREDIT_ACCOUNT: { value: guarded(env.CREDIT_ACCOUNT, "get") },
    CHAT_HISTORY: { value: guarded(env.CHAT_HISTORY, "get") },
  });
  return {
    env: dying,
    died: () => used >= step,
    use,
    send: async (request) => {
      const execution = createExecutionContext();
      const response = await app.fetch(request, dying, execution);
      // What follows the answer dies as the rest does.
      await waitOnExecutionContext(execution).catch(() => {});
      return response;
    },
  };
}
