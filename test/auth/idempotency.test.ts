import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { seal, unseal } from "../../src/seal.ts";
import { accountObject } from "../support/account.ts";
import { call } from "../support/call.ts";
import { signUp } from "../support/sign-up.ts";

const make = (token: string, name: string, idempotencyKey: string) =>
  call("POST", "/api/api-keys", {
    token,
    body: { name },
    headers: { "idempotency-key": idempotencyKey },
  });

it("a POST repeated with its key gets the first answer, and is done once (I8)", async () => {
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

const OLD_SECRET = "old secret of at least 32 bytes ......";
const NEW_SECRET = "new secret of at least 32 bytes ......";
const current = { JWT_SECRET: OLD_SECRET, JWT_SECRET_PREVIOUS: undefined, JWT_SECRETS_RETIRED: [] };
const rotated = {
  JWT_SECRET: NEW_SECRET,
  JWT_SECRET_PREVIOUS: OLD_SECRET,
  JWT_SECRETS_RETIRED: [],
};
const forgotten = {
  JWT_SECRET: NEW_SECRET,
  JWT_SECRET_PREVIOUS: undefined,
  JWT_SECRETS_RETIRED: [],
};

it("a sealed text opens under the current and the previous secret alone", async () => {
  const sealed = await seal(current, "text");
  expect(await unseal(rotated, sealed)).toBe("text");
  expect(await unseal(forgotten, sealed)).toBeNull();
  const changed = `${sealed.slice(0, -4)}${sealed.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
  expect(await unseal(current, changed)).toBeNull();
  expect(await unseal(current, "neither form")).toBeNull();
});

/** Sealed by the code of commit 7f20b3e: `text of Zoë` under OLD_SECRET. */
const LEGACY_SEALED = "yTcLgXD3SHv6JFdUc1bKifGNhopdQEVOzGcu2UUkrhRapVlCSDeeMw==";

it("a text that an earlier version sealed opens, and not when it was changed", async () => {
  expect(await unseal(current, LEGACY_SEALED)).toBe("text of Zoë");
  expect(await unseal(rotated, LEGACY_SEALED)).toBe("text of Zoë");
  expect(await unseal(forgotten, LEGACY_SEALED)).toBeNull();
  expect(await unseal(current, `${LEGACY_SEALED.slice(0, -8)}AAAAAAA=`)).toBeNull();
});

/** Sealed by the same code under the JWT_SECRET of the tests. */
const LEGACY_ANSWER =
  "rXjrDw4gHKAQB0KDgTAHcL8Qm60vkAJr91VBUOKM8wn7I6KEASRUSUXBXkTR20N3lWiKNIUXAkI0ER+GE0qB0Img" +
  "0HxqdMYQIlrZ2aBxV2CozHziAZTXhOPNTK++1r38Zq0Qu0nk+SNDYuRKGC3arNeC57mIht6ee6QsdVcLipvoAXLH" +
  "c+MgzxVFtHxTuvhfABvMVvUKNqumQNueeJCUs16/zcnYVtpU+uf+pMc+GUzwGKYruy9TPzp62uFXCExK+rkBgRlb" +
  "ORMVf9jj+81DE/lzDEmp7zcPTlnGU5ImVMU0YXSVoOMh";

it("an answer that an earlier version kept is given again", async () => {
  const { token, userId } = await signUp();
  await make(token, "laptop", "k-1");
  await runInDurableObject(accountObject(userId), (_instance, state) => {
    const body = new TextEncoder().encode(LEGACY_ANSWER);
    state.storage.sql.exec("UPDATE idempotency SET body = ?", body);
  });
  const again = await make(token, "laptop", "k-1");
  expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([201, "true"]);
  expect(await again.json()).toMatchObject({ id: "key_0badcafe", key: "sk_0badcafe" });
});
