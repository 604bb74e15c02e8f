import { nameCountry } from "../../languages.ts";
import { type ApiClient, expectNoContent, type ListItem } from "../api.ts";
import type { PageContext } from "../context.ts";
import { formatTime } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { Table } from "../table.tsx";
import { Confirm } from "../ui/confirm.tsx";
import type { Flash } from "../ui/flash.ts";
import { FormRefusal, type SectionProps } from "./refused-form.tsx";

/** A session of the reader's. */
type Session = ListItem<ApiClient["api"]["auth"]["sessions"]["$get"]>;

/** Returns the device of a session in words: "Firefox on Windows". */
function deviceText(c: PageContext, { device: { browser, system } }: Session): string {
  const { account: words } = c.var.words;
  if (browser !== null && system !== null) return words.on(browser, system);
  return browser ?? system ?? words.unknownDevice;
}

/** Returns the place of a session in words, as far as Cloudflare told it. */
function placeText(c: PageContext, { country, city }: Session): string {
  const { account: words } = c.var.words;
  if (country === null) return city ?? words.unknownPlace;
  const name = nameCountry(c.var.language, country);
  return city === null ? name : words.placeOf(city, name);
}

function EndSession({ c, session }: { c: PageContext; session: Session }) {
  const { account: words } = c.var.words;
  if (session.isCurrent) return <span class="badge">{words.thisOne}</span>;
  const place = `${deviceText(c, session)}, ${placeText(c, session)}`;
  return (
    <Confirm
      c={c}
      action={`/account/sessions/${session.id}/end`}
      label={
        <>
          {words.end}
          <span class="visually-hidden">: {place}</span>
        </>
      }
      question={c.var.words.ask.endSession}
      confirm={words.end}
      danger
      kind="link"
    />
  );
}

/** The sessions of the reader, for the reader to end. */
export function SessionsSection(props: SectionProps & { readonly sessions: readonly Session[] }) {
  const { c, sessions } = props;
  const { account: words } = c.var.words;
  return (
    <section class="card">
      <h2>{words.sessions}</h2>
      <p class="muted">{words.sessionsHint}</p>
      <FormRefusal {...props} form="sessions" params={[]} />
      <Table
        rows={sessions}
        columns={[
          { head: words.device, cell: (session) => deviceText(c, session), isRowHead: true },
          { head: words.place, cell: (session) => <bdi>{placeText(c, session)}</bdi> },
          {
            head: words.signedIn,
            cell: ({ createdAt, method }) =>
              `${formatTime(c, createdAt)}, ${words.methods[method]}`,
          },
          { head: words.lastSeen, cell: ({ lastSeenAt }) => formatTime(c, lastSeenAt) },
          {
            head: words.end,
            isHeadHidden: true,
            cell: (session) => <EndSession c={c} session={session} />,
          },
        ]}
      />
      {sessions.length > 1 ? (
        <Confirm
          c={c}
          action="/account/sessions/end"
          label={words.endOthers}
          question={c.var.words.ask.endSessions}
          danger
        />
      ) : null}
    </section>
  );
}

/** `POST /account/sessions/:sessionId/end`: ends a session, also for chats. */
export async function endSession(c: PageContext): Promise<Flash> {
  const param = { sessionId: pathParam(c, "sessionId") };
  await expectNoContent(c.var.api.api.auth.sessions[":sessionId"].$delete({ param }));
  return "session";
}

/** `POST /account/sessions/end`: ends every session but the reader's own. */
export async function endOtherSessions(c: PageContext): Promise<Flash> {
  await expectNoContent(c.var.api.api.auth.sessions.$delete());
  return "sessions";
}
