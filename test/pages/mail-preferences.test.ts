import { describe, expect, it } from "vitest";
import {
  openPage,
  pageText,
  readFormFields,
  signUpVisitor,
  submitForm,
} from "../support/browser.ts";
import { call } from "../support/call.ts";

const PATH = "/account/mail";

const stored = async ({ token }: { token: string }): Promise<unknown> =>
  await (await call("GET", "/api/users/me/mail-preferences", { token })).json();

describe("the page of mail preferences", () => {
  it("shows what is chosen, in English and Arabic, and changes it without a script", async () => {
    const visitor = await signUpVisitor();
    const { cookie } = visitor;
    const page = await pageText(PATH, { cookie });
    expect(page).toContain("Optional mails");
    expect(page).toMatch(/name="balance_low"[^>]* checked/);
    const changed = await submitForm(
      PATH,
      { balance_low: "on", lowBalanceCredits: "1,000.5", language: "ar" },
      { cookie },
    );
    expect([changed.status, changed.headers.get("location")]).toEqual([303, `${PATH}?saved=true`]);
    expect(await stored(visitor)).toEqual({
      language: "ar",
      kinds: { balance_low: true, allowance_used_up: false },
      lowBalanceCredits: 1000.5,
    });
    const arabic = await pageText(`${PATH}?saved=true`, { cookie, "accept-language": "ar" });
    expect(arabic).toContain('dir="rtl"');
    expect(arabic).toContain("تم الحفظ");
    const fields = await readFormFields(await openPage(PATH, { cookie }));
    expect(fields).toMatchObject({ lowBalanceCredits: "1000.5", language: "ar" });
    await submitForm(PATH, { lowBalanceCredits: "", language: "ar" }, { cookie });
    expect(await stored(visitor)).toMatchObject({ lowBalanceCredits: null });
  });

  it.each(["many", "-5", "0", "1e400"])("refuses %s as a threshold, at its field", async (text) => {
    const { cookie, ...visitor } = await signUpVisitor();
    const refused = await submitForm(PATH, { lowBalanceCredits: text }, { cookie });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('id="lowBalanceCredits-problem"');
    expect(await stored(visitor)).toMatchObject({ lowBalanceCredits: null });
  });

  it("is for readers who are signed in", async () => {
    const page = await openPage(PATH);
    expect([page.status, page.headers.get("location")]).toEqual([
      303,
      "/login?next=%2Faccount%2Fmail",
    ]);
  });
});

it("the language that a signed-in reader switches to is that of their mails", async () => {
  const visitor = await signUpVisitor();
  await openPage("/dashboard?lang=ar", { cookie: visitor.cookie });
  expect(await stored(visitor)).toMatchObject({ language: "ar" });
  await openPage("/dashboard?lang=xx", { cookie: visitor.cookie });
  expect(await stored(visitor)).toMatchObject({ language: "ar" });
});

it("the page of a mail's link asks for a click, and says what is wrong with the link", async () => {
  const page = await pageText("/unsubscribe?token=a.b.c");
  expect(page).toContain('<form method="post">');
  const refused = await submitForm("/unsubscribe?token=a.b.c", {});
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain("This link is incomplete");
});
