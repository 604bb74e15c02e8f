import { html } from "hono/html";

type Html = ReturnType<typeof html>;

/** One page, in the reader's own light or dark. What is put into it with `html` is escaped. */
export const page = (title: string, content: Html): Html => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title} · Farebox</title>
    <style>
      :root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
      body { max-width: 42rem; margin: 4rem auto; padding: 0 1.25rem; }
      table { width: 100%; border-collapse: collapse; }
      th, td { padding: 0.5rem 1.5rem 0.5rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); text-align: left; }
      td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums; }
    </style>
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      ${content}
    </main>
  </body>
</html>`;
