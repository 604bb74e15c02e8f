import { exports } from "cloudflare:workers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { adminUser, callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";

const NONE = {
  name: null,
  accent: null,
  support: null,
  terms: null,
  privacy: null,
  imprint: null,
  home: null,
  logo: null,
};
const choose = (brand: object) => callAsAdmin("PATCH", "/api/admin/brand", { ...NONE, ...brand });
const open = async (path: string) => await (await call("GET", path)).text();

let cookie: string;
beforeAll(async () => {
  await loadDefaultCatalog();
  const { email, password } = await adminUser();
  const signedIn = await call("POST", "/login", {
    body: new URLSearchParams({ email, password }).toString(),
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      origin: "http://farebox.test",
      "sec-fetch-site": "same-origin",
    },
  });
  cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
});
beforeEach(async () => {
  await choose({});
});
afterAll(async () => {
  await choose({});
});

/** Posts the form of `/admin/brand`, as a browser does: with a file. */
const post = (fields: Record<string, string | File>) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return exports.default.fetch(
    new Request("http://farebox.test/admin/brand", {
      method: "POST",
      body,
      redirect: "manual",
      headers: { cookie, origin: "http://farebox.test", "sec-fetch-site": "same-origin" },
    }),
  );
};

describe("a page under the operator's brand", () => {
  it("has the operator's name, colors and links, and nowhere ours", async () => {
    await choose({
      name: "Nile AI",
      accent: "#1d4ed8",
      support: "help@nile.test",
      terms: "https://nile.test/terms",
      privacy: "/privacy.html",
      imprint: "https://nile.test/imprint",
    });
    for (const path of ["/", "/pricing", "/login", "/signup"]) {
      const text = await open(path);
      expect(text).toMatch(/<title>[^<]* · Nile AI<\/title>/);
      expect(text).toContain('href="/brand/accent/1d4ed8.css?v=1"');
      expect(text).toContain('href="mailto:help@nile.test"');
      expect(text).toContain('<meta name="theme-color" content="#1d4ed8"');
      for (const link of ["https://nile.test/terms", "/privacy.html", "https://nile.test/imprint"])
        expect(text).toContain(`href="${link}"`);
      expect(text.replace(/farebox\.(test|css)/g, "")).not.toMatch(/farebox/i);
    }
  });

  it("asks new users to agree only to what there is", async () => {
    expect(await open("/signup")).not.toContain("By creating an account");
    await choose({ privacy: "/privacy.html" });
    expect(await open("/signup")).toMatch(/agree to the <a href="\/privacy\.html">/);
    expect(await open("/login")).not.toContain("By creating an account");
  });

  it("tells search engines and social sites about itself where everybody may read it", async () => {
    await choose({ name: "Nile AI" });
    const home = await open("/");
    expect(home).toContain('<meta property="og:site_name" content="Nile AI"');
    expect(home).toContain('<link rel="canonical" href="http://farebox.test/"');
    expect(home).toMatch(/<meta name="description" content="[^"]{20,}"/);
    expect(await open("/login")).toContain('<meta name="robots" content="noindex"');
    const robots = await open("/robots.txt");
    for (const path of ["/account", "/admin", "/chat", "/dashboard", "/keys"])
      expect(robots).toContain(`Disallow: ${path}\n`);
    expect(robots).toContain("Sitemap: http://farebox.test/sitemap.xml");
    const sitemap = await open("/sitemap.xml");
    expect(sitemap).toContain("<loc>http://farebox.test/pricing</loc>");
    expect(sitemap).not.toContain("/admin");
  });
});

describe("the home page", () => {
  it("shows models and prices that are sold, and a request that works", async () => {
    const { data: sold } = await (await call("GET", "/v1/models")).json<{
      data: { id: string; kind: string }[];
    }>();
    const models = sold.filter(({ kind }) => kind === "chat");
    const { data: plans } = await (await call("GET", "/api/plans/active")).json<{
      data: { name: string; kind: string }[];
    }>();
    const text = await open("/");
    // Other files may put more models on sale than the page has room for.
    for (const { id } of models.slice(0, 3)) expect(text).toContain(`<bdi>${id}</bdi>`);
    expect(plans.filter(({ name }) => text.includes(`<h3>${name}</h3>`)).length).toBeGreaterThan(1);
    const [, model] = /&quot;model&quot;:&quot;([^&]+)&quot;/.exec(text) ?? [];
    expect(models.map(({ id }) => id)).toContain(model);
  });

  it.each([
    ["pricing", "/pricing"],
    ["https://nile.test/welcome", "https://nile.test/welcome"],
  ])("leads elsewhere where the operator wants that: %s", async (home, location) => {
    await choose({ home });
    const answer = await call("GET", "/");
    expect([answer.status, answer.headers.get("location")]).toEqual([302, location]);
  });
});

describe("/admin/brand", () => {
  it("saves what was typed and the logo that was uploaded, and shows both", async () => {
    const logo = new File(['<svg xmlns="http://www.w3.org/2000/svg"/>'], "logo.svg");
    const saved = await post({ name: "Nile AI", accent: "1d4ed8", support: "", logo });
    expect([saved.status, saved.headers.get("location")]).toEqual([303, "/admin/brand"]);
    const brand = await (await call("GET", "/api/brand")).json<{ logoUrl: string }>();
    expect(brand).toMatchObject({ name: "Nile AI", accent: "#1d4ed8", support: null });
    expect(await open("/pricing")).toContain(`src="${brand.logoUrl}"`);
    await post({ name: "", removeLogo: "yes" });
    expect(await (await call("GET", "/api/brand")).json()).toMatchObject({
      name: "Farebox",
      logoUrl: null,
      accent: "#1d4ed8",
    });
  });

  it("shows a refused form again, with what was typed and the reason at its field", async () => {
    const refused = await post({ name: "Nile AI", accent: "teal" });
    const text = await refused.text();
    expect(refused.status).toBe(400);
    expect(text).toContain('value="Nile AI"');
    expect(text).toMatch(/id="accent-problem"[\s\S]{0,400}hex color/);
  });

  it("previews what stands in its address, and saves none of it", async () => {
    const preview = await call("GET", "/admin/brand?name=Nile&accent=%23ff8800", {
      headers: { cookie },
    });
    const text = await preview.text();
    expect(text).toContain("/brand/accent/ff8800.css?v=1&amp;for=preview");
    expect(text).toContain("<span data-brand-name");
    expect(await (await call("GET", "/api/brand")).json()).toMatchObject({ name: "Farebox" });
  });
});
