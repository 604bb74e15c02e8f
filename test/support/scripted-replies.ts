import { fakeNetwork } from "./fake-network.ts";
import { upstreamFrames } from "./upstream.ts";

type Json = Readonly<Record<string, unknown>>;

/** A reply of the vendor's, in the fields of a whole completion. */
export interface ScriptedReply {
  readonly message: Json;
  readonly finish: string;
  readonly usage: Json;
}

/** The count of a reply, as OpenAI sends it. */
export const counted = (prompt: number, completion: number, more: Json = {}): Json => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  ...more,
});

/** A call of a function, as a message has it. */
export const functionCall = (name: string, id: string, args: string) => ({
  id,
  type: "function",
  function: { name, arguments: args },
});

const HEAD = { id: "chatcmpl-1", object: "chat.completion", created: 1, model: "vendor-model" };

const halves = (whole: string): readonly string[] => {
  const middle = Math.ceil(whole.length / 2);
  return [whole.slice(0, middle), whole.slice(middle)];
};

/** The deltas by which a vendor streams a message: each of its texts in two pieces. */
function toDeltas(message: Json): Json[] {
  const texts = ["reasoning", "reasoning_content", "content", "refusal"].flatMap((name) => {
    const value = message[name];
    return typeof value === "string" ? halves(value).map((piece) => ({ [name]: piece })) : [];
  });
  const sealed = message["reasoning_details"];
  const calls: readonly Json[] = Array.isArray(message["tool_calls"]) ? message["tool_calls"] : [];
  const pieces = calls.flatMap((each, index) => {
    const [kind, field] =
      each["type"] === "custom" ? ["custom", "input"] : ["function", "arguments"];
    const called: Record<string, unknown> = Object(each[kind]);
    const [first = "", second = ""] = halves(String(called[field]));
    return [
      { tool_calls: [{ index, ...each, [kind]: { ...called, [field]: first } }] },
      { tool_calls: [{ index, [kind]: { [field]: second } }] },
    ];
  });
  return [...(sealed === undefined ? [] : [{ reasoning_details: sealed }]), ...texts, ...pieces];
}

const toWhole = ({ message, finish, usage }: ScriptedReply): Response =>
  Response.json({
    ...HEAD,
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }],
    usage,
  });

function toStream({ message, finish, usage }: ScriptedReply): Response {
  const frames = toDeltas(message).map((delta) =>
    upstreamFrames.frame({ ...HEAD, choices: [{ index: 0, delta, finish_reason: null }] }),
  );
  const end = [
    upstreamFrames.finishes(finish, HEAD),
    upstreamFrames.frame({ ...HEAD, choices: [], usage }),
    upstreamFrames.done,
  ];
  const headers = { "content-type": "text/event-stream" };
  return new Response([...frames, ...end].join(""), { headers });
}

/**
 * Makes the upstream answer with these replies in turn, whole or as a stream, as it is asked, until
 * the test ends. The last is for all further requests.
 * @returns the requests that came, as they come
 */
export function scriptReplies(...replies: readonly ScriptedReply[]): readonly Json[] {
  const requests: Json[] = [];
  fakeNetwork.standIn("model.test", async (request) => {
    const asked: Json = await request.json();
    const reply = replies[Math.min(requests.length, replies.length - 1)];
    requests.push(asked);
    if (reply === undefined) throw new TypeError("no reply is scripted");
    return asked["stream"] === true ? toStream(reply) : toWhole(reply);
  });
  return requests;
}
