import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";

/** Returns a stub whose calls take `awayMs` longer, half of it on the way there. */
const moveAway = <T extends object>(stub: T, awayMs: number): T =>
  new Proxy(stub, {
    get(account, rpcName) {
      const rpc: unknown = Reflect.get(account, rpcName, account);
      if (typeof rpc !== "function") return rpc;
      return async (...args: unknown[]): Promise<unknown> => {
        await scheduler.wait(awayMs / 2);
        const answer: unknown = await Reflect.apply(rpc, account, args);
        await scheduler.wait(awayMs / 2);
        return answer;
      };
    },
  });

const moved = new WeakMap<Env, Env>();

function moveAccounts(env: Env, awayMs: number): Env {
  const existing = moved.get(env);
  if (existing !== undefined) return existing;
  const accounts = new Proxy(env.CREDIT_ACCOUNT, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name !== "get") return value.bind(target);
      return (id: DurableObjectId) => moveAway(target.get(id), awayMs);
    },
  });
  const movedEnv: Env = Object.create(env, { CREDIT_ACCOUNT: { value: accounts } });
  moved.set(env, movedEnv);
  return movedEnv;
}

/** The Worker as it ships, with accounts that are `awayMs` of a round trip away. */
export const farFetch = (
  request: Request,
  env: Env,
  context: ExecutionContext,
  awayMs: number,
): Response | Promise<Response> => worker.fetch(request, moveAccounts(env, awayMs), context);
