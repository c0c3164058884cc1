import { describe, expect, it } from "vitest";
import type { DeviceFact } from "../../src/facts/fact.js";
import { driverText, factOf, factsOf } from "./tiny-kernel.js";

/** The fact of a driver `foo.c` in a folder. */
function inFolder(
  folder: string,
  before: string,
  probe: string,
  more: Readonly<Record<string, string>> = {},
): DeviceFact {
  const files = {
    [`${folder}/Makefile`]: "obj-$(CONFIG_FOO) += foo.o\n",
    [`${folder}/foo.c`]: driverText(before, probe),
    ...more,
  };
  return factOf(files, "test,one");
}

/** A display or GPU with the entries of a struct drm_driver, and functions before it. */
function drm(entries: string, before = "", features = "DRIVER_GEM | DRIVER_MODESET"): DeviceFact {
  const driver = `static const struct drm_driver foo_drm = { .driver_features = ${features}, ${entries} };`;
  return inFolder("drivers/gpu/drm/foo", `${before}\n${driver}`, "drm_dev_alloc(&foo_drm, dev);");
}

const OBJECT = "drm_gem_object_init(drm, obj, size);";
const CREATE = ".dumb_create = foo_dumb, .gem_prime_import_sg_table = foo_import";

describe("buffers of a DRM driver", () => {
  it("are of the DMA helpers by their macro", () => {
    const fact = drm("DRM_GEM_DMA_DRIVER_OPS");
    expect(fact.buffers).toMatchObject([{ queue: "gem", kind: "gem-dma" }]);
    expect([fact.import, fact.export, fact.pictureQueue]).toEqual([{ prime: true }, { dumb: true, gem: true }, "gem"]);
  });

  it("are of the DMA helpers where the driver rounds sizes first", () => {
    const before = "static int foo_dumb(void) { return drm_gem_dma_dumb_create_internal(NULL, NULL, NULL); }";
    expect(drm("DRM_GEM_DMA_DRIVER_OPS_WITH_DUMB_CREATE(foo_dumb)", before).buffers).toMatchObject([
      { kind: "gem-dma" },
    ]);
    expect(drm(".dumb_create = foo_dumb", before).buffers).toMatchObject([{ kind: "gem-dma" }]);
  });

  it("are of the shmem helpers, with pages below 4 GiB where those are asked for", () => {
    const before = `static int foo_new(void) {
      struct drm_gem_shmem_object *shmem = drm_gem_shmem_create(NULL, 4096);
      mapping_set_gfp_mask(NULL, mapping_gfp_mask(NULL) | __GFP_DMA32);
      return 0;
    }
    static const struct drm_ioctl_desc foo_ioctls[] = { { .func = foo_new } };`;
    const entries = ".gem_prime_import_sg_table = drm_gem_shmem_prime_import_sg_table";
    const plain = drm(entries, "", "DRIVER_GEM | DRIVER_RENDER");
    expect(plain.buffers.map(({ kind, gfp }) => [kind, gfp])).toEqual([["gem-shmem", undefined]]);
    expect([plain.role, plain.import, plain.export]).toEqual(["gpu", { prime: true }, { dumb: false, gem: true }]);
    const low = drm(`${entries}, .ioctls = foo_ioctls`, before, "DRIVER_GEM | DRIVER_RENDER");
    expect(low.buffers).toMatchObject([{ kind: "gem-shmem", gfp: "dma32" }]);
  });

  it("are of TTM where objects of TTM are initialised", () => {
    const before = "static int foo_dumb(void) { return ttm_bo_init_reserved(NULL); }";
    expect(drm(".dumb_create = foo_dumb", before).buffers).toMatchObject([{ kind: "ttm" }]);
  });

  it("are own pages, taken scattered", () => {
    const before = `static int foo_dumb(void) { ${OBJECT} drm_gem_get_pages(obj); return 0; }
      static void *foo_import(void) { return NULL; }`;
    expect(drm(CREATE, before).buffers).toMatchObject([{ kind: "own", allocates: "scattered", accepts: "scattered" }]);
  });

  it("are own memory of the DMA API, one piece of whatever pages behind an IOMMU", () => {
    const before = `static int foo_dumb(void) { ${OBJECT} dma_alloc_attrs(dev, size, NULL, 0, DMA_ATTR_NO_KERNEL_MAPPING); return 0; }
      static void *foo_import(struct sg_table *sgt) { if (drm_prime_get_contiguous_size(sgt) < 1) return NULL; return sgt; }`;
    const attrs = ["no-kernel-mapping"];
    expect(drm(CREATE, before).buffers).toMatchObject([
      { kind: "own", when: "iommu", allocates: "scattered", accepts: "contiguous", attrs },
      { kind: "own", when: "no-iommu", allocates: "contiguous", accepts: "contiguous", attrs },
    ]);
  });

  it("are left out where own code cannot be told", () => {
    const before = `static int foo_dumb(void) { ${OBJECT} drm_gem_get_pages(obj); dma_alloc_wc(dev, 1, NULL, 0); return 0; }
      static void *foo_import(void) { return NULL; }`;
    expect(drm(CREATE, before).buffers).toEqual([]);
  });

  it("cannot be imported without an import of scatter lists", () => {
    const before = "static int foo_dumb(void) { return drm_gem_dma_dumb_create_internal(NULL, NULL, NULL); }";
    expect(drm(".dumb_create = foo_dumb", before).import).toEqual({ prime: false });
  });
});

