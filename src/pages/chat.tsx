import type { ApiRefusal } from "./api.ts";
import {
  agentOf,
  type ChosenAgent,
  conversationOf,
  type Surroundings,
  surroundings,
} from "./chat-data.ts";
import { Bubble, OutOfCredit, PayFirst, refusalText } from "./chat-parts.tsx";
import { ChatSide, ChatTools } from "./chat-side.tsx";
import { chatWords } from "./chat-words.ts";
import type { PageContext } from "./context.ts";
import { figure, localeOf } from "./format.ts";
import { Notice } from "./parts.tsx";
import { problemPage } from "./problem.tsx";
import { show } from "./shell.tsx";

/** What was typed and not answered, and why. */
export interface Unsaid {
  readonly message: string;
  readonly model: string | undefined;
  readonly refusal: ApiRefusal;
}

/** A conversation that is to be: what `conversationOf` gives of one that is there. */
const NOTHING_YET = { conversation: null, messages: [], earlier: null } as const;
type Talk = Awaited<ReturnType<typeof conversationOf>> | typeof NOTHING_YET;

interface ComposerProps {
  readonly c: PageContext;
  readonly around: Surroundings;
  readonly talk: Talk;
  /** The agent decides the model; without one the user does. */
  readonly agentId: string | null;
  readonly unsaid: Unsaid | undefined;
}

/** Where the user types. Without a script it posts, and the page comes back with the reply. */
function Composer({ c, around, talk, agentId, unsaid }: ComposerProps) {
  const { chat: words } = c.var.words;
  const { conversation, messages } = talk;
  const lastModel = messages.findLast(({ model }) => model !== null)?.model;
  const chosen = unsaid?.model ?? lastModel ?? conversation?.model ?? around.defaultModel;
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
        {unsaid?.message ?? ""}
      </textarea>
      <div class="row">
        {agentId === null ? (
          <div class="field">
            <label for="model" class="visually-hidden">
              {words.model}
            </label>
            <select id="model" name="model" aria-describedby="model-hint">
              {around.models.map(({ id, pricing }) => (
                <option value={id} selected={id === chosen}>
                  {words.price(id, figure(c, pricing.input), figure(c, pricing.output))}
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
  readonly around: Surroundings;
  readonly talk: Talk;
  /** Null: with a plain model. */
  readonly agentId: string | null;
  /** Null as well where the agent of a conversation is gone. */
  readonly agent: ChosenAgent | null;
  readonly unsaid: Unsaid | undefined;
  /** Whether these are the newest messages. */
  readonly isNewest: boolean;
}

/** Why nothing can be said to an agent, if so. */
function AgentNotice({ c, agentId, agent }: Pick<ChatProps, "c" | "agentId" | "agent">) {
  const { chat: words } = c.var.words;
  if (agentId === null || agent?.canTalk === true) return null;
  return (
    <Notice kind="warn">
      <p>
        {agent === null ? words.agentGone : words.agentBuy(agent.name)}{" "}
        <a href="/marketplace">{words.toMarket}</a>
      </p>
    </Notice>
  );
}

/**
 * Why the last message was not answered: out of credit, or anything else. The script fills the same
 * two.
 */
function Problems({ c, around, talk, agentId, unsaid }: Omit<ChatProps, "agent" | "isNewest">) {
  const { conversation } = talk;
  const refusal = unsaid?.refusal ?? null;
  const isOut = refusal?.status === 402;
  const here =
    conversation === null
      ? `/chat${agentId === null ? "" : `?agent=${encodeURIComponent(agentId)}`}`
      : `/chat/${conversation.id}`;
  // A conversation that has to be paid for says so above.
  const isPayable =
    conversation === null ||
    (conversation.paymentStatus !== "paid" && !conversation.paymentRequired);
  return (
    <div role="alert">
      <OutOfCredit
        c={c}
        here={here}
        conversationId={conversation?.id ?? null}
        tiers={isPayable ? around.tiers : []}
        refusal={isOut ? refusal : null}
      />
      <div class="notice bad" data-problem hidden={refusal === null || isOut}>
        <p data-part="text">{refusal === null ? "" : refusalText(c, refusal.error)}</p>
      </div>
    </div>
  );
}

function Chat({ c, around, talk, agentId, agent, unsaid, isNewest }: ChatProps) {
  const { chat: words } = c.var.words;
  const { conversation, messages, earlier } = talk;
  const here = conversation === null ? "/chat" : `/chat/${conversation.id}`;
  const greeting = conversation === null ? (agent?.greeting ?? null) : null;
  const blank = {
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
      data-words={JSON.stringify(chatWords(words))}
    >
      <section class="talk" aria-labelledby="chat-title">
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
        {earlier === null ? null : (
          <a class="button plain" href={`${here}?earlier=${encodeURIComponent(earlier)}`}>
            {words.earlier}
          </a>
        )}
        <div class="messages" role="log" aria-label={words.log} data-messages>
          {greeting === null ? null : (
            <Bubble c={c} message={{ ...blank, role: "assistant", content: greeting }} />
          )}
          {messages.map((message) => (
            <Bubble
              c={c}
              id={message.id}
              message={message}
              isToldBelow={unsaid !== undefined && message === messages.at(-1)}
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
          <PayFirst c={c} conversation={conversation} tiers={around.tiers} />
        )}
        <AgentNotice c={c} agentId={agentId} agent={agent} />
        {isNewest ? (
          <>
            <Problems c={c} around={around} talk={talk} agentId={agentId} unsaid={unsaid} />
            <Composer c={c} around={around} talk={talk} agentId={agentId} unsaid={unsaid} />
          </>
        ) : (
          <a class="button plain" href={`${here}#latest`}>
            {words.newest}
          </a>
        )}
        {(["user", "assistant"] as const).map((role) => (
          <template data-template={role}>
            <Bubble c={c} message={{ ...blank, role }} />
          </template>
        ))}
      </section>
      <ChatSide c={c} around={around} here={conversation?.id} />
    </div>
  );
}

/** A conversation, or (null) one that is to be, and all around it. */
export async function showChat(c: PageContext, id: string | null, unsaid?: Unsaid) {
  const { words } = c.var;
  const cursor = unsaid === undefined ? c.req.query("earlier") : undefined;
  const [around, talk] = await Promise.all([
    surroundings(c),
    id === null ? NOTHING_YET : conversationOf(c, id, cursor),
  ]);
  const requestedAgentId = c.req.query("agent");
  const agentId = talk.conversation === null ? (requestedAgentId ?? null) : talk.conversation.agentId;
  const agent = agentId === null ? null : await agentOf(c, agentId);
  if (talk.conversation === null && agentId !== null && agent === null)
    return problemPage(c, 404, words.chat.agentGone, "/marketplace");
  const isNewest = cursor === undefined;
  return show(
    c,
    {
      title: talk.conversation?.title ?? words.chat.title,
      width: "wide",
      scripts: isNewest ? ["/chat.js"] : [],
      children: (
        <Chat
          c={c}
          around={around}
          talk={talk}
          agentId={agentId}
          agent={agent}
          unsaid={unsaid}
          isNewest={isNewest}
        />
      ),
    },
    unsaid?.refusal.status ?? 200,
  );
}

/** `GET /chat`, `?agent=` with whom: a new conversation. */
export const newChatPage = (c: PageContext) => showChat(c, null);

/** `GET /chat/:id`: a conversation, `?earlier=` an older page of it. */
export const chatPage = (c: PageContext) => showChat(c, c.req.param("id") ?? "");
