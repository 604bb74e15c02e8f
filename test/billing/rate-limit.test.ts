import { beforeAll, describe, expect, it } from "vitest";
import { waitAfterRefusal } from "../../src/billing/stripe/fetch-patiently.ts";
import { loadShopCatalog, openSale } from "../support/shop.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

const refused = (headers: Record<string, string> = {}, status = 429) => ({
  status,
  headers: new Headers(headers),
});

describe("a request that Stripe refuses for its rate", () => {
  it("is made again, whatever it is, and the buyer notices nothing", async () => {
    const stripe = standInStripe();
    stripe.control.nextRequests({ answer: 429, path: "/v1/customers" });
    stripe.control.nextRequests({ answer: 429, path: "/v1/checkout/sessions", times: 2 });
    const { url } = await openSale("t-pack", stripe);
    expect(url).toContain("http");
  });

  it.each([
    ["waits longer each time", refused(), [250, 500, 1000, 2000]],
    ["waits as long as Stripe says", refused({ "retry-after": "2" }), [2000, 2000]],
    ["waits five seconds at most", refused({ "retry-after": "3600" }), [5000]],
    ["takes a date for no answer", refused({ "retry-after": "Sun, 29 Nov 2026" }), [250]],
  ])("%s", (_, response, waits) => {
    expect(waits.map((_wait, index) => waitAfterRefusal(response, index + 1, 0))).toEqual(waits);
  });

  it("spreads the waits of requests that were refused together", () => {
    expect(waitAfterRefusal(refused(), 1, 1)).toBe(375);
  });

  it.each([
    ["after four waits", refused(), 5],
    ["where Stripe says so", refused({ "stripe-should-retry": "false" }), 1],
    ["where it was refused for something else", refused({}, 409), 1],
  ])("is given up %s", (_, response, tries) => {
    expect(waitAfterRefusal(response, tries, 0)).toBeNull();
  });
});

describe("the local Stripe", () => {
  it("refuses what goes past its rate, in Stripe's words, until the limit is lifted", async () => {
    const { client, control } = standInStripe();
    control.limitRate(2);
    await client.customers.list();
    await client.customers.list();
    await expect(client.customers.list()).rejects.toMatchObject({
      statusCode: 429,
      code: "rate_limit",
      headers: { "stripe-rate-limited-reason": "global-rate" },
    });
    control.limitRate(null);
    await client.customers.list();
  });
});
