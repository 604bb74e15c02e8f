import type { PageContext } from "../context.ts";
import { type Column, Table } from "../table.tsx";
import type { ObjectDoc, OperationDoc } from "./reference.ts";
import { type FieldDoc, splitType } from "./schema.ts";

const objectId = (name: string): string => `object-${name.toLowerCase()}`;

/** A sentence of the reference, in which backticks mark code. */
export const InlineCode = ({ text }: { text: string }) => (
  <>{text.split("`").map((part, index) => (index % 2 === 0 ? part : <code>{part}</code>))}</>
);

/** A type, with a link to each named object in it. */
const TypeLink = ({ type }: { type: string }) => (
  <bdi>
    {splitType(type).map((part, index) =>
      index % 2 === 0 ? part : <a href={`#${objectId(part)}`}>{part}</a>,
    )}
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

/** The method and the path of an operation. */
export const OperationName = ({ method, path }: Pick<OperationDoc, "method" | "path">) => (
  <>
    <span class={`badge method ${method.toLowerCase()}`}>{method}</span>{" "}
    <code dir="ltr">{path}</code>
  </>
);

/** An operation: what it does, for whom, and the fields of its request and answer. */
export function OperationSection({ c, operation }: { c: PageContext; operation: OperationDoc }) {
  const { docs: words } = c.var.words;
  const { id, summary, callers, parameters, body, response, statuses } = operation;
  return (
    <article id={id} class="operation">
      <h2>
        <a href={`#${id}`}>
          <OperationName {...operation} />
        </a>
      </h2>
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
              <a href={`/docs#error-${status}`}>{status}</a>
            )}{" "}
          </>
        ))}
      </p>
    </article>
  );
}

/** The named objects of requests and answers, with their fields. */
export const ObjectSections = ({
  c,
  objects,
}: {
  c: PageContext;
  objects: readonly ObjectDoc[];
}) => (
  <section>
    <h2 id="objects">{c.var.words.docs.objects}</h2>
    {objects.map(({ name, fields }) => (
      <article id={objectId(name)} class="operation">
        <h3>
          <a href={`#${objectId(name)}`}>{name}</a>
        </h3>
        <FieldTable c={c} fields={fields} />
      </article>
    ))}
  </section>
);
