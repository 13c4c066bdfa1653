/** Where Chromium lies; undefined where there is none. */
export declare const chromium: () => string | undefined;
