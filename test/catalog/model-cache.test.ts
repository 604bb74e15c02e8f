import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import { clearModelCache, findModel } from "../../src/catalog/index.ts";
import { loadModels } from "../../src/catalog/model-cache.ts";
import { database } from "../../src/db.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";

/** Returns a D1 that counts its queries, and can be down. */
function watched() {
  const state = { asked: 0, isDown: false };
  const d1: D1Database = new Proxy(env.DB, {
    get(target, name) {
      if (name === "prepare") {
        return (sql: string) => {
          state.asked += 1;
          if (state.isDown) throw new Error("D1 is down");
          return target.prepare(sql);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { state, d1, db: database(d1) };
}

const never = () => new Promise<never>(() => {});

beforeAll(loadDefaultCatalog);
beforeEach(clearModelCache);

it("queries D1 once a minute, however often a model is needed", async () => {
  const { db, state } = watched();
  for (const nowMs of [0, 1, 30_000, 59_999])
    expect(await findModel(db, "small", nowMs)).toMatchObject({ id: "small" });
  expect(await findModel(db, "no such model", 59_999)).toBeUndefined();
  expect(state.asked).toBe(1);
  await findModel(db, "small", 60_000);
  expect(state.asked).toBe(2);
});

it("does not cache that there are none yet: the first catalog is used at once", async () => {
  const { db } = watched();
  const active = await env.DB.prepare("select id from models where is_active = 1").all<{
    id: string;
  }>();
  await env.DB.prepare("update models set is_active = 0").run();
  try {
    expect((await loadModels(db, 0)).size).toBe(0);
  } finally {
    for (const { id } of active.results)
      await env.DB.prepare("update models set is_active = 1 where id = ?").bind(id).run();
  }
  expect(await findModel(db, "small", 1)).toMatchObject({ id: "small" });
});

it("lets concurrent first callers share one query", async () => {
  const { db, state } = watched();
  await Promise.all(Array.from({ length: 20 }, () => loadModels(db, 0)));
  expect(state.asked).toBe(1);
});

it("queries again after a failure, and throws it where nothing is cached", async () => {
  const { db, state } = watched();
  state.isDown = true;
  await expect(Promise.all([loadModels(db, 0), loadModels(db, 0)])).rejects.toThrow();
  await expect(loadModels(db, 0)).rejects.toThrow();
  state.isDown = false;
  expect((await loadModels(db, 0)).size).toBe(3);
});

it("uses models of up to ten minutes ago while D1 is down", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const { db, state } = watched();
  const before = await loadModels(db, 0);
  state.isDown = true;
  expect(await loadModels(db, 60_000)).toBe(before);
  expect(await loadModels(db, 64_999)).toBe(before);
  expect(state.asked).toBe(2);
  expect(await loadModels(db, 599_999)).toBe(before);
  expect(state.asked).toBe(3);
  await expect(loadModels(db, 600_000)).rejects.toThrow();
  state.isDown = false;
  expect((await loadModels(db, 600_001)).size).toBe(3);
});

it("does not wait for ever on a query of another request that never ends", async () => {
  vi.useFakeTimers();
  try {
    const { d1, state } = watched();
    let isLost = true;
    const losing = new Proxy(d1, {
      get(target, name) {
        if (name !== "prepare" || !isLost) return Reflect.get(target, name);
        isLost = false;
        const statement = { bind: () => statement, raw: never, all: never };
        return () => statement;
      },
    });
    const db = database(losing);
    void loadModels(db, 0);
    const others = Promise.all([loadModels(db, 0), loadModels(db, 0), loadModels(db, 0)]);
    await vi.advanceTimersByTimeAsync(2000);
    expect((await others).map((models) => models.size)).toEqual([3, 3, 3]);
    expect(state.asked).toBe(1);
    expect((await loadModels(db, 60_000)).size).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});
