import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Language } from "../../languages.ts";
import { unwrap, type WireHandler } from "../api.ts";
import { Copyable } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { renderPage } from "../layout.tsx";
import { type Column, Table } from "../table.tsx";
import {
  type FieldDoc,
  type GroupDoc,
  type OperationDoc,
  type Reference,
  readReference,
} from "./reference.ts";
import {
  curlSample,
  errorSample,
  idempotencySample,
  keySample,
  listSample,
  openAiSample,
  signInSample,
} from "./samples.ts";

const objectId = (name: string): string => `object-${name.toLowerCase()}`;

/** A sentence of the reference, in which backticks mark code. */
const InlineCode = ({ text }: { text: string }) => (
  <>{text.split("`").map((part, index) => (index % 2 === 0 ? part : <code>{part}</code>))}</>
);

/** A type, with a link to each named object in it. Only names of objects begin with a capital. */
const TypeLink = ({ type }: { type: string }) => (
  <bdi>
    {type
      .split(/\b([A-Z][A-Za-z]+)\b/)
      .map((part, index) => (index % 2 === 0 ? part : <a href={`#${objectId(part)}`}>{part}</a>))}
  </bdi>
);

function FieldTable({
  c,
  fields,
  showsLocation = false,
}: {
  c: PageContext;
  fields: readonly FieldDoc[];
  showsLocation?: boolean;
}) {
  const { docs: words } = c.var.words;
  const location: Column<FieldDoc> = { head: words.place, cell: (field) => field.location };
  return (
    <Table
      rows={fields}
      columns={[
        {
          head: words.name,
          cell: ({ name, required }) => (
            <>
              <code>{name}</code>{" "}
              {showsLocation && required ? <span class="badge">{words.required}</span> : null}
            </>
          ),
        },
        ...(showsLocation ? [location] : []),
        {
          head: words.type,
          cell: ({ type, description }) => (
            <>
              <TypeLink type={type} />{" "}
              {description === "" ? null : (
                <bdi class="muted">
                  <InlineCode text={description} />
                </bdi>
              )}
            </>
          ),
        },
      ]}
    />
  );
}

function FieldDetails({
  c,
  title,
  fields,
}: {
  c: PageContext;
  title: string;
  fields: readonly FieldDoc[];
}) {
  if (fields.length === 0) return null;
  return (
    <details>
      <summary>
        {title} <span class="muted">({fields.length})</span>
      </summary>
      <FieldTable c={c} fields={fields} showsLocation />
    </details>
  );
}

function OperationSection({ c, operation }: { c: PageContext; operation: OperationDoc }) {
  const { docs: words } = c.var.words;
  const { id, method, path, summary, callers, parameters, body, response, statuses } = operation;
  return (
    <article id={id} class="operation">
      <h4>
        <a href={`#${id}`}>
          <span class={`badge method ${method.toLowerCase()}`}>{method}</span>{" "}
          <code dir="ltr">{path}</code>
        </a>
      </h4>
      <p lang="en" dir="auto">
        <InlineCode text={summary} />{" "}
        <span class="muted">
          <InlineCode text={callers} />
        </span>
      </p>
      <FieldDetails c={c} title={words.parameters} fields={parameters} />
      <FieldDetails c={c} title={words.body} fields={body} />
      {response === null ? null : response.fields.length === 0 ? (
        <p>
          {words.answer}: <TypeLink type={response.type} />
        </p>
      ) : (
        <details>
          <summary>
            {words.answer} <span class="muted">({response.fields.length})</span>
          </summary>
          <FieldTable c={c} fields={response.fields} />
        </details>
      )}
      <p class="small">
        {words.answers}:{" "}
        {statuses.map((status) => (
          <>
            {status.startsWith("2") ? (
              <strong>{status}</strong>
            ) : (
              <a href={`#error-${status}`}>{status}</a>
            )}{" "}
          </>
        ))}
      </p>
    </article>
  );
}

const GroupSection = ({ c, group }: { c: PageContext; group: GroupDoc }) => (
  <section>
    <h3 id={group.id}>{group.title}</h3>
    {group.operations.map((operation) => (
      <OperationSection c={c} operation={operation} />
    ))}
  </section>
);

const ObjectSections = ({ c, objects }: { c: PageContext; objects: Reference["objects"] }) => (
  <section>
    <h3 id="objects">{c.var.words.docs.objects}</h3>
    {objects.map(({ name, fields }) => (
      <article id={objectId(name)} class="operation">
        <h4>
          <a href={`#${objectId(name)}`}>{name}</a>
        </h4>
        <FieldTable c={c} fields={fields} />
      </article>
    ))}
  </section>
);

