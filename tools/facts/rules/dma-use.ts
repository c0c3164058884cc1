/** Whether a driver does DMA at all, and whether through the channel of a DMA controller. */
import { createdDrivers, type NamedDriver } from "../program/created.js";
import type { Definition } from "../program/kernel-source.js";
import { Reach } from "../program/reach.js";
import { masks } from "./masks.js";
import { ownCode } from "./own-code.js";
import type { Question } from "./rule.js";

/** What is seen of DMA in the code of the driver and the cores it is built on; not in the core of its subsystem, which serves all. */
export interface DmaUse {
  /** Memory is mapped or allocated for a device, by its driver or by those it registers with. */
  readonly ownDma: boolean;
  /** Channels of a DMA controller are asked for. */
  readonly slaveDma: boolean;
  /** Where neither is seen: the driver of a device that this one makes, which does. `setsMasks`: its masks, or those of what it maps for, are its own business. */
  readonly created: { readonly driver: NamedDriver; readonly setsMasks: boolean } | null;
}

const OWN =
  /^(?:dmam?_(?:alloc|map|pool|sync|mmap|get_sgtable|free|unmap)\w*|vb2_dma_(?:contig|sg)\w*|dma_pool_(?:create|alloc)|dmam_pool_create|drm_gem_(?:dma|cma)\w*|drm_gem_shmem\w*|drm_fb_dma\w*|snd_pcm_(?:set_managed_buffer\w*|lib_preallocate\w*)|skb_frag_dma_map|page_pool_create|vb2_queue_init)$/;
/**
 * A driver that only registers, and maps nothing itself: others map for its device. Linux 6.12: clients of a channel for the controller's device
 * (include/linux/dmaengine.h dmaengine_get_dma_device()), drivers/pci/endpoint/pci-epf-core.c pci_epf_alloc_space() for the endpoint controller's.
 */
const MAPPED_FOR = /^(?:dma_async_device_register|dmaenginem_async_device_register|(?:devm_)?pci_epc_create)$/;
const CHANNEL =
  /^(?:dma_request_(?:chan|slave_channel|channel|chan_by_mask)\w*|devm_dma_request_chan|of_dma_request_slave_channel|(?:devm_)?snd_dmaengine_pcm_register|dmaengine_(?:prep|slave)\w*)$/;

/** Looks for it by name, on every path: that nothing is seen is the weaker statement. */
export function dmaUse(question: Pick<Question, "reach" | "driver" | "source">): DmaUse {
  const { source } = question;
  const code = ownCode(question);
  const own = namesIn(code);
  if (own.ownDma || own.slaveDma) return { ...own, created: null };
  for (const driver of createdDrivers(source, code)) {
    const reach = new Reach(source, driver.probe);
    if (!namesIn(ownCode({ source, driver, reach })).ownDma) continue;
    return { ...own, created: { driver, setsMasks: reach.relevant(masks.interest).size > 0 } };
  }
  return { ...own, created: null };
}

function namesIn(code: readonly Definition[]): Pick<DmaUse, "ownDma" | "slaveDma"> {
  let ownDma = false;
  let slaveDma = false;
  for (const { names } of code) {
    for (const name of names) {
      if (!ownDma && (OWN.test(name) || MAPPED_FOR.test(name))) ownDma = true;
      if (!slaveDma && CHANNEL.test(name)) slaveDma = true;
    }
    if (ownDma && slaveDma) break;
  }
  return { ownDma, slaveDma };
}
