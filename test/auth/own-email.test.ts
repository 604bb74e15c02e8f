import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { MailWorker, tokenIn } from "../support/mail-worker.ts";
import { createKey, uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const password = "a long ride home";
const worker = new MailWorker({ FREE_PLAN_NEEDS_PROOF: "false" });
beforeEach(() => worker.connect());

const ownEmail = z.object({
  email: z.string(),
  verified: z.boolean(),
  pending: z.object({ email: z.string(), expiresAt: z.string() }).nullable(),
});

async function signUp() {
  const email = uniqueEmail();
  const { json } = await worker.post("/api/auth/register", { email, password });
  return { email, token: json.accessToken ?? "" };
}

async function read(token: string) {
  const reply = await worker.send("GET", "/api/auth/email", { token });
  expect(reply.status).toBe(200);
  return ownEmail.parse(JSON.parse(reply.text));
}

const askFor = (token: string, email: string) =>
  worker.send("PATCH", "/api/users/me", { token, body: { email, currentPassword: password } });

describe("a user's address", () => {
  it("is told with the one that waits to be proved, until the present one is kept", async () => {
    const { email, token } = await signUp();
    await env.DB.prepare("update users set email_verified_at = 1 where email = ?")
      .bind(email)
      .run();
    const before = { email, verified: true, pending: null };
    expect(await read(token)).toEqual(before);
    const newEmail = uniqueEmail();
    expect((await askFor(token, newEmail)).status).toBe(200);
    expect((await read(token)).pending).toMatchObject({ email: newEmail });
    const link = tokenIn(worker.mailsTo(newEmail)[0] ?? { text: "" });
    const kept = await worker.send("DELETE", "/api/auth/email/pending", { token });
    expect(kept.status).toBe(204);
    expect(await read(token)).toEqual(before);
    expect((await worker.post("/api/auth/email/confirm", { token: link }, token)).status).toBe(400);
  });

  it("is no key's, and nobody's without a session", async () => {
    const { token } = await signUp();
    const key = await createKey({ token }, { scopes: ["chat", "read", "write"] });
    for (const [method, path] of [
      ["GET", "/api/auth/email"],
      ["DELETE", "/api/auth/email/pending"],
    ] as const) {
      expect((await worker.send(method, path, { token: key })).status).toBe(403);
      expect((await worker.send(method, path)).status).toBe(401);
    }
  });
});
