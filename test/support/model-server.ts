import { inject } from "vitest";
import type { Behaviour } from "../../dev/model/behaviour.ts";
import type { Outcome } from "../../dev/model/calls.ts";
import { fakeNetwork } from "./fake-network.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The address of the local models that tests script: see dev/model/test-server.ts. */
    modelServer: string;
  }
}

/** The controls of a test's local model behind a real socket. Made by `standInModelServer`. */
export interface ModelServer {
  /** Scripts the next call, or the next `times` calls. */
  readonly next: (behaviour: Behaviour, times?: number) => Promise<void>;
  /** Holds back the frames of the next call until `open` releases them. */
  readonly gate: () => Promise<void>;
  /** Releases that many frames, or all of them. */
  readonly open: (frames?: number) => Promise<void>;
  readonly calls: () => Promise<{ rawBody: string; outcome: Outcome | null; framesSent: number }[]>;
}

/**
 * Stands a fresh local model in for the upstream until the test ends, behind a real socket: a
 * stream is cut and cancelled there as in production. For a reply that succeeds, `standInModel` is
 * enough.
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
