/**
 * Roughly how much of a currency a dollar is, for currencies without a published minimum charge.
 * Only the order of magnitude matters.
 */
const PER_DOLLAR =
  `afn 70 all 85 amd 385 ang 1.79 aoa 915 ars 1450 awg 1.8 azn 1.7 bam 1.7 bbd 2 bdt 122 bhd 0.38
  bif 2950 bmd 1 bnd 1.3 bob 6.9 bsd 1 bwp 13.5 byn 3 bzd 2 cdf 2500 clp 940 cny 7.1 cop 4000
  crc 505 cve 95 djf 178 dop 62 dzd 130 egp 48 etb 150 fjd 2.25 fkp 0.75 gel 2.7 gip 0.75 gmd 72
  gnf 8700 gtq 7.7 gyd 209 hnl 26 htg 131 idr 16600 ils 3.3 isk 125 jmd 160 jod 0.71 kes 129
  kgs 87 khr 4000 kmf 420 krw 1450 kwd 0.31 kyd 0.83 kzt 520 lak 21700 lbp 89500 lkr 303 lrd 180
  lsl 17 mad 9.2 mdl 17 mga 4500 mkd 53 mmk 2100 mnt 3600 mop 8 mur 46 mvr 15.4 mwk 1735 mzn 64
  nad 17 ngn 1450 nio 37 npr 141 omr 0.38 pab 1 pen 3.4 pgk 4.2 php 58 pkr 281 pyg 7100 qar 3.64
  rsd 100 rub 80 rwf 1455 sar 3.75 sbd 8.2 scr 14 shp 0.75 sle 23 sos 571 srd 39 std 22000
  szl 17 tjs 9.2 tnd 2.95 top 2.4 try 42 ttd 6.8 twd 31 tzs 2450 uah 42 ugx 3600 uyu 40
  uzs 12000 vnd 26300 vuv 121 wst 2.8 xaf 560 xcd 2.7 xcg 1.79 xof 560 xpf 102 yer 239 zar 17
  zmw 23`.split(/\s+/);

const RATES = new Map(
  PER_DOLLAR.flatMap((code, index): [string, number][] =>
    index % 2 === 0 ? [[code, Number(PER_DOLLAR[index + 1])]] : [],
  ),
);

/** Returns roughly how much of a currency a dollar is; 1 for one that is not listed. */
export const perDollar = (currency: string): number => RATES.get(currency) ?? 1;
