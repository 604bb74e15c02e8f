import { describe, expect, it } from "vitest";
import { foldEmail } from "../../src/auth/users/fold-email.ts";

/** Addresses that reach one mailbox, the first of which is the folded form. */
const ONE_MAILBOX: readonly (readonly [string, ...string[]])[] = [
  [
    "janedoe@gmail.com",
    "j.a.n.e.doe@gmail.com",
    "JaneDoe+work@GoogleMail.com",
    "jane.doe+@gmail.com",
  ],
  ["jane@icloud.com", "jane+a+b@me.com", "jane@mac.com"],
  ["janedoe@proton.me", "jane.doe+x@pm.me", "jane-doe@protonmail.com", "jane_doe@protonmail.ch"],
  ["jane@fastmail.com", "jane+shop@fastmail.com", "shop@jane.fastmail.com"],
  ["jane.doe@outlook.com", "jane.doe+free@outlook.com"],
  ["jane@yahoo.com", "jane-one@yahoo.com", "jane-two-three@yahoo.com", "jane+x@yahoo.com"],
  ["jane@yandex.ru", "jane+1@ya.ru", "jane@yandex.com"],
  ["jane@zoho.com", "jane+1@zoho.com"],
  ["jane@example.com", "jane+1@example.com", " JANE@Example.COM. "],
  ["jane@xn--bcher-kva.example", "jane@bücher.example", "Jane+x@BÜCHER.example"],
  ["jane@gmail.com", "jane@gmail.com", "jane@gmail．com"],
];

/** Addresses of different mailboxes that look alike. */
const DIFFERENT: readonly (readonly [string, ...string[]])[] = [
  ["jane.doe@outlook.com", "janedoe@outlook.com"],
  ["jane@outlook.com", "jane@hotmail.com", "jane@live.com"],
  ["jane-doe@gmail.com", "jane@gmail.com"],
  ["jane.doe@yahoo.com", "janedoe@yahoo.com", "jane.doe@yahoo.de"],
  ["jane-doe@example.com", "jane@example.com", "jane.doe@example.com"],
  ["shop@jane.example.com", "jane@example.com"],
  ["+jane@example.com", "+john@example.com"],
];

describe("for the free plan's sake", () => {
  it.each(ONE_MAILBOX)("one mailbox is one person: %s", (folded, ...others) => {
    expect(others.map(foldEmail)).toEqual(others.map(() => folded));
    expect(foldEmail(folded)).toBe(folded);
  });

  it.each(DIFFERENT)("other mailboxes are other people: %s", (...addresses) => {
    expect(new Set(addresses.map(foldEmail)).size).toBe(addresses.length);
  });

  it("text that is no address folds to something", () => {
    for (const text of ["", "@", "jane", "a@b@c", "....@gmail.com", "-@yahoo.com"])
      expect(foldEmail(text)).toContain("@");
  });
});
