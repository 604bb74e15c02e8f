import { type Letters, link, text } from "./letter.ts";
import { namePlace, nameTime } from "./sign-in-words.ts";

/** The letter about a sign-in in Arabic. */
export const arSignIn: Pick<Letters, "new_sign_in"> = {
  new_sign_in: ({ browser, system, country, city, atMs, accountUrl, forgotUrl }, site) => ({
    subject: `تسجيل دخول جديد إلى ${site}`,
    blocks: [
      text(`سجّل أحدهم الدخول إلى حسابك لدى ${site} من جهاز جديد أو بلد جديد.`),
      text(
        `الجهاز: ${[browser, system].filter((part) => part !== null).join(" على ") || "غير معروف"}`,
      ),
      text(`المكان: ${namePlace("ar", country, city, "، ") ?? "غير معروف"}`),
      text(`الوقت: ${nameTime("ar", atMs)}`),
      text("إن كنت أنت فلا شيء عليك. وإلا فأنهِ تلك الجلسة في حسابك:"),
      link("أين سجّلت الدخول", accountUrl),
      text("واختر كلمة مرور جديدة، فتنتهي بها كل الجلسات:"),
      link("اختيار كلمة مرور جديدة", forgotUrl),
    ],
  }),
};
