import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { seal, unseal } from "../../src/auth/seal.ts";
import { accountObject } from "../support/account.ts";
import { call } from "../support/call.ts";
import { signUp } from "../support/sign-up.ts";

const make = (token: string, name: string, idempotencyKey: string) =>
  call("POST", "/api/api-keys", {
    token,
    body: { name },
    headers: { "idempotency-key": idempotencyKey },
  });

it("a POST repeated with its Idempotency-Key is answered as the first time, and done once (I8)", async () => {
  const { token } = await signUp();
  const first = await make(token, "laptop", "k-1");
  const again = await make(token, "laptop", "k-1");
  expect([first.status, first.headers.get("idempotent-replayed")]).toEqual([201, null]);
  expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([201, "true"]);
  expect(await again.text()).toBe(await first.text());
  const { keys } = await (await call("GET", "/api/api-keys", { token })).json<{
    keys: unknown[];
  }>();
  expect(keys).toHaveLength(1);
});

it("of ten at once with one key, one is done and none is answered otherwise", async () => {
  const { token } = await signUp();
  const replies = await Promise.all(Array.from({ length: 10 }, () => make(token, "laptop", "k-1")));
  const bodies = await Promise.all(replies.map((reply) => reply.text()));
  expect(new Set(bodies.filter((_, index) => replies[index]?.status === 201)).size).toBe(1);
  expect(replies.every(({ status }) => status === 201 || status === 409)).toBe(true);
  const { keys } = await (await call("GET", "/api/api-keys", { token })).json<{
    keys: unknown[];
  }>();
  expect(keys).toHaveLength(1);
});

it("the key of another request is refused, and another user's is another key (I10)", async () => {
  const { token } = await signUp();
  await make(token, "laptop", "k-1");
  const other = await make(token, "phone", "k-1");
  expect(other.status).toBe(400);
  expect(await other.json()).toMatchObject({ error: { code: "idempotency_key_reused" } });
  const stranger = await signUp();
  expect(
    (await make(stranger.token, "laptop", "k-1")).headers.get("idempotent-replayed"),
  ).toBeNull();
});

it("a refusal is not kept: the same request may be made right and sent again", async () => {
  const { token } = await signUp();
  expect((await make(token, "", "k-1")).status).toBe(400);
  expect((await make(token, "laptop", "k-1")).status).toBe(201);
});

it("a kept answer does not stand in the object in the clear (I12)", async () => {
  const { token, userId } = await signUp();
  const { key } = await (await make(token, "laptop", "k-1")).json<{ key: string }>();
  const kept = await runInDurableObject(accountObject(userId), (_instance, state) =>
    [...state.storage.sql.exec<{ body: ArrayBuffer }>("SELECT body FROM idempotency")].map((row) =>
      new TextDecoder().decode(row.body),
    ),
  );
  expect(kept).toHaveLength(1);
  expect(kept[0]).not.toContain(key.slice(3, 40));
});

it("what is sealed opens under the secret and the one before, not under another, and not when changed", async () => {
  const [old, now] = [
    "old secret of at least 32 bytes ......",
    "new secret of at least 32 bytes ......",
  ];
  const sealed = await seal({ JWT_SECRET: old, JWT_SECRET_PREVIOUS: undefined }, "text");
  expect(await unseal({ JWT_SECRET: now, JWT_SECRET_PREVIOUS: old }, sealed)).toBe("text");
  expect(await unseal({ JWT_SECRET: now, JWT_SECRET_PREVIOUS: undefined }, sealed)).toBeNull();
  const changed = `${sealed.slice(0, -4)}${sealed.endsWith("AA==") ? "BB==" : "AA=="}`;
  expect(await unseal({ JWT_SECRET: old, JWT_SECRET_PREVIOUS: undefined }, changed)).toBeNull();
});
