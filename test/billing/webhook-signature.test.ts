import { env } from "cloudflare:workers";
import { Stripe } from "stripe";
import { describe, expect, it } from "vitest";
import { readEvent } from "../../src/billing/sync/event.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { testContext } from "../support/context.ts";

const NOW = Date.UTC(2026, 10, 20);
const config = readConfig(env);
const rotating: Config = { ...config, STRIPE_WEBHOOK_SECRET: ["whsec_new", "whsec_old"] };
const live = readConfig({
  ...env,
  STRIPE_SECRET_KEY: "rk_live_x",
  PUBLIC_URL: "https://farebox.test",
});
const { webhooks } = new Stripe("sk_test_x");

const EVENT = {
  id: "evt_1",
  object: "event",
  type: "checkout.session.completed",
  api_version: "2026-10-28.endive",
  created: NOW / 1000,
  livemode: false,
  data: { object: { id: "cs_1", object: "checkout.session" } },
};

const sign = (payload: string, { secret = "whsec_test_local", atMs = NOW, scheme = "v1" } = {}) =>
  webhooks.generateTestHeaderStringAsync({ payload, secret, timestamp: atMs / 1000, scheme });

const read = (payload: string, header: string | undefined, settings = config) =>
  readEvent(
    testContext({ config: settings, nowMs: NOW }),
    new TextEncoder().encode(payload),
    header,
  );

async function signed(event: unknown, settings = config) {
  const payload = JSON.stringify(event);
  return await read(payload, await sign(payload), settings);
}

describe("a delivery", () => {
  it("signed by Stripe is read", async () => {
    expect(await signed(EVENT)).toMatchObject({
      ok: true,
      value: { id: "evt_1", data: { object: { id: "cs_1" } } },
    });
  });

  it("is accepted under each secret while they rotate, and under no other", async () => {
    const payload = JSON.stringify(EVENT);
    for (const secret of ["whsec_new", "whsec_old"])
      expect((await read(payload, await sign(payload, { secret }), rotating)).ok).toBe(true);
    const other = await read(payload, await sign(payload, { secret: "whsec_other" }), rotating);
    expect(other).toMatchObject({ ok: false, failure: { code: "invalid_signature" } });
  });

  it("of a thin event, rightly signed, is refused for what it is", async () => {
    const thin = {
      id: "evt_test_1",
      object: "v2.core.event",
      type: "v1.invoice.paid",
      livemode: false,
      created: "2026-11-20T00:00:00.000Z",
      related_object: { id: "in_1", type: "invoice", url: "/v1/invoices/in_1" },
    };
    expect(await signed(thin)).toMatchObject({
      ok: false,
      failure: { code: "invalid_request", message: expect.stringContaining("snapshot") },
    });
  });

  it("that is rightly signed and is no JSON is refused for what it is", async () => {
    for (const payload of ["", "{", "[1,"])
      expect(await read(payload, await sign(payload))).toMatchObject({
        ok: false,
        failure: { code: "invalid_request" },
      });
  });

  it("without a signature is refused", async () => {
    for (const header of [
      undefined,
      "",
      "t=1",
      "v1=00",
      "nonsense",
      "t=,v1=",
      `t=${NOW / 1000},v1=${"0".repeat(64)}`,
    ])
      expect(await read(JSON.stringify(EVENT), header)).toMatchObject({
        ok: false,
        failure: { code: "invalid_signature" },
      });
  });

  it("changed by a single byte on the way is refused", async () => {
    const payload = JSON.stringify(EVENT);
    const header = await sign(payload);
    for (const changed of [
      payload.replace("cs_1", "cs_2"),
      `${payload} `,
      JSON.stringify(EVENT, null, 2),
      "",
    ])
      expect(await read(changed, header)).toMatchObject({
        ok: false,
        failure: { code: "invalid_signature" },
      });
  });

  it("signed by the old scheme alone is refused", async () => {
    const payload = JSON.stringify(EVENT);
    expect((await read(payload, await sign(payload, { scheme: "v0" }))).ok).toBe(false);
  });

  it.each([
    [-300, true],
    [-302, false],
    [299, true],
    [302, false],
    [86_400, false],
  ])("signed %i seconds from now is accepted: %s", async (seconds, accepted) => {
    const payload = JSON.stringify(EVENT);
    const result = await read(payload, await sign(payload, { atMs: NOW + seconds * 1000 }));
    expect(result.ok).toBe(accepted);
    if (!result.ok) expect(result.failure.code).toBe("invalid_signature");
  });

  it.each([
    ["null", null],
    ["a list", []],
    ["a text", "evt_1"],
    ["no id", { ...EVENT, id: undefined }],
    ["an id of another kind", { ...EVENT, id: "cs_1" }],
    ["no type", { ...EVENT, type: 7 }],
    ["no object", { ...EVENT, data: {} }],
    ["an object whose id is no text", { ...EVENT, data: { object: { id: {} } } }],
    ["no side", { ...EVENT, livemode: "false" }],
    ["no time", { ...EVENT, created: "now" }],
  ])("well signed, but with %s, is refused as no event", async (_title, event) => {
    expect(await signed(event)).toMatchObject({ ok: false, failure: { code: "invalid_request" } });
  });

  it("well signed, but not JSON, is refused", async () => {
    expect((await read("{", await sign("{"))).ok).toBe(false);
  });

  it("from the other side of Stripe than our key, test or live, is refused", async () => {
    const wrong = { ok: false, failure: { code: "invalid_request", param: "livemode" } };
    expect(await signed({ ...EVENT, livemode: true })).toMatchObject(wrong);
    expect(await signed(EVENT, live)).toMatchObject(wrong);
    expect((await signed({ ...EVENT, livemode: true }, live)).ok).toBe(true);
  });

  it("about an object without an id is still an event", async () => {
    expect(
      (
        await signed({
          ...EVENT,
          type: "balance.available",
          data: { object: { object: "balance" } },
        })
      ).ok,
    ).toBe(true);
  });
});
