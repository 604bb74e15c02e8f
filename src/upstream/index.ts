/** Model vendors behind one interface: OpenAI's chat completions, which all of them speak. */
export { callUpstream, resolveUpstream, toFailure } from "./call-upstream.ts";
export { Deadline } from "./deadline.ts";
export { readText } from "./read-text.ts";
