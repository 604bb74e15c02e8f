import { Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Icon } from "../ui/icon.tsx";
import type { ChatData, ConversationView } from "./data.ts";
import { type DayGroup, groupByDay } from "./group-by-day.ts";

interface ConversationListProps {
  readonly c: PageContext;
  readonly data: ChatData;
  /** The id of the conversation that is shown. */
  readonly currentId: string | undefined;
}

function SearchForm({ c, search }: { c: PageContext; search: string }) {
  const { chat: words } = c.var.words;
  return (
    <form method="get" action={`${c.req.path}#conversations`} role="search" class="chat-search">
      <label for="search" class="visually-hidden">
        {words.search}
      </label>
      <input
        id="search"
        type="search"
        name="search"
        value={search}
        placeholder={words.search}
        dir="auto"
        maxlength={200}
      />
      {search === "" ? null : (
        <a class="ghost" href={c.req.path} aria-label={words.clearSearch} title={words.clearSearch}>
          <Icon name="x-mark" />
        </a>
      )}
    </form>
  );
}

/** The user's conversations, newest first, and the agents for a new one. A drawer on a phone. */
export function ConversationList({ c, data, currentId }: ConversationListProps) {
  const { chat: words } = c.var.words;
  const { conversations, cursor, search, agents } = data;
  const renderEntry = (id: string, title: string) => (
    <li>
      <a href={`/chat/${id}`} aria-current={id === currentId ? "page" : undefined} dir="auto">
        {title}
      </a>
    </li>
  );
  const renderGroup = ({ day, items }: { day: DayGroup; items: readonly ConversationView[] }) => (
    <section data-day={day} hidden={items.length === 0}>
      <h3>{words.days[day]}</h3>
      <ul data-conversations={day === "today" ? "" : undefined}>
        {items.map(({ id, title }) => renderEntry(id, title ?? words.untitled))}
      </ul>
    </section>
  );
  const isEmpty = conversations.data.length === 0;
  return (
    <aside id="conversations" class="chat-list" aria-labelledby="conversations-title">
      <div class="chat-list-head">
        <h2 id="conversations-title">{words.conversations}</h2>
        <a
          class="ghost close-list"
          href="#content"
          aria-label={words.closeConversations}
          title={words.closeConversations}
        >
          <Icon name="x-mark" />
        </a>
      </div>
      <a class="button plain" href="/chat">
        <Icon name="pencil-square" />
        {words.begin}
      </a>
      <SearchForm c={c} search={search} />
      <nav class="chat-list-scroll" aria-labelledby="conversations-title" data-list>
        {groupByDay(conversations.data, Date.now()).map(renderGroup)}
        {isEmpty ? (
          <p class="muted small" data-no-conversations>
            {search === "" ? words.noConversations : words.noneFound}
          </p>
        ) : null}
        <template data-template="conversation">{renderEntry("", "")}</template>
        <Pagination c={c} cursor={cursor} nextCursor={conversations.nextCursor} />
        {agents.length === 0 ? null : (
          <section>
            <h3>{words.agents}</h3>
            <ul>
              {agents.map(({ id, name }) => (
                <li>
                  <a href={`/chat?agent=${id}`} dir="auto">
                    {name}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        )}
        {c.var.ctx.config.MARKETPLACE ? (
          <a class="small" href="/marketplace">
            {words.toMarket}
          </a>
        ) : null}
      </nav>
    </aside>
  );
}
