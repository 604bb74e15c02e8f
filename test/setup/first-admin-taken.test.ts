import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import worker from "../../src/index.ts";
import { readError } from "../support/call.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";

const SETUP_TOKEN = "a-token-that-nobody-guesses";
const DEPLOYED = { PUBLIC_URL: "https://farebox.test", SETUP_TOKEN, ADMIN_EMAILS: "" };

const post = (path: string, json: object) =>
  worker.fetch(
    new Request(`https://farebox.test${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(json),
    }),
    { ...env, ...DEPLOYED },
    createExecutionContext(),
  );

it("the first admin needs an address that no customer signed up with", async () => {
  await loadDefaultCatalog();
  const body = { email: "early@farebox.test", password: "correct horse battery 9" };
  expect((await post("/api/auth/register", body)).status).toBe(201);
  const taken = await post("/api/auth/first-admin", { ...body, setupToken: SETUP_TOKEN });
  expect(await readError(taken)).toMatchObject({ status: 409, code: "email_taken" });
});
