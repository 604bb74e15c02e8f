import { pageRouter, signedIn } from "../context.ts";
import { stepUp } from "../step-up.ts";
import {
  askForAgent,
  changeAgent,
  deleteAgent,
  editAgentPage,
  listAgent,
  makeAgent,
  unlistAgent,
} from "./edit-agent.tsx";
import { agentPage, buyAgent } from "./marketplace.tsx";
import { earningsPage, licensedPage, ownAgentsPage } from "./own-agents.tsx";

/** `/agents`: the reader's own; and each that is listed, for everybody. */
export const agentPages = pageRouter()
  .get("/", signedIn, ownAgentsPage)
  .post("/", signedIn, makeAgent)
  .get("/new", signedIn, askForAgent)
  .get("/earnings", signedIn, earningsPage)
  .get("/licensed", signedIn, licensedPage)
  .get("/:id", agentPage)
  .post("/:id", signedIn, changeAgent)
  .get("/:id/edit", signedIn, editAgentPage)
  .post("/:id/list", signedIn, listAgent)
  .post("/:id/unlist", signedIn, unlistAgent)
  .post("/:id/delete", signedIn, deleteAgent)
  .post("/:id/buy", signedIn, buyAgent)
  .get("/:id/:form", stepUp);
