/** Model providers behind one interface, OpenAI's chat completions. See README.md. */
export {
  callUpstream,
  readVendorError,
  resolveUpstream,
  toFailure,
  type Upstream,
} from "./call-upstream.ts";
export { Deadline } from "./deadline.ts";
export { joinBytes, type ReplyStart, readStart } from "./read-text.ts";
export { parseVendorError } from "./vendor-error.ts";
