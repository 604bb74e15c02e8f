import { html } from "hono/html";

const page = (title: string, content: ReturnType<typeof html>) => html`<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title}</title>
      <style>
        body {
          font: 16px/1.5 system-ui, sans-serif;
          max-width: 28rem;
          margin: 2rem auto;
          padding: 0 1rem;
        }
        label {
          display: block;
          margin: 0.75rem 0;
        }
        input:not([type="checkbox"]) {
          display: block;
          width: 100%;
          font: inherit;
        }
      </style>
    </head>
    <body>
      <h1>${title}</h1>
      ${content}
    </body>
  </html>`;

/** The page on which a person says who they are. The form carries the request along. */
export const signInPage = (title: string, query: URLSearchParams) =>
  page(
    title,
    html`<p>For ${query.get("client_id")}. Choose who you are: there are no passwords here.</p>
      <form method="post">
        ${[...query].map(
          ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
        )}
        <label
          >Address <input name="login_email" type="email" value="rider@farebox.local" required
        /></label>
        <label>Name <input name="login_name" value="Rider" /></label>
        <label
          ><input type="checkbox" name="login_verified" value="yes" checked /> The address is
          proved</label
        >
        <label>Subject (that of the address, if empty) <input name="login_subject" /></label>
        <button name="login_action" value="allow">Sign in</button>
        <button name="login_action" value="deny" formnovalidate>Cancel</button>
      </form>`,
  );

/** The page of a request that is not the client's: nobody is sent anywhere. */
export const refusedPage = (text: string) => page("This sign-in is refused", html`<p>${text}</p>`);
