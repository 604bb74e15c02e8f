import { describe, expect, it } from "vitest";
import { adminHeaders, openPage, pageText, signUpVisitor, submitForm } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { createManagementKey, newExternalId } from "../support/management.ts";

const PATH = "/admin/keys";

describe("the page of management keys", () => {
  it("creates a key that works, shows it once, and revokes it", async () => {
    const headers = await adminHeaders();
    const form = { name: "Billing server", scope: "users", expires: "", once: crypto.randomUUID() };
    const page = await (await submitForm(PATH, form, headers)).text();
    const [key = ""] = /fbm_[0-9a-f]{64}/.exec(page) ?? [];
    expect((await call("GET", "/api/customers", { token: key })).status).toBe(200);
    // A reload shows the same key, and creates no second one.
    expect(await (await submitForm(PATH, form, headers)).text()).toContain(key);
    const list = await pageText(PATH, headers);
    expect(list).toContain("Billing server");
    expect(list).not.toContain(key);
    const [, id = ""] = /\/admin\/keys\/(mgk_[0-9a-f]+)\/revoke/.exec(list) ?? [];
    await submitForm(`${PATH}/${id}/revoke`, { name: "Billing server" }, headers);
    expect((await call("GET", "/api/customers", { token: key })).status).toBe(401);
    expect(await pageText(PATH, headers)).toContain("Revoked");
  });

  it("shows what is wrong beside its field, and keeps what was typed", async () => {
    const headers = await adminHeaders();
    const refused = await submitForm(PATH, { name: "Half a form", expires: "" }, headers);
    expect(refused.status).toBe(400);
    const page = await refused.text();
    expect(page).toContain("Choose at least one.");
    expect(page).toContain("Half a form");
  });

  it("is there in Arabic, and for admins alone", async () => {
    const headers = await adminHeaders();
    const page = await pageText(PATH, { ...headers, "accept-language": "ar" });
    expect(page).toContain("مفاتيح الإدارة");
    const { cookie } = await signUpVisitor();
    expect((await openPage(PATH, { cookie })).status).toBe(404);
  });
});

it("the operator's lists name a customer without an address by its external id", async () => {
  const { key: token } = await createManagementKey(["users"]);
  const externalId = newExternalId();
  const made = await call("PUT", `/api/customers/${externalId}`, { token, body: {} });
  const { id } = await made.json<{ id: string }>();
  const headers = await adminHeaders();
  expect(await pageText(`/admin/users?search=${id}`, headers)).toContain(externalId);
  expect(await pageText(`/admin/users/${id}`, headers)).toContain(externalId);
});
