import { env } from "cloudflare:workers";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { loadBrand } from "../../src/brand/index.ts";
import { database } from "../../src/db.ts";
import { adminUser, callAsAdmin } from "../support/admin.ts";
import { call, readError } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { signUp } from "../support/sign-up.ts";

const PATH = "/api/admin/brand";
const CLEARED = {
  name: null,
  accent: null,
  support: null,
  terms: null,
  privacy: null,
  imprint: null,
  home: null,
  logo: null,
};
const clear = () => callAsAdmin("PATCH", PATH, CLEARED);
const shown = async () => await (await call("GET", "/api/brand")).json<Record<string, unknown>>();
const base64 = (text: string) => new TextEncoder().encode(text).toBase64();

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>1</script></svg>';
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E";

beforeEach(async () => {
  await clear();
});
afterAll(async () => {
  await clear();
});

describe("the brand", () => {
  it("is the settings' until an admin chooses, and again after that is cleared", async () => {
    expect(await shown()).toEqual({
      name: "Farebox",
      logoUrl: null,
      accent: null,
      support: null,
      terms: null,
      privacy: null,
      imprint: null,
      home: "own page",
    });
    const chosen = { name: "Nile AI", accent: "#F80", terms: "/terms.html" };
    const answer = await callAsAdmin("PATCH", PATH, chosen);
    expect(await answer.json()).toMatchObject({
      shown: { name: "Nile AI", accent: "#ff8800", terms: "/terms.html", support: null },
      chosen: { name: "Nile AI", accent: "#ff8800", support: null },
      settings: { name: "Farebox", accent: null },
    });
    expect(await shown()).toMatchObject({ name: "Nile AI", accent: "#ff8800" });
    await callAsAdmin("PATCH", PATH, { name: null });
    expect(await shown()).toMatchObject({ name: "Farebox", accent: "#ff8800" });
  });

  it("is read by everybody, and for admins alone to change", async () => {
    const { token } = await signUp();
    expect((await call("GET", "/api/brand")).headers.get("cache-control")).toContain("public");
    for (const method of ["GET", "PATCH"]) {
      const refused = await call(method, PATH, {
        token,
        ...(method === "GET" ? {} : { body: {} }),
      });
      expect(await readError(refused)).toMatchObject({ status: 403, code: "admin_only" });
    }
  });

  it("changes with an entry in the audit log: who, and the fields before and after", async () => {
    await callAsAdmin("PATCH", PATH, { name: "Nile AI" });
    await callAsAdmin("PATCH", PATH, { name: "Nile", support: "help@nile.test" });
    // Nothing changes, and nothing is recorded.
    await callAsAdmin("PATCH", PATH, { name: "Nile" });
    const log = await callAsAdmin("GET", "/api/admin/audit?subjectId=brand&limit=2");
    const { userId } = await adminUser();
    expect(await log.json()).toMatchObject({
      data: [
        {
          action: "brand.updated",
          actor: { kind: "admin", id: userId },
          before: { name: "Nile AI", support: null },
          after: { name: "Nile", support: "help@nile.test" },
        },
        { action: "brand.updated", before: { name: null }, after: { name: "Nile AI" } },
      ],
    });
  });

  it.each([
    ["name", " "],
    ["name", "two\nlines"],
    ["accent", "teal"],
    ["support", "nobody"],
    ["terms", "javascript:alert(1)"],
    ["privacy", "//elsewhere.test"],
    ["imprint", "imprint"],
    ["home", "http://farebox.test/"],
    ["home", "landing"],
    ["logo", "no base64!"],
    ["logo", base64("<html><svg></svg></html>")],
    ["logo", base64("GIF89a")],
    ["logo", "A".repeat(400_000)],
    ["logo", base64(`<svg>${" ".repeat(262_139)}</svg>`)],
    ["color", "#ffffff"],
  ])("refuses %s: %.20s, naming the field", async (field, value) => {
    const refused = await callAsAdmin("PATCH", PATH, { [field]: value });
    expect(await readError(refused)).toEqual({
      status: 400,
      code: "invalid_request",
      param: field,
    });
  });

  it("costs D1 a query a minute, however many pages show it", async () => {
    const prepare = vi.fn((query: string) => env.DB.prepare(query));
    const counted = new Proxy(env.DB, {
      get: (target, name) => (name === "prepare" ? prepare : Reflect.get(target, name, target)),
    });
    const db = database(counted);
    for (const nowMs of [0, 1, 59_999]) await loadBrand(testContext({ db, nowMs }));
    expect(prepare).toHaveBeenCalledTimes(1);
    await loadBrand(testContext({ db, nowMs: 60_000 }));
    expect(prepare).toHaveBeenCalledTimes(2);
  });

  it("is shown as it was while D1 fails, and never fails a page", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const state = { isDown: true };
    const failing = new Proxy(env.DB, {
      get: (target, name) =>
        name === "prepare"
          ? (query: string) => {
              if (state.isDown) throw new Error("D1 is down");
              return target.prepare(query);
            }
          : Reflect.get(target, name, target),
    });
    const db = database(failing);
    await callAsAdmin("PATCH", PATH, { name: "Nile AI" });
    const nameAt = async (nowMs: number) => (await loadBrand(testContext({ db, nowMs }))).name;
    expect(await nameAt(0)).toBe("Farebox");
    state.isDown = false;
    expect(await nameAt(4999)).toBe("Farebox");
    expect(await nameAt(5000)).toBe("Nile AI");
    state.isDown = true;
    expect(await nameAt(65_000)).toBe("Nile AI");
  });
});

