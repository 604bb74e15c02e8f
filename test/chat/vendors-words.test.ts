import { expect, it, vi } from "vitest";
import { UPSTREAM_KEY } from "../support/model.ts";
import { outside } from "../support/outside.ts";
import { body, ride, rider } from "../support/rider.ts";
import { vendorAnswers } from "../support/vendor.ts";

it.each([400, 401, 422, 500])(
  "I12: a vendor's refusal (%i) that repeats the operator's key is neither sent nor logged with it",
  async (status) => {
    const logged = (["log", "warn", "error"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation(() => undefined),
    );
    outside.standIn("model.test", (request) => {
      const message = `Incorrect key: ${request.headers.get("authorization") ?? ""}.`;
      return Promise.resolve(
        Response.json({ error: { message, param: UPSTREAM_KEY } }, { status }),
      );
    });
    const who = await rider(10);
    const reply = await ride(who, body());
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(await reply.text()).not.toContain(UPSTREAM_KEY);
    const lines = logged
      .flatMap((spy) => spy.mock.calls.map((call) => call.map(String).join(" ")))
      .join("\n");
    expect(lines).not.toContain(UPSTREAM_KEY);
    if (status === 401) expect(lines).toContain("Incorrect key: Bearer […].");
  },
);

it("what a vendor says of a request reaches its caller also in an array, as Gemini has it", async () => {
  const message = "Invalid value at generation_config.";
  vendorAnswers([{ error: { code: 400, message, status: "INVALID_ARGUMENT" } }], 400);
  const reply = await ride(await rider(10));
  expect([reply.status, await reply.json()]).toMatchObject([
    400,
    { error: { code: "invalid_request", message } },
  ]);
});
