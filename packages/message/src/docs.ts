import { didYouMean, show } from './nearest.js';

export const unknownReference = (key: string, known: readonly string[]): string =>
  `${show(key)} is not in docs/references.json${didYouMean(key, known)}; add its authors, title, venue and year there`;

export const stalePage = (path: string): string =>
  `${path} is not what its sources say now; write it anew with "npm run docs", and read what changed`;

export const strayFile = (path: string): string =>
  `${path} is no longer made by anything; "npm run docs" takes it away`;
