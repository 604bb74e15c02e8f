import { said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { Select } from "../form-parts.tsx";
import { figure } from "../format.ts";
import { Field, Notice, Pages } from "../parts.tsx";
import { pathParam } from "../path-param.ts";
import { filtersOf, oneOf, Press, showAdmin, Table, UserLink } from "./admin-parts.tsx";

const SHOWN = "25";
const COMPARED = ["orders", "subscriptions", "stripe_sessions", "stripe_subscriptions"] as const;

/** What one side says of a thing. */
const Side = ({ c, value }: { c: PageContext; value: unknown }) =>
  value === null ? (
    <em class="muted">{c.var.words.admin.missing}</em>
  ) : (
    <code class="json">{JSON.stringify(value)}</code>
  );

async function Report({ c, of }: { c: PageContext; of: (typeof COMPARED)[number] }) {
  const { admin: words } = c.var.words;
  const query = { of, limit: SHOWN, ...filtersOf(c, "from", "to", "cursor") };
  const { data, checked, nextCursor } = await said(c.var.api.api.admin.drift.$get({ query }));
  return (
    <>
      <p>{words.checked(figure(c, checked))}</p>
      {data.length === 0 ? (
        <Notice>{words.same}</Notice>
      ) : (
        <Table
          c={c}
          columns={[words.subject, words.user, words.what, words.here, words.atStripe, words.heal]}
          rows={data.map((one) => [
            <code>{one.subjectId}</code>,
            <UserLink userId={one.userId} />,
            <code>{one.what}</code>,
            <Side c={c} value={one.here} />,
            <Side c={c} value={one.atStripe} />,
            one.heal === null ? null : (
              <Press action={`/admin/drift/${one.subjectId}/heal`} text={words.heal} kind="plain" />
            ),
          ])}
        />
      )}
      <Pages c={c} cursor={c.req.query("cursor")} nextCursor={nextCursor} />
    </>
  );
}

/**
 * `/admin/drift?of=&from=&to=`: what is otherwise here than at Stripe. It is looked up only once it
 * is asked for: that takes a while.
 */
export function driftPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const { from, to, healed } = filtersOf(c, "from", "to", "healed");
  const of = oneOf(COMPARED, c.req.query("of"));
  return showAdmin(
    c,
    words.drift,
    <>
      <p class="lead">{words.driftLead}</p>
      {healed === undefined ? null : <Notice>{words.healed(healed)}</Notice>}
      <form method="get" class="row">
        <Select
          name="of"
          label={words.driftOf}
          value={of}
          options={COMPARED.map((one) => [one, words.driftOfs[one]])}
        />
        <Field name="from" type="date" label={words.from} value={from} />
        <Field name="to" type="date" label={words.to} value={to} />
        <button type="submit">{words.compare}</button>
      </form>
      {of === undefined ? null : <Report c={c} of={of} />}
    </>,
  );
}

/** `POST /admin/drift/:id/heal`: settles it as an event about it would. */
export async function repairDrift(c: PageContext) {
  const { subjectId } = await said(
    c.var.api.api.admin.drift[":subjectId"].heal.$post({
      param: { subjectId: pathParam(c, "id") },
    }),
  );
  return c.redirect(`/admin/drift?healed=${encodeURIComponent(subjectId)}`, 303);
}
