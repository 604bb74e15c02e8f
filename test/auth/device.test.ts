import { expect, it } from "vitest";
import { readDevice } from "../../src/auth/sessions/device.ts";

const read = (userAgent: string, cf: CfProperties = {}, language = "") =>
  readDevice(
    new Request("http://farebox.test", {
      headers: { "user-agent": userAgent, "accept-language": language },
      cf,
    }),
  );

it("a user agent of any length is kept as 300 characters", () => {
  expect(read("x".repeat(10_000)).userAgent).toBe("x".repeat(300));
});

it("a city is one line of 100 characters at most, in which nothing turns the text around", () => {
  const city = "Ly\u0000on\r\nBcc: all@shop.example \u202eevil\u2066";
  expect(read("", { city }).city).toBe("LyonBcc: all@shop.example evil");
  const long = read("", { city: "\u{1F98A}".repeat(5000) }).city ?? "";
  expect([long.length, long.isWellFormed()]).toEqual([100, true]);
});

it.each([
  [{}, null, null],
  [{ country: "XX", city: "" }, null, null],
  [{ country: "Germany", city: " " }, null, null],
  [{ country: "T1" }, "T1", null],
  [{ country: "DE", city: "Köln" }, "DE", "Köln"],
] as const)("a place is told as far as Cloudflare knows it: %j", (cf, country, city) => {
  expect(read("", cf)).toMatchObject({ userAgent: null, country, city });
});

it.each([
  ["", "en"],
  ["ar-EG,en;q=0.5", "ar"],
  ["fr", "en"],
] as const)("the language of mails about it is that of the browser: %s", (header, language) => {
  expect(read("", {}, header).language).toBe(language);
});
