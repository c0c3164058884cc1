import colors from "picocolors";

/** Colours by meaning. Every function returns its text unchanged where colours are off. */
export interface Paint {
  readonly heading: (text: string) => string;
  readonly good: (text: string) => string;
  readonly doubtful: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly name: (text: string) => string;
}

/** The colours of a terminal, or none. */
export function paintFor(colour: boolean): Paint {
  const { bold, green, yellow, red, dim, cyan } = colors.createColors(colour);
  return {
    heading: bold,
    good: (text) => bold(green(text)),
    doubtful: yellow,
    bad: (text) => bold(red(text)),
    faint: dim,
    name: cyan,
  };
}
