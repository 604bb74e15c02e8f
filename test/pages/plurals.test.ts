import { describe, expect, it } from "vitest";
import { WORDS } from "../../src/pages/words/index.ts";

describe("a count", () => {
  it("has two forms in English", () => {
    const { pricing, overview, agents, common } = WORDS.en.words;
    const { agent, message } = pricing.counted;
    expect([agent(1), agent(0), message(2000)]).toEqual(["1 agent", "0 agents", "2,000 messages"]);
    expect([agents.users(1), pricing.credits(1), pricing.credits(1.5)]).toEqual([
      "Used by 1 person",
      "1 credit",
      "1.5 credits",
    ]);
    expect(overview.messages30(1)).toBe("1 message in 30 days");
    expect(common.unlimited("0")).toBe("0 (unlimited)");
  });

  it("has five forms in Arabic", () => {
    const { pricing, agents } = WORDS.ar.words;
    const { agent, message } = pricing.counted;
    expect([1, 2, 3, 10, 11, 99, 100, 2000].map(agent)).toEqual([
      "وكيل واحد",
      "وكيلان",
      "3 وكلاء",
      "10 وكلاء",
      "11 وكيلًا",
      "99 وكيلًا",
      "100 وكيل",
      "2,000 وكيل",
    ]);
    expect([message(1), message(2), message(5), message(50)]).toEqual([
      "رسالة واحدة",
      "رسالتان",
      "5 رسائل",
      "50 رسالة",
    ]);
    expect([agents.users(0), agents.users(103)]).toEqual([
      "لم يستخدمه أحد بعد",
      "استخدمه 103 أشخاص",
    ]);
  });
});
