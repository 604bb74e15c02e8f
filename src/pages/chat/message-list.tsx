import type { PageContext } from "../context.ts";
import { Message } from "./message.tsx";
import type { BubbleContent, MessageView } from "./message-view.ts";

const EMPTY_MESSAGE = {
  content: "",
  status: "complete",
  error: null,
  model: null,
  usage: null,
  cost: null,
  branches: [],
} as const;

/** An agent's greeting, as it is shown before the conversation exists. */
export const greetingMessage = (content: string): BubbleContent => ({
  ...EMPTY_MESSAGE,
  role: "assistant",
  content,
});

interface MessageListProps {
  readonly c: PageContext;
  readonly conversationId: string;
  /** Null where there is none, or it is stored already. */
  readonly greeting: BubbleContent | null;
  readonly messages: readonly MessageView[];
  readonly html: ReadonlyMap<BubbleContent, string>;
  /** The model of a message that is sent again; undefined where an agent decides. */
  readonly model: string | undefined;
  readonly canSend: boolean;
  /** Whether the reason why the last one failed is shown beside the field. */
  readonly isErrorShownBelow: boolean;
}

/** The messages of a conversation, and the templates by which the script adds more. */
export function MessageList({
  greeting,
  messages,
  html,
  isErrorShownBelow,
  ...shared
}: MessageListProps) {
  return (
    <>
      <div class="messages" role="log" aria-label={shared.c.var.words.chat.log} data-messages>
        {greeting === null ? null : (
          <Message {...shared} canSend={false} message={greeting} html={html.get(greeting)} />
        )}
        {messages.map((message, at) => {
          const before = messages[at - 1];
          const isLast = at === messages.length - 1;
          const question = isLast && before?.role === "user" ? before : undefined;
          return (
            <Message
              {...shared}
              id={message.id}
              message={message}
              html={html.get(message)}
              question={question}
              canSend={shared.canSend && (message.role === "user" || question !== undefined)}
              isErrorShownBelow={isErrorShownBelow && isLast}
            />
          );
        })}
      </div>
      {(["user", "assistant"] as const).map((role) => (
        <template data-template={role}>
          <Message {...shared} message={{ ...EMPTY_MESSAGE, role }} />
        </template>
      ))}
    </>
  );
}
