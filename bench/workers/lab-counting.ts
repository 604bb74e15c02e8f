import { CreditAccount } from "../../src/account/index.ts";
import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";

/** The counts of what the platform would bill, for this whole process. */
export const counts = { rowsWritten: 0, alarms: 0, rpcs: 0, d1Queries: 0 };

const cursors = new Set<{ readonly rowsWritten: number }>();

/** Adds up the rows that cursors wrote, which a cursor knows only after it was read. */
export function flushCounts(): typeof counts {
  for (const cursor of cursors) counts.rowsWritten += cursor.rowsWritten;
  cursors.clear();
  return counts;
}

/** Replaces one method of an object. */
function overrideMethod<T extends object>(
  target: T,
  name: keyof T,
  method: (...args: never[]) => unknown,
): void {
  Object.defineProperty(target, name, { configurable: true, value: method });
}

/** The account as it ships, with a storage that counts. */
export class CountedAccount extends CreditAccount {
  constructor(state: DurableObjectState, env: Env) {
    const { storage } = state;
    const { sql } = storage;
    const exec = sql.exec.bind(sql);
    overrideMethod(sql, "exec", (query: string, ...bindings: SqlStorageValue[]) => {
      const cursor = exec(query, ...bindings);
      cursors.add(cursor);
      return cursor;
    });
    const setAlarm = storage.setAlarm.bind(storage);
    overrideMethod(storage, "setAlarm", (at: number | Date) => {
      counts.alarms += 1;
      return setAlarm(at);
    });
    super(state, env);
  }
}

/** Wraps a binding so that `onCall` is called for every method call. */
const watchCalls = <T extends object>(binding: T, onCall: (name: string | symbol) => void): T =>
  new Proxy(binding, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        onCall(name);
        return Reflect.apply(value, target, args);
      };
    },
  });

const watching = new WeakMap<Env, Env>();

function watchEnv(env: Env): Env {
  const existing = watching.get(env);
  if (existing !== undefined) return existing;
  const accounts = new Proxy(env.CREDIT_ACCOUNT, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name !== "get") return value.bind(target);
      return (id: DurableObjectId) => {
        const stub = target.get(id);
        return new Proxy(stub, {
          get(account, rpcName) {
            const rpc: unknown = Reflect.get(account, rpcName, account);
            if (typeof rpc !== "function") return rpc;
            return (...args: unknown[]): unknown => {
              counts.rpcs += 1;
              return Reflect.apply(rpc, account, args);
            };
          },
        });
      };
    },
  });
  const database = watchCalls(env.DB, (name) => {
    if (name === "prepare" || name === "exec") counts.d1Queries += 1;
  });
  const watchedEnv: Env = Object.create(env, {
    CREDIT_ACCOUNT: { value: accounts },
    DB: { value: database },
  });
  watching.set(env, watchedEnv);
  return watchedEnv;
}

/** The Worker as it ships, with bindings that count. */
export const countedFetch = (
  request: Request,
  env: Env,
  context: ExecutionContext,
): Response | Promise<Response> => worker.fetch(request, watchEnv(env), context);
