import { WorkerEntrypoint } from "cloudflare:workers";

/** Stands in for the binding that limits password guessing, which chats never use. */
export default class OpenDoor extends WorkerEntrypoint {
  limit(): { success: boolean } {
    return { success: true };
  }
}
