import { nameCountry } from "../../languages.ts";
import type { Meter } from "../../meters.ts";
import type { enMoney } from "./en-money.ts";
import { createFormats, showName } from "./formats.ts";
import { type Block, type LetterFacts, link, text } from "./letter.ts";

const { credits, money, number, time } = createFormats("ar");

const METERS: Readonly<Record<Meter, string>> = {
  message: "الرسائل",
  token: "الرموز",
  agent: "الوكلاء",
  character: "الشخصيات",
  tool: "استدعاءات الأدوات",
  image: "الصور",
  model_3d: "النماذج الثلاثية الأبعاد",
};

type Unpaid = LetterFacts["payment_failed"];

const amountOf = ({ amountMinor, currency }: { amountMinor: number; currency: string }): string =>
  money(amountMinor, currency);

const cardOf = ({ cardLast4 }: Unpaid): string =>
  cardLast4 === null ? "" : ` بالبطاقة المنتهية بـ ${cardLast4}`;

/** The ways to pay: the invoice's own page, and the page where the card is changed. */
const waysToPay = ({ payUrl, billingUrl }: Unpaid, label: string): readonly Block[] => [
  ...(payUrl === null ? [] : [link(label, payUrl)]),
  link("تغيير البطاقة", billingUrl),
];

/** Says by when to do it. @param what it begins with, such as "Please pay it" */
const deadline = ({ untilMs }: Unpaid, what: string): Block =>
  text(
    untilMs === null
      ? `${what}. خطتك موقوفة حتى تُدفع.`
      : `${what} قبل ${time(untilMs)}. تبقى خطتك حتى ذلك الحين، وتنتهي إن لم تُدفع.`,
  );

