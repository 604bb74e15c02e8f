import { beforeAll, describe, expect, it } from "vitest";
import { openPage, pageText, signUpVisitor, submitForm } from "../support/browser.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { PageBrowser } from "../support/page-browser.ts";
import { loadShopCatalog, openCheckout } from "../support/shop.ts";
import { standInStripe } from "../support/stripe.ts";
import { createSubscriptionPlans, subscribeUser } from "../support/subscriber.ts";

beforeAll(loadShopCatalog);

const firstOrder = (page: string) => /href="(\/orders\/(?:ord|in)_\w+)"/.exec(page)?.[1] ?? "";

describe("/orders", () => {
  it("shows what was bought, also without a subscription, with receipt and invoice", async () => {
    const stripe = standInStripe();
    const { token, cookie } = await signUpVisitor();
    expect(await pageText("/orders", { cookie })).toContain('class="empty"');
    const { url } = await openCheckout(token, { planId: "t-pack" });
    // What was only tried is not in the list of what was paid.
    expect(await pageText("/orders", { cookie })).toContain('class="empty"');
    const unpaid = await pageText("/orders?show=all", { cookie });
    expect(unpaid).toContain("Not paid");
    expect(unpaid).not.toContain("/receipt");
    await stripe.pay(url);
    await stripe.control.flush();
    const list = await pageText("/orders", { cookie });
    expect(list).toContain("$9.99");
    const path = firstOrder(list);
    const stranger = await signUpVisitor();
    for (const document of ["receipt", "invoice"]) {
      const opened = await openPage(`${path}/${document}`, { cookie });
      expect([opened.status, opened.headers.get("location")]).toEqual([
        303,
        expect.stringMatching(/^http:\/\/stripe\.test\//),
      ]);
      const refused = await openPage(`${path}/${document}`, { cookie: stranger.cookie });
      expect(refused.status).toBe(404);
    }
  });

  it.each([
    ["jpy", "¥1,500"],
    ["kwd", "KWD\u00a03.070"],
  ])("writes an amount in %s with the decimals of its currency", async (currency, amount) => {
    const stripe = standInStripe();
    const { token, cookie } = await signUpVisitor();
    await stripe.pay((await openCheckout(token, { planId: "t-pack", currency })).url);
    await stripe.control.flush();
    const list = await pageText("/orders", { cookie });
    expect(list).toContain(amount);
    const order = await pageText(firstOrder(list), { cookie });
    expect(order).toContain(amount);
  });

  it("comes in pages of twenty", async () => {
    standInStripe();
    const { token, cookie } = await signUpVisitor();
    for (let count = 0; count < 21; count++) await openCheckout(token, { planId: "t-pack" });
    const first = await pageText("/orders?show=all", { cookie });
    const [, next = ""] = /href="(\/orders\?show=all&amp;cursor=[^"]+)"/.exec(first) ?? [];
    expect(first.match(/<th scope="row">/g)).toHaveLength(20);
    const last = await pageText(next.replace("&amp;", "&"), { cookie });
    expect(last.match(/<th scope="row">/g)).toHaveLength(1);
  });

  it("has the invoices of subscriptions, each with a page of its own", async () => {
    const stripe = standInStripe();
    const user = await subscribeUser(stripe, (await createSubscriptionPlans()).pro);
    const cookie = `farebox_session=${user.refreshToken}`;
    const path = firstOrder(await pageText("/orders", { cookie }));
    expect(path).toMatch(/^\/orders\/in_/);
    const invoice = await pageText(path, { cookie });
    expect(invoice).toContain("$15");
    expect(invoice).toMatch(/<a class="button plain" href="http[^"]+\/pdf" rel="noreferrer">/);
    const stranger = await signUpVisitor();
    expect((await openPage(path, { cookie: stranger.cookie })).status).toBe(404);
  });

  it("is where the links of before lead", async () => {
    const { cookie } = await signUpVisitor();
    for (const path of ["/account/orders", "/account/invoices"])
      expect((await openPage(path, { cookie })).headers.get("location")).toBe("/orders");
  });
});

describe("the page of an order", () => {
  it("tells what it granted, and each refund with its time", async () => {
    const stripe = standInStripe();
    const { token, cookie } = await signUpVisitor();
    await stripe.pay((await openCheckout(token, { planId: "t-pack" })).url);
    await stripe.control.flush();
    const path = firstOrder(await pageText("/orders", { cookie }));
    const paid = await pageText(path, { cookie });
    expect(paid).toContain("100 credits");
    expect(paid).toMatch(/<span class="badge good">Paid<\/span>/);
    expect(paid).not.toContain("Refunds");
    // The operator gives no window here, so no refund is offered.
    expect(paid).not.toContain(`${path}/refund`);
    const refused = await submitForm(`${path}/refund`, {}, { cookie });
    expect(refused.status).toBe(422);
    const [charge] = (await stripe.client.charges.list()).data;
    await stripe.client.refunds.create({ charge: charge?.id ?? "", amount: 300 });
    await stripe.control.flush();
    const refunded = await pageText(path, { cookie });
    expect(refunded).toContain("Partly refunded");
    expect(refunded).toMatch(/Refunds<\/h2>.*UTC<\/dt><dd>\$3<\/dd>/s);
  });

  it("refunds a sale within the operator's window, once, and says how much", async () => {
    const stripe = standInStripe();
    const { token, email, password } = await signUpVisitor();
    await stripe.pay((await openCheckout(token, { planId: "t-pack" })).url);
    await stripe.control.flush();
    const page = new PageBrowser(new MailWorker({ REFUND_WINDOW_DAYS: "14" }));
    await page.post("/login", { email, password });
    const path = firstOrder((await page.open("/orders")).text);
    const paid = (await page.open(path)).text;
    expect(paid).toContain(`action="${path}/refund"`);
    const once = /name="once" value="([^"]+)"/.exec(paid)?.[1] ?? "";
    for (let sent = 0; sent < 2; sent += 1) {
      const answer = await page.post(`${path}/refund`, { once });
      expect([answer.status, answer.location]).toEqual([303, path]);
      expect((await page.open(path)).text).toContain("We refunded $9.99.");
    }
    await stripe.control.flush();
    expect((await stripe.client.refunds.list()).data.map(({ amount }) => amount)).toEqual([999]);
    const after = (await page.open(path)).text;
    expect(after).toContain("Refunds</h2>");
    expect(after).not.toContain(`${path}/refund`);
  });

  it("is there while Stripe cannot be reached, without Stripe's part", async () => {
    const stripe = standInStripe();
    const { token, cookie } = await signUpVisitor();
    await stripe.pay((await openCheckout(token, { planId: "t-pack" })).url);
    await stripe.control.flush();
    const path = firstOrder(await pageText("/orders", { cookie }));
    stripe.control.nextRequests({ answer: 500, times: 20 });
    const page = await pageText(path, { cookie });
    expect(page).toContain("$9.99");
    expect(page).toContain("Stripe can&#39;t be reached right now");
  });

  it("is in Arabic for readers of Arabic", async () => {
    const stripe = standInStripe();
    const { token, cookie } = await signUpVisitor();
    await stripe.pay((await openCheckout(token, { planId: "t-pack" })).url);
    await stripe.control.flush();
    const arabic = `${cookie}; farebox_lang=ar`;
    const list = await pageText("/orders?lang=ar", { cookie: arabic });
    expect(list).toContain("الطلبات");
    expect(await pageText(`${firstOrder(list)}?lang=ar`, { cookie: arabic })).toContain("يشمل");
  });
});
