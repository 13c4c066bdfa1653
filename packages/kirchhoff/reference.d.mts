/** One page for each entry point, from the comments of what is exported. */
export const writeReference: (out: string) => Promise<void>;
