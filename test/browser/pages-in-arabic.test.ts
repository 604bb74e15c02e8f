import { promiseAllPages } from "./support/all-pages.ts";

promiseAllPages("ar");
