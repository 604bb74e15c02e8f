import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { app, chats } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";
import { call } from "../support/call.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { fillPath, sweptRoutes } from "../support/sweep.ts";

const deployed: Env = Object.create(env, { PUBLIC_URL: { value: "https://farebox.example" } });

const send = async (
  url: string,
  { method = "GET", ...init }: RequestInit = {},
  served: Pick<typeof app, "fetch"> = app,
) => await served.fetch(new Request(url, { method, ...init }), deployed, createExecutionContext());

it("a page over http, or at another host, is redirected to PUBLIC_URL", async () => {
  for (const from of ["http://farebox.example", "https://farebox.me.workers.dev"])
    for (const method of ["GET", "HEAD"])
      for (const path of ["/", "/login?next=%2Fchat", "/pricing", "/no-such-page"]) {
        const { status, headers } = await send(from + path, { method });
        expect([status, headers.get("location")]).toEqual([308, `https://farebox.example${path}`]);
      }
});

it("over http every route of the wire is refused, with the address that is right", async () => {
  for (const { method, path } of sweptRoutes()) {
    const url = `http://farebox.example${fillPath(path, () => "x")}`;
    const served = path === "/v1/chat/completions" ? chats : app;
    const answer = await send(url, { method }, served);
    expect([method, path, answer.status]).toEqual([method, path, 400]);
    // Anthropic's clients read errors of their own shape.
    const isAnthropic = path.startsWith("/v1/messages");
    expect(await answer.json()).toMatchObject({
      error: {
        ...(isAnthropic ? {} : { code: "invalid_request", param: "url" }),
        message: expect.stringContaining("https://farebox.example"),
      },
    });
  }
});

it("a form over http is refused, and sets no cookie", async () => {
  const answer = await send("http://farebox.example/login", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "email=a%40b.test&password=x",
  });
  expect([answer.status, answer.headers.get("set-cookie")]).toEqual([400, null]);
});

it("over https everything is answered, and says to stay with it", async () => {
  await loadDefaultCatalog();
  for (const path of ["/", "/api/plans/active", "/v1/models"]) {
    const { status, headers } = await send(`https://farebox.example${path}`);
    expect([path, status]).toEqual([path, 200]);
    expect(headers.get("strict-transport-security")).toMatch(/max-age=\d{7,}/);
  }
  expect((await send("https://farebox.me.workers.dev/v1/models")).status).toBe(200);
});

it("where PUBLIC_URL is http, http is answered", async () => {
  expect((await call("GET", "/login")).status).toBe(200);
});
