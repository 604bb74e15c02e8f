import { beforeAll, describe, expect, it } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";

const logOf = async (subjectId: string) => {
  const answer = await callAsAdmin(
    "GET",
    `/api/admin/audit?limit=100&subjectId=${encodeURIComponent(subjectId)}`,
  );
  return (
    await answer.json<{
      data: { action: string; actor: object; before: object | null; after: object | null }[];
    }>()
  ).data;
};
const actions = async (subjectId: string) => (await logOf(subjectId)).map((entry) => entry.action);

const PLAN = {
  slug: "audited",
  name: "Audited",
  kind: "one_time",
  credits: 5,
  allowances: { message: { limit: 10, period: "day" } },
  prices: [{ currency: "usd", amountMinor: 500, interval: null }],
};
const MODEL = {
  id: "audited/model",
  upstream: "local",
  upstreamModel: "small",
  inputPrice: 1,
  outputPrice: 2,
  contextLength: 1000,
};

beforeAll(loadDefaultCatalog);

describe("the audit of catalog changes", () => {
  it("records a change of a plan: its admin, and the fields before and after", async () => {
    const { id } = await (await callAsAdmin("POST", "/api/admin/plans", PLAN)).json<{
      id: string;
    }>();
    const change = {
      name: "Audited twice",
      allowances: { message: { limit: 20, period: "day" } },
      features: ["tools"],
    };
    expect((await callAsAdmin("PATCH", "/api/admin/plans/audited", change)).status).toBe(200);
    expect((await callAsAdmin("DELETE", `/api/admin/plans/${id}`)).status).toBe(200);
    expect(await logOf(id)).toMatchObject([
      { action: "plan.updated", before: { isActive: true }, after: { isActive: false } },
      {
        action: "plan.updated",
        actor: { kind: "admin", id: expect.stringMatching(/^usr_/) },
        before: { name: "Audited", allowances: PLAN.allowances, features: [] },
        after: change,
      },
      { action: "plan.created", before: null, after: PLAN },
    ]);
  });

  it("records a change of a model", async () => {
    expect((await callAsAdmin("POST", "/api/admin/models", MODEL)).status).toBe(201);
    expect(
      (await callAsAdmin("PATCH", "/api/admin/models/audited/model", { outputPrice: 3 })).status,
    ).toBe(200);
    expect((await callAsAdmin("DELETE", "/api/admin/models/audited/model")).status).toBe(200);
    expect(await logOf("audited/model")).toMatchObject([
      { action: "model.updated", before: { isActive: true }, after: { isActive: false } },
      { action: "model.updated", before: { outputPrice: 2 }, after: { outputPrice: 3 } },
      { action: "model.created", before: null, after: MODEL },
    ]);
  });

  it("records nothing for a change that was refused", async () => {
    await callAsAdmin("POST", "/api/admin/models", { ...MODEL, id: "audited-once" });
    for (const [method, path, body] of [
      ["POST", "/api/admin/models", { ...MODEL, id: "audited-once" }],
      ["PATCH", "/api/admin/models/audited-once", { inputPrice: -1 }],
      ["POST", "/api/admin/plans", { ...PLAN, slug: "free" }],
    ] as const)
      expect((await callAsAdmin(method, path, body)).ok).toBe(false);
    expect(await actions("audited-once")).toEqual(["model.created"]);
  });

  it("records nothing for the last free plan, which stays", async () => {
    const free = await (await callAsAdmin("GET", "/api/admin/plans/free")).json<{ id: string }>();
    expect((await callAsAdmin("DELETE", "/api/admin/plans/free")).status).toBe(409);
    expect(await actions(free.id)).toEqual([]);
  });
});

describe("GET /api/admin/audit", () => {
  it("filters by subject, actor and beginning of the action, newest first, in pages", async () => {
    const slugs = ["paged-1", "paged-2", "paged-3"];
    for (const slug of slugs) await callAsAdmin("POST", "/api/admin/plans", { ...PLAN, slug });
    const listed: unknown[] = [];
    let cursor = "";
    do {
      const page = await (
        await callAsAdmin("GET", `/api/admin/audit?action=plan.cr&limit=2${cursor}`)
      ).json<{
        data: { action: string; after: { slug: string } }[];
        nextCursor: string | null;
      }>();
      expect(page.data.every((entry) => entry.action === "plan.created")).toBe(true);
      listed.push(...page.data.map((entry) => entry.after.slug));
      cursor = page.nextCursor === null ? "" : `&cursor=${page.nextCursor}`;
    } while (cursor !== "");
    expect(listed.slice(0, 3)).toEqual(slugs.toReversed());
    const [{ actor } = { actor: {} }] = await logOf("audited/model");
    const byActor = await callAsAdmin(
      "GET",
      `/api/admin/audit?action=model.&actorId=${Reflect.get(actor, "id")}&limit=100`,
    );
    expect((await byActor.json<{ data: object[] }>()).data.length).toBeGreaterThan(2);
    const byUnknown = await callAsAdmin("GET", "/api/admin/audit?actorId=usr_0000000000000000");
    expect(await byUnknown.json()).toMatchObject({ data: [], hasMore: false, nextCursor: null });
  });

  it.each(["cursor=1", "action=%25", "action=PLAN", "actor=me", "userId="])(
    "refuses ?%s, naming the field",
    async (query) => {
      const answer = await callAsAdmin("GET", `/api/admin/audit?${query}`);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { code: "invalid_request", param: query.split("=")[0] },
      });
    },
  );
});
