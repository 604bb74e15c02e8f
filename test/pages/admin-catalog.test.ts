import { beforeAll, describe, expect, it } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { adminHeaders, openPage, readFormFields, submitForm } from "../support/browser.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

const planOf = async (slug: string) =>
  await (await callAsAdmin("GET", `/api/admin/plans/${slug}`)).json<{
    id: string;
    isActive: boolean;
    prices: { currency: string; amountMinor: number }[];
    allowances: object;
  }>();
const modelOf = async () =>
  await (await callAsAdmin("GET", "/api/admin/models/small")).json<Record<string, unknown>>();

describe("the operator's catalog", () => {
  it("deactivates and activates a plan, and updates only its prices and limits", async () => {
    const headers = await adminHeaders();
    const { id, ...before } = await planOf("t-level1");
    await submitForm(`/admin/plans/${id}/deactivate`, {}, headers);
    expect((await planOf("t-level1")).isActive).toBe(false);
    await submitForm(`/admin/plans/${id}/activate`, {}, headers);
    expect((await planOf("t-level1")).isActive).toBe(true);

    const form = await readFormFields(await openPage(`/admin/plans/${id}`, headers));
    expect(form).toMatchObject({
      "price.0": "20.00",
      "limit.message": "1000",
      "period.message": "day",
      "period.token": "",
    });
    const same = await submitForm(`/admin/plans/${id}`, form, headers);
    expect([same.status, await planOf("t-level1")]).toEqual([
      303,
      { ...before, id, version: expect.any(Number), updatedAt: expect.any(String) },
    ]);
    await submitForm(
      `/admin/plans/${id}`,
      {
        ...form,
        "price.0": "21.50",
        "limit.message": "",
        "limit.tool": "3",
        "period.tool": "month",
      },
      headers,
    );
    expect(await planOf("t-level1")).toMatchObject({
      prices: [{ currency: "usd", amountMinor: 2150 }],
      allowances: { message: { limit: null, period: "day" }, tool: { limit: 3, period: "month" } },
    });
    for (const [field, value] of [
      ["price.0", "dear"],
      ["credits", "some"],
      ["limit.message", "-1"],
      ["requestsPerMinute", "0"],
    ] as const) {
      const refused = await submitForm(`/admin/plans/${id}`, { ...form, [field]: value }, headers);
      expect([refused.status, await refused.text()], field).toEqual([
        400,
        expect.stringContaining(`id="${field}-problem"`),
      ]);
    }
    expect((await planOf("t-level1")).prices[0]?.amountMinor).toBe(2150);
  });

  it("updates a model's prices, and deactivates and activates it", async () => {
    const headers = await adminHeaders();
    const before = await modelOf();
    const form = await readFormFields(await openPage("/admin/models/small", headers));
    await submitForm("/admin/models/small", form, headers);
    expect(await modelOf()).toEqual(before);
    await submitForm("/admin/models/small", { ...form, outputPrice: "7.25" }, headers);
    expect(await modelOf()).toEqual({ ...before, outputPrice: 7.25 });
    const refused = await submitForm(
      "/admin/models/small",
      { ...form, inputPrice: "0", cachedInputPrice: "5" },
      headers,
    );
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('id="cachedInputPrice-problem"'),
    ]);
    await submitForm("/admin/models/small/deactivate", {}, headers);
    expect(await modelOf()).toMatchObject({ isActive: false });
    await submitForm("/admin/models/small/activate", {}, headers);
    expect(await modelOf()).toMatchObject({ isActive: true });
  });

  it("pushes the catalog to Stripe, and shows the changes", async () => {
    standInStripe();
    const pushed = await submitForm("/admin/catalog/push", {}, await adminHeaders());
    expect([pushed.status, await pushed.text()]).toEqual([
      200,
      expect.stringMatching(/\d+ changes at Stripe/),
    ]);
  });
});
