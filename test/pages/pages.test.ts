import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { cookieOf, openPage, pageText, signUpVisitor, submitForm } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { signUp, uniqueEmail } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

beforeAll(loadDefaultCatalog);

describe("a page", () => {
  it("says after a canceled checkout that nothing was charged", async () => {
    const cancel = await openPage("/cancel?canceled=true");
    expect([cancel.status, cancel.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=UTF-8",
    ]);
    expect(await cancel.text()).toContain("You weren&#39;t charged.");
  });

  it("shows prices in the currency and interval that the reader chose", async () => {
    const dollars = await pageText("/pricing");
    for (const part of ["50 messages a day", "100 credits", "$9.99", "$15"])
      expect(dollars).toContain(part);
    expect(await pageText("/pricing?currency=eur")).toContain("€9.99");
    expect(await pageText("/pricing?currency=usd&interval=year")).toContain("a year");
  });

  it("escapes names, and allows only our own scripts", async () => {
    const name = "<script>alert(1)</script>";
    const prices = [{ currency: "usd", amountMinor: 100 }];
    const plans = [{ slug: "evil", name, kind: "one_time" as const, credits: 1, prices }];
    await loadCatalog(database(env.DB), { models: [], plans }, Date.now());
    const response = await openPage("/pricing");
    expect(await response.text()).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("img-src 'self';");
    expect(policy).not.toMatch(/unsafe|https:/);
  });

  it("is in the chosen language or else the browser's, with its text direction", async () => {
    expect(await pageText("/pricing", { "accept-language": "ar-EG,en;q=0.5" })).toContain(
      '<html lang="ar" dir="rtl">',
    );
    expect(
      await pageText("/pricing", { "accept-language": "ar", cookie: "farebox_lang=en" }),
    ).toContain('<html lang="en" dir="ltr">');
    expect(await pageText("/pricing?lang=ar")).toContain("باقات الرصيد");
    expect(await pageText("/pricing", { "accept-language": "fr" })).toContain(
      '<html lang="en" dir="ltr">',
    );
  });

  it("answers 404 as HTML, and the wire answers it as JSON", async () => {
    const page = await openPage("/nowhere");
    expect([page.status, page.headers.get("content-type")]).toEqual([
      404,
      "text/html; charset=UTF-8",
    ]);
    const wire = await call("GET", "/api/nowhere");
    expect([wire.status, await wire.json()]).toEqual([
      404,
      expect.objectContaining({ error: expect.any(Object) }),
    ]);
  });
});

