import { KINDS, keyName, PriceBreakdown } from "./activity-row.tsx";
import { unwrap } from "./api.ts";
import type { PageContext } from "./context.ts";
import { formatTime } from "./format.ts";
import { formatSeconds } from "./format-figures.ts";
import { renderPage } from "./layout.tsx";
import { pathParam } from "./path-param.ts";
import { PageTitle } from "./ui/page-title.tsx";

/** `GET /activity/:id`: one message of the reader's, by either of its ids. */
export async function activityChatPage(c: PageContext) {
  const { activity: words } = c.var.words;
  const chat = await unwrap(
    c.var.api.api.usage.chats[":id"].$get({ param: { id: pathParam(c, "id") } }),
  );
  const { firstByteMs, upstream } = chat;
  return renderPage(c, {
    title: `${chat.model} · ${words.title}`,
    styles: ["/activity.css"],
    children: (
      <>
        <PageTitle
          title={<bdi>{chat.model}</bdi>}
          lead={<code>{chat.id}</code>}
          actions={
            <a class="button plain" href="/activity">
              {words.allMessages}
            </a>
          }
        />
        <section class="card">
          <dl class="facts">
            <div>
              <dt>{words.status}</dt>
              <dd>
                <span class={`badge ${KINDS[chat.ending]}`}>{words.statuses[chat.ending]}</span>
              </dd>
            </div>
            <div>
              <dt>{words.key}</dt>
              <dd>
                <bdi>{keyName(c, chat.key)}</bdi>
              </dd>
            </div>
            <div>
              <dt>{words.started}</dt>
              <dd>{formatTime(c, chat.createdAt)}</dd>
            </div>
            <div>
              <dt>{words.ended}</dt>
              <dd>{formatTime(c, chat.endedAt)}</dd>
            </div>
            {firstByteMs === null ? null : (
              <div>
                <dt>{words.firstByte}</dt>
                <dd>{formatSeconds(c, firstByteMs)}</dd>
              </div>
            )}
            <div>
              <dt>{words.duration}</dt>
              <dd>{formatSeconds(c, chat.latencyMs)}</dd>
            </div>
            {upstream === null ? null : (
              <div>
                <dt>{words.provider}</dt>
                <dd>
                  <bdi>{upstream}</bdi>
                </dd>
              </div>
            )}
            <PriceBreakdown c={c} chat={chat} />
            {chat.estimated ? (
              <div>
                <dt>{words.estimated}</dt>
                <dd>{words.estimatedHint}</dd>
              </div>
            ) : null}
          </dl>
        </section>
      </>
    ),
  });
}
