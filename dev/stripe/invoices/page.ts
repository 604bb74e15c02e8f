import { Hono } from "hono";
import { html } from "hono/html";
import type { Context } from "../context.ts";
import { formatMoney } from "../currencies.ts";
import { layout } from "../layout.ts";
import type { Invoice } from "../wire.ts";
import { collectInvoice } from "./collect.ts";

/** The lines and the totals of an invoice. */
const table = (invoice: Invoice) => html`<table>
  <caption>
    Invoice ${invoice.number ?? "(draft)"}: ${invoice.status}
  </caption>
  <thead>
    <tr>
      <th scope="col">What</th>
      <th scope="col">Amount</th>
    </tr>
  </thead>
  <tbody>
    ${invoice.lines.data.map(
      (line) =>
        html`<tr>
          <td>${line.description}</td>
          <td>${formatMoney(line.amount, line.currency)}</td>
        </tr>`,
    )}
  </tbody>
  <tfoot>
    <tr>
      <th scope="row">Total</th>
      <td>${formatMoney(invoice.total, invoice.currency)}</td>
    </tr>
    <tr>
      <th scope="row">Amount due</th>
      <td><strong>${formatMoney(invoice.amount_due, invoice.currency)}</strong></td>
    </tr>
  </tfoot>
</table>`;

const page = (invoice: Invoice, problem?: string) =>
  layout(
    `Invoice ${invoice.number ?? ""}`,
    html`<h1>Invoice</h1>
      ${table(invoice)}
      ${problem === undefined ? "" : html`<p id="problem" role="alert">${problem}</p>`}
      ${
        invoice.status === "open"
          ? html`<form method="post" action="/i/${invoice.id}">
              <p><button type="submit">Pay with the card on file</button></p>
            </form>`
          : ""
      }
      <p><a id="pdf" href="/i/${invoice.id}/pdf">PDF</a></p>`,
  );

/** Builds the smallest document that a PDF reader opens: one page with the invoice's number. */
function pdf({ number }: Invoice): string {
  const label = (number ?? "draft").replace(/[()\\]/g, "");
  const text = `BT /F1 18 Tf 72 720 Td (Invoice ${label}) Tj ET`;
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R" +
      "/Resources<</Font<</F1 5 0 R>>>>>>",
    `<</Length ${text.length}>>\nstream\n${text}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  let document = "%PDF-1.4\n";
  const offsets = objects.map((body, index) => {
    const offset = document.length;
    document += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return `${String(offset).padStart(10, "0")} 00000 n \n`;
  });
  const start = document.length;
  const crossReferences = `xref\n0 6\n0000000000 65535 f \n${offsets.join("")}`;
  const trailer = `trailer<</Size 6/Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`;
  return document + crossReferences + trailer;
}

/** Creates the routes of `hosted_invoice_url` and `invoice_pdf`. */
export function invoiceRoutes(ctx: Context) {
  const find = (id: string) => ctx.store.invoices.get(id);
  const notFound = layout("No such invoice", html`<h1>No such invoice</h1>`);
  return new Hono()
    .get("/:id", (c) => {
      const invoice = find(c.req.param("id"));
      return invoice === undefined ? c.html(notFound, 404) : c.html(page(invoice));
    })
    .post("/:id", (c) => {
      const invoice = find(c.req.param("id"));
      if (invoice === undefined) return c.html(notFound, 404);
      if (invoice.status !== "open") return c.html(page(invoice, "There is nothing to pay."), 409);
      const { invoice: after, decline } = collectInvoice(ctx, invoice, {
        byHand: true,
        isHolderPresent: true,
      });
      return decline === undefined
        ? c.redirect(`/i/${after.id}`, 303)
        : c.html(page(after, decline.message), 402);
    })
    .get("/:id/pdf", (c) => {
      const invoice = find(c.req.param("id"));
      if (invoice === undefined) return c.html(notFound, 404);
      return c.body(pdf(invoice), 200, { "content-type": "application/pdf" });
    });
}
