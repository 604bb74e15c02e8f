import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { sendDueMails } from "../../src/mail/index.ts";
import { call } from "../support/call.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { standInMailedStripe, tellMailed } from "../support/mailed-stripe.ts";
import { loadShopCatalog, openCheckout } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";

beforeAll(loadShopCatalog);

const worker = new MailWorker();

it("a refund of an order is mailed once, in part and in whole", async () => {
  const [stripe, user] = [standInMailedStripe(worker), await signUp()];
  const { url } = await openCheckout(user.token, { planId: "t-pack" });
  await stripe.pay(url);
  await stripe.control.deliver();
  const { data } = await (await call("GET", "/api/orders", { token: user.token })).json<{
    data: { id: string }[];
  }>();
  const order = await env.DB.prepare(
    "select stripe_payment_intent_id as id from orders where id = ?",
  )
    .bind(data[0]?.id)
    .first<{ id: string }>();
  for (const amount of [100, 899]) {
    const refund = await stripe.client.refunds.create({ payment_intent: order?.id ?? "", amount });
    await stripe.control.flush();
    for (let times = 0; times < 2; times += 1)
      await tellMailed(worker, "refund.updated", refund.id);
  }
  await sendDueMails(worker.context, 100);
  const texts = worker.mailsTo(user.email).map(({ text }) => text);
  expect(texts.map((text) => /\$[\d.]+/.exec(text)?.[0] ?? "").toSorted()).toEqual([
    "$1.00",
    "$8.99",
  ]);
  for (const text of texts) expect(text).toContain("\u2068Pack\u2069");
});
