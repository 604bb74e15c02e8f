import { inject } from "vitest";
import type { Behaviour } from "../../dev/model/behaviour.ts";
import type { Outcome } from "../../dev/model/calls.ts";
import { fakeNetwork } from "./fake-network.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the local models that tests script are listening: see dev/model/test-server.ts. */
    modelServer: string;
  }
}

/** A test's hand on its local model behind a real socket. Made by `standInModelServer`. */
export interface ModelServer {
  /** Scripts the next call, or the next `times` calls. */
  readonly next: (behaviour: Behaviour, times?: number) => Promise<void>;
  /** Holds back the next call's frames until they are let out. */
  readonly gate: () => Promise<void>;
  /** Lets so many frames out; all of them when left out. */
  readonly open: (frames?: number) => Promise<void>;
  readonly calls: () => Promise<{ rawBody: string; outcome: Outcome | null; framesSent: number }[]>;
}

/**
 * Stands a fresh local model in for the upstream until the test ends, behind a real socket: what
 * happens to a stream there happens as in production. For a reply that goes well `standInModel`
 * does.
 */
export function standInModelServer(): ModelServer {
  const base = `${inject("modelServer")}/${crypto.randomUUID()}`;
  fakeNetwork.standIn("model.test", (request) => {
    const url = request.url.replace("http://model.test", base);
    return fakeNetwork.network(new Request(url, request));
  });
  const control = (path: string, init?: RequestInit) =>
    fakeNetwork.network(new Request(`${base}/_test/${path}`, init));
  const post = async (path: string, json: unknown = {}): Promise<void> => {
    await control(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(json),
    });
  };
  return {
    next: (behaviour, times = 1) => post("next", { behaviour, times }),
    gate: () => post("gate"),
    open: (frames) => post(frames === undefined ? "open" : `open?frames=${frames}`),
    calls: async () => await (await control("calls")).json(),
  };
}
