import { Hono } from "hono";
import { html, raw } from "hono/html";
import type { LocalTurnstile } from "./turnstile.ts";

/**
 * The script of the widget: a frame of its own for each `.cf-turnstile`, and a hidden field with
 * the token that the frame sends. It runs under the policy of the page: its script and its frame
 * come from here, and nothing else does.
 */
const script = `
const base = new URL(document.currentScript.src).origin;
function show(element) {
  const { sitekey = "", action = "", responseFieldName } = element.dataset;
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: responseFieldName ?? "cf-turnstile-response" });
  const frame = document.createElement("iframe");
  const query = new URLSearchParams({ sitekey, action, hostname: location.hostname });
  Object.assign(frame, { title: "Turnstile", width: 300, height: 65 });
  frame.src = base + "/turnstile/v0/widget?" + query;
  addEventListener("message", ({ origin, source, data }) => {
    if (origin === base && source === frame.contentWindow) field.value = data;
  });
  element.append(field, frame);
}
document.querySelectorAll(".cf-turnstile").forEach(show);
`;

const widget = (token: string | null) => html`<!doctype html>
  <html lang="en">
    <head>
      <title>Local Turnstile</title>
    </head>
    <body>
      <p>${token === null ? "Local Turnstile: no token." : "Local Turnstile: you are a person."}</p>
      ${
        token === null
          ? ""
          : raw(`<script>parent.postMessage(${JSON.stringify(token)}, "*");</script>`)
      }
    </body>
  </html>`;

/** Reads the fields of a question, which comes as JSON or as a form. */
async function readFields(request: Request): Promise<unknown> {
  try {
    const isJson = request.headers.get("content-type")?.startsWith("application/json") === true;
    return isJson ? await request.json() : Object.fromEntries(await request.formData());
  } catch {
    return null;
  }
}

/**
 * Turnstile over HTTP: siteverify, the widget's script and its frame; and `GET _local/token`, by
 * which programs of this machine have a token without a browser.
 */
export const turnstileApp = (turnstile: LocalTurnstile) =>
  new Hono()
    .basePath("/turnstile/v0")
    .post("/siteverify", async (c) =>
      c.json(turnstile.siteverify(await readFields(c.req.raw), Date.now())),
    )
    .get("/api.js", (c) => c.body(script, 200, { "content-type": "text/javascript" }))
    .get("/_local/token", (c) => {
      const { sitekey = "", hostname = "", action = "" } = c.req.query();
      return c.json({ token: turnstile.issue(sitekey, { hostname, action }, Date.now()) });
    })
    .get("/widget", (c) => {
      const { sitekey = "", hostname = "", action = "" } = c.req.query();
      return c.html(widget(turnstile.issue(sitekey, { hostname, action }, Date.now())));
    });
