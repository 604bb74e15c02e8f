import { Field } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Confirm } from "../ui/confirm.tsx";
import { Icon } from "../ui/icon.tsx";
import { Menu } from "../ui/menu.tsx";
import type { ChosenAgent, ConversationView } from "./data.ts";

/**
 * The menu of a conversation: renaming, exporting and deleting it. Before it exists it is hidden,
 * and the script fills in its id.
 */
function ChatMenu({ c, conversation }: { c: PageContext; conversation: ConversationView | null }) {
  const { chat: words, common } = c.var.words;
  const id = conversation?.id ?? "";
  return (
    <div data-tools hidden={conversation === null}>
      <Menu label={words.menu}>
        <details class="rename">
          <summary class="menu-item">
            <Icon name="pencil" />
            {words.rename}
          </summary>
          <form method="post" action={`/chat/${id}/rename`} data-rename>
            <Field name="title" label={words.name} value={conversation?.title ?? ""} />
            <button type="submit">{common.save}</button>
          </form>
        </details>
        <a class="menu-item" href={`/api/conversations/${id}/export?format=markdown`} download>
          <Icon name="arrow-down-tray" />
          {words.exportMarkdown}
        </a>
        <a class="menu-item" href={`/api/conversations/${id}/export?format=json`} download>
          <Icon name="code-bracket" />
          {words.exportJson}
        </a>
        <Confirm
          c={c}
          action={`/chat/${id}/delete`}
          label={
            <>
              <Icon name="trash" />
              {words.remove}
            </>
          }
          question={words.removeQuestion}
          confirm={words.removeConfirm}
          danger
        />
      </Menu>
    </div>
  );
}

interface ChatHeadProps {
  readonly c: PageContext;
  readonly conversation: ConversationView | null;
  readonly agent: ChosenAgent | null;
}

/** The row above the messages: the way to the list, the title and the menu. */
export function ChatHead({ c, conversation, agent }: ChatHeadProps) {
  const { chat: words } = c.var.words;
  const title = conversation?.title ?? (conversation === null ? words.begin : words.untitled);
  return (
    <header class="chat-head">
      <a
        class="ghost open-list"
        href="#conversations"
        aria-label={words.openConversations}
        title={words.openConversations}
      >
        <Icon name="queue-list" />
      </a>
      <div class="chat-title">
        <h1
          id="chat-title"
          dir="auto"
          data-title
          data-untitled={(conversation?.title ?? null) === null ? "" : undefined}
        >
          {title}
        </h1>
        {agent === null ? null : <p class="muted small">{words.agent(agent.name)}</p>}
      </div>
      <a class="ghost new-chat" href="/chat" aria-label={words.begin} title={words.begin}>
        <Icon name="pencil-square" />
      </a>
      <ChatMenu c={c} conversation={conversation} />
    </header>
  );
}
