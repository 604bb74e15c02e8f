/**
 * The text that wrangler's proxy answers for a request that was lost. The proxy keeps its
 * connections to the Worker for 5 seconds, as long as the Worker itself does. A request on a
 * connection that is just being closed never reaches the Worker; the proxy repeats a GET and
 * answers this text for other methods. Journeys last longer than 5 seconds, so they repeat such a
 * request. One that did reach the Worker would be counted twice, which tests would notice.
 */
const LOST = "Error: Network connection lost.";

const fetchOnce = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const reply = await fetchOnce(input, init);
  if (reply.status !== 500 || !(await reply.clone().text()).startsWith(LOST)) return reply;
  return await fetchOnce(input, init);
};
