import { describe, expect, it } from "vitest";
import type { DeviceFact } from "../../src/facts/fact.js";
import { driverText, factOf } from "./tiny-kernel.js";

const DMA_HEADER = `
#define DMA_ATTR_NO_KERNEL_MAPPING (1UL << 4)
#define DMA_ATTR_FORCE_CONTIGUOUS (1UL << 6)
#define DMA_ATTR_ALLOC_SINGLE_PAGES (1UL << 7)
`;

/** The fact of a camera whose probe prepares one queue. */
function camera(queue: string, before = ""): DeviceFact {
  const probe = `struct vb2_queue *q = &the_cam.queue;\n${queue}\nvb2_queue_init(q);`;
  const text = driverText(
    `#include <linux/dma-mapping.h>
     struct cam { struct vb2_queue queue; struct iommu_domain *domain; };
     static struct cam the_cam;
     ${before}`,
    probe,
  );
  return factOf(
    {
      "drivers/media/platform/cam/Makefile": "obj-$(CONFIG_CAM) += cam.o\n",
      "drivers/media/platform/cam/cam.c": text,
      "include/linux/dma-mapping.h": DMA_HEADER,
    },
    "test,one",
  );
}

const CAPTURE = "q->type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;\n";
const EXPORTS = "static const struct v4l2_ioctl_ops cam_ops = { .vidioc_expbuf = vb2_ioctl_expbuf };\n";

describe("a queue of videobuf2", () => {
  const kinds = [
    { memory: "vb2_dma_contig_memops", kind: "contig" },
    { memory: "vb2_dma_sg_memops", kind: "sg" },
    { memory: "vb2_vmalloc_memops", kind: "vmalloc" },
  ];
  for (const { memory, kind } of kinds) {
    it(`is ${kind} by ${memory}`, () => {
      expect(camera(`${CAPTURE}q->mem_ops = &${memory};`).buffers).toEqual([
        { queue: "capture", kind, sources: [{ file: "drivers/media/platform/cam/cam.c", line: 12 }] },
      ]);
    });
  }

  const types = [
    { type: "V4L2_BUF_TYPE_VIDEO_CAPTURE", queue: "capture" },
    { type: "V4L2_BUF_TYPE_VIDEO_OUTPUT", queue: "output" },
    { type: "V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE", queue: "output" },
    { type: "V4L2_BUF_TYPE_META_CAPTURE", queue: "stats" },
    { type: "V4L2_BUF_TYPE_META_OUTPUT", queue: "params" },
    { type: "V4L2_BUF_TYPE_VBI_CAPTURE", queue: "vbi" },
  ];
  for (const { type, queue } of types) {
    it(`is named ${queue} by ${type}`, () => {
      const [found] = camera(`q->type = ${type};\nq->mem_ops = &vb2_dma_contig_memops;`).buffers;
      expect(found?.queue).toBe(queue);
    });
  }

  it("has a kind for each case where an IOMMU decides", () => {
    const choice = `if (the_cam.domain) q->mem_ops = &vb2_dma_sg_memops; else q->mem_ops = &vb2_dma_contig_memops;`;
    expect(camera(CAPTURE + choice).buffers).toMatchObject([
      { queue: "capture", kind: "sg", when: "iommu" },
      { queue: "capture", kind: "contig", when: "no-iommu" },
    ]);
    const ternary = "q->mem_ops = !the_cam.domain ? &vb2_dma_contig_memops : &vb2_dma_sg_memops;";
    expect(camera(CAPTURE + ternary).buffers).toMatchObject([
      { kind: "contig", when: "no-iommu" },
      { kind: "sg", when: "iommu" },
    ]);
  });

  it("asks for pages below 4 GiB", () => {
    const [found] = camera(
      `${CAPTURE}q->mem_ops = &vb2_dma_sg_memops;\nq->gfp_flags = GFP_DMA32 | GFP_KERNEL;`,
    ).buffers;
    expect(found).toMatchObject({ kind: "sg", gfp: "dma32" });
    expect(found?.sources).toHaveLength(2);
  });

  it("has attributes, collected over several statements", () => {
    const attrs = "q->dma_attrs = DMA_ATTR_ALLOC_SINGLE_PAGES;\nq->dma_attrs |= DMA_ATTR_NO_KERNEL_MAPPING;";
    const [found] = camera(`${CAPTURE}q->mem_ops = &vb2_dma_contig_memops;\n${attrs}`).buffers;
    expect(found?.attrs).toEqual(["alloc-single-pages", "no-kernel-mapping"]);
  });

  it("has only those attributes that it always has", () => {
    const attrs = `q->dma_attrs = DMA_ATTR_FORCE_CONTIGUOUS;
      if (of_property_read_bool(dev->of_node, "quiet")) q->dma_attrs |= DMA_ATTR_NO_KERNEL_MAPPING;`;
    const [found] = camera(`${CAPTURE}q->mem_ops = &vb2_dma_contig_memops;\n${attrs}`).buffers;
    expect(found?.attrs).toEqual(["force-contiguous"]);
  });

  it("imports dma-bufs by VB2_DMABUF, and exports by VB2_MMAP with VIDIOC_EXPBUF", () => {
    const memory = `${CAPTURE}q->mem_ops = &vb2_dma_contig_memops;\n`;
    const used = "the_cam.ops = &cam_ops;\n";
    const both = camera(`${memory}${used}q->io_modes = VB2_MMAP | VB2_DMABUF;`, EXPORTS);
    expect([both.import, both.export]).toEqual([{ v4l2Dmabuf: true }, { v4l2Mmap: true }]);
    const userOnly = camera(`${memory}${used}q->io_modes = VB2_USERPTR;`, EXPORTS);
    expect([userOnly.import, userOnly.export]).toEqual([{ v4l2Dmabuf: false }, { v4l2Mmap: false }]);
    const mappedOnly = camera(`${memory}q->io_modes = VB2_MMAP;`);
    expect([mappedOnly.import, mappedOnly.export]).toEqual([{ v4l2Dmabuf: false }, { v4l2Mmap: false }]);
  });

  it("is no queue where a variable happens to be called mem_ops", () => {
    expect(camera(`const struct vb2_mem_ops *mem_ops;\nmem_ops = &vb2_vmalloc_memops;`).buffers).toEqual([]);
  });
});

