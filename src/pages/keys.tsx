import { z } from "zod";
import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "./api.ts";
import { Copyable, describedBy, Field, FieldHelp, Notice, Pagination } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { idempotencyHeader } from "./form-components.tsx";
import { formatNumber, formatTime } from "./format.ts";
import { renderPage } from "./layout.tsx";
import { trimInput } from "./parse-input.ts";
import { pathParam } from "./path-param.ts";
import { refusalText } from "./refusal-text.ts";
import { Table } from "./table.tsx";

type Keys = SuccessBody<ApiClient["api"]["api-keys"]["$get"]>["keys"];
const PERIODS = ["month", "day", "at_once"] as const;

const optionalText = z
  .string()
  .transform((text) => trimInput(text) || undefined)
  .optional()
  .catch(undefined);
/** The scopes that a person chooses from. `billing` is for whoever asks for it by the API. */
const OFFERED_SCOPES = ["chat", "read", "write"] as const;
const CHECKED: ReadonlySet<string> = new Set(["chat", "read"]);

const keyForm = z.object({
  name: z.string().transform(trimInput).catch(""),
  scope: z.array(z.enum(OFFERED_SCOPES)).catch([]),
  budget: optionalText,
  period: z.enum(PERIODS).catch("month"),
  expires: optionalText,
  once: optionalText,
});

interface KeysPageState {
  /** The text of the key that was just created. */
  readonly createdKey?: string;
  readonly error?: ApiRefusal;
  readonly name?: string;
}

/** The form's names of the fields that the wire refuses. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ["name", "name"],
  ["budget.credits", "budget"],
  ["expiresAt", "expires"],
  ["scopes", "scope"],
]);

function KeyForm({ c, error, name }: KeysPageState & { c: PageContext }) {
  const { keys: words } = c.var.words;
  const field = FIELDS.get(error?.body.param ?? "");
  const errorFor = (fieldName: string) =>
    field === fieldName && error !== undefined ? refusalText(c, error) : undefined;
  const scopeTexts = {
    name: "scope",
    label: words.scopes,
    ...(errorFor("scope") === undefined ? {} : { error: words.noScope }),
  };
  return (
    <form method="post" class="card">
      <h2>{words.make}</h2>
      {error !== undefined && field === undefined ? (
        <Notice kind="bad">{refusalText(c, error)}</Notice>
      ) : null}
      {/* Sent again, as by a reload, it shows the same key and creates no second one. */}
      <input type="hidden" name="once" value={crypto.randomUUID()} />
      <Field name="name" label={words.name} value={name} error={errorFor("name")} required />
      <div class="row">
        <Field
          name="budget"
          label={words.budget}
          type="number"
          min={0.000001}
          step="any"
          error={errorFor("budget")}
        />
        <div class="field">
          <label for="period">{words.period}</label>
          <select id="period" name="period">
            {PERIODS.map((period) => (
              <option value={period}>{words.periods[period]}</option>
            ))}
          </select>
        </div>
        <Field name="expires" label={words.expires} type="date" error={errorFor("expires")} />
      </div>
      <fieldset aria-describedby={describedBy(scopeTexts)}>
        <legend>{words.scopes}</legend>
        {OFFERED_SCOPES.map((scope) => (
          <label>
            <input type="checkbox" name="scope" value={scope} checked={CHECKED.has(scope)} />{" "}
            {words.scopeTexts[scope]}
          </label>
        ))}
        <FieldHelp {...scopeTexts} />
      </fieldset>
      <button type="submit">{words.make}</button>
    </form>
  );
}

