import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { call } from "../support/call.ts";
import { haveCatalog } from "../support/catalog.ts";

beforeAll(haveCatalog);

it("says what was paid for comes soon, and what was canceled is not charged, to whoever comes back from Stripe", async () => {
  const success = await call("GET", "/success?session_id=cs_test_1&success=true");
  expect([success.status, success.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
  expect(await success.text()).toContain("Thank you");
  const cancel = await call("GET", "/cancel?canceled=true");
  expect(await cancel.text()).toContain("nothing was charged");
});

it("shows what is sold, in each currency's own digits", async () => {
  const text = await (await call("GET", "/pricing")).text();
  for (const part of ["50 messages a day", "100 credits", "9.99 USD or 9.99 EUR", "starter"]) expect(text).toContain(part);
});

it("shows a name as text, whatever is in it, and lets no script run", async () => {
  const name = "<script>alert(1)</script>";
  const prices = [{ currency: "usd", amountMinor: 100 }];
  const plans = [{ slug: "evil", name, kind: "one_time" as const, credits: 1, prices }];
  await loadCatalog(database(env.DB), { models: [], plans }, Date.now());
  const response = await call("GET", "/pricing");
  expect(await response.text()).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
});
