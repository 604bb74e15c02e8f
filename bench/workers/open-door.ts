import { WorkerEntrypoint } from "cloudflare:workers";

/** Stands in for the binding that slows password guessing down. Chats never ask it. */
export default class OpenDoor extends WorkerEntrypoint {
  limit(): { success: boolean } {
    return { success: true };
  }
}
