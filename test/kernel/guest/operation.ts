/** What a guest asked of an area. `of` is the number of the operation that made the buffer. */
export type Operation =
  | { readonly call: "allocate"; readonly pages: number; readonly errno: string | null }
  | { readonly call: "free"; readonly of: number };