describe("signing up and in", () => {
  it("keeps the session in an HttpOnly cookie, and returns to the page before", async () => {
    const email = uniqueEmail();
    const created = await submitForm("/signup", {
      email,
      password: "a long ride home",
      next: "/pricing?currency=eur",
    });
    expect([created.status, created.headers.get("location")]).toEqual([
      303,
      "/pricing?currency=eur",
    ]);
    expect(created.headers.get("set-cookie")).toMatch(/HttpOnly; SameSite=Lax/);
    const pricing = await pageText("/pricing", { cookie: cookieOf(created) });
    expect(pricing).toContain("Your plan");
    expect(pricing).toContain("Sign out");

    const out = await submitForm("/logout", {}, { cookie: cookieOf(created) });
    expect([out.status, cookieOf(out)]).toEqual([303, "farebox_session="]);
    expect(out.headers.get("clear-site-data")).toBe('"cache", "storage"');
    expect(await pageText("/pricing", { cookie: cookieOf(created) })).toContain("Sign in");

    const returnUrl = await submitForm("/login", { email, password: "a long ride home" });
    expect(returnUrl.headers.get("location")).toBe("/dashboard");
  });

  it("explains itself only to readers whom a page sent to sign in", async () => {
    const response = await openPage("/dashboard", { cookie: "farebox_session=over" });
    expect(await pageText(response.headers.get("location") ?? "")).toContain(
      "Sign in to continue.",
    );
    expect(await pageText("/login")).not.toContain("Sign in to continue.");
    expect(await pageText("/login?next=/dashboard&lang=ar")).toContain("سجّل الدخول للمتابعة.");
  });

  it("shows errors beside their fields, and keeps what was typed except the password", async () => {
    const reply = await submitForm("/signup", {
      email: uniqueEmail(),
      password: "password",
      name: "Ada <3",
    });
    const text = await reply.text();
    expect(reply.status).toBe(400);
    expect(text).toContain('aria-describedby="password-hint password-problem"');
    expect(text).toContain('value="Ada &lt;3"');
    expect(text).not.toContain('value="password"');
    expect(
      (await submitForm("/login", { email: uniqueEmail(), password: "wrong wrong wrong" })).status,
    ).toBe(401);
  });

  it.each(["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])(
    "never redirects to %s",
    async (next) => {
      const { email, password } = await signUp();
      const returnUrl = await submitForm("/login", { email, password, next });
      expect(returnUrl.headers.get("location")).toBe("/dashboard");
    },
  );

  it("refuses forms from another site", async () => {
    const { email, password } = await signUp();
    const reply = await submitForm(
      "/login",
      { email, password },
      { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    );
    expect([reply.status, reply.headers.get("set-cookie")]).toEqual([403, null]);
  });
});

describe("buying", () => {
  /** Buys the starter pack, and returns the path to which Stripe's page leads. */
  async function buyStarter(stripe: TestStripe, cookie: string): Promise<string> {
    const plans = await (await call("GET", "/api/plans?limit=100")).json<{
      data: { id: string; slug: string }[];
    }>();
    const planId = plans.data.find(({ slug }) => slug === "starter")?.id ?? "";
    const response = await submitForm("/buy", { planId, currency: "usd" }, { cookie });
    expect(response.status).toBe(303);
    const page = response.headers.get("location") ?? "";
    const paid = await stripe.pay(page);
    const returnUrl = new URL(paid.headers.get("location") ?? "");
    return `${returnUrl.pathname}${returnUrl.search}`;
  }

  it("redirects to Stripe's page, and shows the purchase before the webhook comes", async () => {
    const stripe = standInStripe();
    const { cookie } = await signUpVisitor();
    const done = await pageText(await buyStarter(stripe, cookie), { cookie });
    expect(done).toContain("100 credits added");
    expect(done).toContain("Starter");
  });

  it("waits for the webhook where Stripe cannot be asked", async () => {
    const stripe = standInStripe();
    const { cookie } = await signUpVisitor();
    const path = await buyStarter(stripe, cookie);
    stripe.control.nextRequests({ answer: 500, path: "/v1/", times: 100 });
    expect(await pageText(path, { cookie })).toContain("Waiting for Stripe");
    stripe.control.clearSwitches();
    await stripe.control.deliver();
    expect(await pageText(path, { cookie })).toContain("100 credits added");
  });

  it("takes a promotion code from the page, and says when there is no such code", async () => {
    const stripe = standInStripe();
    const { cookie } = await signUpVisitor();
    expect(await pageText("/pricing", { cookie })).toContain("Promotion code");
    const plans = await (await call("GET", "/api/plans?limit=100")).json<{
      data: { id: string; slug: string }[];
    }>();
    const planId = plans.data.find(({ slug }) => slug === "starter")?.id ?? "";
    const buy = async (promotionCode: string) =>
      await submitForm("/buy", { planId, currency: "usd", promotionCode }, { cookie });
    const unknown = await buy("NOBODY");
    expect([unknown.status, await unknown.text()]).toEqual([
      400,
      expect.stringContaining("code doesn&#39;t exist"),
    ]);
    const coupon = await stripe.client.coupons.create({ percent_off: 20 });
    const { id } = await stripe.client.promotionCodes.create({
      promotion: { type: "coupon", coupon: coupon.id },
      code: "WINTER",
    });
    await stripe.client.promotionCodes.update(id, { active: false });
    const over = await buy("WINTER");
    expect([over.status, await over.text()]).toEqual([
      400,
      expect.stringContaining("code can no longer be used"),
    ]);
    const promotion = { type: "coupon", coupon: coupon.id } as const;
    await stripe.client.promotionCodes.create({ promotion, code: "SPRING" });
    expect((await buy(" spring ")).status).toBe(303);
    expect((await buy("")).status).toBe(303);
    const [latest, discounted] = (await stripe.client.checkout.sessions.list()).data;
    expect([latest?.amount_total, discounted?.amount_total]).toEqual([999, 799]);
  });

  it("requires signing up first", async () => {
    const response = await submitForm("/buy", { planId: "pln_1" });
    expect([response.status, response.headers.get("location")]).toEqual([
      303,
      "/signup?next=%2Fpricing",
    ]);
  });
});
