/** Prompts and replies that a key has kept. See README.md. */
export { keepChat } from "./keep-chat.ts";
export { KEPT_CHARACTERS_MAX, type KeptChat, type KeptPage } from "./kept-chat.ts";
export { deleteKept, findKept, iterateKept, showKept } from "./read-kept.ts";
export { keptChatView } from "./wire.ts";
