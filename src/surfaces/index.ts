/** Other front ends of a paid chat. See README.md. */
export { completionsRoutes } from "./completions/routes.ts";
export { answerAnthropicErrors } from "./messages/error-shape.ts";
export { countRoutes, messageRoutes } from "./messages/routes.ts";
export { responsesRoutes } from "./responses/routes.ts";