describe("a block of a display", () => {
  const files = {
    "drivers/gpu/drm/foo/Makefile": "obj-$(CONFIG_FOO) += foodrm.o\nfoodrm-y := master.o block.o\n",
    "drivers/gpu/drm/foo/master.c": `
      static const struct drm_driver foo_drm = { .driver_features = DRIVER_GEM | DRIVER_MODESET, DRM_GEM_DMA_DRIVER_OPS };
      static int foo_bind(struct device *dev)
      {
        drm_dev_alloc(&foo_drm, dev);
        iommu_paging_domain_alloc(dev);
        iommu_map_sgtable(NULL);
        return 0;
      }
      static const struct component_master_ops foo_ops = { .bind = foo_bind };
      static int foo_probe(struct platform_device *pdev)
      {
        return component_master_add_with_match(&pdev->dev, &foo_ops, NULL);
      }
      static const struct of_device_id foo_match[] = { { .compatible = "test,subsystem" }, { } };
      static struct platform_driver foo_driver = { .probe = foo_probe, .driver = { .of_match_table = foo_match } };`,
    "drivers/gpu/drm/foo/block.c": `
      static int block_bind(struct device *dev, struct device *master, void *data)
      {
        iommu_attach_device(NULL, dev);
        return 0;
      }
      static const struct component_ops block_ops = { .bind = block_bind };
      int block_probe(struct platform_device *pdev)
      {
        return component_add(&pdev->dev, &block_ops);
      }
      static const struct of_device_id block_match[] = { { .compatible = "test,block" }, { } };
      struct platform_driver block_driver = { .probe = block_probe, .driver = { .of_match_table = block_match } };`,
  };
  const [block] = factsOf(files).get("test,block") ?? [];
  const [owner] = factsOf(files).get("test,subsystem") ?? [];

  it("belongs to the aggregate in its module, which has the buffers", () => {
    expect(block).toMatchObject({
      appliesTo: { aggregate: "test,subsystem" },
      buffers: [],
      role: "display",
      confidence: "E",
    });
    expect(owner).toMatchObject({ appliesTo: "self", buffers: [{ kind: "gem-dma" }], role: "display" });
  });

  it("is translated by the domain of its aggregate, into which it puts itself", () => {
    expect([owner?.mmu, block?.mmu]).toEqual(["manages-iommu-domain", "manages-iommu-domain"]);
  });

  it("has the buffers that its module registers for a device without a node", () => {
    const virtual = files["drivers/gpu/drm/foo/master.c"].replace(".of_match_table = foo_match", '.name = "foo"');
    const reads = files["drivers/gpu/drm/foo/block.c"].replace(
      "return component_add",
      "dma_addr_t at;\nreturn component_add",
    );
    const fact = factOf(
      { ...files, "drivers/gpu/drm/foo/master.c": virtual, "drivers/gpu/drm/foo/block.c": reads },
      "test,block",
    );
    expect(fact).toMatchObject({ appliesTo: "self", buffers: [{ kind: "gem-dma" }], confidence: "E" });
  });
});

