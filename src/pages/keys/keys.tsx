import { z } from "zod";
import { PERIODS as WIRE_PERIODS } from "../../meters.ts";
import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "../api.ts";
import { Copyable, Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { idempotencyHeader, readForm } from "../form-components.tsx";
import { renderPage } from "../layout.tsx";
import { trimInput } from "../parse-input.ts";
import { pathParam } from "../path-param.ts";
import { flash } from "../ui/flash.ts";
import { PageTitle } from "../ui/page-title.tsx";
import { EMPTY_KEY, KeyForm, type KeyValues, OFFERED_SCOPES } from "./key-form.tsx";
import { KeyTable } from "./key-table.tsx";

const optionalText = z
  .string()
  .transform((text) => trimInput(text) || undefined)
  .optional()
  .catch(undefined);

const keyForm = z.object({
  name: z.string().transform(trimInput).catch(""),
  scope: z.array(z.enum(OFFERED_SCOPES)).catch([]),
  model: z.array(z.string()).catch([]),
  budget: optionalText,
  period: z.enum(WIRE_PERIODS).catch("month"),
  expires: optionalText,
  keepDays: optionalText,
  once: optionalText,
});

interface KeysPageState {
  /** The text of the key that was just created. */
  readonly createdKey?: string;
  readonly error?: ApiRefusal;
  readonly values?: KeyValues;
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

/** Lists the models that a key may be for. */
export const listModels = async (c: PageContext): Promise<string[]> =>
  (await unwrap(c.var.api.v1.models.$get())).data.map(({ id }) => id);

/** The text of a key that was just made, which is shown this once. */
export function NewKey({ c, text, title }: { c: PageContext; text: string; title: string }) {
  const { keys: words, common } = c.var.words;
  return (
    <Notice kind="good">
      <strong>{title}</strong>
      <p>{words.once}</p>
      <Copyable id="new-key" text={text} copy={common.copy} copied={common.copied} />
    </Notice>
  );
}

async function renderKeys(c: PageContext, state: KeysPageState = {}) {
  const { keys: words } = c.var.words;
  const cursor = c.req.query("cursor");
  const [page, models] = await Promise.all([listKeys(c, cursor), listModels(c)]);
  const { createdKey, error, values = EMPTY_KEY } = state;
  const isFirst = page?.keys.length === 0;
  return renderPage(
    c,
    {
      title: words.title,
      styles: ["/wallet.css"],
      children: (
        <>
          <PageTitle title={words.title} lead={words.lead} />
          {createdKey === undefined ? null : <NewKey c={c} text={createdKey} title={words.made} />}
          {page === null ? (
            <Notice>
              <p>
                {words.payFirst} <a href="/pricing">{words.toPricing}</a>
              </p>
            </Notice>
          ) : (
            <>
              <details id="new" open={error !== undefined || isFirst}>
                <summary class="button">{words.create}</summary>
                <KeyForm c={c} values={values} models={models} error={error} />
              </details>
              <KeyTable c={c} keys={page.keys} />
              <Pagination c={c} cursor={cursor} nextCursor={page.nextCursor ?? null} />
            </>
          )}
        </>
      ),
    },
    error?.status ?? 200,
  );
}

/** `GET /keys`: shows the reader's API keys, and a form for a new one. */
export const keysPage = (c: PageContext) => renderKeys(c);

/** Reads the form, in which scopes and models may be chosen any number of times. */
export async function readKeyForm(c: PageContext) {
  const { scope, model, ...fields } = await c.req.parseBody({ all: true });
  const listOf = (value: typeof scope) => (value === undefined ? [] : [value].flat());
  return keyForm.parse({ ...fields, scope: listOf(scope), model: listOf(model) });
}

/** Returns the time at which a key ends that works to the end of a day. */
export const endOfDay = (day: string): string => `${day}T23:59:59Z`;

/** `POST /keys`: creates a key, and shows it this once. */
export async function createKey(c: PageContext) {
  const { once, ...values } = await readKeyForm(c);
  const { name, scope, model, budget, period, expires } = values;
  const params = {
    name,
    scopes: scope,
    ...(model.length === 0 ? {} : { models: model }),
    ...(budget === undefined ? {} : { budget: { credits: Number(budget), period } }),
    ...(expires === undefined ? {} : { expiresAt: endOfDay(expires) }),
  };
  try {
    const { key } = await unwrap(
      c.var.api.api["api-keys"].$post({ json: params }, idempotencyHeader(once)),
    );
    return await renderKeys(c, { createdKey: key });
  } catch (error) {
    if (error instanceof ApiRefusal && error.status !== 401)
      return await renderKeys(c, { error, values });
    throw error;
  }
}

/** `POST /keys/:keyId/revoke`: revokes a key, from the next request on. */
export async function revokeKey(c: PageContext) {
  const { name = "" } = await readForm(c);
  await unwrap(
    c.var.api.api["api-keys"][":keyId"].$delete({ param: { keyId: pathParam(c, "keyId") } }),
  );
  flash(c, "keyRevoked", name);
  return c.redirect("/keys", 303);
}
