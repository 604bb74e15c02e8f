import { CreditAccount } from "../../src/account/index.ts";
import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";

/** What the platform would bill, of everything that went through this process. */
export const counts = { rowsWritten: 0, alarms: 0, rpcs: 0, d1Queries: 0 };

const cursors = new Set<{ readonly rowsWritten: number }>();

/** Adds up what cursors wrote; a cursor knows only once it was read. */
export function flushCounts(): typeof counts {
  for (const cursor of cursors) counts.rowsWritten += cursor.rowsWritten;
  cursors.clear();
  return counts;
}

/**
 * The same object with one method in place of its own; everything else goes to the object itself.
 */
function overrideMethod<T extends object>(
  target: T,
  name: keyof T,
  method: (...args: never[]) => unknown,
): void {
  Object.defineProperty(target, name, { configurable: true, value: method });
}

/** The account as it ships, in a storage that counts. */
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

/** A binding of which every use of `method` is told. */
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
          get(object, method) {
            const verb: unknown = Reflect.get(object, method, object);
            if (typeof verb !== "function") return verb;
            return (...args: unknown[]): unknown => {
              counts.rpcs += 1;
              return Reflect.apply(verb, object, args);
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
