import { describe, expect, it } from "vitest";
import { describeDevice } from "../../src/auth/sessions/describe-device.ts";

const MOZILLA = "Mozilla/5.0";
const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const ANDROID = `${MOZILLA} (Linux; Android 10; K) ${WEBKIT}`;
const IPHONE = `${MOZILLA} (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15`;

describe("a device is told by its user agent", () => {
  it.each([
    [
      `${MOZILLA} (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0`,
      "Firefox",
      "Windows",
    ],
    [
      `${MOZILLA} (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`,
      "Chrome",
      "Windows",
    ],
    [
      `${MOZILLA} (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0`,
      "Edge",
      "Windows",
    ],
    [`${ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36`, "Chrome", "Android"],
    [
      `${ANDROID} SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36`,
      "Samsung Internet",
      "Android",
    ],
    [`${IPHONE} Version/18.6 Safari/604.1`, "Safari", "iPhone"],
    [`${IPHONE} CriOS/140.0 Safari/604.1`, "Chrome", "iPhone"],
    [
      `${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Chrome/140.0 Safari/537.36 OPR/122`,
      "Opera",
      "macOS",
    ],
    [
      `${MOZILLA} (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`,
      "Chrome",
      "ChromeOS",
    ],
    [`${MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`, "Firefox", "Linux"],
    ["curl/8.7.1", "curl", null],
    ["python-requests/2.32.3", "Python", null],
    ["node", "Node.js", null],
  ])("%s", (userAgent, browser, system) => {
    expect(describeDevice(userAgent)).toEqual({ browser, system });
  });

  it.each([
    null,
    "",
    "Needlebrowser/7",
    "<script>alert(1)</script>",
    "火狐",
    "\u{1F98A}".repeat(5000),
  ])("is not known where the text says nothing that we know", (userAgent) => {
    expect(describeDevice(userAgent)).toEqual({ browser: null, system: null });
  });

  it("is one of our own names, whatever else the text holds", () => {
    const evil = 'Firefox/"><script>alert(1)</script>\r\nBcc: all@shop.example Windows';
    expect(describeDevice(evil)).toEqual({ browser: "Firefox", system: "Windows" });
  });
});
