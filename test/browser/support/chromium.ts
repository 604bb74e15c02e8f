import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const DEBIAN = "/usr/bin/chromium";

const INSTALL_HINT = `There is no browser. The browser tests and the screenshots need Chromium:
  Debian, Ubuntu   apt-get install --no-install-recommends chromium
  anything else    set CHROMIUM_PATH to the program of a Chromium or Chrome
Looked for: CHROMIUM_PATH, ${DEBIAN}, and chromium in PATH.`;

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/**
 * Finds the browser's program: `CHROMIUM_PATH`, else Debian's, else `chromium` in `PATH`.
 * @throws with instructions to install one. Without a browser these tests fail, so that nobody
 *   believes the pages were tested.
 */
export function findChromium(
  { CHROMIUM_PATH, PATH = "" }: NodeJS.ProcessEnv = process.env,
): string {
  if (CHROMIUM_PATH !== undefined && CHROMIUM_PATH !== "") {
    if (isExecutable(CHROMIUM_PATH)) return CHROMIUM_PATH;
    throw new Error(`CHROMIUM_PATH is ${CHROMIUM_PATH}, which is not a program.\n${INSTALL_HINT}`);
  }
  const found = [DEBIAN, ...PATH.split(delimiter).map((folder) => join(folder, "chromium"))].find(
    isExecutable,
  );
  if (found === undefined) throw new Error(INSTALL_HINT);
  return found;
}
