import type { InferRequestType } from "hono/client";
import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "../api.ts";
import { Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { IdempotencyField, idempotencyHeader, readForm, Select } from "../form-components.tsx";
import { renderPage } from "../layout.tsx";
import { pathParam } from "../path-param.ts";
import { Confirm } from "../ui/confirm.tsx";
import { flash } from "../ui/flash.ts";
import { PageTitle } from "../ui/page-title.tsx";
import { Time } from "../ui/time.tsx";
import { EditKeyForm, type KeyValues } from "./key-form.tsx";
import { endOfDay, listModels, NewKey, readKeyForm } from "./keys.tsx";

type Key = SuccessBody<ApiClient["api"]["api-keys"][":keyId"]["$get"]>;

/** How long the old secret works beside the new one, in seconds, as a form sends it. */
const OVERLAPS = ["86400", "3600", "604800", "0"] as const;

const dayOf = (iso: string | null): string | undefined => iso?.slice(0, 10);

const toValues = ({
  name,
  scopes,
  models,
  budget,
  expiresAt,
  keepContentDays,
}: Key): KeyValues => ({
  name,
  scope: scopes,
  model: models ?? [],
  budget: budget?.credits.toString(),
  period: budget?.period ?? "month",
  expires: dayOf(expiresAt),
  keepDays: keepContentDays?.toString(),
});

const findKey = (c: PageContext): Promise<Key> =>
  unwrap(c.var.api.api["api-keys"][":keyId"].$get({ param: { keyId: pathParam(c, "keyId") } }));

/** Replaces the secret of a key, after a question. */
function RotateCard({ c, apiKey: { id, name } }: { c: PageContext; apiKey: Key }) {
  const { keys: words } = c.var.words;
  return (
    <section class="card">
      <h2>{words.rotate}</h2>
      <p>{words.rotateLead}</p>
      <Confirm
        c={c}
        action={`/keys/${id}/rotate`}
        label={words.rotate}
        question={words.rotateQuestion(name)}
        confirm={words.rotateConfirm}
        fields={
          <>
            <IdempotencyField />
            <Select
              name="overlap"
              label={words.overlap}
              value={OVERLAPS[0]}
              options={OVERLAPS.map((seconds) => [seconds, words.overlaps[seconds]])}
            />
          </>
        }
      />
    </section>
  );
}

/** Disables or enables a key, or revokes it for good. */
function EndCard({ c, apiKey: { id, name, disabledAt } }: { c: PageContext; apiKey: Key }) {
  const { keys: words } = c.var.words;
  return (
    <section class="card">
      <h2>{words.stop}</h2>
      <p>{disabledAt === null ? words.disableLead : words.enableLead}</p>
      <div class="row">
        {disabledAt === null ? (
          <Confirm
            c={c}
            action={`/keys/${id}/disable`}
            label={words.disable}
            question={words.disableQuestion(name)}
          />
        ) : (
          <form method="post" action={`/keys/${id}/enable`}>
            <button type="submit">{words.enable}</button>
          </form>
        )}
        <Confirm
          c={c}
          action={`/keys/${id}/revoke`}
          label={words.revoke}
          question={words.revokeQuestion(name)}
          confirm={words.revokeConfirm}
          fields={<input type="hidden" name="name" value={name} />}
          danger
        />
      </div>
    </section>
  );
}

interface KeyPageState {
  /** The new secret, which is shown this once. */
  readonly secret?: string;
  readonly error?: ApiRefusal;
  readonly values?: KeyValues;
}

async function renderKey(c: PageContext, apiKey: Key, state: KeyPageState = {}) {
  const { keys: words } = c.var.words;
  const { secret, error, values = toValues(apiKey) } = state;
  const models = [...new Set([...(await listModels(c)), ...(apiKey.models ?? [])])];
  const { id, name, prefix, disabledAt, oldSecretsEndAt } = apiKey;
  return renderPage(
    c,
    {
      title: `${name} · ${words.title}`,
      styles: ["/wallet.css"],
      children: (
        <>
          <PageTitle
            title={<bdi>{name}</bdi>}
            lead={<code>{prefix}…</code>}
            actions={
              <a class="button plain" href="/keys">
                {words.all}
              </a>
            }
          />
          {secret === undefined ? null : <NewKey c={c} text={secret} title={words.newSecret} />}
          {disabledAt === null ? null : (
            <Notice kind="warn">
              <p>{words.isDisabled}</p>
            </Notice>
          )}
          {oldSecretsEndAt === null ? null : (
            <Notice>
              <p>
                {words.oldSecretUntil} <Time c={c} iso={oldSecretsEndAt} />
              </p>
            </Notice>
          )}
          <EditKeyForm c={c} values={values} models={models} error={error} action={`/keys/${id}`} />
          <RotateCard c={c} apiKey={apiKey} />
          <EndCard c={c} apiKey={apiKey} />
        </>
      ),
    },
    error?.status ?? 200,
  );
}

/** `GET /keys/:keyId`: one of the reader's keys, to change it. */
export const keyPage = async (c: PageContext) => renderKey(c, await findKey(c));

type KeyChanges = InferRequestType<ApiClient["api"]["api-keys"][":keyId"]["$patch"]>["json"];

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each) => b.includes(each));

