import { isObject } from "./vendor-usage.ts";

type Fields = Readonly<Record<string, unknown>>;

const isPlainText = (part: unknown): part is Fields =>
  isObject(part) && part["type"] === "text" && Object.keys(part).length === 2;

/**
 * Joins the parts of each message that are nothing but texts, which some vendors do not take: a
 * surface has parts where it has a hint on one, and the hint is left out.
 */
export const withJoinedTexts = (body: Fields): Fields => ({
  ...body,
  messages: Array.isArray(body["messages"])
    ? body["messages"].map((message: unknown) => {
        const content = isObject(message) ? message["content"] : null;
        return isObject(message) && Array.isArray(content) && content.every(isPlainText)
          ? { ...message, content: content.map((part) => part["text"]).join("\n\n") }
          : message;
      })
    : body["messages"],
});
