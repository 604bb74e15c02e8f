import { describe, expect, it } from "vitest";
import { z } from "zod";
import { listWireRoutes } from "../../src/openapi/wire-routes.ts";
import { api } from "../../src/wire.ts";
import { type Observations, observe } from "./observe.ts";
import { contractedRoutes, findContractedRoute } from "./routes.ts";

/** Paths that lead to a route under a second name: tests make its failures under the first. */
const SECOND_NAMES = /^(GET|POST|PATCH|DELETE) \/(api\/characters|webhook\/|stripe\/)/;

const newObservations = (): Observations => ({ failures: new Set(), violations: [] });

describe("the contract of the wire", () => {
  it("is declared by every route, at the route", () => {
    const described = new Set(contractedRoutes.map(({ name }) => name));
    const silent = listWireRoutes(api)
      .map(({ method, path }) => `${method} ${path}`)
      .filter((name) => !described.has(name));
    expect(silent).toEqual([]);
    expect(described.size).toBeGreaterThan(90);
  });

  it("tells the reporter each failure that has to be made by some test", ({ task }) => {
    const declared = contractedRoutes
      .filter(({ name }) => !SECOND_NAMES.test(name))
      .flatMap(({ name, description }) => description.failures.map((code) => `${name} ${code}`));
    task.meta.declaredFailures = declared;
    expect(declared.length).toBeGreaterThan(100);
  });

  it("finds a route by its literal path before one with a parameter", () => {
    expect(findContractedRoute("GET", "/api/agents/licensed")?.path).toBe("/api/agents/licensed");
    expect(findContractedRoute("GET", "/api/agents/agt_1")?.path).toBe("/api/agents/:id");
    expect(findContractedRoute("GET", "/v1/models/openai/gpt")?.path).toContain("/v1/models/");
    expect(findContractedRoute("GET", "/nowhere")).toBeUndefined();
  });

  const order = { method: "GET", path: "/api/orders/ord_1" };

  it("is broken by a failure that the route does not declare", async () => {
    const observations = newObservations();
    await observe(
      order,
      Response.json({ error: { code: "card_declined" } }, { status: 422 }),
      observations,
    );
    expect(observations.violations).toHaveLength(1);
    await observe(
      order,
      Response.json({ error: { code: "not_found" } }, { status: 404 }),
      observations,
    );
    expect(observations.violations).toHaveLength(1);
    expect(observations.failures).toContain("GET /api/orders/:id not_found");
  });

  it("is broken by an answer with undeclared fields or an undeclared status", async () => {
    const observations = newObservations();
    await observe(order, Response.json({ id: "ord_1" }), observations);
    await observe(order, Response.json({}, { status: 202 }), observations);
    expect(observations.violations).toHaveLength(2);
  });

  it("names no schema twice with different content", () => {
    const named = new Map<string, z.ZodType>();
    for (const { description } of contractedRoutes) {
      const id = description.answer?.meta()?.id;
      if (id === undefined || description.answer === null) continue;
      expect(named.get(id) ?? description.answer).toBe(description.answer);
      named.set(id, description.answer);
    }
  });
});
