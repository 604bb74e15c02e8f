import { unwrap } from "../api.ts";
import { Field, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { readFilters, renderAdminPage } from "./admin-components.tsx";
import { AuditList } from "./audit-list.tsx";
import { CustomerProblem, FilterForm, readCustomerFilter } from "./list-parts.tsx";

const PAGE_SIZE = "50";

/** `GET /admin/audit?action=&customer=&subjectId=&actorId=`: shows the audit log, newest first. */
export async function auditPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const filters = readFilters(c, "action", "subjectId", "actorId");
  const { cursor } = readFilters(c, "cursor");
  const customer = await readCustomerFilter(c);
  const query = {
    limit: PAGE_SIZE,
    ...filters,
    ...(customer.userId === undefined ? {} : { userId: customer.userId }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  const { data, nextCursor } = await unwrap(c.var.api.api.admin.audit.$get({ query }));
  return renderAdminPage(
    c,
    words.audit,
    <>
      <p class="lead">{words.log.lead}</p>
      <FilterForm c={c} path="/admin/audit" csv={{ path: "/api/admin/audit", query }}>
        <Field
          name="customer"
          type="search"
          label={words.lists.customerFilter}
          value={customer.text}
        />
        <Field name="action" label={words.log.action} value={filters.action} />
        <Field name="subjectId" label={words.subject} value={filters.subjectId} />
        <Field name="actorId" label={words.log.actor} value={filters.actorId} />
      </FilterForm>
      <CustomerProblem customer={customer} />
      <AuditList c={c} entries={customer.problem === undefined ? data : []} />
      <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}
