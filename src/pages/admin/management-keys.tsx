import { z } from "zod";
import { type ApiClient, ApiRefusal, expectNoContent, type ListItem, unwrap } from "../api.ts";
import { Copyable, Field, Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { idempotencyHeader, readForm } from "../form-components.tsx";
import { Checks } from "../keys/checks.tsx";
import { trimInput } from "../parse-input.ts";
import { pathParam } from "../path-param.ts";
import { refusalText } from "../refusal-text.ts";
import { Table } from "../table.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { flash } from "../ui/flash.ts";
import { Time } from "../ui/time.tsx";
import { renderAdminPage } from "./admin-components.tsx";

type Key = ListItem<ApiClient["api"]["admin"]["management-keys"]["$get"]>;

const SCOPES = ["users", "sessions", "credits", "catalog", "read"] as const;
const PAGE_SIZE = "50";

const form = z.object({
  name: z.string().transform(trimInput).catch(""),
  scope: z.array(z.enum(SCOPES)).catch([]),
  expires: z.string().transform(trimInput).catch(""),
  once: z.string().optional().catch(undefined),
});

interface KeysState {
  /** The text of the key that was just created. */
  readonly createdKey?: string;
  readonly error?: ApiRefusal;
  readonly values?: Omit<z.infer<typeof form>, "once">;
}

/** The form of a new key. */
function NewKeyForm({ c, error, values }: { c: PageContext } & KeysState) {
  const { keys: words } = c.var.words.admin;
  const refused = error?.body.param?.replace(/\.\d+$/, "") ?? "";
  const errorFor = (param: string) =>
    error !== undefined && refused === param ? refusalText(c, error) : undefined;
  const isOfField = ["name", "scopes", "expiresAt"].includes(refused);
  return (
    <form method="post" action="/admin/keys" class="card">
      {error !== undefined && !isOfField ? (
        <Notice kind="bad">{refusalText(c, error)}</Notice>
      ) : null}
      {/* Sent again, as by a reload, it shows the same key and creates no second one. */}
      <input type="hidden" name="once" value={crypto.randomUUID()} />
      <Field
        name="name"
        label={words.name}
        hint={words.nameHint}
        value={values?.name ?? ""}
        error={errorFor("name")}
        required
      />
      <Field
        name="expires"
        label={words.expires}
        type="date"
        value={values?.expires ?? ""}
        error={errorFor("expiresAt")}
      />
      <Checks
        name="scope"
        label={words.scopes}
        error={errorFor("scopes") === undefined ? undefined : words.noScope}
        options={SCOPES.map((scope) => [scope, words.scopeTexts[scope]])}
        chosen={values?.scope ?? ["users", "sessions"]}
        isTall
      />
      <button type="submit">{words.create}</button>
    </form>
  );
}

/** Whether a key is good, as a badge. */
function Status({ c, managementKey }: { c: PageContext; managementKey: Key }) {
  const { keys: words } = c.var.words.admin;
  const { revokedAt, expiresAt } = managementKey;
  if (revokedAt !== null) return <span class="badge">{words.revoked}</span>;
  return expiresAt !== null && Date.parse(expiresAt) <= c.var.ctx.nowMs ? (
    <span class="badge">{words.expired}</span>
  ) : (
    <span class="badge good">{words.active}</span>
  );
}

function KeyTable({ c, keys }: { c: PageContext; keys: readonly Key[] }) {
  const { keys: words } = c.var.words.admin;
  const time = (iso: string | null) => (iso === null ? words.never : <Time c={c} iso={iso} />);
  return (
    <Table
      fits
      rows={keys}
      empty={words.none}
      columns={[
        { head: words.name, cell: ({ name }) => <bdi>{name}</bdi>, isRowHead: true },
        { head: words.key, cell: ({ prefix }) => <code>{prefix}…</code> },
        { head: words.scopes, cell: ({ scopes }) => scopes.join(", "), isMinor: true },
        { head: words.status, cell: (key) => <Status c={c} managementKey={key} /> },
        { head: words.createdAt, cell: ({ createdAt }) => time(createdAt), isMinor: true },
        { head: words.used, cell: ({ lastUsedAt }) => time(lastUsedAt), isMinor: true },
        {
          head: words.revoke,
          isHeadHidden: true,
          cell: ({ id, name, revokedAt }) =>
            revokedAt !== null ? null : (
              <Confirm
                c={c}
                action={`/admin/keys/${id}/revoke`}
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
            ),
        },
      ]}
    />
  );
}

async function renderKeys(c: PageContext, state: KeysState = {}) {
  const { admin, common } = c.var.words;
  const { keys: words } = admin;
  const cursor = c.req.query("cursor");
  const query = { limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
  const { data, nextCursor } = await unwrap(c.var.api.api.admin["management-keys"].$get({ query }));
  const { createdKey, error } = state;
  return renderAdminPage(
    c,
    words.title,
    <>
      <p class="lead">{words.lead}</p>
      {createdKey === undefined ? null : (
        <Notice kind="good">
          <strong>{words.made}</strong>
          <p>{words.once}</p>
          <Copyable id="new-key" text={createdKey} copy={common.copy} copied={common.copied} />
        </Notice>
      )}
      <details id="new" open={error !== undefined || data.length === 0}>
        <summary class="button">{words.create}</summary>
        <NewKeyForm c={c} {...state} />
      </details>
      <KeyTable c={c} keys={data} />
      <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
    error === undefined ? 200 : 400,
  );
}

/** `GET /admin/keys`: shows the management keys, and a form for a new one. */
export const managementKeysPage = (c: PageContext) => renderKeys(c);

/** `POST /admin/keys`: creates a management key, and shows it this once. */
export async function createManagementKey(c: PageContext) {
  const { scope, ...fields } = await c.req.parseBody({ all: true });
  const { once, ...values } = form.parse({
    ...fields,
    scope: scope === undefined ? [] : [scope].flat(),
  });
  const { name, expires } = values;
  const json = {
    name,
    scopes: values.scope,
    ...(expires === "" ? {} : { expiresAt: `${expires}T23:59:59Z` }),
  };
  try {
    const { key } = await unwrap(
      c.var.api.api.admin["management-keys"].$post({ json }, idempotencyHeader(once)),
    );
    return await renderKeys(c, { createdKey: key });
  } catch (error) {
    if (error instanceof ApiRefusal && error.status < 500 && error.status !== 401)
      return await renderKeys(c, { error, values });
    throw error;
  }
}

/** `POST /admin/keys/:id/revoke`: revokes a management key. */
export async function revokeManagementKey(c: PageContext) {
  const { name = "" } = await readForm(c);
  const param = { keyId: pathParam(c, "id") };
  await expectNoContent(c.var.api.api.admin["management-keys"][":keyId"].$delete({ param }));
  flash(c, "keyRevoked", name);
  return c.redirect("/admin/keys", 303);
}
