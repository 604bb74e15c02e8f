import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { contractOf } from "../../src/openapi/contract.ts";
import { listWireRoutes } from "../../src/openapi/wire-routes.ts";

interface Operation {
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: object;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: object }>>;
  };
  readonly responses: Readonly<Record<string, object>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const read = async (): Promise<Document> => {
  const answer = await exports.default.fetch(new Request("http://farebox.test/openapi.json"));
  expect(answer.status).toBe(200);
  return await answer.json<Document>();
};
const operation = async (method: string, path: string): Promise<Operation> => {
  const found = (await read()).paths[path]?.[method];
  if (found === undefined) throw new Error(`${method} ${path} is not described.`);
  return found;
};

describe("/openapi.json", () => {
  it("describes every route of the wire", async () => {
    const { openapi, paths } = await read();
    expect(openapi).toBe("3.1.0");
    const routes = listWireRoutes(app);
    expect(routes.length).toBeGreaterThan(90);
    const missing = routes.filter((route) => contractOf(route) === undefined);
    expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    for (const described of Object.values(paths).flatMap((path) => Object.values(path))) {
      expect(described.summary).toBeTruthy();
      expect(Object.keys(described.responses).some((status) => status.startsWith("2"))).toBe(true);
      expect(Object.keys(described.responses)).toContain("500");
    }
  });

  it("describes nothing that is not there", async () => {
    const { paths } = await read();
    const there = new Set(
      listWireRoutes(app).map(
        ({ method, path }) =>
          `${method.toLowerCase()} ${path.replaceAll(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`,
      ),
    );
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(described.filter((route) => !there.has(route))).toEqual([]);
  });

  it("tells of requests what validates them", async () => {
    const grants = await operation("post", "/api/admin/users/{userId}/grants");
    expect(grants.requestBody?.content["application/json"]?.schema).toMatchObject({
      type: "object",
      additionalProperties: false,
      required: ["credits", "reason"],
      properties: {
        credits: { type: "number" },
        reason: { type: "string", maxLength: 200 },
        expiresAt: { format: "date-time" },
      },
    });
    expect(grants.parameters).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ in: "path", name: "userId" }),
        expect.objectContaining({ in: "header", name: "idempotency-key" }),
      ]),
    );
    const events = await operation("get", "/api/admin/events");
    expect(events.parameters?.map(({ name }) => name)).toEqual([
      "limit",
      "cursor",
      "format",
      "status",
      "type",
      "objectId",
    ]);
    expect(events.parameters?.find(({ name }) => name === "status")?.schema).toMatchObject({
      enum: expect.any(Array),
    });
  });

  it("tells who may call by the guard that asks", async () => {
    expect((await operation("get", "/api/plans")).security).toEqual([]);
    expect((await operation("get", "/api/orders")).security).toEqual([
      { session: [] },
      { apiKey: [] },
    ]);
    expect((await operation("get", "/api/admin/mails")).security).toEqual([{ session: [] }]);
    expect((await operation("get", "/api/admin/users")).security).toEqual([
      { session: [] },
      { managementKey: [] },
    ]);
    expect((await operation("post", "/api/sessions")).security).toEqual([{ managementKey: [] }]);
    expect((await operation("post", "/v1/chat/completions")).security).toEqual([
      { session: [] },
      { apiKey: [] },
    ]);
    expect(Object.keys((await operation("post", "/v1/chat/completions")).responses)).toEqual(
      expect.arrayContaining(["200", "402", "502"]),
    );
  });
});