function KeyTable({ c, keys }: { c: PageContext; keys: Keys }) {
  const { keys: words } = c.var.words;
  return (
    <Table
      rows={keys}
      empty={words.none}
      columns={[
        { head: words.name, cell: ({ name }) => name, isRowHead: true },
        { head: words.key, cell: ({ prefix }) => <code>{prefix}…</code> },
        { head: words.scopes, cell: ({ scopes }) => scopes.join(", ") },
        {
          head: words.spent,
          cell: ({ spent, budget }) =>
            budget === null
              ? formatNumber(c, spent)
              : c.var.words.common.of(formatNumber(c, spent), formatNumber(c, budget.credits)),
          isFigure: true,
        },
        {
          head: words.used,
          cell: ({ lastUsedAt }) => (lastUsedAt === null ? words.never : formatTime(c, lastUsedAt)),
        },
        {
          head: words.revoke,
          isHeadHidden: true,
          cell: ({ id, name }) => (
            <form method="post" action={`/keys/${id}/revoke`}>
              <button type="submit" class="danger" aria-label={`${words.revoke}: ${name}`}>
                {words.revoke}
              </button>
            </form>
          ),
        },
      ]}
    />
  );
}

type KeyPage = SuccessBody<ApiClient["api"]["api-keys"]["$get"]>;

/** Lists the reader's keys. Null where the operator requires a first payment and there was none. */
async function listKeys(c: PageContext, cursor: string | undefined): Promise<KeyPage | null> {
  try {
    const query = cursor === undefined ? {} : { cursor };
    return await unwrap(c.var.api.api["api-keys"].$get({ query }));
  } catch (error) {
    if (error instanceof ApiRefusal && error.body.code === "payment_required_for_keys") return null;
    throw error;
  }
}

async function renderKeys(c: PageContext, state: KeysPageState = {}) {
  const { keys: words, common } = c.var.words;
  const cursor = c.req.query("cursor");
  const page = await listKeys(c, cursor);
  const { createdKey } = state;
  return renderPage(
    c,
    {
      title: words.title,
      children: (
        <>
          <h1>{words.title}</h1>
          <p class="lead">{words.lead}</p>
          {createdKey === undefined ? null : (
            <Notice>
              <h2>{words.made}</h2>
              <p>{words.once}</p>
              <Copyable id="new-key" text={createdKey} copy={common.copy} copied={common.copied} />
            </Notice>
          )}
          {page === null ? (
            <Notice>
              <p>
                {words.payFirst} <a href="/pricing">{words.toPricing}</a>
              </p>
            </Notice>
          ) : (
            <>
              <KeyTable c={c} keys={page.keys} />
              <Pagination c={c} cursor={cursor} nextCursor={page.nextCursor ?? null} />
              <KeyForm c={c} {...state} />
            </>
          )}
        </>
      ),
    },
    state.error?.status ?? 200,
  );
}

/** `GET /keys`: shows the reader's API keys, and a form for a new one. */
export const keysPage = (c: PageContext) => renderKeys(c);

/** Reads the form, in which a scope may be chosen any number of times. */
async function readKeyForm(c: PageContext) {
  const { scope, ...fields } = await c.req.parseBody({ all: true });
  return { ...fields, scope: scope === undefined ? [] : [scope].flat() };
}

/** `POST /keys`: creates a key, and shows it this once. */
export async function createKey(c: PageContext) {
  const form = keyForm.parse(await readKeyForm(c));
  const { name, scope, budget, period, expires, once } = form;
  const params = {
    name,
    scopes: scope,
    ...(budget === undefined ? {} : { budget: { credits: Number(budget), period } }),
    ...(expires === undefined ? {} : { expiresAt: `${expires}T23:59:59Z` }),
  };
  try {
    const { key } = await unwrap(
      c.var.api.api["api-keys"].$post({ json: params }, idempotencyHeader(once)),
    );
    return await renderKeys(c, { createdKey: key });
  } catch (error) {
    if (error instanceof ApiRefusal && error.status !== 401)
      return await renderKeys(c, { error, name });
    throw error;
  }
}

/** `POST /keys/:keyId/revoke`: revokes a key, from the next request on. */
export async function revokeKey(c: PageContext) {
  await unwrap(
    c.var.api.api["api-keys"][":keyId"].$delete({ param: { keyId: pathParam(c, "keyId") } }),
  );
  return c.redirect("/keys", 303);
}