/** The letters about money and keys in Arabic. */
export const arMoney: typeof enMoney = {
  balance_low: ({ balanceMicrocredits, thresholdMicrocredits, creditsUrl }, site) => ({
    subject: `رصيدك لدى ${site} يوشك أن ينفد`,
    blocks: [
      text(`الرصيد المتبقي: ${credits(balanceMicrocredits)}.`),
      text(`طلبت أن نخبرك إذا قلّ عن ${credits(thresholdMicrocredits)}.`),
      text("متى نفد رُفضت المحادثات التي لا تشملها خطتك."),
      link("شراء رصيد", creditsUrl),
    ],
  }),
  allowance_used_up: ({ meter, limit, renewsAtMs, isBilledBeyond, pricingUrl }, site) => ({
    subject: `استنفدت ما تشمله خطتك من ${METERS[meter]} لدى ${site}`,
    blocks: [
      text(`تشمل خطتك ${number(limit)} من ${METERS[meter]}، وقد استنفدتها.`),
      text(
        renewsAtMs === null
          ? "تبدأ من جديد مع الدفعة القادمة لاشتراكك."
          : `تبدأ من جديد في ${time(renewsAtMs)}.`,
      ),
      text(
        isBilledBeyond
          ? "ما تستخدمه حتى ذلك الحين يُضاف إلى فاتورتك القادمة ما لم يُدفع من رصيدك."
          : "حتى ذلك الحين يمكنك استخدام رصيد، أو الانتقال إلى خطة أكبر.",
      ),
      link("الخطط والرصيد", pricingUrl),
    ],
  }),
  payment_failed: (facts, site) => ({
    subject: `لم تنجح دفعتك إلى ${site}`,
    blocks: [
      text(`لم نتمكن من تحصيل ${amountOf(facts)} مقابل ${showName(facts.plan)}${cardOf(facts)}.`),
      deadline(facts, "نرجو أن تدفعها أو تغيّر بطاقتك"),
      ...waysToPay(facts, "ادفع الآن"),
    ],
  }),
  payment_unconfirmed: (facts, site) => ({
    subject: `أكّد دفعتك إلى ${site}`,
    blocks: [
      text(
        `يطلب مصرفك أن تؤكّد دفع ${amountOf(facts)} مقابل ` +
          `${showName(facts.plan)}${cardOf(facts)}.`,
      ),
      deadline(facts, "نرجو أن تؤكّد الدفعة"),
      ...waysToPay(facts, "تأكيد الدفع"),
    ],
  }),
  payment_reminder: (facts, site) => ({
    subject: `توشك خطتك لدى ${site} أن تنتهي: تنقص دفعة`,
    blocks: [
      text(`لم يُدفع بعد ${amountOf(facts)} مقابل ${showName(facts.plan)}.`),
      deadline(facts, "نرجو أن تدفعه أو تغيّر بطاقتك"),
      text("هذا هو التذكير الأخير."),
      ...waysToPay(facts, "ادفع الآن"),
    ],
  }),
  trial_ending: (facts, site) => ({
    subject: `توشك تجربتك لدى ${site} أن تنتهي`,
    blocks: [
      text(`تنتهي تجربتك لخطة ${showName(facts.plan)} في ${time(facts.endsAtMs)}.`),
      text(`بعدها يُحصَّل ${amountOf(facts)}، قبل الخصومات والضرائب، ويستمر اشتراكك.`),
      text("إن لم ترد ذلك فألغِ الاشتراك قبل هذا الموعد، ولن يُحصَّل شيء."),
      link("عرض الاشتراك أو إلغاؤه", facts.billingUrl),
    ],
  }),
  subscription_ended: ({ plan, reason, pricingUrl }, site) => ({
    subject: `انتهى اشتراكك لدى ${site}`,
    blocks: [
      text(
        reason === "unpaid"
          ? `انتهى اشتراكك في ${showName(plan)} لأن دفعة لم تصل.`
          : `انتهى اشتراكك في ${showName(plan)} لأنه أُلغي.`,
      ),
      text(
        "يبقى حسابك بمحادثاتك ومفاتيحك والرصيد الذي اشتريته على حدة. " +
          "ويبقى رصيد المدة المدفوعة حتى تنتهي تلك المدة.",
      ),
      link("الاشتراك من جديد", pricingUrl),
    ],
  }),
  refund_made: (facts, site) => ({
    subject: `المبلغ المردود إليك من ${site}`,
    blocks: [
      text(`رُدّ إليك ${amountOf(facts)} عن ${showName(facts.title)}.`),
      text("يعود المبلغ إلى حيث دفعت. تحتاج المصارف من 5 إلى 10 أيام عمل لإظهاره."),
      link("عرض مدفوعاتك", facts.billingUrl),
    ],
  }),
  key_made: ({ name, isRotation, madeAtMs, keysUrl }, site) => ({
    subject: isRotation ? `قيمة جديدة لمفتاح API لدى ${site}` : `مفتاح API جديد لدى ${site}`,
    blocks: [
      text(
        isRotation
          ? `بُدّلت قيمة مفتاح API باسم ${showName(name)} في ${time(madeAtMs)}.`
          : `أُنشئ مفتاح API باسم ${showName(name)} في ${time(madeAtMs)}.`,
      ),
      text("إن لم تكن أنت من فعل ذلك فألغِ المفتاح واختر كلمة مرور جديدة فورًا."),
      link("عرض مفاتيحك", keysUrl),
    ],
  }),
  key_new_place: ({ name, country, atMs, keysUrl }, site) => ({
    subject: `استُخدم مفتاح API لدى ${site} في بلد جديد`,
    blocks: [
      text(
        `استُخدم مفتاح API باسم ${showName(name)} في ${nameCountry("ar", country)} لأول مرة، ` +
          `في ${time(atMs)}.`,
      ),
      text("إن كنت أنت أو خوادمك هناك فلا يلزمك شيء. وإلا فألغِ المفتاح:"),
      link("عرض مفاتيحك", keysUrl),
    ],
  }),
};
