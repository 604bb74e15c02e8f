import { createServer } from "node:net";

/** A port that `npm start` needs, who listens there, and how to choose another. */
export interface NeededPort {
  readonly who: string;
  readonly port: number;
  readonly variable: string;
}

/**
 * Whether nobody listens on a port of one of this machine's own addresses. An address that the
 * machine lacks is free.
 */
const isFreeOn = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code !== "EADDRINUSE" && error.code !== "EACCES"),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** Whether a port is free for `localhost`, which browsers may take for either address. */
async function isFree(port: number): Promise<boolean> {
  return (await isFreeOn("127.0.0.1", port)) && (await isFreeOn("::1", port));
}

/** What is wrong with the ports, in words for a person; null when all can be had. */
export async function findPortProblem(needed: readonly NeededPort[]): Promise<string | null> {
  for (const [index, { who, port, variable }] of needed.entries()) {
    const duplicate = needed.slice(0, index).find((other) => other.port === port);
    if (duplicate !== undefined)
      return `${who} and ${duplicate.who} cannot both have port ${port}. Set ${variable} to another.`;
    if (!(await isFree(port))) {
      return `Port ${port}, which ${who} needs, is taken. Is Farebox running already? End what uses it, or choose another port:\n  ${variable}=${port + 100} npm start`;
    }
  }
  return null;
}
