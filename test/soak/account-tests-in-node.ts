/**
 * `cloudflare:test` and the `env` of `cloudflare:workers` in Node, as far as the account's tests
 * use them: with these `npm run test:mutation` runs tests that `npm test` runs in workerd.
 */
import type { CreditAccount } from "../../src/account/credit-account.ts";
import type * as InNode from "./object-in-node.ts";

export { DurableObject } from "./workers-in-node.ts";

/** Loaded on first use: the account's class extends what this file exports. */
const load = (): Promise<typeof InNode> => import("./object-in-node.ts");

/** One object: its storage, and what is in memory until it is evicted. */
class TestObject {
  #storage: InNode.ObjectStorage | null = null;
  #awake: CreditAccount | null = null;

  async wake() {
    const { ObjectStorage, wakeAccount } = await load();
    this.#storage ??= new ObjectStorage();
    this.#awake ??= wakeAccount(this.#storage, await openD1());
    return { instance: this.#awake, storage: this.#storage };
  }

  evict(): void {
    this.#awake = null;
  }
}

let d1: InNode.MemoryD1 | null = null;
async function openD1(): Promise<InNode.MemoryD1> {
  const { MemoryD1 } = await load();
  d1 ??= new MemoryD1();
  return d1;
}

/** Weak: a run of mutants makes hundreds of thousands of objects. */
const objects = new WeakMap<object, TestObject>();
const stubsByName = new Map<string, object>();

function find(stub: object): TestObject {
  const object = objects.get(stub);
  if (object === undefined) throw new Error("this stub is of no object in Node");
  return object;
}

/** Returns a stub: each of its methods is that of the object, and what passes is copied. */
function makeStub(): object {
  const object = new TestObject();
  const call = async (name: string | symbol, ...values: readonly unknown[]) => {
    const { instance } = await object.wake();
    const method: unknown = Reflect.get(instance, name);
    if (typeof method !== "function") throw new TypeError(`no method ${String(name)}`);
    return structuredClone(await method.apply(instance, structuredClone(values)));
  };
  const stub = new Proxy(Object.create(null), {
    // A stub that is returned from an async function is no promise.
    get: (_target, name) => (name === "then" ? undefined : call.bind(null, name)),
  });
  objects.set(stub, object);
  return stub;
}

export const env = {
  CREDIT_ACCOUNT: {
    newUniqueId: () => ({ name: null }),
    idFromName: (name: string) => ({ name }),
    get: ({ name }: { readonly name: string | null }) => {
      if (name === null) return makeStub();
      const stub = stubsByName.get(name) ?? makeStub();
      stubsByName.set(name, stub);
      return stub;
    },
  },
  DB: {
    prepare: (query: string) => {
      const prepare = async (values: readonly (string | number)[]) =>
        (await openD1()).prepare(query).bind(...values);
      const statement = (...values: readonly (string | number)[]) => ({
        run: async () => await (await prepare(values)).run(),
        all: async () => await (await prepare(values)).all(),
        first: async () => await (await prepare(values)).first(),
      });
      return { ...statement(), bind: statement };
    },
    batch: async (statements: readonly { run: () => Promise<unknown> }[]) =>
      await (await openD1()).batch(statements),
  },
};

export const runInDurableObject = async (
  stub: object,
  body: (instance: CreditAccount, state: { storage: InNode.ObjectStorage }) => unknown,
): Promise<unknown> => {
  const { instance, storage } = await find(stub).wake();
  return await body(instance, { storage });
};

export function evictDurableObject(stub: object): void {
  find(stub).evict();
}

/** Runs the alarm that is set now, and returns whether one was. */
export async function runDurableObjectAlarm(stub: object): Promise<boolean> {
  const { instance, storage } = await find(stub).wake();
  if ((await storage.getAlarm()) === null) return false;
  await storage.deleteAlarm();
  await instance.alarm();
  return true;
}
