/**
 * Thoughts that go back to their vendor. A vendor reads its thoughts by what it sealed them with;
 * one that seals nothing takes them as text. Clients send a thinking block back only where it has a
 * signature, so that thoughts without a seal get this one.
 */
export const UNSEALED = "unsealed";

type Fields = Readonly<Record<string, unknown>>;

/** A thought, as a client sends it back. */
export type Thought =
  | {
      readonly type: "thinking";
      readonly thinking: string;
      readonly signature?: string | null | undefined;
    }
  | { readonly type: "redacted_thinking"; readonly data: string };

const isSealed = (thought: Thought): boolean =>
  thought.type === "redacted_thinking" || !["", UNSEALED].includes(thought.signature ?? "");

/** Builds the fields of a message with what its model thought before it. */
export function toReasoning(thoughts: readonly Thought[]): Fields {
  if (thoughts.length === 0) return {};
  if (!thoughts.some(isSealed)) {
    const texts = thoughts.map((each) => (each.type === "thinking" ? each.thinking : ""));
    return { reasoning_content: texts.join("\n\n") };
  }
  return {
    reasoning_details: thoughts.map((each) =>
      each.type === "thinking"
        ? { type: "reasoning.text", text: each.thinking, signature: each.signature }
        : { type: "reasoning.encrypted", data: each.data },
    ),
  };
}
