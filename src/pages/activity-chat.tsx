import { KINDS, keyName, PriceBreakdown } from "./activity-row.tsx";
import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "./api.ts";
import type { PageContext } from "./context.ts";
import { formatTime } from "./format.ts";
import { formatSeconds } from "./format-figures.ts";
import { renderPage } from "./layout.tsx";
import { pathParam } from "./path-param.ts";
import { PageTitle } from "./ui/page-title.tsx";
import { Time } from "./ui/time.tsx";

/** A longer text is folded. */
const OPEN_CHARACTERS_MAX = 4000;

type Kept = SuccessBody<ApiClient["v1"]["generation"][":id"]["content"]["$get"]>;

/** Finds the prompt and the reply of a message, if its key has them kept. */
async function findKept(c: PageContext): Promise<Kept | null> {
  try {
    const param = { id: pathParam(c, "id") };
    return await unwrap(c.var.api.v1.generation[":id"].content.$get({ param }));
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return null;
    throw error;
  }
}

/** Indents JSON; any other text stays as it is. */
function indent(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The prompt and the reply of a message, as they are kept. */
function KeptContent({ c, kept }: { c: PageContext; kept: Kept }) {
  const { activity: words } = c.var.words;
  const texts = [
    [words.request, kept.request, kept.requestTruncated],
    [words.reply, kept.reply, kept.replyTruncated],
  ] as const;
  return (
    <section class="card">
      <h2>{words.content}</h2>
      <p class="muted">
        {words.keptUntil} <Time c={c} iso={kept.expiresAt} />
      </p>
      {texts.map(([title, text, isCut]) =>
        text === null ? null : (
          <details open={text.length < OPEN_CHARACTERS_MAX}>
            <summary>{title}</summary>
            {isCut ? <p class="muted small">{words.cut}</p> : null}
            <pre class="content" dir="ltr" tabindex={0}>
              <code>{indent(text)}</code>
            </pre>
          </details>
        ),
      )}
    </section>
  );
}

/** `GET /activity/:id`: one message of the reader's, by either of its ids. */
export async function activityChatPage(c: PageContext) {
  const { activity: words } = c.var.words;
  const [chat, kept] = await Promise.all([
    unwrap(c.var.api.api.usage.chats[":id"].$get({ param: { id: pathParam(c, "id") } })),
    findKept(c),
  ]);
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
        {kept === null ? null : <KeptContent c={c} kept={kept} />}
      </>
    ),
  });
}
