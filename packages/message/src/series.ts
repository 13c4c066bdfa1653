import { option } from './option.js';
export const noMatch = 'no file matches this pattern; mind that it is relative to the folder you are in';

export const progress = (done: number, all: number, perSecond: number): string => {
  const left =
    perSecond > 0 ? `, ${perSecond.toFixed(1)} a second, ${Math.round((all - done) / perSecond)} s left` : '';
  return `${done}/${all} explained${left}`;
};

export const kept = (done: number, all: number): string =>
  `${done} of ${all} samples are explained and kept; mend what is wrong and give the same command again, or add ${option('skip-unreadable')}`;

export const nothingRead = 'none of the first files can be read; name pictures that can';
