import type { ApiRefusal } from "./api.ts";
import { Bubble, PaymentRequired, QuotaNotice, refusalText } from "./chat-components.tsx";
import {
  type ChatData,
  type ChosenAgent,
  findAgent,
  loadChatData,
  loadConversation,
} from "./chat-data.ts";
import { chatScriptWords } from "./chat-script-words.ts";
import { ChatSidebar, ChatTools } from "./chat-sidebar.tsx";
import { Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { formatNumber, localeOf } from "./format.ts";
import { renderPage } from "./layout.tsx";
import { renderProblem } from "./problem-page.tsx";

/** The modules of the chat's script. Naming all of them makes the browser load them at once. */
const CHAT_SCRIPTS = ["/chat-transport.js", "/chat-view.js", "/chat-composer.js", "/chat.js"];

/** A message that was not answered, and the reason. */
export interface RejectedMessage {
  readonly message: string;
  readonly model: string | undefined;
  readonly refusal: ApiRefusal;
}

/**
 * A conversation that does not exist yet, in the shape of those that `loadConversation` returns.
 */
const EMPTY_THREAD = { conversation: null, messages: [], earlierCursor: null } as const;
type Thread = Awaited<ReturnType<typeof loadConversation>> | typeof EMPTY_THREAD;

interface ComposerProps {
  readonly c: PageContext;
  readonly data: ChatData;
  readonly thread: Thread;
  /** The agent of the conversation, which decides the model; null where the user does. */
  readonly agentId: string | null;
  readonly rejected: RejectedMessage | undefined;
}

/** The form for a message. Without a script it posts, and the page then shows the reply. */
function Composer({ c, data, thread, agentId, rejected }: ComposerProps) {
  const { chat: words } = c.var.words;
  const { conversation, messages } = thread;
  const lastModel = messages.findLast(({ model }) => model !== null)?.model;
  const selectedModel = rejected?.model ?? lastModel ?? conversation?.model ?? data.defaultModel;
  return (
    <form
      method="post"
      action={conversation === null ? "/chat" : `/chat/${conversation.id}`}
      class="composer"
      data-composer
    >
      <input type="hidden" name="once" value={crypto.randomUUID()} />
      {agentId === null ? null : <input type="hidden" name="agentId" value={agentId} />}
      <label for="message" class="visually-hidden">
        {words.message}
      </label>
      <textarea
        id="message"
        name="message"
        rows={2}
        required
        dir="auto"
        aria-describedby="message-hint"
      >
        {rejected?.message ?? ""}
      </textarea>
      <div class="row">
        {agentId === null ? (
          <div class="field">
            <label for="model" class="visually-hidden">
              {words.model}
            </label>
            <select id="model" name="model" aria-describedby="model-hint">
              {data.models.map(({ id, pricing }) => (
                <option value={id} selected={id === selectedModel}>
                  {words.price(id, formatNumber(c, pricing.input), formatNumber(c, pricing.output))}
                </option>
              ))}
            </select>
          </div>
        ) : null}
        <button type="submit" data-send>
          {words.send}
        </button>
        <button type="button" class="danger" data-stop hidden>
          {words.stop}
        </button>
      </div>
      <p class="hint">
        {agentId === null ? <span id="model-hint">{words.priceHint}</span> : null}{" "}
        <span id="message-hint" data-needs-script hidden>
          {words.keys}
        </span>
      </p>
      <p class="visually-hidden" role="status" data-status />
    </form>
  );
}

interface ChatProps {
  readonly c: PageContext;
  readonly data: ChatData;
  readonly thread: Thread;
  /** Null where the conversation is with a plain model. */
  readonly agentId: string | null;
  /** Null also where the agent of a conversation was deleted. */
  readonly agent: ChosenAgent | null;
  readonly rejected: RejectedMessage | undefined;
  /** Whether these are the newest messages. */
  readonly isNewest: boolean;
}

/** The notice that the agent was deleted or has to be bought. */
function AgentNotice({ c, agentId, agent }: Pick<ChatProps, "c" | "agentId" | "agent">) {
  const { chat: words } = c.var.words;
  if (agentId === null || agent?.canChat === true) return null;
  return (
    <Notice kind="warn">
      <p>
        {agent === null ? words.agentGone : words.agentBuy(agent.name)}{" "}
        <a href="/marketplace">{words.toMarket}</a>
      </p>
    </Notice>
  );
}

/** The notices of why the last message was not answered. The script fills the same ones. */
function ChatProblems({
  c,
  data,
  thread,
  agentId,
  rejected,
}: Omit<ChatProps, "agent" | "isNewest">) {
  const { conversation } = thread;
  const refusal = rejected?.refusal ?? null;
  const isQuotaExceeded = refusal?.status === 402;
  const currentPath =
    conversation === null
      ? `/chat${agentId === null ? "" : `?agent=${encodeURIComponent(agentId)}`}`
      : `/chat/${conversation.id}`;
  // A conversation that has to be paid for has its own notice above.
  const isPayable =
    conversation === null ||
    (conversation.paymentStatus !== "paid" && !conversation.paymentRequired);
  return (
    <div role="alert">
      <QuotaNotice
        c={c}
        currentPath={currentPath}
        conversationId={conversation?.id ?? null}
        tiers={isPayable ? data.tiers : []}
        refusal={isQuotaExceeded ? refusal : null}
      />
      <div class="notice bad" data-problem hidden={refusal === null || isQuotaExceeded}>
        <p data-part="text">{refusal === null ? "" : refusalText(c, refusal.body)}</p>
      </div>
    </div>
  );
}

function Chat({ c, data, thread, agentId, agent, rejected, isNewest }: ChatProps) {
  const { chat: words } = c.var.words;
  const { conversation, messages, earlierCursor } = thread;
  const chatPath = conversation === null ? "/chat" : `/chat/${conversation.id}`;
  const greeting = conversation === null ? (agent?.greeting ?? null) : null;
  const emptyMessage = {
    content: "",
    status: "complete",
    error: null,
    model: null,
    usage: null,
    cost: null,
  } as const;
  const title = conversation?.title ?? (conversation === null ? words.begin : words.untitled);
  return (
    <div
      class="chat"
      data-chat
      data-conversation={conversation?.id ?? ""}
      data-agent={agentId ?? ""}
      data-viewer={c.var.viewer?.id ?? ""}
      data-locale={localeOf(c)}
      data-words={JSON.stringify(chatScriptWords(words))}
    >
      <section class="thread" aria-labelledby="chat-title">
        <a class="jump small" href="#conversations">
          {words.toConversations}
        </a>
        <h1
          id="chat-title"
          dir="auto"
          data-title
          data-untitled={(conversation?.title ?? null) === null ? "" : undefined}
        >
          {title}
        </h1>
        {agent === null ? null : <p class="muted">{words.agent(agent.name)}</p>}
        <ChatTools c={c} conversation={conversation} />
        {earlierCursor === null ? null : (
          <a class="button plain" href={`${chatPath}?earlier=${encodeURIComponent(earlierCursor)}`}>
            {words.earlier}
          </a>
        )}
        <div class="messages" role="log" aria-label={words.log} data-messages>
          {greeting === null ? null : (
            <Bubble c={c} message={{ ...emptyMessage, role: "assistant", content: greeting }} />
          )}
          {messages.map((message) => (
            <Bubble
              c={c}
              id={message.id}
              message={message}
              isErrorShownBelow={rejected !== undefined && message === messages.at(-1)}
            />
          ))}
        </div>
        {greeting === null && messages.length === 0 ? (
          <p class="muted" data-hello>
            {words.hello}
          </p>
        ) : null}
        <div id="latest" />
        {conversation === null ? null : (
          <PaymentRequired c={c} conversation={conversation} tiers={data.tiers} />
        )}
        <AgentNotice c={c} agentId={agentId} agent={agent} />
        {isNewest ? (
          <>
            <ChatProblems c={c} data={data} thread={thread} agentId={agentId} rejected={rejected} />
            <Composer c={c} data={data} thread={thread} agentId={agentId} rejected={rejected} />
          </>
        ) : (
          <a class="button plain" href={`${chatPath}#latest`}>
            {words.newest}
          </a>
        )}
        {(["user", "assistant"] as const).map((role) => (
          <template data-template={role}>
            <Bubble c={c} message={{ ...emptyMessage, role }} />
          </template>
        ))}
      </section>
      <ChatSidebar c={c} data={data} currentId={conversation?.id} />
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
  return renderPage(
    c,
    {
      title: thread.conversation?.title ?? words.chat.title,
      width: "wide",
      scripts: isNewest ? CHAT_SCRIPTS : [],
      children: (
        <Chat
          c={c}
          data={data}
          thread={thread}
          agentId={agentId}
          agent={agent}
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
