import { describe, expect, it } from "vitest";
import { describeType, listFields, readReference } from "../../src/pages/docs/reference.ts";
import { openPage, pageText } from "../support/browser.ts";

describe("the API reference", () => {
  it("shows every route of /openapi.json with its own anchor, and needs no script", async () => {
    const document = await (await openPage("/openapi.json")).json<{
      paths: Record<string, Record<string, unknown>>;
    }>();
    const page = await openPage("/docs");
    expect(page.status).toBe(200);
    const html = await page.text();
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()}</span> <code dir="ltr">${path}</code>`,
      ),
    );
    expect(routes.filter((route) => !html.includes(route))).toEqual([]);
    const anchors = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(anchors).toHaveLength(new Set(anchors).size);
    const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id ?? "");
    expect(targets.filter((id) => !anchors.includes(id))).toEqual([]);
    const scripts = [...html.matchAll(/<script src="([^"]+)"/g)].map(([, src]) => src);
    expect(scripts).toEqual(["/theme.js"]);
  });

  it("shows code in sentences as code, and no backticks", async () => {
    const html = await pageText("/docs");
    const sentences = html.replaceAll(/<pre.*?<\/pre>/gs, "");
    expect(sentences.match(/.{0,60}`.{0,60}/g)).toBeNull();
    expect(sentences).toMatch(/<bdi class="muted">[^<]*<code>/);
  });

  it("is less than 60 KiB compressed", async () => {
    const page = await openPage("/docs");
    const packed = await new Response(
      page.body?.pipeThrough(new CompressionStream("gzip")),
    ).arrayBuffer();
    expect(packed.byteLength).toBeLessThan(60 * 1024);
  });

  it("has its introduction in Arabic, and its routes in English", async () => {
    const html = await pageText("/docs?lang=ar");
    expect(html).toContain("مرة واحدة لا مرتين");
    expect(html).toContain('POST</span> <code dir="ltr">/v1/chat/completions</code>');
    expect(await pageText("/docs?lang=en")).toContain("Once, and not twice");
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

  it("lists path parameters, and the operator's routes last", () => {
    const { groups } = readReference({
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
