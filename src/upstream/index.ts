/** Model vendors behind one interface: OpenAI's chat completions, which all of them speak. */
export { callUpstream, failureOf, upstreamOf } from "./call.ts";
export { Deadline } from "./deadline.ts";
export { readText } from "./read.ts";
