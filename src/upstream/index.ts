/** Model providers behind one interface, OpenAI's chat completions. See README.md. */
export {
  callUpstream,
  readVendorError,
  toFailure,
  type UpstreamEndpoint,
} from "./call-upstream.ts";
export { Deadline } from "./deadline.ts";
export { type TranslatedReply, translateReply } from "./dialects/translate-reply.ts";
export {
  buildNativeRequest,
  type NativeRequest,
  translateRequest,
} from "./dialects/translate-request.ts";
export { UpstreamHealth } from "./health.ts";
export { resolveUpstream, type Upstream } from "./keys.ts";
export { parseLossless } from "./lossless-json.ts";
export { orderByWeight } from "./order-candidates.ts";
export { probeUpstream } from "./probe-upstream.ts";
export { joinBytes, type ReplyStart, readStart } from "./read-text.ts";
export { parseVendorError } from "./vendor-error.ts";
