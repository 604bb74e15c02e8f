import { expect, it, vi } from "vitest";
import { fakeNetwork } from "../support/fake-network.ts";
import { chatBody, sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { UPSTREAM_KEY } from "../support/model.ts";
import { stubUpstreamJson } from "../support/upstream.ts";

it.each([400, 401, 422, 500])(
  "I12: a vendor's refusal (%i) that repeats the operator's key is neither sent nor logged with it",
  async (status) => {
    const logged = (["log", "warn", "error"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation(() => undefined),
    );
    fakeNetwork.standIn("model.test", (request) => {
      const message = `Incorrect key: ${request.headers.get("authorization") ?? ""}.`;
      return Promise.resolve(
        Response.json({ error: { message, param: UPSTREAM_KEY } }, { status }),
      );
    });
    const who = await signUpFundedUser(10);
    const reply = await sendChat(who, chatBody());
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(await reply.text()).not.toContain(UPSTREAM_KEY);
    const lines = logged
      .flatMap((spy) => spy.mock.calls.map((call) => call.map(String).join(" ")))
      .join("\n");
    expect(lines).not.toContain(UPSTREAM_KEY);
    if (status === 401) expect(lines).toContain("Incorrect key: Bearer […].");
  },
);

it("a vendor's error reaches the caller also inside an array, as Gemini sends it", async () => {
  const message = "Invalid value at generation_config.";
  stubUpstreamJson([{ error: { code: 400, message, status: "INVALID_ARGUMENT" } }], 400);
  const reply = await sendChat(await signUpFundedUser(10));
  expect([reply.status, await reply.json()]).toMatchObject([
    400,
    { error: { code: "invalid_request", message } },
  ]);
});
