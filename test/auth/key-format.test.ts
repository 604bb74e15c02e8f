import { expect, it } from "vitest";
import { mintKey, parseKey } from "../../src/auth/keys/key-format.ts";
import { sha256Hex } from "../../src/digest.ts";
import { newUserId } from "../../src/ids.ts";

const read = (under: Parameters<typeof parseKey>[0], text: string) => parseKey(under, text, 0);

const settings = {
  JWT_SECRET: "a".repeat(32),
  JWT_SECRET_PREVIOUS: undefined,
  API_KEY_CHECKSUM_SECRET: undefined,
};
const userId = newUserId();

it("is sk_ and 64 hex digits, shown by its first 20 characters, and names its user", async () => {
  const key = await mintKey(settings, userId);
  expect(key.text).toMatch(/^sk_[0-9a-f]{64}$/);
  expect(key.prefix).toBe(key.text.slice(0, 20));
  expect(key.keyId).toBe(`key_${key.text.slice(3, 11)}`);
  expect(await read(settings, key.text)).toEqual({ userId, hash: await sha256Hex(key.text) });
});

it("is another each time", async () => {
  const keys = await Promise.all(Array.from({ length: 50 }, () => mintKey(settings, userId)));
  expect(new Set(keys.map((key) => key.text.slice(27))).size).toBe(50);
});

it("is refused with any one digit changed", async () => {
  const { text } = await mintKey(settings, userId);
  for (let at = 3; at < text.length; at += 1) {
    const digit = text[at] === "0" ? "1" : "0";
    expect(await read(settings, text.slice(0, at) + digit + text.slice(at + 1))).toBeUndefined();
  }
});

it("is refused in upper case, shortened, lengthened, or with anything around it", async () => {
  const { text } = await mintKey(settings, userId);
  const spoilt = [
    text.toUpperCase(),
    `sk_${text.slice(3).toUpperCase()}`,
    text.slice(0, -1),
    `${text}0`,
    ` ${text}`,
    `${text}\n`,
    "sk_",
    "",
  ];
  for (const wrong of spoilt) expect(await read(settings, wrong)).toBeUndefined();
});

it("outlives a rotation of JWT_SECRET while the old secret is the previous one", async () => {
  const { text } = await mintKey(settings, userId);
  const rotated = {
    ...settings,
    JWT_SECRET: "b".repeat(32),
    JWT_SECRET_PREVIOUS: settings.JWT_SECRET,
  };
  expect(await read(rotated, text)).toBeDefined();
  expect(await read({ ...rotated, JWT_SECRET_PREVIOUS: undefined }, text)).toBeUndefined();
});

it("outlives the old secret for good when that became the checksum's own secret", async () => {
  const { text } = await mintKey(settings, userId);
  const kept = {
    JWT_SECRET: "c".repeat(32),
    JWT_SECRET_PREVIOUS: undefined,
    API_KEY_CHECKSUM_SECRET: settings.JWT_SECRET,
  };
  expect(await read(kept, text)).toBeDefined();
});

it("outlives the setting of a checksum secret", async () => {
  const { text } = await mintKey(settings, userId);
  const set = { ...settings, API_KEY_CHECKSUM_SECRET: "d".repeat(32) };
  expect(await read(set, text)).toBeDefined();
  const later = await mintKey(set, userId);
  expect(await read(settings, later.text)).toBeUndefined();
});
