/** Where an item, or the reply with it, stands. */
export type ItemStatus = "in_progress" | "completed" | "incomplete";

/** The text of a message, or why the model refuses. */
export type MessagePart =
  | {
      readonly type: "output_text";
      readonly text: string;
      readonly annotations: readonly unknown[];
      readonly logprobs: readonly unknown[];
    }
  | { readonly type: "refusal"; readonly refusal: string };

/** An item of a response's output, as OpenAI's clients know it. */
export type OutputItem = { readonly id: string } & (
  | {
      readonly type: "message";
      readonly role: "assistant";
      readonly status: ItemStatus;
      readonly content: readonly MessagePart[];
    }
  | {
      readonly type: "reasoning";
      readonly status: ItemStatus;
      readonly summary: readonly { readonly type: "summary_text"; readonly text: string }[];
      readonly content?: readonly { readonly type: "reasoning_text"; readonly text: string }[];
      readonly encrypted_content: string | null;
    }
  | {
      readonly type: "function_call";
      readonly status: ItemStatus;
      readonly call_id: string;
      readonly name: string;
      readonly namespace?: string;
      readonly arguments: string;
    }
  | {
      readonly type: "custom_tool_call";
      readonly status: ItemStatus;
      readonly call_id: string;
      readonly name: string;
      readonly namespace?: string;
      readonly input: string;
    }
);

/** An event of a response's stream, before it is numbered. */
export type ResponseEvent = Readonly<Record<string, unknown>> & { readonly type: string };