describe("the queues of a memory-to-memory device", () => {
  const source = driverText(
    `struct dec { struct v4l2_m2m_dev *m2m; };
     struct dec_ctx { struct v4l2_fh fh; };
     static int dec_queue_init(void *priv, struct vb2_queue *src_vq, struct vb2_queue *dst_vq)
     {
       src_vq->type = V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
       src_vq->mem_ops = &vb2_vmalloc_memops;
       src_vq->io_modes = VB2_MMAP;
       dst_vq->type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
       dst_vq->mem_ops = &vb2_dma_contig_memops;
       dst_vq->io_modes = VB2_MMAP | VB2_DMABUF;
       return vb2_queue_init(dst_vq);
     }
     static int dec_open(struct file *file)
     {
       struct dec_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
       ctx->fh.m2m_ctx = v4l2_m2m_ctx_init(NULL, ctx, &dec_queue_init);
       return 0;
     }
     static const struct v4l2_file_operations dec_fops = { .open = dec_open };`,
    "struct video_device *vdev = video_device_alloc();\nvdev->fops = &dec_fops;",
  );
  const fact = factOf(
    {
      "drivers/media/platform/dec/Makefile": "obj-$(CONFIG_DEC) += dec.o\n",
      "drivers/media/platform/dec/dec.c": source,
      "drivers/media/v4l2-core/v4l2-mem2mem.c": `
        struct v4l2_m2m_ctx *v4l2_m2m_ctx_init(struct v4l2_m2m_dev *m2m_dev, void *drv_priv,
          int (*queue_init)(void *priv, struct vb2_queue *src_vq, struct vb2_queue *dst_vq))
        {
          struct v4l2_m2m_ctx *m2m_ctx;
          m2m_ctx = kzalloc(sizeof(*m2m_ctx), GFP_KERNEL);
          queue_init(drv_priv, &m2m_ctx->out_q_ctx.q, &m2m_ctx->cap_q_ctx.q);
          return m2m_ctx;
        }
        EXPORT_SYMBOL_GPL(v4l2_m2m_ctx_init);`,
    },
    "test,one",
  );

  it("are found in the callback that opening a file leads to", () => {
    expect(fact.buffers).toMatchObject([
      { queue: "output", kind: "vmalloc" },
      { queue: "capture", kind: "contig" },
    ]);
  });

  it("say which of them takes a dma-buf where they differ", () => {
    expect(fact.buffers.map(({ takesDmabuf }) => takesDmabuf)).toEqual([false, true]);
    expect(fact.import).toEqual({ v4l2Dmabuf: true });
  });
});
