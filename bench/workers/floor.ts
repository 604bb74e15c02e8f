import { DurableObject } from "cloudflare:workers";

interface FloorEnv {
  /** Where the stand-in for the model's vendor listens: an origin. */
  readonly UPSTREAM: string;
  readonly ROOM: DurableObjectNamespace<Room>;
}

/** An object that does nothing: what one RPC costs by itself. */
export class Room extends DurableObject {
  ping(): Promise<number> {
    return Promise.resolve(1);
  }
}

/**
 * The floor: a Worker that forwards and does nothing else. Under `/rpc` it asks an object first, one for each key, which
 * neither reads nor writes.
 */
export default {
  async fetch(request, env) {
    let { pathname } = new URL(request.url);
    if (pathname.startsWith("/rpc/")) {
      pathname = pathname.slice("/rpc".length);
      const name = request.headers.get("authorization") ?? "nobody";
      await env.ROOM.get(env.ROOM.idFromName(name)).ping();
    }
    return await fetch(new Request(env.UPSTREAM + pathname, request));
  },
} satisfies ExportedHandler<FloorEnv>;
