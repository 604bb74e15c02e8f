import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { beforeAll, expect, it, vi } from "vitest";
import { app } from "../../src/app.ts";
import { describeError } from "../../src/billing/stripe/stripe-failure.ts";
import { database } from "../../src/db.ts";
import type { Env } from "../../src/env.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const fail = () => Promise.reject(new Error("D1_ERROR: the disk is on fire"));

/**
 * The Worker's bindings with a database that takes every statement and fails at those that match.
 */
function failingAt(statement: RegExp): Env {
  const failing = { bind: () => failing, all: fail, run: fail, raw: fail, first: fail };
  const prepare = (query: string) => (statement.test(query) ? failing : env.DB.prepare(query));
  const batch = (statements: D1PreparedStatement[]) =>
    statements.some((one) => Object.is(one, failing)) ? fail() : env.DB.batch(statements);
  const own = { prepare, batch };
  const DB = new Proxy(env.DB, {
    get(target, name) {
      if (name === "prepare" || name === "batch") return own[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return Object.create(env, { DB: { value: DB } });
}

it("I12: the log of a failed statement has its text, and none of its values", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const email = uniqueEmail();
  const request = new Request("http://farebox.test/api/auth/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: "a long ride home" }),
  });
  const response = await app.fetch(
    request,
    failingAt(/^select .* from "users"/i),
    createExecutionContext(),
  );
  const lines = log.mock.calls.flat().map(String).join("\n");
  log.mockRestore();
  expect(response.status).toBe(500);
  expect(lines).toContain("the disk is on fire");
  expect(lines).toContain('from \\"users\\"');
  expect(lines).not.toContain(email);
});

it("I12: nor are values in the log of a batch that failed", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const email = uniqueEmail();
  const request = new Request("http://farebox.test/api/auth/register", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: "a long ride home", name: "Ada Lovelace" }),
  });
  const response = await app.fetch(
    request,
    failingAt(/^insert into "users"/i),
    createExecutionContext(),
  );
  const lines = log.mock.calls.flat().map(String).join("\n");
  log.mockRestore();
  expect(response.status).toBe(500);
  expect(lines).toContain("the disk is on fire");
  for (const value of [email, "$argon2id$", "Ada Lovelace"]) expect(lines).not.toContain(value);
});

it("I12: nor does the inbox keep them, of an event whose handling failed", async () => {
  const db = database(failingAt(/./).DB);
  const error: unknown = await db
    .run(sql`update order_keys set sealed = ${"sealed-key"}`)
    .catch((reason: unknown) => reason);
  const kept = describeError(error);
  expect(kept).toContain("the disk is on fire");
  expect(kept).not.toContain("sealed-key");
});
