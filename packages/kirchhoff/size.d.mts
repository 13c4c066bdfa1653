/** Bytes of what a page loads, with or without onnxruntime-web's JavaScript. */
export const measure: (
  engine?: boolean,
) => Promise<{ readonly kib: number; readonly heaviest: readonly (readonly [string, number])[] }>;
