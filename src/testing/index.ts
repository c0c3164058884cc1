/** `coalloc/testing`: suites for those who write an algorithm or mapping operations of their own. */

export { CONFORMANCE_POOLS, type ConformanceOptions, type ConformanceReport, checkAllocator } from "./conformance.js";
export { ConformanceError, type ConformanceLaw } from "./law.js";
export type { Operation } from "./operation.js";
export { checkOps, type OpsConformanceOptions, type OpsConformanceReport } from "./ops-conformance.js";
export { OpsConformanceError, type OpsLaw } from "./ops-law.js";
export type { OpsOperation } from "./ops-operation.js";
