import { html } from "hono/html";

type Html = ReturnType<typeof html>;

/** Returns a plain page that works without scripts. Everything put into it is escaped by `html`. */
export const layout = (title: string, body: Html): Html => html`<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title} · local Stripe</title>
      <style>
        body {
          font: 16px/1.5 system-ui, sans-serif;
          max-width: 46rem;
          margin: 2rem auto;
          padding: 0 1rem;
          color: #1a1f36;
          background: #fff;
        }
        table {
          border-collapse: collapse;
          width: 100%;
        }
        caption {
          text-align: left;
          font-weight: 600;
        }
        th,
        td {
          text-align: left;
          padding: 0.3rem 0.6rem 0.3rem 0;
          border-bottom: 1px solid #ddd;
          overflow-wrap: anywhere;
        }
        input:not([type="radio"]) {
          display: block;
          width: 100%;
          padding: 0.5rem;
          font: inherit;
          box-sizing: border-box;
        }
        button {
          padding: 0.5rem 1rem;
          font: inherit;
        }
        .note {
          color: #4f566b;
        }
        [role="alert"] {
          color: #a3000b;
          font-weight: 600;
        }
      </style>
    </head>
    <body>
      <main>${body}</main>
    </body>
  </html>`;
