import { testAllPages } from "./support/all-pages.ts";

testAllPages("en");