describe("the logo", () => {
  it.each([
    ["image/png", PNG],
    ["image/svg+xml", base64(SVG)],
    ["image/svg+xml", base64(`<?xml version="1.0"?>\n<!-- made by hand -->\n${SVG}`)],
    ["image/webp", base64("RIFF\0\0\0\0WEBPVP8 ")],
  ])("is a %s by its bytes, and is served inert from our own origin", async (type, logo) => {
    await callAsAdmin("PATCH", PATH, { logo });
    const { logoUrl } = await shown();
    expect(logoUrl).toMatch(/^\/brand\/logo\/[0-9a-f]{32}$/);
    const answer = await call("GET", String(logoUrl));
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": type,
      "x-content-type-options": "nosniff",
      "content-security-policy": expect.stringMatching(/default-src 'none'.*sandbox/),
      "cache-control": "public, max-age=31536000, immutable",
    });
    const etag = answer.headers.get("etag") ?? "";
    expect(new Uint8Array(await answer.arrayBuffer()).toBase64().replace(/=+$/, "")).toBe(
      logo.replace(/=+$/, ""),
    );
    const again = await call("GET", String(logoUrl), { headers: { "if-none-match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it("has another address once another is uploaded, and the old address still works", async () => {
    await callAsAdmin("PATCH", PATH, { logo: PNG });
    const first = (await shown())["logoUrl"];
    await callAsAdmin("PATCH", PATH, { logo: base64(SVG) });
    expect((await shown())["logoUrl"]).not.toBe(first);
    expect((await call("GET", String(first))).status).toBe(200);
    await callAsAdmin("PATCH", PATH, { logo: null });
    expect((await shown())["logoUrl"]).toBeNull();
  });

  it("that was never uploaded is not found", async () => {
    expect((await call("GET", `/brand/logo/${"0".repeat(32)}`)).status).toBe(404);
  });
});

describe("what is made of the brand", () => {
  it("is a style sheet of the accent, which any cache may keep", async () => {
    const answer = await call("GET", "/brand/accent/ff8800.css?v=1");
    expect(answer.headers.get("content-type")).toContain("text/css");
    expect(answer.headers.get("cache-control")).toContain("immutable");
    expect(await answer.text()).toMatch(/^:root \{\n {2}--accent: light-dark\(#/);
    const preview = await call("GET", "/brand/accent/ff8800.css?v=1&for=preview");
    expect(await preview.text()).toMatch(/^\.brand-preview \{/);
    expect((await call("GET", "/brand/accent/orange.css")).status).toBe(404);
  });

  it("is an icon with the name's first letter, which is no markup", async () => {
    await callAsAdmin("PATCH", PATH, { name: "<script>", accent: "#ffffff" });
    const icon = await (await call("GET", "/brand/icon.svg")).text();
    expect(icon).toContain(">&lt;</text>");
    expect(icon).not.toContain("script");
  });

  it("is a manifest, by which phones install the shop under its own name", async () => {
    await callAsAdmin("PATCH", PATH, { name: "Nile AI Chat House", accent: "#1d4ed8" });
    const answer = await call("GET", "/manifest.webmanifest");
    expect(answer.headers.get("content-type")).toBe("application/manifest+json");
    expect(await answer.json()).toMatchObject({
      name: "Nile AI Chat House",
      short_name: "Nile",
      theme_color: "#1d4ed8",
      icons: [{ src: "/brand/icon.svg" }],
    });
  });
});
