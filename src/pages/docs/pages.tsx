import { unwrap, type WireHandler } from "../api.ts";
import { Empty } from "../components.tsx";
import { isActiveAdmin, type PageContext } from "../context.ts";
import { renderProblem } from "../problem-page.tsx";
import { renderDocsPage } from "./docs-page.tsx";
import { Introduction } from "./introduction.tsx";
import { createReferenceLoader } from "./load-reference.ts";
import { InlineCode, ObjectSections, OperationName, OperationSection } from "./operation.tsx";
import { objectsOf, searchReference, visibleReference } from "./visible-reference.ts";

/** Returns the pages of the API's documentation, which read it once for all of them. */
export function createDocsPages(handleWire: WireHandler) {
  const load = createReferenceLoader(handleWire);
  const loadVisible = async (c: PageContext) =>
    visibleReference(await load(c), isActiveAdmin(c.var.viewer));

  /** `GET /docs`: the introduction. */
  async function introductionPage(c: PageContext) {
    const { docs: words } = c.var.words;
    const [{ groups, errors }, models] = await Promise.all([
      loadVisible(c),
      unwrap(c.var.api.v1.models.$get()),
    ]);
    return renderDocsPage(c, {
      title: words.title,
      lead: words.lead,
      groups,
      children: (
        <>
          <Introduction c={c} model={models.data[0]?.id ?? "small"} errors={errors} />
          <p>
            <a href="/openapi.json">{words.file}</a>
          </p>
        </>
      ),
    });
  }

  /** `GET /docs/search?q=`: the operations and objects that a search finds. */
  async function searchPage(c: PageContext) {
    const { docs: words } = c.var.words;
    const reference = await loadVisible(c);
    const { operations, objects } = searchReference(reference, c.req.query("q") ?? "");
    return renderDocsPage(c, {
      title: words.search,
      groups: reference.groups,
      children:
        operations.length + objects.length === 0 ? (
          <Empty>{words.nothingFound}</Empty>
        ) : (
          <ul class="hits">
            {operations.map(({ group, operation }) => (
              <li>
                <a href={`/docs/${group.id}#${operation.id}`}>
                  <OperationName {...operation} />
                </a>
                <p lang="en" dir="auto">
                  <InlineCode text={operation.summary} />
                </p>
              </li>
            ))}
            {objects.map(({ name }) => (
              <li>
                <a href={`/docs/objects#object-${name.toLowerCase()}`}>
                  <code>{name}</code>
                </a>
              </li>
            ))}
          </ul>
        ),
    });
  }

  /** `GET /docs/objects`: every object of the API. */
  async function objectsPage(c: PageContext) {
    const { groups, objects } = await loadVisible(c);
    return renderDocsPage(c, {
      title: c.var.words.docs.objects,
      groups,
      children: <ObjectSections c={c} objects={objects} />,
    });
  }

  /** `GET /docs/:group`: the operations of a resource, and the objects that they name. */
  async function groupPage(c: PageContext) {
    const reference = await loadVisible(c);
    const group = reference.groups.find(({ id }) => id === c.req.param("group"));
    if (group === undefined) return renderProblem(c, 404, c.var.words.errors.notFound);
    const objects = objectsOf(group, reference);
    return renderDocsPage(c, {
      title: group.title,
      groups: reference.groups,
      children: (
        <>
          {group.operations.map((operation) => (
            <OperationSection c={c} operation={operation} />
          ))}
          {objects.length === 0 ? null : <ObjectSections c={c} objects={objects} />}
        </>
      ),
    });
  }

  return { introductionPage, searchPage, objectsPage, groupPage };
}
