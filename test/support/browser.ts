import { adminUser } from "./admin.ts";
import { call } from "./call.ts";
import { signUp } from "./sign-up.ts";

/** Headers of a page's visitor: mostly the cookie. */
type Headers = Readonly<Record<string, string>>;

/** Opens a page as a browser does. */
export const openPage = (path: string, headers: Headers = {}): Promise<Response> =>
  call("GET", path, { headers });

/** Opens a page, and gives its HTML. */
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

/** The cookie that an answer sets, as the browser sends it back. Empty where it sets none. */
export const cookieOf = (response: Response): string =>
  response.headers.get("set-cookie")?.split(";")[0] ?? "";

/** A new user who is signed in on pages: `cookie` goes along with what they open and submit. */
export async function signUpVisitor(email?: string) {
  const user = await signUp(email);
  return { ...user, cookie: `farebox_session=${user.refreshToken}` };
}

/** What the operator's browser sends along. */
export const adminHeaders = async () => ({
  cookie: `farebox_session=${(await adminUser()).refreshToken}`,
});

/** What the fields of a page's forms hold, as a browser would send them. */
export async function readFormFields(page: Response): Promise<Record<string, string>> {
  const fields: Record<string, string> = {};
  let choice = "";
  const rewriter = new HTMLRewriter()
    .on("input[name]", {
      element(input) {
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
