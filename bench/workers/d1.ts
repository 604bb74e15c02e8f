import { DurableObject } from "cloudflare:workers";

interface D1Env {
  readonly DATABASE: DurableObjectNamespace<Database>;
}

interface Query {
  readonly sql: string;
  readonly params?: SqlStorageValue[] | null;
}

/**
 * The other end of a D1 binding, which plain workerd does not have, as far as Farebox uses it: one
 * SQLite database in an object. It answers workerd's own D1 client (`POST /query` or `/execute`)
 * and counts the statements.
 */
export class Database extends DurableObject {
  #queries = 0;

  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/count") return Response.json({ queries: this.#queries });
    const body: Query | Query[] = await request.json();
    const columnar = searchParams.get("resultsFormat") === "ROWS_AND_COLUMNS";
    try {
      const run = (query: Query) => this.#run(query, columnar);
      const answers = this.ctx.storage.transactionSync(() =>
        (Array.isArray(body) ? body : [body]).map(run),
      );
      return Response.json(answers);
    } catch (error) {
      return Response.json({ success: false, error: String(error) });
    }
  }

  #run({ sql, params }: Query, columnar: boolean): object {
    this.#queries += 1;
    const cursor = this.ctx.storage.sql.exec(sql, ...(params ?? []));
    const columns = cursor.columnNames;
    const rows = [...cursor.raw()];
    const results = columnar
      ? { columns, rows }
      : rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
    const meta = {
      duration: 0,
      changes: cursor.rowsWritten,
      rows_read: cursor.rowsRead,
      rows_written: cursor.rowsWritten,
    };
    return {
      success: true,
      results,
      meta: { ...meta, last_row_id: 0, changed_db: cursor.rowsWritten > 0, size_after: 0 },
    };
  }
}

export default {
  fetch: (request, env) => env.DATABASE.get(env.DATABASE.idFromName("farebox")).fetch(request),
} satisfies ExportedHandler<D1Env>;
