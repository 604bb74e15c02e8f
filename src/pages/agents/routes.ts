import { pageRouter, requireSignIn } from "../context.ts";
import { redirectToParent } from "../redirect-to-parent.ts";
import {
  createAgent,
  deleteAgent,
  editAgentPage,
  listAgent,
  newAgentPage,
  unlistAgent,
  updateAgent,
} from "./edit-agent.tsx";
import { agentPage, buyAgent } from "./marketplace.tsx";
import { earningsPage, licensedPage, ownAgentsPage } from "./own-agents.tsx";

/** `/agents`: the reader's own agents, and the page of each listed agent for everybody. */
export const agentPages = pageRouter()
  .get("/", requireSignIn, ownAgentsPage)
  .post("/", requireSignIn, createAgent)
  .get("/new", requireSignIn, newAgentPage)
  .get("/earnings", requireSignIn, earningsPage)
  .get("/licensed", requireSignIn, licensedPage)
  .get("/:id", agentPage)
  .post("/:id", requireSignIn, updateAgent)
  .get("/:id/edit", requireSignIn, editAgentPage)
  .post("/:id/list", requireSignIn, listAgent)
  .post("/:id/unlist", requireSignIn, unlistAgent)
  .post("/:id/delete", requireSignIn, deleteAgent)
  .post("/:id/buy", requireSignIn, buyAgent)
  .get("/:id/:form", redirectToParent);
