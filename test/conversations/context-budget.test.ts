import { describe, expect, it } from "vitest";
import {
  estimateTokens,
  fitHistory,
  type HistoryLine,
  splitContext,
} from "../../src/conversations/context-budget.ts";
import * as fc from "../support/fast-check.ts";

const line = (place: number, role: HistoryLine["role"], tokens = 10): HistoryLine => ({
  sequence: place,
  role,
  content: `${place}`,
  tokens,
});
/** Lists the lines of turns, newest first. Those of `unanswered` have no reply. */
const history = (turns: number, unanswered: number[] = []): HistoryLine[] =>
  Array.from({ length: turns }, (_, n) => [
    line(2 * n, "user"),
    ...(unanswered.includes(n) ? [] : [line(2 * n + 1, "assistant")]),
  ])
    .flat()
    .toReversed();
const listSequences = (lines: HistoryLine[]) => lines.map(({ sequence: place }) => place);

describe("fitting a history", () => {
  it("keeps the newest whole turns, oldest first", () => {
    expect(listSequences(fitHistory(history(3), 60))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(listSequences(fitHistory(history(3), 59))).toEqual([2, 3, 4, 5]);
    expect(listSequences(fitHistory(history(3), 19))).toEqual([]);
  });

  it("leaves out messages without an answer", () => {
    expect(listSequences(fitHistory(history(4, [1, 3]), 1000))).toEqual([0, 1, 4, 5]);
  });

  it("keeps a greeting only with everything after it", () => {
    const greeted = [line(2, "assistant"), line(1, "user"), line(0, "assistant")];
    expect(listSequences(fitHistory(greeted, 30))).toEqual([0, 1, 2]);
    expect(listSequences(fitHistory(greeted, 29))).toEqual([1, 2]);
  });

  it("never exceeds the budget, and alternates users' messages and replies", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(50), fc.nat(50), fc.boolean())),
        fc.nat(500),
        (turns, tokens) => {
          const lines = turns.flatMap(([question, reply, isAnswered], n) => [
            line(2 * n, "user", question),
            ...(isAnswered ? [line(2 * n + 1, "assistant", reply)] : []),
          ]);
          const kept = fitHistory(lines.toReversed(), tokens);
          expect(kept.reduce((sum, one) => sum + one.tokens, 0)).toBeLessThanOrEqual(tokens);
          kept.forEach((one, at) => {
            expect(one.role).toBe(at % 2 === 0 ? "user" : "assistant");
            expect(one.sequence % 2).toBe(at % 2);
          });
        },
      ),
    );
  });

  it("splits a context so that prompt and reply never exceed it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 200_000 }),
        fc.integer({ min: 1, max: 200_000 }),
        fc.nat(),
        (context, most, n) => {
          const { messageTokens, replyTokens } = splitContext(
            { contextLength: context, maxOutputTokens: Math.min(most, context) },
            null,
          );
          const used = n % (messageTokens + 1);
          expect(used + replyTokens(used)).toBeLessThanOrEqual(context);
          expect(replyTokens(used)).toBeGreaterThan(0);
        },
      ),
    );
  });

  it("never counts a text as more tokens than bytes, but for the message's overhead", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(estimateTokens(text)).toBeLessThanOrEqual(new TextEncoder().encode(text).length + 8);
      }),
    );
  });
});
