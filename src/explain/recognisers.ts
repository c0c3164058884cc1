import { APPLICATION_RECOGNISERS } from "./applications/application-recognisers.js";
import { KERNEL_RECOGNISERS } from "./kernel/kernel-recognisers.js";
import type { Recogniser } from "./recogniser.js";

/** Every line that is known. The first that knows a line has it: exact wordings before loose ones. */
export const RECOGNISERS: readonly Recogniser[] = [...KERNEL_RECOGNISERS, ...APPLICATION_RECOGNISERS];
