/** Where Chromium lies; undefined where there is none. */
export declare const chromium: () => string | undefined;

/** Where strace lies; undefined where there is none. */
export declare const strace: () => string | undefined;
