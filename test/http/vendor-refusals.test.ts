import { beforeAll, describe, expect, it } from "vitest";
import { createAgent } from "../support/agents.ts";
import { call, readError } from "../support/call.ts";
import { chatBody, type FundedUser, signUpFundedUser } from "../support/funded-user.ts";
import { PAID_CHATS } from "../support/sweep.ts";
import { stubUpstreamJson } from "../support/upstream.ts";

let user: FundedUser;
beforeAll(async () => {
  user = await signUpFundedUser(1000);
});

const message = { message: "Hello there." };

/** Every route on which a model answers. */
const CHATS: readonly [route: string, send: () => Promise<Response>][] = [
  [
    "POST /v1/chat/completions",
    () => call("POST", "/v1/chat/completions", { token: user.key, body: chatBody() }),
  ],
  ["POST /v1/messages", () => call("POST", "/v1/messages", { token: user.key, body: chatBody() })],
  ...["/v1/responses", "/v1/completions"].map((path): [string, () => Promise<Response>] => [
    `POST ${path}`,
    () => {
      const body = { ...PAID_CHATS[`POST ${path}`], model: "large" };
      return call("POST", path, { token: user.key, body });
    },
  ]),
  [
    "POST /api/chat",
    () => call("POST", "/api/chat", { token: user.token, body: { ...message, model: "large" } }),
  ],
  [
    "POST /api/conversations/:id/messages",
    async () => {
      const { token } = user;
      const body = { model: "large" };
      const created = await call("POST", "/api/conversations", { token, body });
      const { id } = await created.json<{ id: string }>();
      return await call("POST", `/api/conversations/${id}/messages`, { token, body: message });
    },
  ],
  [
    "POST /api/agents/:id/messages",
    async () => {
      const { id } = await createAgent(user);
      return await call("POST", `/api/agents/${id}/messages`, { token: user.token, body: message });
    },
  ],
];

describe.each(CHATS)("%s", (_route, send) => {
  it.each([
    [429, 429, "rate_limit_exceeded"],
    [500, 502, "upstream_error"],
    [504, 504, "upstream_timeout"],
  ])("passes a vendor's %i on as %i %s", async (vendorStatus, status, code) => {
    stubUpstreamJson({ error: { message: "No." } }, vendorStatus);
    const response = await send();
    expect(await readError(response)).toMatchObject({ status, code });
  });
});