/**
 * Returns what the form changes. What it shows less exactly than the key has it, as the time of an
 * expiry, stays unless it was changed.
 */
function toChanges(form: Awaited<ReturnType<typeof readKeyForm>>, apiKey: Key): KeyChanges {
  const { name, model, budget, period, expires, keepDays } = form;
  const shown = toValues(apiKey);
  const isBudgetChanged =
    budget !== shown.budget || (budget !== undefined && period !== shown.period);
  return {
    name,
    ...(isSameSet(model, shown.model) ? {} : { models: model.length === 0 ? null : model }),
    ...(isBudgetChanged
      ? { budget: budget === undefined ? null : { credits: Number(budget), period } }
      : {}),
    ...(expires === shown.expires
      ? {}
      : { expiresAt: expires === undefined ? null : endOfDay(expires) }),
    ...(keepDays === shown.keepDays
      ? {}
      : { keepContentDays: keepDays === undefined ? null : Number(keepDays) }),
  };
}

/** `POST /keys/:keyId`: changes a key. */
export async function updateKey(c: PageContext) {
  const [apiKey, form] = await Promise.all([findKey(c), readKeyForm(c)]);
  try {
    await unwrap(
      c.var.api.api["api-keys"][":keyId"].$patch({
        param: { keyId: pathParam(c, "keyId") },
        json: toChanges(form, apiKey),
      }),
    );
  } catch (error) {
    if (error instanceof ApiRefusal && error.status !== 401)
      return await renderKey(c, apiKey, { error, values: form });
    throw error;
  }
  flash(c, "keySaved", form.name);
  return c.redirect("/keys", 303);
}

/** `POST /keys/:keyId/rotate`: gives a key a new secret, and shows it this once. */
export async function rotateKey(c: PageContext) {
  const { once, overlap = OVERLAPS[0] } = await readForm(c);
  const { key, ...apiKey } = await unwrap(
    c.var.api.api["api-keys"][":keyId"].rotate.$post(
      { param: { keyId: pathParam(c, "keyId") }, json: { overlapSeconds: Number(overlap) } },
      idempotencyHeader(once),
    ),
  );
  return await renderKey(c, apiKey, { secret: key });
}

/** `POST /keys/:keyId/disable` and `…/enable`. */
export const setKeyDisabled = (disabled: boolean) => async (c: PageContext) => {
  const { id, name } = await unwrap(
    c.var.api.api["api-keys"][":keyId"].$patch({
      param: { keyId: pathParam(c, "keyId") },
      json: { disabled },
    }),
  );
  flash(c, disabled ? "keyDisabled" : "keyEnabled", name);
  return c.redirect(`/keys/${id}`, 303);
};
