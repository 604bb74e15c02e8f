import { beforeAll, describe, expect, it } from "vitest";
import { openPage, signUpVisitor, submitForm } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";

beforeAll(loadDefaultCatalog);

describe("signing in", () => {
  it.each([
    "/.//evil.example",
    "/x/..//evil.example",
    "/%2e//evil.example",
    "/./\\evil.example",
    "/.//.//evil.example",
  ])("never redirects to another site: %s", async (next) => {
    const { email, password, cookie } = await signUpVisitor();
    const posted = await submitForm("/login", { email, password, next });
    expect([posted.status, posted.headers.get("location")]).toEqual([
      303,
      expect.stringMatching(/^\/(?![/\\])/),
    ]);
    const shown = await openPage(`/login?next=${encodeURIComponent(next)}`, { cookie });
    expect([shown.status, shown.headers.get("location")]).toEqual([
      303,
      expect.stringMatching(/^\/(?![/\\])/),
    ]);
  });
});

describe("a page's path", () => {
  it("reaches only its own route of the wire, however its parameters are written", async () => {
    const { cookie, token, userId } = await signUpVisitor();
    const ways = [
      "../users/me",
      "..%2Fusers%2Fme",
      "x/../../users/me",
      "x/../../../v1/models",
      `../users/${userId}?x=`,
    ];
    const pages = [
      (part: string) => `/chat?agent=${part}`,
      (part: string) => `/chat/${part}`,
      (part: string) => `/success?session_id=${part}`,
      (part: string) => `/agents/${part}`,
      (part: string) => `/agents/${part}/edit`,
    ];
    const addresses = pages.flatMap((page) => ways.map((way) => page(encodeURIComponent(way))));
    for (const path of [
      ...addresses,
      "/chat?agent=..",
      "/chat?agent=%252e%252e",
      "/success?session_id=.",
    ])
      expect([path, (await openPage(path, { cookie })).status]).toEqual([path, 404]);

    const created = await call("POST", "/api/conversations", { token, body: {} });
    const { id } = await created.json<{ id: string }>();
    await submitForm(
      `/keys/${encodeURIComponent(`../conversations/${id}`)}/revoke`,
      {},
      { cookie },
    );
    expect((await call("GET", `/api/conversations/${id}`, { token })).status).toBe(200);
  });
});

describe("a malformed form", () => {
  it.each<[string, Record<string, string>]>([
    ["/login", {}],
    ["/signup", {}],
    ["/buy", {}],
    ["/keys", {}],
    ["/keys", { name: "k", once: "a b\u00e9\u2603" }],
    ["/keys", { name: "k", once: "x".repeat(300) }],
    ["/keys", { name: "k", once: "one", period: "century" }],
    ["/agents", {}],
    ["/chat", {}],
    ["/chat", { message: "Hi", once: "a\nb" }],
    ["/chat", { message: "Hi", once: "\u2603" }],
  ])("never causes a 500: %s %o", async (path, fields) => {
    const { cookie } = await signUpVisitor();
    expect((await submitForm(path, fields, { cookie })).status).not.toBe(500);
  });
});

describe("a posted body", () => {
  it.each([
    ["multipart/form-data; boundary=x", "no such boundary"],
    ["application/json", '{"email":"a@b.co","password":"b"}'],
    ["text/plain", "email=a@b.co"],
  ])("is refused as %s", async (type, body) => {
    const { cookie } = await signUpVisitor();
    const headers = {
      cookie,
      "content-type": type,
      origin: "http://farebox.test",
      "sec-fetch-site": "same-origin",
    };
    for (const path of ["/login", "/signup", "/logout", "/keys", "/chat", "/agents", "/buy"])
      expect([path, (await call("POST", path, { body, headers })).status]).toEqual([path, 415]);
    expect((await openPage("/dashboard", { cookie })).status).toBe(200);
  });

  it("is redirected to its parent path, whatever the path contains", async () => {
    const reply = await openPage("/agents/x%0d%0aSet-Cookie:a=b/buy");
    expect([reply.status, reply.headers.get("location")]).toEqual([
      303,
      "/agents/x%0d%0aSet-Cookie:a=b",
    ]);
  });

  it("is refused beyond 1 MiB", async () => {
    const reply = await submitForm("/login", {
      email: "a@b.co",
      password: "b",
      more: "x".repeat(1_100_000),
    });
    expect(reply.status).toBe(413);
  });
});

describe("a cache", () => {
  it("keeps no page of a signed-in user", async () => {
    const { cookie } = await signUpVisitor();
    for (const path of [
      "/",
      "/pricing",
      "/dashboard",
      "/credits",
      "/activity",
      "/keys",
      "/agents",
      "/chat",
      "/nowhere",
    ])
      expect([path, (await openPage(path, { cookie })).headers.get("cache-control")]).toEqual([
        path,
        "no-store",
      ]);
  });

  it("revalidates a page for visitors", async () => {
    const { headers } = await openPage("/pricing");
    expect(headers.get("cache-control")).toBe("private, no-cache");
  });
});
