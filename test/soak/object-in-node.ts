/** An account's object in Node: its storage and D1 on `node:sqlite`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CreditAccount } from "../../src/account/credit-account.ts";
import { PlantedFailure } from "./planted-failure.ts";

const MIGRATIONS = join(import.meta.dirname, "../../migrations");

export type Row = Record<string, unknown>;
type Value = null | number | bigint | string | Uint8Array;

/** SQLite of Node gives blobs as bytes, and SQLite of an object as buffers. */
const toObjectValue = (value: unknown): unknown =>
  value instanceof Uint8Array
    ? value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength)
    : value;

const isWrite = (query: string): boolean => /^\s*(insert|update|delete)/i.test(query);

/** A database in memory, with its statements prepared once. */
class MemoryDatabase {
  readonly #db = new DatabaseSync(":memory:");
  readonly #prepared = new Map<string, ReturnType<DatabaseSync["prepare"]>>();

  run(query: string): void {
    this.#db.exec(query);
  }

  all(query: string, bindings: readonly Value[]): Row[] {
    let statement = this.#prepared.get(query);
    if (statement === undefined) {
      statement = this.#db.prepare(query);
      this.#prepared.set(query, statement);
    }
    return statement.all(...bindings);
  }

  /** Runs `body` in a transaction, which a failure rolls back. */
  transact<T>(body: () => T): T {
    this.#db.exec("SAVEPOINT operation");
    try {
      const result = body();
      this.#db.exec("RELEASE operation");
      return result;
    } catch (error) {
      this.#db.exec("ROLLBACK TO operation; RELEASE operation");
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }
}

/** The SQL of an object. `exec` is of the class, so that a test can put its own before it. */
class ObjectSql {
  readonly #all: MemoryDatabase["all"];
  readonly #run: MemoryDatabase["run"];
  #failAfter: number | null = null;

  constructor(all: MemoryDatabase["all"], run: MemoryDatabase["run"]) {
    this.#all = all;
    this.#run = run;
  }

  exec(query: string, ...bindings: Value[]) {
    if (isWrite(query) && this.#failAfter !== null) {
      if (this.#failAfter === 0) throw new PlantedFailure("this write was to fail");
      this.#failAfter -= 1;
    }
    // A step of the schema is several statements, and has no bindings.
    if (bindings.length === 0 && /;\s*\S/.test(query)) {
      this.#run(query);
      return cursor([]);
    }
    return cursor(this.#all(query, bindings));
  }

  failWriteAfter(writes: number | null): void {
    this.#failAfter = writes;
  }
}

/** The storage of a Durable Object, as far as an account uses it. */
export class ObjectStorage {
  #db = new MemoryDatabase();
  #alarmAt: number | null = null;

  readonly sql = new ObjectSql(
    (query, bindings) => this.#db.all(query, bindings),
    (query) => this.#db.run(query),
  );

  transactionSync<T>(body: () => T): T {
    return this.#db.transact(body);
  }

  getAlarm(): Promise<number | null> {
    return Promise.resolve(this.#alarmAt);
  }

  setAlarm(at: number): Promise<void> {
    this.#alarmAt = at;
    return Promise.resolve();
  }

  deleteAlarm(): Promise<void> {
    this.#alarmAt = null;
    return Promise.resolve();
  }

  deleteAll(): Promise<void> {
    this.#db.close();
    this.#db = new MemoryDatabase();
    return Promise.resolve();
  }

  close(): void {
    this.#db.close();
  }
}

/** The result of `sql.exec`: rows to iterate once. */
function cursor(rows: readonly Row[]) {
  const values = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toObjectValue(value)])),
  );
  const iterator = values[Symbol.iterator]();
  return Object.assign(iterator, {
    toArray: () => [...values],
    one: () => {
      const [only, ...more] = values;
      if (only === undefined || more.length > 0) throw new Error(`${values.length} rows, not one`);
      return only;
    },
  });
}

/** D1 with the tables of the migrations, which can be down. */
export class MemoryD1 {
  readonly #db = new MemoryDatabase();
  isDown = false;

  constructor() {
    for (const name of readdirSync(MIGRATIONS).toSorted())
      if (name.endsWith(".sql")) this.#db.run(readFileSync(`${MIGRATIONS}/${name}`, "utf8"));
  }

  all(query: string, bindings: readonly Value[] = []): Row[] {
    if (this.isDown) throw new Error("D1 is down");
    return this.#db.all(query, bindings);
  }

  prepare(query: string) {
    const statement = (bindings: readonly Value[]) => ({
      run: () => Promise.resolve({ results: this.all(query, bindings), success: true, meta: {} }),
      all: () => Promise.resolve({ results: this.all(query, bindings), success: true, meta: {} }),
      first: () => Promise.resolve(this.all(query, bindings)[0] ?? null),
    });
    return { ...statement([]), bind: (...bindings: Value[]) => statement(bindings) };
  }

  async batch(statements: readonly { run: () => Promise<unknown> }[]): Promise<unknown[]> {
    if (this.isDown) throw new Error("D1 is down");
    return await Promise.all(statements.map((statement) => statement.run()));
  }
}

/** Makes an object on its storage, as the platform does when it wakes one. */
export function wakeAccount(storage: ObjectStorage, d1: MemoryD1): CreditAccount {
  const state: DurableObjectState = Object.assign(Object.create(null), {
    storage,
    blockConcurrencyWhile: (body: () => Promise<unknown>) => body(),
  });
  const env: ConstructorParameters<typeof CreditAccount>[1] = Object.assign(Object.create(null), {
    DB: d1,
  });
  return new CreditAccount(state, env);
}
