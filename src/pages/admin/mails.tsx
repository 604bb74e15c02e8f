import { isMailOn, MAIL_STATES } from "../../mail/index.ts";
import { unwrap } from "../api.ts";
import { Field, Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";
import { formatNumber, formatTime } from "../format.ts";
import { Table } from "../table.tsx";
import { readFilters, renderAdminPage, UserLink } from "./admin-components.tsx";

const PAGE_SIZE = "50";

/** `GET /admin/mails?state=&userId=`: shows the mails of the last weeks, newest first. */
export async function mailsPage(c: PageContext) {
  const { admin: words, common } = c.var.words;
  const filters = readFilters(c, "state", "userId");
  const { cursor } = readFilters(c, "cursor");
  const state = MAIL_STATES.find((one) => one === filters.state);
  const query = {
    limit: PAGE_SIZE,
    ...(state === undefined ? {} : { state }),
    ...(filters.userId === undefined ? {} : { userId: filters.userId }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  const { data, nextCursor } = await unwrap(c.var.api.api.admin.mails.$get({ query }));
  return renderAdminPage(
    c,
    words.mails,
    <>
      {isMailOn(c.var.ctx) ? null : <Notice kind="warn">{words.mail.off}</Notice>}
      <form method="get" class="row">
        <Select
          name="state"
          label={words.mail.state}
          value={state ?? ""}
          options={[["", words.any], ...MAIL_STATES.map((one) => [one, one] as const)]}
        />
        <Field name="userId" label={words.user} value={filters.userId} />
        <button type="submit">{words.filter}</button>
      </form>
      <Table
        isWide
        rows={data}
        empty={common.none}
        columns={[
          { head: words.when, cell: ({ createdAt }) => formatTime(c, createdAt) },
          { head: words.mail.kind, cell: ({ kind }) => <code>{kind}</code> },
          { head: words.user, cell: ({ userId }) => <UserLink userId={userId} /> },
          { head: words.mail.state, cell: ({ state }) => <code>{state}</code> },
          { head: words.mail.tries, cell: ({ tries }) => formatNumber(c, tries) },
          {
            head: words.mail.nextTry,
            cell: ({ nextTryAt }) => (nextTryAt === null ? null : formatTime(c, nextTryAt)),
          },
          { head: words.mail.lastError, cell: ({ lastError }) => lastError },
        ]}
      />
      <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}
