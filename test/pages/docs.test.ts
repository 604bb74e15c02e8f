import { describe, expect, it } from "vitest";
import { readReference } from "../../src/pages/docs/reference.ts";
import { describeType, listFields } from "../../src/pages/docs/schema.ts";
import { adminHeaders, openPage, pageText } from "../support/browser.ts";

/** Lists the routes of /openapi.json: `GET /api/plans`. */
async function openApiRoutes(): Promise<string[]> {
  const document = await (await openPage("/openapi.json")).json<{
    paths: Record<string, Record<string, unknown>>;
  }>();
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** Lists the routes that a page names. */
const routesIn = (html: string): string[] =>
  [...html.matchAll(/>(\w+)<\/span> <code dir="ltr">([^<]+)<\/code>/g)].map(
    ([, method, path]) => `${method} ${path}`,
  );

/** Lists the pages of the documentation that every visitor sees. */
const listDocsPages = async (): Promise<string[]> => [
  "/docs",
  "/docs/objects",
  ...new Set(
    [...(await pageText("/docs")).matchAll(/href="(\/docs\/[^"#]+)"/g)].map(
      ([, path]) => path ?? "",
    ),
  ),
];

describe("the API reference", () => {
  it("shows each route of /openapi.json with its own anchor, and needs no script", async () => {
    const all = await openApiRoutes();
    const found: string[] = [];
    for (const path of await listDocsPages()) {
      const page = await openPage(path);
      expect([path, page.status]).toEqual([path, 200]);
      const html = await page.text();
      found.push(...routesIn(html));
      const anchors = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(anchors).toHaveLength(new Set(anchors).size);
      const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id ?? "");
      expect([path, targets.filter((id) => !anchors.includes(id))]).toEqual([path, []]);
      const scripts = [...html.matchAll(/<script src="([^"]+)"/g)].map(([, src]) => src);
      expect(scripts).toEqual(["/page.js"]);
    }
    const isForCustomers = (route: string) => !route.includes(" /api/admin/");
    expect(found.toSorted()).toEqual(all.filter(isForCustomers).toSorted());
  });

  it("shows the operator's routes, and what only they answer, to admins alone", async () => {
    expect((await openPage("/docs/admin")).status).toBe(404);
    expect(await pageText("/docs/search?q=drift")).not.toContain("/api/admin/");
    const text = await pageText("/docs/admin", await adminHeaders());
    const all = await openApiRoutes();
    expect(routesIn(text).toSorted()).toEqual(
      all.filter((route) => route.includes(" /api/admin/")).toSorted(),
    );
  });

  it("finds operations by words of their path, summary or fields, the nearest first", async () => {
    const html = await pageText("/docs/search?q=CHAT+completions");
    expect(routesIn(html)[0]).toBe("POST /v1/chat/completions");
    expect(html).toContain("/docs/chat#post-v1-chat-completions");
    expect(await pageText("/docs/search?q=no-such-word")).toContain("No matches");
    expect((await openPage("/docs/search")).status).toBe(200);
  });

  it("shows code in sentences as code, and no backticks", async () => {
    const pages = await Promise.all((await listDocsPages()).map((path) => pageText(path)));
    const html = pages.join("");
    const sentences = html.replaceAll(/<pre.*?<\/pre>/gs, "");
    expect(sentences.match(/.{0,60}`.{0,60}/g)).toBeNull();
    expect(sentences).toMatch(/<bdi class="muted">[^<]*<code>/);
  });

  it("has pages of less than 30 KiB compressed", async () => {
    for (const path of await listDocsPages()) {
      const page = await openPage(path);
      const packed = await new Response(
        page.body?.pipeThrough(new CompressionStream("gzip")),
      ).arrayBuffer();
      expect([path, packed.byteLength < 30 * 1024]).toEqual([path, true]);
    }
  });

  it("has its introduction in Arabic, and its routes in English", async () => {
    const html = await pageText("/docs?lang=ar");
    expect(html).toContain("منع التكرار (Idempotency)");
    expect(routesIn(await pageText("/docs/chat?lang=ar"))).toContain("POST /v1/chat/completions");
    expect(await pageText("/docs?lang=en")).toContain("Idempotency");
  });
});

const taggedPath = (tag: string) => ({
  get: { tags: [tag], summary: tag, responses: { 404: {}, 200: {} } },
});

describe("reading an OpenAPI document", () => {
  it.each([
    [{ type: "integer", minimum: 1, maximum: 100 }, "integer 1–100"],
    [{ type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, "integer from 0"],
    [{ type: "string", enum: ["day", "month"] }, '"day" or "month"'],
    [
      { anyOf: [{ type: "string", maxLength: 5 }, { type: "null" }] },
      "string (up to 5 characters) or null",
    ],
    [{ type: "string", format: "date" }, "date"],
    [{ type: "array", items: { $ref: "#/components/schemas/Plan" } }, "list of Plan"],
    [{ type: ["string", "null"] }, "string or null"],
    [{}, "anything"],
  ])("describes %j as %s", (schema, text) => {
    expect(describeType(schema)).toBe(text);
  });

  it("lists the fields of nested objects and lists, and which are required", () => {
    const schema = {
      type: "object",
      required: ["budget"],
      properties: {
        budget: {
          type: "object",
          required: ["credits"],
          properties: { credits: { type: "number" } },
        },
        prices: {
          type: "array",
          items: { type: "object", properties: { currency: { type: "string", default: "usd" } } },
        },
      },
    };
    expect(
      listFields(schema, "body").map(({ name, required, description }) => [
        name,
        required,
        description,
      ]),
    ).toEqual([
      ["budget", true, ""],
      ["budget.credits", true, ""],
      ["prices", false, ""],
      ["prices[].currency", false, 'Default: "usd".'],
    ]);
  });

  it("lists path parameters, and groups in the order of the document's tags", () => {
    const { groups } = readReference({
      tags: [{ name: "Buying" }, { name: "Admin" }],
      paths: { "/a/{id}": taggedPath("Admin"), "/b": taggedPath("Buying") },
      components: {},
    });
    expect(groups.map(({ title }) => title)).toEqual(["Buying", "Admin"]);
    expect(groups[1]?.operations).toMatchObject([
      {
        id: "get-a-id",
        method: "GET",
        parameters: [{ name: "id", location: "path", required: true }],
        statuses: ["200", "404"],
      },
    ]);
  });
});
