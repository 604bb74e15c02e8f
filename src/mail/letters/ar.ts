import { arMoney } from "./ar-money.ts";
import { arSignIn } from "./ar-sign-in.ts";
import { code, type Letters, link, type SignInChange, text } from "./letter.ts";

const IGNORE = text("إن لم تكن أنت من طلب ذلك فتجاهل هذه الرسالة: لن يتغيّر شيء.");

const SIGN_IN_CHANGES: Readonly<Record<SignInChange, string>> = {
  totp_added: "أُضيف تطبيق مصادقة: سيُطلب رمزه عند تسجيل الدخول.",
  totp_removed: "أُزيل تطبيق المصادقة: لن يُطلب رمزه بعد الآن.",
  recovery_codes_renewed: "أُنشئت رموز استرداد جديدة، ولم تعد الرموز القديمة صالحة.",
  passkey_added: "أُضيف مفتاح مرور يتيح تسجيل الدخول إلى حسابك.",
  passkey_removed: "أُزيل مفتاح مرور من حسابك.",
  provider_added: "أُضيف حساب من موقع آخر يتيح تسجيل الدخول إلى حسابك.",
  provider_removed: "حُذف حساب من موقع آخر، فلم يعد يتيح تسجيل الدخول.",
  password_removed: "أُزيلت كلمة المرور. يمكنك تسجيل الدخول بمفتاح مرور أو بحساب آخر.",
};

export const ar: Letters = {
  verify_email: ({ url, code: digits, hours }, site) => ({
    subject: `أكّد عنوانك لدى ${site}`,
    blocks: [
      text(`نرجو أن تؤكّد أن هذا العنوان لك، كي يستطيع ${site} مراسلتك.`),
      link("تأكيد هذا العنوان", url),
      text("أو اكتب هذا الرمز حيث أنشأت حسابك:"),
      code(digits),
      text(`الرابط والرمز صالحان لمدة ${hours} ساعة.`),
      IGNORE,
    ],
  }),
  verify_new_email: ({ url, code: digits, hours }, site) => ({
    subject: `أكّد عنوانك الجديد لدى ${site}`,
    blocks: [
      text(`طلبت من ${site} أن يستخدم هذا العنوان من الآن. نرجو أن تؤكّد أنه لك.`),
      link("تأكيد هذا العنوان", url),
      text("أو اكتب هذا الرمز في حسابك:"),
      code(digits),
      text(`الرابط والرمز صالحان لمدة ${hours} ساعة. ويبقى العنوان القديم حتى ذلك الحين.`),
      IGNORE,
    ],
  }),
  email_changed: ({ newEmail }, site) => ({
    subject: `تغيّر عنوانك لدى ${site}`,
    blocks: [
      text(`صار لحسابك لدى ${site} عنوان جديد: ${newEmail}.`),
      text("تسجّل الدخول به، وإليه تصل الرسائل."),
      text("إن لم تكن أنت من غيّره فأجب عن هذه الرسالة فورًا."),
    ],
  }),
  already_registered: ({ signInUrl, forgotUrl }, site) => ({
    subject: `لديك حساب لدى ${site}`,
    blocks: [
      text(`حاول أحدهم إنشاء حساب لدى ${site} بهذا العنوان، وله حساب بالفعل.`),
      link("تسجيل الدخول", signInUrl),
      text("إن نسيت كلمة المرور فاختر كلمة جديدة:"),
      link("اختيار كلمة مرور جديدة", forgotUrl),
      IGNORE,
    ],
  }),
  reset_password: ({ url, minutes }, site) => ({
    subject: `كلمة مرور جديدة لدى ${site}`,
    blocks: [
      text(`اختر كلمة مرور جديدة لحسابك لدى ${site}.`),
      link("اختيار كلمة مرور جديدة", url),
      text(`يعمل الرابط مرة واحدة، ولمدة ${minutes} دقيقة.`),
      text("إن لم تكن أنت من طلب ذلك فتجاهل هذه الرسالة: تبقى كلمة مرورك."),
    ],
  }),
  password_changed: ({ forgotUrl }, site) => ({
    subject: `تغيّرت كلمة مرورك لدى ${site}`,
    blocks: [
      text(`صار لحسابك لدى ${site} كلمة مرور جديدة. وانتهت كل الجلسات الأخرى.`),
      text("إن لم تكن أنت من غيّرها فاختر كلمة أخرى فورًا:"),
      link("اختيار كلمة مرور جديدة", forgotUrl),
    ],
  }),
  sign_in_changed: ({ change, accountUrl }, site) => ({
    subject: `تغيّرت طريقة تسجيل دخولك إلى ${site}`,
    blocks: [
      text(SIGN_IN_CHANGES[change]),
      text("إن لم تكن أنت من فعل ذلك فغيّر كلمة المرور وأنهِ الجلسات التي لا تعرفها:"),
      link("فتح حسابك", accountUrl),
    ],
  }),
  ...arSignIn,
  ...arMoney,
};
