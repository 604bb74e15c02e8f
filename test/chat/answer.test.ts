import { expect, it } from "vitest";
import { rateHeaders } from "../../src/chat/answer.ts";

it("a reply tells what is left of the minute, and in how many whole seconds it is over", () => {
  const rate = { limit: 3, remaining: 1, resetAt: 5000 };
  expect(rateHeaders(rate, 2001)).toEqual({
    "x-ratelimit-limit-requests": "3",
    "x-ratelimit-remaining-requests": "1",
    "x-ratelimit-reset-requests": "3s",
  });
  expect(rateHeaders(rate, 5001)).toMatchObject({ "x-ratelimit-reset-requests": "0s" });
  expect(rateHeaders(null, 2001)).toEqual({});
});
