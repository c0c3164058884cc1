/** Whether a driver does DMA at all, and whether through the channel of a DMA controller. */
import { ownCode } from "./own-code.js";
import type { Question } from "./rule.js";

/** What is seen of DMA in the code of the driver and the cores it is built on; not in the core of its subsystem, which serves all. */
export interface DmaUse {
  /** Memory is mapped or allocated for a device. */
  readonly ownDma: boolean;
  /** Channels of a DMA controller are asked for. */
  readonly slaveDma: boolean;
}

const OWN =
  /^(?:dmam?_(?:alloc|map|pool|sync|mmap|get_sgtable|free|unmap)\w*|vb2_dma_(?:contig|sg)\w*|dma_pool_(?:create|alloc)|dmam_pool_create|drm_gem_(?:dma|cma)\w*|drm_gem_shmem\w*|drm_fb_dma\w*|snd_pcm_(?:set_managed_buffer\w*|lib_preallocate\w*)|skb_frag_dma_map|page_pool_create|vb2_queue_init)$/;
const CHANNEL =
  /^(?:dma_request_(?:chan|slave_channel|channel|chan_by_mask)\w*|devm_dma_request_chan|of_dma_request_slave_channel|(?:devm_)?snd_dmaengine_pcm_register|dmaengine_(?:prep|slave)\w*)$/;

/** Looks for it by name, on every path: that nothing is seen is the weaker statement. */
export function dmaUse(question: Pick<Question, "reach" | "driver" | "source">): DmaUse {
  let ownDma = false;
  let slaveDma = false;
  for (const { names } of ownCode(question)) {
    for (const name of names) {
      if (!ownDma && OWN.test(name)) ownDma = true;
      if (!slaveDma && CHANNEL.test(name)) slaveDma = true;
    }
    if (ownDma && slaveDma) break;
  }
  return { ownDma, slaveDma };
}
