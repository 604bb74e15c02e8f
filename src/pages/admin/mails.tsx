import { isMailOn, MAIL_STATES } from "../../mail/index.ts";
import { unwrap } from "../api.ts";
import { Field, Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";
import { formatNumber } from "../format.ts";
import { Table } from "../table.tsx";
import { Time } from "../ui/time.tsx";
import { parseOneOf, readFilters, renderAdminPage } from "./admin-components.tsx";
import { CustomerProblem, FilterForm, readCustomerFilter, UserName } from "./list-parts.tsx";
import { RowMenu } from "./row-menu.tsx";

const PAGE_SIZE = "50";
const STATE_KINDS = { queued: "warn", sent: "good", given_up: "bad" } as const;

/** `GET /admin/mails?state=&customer=`: shows the mails of the last weeks, newest first. */
export async function mailsPage(c: PageContext) {
  const { admin } = c.var.words;
  const { lists, system: words } = admin;
  const { cursor } = readFilters(c, "cursor");
  const state = parseOneOf(MAIL_STATES, c.req.query("state"));
  const customer = await readCustomerFilter(c);
  const query = {
    limit: PAGE_SIZE,
    ...(state === undefined ? {} : { state }),
    ...(customer.userId === undefined ? {} : { userId: customer.userId }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  const { data, nextCursor } = await unwrap(c.var.api.api.admin.mails.$get({ query }));
  return renderAdminPage(
    c,
    admin.mails,
    <>
      {isMailOn(c.var.ctx) ? null : <Notice kind="warn">{words.mailsOff}</Notice>}
      <p class="lead">{words.mailsLead}</p>
      <FilterForm c={c} path="/admin/mails" csv={{ path: "/api/admin/mails", query }}>
        <Field name="customer" type="search" label={lists.customerFilter} value={customer.text} />
        <Select
          name="state"
          label={admin.status}
          value={state ?? ""}
          options={[
            ["", lists.all],
            ...MAIL_STATES.map((one) => [one, words.mailStates[one]] as const),
          ]}
        />
      </FilterForm>
      <CustomerProblem customer={customer} />
      <Table
        fits
        rows={customer.problem === undefined ? data : []}
        empty={lists.noMatches}
        columns={[
          {
            head: words.email,
            cell: ({ kind, lastError }) => (
              <>
                {words.mailKinds[kind]}
                {lastError === null ? null : <div class="small muted clip">{lastError}</div>}
              </>
            ),
            isRowHead: true,
          },
          {
            head: words.to,
            cell: ({ user, userId }) =>
              userId === null ? (
                <span class="muted">{words.newcomer}</span>
              ) : (
                <UserName c={c} user={user} userId={userId} />
              ),
          },
          {
            head: admin.status,
            cell: (mail) => (
              <span class={`badge ${STATE_KINDS[mail.state]}`}>{words.mailStates[mail.state]}</span>
            ),
          },
          {
            head: words.tries,
            cell: ({ tries }) => formatNumber(c, tries),
            isFigure: true,
            isMinor: true,
          },
          {
            head: words.nextTry,
            cell: ({ nextTryAt }) => (nextTryAt === null ? null : <Time c={c} iso={nextTryAt} />),
            isMinor: true,
          },
          {
            head: lists.date,
            cell: ({ createdAt }) => <Time c={c} iso={createdAt} />,
            isMinor: true,
          },
          {
            head: lists.more,
            isHeadHidden: true,
            cell: ({ id }) => <RowMenu c={c} ids={[id]} />,
          },
        ]}
      />
      <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}
