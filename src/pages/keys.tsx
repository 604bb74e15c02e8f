import type { InferResponseType } from "hono/client";
import { z } from "zod";
import { type ApiClient, ApiRefusal, said } from "./api.ts";
import type { PageContext } from "./context.ts";
import { onceOf } from "./form-parts.tsx";
import { figure, moment } from "./format.ts";
import { Copyable, Empty, Field, Notice } from "./parts.tsx";
import { pathParam } from "./path-param.ts";
import { show } from "./shell.tsx";

type Keys = Extract<
  InferResponseType<ApiClient["api"]["api-keys"]["$get"]>,
  { keys: unknown }
>["keys"];
const PERIODS = ["month", "day", "at_once"] as const;

const optional = z
  .string()
  .trim()
  .transform((text) => (text === "" ? undefined : text))
  .optional()
  .catch(undefined);
const typed = z.object({
  name: z.string().trim().catch(""),
  budget: optional,
  period: z.enum(PERIODS).catch("month"),
  expires: optional,
  once: optional,
});

interface Shown {
  /** The text of a key that was just made. */
  readonly made?: string;
  readonly problem?: ApiRefusal;
  readonly name?: string;
}

/** Which field of the form a refusal of the wire is about. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ["name", "name"],
  ["budget.credits", "budget"],
  ["expiresAt", "expires"],
]);

function KeyForm({ c, problem, name }: Shown & { c: PageContext }) {
  const { keys: words } = c.var.words;
  const field = FIELDS.get(problem?.error.param ?? "");
  const wrong = (fieldName: string) => (field === fieldName ? problem?.message : undefined);
  return (
    <form method="post" class="card">
      <h2>{words.make}</h2>
      {problem !== undefined && field === undefined ? (
        <Notice kind="bad">{problem.message}</Notice>
      ) : null}
      {/* Sent again (a page loaded anew), it gives the same key and makes no second one. */}
      <input type="hidden" name="once" value={crypto.randomUUID()} />
      <Field name="name" label={words.name} value={name} problem={wrong("name")} required />
      <div class="row">
        <Field
          name="budget"
          label={words.budget}
          type="number"
          min={0.000001}
          step="any"
          problem={wrong("budget")}
        />
        <div class="field">
          <label for="period">{words.period}</label>
          <select id="period" name="period">
            {PERIODS.map((period) => (
              <option value={period}>{words.periods[period]}</option>
            ))}
          </select>
        </div>
        <Field name="expires" label={words.expires} type="date" problem={wrong("expires")} />
      </div>
      <button type="submit">{words.make}</button>
    </form>
  );
}

function KeyTable({ c, keys }: { c: PageContext; keys: Keys }) {
  const { keys: words } = c.var.words;
  if (keys.length === 0) return <Empty>{words.none}</Empty>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">{words.name}</th>
            <th scope="col">{words.key}</th>
            <th scope="col" class="number">
              {words.spent}
            </th>
            <th scope="col">{words.used}</th>
            <th scope="col">
              <span class="visually-hidden">{words.revoke}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map(({ id, name, prefix, spent, budget, lastUsedAt }) => (
            <tr>
              <th scope="row">{name}</th>
              <td>
                <code>{prefix}…</code>
              </td>
              <td class="number">
                {budget === null
                  ? figure(c, spent)
                  : c.var.words.common.of(figure(c, spent), figure(c, budget.credits))}
              </td>
              <td>{lastUsedAt === null ? words.never : moment(c, lastUsedAt)}</td>
              <td>
                <form method="post" action={`/keys/${id}/revoke`}>
                  <button type="submit" class="danger" aria-label={`${words.revoke}: ${name}`}>
                    {words.revoke}
                  </button>
                </form>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/**
 * The reader's keys; null where the operator gives none before the first payment, and they have not
 * paid.
 */
async function keysOf(c: PageContext): Promise<Keys | null> {
  try {
    return (await said(c.var.api.api["api-keys"].$get())).keys;
  } catch (error) {
    if (error instanceof ApiRefusal && error.error.code === "payment_required_for_keys")
      return null;
    throw error;
  }
}

async function page(c: PageContext, shown: Shown = {}) {
  const { keys: words, common } = c.var.words;
  const keys = await keysOf(c);
  const { made } = shown;
  return show(
    c,
    {
      title: words.title,
      children: (
        <>
          <h1>{words.title}</h1>
          <p class="lead">{words.lead}</p>
          {made === undefined ? null : (
            <Notice>
              <h2>{words.made}</h2>
              <p>{words.once}</p>
              <Copyable id="new-key" text={made} copy={common.copy} copied={common.copied} />
            </Notice>
          )}
          {keys === null ? (
            <Notice>
              <p>
                {words.payFirst} <a href="/pricing">{words.toPricing}</a>
              </p>
            </Notice>
          ) : (
            <>
              <KeyTable c={c} keys={keys} />
              <KeyForm c={c} {...shown} />
            </>
          )}
        </>
      ),
    },
    shown.problem?.status ?? 200,
  );
}

/** `GET /keys`. */
export const keysPage = (c: PageContext) => page(c);

/** `POST /keys`: makes a key, and shows it this once. */
export async function makeKey(c: PageContext) {
  const form = typed.parse(await c.req.parseBody());
  const { name, budget, period, expires, once } = form;
  const terms = {
    name,
    ...(budget === undefined ? {} : { budget: { credits: Number(budget), period } }),
    ...(expires === undefined ? {} : { expiresAt: `${expires}T23:59:59Z` }),
  };
  try {
    const { key } = await said(c.var.api.api["api-keys"].$post({ json: terms }, onceOf(once)));
    return await page(c, { made: key });
  } catch (error) {
    if (error instanceof ApiRefusal && error.status !== 401)
      return await page(c, { problem: error, name });
    throw error;
  }
}

/** `POST /keys/:keyId/revoke`: in force on the next request. */
export async function revokeKey(c: PageContext) {
  await said(
    c.var.api.api["api-keys"][":keyId"].$delete({ param: { keyId: pathParam(c, "keyId") } }),
  );
  return c.redirect("/keys", 303);
}
