import { testAllPages } from "./support/all-pages.ts";

testAllPages("ar");
