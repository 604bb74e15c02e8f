import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { CreditAccount } from "../../src/account/index.ts";
import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";
import { readError } from "../support/call.ts";
import { signUpWithEndpoints } from "../support/endpoints.ts";
import { readAccountTotals } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";

/** Authorizes as an account object of before there were units: it holds nothing for them. */
async function authorizeAsBefore(
  account: DurableObjectStub<CreditAccount>,
  command: string,
): Promise<string> {
  const { chat, ...rest } = JSON.parse(command);
  const { maxUnits: _, task: __, ...known } = chat;
  const answered = JSON.parse(await account.authorize(JSON.stringify({ ...rest, chat: known })));
  const { maxUnits: ___, ...terms } = answered.terms;
  return JSON.stringify({ ...answered, terms });
}

/** The bindings of a Worker whose account objects are of an earlier version. */
const withOlderAccounts: Env = Object.create(env, {
  CREDIT_ACCOUNT: {
    value: new Proxy(env.CREDIT_ACCOUNT, {
      get(namespace, name) {
        if (name !== "get") return Reflect.get(namespace, name, namespace).bind(namespace);
        return (id: DurableObjectId) => {
          const account = namespace.get(id);
          return new Proxy(account, {
            get: (_, method) =>
              method === "authorize"
                ? (command: string) => authorizeAsBefore(account, command)
                : (...args: unknown[]) => Reflect.get(account, method)(...args),
          });
        };
      },
    }),
  },
});

it.each([
  ["/v1/images/generations", { model: "paint", prompt: "a tram", n: 2 }],
  ["/v1/audio/speech", { model: "speak", input: "hello", voice: "alloy" }],
])("%s is refused, and its hold void, by an account that holds no units", async (path, body) => {
  const model = standInModel();
  const user = await signUpWithEndpoints(100);
  const ctx = createExecutionContext();
  const request = new Request(`http://farebox.test${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${user.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const response = await worker.fetch(request, withOlderAccounts, ctx);
  expect(await readError(response)).toMatchObject({ status: 503, code: "billing_unavailable" });
  await waitOnExecutionContext(ctx);
  expect(model.calls).toHaveLength(0);
  expect(await readAccountTotals(user)).toMatchObject({
    postedMicrocredits: 100_000_000,
    heldMicrocredits: 0,
    charged: [],
  });
});
