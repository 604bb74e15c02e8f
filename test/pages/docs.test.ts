import { describe, expect, it } from "vitest";
import { describeType, listFields, readReference } from "../../src/pages/docs/reference.ts";
import { openPage, pageText } from "../support/browser.ts";

describe("the API reference", () => {
  it("shows every route of /openapi.json, each with an anchor of its own, without a script or another server", async () => {
    const described = await (await openPage("/openapi.json")).json<{
      paths: Record<string, Record<string, unknown>>;
    }>();
    const page = await openPage("/docs");
    expect(page.status).toBe(200);
    const html = await page.text();
    const routes = Object.entries(described.paths).flatMap(([path, methods]) =>
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

  it("shows what is code in a sentence as code, and not between raw backticks", async () => {
    const html = await pageText("/docs");
    const sentences = html.replaceAll(/<pre.*?<\/pre>/gs, "");
    expect(sentences.match(/.{0,60}`.{0,60}/g)).toBeNull();
    expect(sentences).toMatch(/<bdi class="muted">[^<]*<code>/);
  });

  it("is small enough to be sent at once", async () => {
    const page = await openPage("/docs");
    const packed = await new Response(
      page.body?.pipeThrough(new CompressionStream("gzip")),
    ).arrayBuffer();
    expect(packed.byteLength).toBeLessThan(60 * 1024);
  });

  it("tells in Arabic how to begin, and shows the reference as the wire has it", async () => {
    const html = await pageText("/docs?lang=ar");
    expect(html).toContain("مرة واحدة لا مرتين");
    expect(html).toContain('POST</span> <code dir="ltr">/v1/chat/completions</code>');
    expect(await pageText("/docs?lang=en")).toContain("Once, and not twice");
  });
});

const one = (tag: string) => ({
  get: { tags: [tag], summary: tag, responses: { 404: {}, 200: {} } },
});

describe("what is read of an OpenAPI document", () => {
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
  ])("says %j as %s", (of, words) => {
    expect(describeType(of)).toBe(words);
  });

  it("names the fields of objects within objects and lists, with what is required", () => {
    const of = {
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
      listFields(of, "body").map(({ name, required, description }) => [
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

  it("puts parts of the path among the parameters, and the operator's routes last", () => {
    const { groups } = readReference({
      paths: { "/a/{id}": one("Admin"), "/b": one("Buying") },
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
