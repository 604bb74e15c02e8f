import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { allowedOrigins, buildReturnUrl } from "../../src/billing/stripe/return-url.ts";
import { readConfig } from "../../src/config.ts";

const ORIGINS = ["http://farebox.test", "https://shop.test:8443"];
const success = (url: string) => buildReturnUrl({ field: "successUrl", url }, ORIGINS);

describe("a return URL", () => {
  it.each([
    [
      "http://farebox.test/done",
      "http://farebox.test/done?session_id={CHECKOUT_SESSION_ID}&success=true",
    ],
    ["http://farebox.test", "http://farebox.test/?session_id={CHECKOUT_SESSION_ID}&success=true"],
    ["http://farebox.test/?", "http://farebox.test/?session_id={CHECKOUT_SESSION_ID}&success=true"],
    [
      "https://shop.test:8443/a?b=c%20d#e",
      "https://shop.test:8443/a?b=c%20d&session_id={CHECKOUT_SESSION_ID}&success=true#e",
    ],
    [
      "http://farebox.test/?session_id=x&y=1",
      "http://farebox.test/?y=1&session_id={CHECKOUT_SESSION_ID}&success=true",
    ],
    [
      "HTTP://FAREBOX.test:80/x",
      "http://farebox.test/x?session_id={CHECKOUT_SESSION_ID}&success=true",
    ],
  ])("keeps the parts of %s and adds the session's id with its braces", (url, expected) => {
    expect(success(url)).toEqual({ ok: true, value: expected });
  });

  it("tells the page that the buyer gave up", () => {
    expect(
      buildReturnUrl({ field: "cancelUrl", url: "http://farebox.test/plans?a=1" }, ORIGINS),
    ).toEqual({
      ok: true,
      value: "http://farebox.test/plans?a=1&canceled=true",
    });
  });

  it.each([
    "https://farebox.test/",
    "http://farebox.test:8080/",
    "http://farebox.test.evil.test/",
    "http://farebox.test@evil.test/",
    "http://user:pass@farebox.test/",
    "http://user@farebox.test/",
    "//farebox.test/",
    "/success",
    "javascript:alert(1)//http://farebox.test",
    "data:text/html,http://farebox.test",
    "http:/evil.test\\@farebox.test/",
    "",
    "http://",
  ])("is refused when it does not lead to an allowed origin: %s", (url) => {
    expect(success(url)).toMatchObject({
      ok: false,
      failure: { code: "invalid_request", param: "successUrl" },
    });
  });
});

it("with a live key of Stripe's, only https is allowed", () => {
  const settings = { PUBLIC_URL: "https://farebox.test", ALLOWED_ORIGINS: ["http://shop.test"] };
  expect(allowedOrigins({ ...settings, isLive: true })).toEqual(["https://farebox.test"]);
  expect(allowedOrigins({ ...settings, isLive: false })).toEqual([
    "https://farebox.test",
    "http://shop.test",
  ]);
});

it.each(["sk_live_abc", "rk_live_abc"])("a live key (%s) needs a PUBLIC_URL with https", (key) => {
  const read = (PUBLIC_URL: string) => readConfig({ ...env, STRIPE_SECRET_KEY: key, PUBLIC_URL });
  expect(() => read("http://farebox.test")).toThrow(/PUBLIC_URL is not usable: must be https/);
  expect(read("https://farebox.test").isLive).toBe(true);
});

it("a success URL names the agent that was sold, whatever it named before", () => {
  const url = "http://farebox.test/done?agentId=agt_0&a=1#top";
  expect(buildReturnUrl({ field: "successUrl", url, agentId: "agt_1" }, ORIGINS)).toEqual({
    ok: true,
    value:
      "http://farebox.test/done?a=1&session_id={CHECKOUT_SESSION_ID}&success=true&agentId=agt_1#top",
  });
});