describe("translation", () => {
  const gpu = (probe: string, before = ""): string => inFolder("drivers/gpu/drm/foo", before, probe).mmu;

  it("is the device's with page tables of the kernel's code", () => {
    expect(gpu("alloc_io_pgtable_ops(ARM_64_LPAE_S1, NULL, NULL);")).toBe("device");
  });

  it("is the device's where registers of an MMU are written and pages gone through", () => {
    const walk =
      "static void fill(struct sg_table *t) { for_each_sgtable_dma_page(t, &it, 0) { at = sg_page_iter_dma_address(&it); } }";
    expect(gpu("fill(NULL);\nwritel(1, base + FOO_MMU_CTRL);", walk)).toBe("device");
    expect(gpu("fill(NULL);", walk)).toBe("none");
    expect(gpu("writel(1, base + FOO_MMU_CTRL);")).toBe("none");
  });

  it("is the driver's with a domain it allocates and maps into", () => {
    expect(gpu("iommu_paging_domain_alloc(dev);\niommu_map(NULL, 0, 0, 4096, 0, 0);")).toBe("manages-iommu-domain");
    expect(gpu("iommu_paging_domain_alloc(dev);")).toBe("none");
  });

  it("is nobody's for an IOMMU, which translates for others", () => {
    expect(inFolder("drivers/iommu", "", "alloc_io_pgtable_ops(ARM_64_LPAE_S1, NULL, NULL);").mmu).toBe("none");
  });
});

describe("the regions of a node", () => {
  const use = (probe: string, folder = "drivers/media/platform/foo"): string | undefined =>
    inFolder(folder, "", probe).memoryRegionUse;

  it("hold buffers where the device allocates from them", () => {
    expect(use("of_reserved_mem_device_init(dev);")).toBe("buffers");
    expect(use('of_reserved_mem_device_init_by_name(dev, dev->of_node, "left");')).toBe("buffers");
  });

  it("hold firmware where the driver maps them itself and loads it, and for every processor", () => {
    const lookUp = 'struct device_node *np = of_parse_phandle(dev->of_node, "memory-region", 0);';
    expect(use(`${lookUp}\nrequest_firmware(NULL, "foo.bin", dev);\nmemremap(0, 0, MEMREMAP_WC);`)).toBe("firmware");
    expect(
      use("devm_rproc_alloc(dev, NULL, NULL, NULL, 0);\nof_reserved_mem_device_init(dev);", "drivers/remoteproc"),
    ).toBe("firmware");
    expect(use(lookUp)).toBeUndefined();
  });

  it("are not meant where a node inside has its own", () => {
    const child =
      'struct device_node *np = of_get_child_by_name(dev->of_node, "zap");\nof_parse_phandle(np, "memory-region", 0);\nrequest_firmware(NULL, "zap", dev);';
    expect(use(child)).toBeUndefined();
  });
});

describe("the role of a device", () => {
  const video = (before: string, probe: string): string => inFolder("drivers/media/platform/foo", before, probe).role;

  it("is by folder for accelerators, processors, displays", () => {
    expect(inFolder("drivers/accel/foo", "", "").role).toBe("npu");
    expect(inFolder("drivers/remoteproc", "", "").role).toBe("dsp");
    expect(inFolder("drivers/gpu/drm/foo", "", "").role).toBe("display");
    expect(inFolder("drivers/net", "", "").role).toBe("other");
  });

  it("is codec for a memory-to-memory device with coded formats, 2d for one that turns pictures, else scaler", () => {
    expect(video("static u32 formats[] = { V4L2_PIX_FMT_H264 };", "v4l2_m2m_init(formats);")).toBe("codec");
    expect(video("", "v4l2_m2m_init(NULL);\nv4l2_ctrl_new_std(NULL, NULL, V4L2_CID_ROTATE, 0, 270, 90, 0);")).toBe(
      "2d",
    );
    expect(video("", "v4l2_m2m_init(NULL);")).toBe("scaler");
  });

  it("is camera for what captures, other where nothing is registered", () => {
    expect(video("", "video_register_device(NULL, VFL_TYPE_VIDEO, -1);")).toBe("camera");
    expect(video("", "v4l2_m2m_init(NULL);\nv4l2_async_nf_register(NULL);")).toBe("camera");
    expect(video("", "")).toBe("other");
  });
});

describe("the queue with pictures", () => {
  const queue = (name: string): string =>
    `q->type = V4L2_BUF_TYPE_VIDEO_${name};\nq->mem_ops = &vb2_dma_contig_memops;\n`;
  const probe = `struct vb2_queue *q = &foo.out;\n${queue("OUTPUT")}q = &foo.cap;\n${queue("CAPTURE")}`;

  it("is what an encoder is given, and what others give", () => {
    const before = "struct foo { struct vb2_queue out, cap; };\nstatic struct foo foo;";
    const folder = "drivers/media/platform/foo";
    expect(inFolder(folder, before, probe).pictureQueue).toBe("capture");
    expect(inFolder(folder, before, `${probe}foo.entity.function = MEDIA_ENT_F_PROC_VIDEO_ENCODER;`).pictureQueue).toBe(
      "output",
    );
  });
});
