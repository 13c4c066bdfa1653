/** The part of opentype.js 2 that this package uses; the library ships no types. */
declare module 'opentype.js/dist/opentype.mjs' {
  /** One step of an outline, in pixels, y downwards. */
  export type PathCommand =
    | { readonly type: 'M' | 'L'; readonly x: number; readonly y: number }
    | { readonly type: 'Q'; readonly x1: number; readonly y1: number; readonly x: number; readonly y: number }
    | {
        readonly type: 'C';
        readonly x1: number;
        readonly y1: number;
        readonly x2: number;
        readonly y2: number;
        readonly x: number;
        readonly y: number;
      }
    | { readonly type: 'Z' };
  export interface OutlinePath {
    readonly commands: readonly PathCommand[];
  }
  export interface Face {
    readonly unitsPerEm: number;
    /** 0 where the font has no glyph for the character. */
    charToGlyphIndex(character: string): number;
    getPath(text: string, x: number, y: number, size: number): OutlinePath;
    getAdvanceWidth(text: string, size: number): number;
  }
  /** Throws where the bytes are no TTF, OTF or WOFF font. */
  export function parse(bytes: ArrayBuffer): Face;
}
