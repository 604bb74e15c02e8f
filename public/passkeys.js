// @ts-check
// Passkeys: asks the browser for one, and sends its answer with the page's own form. The forms are
// hidden in browsers that have no passkeys.

/**
 * Asks the site for a question that a passkey answers.
 * @param {HTMLFormElement} form
 * @returns {Promise<{challengeId: string, options: any}>}
 */
async function begin(form) {
  const fields = new FormData(form);
  const body = new URLSearchParams();
  for (const [name, value] of fields) if (typeof value === "string") body.append(name, value);
  const response = await fetch(form.dataset.begin ?? "", { method: "POST", body });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/**
 * @param {string | undefined} kind
 * @param {any} options
 */
const askBrowser = (kind, options) =>
  kind === "create"
    ? navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
      })
    : navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
      });

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
function setField(form, name, value) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = value;
}

/** @param {HTMLFormElement} form */
async function answer(form) {
  const alert = form.querySelector("[role=alert]");
  if (alert) alert.textContent = "";
  try {
    const { challengeId, options } = await begin(form);
    const credential = await askBrowser(form.dataset.passkey, options);
    if (!(credential instanceof PublicKeyCredential)) throw new Error(form.dataset.failed);
    setField(form, "challengeId", challengeId);
    setField(form, "credential", JSON.stringify(credential.toJSON()));
    form.submit();
  } catch (error) {
    // A browser's own words say little, and are in its language alone.
    const isOurs = error instanceof Error && !(error instanceof DOMException);
    if (alert) alert.textContent = isOurs ? error.message : (form.dataset.failed ?? "");
  }
}

if (
  typeof PublicKeyCredential === "function" &&
  "parseCreationOptionsFromJSON" in PublicKeyCredential
)
  for (const form of document.querySelectorAll("form[data-passkey]"))
    if (form instanceof HTMLFormElement) {
      form.hidden = false;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        void answer(form);
      });
    }
