import { Hono } from "hono";
import { html } from "hono/html";
import type { KeptMail, Mailbox } from "./mailbox.ts";

const page = (title: string, content: ReturnType<typeof html>) => html`<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title}</title>
      <style>
        body {
          font: 16px/1.5 system-ui, sans-serif;
          max-width: 48rem;
          margin: 2rem auto;
          padding: 0 1rem;
        }
        table {
          width: 100%;
          border-collapse: collapse;
        }
        td,
        th {
          text-align: start;
          padding: 0.25rem 0.5rem;
          border-bottom: 1px solid #ddd;
        }
        iframe {
          width: 100%;
          height: 32rem;
          border: 1px solid #ddd;
        }
        pre {
          white-space: pre-wrap;
          overflow-wrap: anywhere;
        }
      </style>
    </head>
    <body>
      <h1>${title}</h1>
      ${content}
    </body>
  </html>`;

const listPage = (mails: readonly KeptMail[]) =>
  page(
    "Local mailbox",
    mails.length === 0
      ? html`<p>No mails yet.</p>`
      : html`<table>
          <thead>
            <tr>
              <th scope="col">To</th>
              <th scope="col">Subject</th>
              <th scope="col">At</th>
            </tr>
          </thead>
          <tbody>
            ${mails.map(
              ({ id, to, subject, at }) => html`<tr>
                <td>${to.join(", ")}</td>
                <td><a href="/mails/${id}">${subject}</a></td>
                <td>${at.slice(0, 19).replace("T", " ")}</td>
              </tr>`,
            )}
          </tbody>
        </table>`,
  );

/** Shows the addresses in a plain text as links. */
const linkify = (text: string) =>
  text
    .split(/(https?:\/\/\S+)/)
    .map((part, at) => (at % 2 === 1 ? html`<a href="${part}">${part}</a>` : html`${part}`));

const mailPage = ({ from, to, subject, at, html: content, text }: KeptMail) =>
  page(
    subject,
    html`<p><a href="/">All mails</a></p>
      <p>From ${from}, to ${to.join(", ")}, at ${at}</p>
      <iframe
        title="The mail as HTML"
        sandbox="allow-top-navigation-by-user-activation"
        srcdoc="${content.replace("<head>", '<head><base target="_top">')}"
      ></iframe>
      <h2>As plain text</h2>
      <pre>${linkify(text)}</pre>`,
  );

/**
 * The mailbox over HTTP: Resend's `POST /emails`, pages for people, and `GET /_local/mails?to=` for
 * tests, newest first.
 */
export const mailboxApp = (mailbox: Mailbox) =>
  new Hono()
    .post("/emails", async (c) => {
      const key = c.req.header("idempotency-key") ?? null;
      const body = await c.req.text();
      const answer = mailbox.send(c.req.header("authorization"), key, body, Date.now());
      return c.json(answer.body, answer.status);
    })
    .get("/", (c) => c.html(listPage(mailbox.mails)))
    .get("/mails/:id", (c) => {
      const mail = mailbox.mails.find(({ id }) => id === c.req.param("id"));
      return mail === undefined ? c.notFound() : c.html(mailPage(mail));
    })
    .get("/_local/mails", (c) => {
      const to = c.req.query("to");
      const found = mailbox.mails.filter((mail) => to === undefined || mail.to.includes(to));
      return c.json(found);
    });
