/** `coalloc/testing`: suites for those who write an algorithm of their own. */

export { CONFORMANCE_POOLS, type ConformanceOptions, type ConformanceReport, checkAllocator } from "./conformance.js";
export { ConformanceError, type ConformanceLaw } from "./law.js";
export type { Operation } from "./operation.js";
