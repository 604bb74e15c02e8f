import type { ChatData, ConversationView } from "./chat-data.ts";
import { Field, Pagination } from "./components.tsx";
import type { PageContext } from "./context.ts";

/**
 * The forms and links for renaming, exporting and deleting a conversation. Before it exists they
 * are hidden, and the script fills in its id.
 */
export function ChatTools({
  c,
  conversation,
}: {
  c: PageContext;
  conversation: ConversationView | null;
}) {
  const { chat: words, common } = c.var.words;
  const id = conversation?.id ?? "";
  return (
    <details class="tools" data-tools hidden={conversation === null}>
      <summary>{words.tools}</summary>
      <form method="post" action={`/chat/${id}/rename`} class="row">
        <Field name="title" label={words.name} value={conversation?.title ?? ""} />
        <button type="submit" class="plain">
          {common.save}
        </button>
      </form>
      <div class="row">
        <a class="button plain" href={`/api/conversations/${id}/export?format=markdown`} download>
          {words.exportMarkdown}
        </a>
        <a class="button plain" href={`/api/conversations/${id}/export?format=json`} download>
          {words.exportJson}
        </a>
      </div>
      <details>
        <summary>{common.remove}</summary>
        <form method="post" action={`/chat/${id}/delete`}>
          <button type="submit" class="danger">
            {words.remove}
          </button>
        </form>
      </details>
    </details>
  );
}

interface ChatSidebarProps {
  readonly c: PageContext;
  readonly data: ChatData;
  /** The id of the conversation that is shown. */
  readonly currentId: string | undefined;
}

/** The user's conversations, newest first, and the agents for a new one. */
export function ChatSidebar({ c, data, currentId }: ChatSidebarProps) {
  const { chat: words } = c.var.words;
  const { conversations, cursor, agents } = data;
  const renderEntry = (id: string, title: string) => (
    <li>
      <a href={`/chat/${id}`} aria-current={id === currentId ? "page" : undefined} dir="auto">
        {title}
      </a>
    </li>
  );
  return (
    <aside id="conversations" class="sidebar" aria-labelledby="conversations-title">
      <h2 id="conversations-title">{words.conversations}</h2>
      <a class="button plain" href="/chat">
        {words.begin}
      </a>
      <ul data-conversations>
        {conversations.data.map(({ id, title }) => renderEntry(id, title ?? words.untitled))}
      </ul>
      {conversations.data.length === 0 ? (
        <p class="muted small" data-no-conversations>
          {words.noConversations}
        </p>
      ) : null}
      <template data-template="conversation">{renderEntry("", "")}</template>
      <Pagination c={c} cursor={cursor} nextCursor={conversations.nextCursor} />
      {agents.length === 0 ? null : (
        <>
          <h2>{words.agents}</h2>
          <ul>
            {agents.map(({ id, name }) => (
              <li>
                <a href={`/chat?agent=${id}`} dir="auto">
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      <a class="small" href="/marketplace">
        {words.toMarket}
      </a>
    </aside>
  );
}
