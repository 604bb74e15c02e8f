/** What the chat's script loads when a message has to be rendered: see dev/assets. */
export { loadRenderer } from "./index.ts";
export { toShowableMarkdown } from "./while-streaming.ts";
