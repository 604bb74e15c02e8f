import { html } from "hono/html";
import { secureHeaders } from "hono/secure-headers";
import { listPlans } from "../catalog/index.ts";
import { database } from "../db.ts";
import { router } from "../http/factory.ts";
import { page } from "./layout.ts";
import { planLines, priceLines } from "./plan-lines.ts";

/** Where people come back to from Stripe, and where a 402 sends them. They know nobody, and show nothing of anybody. */
export const pageRoutes = router()
  .use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'unsafe-inline'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    }),
  )
  .get("/success", (c) =>
    c.html(
      page(
        "Thank you",
        html`<p>Stripe has your payment. What you bought is yours as soon as Stripe tells us so, which takes seconds; with some ways
            to pay it takes days.</p>
          <p>Your orders: <code>GET /api/orders</code>. Your credits: <code>GET /api/credits</code>.</p>`,
      ),
    ),
  )
  .get("/cancel", (c) =>
    c.html(
      page(
        "Nothing was bought",
        html`<p>You left the payment page, and nothing was charged.</p><p><a href="/pricing">Plans and packs</a></p>`,
      ),
    ),
  )
  .get("/pricing", async (c) => {
    const plans = await listPlans(database(c.env.DB), { activeOnly: true });
    const rows = plans.map(
      (plan) => html`<tr>
        <th scope="row">${plan.name}</th>
        <td>${planLines(plan).join(", ")}</td>
        <td class="figure">${priceLines(plan).join(" or ")}</td>
        <td><code>${plan.slug}</code></td>
      </tr>`,
    );
    return c.html(
      page(
        "Plans and packs",
        html`<table>
            <thead><tr><th scope="col">Name</th><th scope="col">What you get</th><th scope="col" class="figure">Price</th><th scope="col">planId</th></tr></thead>
            <tbody>${rows}</tbody>
          </table>
          <p>Buy with <code>POST /api/checkout</code> and the planId; it answers with the address of Stripe's page.</p>`,
      ),
    );
  });
