/**
 * wrangler's proxy keeps its connections to the Worker for 5 seconds, as long as the Worker itself
 * does. A request that meets one just being closed never reaches the Worker; the proxy repeats it
 * if it is a GET, and answers this otherwise. Journeys last longer than that, so they ask once
 * more. A request that did reach the Worker would be counted twice, and be seen.
 */
const LOST = "Error: Network connection lost.";

const fetchOnce = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const reply = await fetchOnce(input, init);
  if (reply.status !== 500 || !(await reply.clone().text()).startsWith(LOST)) return reply;
  return await fetchOnce(input, init);
};
