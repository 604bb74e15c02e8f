import { describe, expect, it } from "vitest";
import { LANGUAGES, type Language } from "../../src/languages.ts";
import { type LetterFacts, MAIL_KINDS, type MailKind } from "../../src/mail/letters/letter.ts";
import { renderLetter } from "../../src/mail/letters/render-letter.tsx";

const URL = "https://shop.example/page?token=a_b-c&next=%2Fchat";
const verify = { url: URL, code: "012345", hours: 24 };
const AT_MS = Date.UTC(2026, 2, 14, 9, 30);
const unpaid = {
  plan: "Pro & Co",
  amountMinor: 123_450,
  currency: "usd",
  cardLast4: "4242",
  untilMs: AT_MS,
  payUrl: URL,
  billingUrl: "https://shop.example/dashboard",
};
const FACTS: LetterFacts = {
  verify_email: verify,
  verify_new_email: verify,
  email_changed: { newEmail: "new@shop.example" },
  already_registered: { signInUrl: "https://shop.example/login", forgotUrl: URL },
  reset_password: { url: URL, minutes: 30 },
  password_changed: { forgotUrl: URL },
  sign_in_changed: { change: "totp_added", accountUrl: URL },
  new_sign_in: {
    browser: "Firefox",
    system: "Windows",
    country: "DE",
    city: "Berlin",
    atMs: 0,
    accountUrl: "https://shop.example/account",
    forgotUrl: URL,
  },
  balance_low: {
    balanceMicrocredits: 4_250_000,
    thresholdMicrocredits: 1_000_000_000,
    creditsUrl: URL,
  },
  allowance_used_up: {
    meter: "token",
    limit: 250_000,
    renewsAtMs: AT_MS,
    isBilledBeyond: false,
    pricingUrl: URL,
  },
  payment_failed: unpaid,
  payment_unconfirmed: unpaid,
  payment_reminder: unpaid,
  trial_ending: {
    plan: "Pro & Co",
    amountMinor: 1500,
    currency: "jpy",
    endsAtMs: AT_MS,
    billingUrl: URL,
  },
  subscription_ended: { plan: "Pro & Co", reason: "unpaid", pricingUrl: URL },
  refund_made: { title: "Starter & Co", amountMinor: 999, currency: "kwd", billingUrl: URL },
  key_made: { name: "My key & co", isRotation: false, madeAtMs: AT_MS, keysUrl: URL },
  key_new_place: { name: "My key & co", country: "DE", atMs: AT_MS, keysUrl: URL },
};

/** What each letter says of its facts, beside those that it shows as they are. */
const SHOWN: Readonly<Record<Language, Partial<Record<MailKind, readonly string[]>>>> = {
  en: {
    balance_low: ["4.25", "1,000", URL],
    allowance_used_up: ["250,000 tokens", "March 14, 2026 at 9:30 AM UTC", URL],
    payment_failed: ["$1,234.50", "4242", "Pro & Co", "March 14, 2026 at 9:30 AM UTC", URL],
    payment_unconfirmed: ["$1,234.50", "confirm", "Pro & Co", URL],
    payment_reminder: ["$1,234.50", "last reminder", "Pro & Co", URL],
    trial_ending: ["¥1,500", "March 14, 2026 at 9:30 AM UTC", "cancel", URL],
    subscription_ended: ["Pro & Co", "a payment was overdue", URL],
    refund_made: ["KWD\u00a00.999", "Starter & Co", URL],
    key_made: ["My key & co", "March 14, 2026 at 9:30 AM UTC", URL],
    key_new_place: ["My key & co", "Germany", "March 14, 2026 at 9:30 AM UTC", URL],
  },
  ar: {
    balance_low: ["4.25", "1,000", URL],
    allowance_used_up: ["250,000", "14 مارس 2026", URL],
    payment_failed: ["1,234.50", "USD", "4242", "Pro & Co", "14 مارس 2026", URL],
    payment_unconfirmed: ["1,234.50", "Pro & Co", URL],
    payment_reminder: ["1,234.50", "Pro & Co", URL],
    trial_ending: ["1,500", "JPY", "14 مارس 2026", URL],
    subscription_ended: ["Pro & Co", URL],
    refund_made: ["0.999", "KWD", "Starter & Co", URL],
    key_made: ["My key & co", "14 مارس 2026", URL],
    key_new_place: ["My key & co", "ألمانيا", "14 مارس 2026", URL],
  },
};

interface RenderOptions {
  readonly site?: string;
  readonly preferencesUrl?: string | null;
}
const render = (
  kind: MailKind,
  language: Language,
  { site = "The shop", preferencesUrl = null }: RenderOptions = {},
) => renderLetter(kind, FACTS[kind], { language, site, preferencesUrl });

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
    // Told in words of the language.
    const inWords = new Set(["change", "country", "atMs"]);
    const told = Object.entries(FACTS[kind]).filter(([name]) => !inWords.has(name));
    const facts = SHOWN[language][kind] ?? told.map(([, fact]) => String(fact));
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
    const { subject, html } = await render(kind, language, { site });
    expect(html).not.toContain("<script>");
    expect(subject).not.toMatch(/[\r\n]/);
  });
});

describe("a name in a letter", () => {
  const EVIL = '\u202eEvil"><img src=x>\r\nBcc: all@shop.example\u2066';
  const withName = (language: Language) =>
    renderLetter(
      "key_made",
      { ...FACTS.key_made, name: EVIL },
      { language, site: "The shop", preferencesUrl: null },
    );

  it.each(["en", "ar"] as const)(
    "is text of one line, in a direction of its own (%s)",
    async (of) => {
      const { subject, html, text } = await withName(of);
      expect(html).not.toContain("<img");
      expect(`${subject}${html}${text}`).not.toMatch(/[\u202a-\u202e\u2066\u2067]/);
      expect(text).toContain('\u2068Evil"><img src=x> Bcc: all@shop.example\u2069');
      expect(text.split("\n").filter((line) => line.startsWith("Bcc:"))).toEqual([]);
    },
  );

  it("that is far too long is cut off", async () => {
    const name = "🎟".repeat(1000);
    const facts = { ...FACTS.key_made, name };
    const options = { language: "en", site: "The shop", preferencesUrl: null } as const;
    const { text } = await renderLetter("key_made", facts, options);
    expect(text).toContain(`${"🎟".repeat(120)}…`);
    expect(text).not.toContain("🎟".repeat(121));
  });
});

it.each(["en", "ar"] as const)("a letter that can be turned off says where (%s)", async (of) => {
  const preferencesUrl = "https://shop.example/account/mail";
  const { html, text } = await render("balance_low", of, { preferencesUrl });
  expect(html).toContain(`href="${preferencesUrl}"`);
  expect(text.trimEnd().endsWith(preferencesUrl)).toBe(true);
});

it("a payment that is missing after the end of access suspends the plan", async () => {
  const options = { language: "en", site: "The shop", preferencesUrl: null } as const;
  const { text } = await renderLetter("payment_failed", { ...unpaid, untilMs: null }, options);
  expect(text).toContain("paused until then");
});
