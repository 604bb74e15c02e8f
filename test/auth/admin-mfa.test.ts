import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { codeOf } from "../support/factors.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { signUp } from "../support/sign-up.ts";

it("ADMIN_MFA: an admin acts as one in a session with a second factor alone", async () => {
  const worker = new MailWorker({ ADMIN_MFA: "true" });
  const [admin, other] = [await signUp(), await signUp()];
  await env.DB.prepare("UPDATE users SET role = 'admin' WHERE id = ?").bind(admin.userId).run();
  const get = (path: string, token: string) => worker.send("GET", path, { token });
  const refused = await get("/api/admin/users", admin.token);
  expect(refused).toMatchObject({
    status: 403,
    json: { error: { code: "second_factor_required" } },
  });
  // Nor is the admin one on a route that others may use for themselves.
  expect((await get(`/api/users/${other.userId}`, admin.token)).status).toBe(404);
  expect((await get("/api/admin/users", other.token)).json).toMatchObject({
    error: { code: "admin_only" },
  });
  const { email, password } = admin;
  const begun = await worker.post("/api/auth/totp", { currentPassword: password }, admin.token);
  const { secret } = JSON.parse(begun.text);
  const earlier = await worker.post("/api/auth/login", { email, password });
  await worker.post("/api/auth/totp/confirm", { code: await codeOf(secret, -1) }, admin.token);
  expect((await get("/api/admin/users", admin.token)).status).toBe(200);
  expect((await get(`/api/users/${other.userId}`, admin.token)).status).toBe(200);
  // A session from before has shown no second factor, and stays without.
  expect((await get("/api/admin/users", earlier.json.accessToken ?? "")).status).toBe(403);
  const asked = await worker.post("/api/auth/login", { email, password });
  const { challengeId } = JSON.parse(asked.text);
  const code = await codeOf(secret);
  const signedIn = await worker.post("/api/auth/login/second-factor", { challengeId, code });
  expect((await get("/api/admin/users", signedIn.json.accessToken ?? "")).status).toBe(200);
});
