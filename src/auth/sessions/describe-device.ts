/**
 * A device as its user agent describes it: a browser and a system, each null where it is not known.
 */
export interface DeviceKind {
  readonly browser: string | null;
  readonly system: string | null;
}

/** A name, and the text in a user agent that gives it away. */
type Sign = readonly [name: string, text: string];

/**
 * Browsers, in the order in which they are looked for: nearly all of them also call themselves
 * Chrome, and Chrome calls itself Safari.
 */
const BROWSERS: readonly Sign[] = [
  ["Samsung Internet", "SamsungBrowser/"],
  ["Opera", "OPR/"],
  ["Opera", "Opera"],
  ["Vivaldi", "Vivaldi/"],
  ["Yandex Browser", "YaBrowser/"],
  ["DuckDuckGo", "DuckDuckGo/"],
  ["UC Browser", "UCBrowser/"],
  ["Edge", "Edg/"],
  ["Edge", "EdgA/"],
  ["Edge", "EdgiOS/"],
  ["Firefox", "Firefox/"],
  ["Firefox", "FxiOS/"],
  ["Chrome", "CriOS/"],
  ["Chrome", "Chrome/"],
  ["Chromium", "Chromium/"],
  ["Safari", "Safari/"],
];

/** Programs that are no browsers. */
const PROGRAMS: readonly Sign[] = [
  ["curl", "curl/"],
  ["Wget", "Wget/"],
  ["Python", "python"],
  ["Python", "aiohttp/"],
  ["Node.js", "node"],
  ["Node.js", "undici"],
  ["Go", "Go-http-client/"],
  ["Java", "Java/"],
  ["Java", "okhttp/"],
  ["Postman", "PostmanRuntime/"],
];

/** Systems, in the order in which they are looked for: Android calls itself Linux. */
const SYSTEMS: readonly Sign[] = [
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Android", "Android"],
  ["Windows", "Windows"],
  ["ChromeOS", "CrOS"],
  ["macOS", "Macintosh"],
  ["Linux", "Linux"],
];

const nameOf = (userAgent: string, signs: readonly Sign[]): string | null =>
  signs.find(([, text]) => userAgent.includes(text))?.[0] ?? null;

/**
 * Tells the kind of a device by its user agent.
 *
 * Not by a library: those know thousands of names by regular expressions, which have been slow on
 * texts made for that (CVE-2022-25927), and answer with parts of the text. Here the answer is one
 * of a few hundred, whatever a stranger sends, so that a mail and a row for each new one are
 * bounded.
 */
export const describeDevice = (userAgent: string | null): DeviceKind => ({
  browser: nameOf(userAgent ?? "", BROWSERS) ?? nameOf(userAgent ?? "", PROGRAMS),
  system: nameOf(userAgent ?? "", SYSTEMS),
});
