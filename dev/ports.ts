import { createServer } from "node:net";

/** A port that `npm start` needs, the program that uses it, and the variable that changes it. */
export interface NeededPort {
  readonly program: string;
  readonly port: number;
  readonly variable: string;
}

/**
 * Returns whether a port is free on one of this machine's own addresses. It is free on an address
 * that the machine does not have.
 */
const isFreeOn = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code !== "EADDRINUSE" && error.code !== "EACCES"),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** Returns whether a port is free on both addresses that `localhost` can mean. */
async function isFree(port: number): Promise<boolean> {
  return (await isFreeOn("127.0.0.1", port)) && (await isFreeOn("::1", port));
}

/** Describes the problem with the ports for a person; returns null if all are free. */
export async function findPortProblem(neededPorts: readonly NeededPort[]): Promise<string | null> {
  for (const [index, { program, port, variable }] of neededPorts.entries()) {
    const duplicate = neededPorts.slice(0, index).find((other) => other.port === port);
    if (duplicate !== undefined)
      return (
        `${program} and ${duplicate.program} cannot both have port ${port}. ` +
        `Set ${variable} to another.`
      );
    if (!(await isFree(port))) {
      return (
        `Port ${port}, which ${program} needs, is taken. Is Farebox running already? ` +
        `End what uses it, or choose another port:\n  ${variable}=${port + 100} npm start`
      );
    }
  }
  return null;
}
