import type { PageContext } from "../context.ts";
import { localeOf } from "../format.ts";
import { renderPage } from "../layout.tsx";
import { renderProblem } from "../problem-page.tsx";
import { Composer } from "./composer.tsx";
import { ConversationList } from "./conversation-list.tsx";
import {
  type ChatData,
  type ChosenAgent,
  findAgent,
  loadChatData,
  loadConversation,
} from "./data.ts";
import { ChatHead } from "./head.tsx";
import { greetingMessage, MessageList } from "./message-list.tsx";
import type { BubbleContent } from "./message-view.ts";
import { AgentNotice, ChatProblems, PaymentRequired, type RejectedMessage } from "./notices.tsx";
import { renderReplies } from "./render-messages.ts";
import { chatScriptWords } from "./script-words.ts";

/** The modules of the chat's script. Naming all of them makes the browser load them at once. */
const CHAT_SCRIPTS = [
  "/chat-transport.js",
  "/chat-view.js",
  "/chat-reply.js",
  "/chat-composer.js",
  "/chat.js",
  "/chat-actions.js",
];

/** Whether the reader reads their chats and sends nothing: the page then has no form. */
const isSuspended = ({ var: { viewer } }: PageContext): boolean =>
  viewer !== null && viewer.suspendedAt !== null;

/**
 * A conversation that does not exist yet, in the shape of those that `loadConversation` returns.
 */
const EMPTY_THREAD = { conversation: null, messages: [], earlierCursor: null } as const;
type Thread = Awaited<ReturnType<typeof loadConversation>> | typeof EMPTY_THREAD;

interface ChatProps {
  readonly c: PageContext;
  readonly data: ChatData;
  readonly thread: Thread;
  /** Null where the conversation is with a plain model. */
  readonly agentId: string | null;
  /** Null also where the agent of a conversation was deleted. */
  readonly agent: ChosenAgent | null;
  readonly greeting: BubbleContent | null;
  readonly html: ReadonlyMap<BubbleContent, string>;
  readonly rejected: RejectedMessage | undefined;
  /** Whether these are the newest messages. */
  readonly isNewest: boolean;
}

/** Returns the model that replies next: the one refused, the last one, or the conversation's. */
function selectedModel({ data, thread, agentId, rejected }: ChatProps): string | undefined {
  if (agentId !== null) return undefined;
  const lastModel = thread.messages.findLast(({ model }) => model !== null)?.model;
  return rejected?.model ?? lastModel ?? thread.conversation?.model ?? data.defaultModel;
}

/** The messages, in their own scroller. */
function ThreadMessages(props: ChatProps) {
  const { c, data, thread, agentId, agent, greeting, html, rejected, isNewest } = props;
  const { chat: words } = c.var.words;
  const { conversation, messages, earlierCursor } = thread;
  const chatPath = conversation === null ? "/chat" : `/chat/${conversation.id}`;
  return (
    <div class="thread-scroll" data-scroll tabindex={-1}>
      <div class="thread-column">
        {earlierCursor === null ? null : (
          <a class="button plain" href={`${chatPath}?earlier=${encodeURIComponent(earlierCursor)}`}>
            {words.earlier}
          </a>
        )}
        <MessageList
          c={c}
          conversationId={conversation?.id ?? ""}
          greeting={greeting}
          messages={messages}
          html={html}
          model={selectedModel(props)}
          canSend={isNewest && !isSuspended(c)}
          isErrorShownBelow={rejected !== undefined}
        />
        {greeting === null && messages.length === 0 ? (
          <p class="hello" data-hello>
            {words.hello}
          </p>
        ) : null}
        <div id="latest" />
        {conversation === null ? null : (
          <PaymentRequired c={c} conversation={conversation} tiers={data.tiers} />
        )}
        <AgentNotice c={c} agentId={agentId} agent={agent} />
        {isNewest ? null : (
          <a class="button plain" href={`${chatPath}#latest`}>
            {words.newest}
          </a>
        )}
      </div>
    </div>
  );
}