function ErrorTable({ c, errors }: { c: PageContext; errors: Reference["errors"] }) {
  const { docs: words } = c.var.words;
  return (
    <Table
      rows={errors}
      rowId={({ status }) => `error-${status}`}
      columns={[
        { head: words.status, cell: ({ status }) => status },
        {
          head: words.meaning,
          cell: ({ description }) => (
            <bdi>
              <InlineCode text={description} />
            </bdi>
          ),
        },
        {
          head: words.example,
          cell: ({ example }) => (
            <details>
              <summary>{words.example}</summary>
              <pre>{example}</pre>
            </details>
          ),
        },
      ]}
    />
  );
}

const ReferenceSections = ({
  c,
  reference: { groups, objects },
}: {
  c: PageContext;
  reference: Pick<Reference, "groups" | "objects">;
}) => (
  <>
    {groups.map((group) => (
      <GroupSection c={c} group={group} />
    ))}
    <ObjectSections c={c} objects={objects} />
  </>
);

/** Returns the introductory chapters, which are written by hand. */
function buildChapters(c: PageContext, model: string) {
  const { docs: words } = c.var.words;
  const origin = c.var.ctx.config.PUBLIC_URL;
  return [
    { id: "sign-in", title: words.signIn, text: words.signInText, sample: signInSample(origin) },
    { id: "keys", title: words.keys, text: words.keysText, sample: keySample(origin) },
    { id: "chat", title: words.curl, text: words.curlText, sample: curlSample(origin, model) },
    {
      id: "openai",
      title: words.openAi,
      text: words.openAiText,
      sample: openAiSample(origin, model),
    },
    { id: "lists", title: words.lists, text: words.listsText, sample: listSample },
    {
      id: "idempotency",
      title: words.once,
      text: words.onceText,
      sample: idempotencySample(origin),
    },
    { id: "units", title: words.units, text: words.unitsText, sample: null },
    { id: "errors", title: words.errors, text: words.errorsText, sample: errorSample },
  ];
}

function TableOfContents({
  c,
  chapters,
  groups,
}: {
  c: PageContext;
  chapters: ReturnType<typeof buildChapters>;
  groups: Reference["groups"];
}) {
  const { docs: words } = c.var.words;
  return (
    <nav class="contents" aria-label={words.contents}>
      <h2>{words.contents}</h2>
      <ul>
        {chapters.map(({ id, title }) => (
          <li>
            <a href={`#${id}`}>{title}</a>
          </li>
        ))}
      </ul>
      {groups.map(({ id, title, operations }) => (
        <details>
          <summary>{title}</summary>
          <ul>
            <li>
              <a href={`#${id}`}>{title}</a>
            </li>
            {operations.map((operation) => (
              <li>
                <a href={`#${operation.id}`} class="small" dir="ltr">
                  {operation.method} {operation.path}
                </a>
              </li>
            ))}
          </ul>
        </details>
      ))}
      <a href="#objects">{words.objects}</a>
    </nav>
  );
}

/**
 * `GET /docs`: shows the API reference, built from `/openapi.json` without scripts or other
 * servers.
 */
export function docsPage(handleWire: WireHandler) {
  // The routes do not change while a Worker runs, so the reference is read once and rendered once
  // in each language.
  let reference: Reference | undefined;
  const renderedByLanguage = new Map<Language, HtmlEscapedString>();

  async function loadReference(c: PageContext): Promise<Reference> {
    const response = await handleWire(
      new Request(new URL("/openapi.json", c.req.url)),
      c.env,
      c.executionCtx,
    );
    return (reference ??= readReference(await response.json()));
  }

  return async (c: PageContext) => {
    const { docs: words, common } = c.var.words;
    const { groups, errors, objects } = reference ?? (await loadReference(c));
    const models = await unwrap(c.var.api.v1.models.$get());
    const chapters = buildChapters(c, models.data[0]?.id ?? "small");
    const { language } = c.var;
    const sections =
      renderedByLanguage.get(language) ??
      (await html`${<ReferenceSections c={c} reference={{ groups, objects }} />}`);
    renderedByLanguage.set(language, sections);
    return renderPage(c, {
      title: words.title,
      width: "wide",
      children: (
        <div class="docs">
          <TableOfContents c={c} chapters={chapters} groups={groups} />
          <div>
            <h1>{words.title}</h1>
            <p class="lead">{words.lead}</p>
            <h2 id="start">{words.start}</h2>
            {chapters.map(({ id, title, text, sample }) => (
              <section>
                <h3 id={id}>{title}</h3>
                <p>{text}</p>
                {sample === null ? null : (
                  <Copyable
                    id={`sample-${id}`}
                    text={sample}
                    copy={common.copy}
                    copied={common.copied}
                  />
                )}
              </section>
            ))}
            <ErrorTable c={c} errors={errors} />
            <h2 id="reference">{words.reference}</h2>
            <p>
              <a href="/openapi.json">{words.file}</a>
            </p>
            {sections}
          </div>
        </div>
      ),
    });
  };
}
