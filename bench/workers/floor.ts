import { DurableObject } from "cloudflare:workers";

interface FloorEnv {
  /** The origin of the upstream. */
  readonly UPSTREAM: string;
  readonly ROOM: DurableObjectNamespace<Room>;
}

/** An object that decides nothing, for the cost of an RPC alone, and of one with a durable row. */
export class Room extends DurableObject<FloorEnv> {
  readonly #sql: SqlStorage;

  constructor(state: DurableObjectState, env: FloorEnv) {
    super(state, env);
    this.#sql = state.storage.sql;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS rows (no INTEGER PRIMARY KEY, at_ms INTEGER, detail TEXT)",
    );
  }

  ping(): number {
    return 1;
  }

  write(detail: string): number {
    this.#sql.exec("INSERT INTO rows (at_ms, detail) VALUES (?, ?)", Date.now(), detail);
    return 1;
  }
}

/** As long as a row of the account. */
const ROW = "x".repeat(300);

/**
 * The floor: a Worker that forwards and does nothing else. Under `/rpc` it first calls an object,
 * one for each key, which neither reads nor writes. Under `/rows` the object writes a row before
 * and another after, which is the least that a durable meter does.
 */
export default {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    const [, kind, path] = /^\/(rpc|rows)(\/.*)$/.exec(pathname) ?? [];
    if (kind === undefined) return await fetch(new Request(env.UPSTREAM + pathname, request));
    const room = env.ROOM.get(
      env.ROOM.idFromName(request.headers.get("authorization") ?? "nobody"),
    );
    await (kind === "rpc" ? room.ping() : room.write(ROW));
    const reply = await fetch(new Request(env.UPSTREAM + path, request));
    if (kind === "rows") context.waitUntil(room.write(ROW));
    return reply;
  },
} satisfies ExportedHandler<FloorEnv>;
