/** Ends a property at its first failure: whoever breaks code on purpose needs no shorter one. */
import * as fc from "fast-check";

fc.configureGlobal({ endOnFailure: true });
