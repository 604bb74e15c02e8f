import { describe, expect, it } from "vitest";
import { LANGUAGES, type Language } from "../../src/languages.ts";
import { type LetterFacts, MAIL_KINDS, type MailKind } from "../../src/mail/letters/letter.ts";
import { renderLetter } from "../../src/mail/letters/render-letter.tsx";

const URL = "https://shop.example/page?token=a_b-c&next=%2Fchat";
const verify = { url: URL, code: "012345", hours: 24 };
const FACTS: LetterFacts = {
  verify_email: verify,
  verify_new_email: verify,
  email_changed: { newEmail: "new@shop.example" },
  already_registered: { signInUrl: "https://shop.example/login", forgotUrl: URL },
  reset_password: { url: URL, minutes: 30 },
  password_changed: { forgotUrl: URL },
};

const render = (kind: MailKind, language: Language, site = "The shop") =>
  renderLetter(kind, FACTS[kind], language, site);

const isLanguageOfOurs = (name: string): name is Language => Object.hasOwn(LANGUAGES, name);
const CASES = Object.keys(LANGUAGES)
  .filter(isLanguageOfOurs)
  .flatMap((language) => MAIL_KINDS.map((kind) => [kind, language] as const));

describe.each(CASES)("the letter %s in the language %s", (kind, language) => {
  it("tells the same as HTML and as plain text, and names the site", async () => {
    const { subject, html, text } = await render(kind, language);
    const { direction } = LANGUAGES[language];
    expect(html).toContain(`<html lang="${language}" dir="${direction}">`);
    expect(`${subject}\n${text}`).toContain("The shop");
    const facts = Object.values(FACTS[kind]).map(String);
    for (const fact of facts) {
      expect(text).toContain(fact);
      expect(html).toContain(fact.replaceAll("&", "&amp;"));
    }
    for (const line of text.split("\n\n")) expect(line.trim()).not.toBe("");
  });

  it("loads nothing, and runs nothing", async () => {
    const { html } = await render(kind, language);
    expect(html).not.toMatch(/<(img|script|link|style|iframe)|url\(|@import/i);
  });

  it("lets no name break out of its place", async () => {
    const site = 'Evil"><script>alert(1)</script>\r\nBcc: all@shop.example';
    const { subject, html } = await render(kind, language, site);
    expect(html).not.toContain("<script>");
    expect(subject).not.toMatch(/[\r\n]/);
  });
});
