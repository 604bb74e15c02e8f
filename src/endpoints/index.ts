/** OpenAI's endpoints beside chats: embeddings, images, audio, moderations. See README.md. */
export { endpointRoutes } from "./routes.ts";
