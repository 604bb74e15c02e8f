import { adminUser } from "./admin.ts";
import { call } from "./call.ts";
import { signUp } from "./sign-up.ts";

/** The headers of a page's visitor: mostly the cookie. */
type Headers = Readonly<Record<string, string>>;

/** Opens a page as a browser does. */
export const openPage = (path: string, headers: Headers = {}): Promise<Response> =>
  call("GET", path, { headers });

/** Opens a page and returns its HTML. */
export const pageText = async (path: string, headers: Headers = {}): Promise<string> =>
  await (await openPage(path, headers)).text();

/** Sends a form as a browser on one of our pages does. A redirect is not followed. */
export const submitForm = (
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Headers = {},
): Promise<Response> =>
  call("POST", path, {
    body: new URLSearchParams(fields).toString(),
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      origin: "http://farebox.test",
      "sec-fetch-site": "same-origin",
      ...headers,
    },
  });

/** Returns the cookie that a response sets, as the browser sends it back; empty if it sets none. */
export const cookieOf = (response: Response): string =>
  response.headers.get("set-cookie")?.split(";")[0] ?? "";

/**
 * Signs up a user who is signed in on pages: `cookie` is sent with everything that they open and
 * submit.
 */
export async function signUpVisitor(email?: string) {
  const user = await signUp(email);
  return { ...user, cookie: `farebox_session=${user.refreshToken}` };
}

/** Returns the headers that the operator's browser sends. */
export const adminHeaders = async () => ({
  cookie: `farebox_session=${(await adminUser()).refreshToken}`,
});

/** Returns the values of the fields of a page's forms, as a browser would send them. */
export async function readFormFields(page: Response): Promise<Record<string, string>> {
  const fields: Record<string, string> = {};
  let choice = "";
  const rewriter = new HTMLRewriter()
    .on("input[name]", {
      element(input) {
        // A box that is not ticked is not sent.
        if (input.getAttribute("type") === "checkbox" && !input.hasAttribute("checked")) return;
        fields[input.getAttribute("name") ?? ""] = input.getAttribute("value") ?? "";
      },
    })
    .on("select[name]", {
      element(select) {
        choice = select.getAttribute("name") ?? "";
      },
    })
    .on("option", {
      element(option) {
        if (option.hasAttribute("selected") || !(choice in fields))
          fields[choice] = option.getAttribute("value") ?? "";
      },
    });
  await rewriter.transform(page).text();
  return fields;
}
