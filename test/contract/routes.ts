import { contractOf, type RouteContract } from "../../src/openapi/contract.ts";
import { listWireRoutes } from "../../src/openapi/wire-routes.ts";
import { api } from "../../src/wire.ts";

/** A route of the wire with its contract, and the pattern of the paths that lead to it. */
export interface ContractedRoute extends RouteContract {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
}

const parameter = /:\w+(?:\{([^}]*)\})?/g;

/** Returns the pattern of a path as Hono has it: `/v1/models/:id{.+}`. */
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(parameter, (_all, inner?: string) => inner ?? "[^/]+")}$`);

const parameterCount = (path: string): number => [...path.matchAll(parameter)].length;

/** Every route of the wire that describes itself. A literal path comes before a parameter. */
export const contractedRoutes: readonly ContractedRoute[] = listWireRoutes(api)
  .flatMap((route): ContractedRoute[] => {
    const contract = contractOf(route);
    const { method, path } = route;
    const name = `${method} ${path}`;
    return contract === undefined
      ? []
      : [{ ...contract, name, method, path, pattern: patternOf(path) }];
  })
  .toSorted((a, b) => parameterCount(a.path) - parameterCount(b.path));

/** Returns the route that a request leads to. */
export const findContractedRoute = (method: string, path: string): ContractedRoute | undefined =>
  contractedRoutes.find((route) => route.method === method && route.pattern.test(path));