/** What is docked below the messages: problems, and the form for a message. */
function Dock(props: ChatProps) {
  const { c, data, thread, agentId, rejected } = props;
  const { conversation } = thread;
  return (
    <div class="dock">
      <button type="button" class="button plain jump-latest" data-jump hidden>
        {c.var.words.chat.newest}
      </button>
      <ChatProblems
        c={c}
        data={data}
        conversation={conversation}
        agentId={agentId}
        rejected={rejected}
      />
      <p class="chat-status" role="status" data-status />
      {isSuspended(c) ? (
        <p class="muted">{c.var.words.suspended.chat}</p>
      ) : (
        <Composer
          c={c}
          data={data}
          conversationId={conversation?.id ?? null}
          agentId={agentId}
          model={selectedModel(props)}
          rejected={rejected}
        />
      )}
    </div>
  );
}

function Chat(props: ChatProps) {
  const { c, data, thread, agentId, agent, isNewest } = props;
  const { conversation } = thread;
  const { plan } = data;
  return (
    <div
      class="chat"
      data-chat
      data-conversation={conversation?.id ?? ""}
      data-agent={agentId ?? ""}
      data-viewer={c.var.viewer?.id ?? ""}
      data-locale={localeOf(c)}
      data-plan={plan?.name ?? ""}
      data-message-period={plan?.allowances.message?.period ?? ""}
      data-token-period={plan?.allowances.token?.period ?? ""}
      data-words={JSON.stringify(chatScriptWords(c.var.words.chat))}
    >
      <section class="thread" aria-labelledby="chat-title">
        <ChatHead c={c} conversation={conversation} agent={agent} />
        <ThreadMessages {...props} />
        {isNewest ? <Dock {...props} /> : null}
      </section>
      <ConversationList c={c} data={data} currentId={conversation?.id} />
    </div>
  );
}

/** Shows a conversation, or a new one where the id is null. */
export async function renderChat(c: PageContext, id: string | null, rejected?: RejectedMessage) {
  const { words } = c.var;
  const cursor = rejected === undefined ? c.req.query("earlier") : undefined;
  const [data, thread] = await Promise.all([
    loadChatData(c),
    id === null ? EMPTY_THREAD : loadConversation(c, id, cursor),
  ]);
  const requestedAgentId = c.req.query("agent");
  const agentId =
    thread.conversation === null ? (requestedAgentId ?? null) : thread.conversation.agentId;
  const agent = agentId === null ? null : await findAgent(c, agentId);
  if (thread.conversation === null && agentId !== null && agent === null)
    return renderProblem(c, 404, words.chat.agentGone, "/marketplace");
  const isNewest = cursor === undefined;
  const greets = thread.conversation === null && (agent?.greeting ?? null) !== null;
  const greeting = greets ? greetingMessage(agent?.greeting ?? "") : null;
  const shown = greeting === null ? thread.messages : [greeting];
  const html = await renderReplies(shown, words.chat.copyCode);
  return renderPage(
    c,
    {
      title: thread.conversation?.title ?? words.chat.title,
      width: "full",
      styles: ["/chat.css"],
      scripts: isNewest && !isSuspended(c) ? CHAT_SCRIPTS : [],
      children: (
        <Chat
          c={c}
          data={data}
          thread={thread}
          agentId={agentId}
          agent={agent}
          greeting={greeting}
          html={html}
          rejected={rejected}
          isNewest={isNewest}
        />
      ),
    },
    rejected?.refusal.status ?? 200,
  );
}

/** `GET /chat?agent=`: shows a new conversation, with an agent or a plain model. */
export const newChatPage = (c: PageContext) => renderChat(c, null);

/** `GET /chat/:id?earlier=`: shows a conversation. `earlier` is the cursor of an older page. */
export const chatPage = (c: PageContext) => renderChat(c, c.req.param("id") ?? "");
