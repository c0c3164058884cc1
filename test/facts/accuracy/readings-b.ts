/** The second half of the drawn sample, as read. */
import type { Reading, Unbound } from "./reading.js";
import { READINGS_B_CRYPTO_TO_DRIVERS } from "./readings-b-crypto-to-drivers.js";
import { READINGS_B_DMA_TO_NET } from "./readings-b-dma-to-net.js";

/** In the order of the draw. */
export const READINGS_B: readonly (Reading | Unbound)[] = [...READINGS_B_DMA_TO_NET, ...READINGS_B_CRYPTO_TO_DRIVERS];
