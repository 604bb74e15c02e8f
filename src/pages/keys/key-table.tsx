import type { ApiClient, SuccessBody } from "../api.ts";
import type { PageContext } from "../context.ts";
import { formatNumber } from "../format.ts";
import { Table } from "../table.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { Progress } from "../ui/progress.tsx";
import { Time } from "../ui/time.tsx";

type Key = SuccessBody<ApiClient["api"]["api-keys"]["$get"]>["keys"][number];

/** What a key has spent of its limit, as a bar; of a key without one, what it has spent. */
function Limit({ c, apiKey: { budget, spent, name } }: { c: PageContext; apiKey: Key }) {
  const { keys: words, common } = c.var.words;
  if (budget === null) return <span>{words.spent(formatNumber(c, spent))}</span>;
  const text = common.of(formatNumber(c, spent), formatNumber(c, budget.credits));
  return (
    <div class="limit">
      <span>{`${text} ${words.each[budget.period]}`}</span>
      <Progress label={`${words.limitColumn}: ${name}`} value={spent} max={budget.credits} />
    </div>
  );
}

/** What a key may do, on which models and until when. */
function KeyName({ c, apiKey }: { c: PageContext; apiKey: Key }) {
  const { keys: words } = c.var.words;
  const { id, name, scopes, models, expiresAt, disabledAt } = apiKey;
  return (
    <>
      <a href={`/keys/${id}`}>
        <bdi>{name}</bdi>
      </a>{" "}
      {disabledAt === null ? null : (
        <>
          <span class="badge warn">{words.disabled}</span>{" "}
        </>
      )}
      {scopes.map((scope) => (
        <>
          <span class="badge">{scope}</span>{" "}
        </>
      ))}
      {models === null ? null : (
        <span class="badge" title={models.join(", ")}>
          {words.modelsOf(models.length)}
        </span>
      )}
      {expiresAt === null ? null : (
        <span class="muted small"> {words.expiresOn(expiresAt.slice(0, 10))}</span>
      )}
    </>
  );
}

/** The reader's keys. On a phone each is a card. */
export function KeyTable({ c, keys }: { c: PageContext; keys: readonly Key[] }) {
  const { keys: words } = c.var.words;
  // A phone shows no headings: the time has its own there.
  const time = (head: string, iso: string | null) => (
    <>
      <span class="on-phones muted small">{head} </span>
      {iso === null ? words.never : <Time c={c} iso={iso} />}
    </>
  );
  return (
    <div class="cards-on-phones">
      <Table
        rows={keys}
        empty={words.none}
        columns={[
          { head: words.name, cell: (key) => <KeyName c={c} apiKey={key} />, isRowHead: true },
          { head: words.key, cell: ({ prefix }) => <code>{prefix}…</code> },
          { head: words.limitColumn, cell: (key) => <Limit c={c} apiKey={key} /> },
          { head: words.createdAt, cell: ({ createdAt }) => time(words.createdAt, createdAt) },
          { head: words.used, cell: ({ lastUsedAt }) => time(words.used, lastUsedAt) },
          {
            head: words.manage,
            isHeadHidden: true,
            cell: ({ id, name }) => (
              <>
                <a class="button link" href={`/keys/${id}`}>
                  {words.edit}
                  <span class="visually-hidden">: {name}</span>
                </a>{" "}
                <Confirm
                  c={c}
                  action={`/keys/${id}/revoke`}
                  label={
                    <>
                      {words.revoke}
                      <span class="visually-hidden">: {name}</span>
                    </>
                  }
                  question={words.revokeQuestion(name)}
                  confirm={words.revokeConfirm}
                  fields={<input type="hidden" name="name" value={name} />}
                  danger
                  kind="link"
                />
              </>
            ),
          },
        ]}
      />
    </div>
  );
}
