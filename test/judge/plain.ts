/**
 * Machines and place documents as the judge reads them: plain data, only the fields it looks at. Stated again here because the judge
 * shares nothing with what it judges.
 */

export interface Span {
  readonly base: number;
  readonly size: number;
}

export interface PlainQueue {
  readonly queue: string;
  readonly kind: string;
  readonly when?: string;
  readonly gfp?: string;
  readonly attrs?: readonly string[];
  readonly oneEntry?: boolean;
  readonly allocates?: string;
  readonly accepts?: string;
}

export interface PlainDevice {
  readonly path: string;
  readonly enabled: boolean;
  readonly windows: readonly { readonly cpu: number; readonly dma: number; readonly size: number }[] | null;
  readonly busDmaLimit: number | "unlimited";
  readonly dmaMask: string | null;
  readonly coherentDmaMask: string | null;
  readonly coherent: boolean;
  readonly iommu: { readonly path: string | null } | null;
  readonly translation: string;
  readonly translationIfEnabled: string;
  readonly dmaDevice: { readonly path?: string; readonly virtual?: string };
  readonly maxSegmentSize: number | "unlimited";
  /** Where values come from, for fields that say. */
  readonly provenance?: Readonly<Record<string, { readonly kind: string }>>;
  readonly maxSegments: number | "unlimited";
  readonly queues: readonly PlainQueue[];
  readonly pictureQueue: string | null;
  readonly mmuOutputBits: number | null;
  readonly import: { readonly v4l2Dmabuf: boolean; readonly prime: boolean } | null;
  readonly export: { readonly cpuMapping: string | null } | null;
  readonly memoryRegions: readonly { readonly node: string; readonly use: string }[];
  readonly layouts: readonly {
    readonly fourcc: string;
    readonly modifier: string;
    readonly strideAlign?: number;
    readonly offsetAlign?: number;
  }[];
}

export interface PlainMachine {
  readonly arch: string;
  readonly commandLine: string;
  readonly profile: {
    readonly pageSize: number;
    readonly maxPageOrder: number;
    readonly cmaAlignmentOrder: number;
    readonly systemHeap: boolean;
    readonly cmaHeap: boolean;
    readonly udmabuf: { readonly sizeLimit: number } | null;
  };
  readonly banks: readonly Span[];
  readonly iommus: readonly {
    readonly path: string;
    readonly outputBits: number;
    readonly pageSizes: readonly number[];
    readonly grouping: string;
    readonly aperture: { readonly base: number; readonly end: number };
  }[];
  readonly devices: readonly PlainDevice[];
  readonly regions: readonly {
    readonly node: string;
    readonly name: string;
    readonly kind: string;
    readonly base: number | null;
    readonly size: number;
    readonly status: string;
  }[];
  readonly defaultCma: (Span & { readonly node: string | null }) | null;
  readonly zoneDmaEnd: number;
  readonly pages: readonly Span[];
}

export interface PlainReason {
  readonly code: string;
  readonly text: string;
  readonly device?: string;
  readonly outside?: number;
  readonly share?: number;
  readonly firstOutside?: number;
  readonly asked?: number;
  readonly largest?: number;
  readonly largestHole?: number;
  readonly missing?: number;
  readonly count?: number;
  readonly fits?: number;
  readonly needed?: number;
  readonly room?: number;
}

export interface PlainCost {
  readonly certainty: number;
  readonly copies: number;
  readonly scarcity: number;
  readonly cpuAccess: number;
  readonly entries: number;
  readonly outsider: number;
  readonly contiguity: number;
}

export interface PlainCandidate {
  readonly heap: string;
  readonly kind: string;
  readonly route: { readonly kind: string; readonly path?: string; readonly device?: string; readonly queue?: string };
  readonly verdict: string;
  readonly rank: number | null;
  readonly cost: PlainCost;
  readonly reasons: readonly PlainReason[];
}

export interface PlainPlacement {
  readonly request: {
    readonly size: number;
    readonly count: number;
    readonly cpu: string;
    readonly participants: readonly { readonly device: string; readonly queue: string | null }[];
    readonly image: null | {
      readonly width: number;
      readonly height: number;
      readonly format: string;
      readonly modifier: string;
    };
  };
  readonly layout: null | {
    readonly planes: readonly { readonly offset: number; readonly stride: number; readonly size: number }[];
  };
  readonly constraints: {
    readonly merged: { readonly reach: readonly Span[]; readonly contiguous: boolean };
    readonly devices: readonly { readonly path: string; readonly via: string; readonly reach: readonly Span[] }[];
  };
  readonly candidates: readonly PlainCandidate[];
  readonly placement: null | {
    readonly heap: string;
    readonly allocated: number;
    readonly regions: readonly Span[];
    readonly route: { readonly kind: string; readonly path?: string; readonly device?: string };
  };
  readonly conflict: null | { readonly members: readonly { readonly device: string | null; readonly field: string }[] };
}
