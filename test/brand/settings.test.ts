import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";

const configWith = (settings: Record<string, string>) => readConfig({ ...env, ...settings });

describe("the settings of the brand", () => {
  it("are optional: without them the shop is called Farebox and names no address", () => {
    expect(configWith({})).toMatchObject({
      BRAND_NAME: null,
      BRAND_LOGO_URL: null,
      BRAND_ACCENT: null,
      SUPPORT_EMAIL: null,
      TERMS_URL: null,
      PRIVACY_URL: null,
      IMPRINT_URL: null,
      HOME_PAGE: "own page",
    });
  });

  it("count as unset where they are empty", () => {
    const empty = { BRAND_NAME: "", BRAND_ACCENT: "", SUPPORT_EMAIL: "", HOME_PAGE: "" };
    expect(configWith(empty)).toMatchObject({
      BRAND_NAME: null,
      BRAND_ACCENT: null,
      SUPPORT_EMAIL: null,
      HOME_PAGE: "own page",
    });
  });

  it.each([
    ["BRAND_ACCENT", "F80", "#ff8800"],
    ["BRAND_ACCENT", "#0B6B4F", "#0b6b4f"],
    ["BRAND_NAME", "  Nile AI ", "Nile AI"],
    ["BRAND_NAME", "رفيق", "رفيق"],
    ["BRAND_LOGO_URL", "/logo.png", "/logo.png"],
    ["SUPPORT_EMAIL", "help@nile.test", "help@nile.test"],
    ["SUPPORT_EMAIL", "https://nile.test/help", "https://nile.test/help"],
    ["TERMS_URL", "/terms.html", "/terms.html"],
    ["HOME_PAGE", "pricing", "pricing"],
    ["HOME_PAGE", "https://nile.test", "https://nile.test"],
  ])("take %s=%s as %s", (name, value, kept) => {
    expect(configWith({ [name]: value })).toMatchObject({ [name]: kept });
  });

  it.each([
    ["BRAND_NAME", "a".repeat(61), "60"],
    ["BRAND_NAME", "Nile\nAI", "one line"],
    ["BRAND_NAME", "Nile\u202EAI", "one line"],
    ["BRAND_ACCENT", "green", "#0b6b4f"],
    ["BRAND_ACCENT", "#12345", "#0b6b4f"],
    ["BRAND_LOGO_URL", "javascript:alert(1)", "https"],
    ["BRAND_LOGO_URL", "//elsewhere.test/logo.png", "https"],
    ["SUPPORT_EMAIL", "help", "email address"],
    ["TERMS_URL", "terms.html", "https"],
    ["PRIVACY_URL", "/\\elsewhere.test", "https"],
    ["IMPRINT_URL", "https://me:secret@nile.test", "https"],
    ["HOME_PAGE", "landing", "own page"],
    ["HOME_PAGE", "http://farebox.test/", "itself"],
    ["HOME_PAGE", "http://farebox.test?a=b", "itself"],
  ])("refuse %s=%s, and say why", (name, value, reason) => {
    expect(() => configWith({ [name]: value })).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(new RegExp(`The setting ${name} .*${reason}`)),
      }),
    );
  });
});
