import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { call, readError } from "../support/call.ts";
import { createKey, signUp } from "../support/sign-up.ts";

it("a key of a user whose erasure has begun finds no subscription", async () => {
  const user = await signUp();
  const token = await createKey(user, { scopes: ["read"] });
  await env.DB.prepare("delete from sessions where user_id = ?").bind(user.userId).run();
  await env.DB.prepare("delete from users where id = ?").bind(user.userId).run();
  const shown = await call("GET", "/api/subscription", { token });
  expect(await readError(shown)).toMatchObject({ status: 404, code: "not_found" });
});
