import type { Fault } from "../soak/faults.ts";

/** Faults that the proof of vendors must find, each in a build of its own: one piece of `src`. */
export const VENDOR_FAULTS: readonly Fault[] = [
  {
    name: "zeros after a count take its place",
    file: "chat/vendor-usage.ts",
    from: "return isCount(value) && value > 0;",
    to: "return isCount(value);",
  },
  {
    name: "tokens of a cache beside the prompt are not charged",
    file: "chat/vendor-usage.ts",
    from: "return isBeside ? [sum, ...inputs] : inputs;",
    to: "return [prompt];",
  },
  {
    name: "a client that did not ask sees usage",
    file: "chat/frame-editor.ts",
    from: "editJson(frame, (json) => mapUsage(json, null))",
    to: "frame",
  },
  {
    name: "a stream that broke off ends silently",
    file: "chat/relay.ts",
    from: 'ending === "upstream_failed" && !transcript.hasPlainError',
    to: "false",
  },
  {
    name: "a client that leaves is charged nothing",
    file: "chat/answer.ts",
    from: 'if (transcript.ending.hasError && transcript.text === "") return null;',
    to: 'if (ending === "client_gone") return null;',
  },
  {
    name: "the hold of a refused chat stays open",
    file: "chat/complete-chat.ts",
    from: "settled: settleUnserved(),",
    to: "settled: null,",
  },
  {
    name: "a part of a stream is passed off as a whole reply",
    file: "chat/joined-completion.ts",
    from: "if (!isOver(stream)) return null;",
    to: "",
  },
  {
    name: "thoughts that are shown are not charged",
    file: "chat/reply-text.ts",
    from: 'return reasoning + others.join("");',
    to: 'return others.join("");',
  },
  {
    name: "lines of JSON stay lines",
    file: "chat/lines-to-events.ts",
    from: 'events += frames.map((frame) => `data: ${frame}\\n\\n`).join("");',
    to: "events += line;",
  },
  {
    name: "a cost is rounded down",
    file: "account/ledger/price.ts",
    from: "+ MILLION - 1n) / MILLION",
    to: ") / MILLION",
  },
];
