import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import worker from "../../src/index.ts";
import { signUp } from "../support/sign-up.ts";

/** Sends a request with a cookie, and lists the statements that it causes. */
async function statementsOf(token: string, path: string, method: string): Promise<string[]> {
  const statements: string[] = [];
  const DB = new Proxy(env.DB, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "prepare") return value.bind(target);
      return (statement: string) => {
        statements.push(statement);
        return target.prepare(statement);
      };
    },
  });
  const request = new Request(`http://farebox.test${path}`, {
    method,
    headers: { cookie: `farebox_session=${token}`, "content-type": "application/json" },
    ...(method === "POST" ? { body: "{}" } : {}),
  });
  const response = await worker.fetch(request, { ...env, DB }, createExecutionContext());
  expect(response.status).toBe(401);
  return statements;
}

it.each([
  ["GET", "/api/users/me"],
  ["POST", "/v1/chat/completions"],
])("a made-up cookie costs D1 one read and no write: %s %s", async (method, path) => {
  await signUp();
  const statements = await statementsOf(`rt_${"0".repeat(64)}`, path, method);
  expect(statements).toEqual([expect.stringMatching(/^select /)]);
  expect(await statementsOf("nonsense", path, method)).toEqual([]);
});
