import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { soundOf } from "../../dev/model/samples.ts";
import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";
import { readError } from "../support/call.ts";
import { signUpWithEndpoints } from "../support/endpoints.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { type FundedUser, readAccountTotals } from "../support/funded-user.ts";
import { createKey } from "../support/sign-up.ts";

/** The Worker's bindings with credit accounts that nobody reaches. */
const unreachable: Env = Object.create(env, {
  CREDIT_ACCOUNT: {
    value: new Proxy(env.CREDIT_ACCOUNT, {
      get: (namespace, name) =>
        name === "get"
          ? () => new Proxy({}, { get: () => () => Promise.reject(new Error("overloaded")) })
          : Reflect.get(namespace, name, namespace).bind(namespace),
    }),
  },
});

type Fields = Readonly<Record<string, string>>;
const FORMS = ["/v1/audio/transcriptions", "/v1/audio/translations"];
const BODIES: Readonly<Record<string, Fields>> = {
  "/v1/embeddings": { model: "embed", input: "one two three" },
  "/v1/images/generations": { model: "paint", prompt: "a tram" },
  "/v1/audio/speech": { model: "speak", input: "hello", voice: "alloy" },
  "/v1/audio/transcriptions": { model: "listen" },
  "/v1/audio/translations": { model: "listen" },
  "/v1/moderations": { model: "check", input: "hello" },
  "/v1/completions": { model: "large", prompt: "hello" },
  "/v1/responses": { model: "large", input: "hello" },
};

function bodyOf(path: string, fields: Fields): FormData | string {
  if (!FORMS.includes(path)) return JSON.stringify(fields);
  const form = new FormData();
  form.append("file", new File([soundOf(2)], "ride.wav"));
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

/** Sends a request, and returns how it is refused. */
async function refusalOf(path: string, key: string, more: Fields = {}, bindings: Env = env) {
  const body = bodyOf(path, { ...BODIES[path], ...more });
  const type = typeof body === "string" ? { "content-type": "application/json" } : {};
  const request = new Request(`http://farebox.test${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, ...type },
    body,
  });
  const { status, code } = await readError(
    await worker.fetch(request, bindings, createExecutionContext()),
  );
  return [status, code];
}

const answerWith = (status: number) =>
  fakeNetwork.standIn("model.test", () => Response.json({}, { status }));

/** Expects that nothing was charged, and that nothing is held. */
const expectFree = (user: FundedUser) =>
  vi.waitFor(async () =>
    expect(await readAccountTotals(user)).toMatchObject({ heldMicrocredits: 0, charged: [] }),
  );

it.each(Object.keys(BODIES))(
  "POST %s says why it is refused, and charges nothing",
  async (path) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const user = await signUpWithEndpoints(1000);
    const { key } = user;
    answerWith(504);
    expect(await refusalOf(path, key)).toEqual([504, "upstream_timeout"]);
    answerWith(500);
    expect(await refusalOf(path, key)).toEqual([502, "upstream_error"]);
    answerWith(429);
    expect(await refusalOf(path, key)).toEqual([429, "rate_limit_exceeded"]);
    expect(await refusalOf(path, key, { model: "nowhere" })).toEqual([404, "model_not_found"]);
    expect(await refusalOf(path, key, { model: "" })).toEqual([400, "invalid_request"]);
    expect(await refusalOf(path, key, {}, unreachable)).toEqual([503, "billing_unavailable"]);
    const reader = await createKey(user, { scopes: ["read"] });
    expect(await refusalOf(path, reader)).toEqual([403, "missing_scope"]);
    await expectFree(user);
    await user.account.setSuspension({ changeNo: 1, isSuspended: true });
    expect(await refusalOf(path, key)).toEqual([403, "account_suspended"]);
    log.mockRestore();
  },
);

it.each(Object.keys(BODIES).filter((path) => path !== "/v1/moderations"))(
  "POST %s without credits is 402",
  async (path) => {
    const user = await signUpWithEndpoints(0);
    expect(await refusalOf(path, user.key)).toEqual([402, "insufficient_quota"]);
  },
);
