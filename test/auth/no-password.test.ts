import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { NO_PASSWORD } from "../../src/auth/passwords/password-hash.ts";
import { MINUTE_MS } from "../../src/time.ts";
import { call, readError } from "../support/call.ts";
import { signUp, uniqueEmail } from "../support/sign-up.ts";

/** Signs up a user without a password, whose session began some minutes ago. */
async function signUpWithout(minutesAgo: number) {
  const user = await signUp();
  const { userId } = user;
  await env.DB.batch([
    env.DB.prepare("update users set password_hash = ? where id = ?").bind(NO_PASSWORD, userId),
    env.DB.prepare("update sessions set created_at = created_at - ? where user_id = ?").bind(
      minutesAgo * MINUTE_MS,
      userId,
    ),
  ]);
  return user;
}

const newPassword = "a much longer ride";
const GUARDED = [
  ["POST", "/api/auth/password", { newPassword }, 204],
  ["PATCH", "/api/users/me", { email: uniqueEmail() }, 200],
  ["DELETE", "/api/users/me", {}, 204],
] as const;

describe("a user without a password", () => {
  it.each(GUARDED)(
    "does %s %s within 15 minutes of signing in, and not later",
    async (method, path, body, status) => {
      const late = await signUpWithout(16);
      expect(await readError(await call(method, path, { token: late.token, body }))).toMatchObject({
        status: 403,
        code: "recent_sign_in_required",
      });
      const { token } = await signUpWithout(14);
      expect((await call(method, path, { token, body })).status).toBe(status);
    },
  );

  it("signs in by the password that they set, which ended every other session", async () => {
    const user = await signUpWithout(0);
    const { email, token } = user;
    const body = { newPassword };
    expect((await call("POST", "/api/auth/password", { token, body })).status).toBe(204);
    const login = { email, password: newPassword };
    expect((await call("POST", "/api/auth/login", { body: login })).status).toBe(200);
    // From now on the password is asked for.
    const again = await call("POST", "/api/auth/password", { token, body });
    expect(await readError(again)).toMatchObject({ status: 400, param: "currentPassword" });
  });

  it("does not sign in by the text that is stored in place of a hash", async () => {
    const { email } = await signUpWithout(0);
    for (const password of [NO_PASSWORD, ""]) {
      const login = await call("POST", "/api/auth/login", { body: { email, password } });
      expect([400, 401]).toContain(login.status);
    }
  });
});
